/**
 * Congestion control: how much data may be in flight (RFC 5681, RFC 9438, RFC 9406).
 *
 * <p>{@link io.reactorstack.tcp.congestion.CongestionControl} is the interface, open to algorithms of the user; {@link
 * io.reactorstack.tcp.congestion.Cubic} with HyStart++ is the default and {@link io.reactorstack.tcp.congestion.NewReno} the
 * other one here. The engine tells it of acknowledgements, losses and timeouts and asks it for the window in octets. Pure: time
 * is an argument.
 */
@NullMarked
package io.reactorstack.tcp.congestion;

import org.jspecify.annotations.NullMarked;
