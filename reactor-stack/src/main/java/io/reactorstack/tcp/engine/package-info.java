/**
 * One TCP connection without I/O (RFC 9293, RFC 5961, RFC 7323): time, segments and the user's calls are arguments.
 *
 * <p>{@link io.reactorstack.tcp.engine.TcpEngine} is the door, with inputs, commands and questions; {@link
 * io.reactorstack.tcp.engine.Setup} is what it opens a connection with. Inside, {@code Connection} has the present {@code State} and
 * moves it; {@code Arrival}, {@code Expiry}, {@code PathReports} and {@code UserCalls} are the events that move it, and {@code
 * Departure} is what goes out. {@code Parts} outlive every state.
 *
 * <p>{@code Handshake} exchanges the SYNs and yields an {@code Agreement}. {@code Sender} and {@code Receiver} begin with that and
 * hold the two sequence spaces; {@code Transmission} chooses what to send next, with the help of {@code tcp.recovery} and {@code
 * tcp.congestion}. The package is not exported: what users see of it is in {@code tcp.model}.
 */
@NullMarked
package io.reactorstack.tcp.engine;

import org.jspecify.annotations.NullMarked;
