package io.reactorstack.benchmarks.suite.load;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.local.LocalServerChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.reactorstack.NetworkStack;
import io.reactorstack.netty.StackLoopResources;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * Channels of one kind for Netty's bootstraps.
 *
 * @param clientLoops the loops of the clients' channels
 * @param serverLoops the loops of the servers' channels
 * @param client makes the channel of a client
 * @param server makes the channel of a server
 * @param address returns the address of a port of the server
 * @param options the options of the clients' channels
 * @param end ends the loops, if they belong to this transport
 */
public record ChannelTransport(EventLoopGroup clientLoops, EventLoopGroup serverLoops,
    ChannelFactory<? extends Channel> client, ChannelFactory<? extends ServerChannel> server,
    IntFunction<SocketAddress> address, Map<ChannelOption<Boolean>, Boolean> options, Runnable end) {

  /** Returns Netty's channels in memory, client and server on one loop. */
  public static ChannelTransport local() {
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, LocalIoHandler.newFactory());
    return new ChannelTransport(loops, loops, LocalChannel::new, LocalServerChannel::new,
        port -> new LocalAddress("suite-" + port), Map.of(), loops::shutdownGracefully);
  }

  /** Returns the channels of two stacks, which end with them. */
  public static ChannelTransport of(NetworkStack client, NetworkStack server, String address) {
    StackLoopResources clients = StackLoopResources.of(client);
    StackLoopResources servers = StackLoopResources.of(server);
    EventLoopGroup clientLoops = clients.onClient(true);
    EventLoopGroup serverLoops = servers.onServer(true);
    return new ChannelTransport(clientLoops, serverLoops,
        () -> clients.onChannel(SocketChannel.class, clientLoops),
        () -> servers.onChannel(ServerSocketChannel.class, serverLoops),
        port -> new InetSocketAddress(address, port), Map.of(ChannelOption.TCP_NODELAY, true), () -> {});
  }

  Bootstrap bootstrap() {
    Bootstrap bootstrap = new Bootstrap().group(clientLoops).channelFactory(client);
    options.forEach(bootstrap::option);
    return bootstrap;
  }

  ServerBootstrap serverBootstrap() {
    return new ServerBootstrap().group(serverLoops).channelFactory(server);
  }
}
