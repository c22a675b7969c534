/**
 * UDP: sockets as reactive streams (RFC 768, RFC 1122 section 4.1).
 *
 * <p>{@link io.reactorstack.udp.Udp} opens sockets; a {@link io.reactorstack.udp.UdpConnection} is one, bound or connected, with
 * {@code receive} and {@code send} as streams of {@link io.reactorstack.udp.Datagram}. Behind them {@code UdpHost} finds the
 * socket of each received datagram and {@code UdpSocket} holds it in a bounded queue until the subscriber asks for it; datagrams beyond
 * the queue are dropped and counted. The channels of {@code netty} use the same sockets.
 */
@NullMarked
package io.reactorstack.udp;

import org.jspecify.annotations.NullMarked;
