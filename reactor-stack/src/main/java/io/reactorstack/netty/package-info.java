/**
 * The stack as a transport of Netty and Reactor Netty.
 *
 * <p>{@link io.reactorstack.netty.StackLoopResources} is given to Reactor Netty's {@code runOn} and makes the channels;
 * {@link io.reactorstack.netty.StackAddressResolverGroup} is given to {@code resolver} and knows the stack's names. {@link io.reactorstack.netty.StackSocketChannel}, {@link
 * io.reactorstack.netty.StackServerSocketChannel} and {@link io.reactorstack.netty.StackDatagramChannel} are socket channels of
 * Netty's own interfaces over the sockets of {@code tcp} and {@code udp}; they hold no protocol logic. {@link
 * io.reactorstack.netty.StackChannelOption} has the options that Netty has no name for.
 */
@NullMarked
package io.reactorstack.netty;

import org.jspecify.annotations.NullMarked;
