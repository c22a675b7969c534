/**
 * The stack as a transport of Netty and Reactor Netty: channels, event loops and a name resolver.
 *
 * <p>Read {@link io.reactorstack.netty.StackLoopResources} first: passed to {@code runOn} of a Reactor Netty client or
 * server, it provides the loops and the channels. {@link io.reactorstack.netty.StackAddressResolverGroup}, passed to
 * {@code resolver}, resolves names with the stack's resolver. {@link io.reactorstack.netty.StackSocketChannel},
 * {@link io.reactorstack.netty.StackServerSocketChannel} and {@link io.reactorstack.netty.StackDatagramChannel}
 * implement Netty's channel interfaces on the sockets of {@code tcp} and {@code udp}.
 * {@link io.reactorstack.netty.StackChannelOption} contains the options for which Netty has no constant.
 *
 * <p>A {@code read()} of the pipeline is the demand for received data: without it, data stays in the socket and the
 * receive window closes. A write is copied into the socket's send buffer, or waits in the channel's outbound buffer
 * until there is space. {@code ReadDemand} and {@code SocketReader} implement the reading, and {@code OptionTable}
 * lists all options with their checks. The channels contain no protocol logic. Where they deliberately differ from
 * Netty's NIO channels, the test package {@code netty.agreement} shows it.
 */
@NullMarked
package io.reactorstack.netty;

import org.jspecify.annotations.NullMarked;
