package io.reactorstack.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.FrameObserver.Direction;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.device.ObservedDevice;
import io.reactorstack.device.memory.MemoryCable;
import io.reactorstack.lab.Lab;
import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.congestion.NewReno;
import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.testing.SeenFrame;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.wire.TcpSegment;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.netty.FutureMono;

/** Tests options that are changed while a connection is open, by their effect on the wire. */
class OpenChannelOptionsTest {

  private static final String CLIENT = "10.0.0.1";
  private static final String SERVER = "10.0.0.2";
  private static final String SERVER_V6 = "fd00::2";

  /** A segment captured on the wire. */
  private record Segment(Direction direction, int trafficClass, int flags, int length, int ack, int window, int mss) {

    static Segment of(Direction direction, ByteBuf packet) {
      SeenFrame seen = SeenFrame.bare(packet);
      TcpSegment segment = Objects.requireNonNull(seen.tcp());
      return new Segment(direction, Objects.requireNonNull(seen.ip()).trafficClass(), segment.flags(),
          segment.payload().readableBytes(), segment.ack(), segment.window(), Math.max(0, segment.options().mss()));
    }

    boolean isSyn() { return (flags & 2) != 0; }
  }

  private final Lab lab = Lab.virtual(9);
  private final List<Segment> seen = new ArrayList<>();
  private final NetworkStack left;
  private final NetworkStack right;
  private final StackLoopResources clients;
  private final StackLoopResources servers;
  private final List<Channel> accepted = new ArrayList<>();
  private int received;

  OpenChannelOptionsTest() {
    MemoryCable cable = MemoryCable.ip(1500).withoutOffload();
    NetworkDevice.Factory watched = ObservedDevice.around(
        cable.left(), (direction, frame, nanos) -> seen.add(Segment.of(direction, frame.payload())));
    left = start("left", watched, CLIENT + "/24", "fd00::1/64");
    right = start("right", cable.right(), SERVER + "/24", SERVER_V6 + "/64");
    clients = StackLoopResources.of(left);
    servers = StackLoopResources.of(right);
  }

