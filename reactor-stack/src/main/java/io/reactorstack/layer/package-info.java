/**
 * The building blocks of protocol stages: operators, demultiplexing, packet sending, the loop turn, timers and meters.
 *
 * <p>Read {@link io.reactorstack.layer.Stage}, {@link io.reactorstack.layer.Egress} and
 * {@link io.reactorstack.layer.LoopTurn} first. A protocol layer is a {@link io.reactorstack.layer.ReceivingStage}, a
 * {@link io.reactorstack.layer.SendingStage} or both. {@link io.reactorstack.layer.Stage} turns a function into an
 * operator that maps one unit to at most one unit, {@link io.reactorstack.layer.Burst} one that cuts a unit into
 * several. A unit is the protocol data unit of a layer: a frame, a packet, a segment.
 *
 * <p>Received units go through {@link io.reactorstack.layer.Demux}, which routes each to the one subscriber of its key
 * without a queue. Sent units start at the {@link io.reactorstack.layer.Egress} of an interface: the device's demand
 * polls the ready outlets in turn, so a packet is built only when the device can take it. An outlet finds its egress
 * through its {@link io.reactorstack.layer.EgressRef} and moves when that changes. {@link io.reactorstack.layer.EgressQueues} queues
 * the packets of a sender that builds them before the device can take them. A packet that cannot be sent is reported to
 * its {@link io.reactorstack.layer.Originator}.
 *
 * <p>{@link io.reactorstack.layer.LoopTurn} orders the work that follows a batch of frames on an event loop and owns
 * the clock and the timers. {@link io.reactorstack.layer.PullSubscription} serves one subscriber of a socket, a
 * listener or a connection from the loop; {@link io.reactorstack.layer.Handover} moves the units of a user's publisher
 * to the loop.
 *
 * <p>{@link io.reactorstack.layer.Meters} holds the counters and gauges of a host, and
 * {@link io.reactorstack.layer.Drops} counts drops in it by reason. {@link io.reactorstack.layer.FrameMeter} defines
 * the balance of received frames. {@link io.reactorstack.layer.Drops#fault} counts an exception thrown by a stage, and
 * counts the current frame as dropped if it has not been counted yet.
 */
@NullMarked
package io.reactorstack.layer;

import org.jspecify.annotations.NullMarked;
