package io.reactorstack.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.device.memory.MemoryCable;
import io.reactorstack.lab.Lab;
import io.reactorstack.testing.UnprobedStack;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.netty.FutureMono;

/**
 * Tests connections between link-local addresses with a zone. The stack ignores the zone, because its links have no
 * scope ids of the JDK.
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
    assertThat(future.cause()).isNull();
    return future;
  }

  @Test
  void zoneOfTheCallIsKeptAndIgnored() throws UnknownHostException {
    StackLoopResources servers = StackLoopResources.of(right);
    StackLoopResources clients = StackLoopResources.of(left);
    List<Channel> accepted = new ArrayList<>();
    Inet6Address zoned = Inet6Address.getByAddress(null, new InetSocketAddress("fe80::2", 0).getAddress().getAddress(),
        7);
    await(new ServerBootstrap().group(servers.onServer(true))
        .channelFactory(() -> servers.onChannel(ServerSocketChannel.class, servers.onServer(true)))
        .childHandler(new ChannelInboundHandlerAdapter() {
          @Override
          public void channelActive(ChannelHandlerContext context) {
            accepted.add(context.channel());
          }
        }).bind(new InetSocketAddress(zoned, 80)));
    InetSocketAddress to = new InetSocketAddress(zoned, 80);
    Channel channel = await(new Bootstrap().group(clients.onClient(true))
        .channelFactory(() -> clients.onChannel(SocketChannel.class, clients.onClient(true)))
        .handler(new ChannelInboundHandlerAdapter()).connect(to)).channel();
    assertThat(channel.remoteAddress()).isEqualTo(to);
    assertThat(((Inet6Address) ((InetSocketAddress) channel.remoteAddress()).getAddress()).getScopeId()).isEqualTo(7);
    assertThat(channel.localAddress()).hasToString("/[fe80:0:0:0:0:0:0:1]:" + port(channel));
    assertThat(accepted).hasSize(1);
    assertThat(accepted.getFirst().remoteAddress()).isEqualTo(channel.localAddress());
    await(channel.close());
  }

  private static int port(Channel channel) {
    return ((InetSocketAddress) channel.localAddress()).getPort();
  }
}
