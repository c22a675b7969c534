/**
 * The shapes that protocol stages are made of.
 *
 * <p>A floor is a {@link io.reactorstack.layer.ReceivingStage}, a {@link io.reactorstack.layer.SendingStage} or both; {@link
 * io.reactorstack.layer.Stage} makes an operator of a function, and {@link io.reactorstack.layer.Burst} one that makes several units
 * of one. Upward {@link io.reactorstack.layer.Demux} routes units to one subscriber a key, without a queue.
 * Downward {@link io.reactorstack.layer.Egress} is the only source: the device's demand polls its outlets in turn, so that a
 * packet is built when it can leave; an outlet follows its {@link io.reactorstack.layer.Way} from one egress to another. {@link io.reactorstack.layer.Lanes} are the queues of
 * a sender whose packets are complete before they can leave. A packet that cannot leave comes back to its {@link
 * io.reactorstack.layer.Originator}. {@link io.reactorstack.layer.LoopTurn} orders what happens on an event loop after a batch
 * of frames, and has the one clock and the timers. {@link
 * io.reactorstack.layer.PullSubscription} serves one subscriber of a socket, a listener or a connection from the loop. {@link io.reactorstack.layer.Drops} counts what is dropped, by
 * reason.
 *
 * <p>{@link io.reactorstack.layer.Meters} are the counters and gauges of a host, of which the drops are a part; {@link
 * io.reactorstack.layer.FrameMeter} says how the ends of received frames add up. A fault in a stage is counted by {@link
 * io.reactorstack.layer.Drops#fault}, which knows whether a frame ends by it.
 */
@NullMarked
package io.reactorstack.layer;

import org.jspecify.annotations.NullMarked;
