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
 * The loops that make Reactor Netty's clients and servers run on a stack, unmodified: {@code
 * HttpServer.create().runOn(StackLoopResources.of(stack))}, and for clients {@link #client}.
 *
 * <p>A client that is given this by {@code runOn} alone has no names of the stack: Reactor Netty then asks the name servers of the
 * machine it runs on, over the stack, with a resolver that it keeps for ever. Two of one stack are equal, so that it keeps one for
 * each.
 *
 * <p>Disposing does nothing: the loops and the connections on them belong to the stack and end with it.
 */
public final class StackLoopResources implements LoopResources {

  private final StackHost host;
  private final EventLoopGroup group;

  /** The channels and the loops of {@code stack}. */
  public static StackLoopResources of(NetworkStack stack) {
    return new StackLoopResources(Hosts.of(Checks.given("stack", stack)));
  }

  /**
   * A client of Reactor Netty on {@code stack}, with the stack's loops and its names: {@code client(stack, TcpClient.create())}.
   *
   * @return {@code client} with both
   */
  public static <T extends ClientTransport<T, C>, C extends ClientTransportConfig<C>> T client(
      NetworkStack stack, T client) {
    // The resolver first: without one runOn makes one for the machine's name servers, and keeps it for ever.
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
   * A channel of the stack.
   *
   * @throws IllegalArgumentException if {@code channelType} is none of a socket, a server socket and a datagram channel
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
   * The class of the stack's channel.
   *
   * @throws IllegalArgumentException if {@code channelType} is none of a socket, a server socket and a datagram channel
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

  /** Differs between stacks: Reactor Netty takes two whose hashes are equal for one, and lets the second use the first's resolver. */
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
