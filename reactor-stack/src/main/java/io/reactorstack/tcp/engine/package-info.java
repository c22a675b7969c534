/**
 * One TCP connection without I/O (RFC 9293, RFC 5961, RFC 7323): time, segments and the user's calls are arguments.
 *
 * <p>Read {@link io.reactorstack.tcp.engine.TcpEngine} first: it is the entry point, and its Javadoc shows the order of
 * inputs, commands and questions. {@link io.reactorstack.tcp.engine.Setup} holds the parameters of a new connection.
 * Inside, {@code Connection} owns the present {@code State} and changes it. {@code SegmentArrival} (segments), {@code TimerExpiry}
 * (timers), {@code PathReports} (ICMP and path MTU) and {@code UserCalls} process the events that change it, and
 * {@code SegmentDeparture} chooses the next segment to send, which
 * {@code SegmentBuilder} builds. {@code ConnectionParts} holds what outlives every state.
 *
 * <p>{@code Handshake} exchanges the SYNs and creates the {@code NegotiatedOptions}. {@code Sender} and {@code Receiver} start
 * from it and hold the two sequence spaces. {@code SegmentScheduler} chooses between probes, retransmissions and new data, with the
 * help of {@code tcp.recovery} and {@code tcp.congestion}. Further RFCs: 7323 (timestamps, window scale), 2018 and 2883 (SACK), 3168 (ECN), 4821
 * (path MTU search), 7413 (Fast Open), 5482 (user timeout).
 *
 * <p>The package has no clock, thread, socket or IP packet; {@code tcp.TcpSocket} supplies them. It is not exported:
 * users see the types of {@code tcp.model}.
 */
@NullMarked
package io.reactorstack.tcp.engine;

import org.jspecify.annotations.NullMarked;