  private NetworkStack start(String name, NetworkDevice.Factory device, String... addresses) {
    return Objects.requireNonNull(lab.await(
        UnprobedStack.create().name(name).runOn(lab.loop()).random(lab.random(name)).device(device, addresses)
            .start()));
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

  private final class Receiving extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext context) {
      if (context.channel().parent() != null) {
        accepted.add(context.channel());
      }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf data = message instanceof DatagramPacket datagram ? datagram.content() : (ByteBuf) message;
      received += data.readableBytes();
      data.release();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      // Connections are open when the world ends.
      assertThat(cause.getMessage()).isIn("Network stack stopped", "Connection reset by peer");
    }
  }

  private ServerBootstrap server() {
    return new ServerBootstrap().group(servers.onServer(true))
        .channelFactory(() -> servers.onChannel(ServerSocketChannel.class, servers.onServer(true)))
        .childHandler(new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) {
            channel.pipeline().addLast(new Receiving());
          }
        });
  }

  private Bootstrap client() {
    return new Bootstrap().group(clients.onClient(true))
        .channelFactory(() -> clients.onChannel(SocketChannel.class, clients.onClient(true)))
        .handler(new Receiving());
  }

  private Channel open(ServerBootstrap server, Bootstrap client, String address) {
    await(server.bind(new InetSocketAddress(address, 80)));
    Channel channel = await(client.connect(new InetSocketAddress(address, 80))).channel();
    settle();
    return channel;
  }

  private void settle() {
    lab.advance(Duration.ofMillis(300));
  }

  private TcpInfo info(Channel channel) {
    return lab.call(() -> Objects.requireNonNull(channel.config().getOption(StackChannelOption.TCP_INFO)));
  }

  private static ByteBuf bytes(int length) {
    return Unpooled.wrappedBuffer(new byte[length]);
  }

  private <T> void set(Channel channel, ChannelOption<T> option, T value) {
    lab.run(() -> assertThat(channel.config().setOption(option, value)).isTrue());
    assertThat(channel.config().getOption(option)).isEqualTo(value);
    settle();
  }

  /** Returns the right edge of the window that each segment of the server advertises. */
  private List<Integer> rightEdges() {
    int scale = info(accepted.getFirst()).options().rcvWscale();
    return seen.stream().filter(each -> each.direction == Direction.RECEIVED && !each.isSyn())
        .map(each -> each.ack + (each.window << scale)).toList();
  }

  @Test
  void receiveBufferGrowsAndShrinksWithoutMovingItsRightEdgeLeft() {
    Channel client = open(server().childOption(ChannelOption.AUTO_READ, false)
        .childOption(ChannelOption.SO_RCVBUF, 64 << 10), client(), SERVER);
    Channel server = accepted.getFirst();
    ChannelFuture written = client.writeAndFlush(bytes(8 << 20));
    settle();
    long taken = info(server).bytesReceived();
    assertThat(taken).isBetween(32L << 10, 64L << 10);

    set(server, ChannelOption.SO_RCVBUF, 256 << 10);
    long more = info(server).bytesReceived();
    assertThat(more).as("bytes received after the window has opened").isBetween(128L << 10, 256L << 10);

    int promised = rightEdges().getLast();
    set(server, ChannelOption.SO_RCVBUF, 16 << 10);
    // Window probes may still deliver a few octets that the scaled window field does not show.
    assertThat(info(server).bytesReceived()).isBetween(more, more + 8);
    assertThat(rightEdges().getLast() - promised).isBetween(0, 8);
    lab.run(() -> server.config().setAutoRead(true));
    lab.await(FutureMono.from(written));
    lab.advance(Duration.ofSeconds(60));
    assertThat(received).isEqualTo(8 << 20);
    List<Integer> edges = rightEdges();
    // RFC 7323 section 2.4: the scaled field may show up to one unit less than was promised.
    int unit = 1 << info(server).options().rcvWscale();
    int furthest = edges.getFirst();
    for (int edge : edges) {
      assertThat(edge - furthest).isGreaterThan(-unit);
      furthest = SequenceNumber.later(furthest, edge);
    }
    Segment last = seen.stream().filter(each -> each.direction == Direction.RECEIVED).reduce((a, b) -> b).orElseThrow();
    assertThat(last.window << info(server).options().rcvWscale()).as("window of the smaller buffer")
        .isBetween(1, 16 << 10);
  }

  @Test
  void sendBufferGrowsAndShrinks() {
    Channel client = open(server().childOption(ChannelOption.AUTO_READ, false)
        .childOption(ChannelOption.SO_RCVBUF, 16 << 10), client().option(ChannelOption.SO_SNDBUF, 32 << 10), SERVER);
    ChannelFuture first = client.writeAndFlush(bytes(100 << 10));
    settle();
    assertThat(first.isDone()).isFalse();
    long acknowledged = info(client).bytesAcknowledged();
    long held = lab.call(() -> ((StackSocketChannel) client).socket().writtenBytes()) - acknowledged;
    assertThat(held).isEqualTo(32 << 10);

    set(client, ChannelOption.SO_SNDBUF, 128 << 10);
    assertThat(first.isSuccess()).as("the larger buffer lets the blocked flush continue").isTrue();

    set(client, ChannelOption.SO_SNDBUF, 16 << 10);
    ChannelFuture second = client.writeAndFlush(bytes(1));
    settle();
    assertThat(second.isDone()).as("the smaller buffer is already overfull").isFalse();
    assertThat(lab.call(() -> ((StackSocketChannel) client).socket().writableBytes())).isZero();
    lab.run(() -> accepted.getFirst().config().setAutoRead(true));
    assertThat(await(second).isSuccess()).isTrue();
    lab.advance(Duration.ofSeconds(10));
    assertThat(received).isEqualTo((100 << 10) + 1);
  }

  @Test
  void changedTrafficClassAppliesToBothDirectionsAndVersions() {
    for (String address : List.of(SERVER, SERVER_V6)) {
      seen.clear();
      Channel client = open(server().childOption(ChannelOption.IP_TOS, 0x68), client(), address);
      Channel server = accepted.getLast();
      await(server.writeAndFlush(bytes(10)));
      settle();
      set(client, ChannelOption.IP_TOS, 0x20);
      await(client.writeAndFlush(bytes(10)));
      settle();
      set(client, ChannelOption.IP_TOS, 0xb8);
      await(client.writeAndFlush(bytes(10)));
      settle();
      assertThat(seen.stream().filter(each -> each.length == 10).map(each -> each.trafficClass & ~3))
          .as(address).containsExactly(0x68, 0x20, 0xb8);
      await(client.close());
    }
  }

  @Test
  void newCongestionControlContinuesWithTheWindow() {
    Channel client = open(server(), client(), SERVER);
    await(client.writeAndFlush(bytes(1 << 20)));
    settle();
    TcpInfo before = info(client);
    assertThat(before.congestion().algorithm()).isEqualTo("cubic");
    set(client, StackChannelOption.CONGESTION_CONTROL, NewReno.FACTORY);
    TcpInfo after = info(client);
    assertThat(after.congestion().algorithm()).isEqualTo("reno");
    assertThat(after.congestion().cwnd()).isEqualTo(before.congestion().cwnd()).isGreaterThan(14_600);
    assertThat(after.congestion().ssthresh()).isEqualTo(before.congestion().ssthresh());
    await(client.writeAndFlush(bytes(1 << 20)));
    settle();
    assertThat(received).isEqualTo(2 << 20);
    set(client, StackChannelOption.CONGESTION_CONTROL, CongestionControl.named("cubic"));
    await(client.writeAndFlush(bytes(1 << 20)));
    settle();
    assertThat(received).isEqualTo(3 << 20);
    assertThat(info(client).congestion().algorithm()).isEqualTo("cubic");
  }

  @Test
  void corkHoldsBackPartialSegments() {
    Channel client = open(server(), client().option(StackChannelOption.TCP_CORK, true), SERVER);
    assertThat(client.config().getOption(StackChannelOption.TCP_CORK)).isTrue();
    int mss = info(client).sizes().mss();
    for (int i = 0; i < 3; i++) {
      await(client.writeAndFlush(bytes(mss / 2)));
    }
    lab.advance(Duration.ofMillis(100));
    assertThat(received).isEqualTo(mss);
    set(client, StackChannelOption.TCP_CORK, false);
    assertThat(received).isEqualTo(mss / 2 * 3);
    await(client.writeAndFlush(bytes(1)));
    settle();
    assertThat(received).isEqualTo(mss / 2 * 3 + 1);
  }

  @Test
  void segmentSizeIsLimitedBeforeOpeningOnly() {
    Channel client = open(server().option(StackChannelOption.TCP_MAXSEG, 700),
        client().option(StackChannelOption.TCP_MAXSEG, 900), SERVER);
    assertThat(seen.stream().filter(Segment::isSyn).map(Segment::mss)).containsExactly(900, 700);
    assertThat(info(client).sizes().mss()).isEqualTo(700 - 12);
    set(client, StackChannelOption.TCP_MAXSEG, 200);
    await(client.writeAndFlush(bytes(10_000)));
    settle();
    assertThat(seen.stream().mapToInt(Segment::length).max()).hasValue(700 - 12);
    assertThatThrownBy(() -> client.config().setOption(StackChannelOption.TCP_MAXSEG, 87))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void queuesOfDatagramChannelGrowAndShrink() {
    Channel server = await(datagrams(servers).option(ChannelOption.AUTO_READ, false)
        .option(ChannelOption.SO_RCVBUF, 5000).bind(new InetSocketAddress(SERVER, 53))).channel();
    Channel client = await(datagrams(clients).bind(new InetSocketAddress(CLIENT, 0))).channel();
    send(client, 10);
    set(server, ChannelOption.SO_RCVBUF, 8000);
    send(client, 10);
    set(server, ChannelOption.SO_RCVBUF, 2000);
    send(client, 10);
    lab.run(() -> server.config().setAutoRead(true));
    settle();
    assertThat(received).as("five datagrams, then three more, then none with the smaller limit").isEqualTo(8 * 1000);
    send(client, 3);
    assertThat(received).as("a smaller queue is sufficient while it is read").isEqualTo(11 * 1000);
  }

  private Bootstrap datagrams(StackLoopResources loops) {
    return new Bootstrap().group(loops.onClient(true))
        .channelFactory(() -> loops.onChannel(DatagramChannel.class, loops.onClient(true))).handler(new Receiving());
  }

  private void send(Channel client, int datagrams) {
    for (int i = 0; i < datagrams; i++) {
      await(client.writeAndFlush(new DatagramPacket(bytes(1000), new InetSocketAddress(SERVER, 53))));
    }
    settle();
  }

  @Test
  void nativeApiChangesOptionsOfOpenConnection() {
    right.tcp().listen(81).subscribe();
    var connection = Objects.requireNonNull(lab.await(left.tcp().connect(SERVER, 81)));
    connection.options(options -> {
      options.packetFields(0x48, 7);
      options.congestionControl(NewReno.FACTORY);
    });
    settle();
    seen.clear();
    lab.await(connection.shutdownOutput());
    assertThat(seen.getFirst().trafficClass & ~3).isEqualTo(0x48);
    assertThat(lab.call(connection::info).congestion().algorithm()).isEqualTo("reno");
  }
}
