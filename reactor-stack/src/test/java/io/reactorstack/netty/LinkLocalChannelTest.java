package io.reactorstack.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.device.memory.MemoryCable;
import io.reactorstack.lab.Lab;
import io.reactorstack.testing.UnprobedStack;
import java.net.BindException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.netty.FutureMono;

/**
 * Tests connections between link-local addresses with a zone. The scope id of the JDK is the index of the host's
 * interface.
 */
class LinkLocalChannelTest {

  private final Lab lab = Lab.virtual(3);
  private final MemoryCable cable = MemoryCable.ip(1500);
  private final NetworkStack left = start("left", cable.left(), "fe80::1/64");
  private final NetworkStack right = start("right", cable.right(), "fe80::2/64");

  private NetworkStack start(String name, NetworkDevice.Factory device, String address) {
    return Objects.requireNonNull(lab.await(
        UnprobedStack.create().name(name).runOn(lab.loop()).random(lab.random(name)).device(device, address).start()));
  }

  @AfterEach
  void close() {
    lab.await(left.stop());
    lab.await(right.stop());
    lab.close();
  }

  private ChannelFuture await(ChannelFuture future) {
    lab.await(FutureMono.from(future).onErrorComplete());
    return future;
  }

  private static InetSocketAddress inScope(int scopeId) throws UnknownHostException {
    byte[] address = new InetSocketAddress("fe80::2", 0).getAddress().getAddress();
    return new InetSocketAddress(Inet6Address.getByAddress(null, address, scopeId), 80);
  }

  @Test
  void scopeIdNamesTheInterface() throws UnknownHostException {
    StackLoopResources servers = StackLoopResources.of(right);
    StackLoopResources clients = StackLoopResources.of(left);
    List<Channel> accepted = new ArrayList<>();
    ServerBootstrap server = new ServerBootstrap().group(servers.onServer(true))
        .channelFactory(() -> servers.onChannel(ServerSocketChannel.class, servers.onServer(true)))
        .childHandler(handler(accepted::add));
    Bootstrap client = new Bootstrap().group(clients.onClient(true))
        .channelFactory(() -> clients.onChannel(SocketChannel.class, clients.onClient(true)))
        .handler(handler(ignored -> {}));
    InetSocketAddress to = inScope(2);
    assertThat(await(server.bind(to)).cause()).isNull();
    ChannelFuture connected = await(client.connect(to));
    assertThat(connected.cause()).isNull();
    Channel channel = connected.channel();
    assertThat(channel.remoteAddress()).isEqualTo(to);
    assertThat(((Inet6Address) ((InetSocketAddress) channel.remoteAddress()).getAddress()).getScopeId()).isEqualTo(2);
    assertThat(accepted).hasSize(1);
    assertThat(((InetSocketAddress) accepted.getFirst().remoteAddress()).getPort()).isEqualTo(port(channel));

    assertThat(await(client.connect(inScope(7))).cause()).isInstanceOf(NoRouteToHostException.class)
        .hasMessageContaining("7");
    assertThat(await(server.bind(inScope(7))).cause()).isInstanceOf(BindException.class);
    await(channel.close());
  }

  private static ChannelInitializer<Channel> handler(Consumer<Channel> onChannel) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        onChannel.accept(channel);
      }
    };
  }

  private static int port(Channel channel) {
    return ((InetSocketAddress) channel.localAddress()).getPort();
  }
}
