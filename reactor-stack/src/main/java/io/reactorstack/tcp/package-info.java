/**
 * TCP: connections, listeners, and what they tell about themselves.
 *
 * <p>{@code TcpStage} is the host's TCP, {@link io.reactorstack.tcp.TcpSocket} one connection on its loop, around an engine of
 * {@link io.reactorstack.tcp.engine}; {@link io.reactorstack.tcp.TcpConnection} is its reactive face.
 */
@NullMarked
package io.reactorstack.tcp;

import org.jspecify.annotations.NullMarked;
