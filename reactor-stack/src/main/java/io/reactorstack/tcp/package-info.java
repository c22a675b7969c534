/**
 * The TCP of a host: connections and listeners, and the reactive API through which applications use them (RFC 9293).
 *
 * <p>Users read {@link io.reactorstack.tcp.Tcp}, which opens connections and listens for them, and {@link
 * io.reactorstack.tcp.TcpConnection}, whose subscriber's demand becomes the receive window. A {@link
 * io.reactorstack.tcp.CloseReport} describes how, when and by whom a connection was ended.
 *
 * <p>Below this API, {@code TcpStage} is the TCP of one shard of a host: it parses segments, finds the connection or
 * the listener of each, and owns the local ports. {@link io.reactorstack.tcp.TcpSocket} is one connection on its event
 * loop; {@code TcpConnection} and the channels of {@code netty} are built on it. The socket passes segments, timeouts
 * and commands to a {@code TcpEngine} of {@code tcp.engine}, which holds the protocol; a segment leaves when the device
 * has credit and the egress polls the engine. Replies without a connection (RST, SYN cookies of RFC 4987) and the
 * cookies of Fast Open (RFC 7413) belong to this package too; sequence spaces, loss recovery and congestion control do
 * not.
 */
@NullMarked
package io.reactorstack.tcp;

import org.jspecify.annotations.NullMarked;
