/**
 * UDP: sockets as reactive streams (RFC 768, RFC 1122 section 4.1).
 *
 * <p>Read {@link io.reactorstack.udp.Udp}, which opens sockets, and {@link io.reactorstack.udp.UdpConnection}, a bound
 * or connected socket whose {@code receive} and {@code send} are streams of {@link io.reactorstack.udp.Datagram}.
 * {@link io.reactorstack.udp.UdpSettings} bounds its queues, and {@link io.reactorstack.udp.MulticastGroup} is a group
 * to join.
 *
 * <p>A received packet goes to {@code UdpLayer}, which parses the UDP header, then to {@code UdpHost}, which finds the
 * socket. {@code UdpSocket} holds the datagram in a bounded queue until the subscriber requests it; datagrams that do
 * not fit are dropped and counted. Sent datagrams wait in {@code UdpOutput}, bounded as well, until the device has
 * credit. {@code UdpStream} is the socket's reactive API; the channels of {@code netty} use the same sockets.
 *
 * <p>{@code UdpPathMtu} discovers the path MTU of a connected socket by probes (RFC 8899), which {@link
 * io.reactorstack.udp.PathMtuProber} sends, a part of the application; {@link io.reactorstack.udp.ProbeChannel} is a
 * ready one.
 *
 * <p>UDP has no flow control, so a slow subscriber loses datagrams, and nothing is retransmitted. UDP-Lite (RFC 3828)
 * is not implemented.
 */
@NullMarked
package io.reactorstack.udp;

import org.jspecify.annotations.NullMarked;
