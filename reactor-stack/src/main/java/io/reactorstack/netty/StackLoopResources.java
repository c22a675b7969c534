package io.reactorstack.netty;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.reactorstack.NetworkStack;
import io.reactorstack.host.Hosts;
import io.reactorstack.host.StackHost;
import io.reactorstack.setting.Checks;
import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;
import reactor.netty.transport.ClientTransport;
import reactor.netty.transport.ClientTransportConfig;

/**
 * The {@code LoopResources} of a stack: they run unmodified Reactor Netty clients and servers on it. For servers use
 * {@code HttpServer.create().runOn(StackLoopResources.of(stack))}, and for clients {@link #client}.
 *
 * <p>A client that is configured by {@code runOn} alone does not use the stack's resolver: Reactor Netty then queries
 * the name servers of the machine, through the stack, with a resolver that it never closes. Two instances for one stack
 * are equal, so Reactor Netty creates only one such resolver for each stack.
 *
 * <p>Disposing has no effect: the loops and their connections belong to the stack and end with it.
 */
public final class StackLoopResources implements LoopResources {

  private final StackHost host;
  private final EventLoopGroup group;

  /** Returns the loops and channels of {@code stack}. */
  public static StackLoopResources of(NetworkStack stack) {
    return new StackLoopResources(Hosts.of(Checks.given("stack", stack)));
  }

  /**
   * Configures a Reactor Netty client to use the loops and the resolver of {@code stack}, as in
   * {@code client(stack, TcpClient.create())}.
   *
   * @return a copy of {@code client} with both
   */
  public static <T extends ClientTransport<T, C>, C extends ClientTransportConfig<C>> T client(
      NetworkStack stack, T client) {
    // Set the resolver first: without one, runOn creates one for the name servers of the machine and never closes it.
    return Checks.given("client", client).resolver(StackAddressResolverGroup.of(stack)).runOn(of(stack));
  }

  private StackLoopResources(StackHost host) {
    this.host = host;
    this.group = new StackEventLoopGroup(host);
  }

  @Override
  public EventLoopGroup onServer(boolean useNative) {
    return group;
  }

  @Override
  public EventLoopGroup onClient(boolean useNative) {
    return group;
  }

  @Override
  public EventLoopGroup onServerSelect(boolean useNative) {
    return group;
  }

  /**
   * Creates a channel of the stack.
   *
   * @throws IllegalArgumentException if {@code channelType} is not a socket, server socket or datagram channel
   */
  @Override
  public <C extends Channel> C onChannel(Class<C> channelType, EventLoopGroup eventLoops) {
    return channelType.cast(switch (Transport.of(channelType)) {
      case STREAM -> new StackSocketChannel(host);
      case LISTENER -> new StackServerSocketChannel(host);
      case DATAGRAM -> new StackDatagramChannel(host);
    });
  }

  /**
   * Returns the class of the stack's channel.
   *
   * @throws IllegalArgumentException if {@code channelType} is not a socket, server socket or datagram channel
   */
  @Override
  public <C extends Channel> Class<? extends C> onChannelClass(Class<C> channelType, EventLoopGroup eventLoops) {
    return (switch (Transport.of(channelType)) {
      case STREAM -> StackSocketChannel.class;
      case LISTENER -> StackServerSocketChannel.class;
      case DATAGRAM -> StackDatagramChannel.class;
    }).asSubclass(channelType);
  }

  @Override
  public Mono<Void> disposeLater(Duration quietPeriod, Duration timeout) {
    return Mono.empty();
  }

  @Override
  public boolean isDisposed() { return group.isShuttingDown(); }

  @Override
  public boolean equals(Object other) {
    return other instanceof StackLoopResources resources && resources.host.equals(host);
  }

  /**
   * Differs between stacks: Reactor Netty treats two instances with equal hashes as one, and would use the resolver of
   * the first for the second.
   */
  @Override
  public int hashCode() {
    return host.number();
  }

  private enum Transport {
    STREAM,
    LISTENER,
    DATAGRAM;

    static Transport of(Class<?> channelType) {
      if (channelType == SocketChannel.class) {
        return STREAM;
      }
      if (channelType == ServerSocketChannel.class) {
        return LISTENER;
      }
      if (channelType == DatagramChannel.class) {
        return DATAGRAM;
      }
      throw new IllegalArgumentException("the stack has no channel of type " + channelType.getName());
    }
  }
}
