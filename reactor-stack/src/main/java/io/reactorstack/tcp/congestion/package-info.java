/**
 * Congestion control: how much data may be in flight, and how fast it leaves (RFC 5681, RFC 9438, RFC 9406).
 *
 * <p>Read {@link io.reactorstack.tcp.congestion.CongestionControl} first: the interface between the sender and an
 * algorithm, which users can implement too. The sender reports to it each acknowledgement as an
 * {@link io.reactorstack.tcp.congestion.AckSample} (round trip, delivery rate, losses, bytes in flight), each loss
 * event and each timeout. Only the control sets the window and the pacing rate; loss recovery, in {@code tcp.recovery},
 * proposes windows to it. {@link io.reactorstack.tcp.congestion.Pacer} computes when the next segment may leave at that
 * rate.
 *
 * <p>{@link io.reactorstack.tcp.congestion.Cubic} with HyStart++ is the default;
 * {@link io.reactorstack.tcp.congestion.NewReno} is the other algorithm of the package. Both are a
 * {@code LossBasedControl}, which changes a {@code Window}; they differ in their {@code Avoidance}.
 *
 * <p>The package is pure: it has no clock or I/O, and time is an argument. It does not detect losses.
 */
@NullMarked
package io.reactorstack.tcp.congestion;

import org.jspecify.annotations.NullMarked;
