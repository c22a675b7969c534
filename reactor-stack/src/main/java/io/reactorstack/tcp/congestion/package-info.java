/**
 * Congestion control: how much data may be in flight, and how fast it leaves (RFC 5681, RFC 9438, RFC 9406).
 *
 * <p>{@link io.reactorstack.tcp.congestion.CongestionControl} is the interface, open to algorithms of the user. It is told everything:
 * each acknowledgement with its round trip, delivery rate, losses and bytes in flight as an {@link
 * io.reactorstack.tcp.congestion.AckSample}, each loss event and each timeout. It alone sets the window and the pacing rate; the
 * windows of loss recovery are proposals to it. {@link io.reactorstack.tcp.congestion.Pacer} spreads segments at that rate.
 *
 * <p>{@link io.reactorstack.tcp.congestion.Cubic} with HyStart++ is the default and {@link io.reactorstack.tcp.congestion.NewReno} the
 * other one here. Both are one {@code LossBasedControl} over a {@code Window}; they differ in an {@code Avoidance}. Pure: time is an
 * argument.
 */
@NullMarked
package io.reactorstack.tcp.congestion;

import org.jspecify.annotations.NullMarked;
