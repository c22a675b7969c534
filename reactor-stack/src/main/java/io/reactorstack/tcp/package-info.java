/**
 * TCP for a user and on a host: connections, listeners, and what they tell about themselves (RFC 9293).
 *
 * <p>{@link io.reactorstack.tcp.Tcp} opens and accepts; {@link io.reactorstack.tcp.TcpConnection} is the reactive face of a
 * connection, whose subscriber's demand becomes the receive window. {@code TcpStage} is the host's TCP: ports, listeners, and
 * the way of a segment to its connection. {@link io.reactorstack.tcp.TcpSocket} is one connection on its loop, around an engine
 * of {@code tcp.engine}; the channels of {@code netty} use it as well. A {@link io.reactorstack.tcp.CloseReport} says who ended a
 * connection, by what, and when.
 */
@NullMarked
package io.reactorstack.tcp;

import org.jspecify.annotations.NullMarked;
