package io.reactorstack.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.reactorstack.device.FrameObserver.Direction;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Wire;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.testing.Inside;
import io.reactorstack.testing.SeenFrame;
import io.reactorstack.wire.TcpSegment;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.FutureMono;

/**
 * Tests TCP Fast Open (RFC 7413) with the options and the order of calls of Netty's epoll transport, and with the
 * native API.
 */
class FastOpenChannelTest {

  private static final InetSocketAddress PORT_80 = new InetSocketAddress("10.0.0.2", 80);
  private static final int DELAY_MILLIS = 10;

  private final Lab lab = Lab.virtual(11);
  private final Wire wire = lab.newWire("wire", each -> each.delay(Duration.ofMillis(DELAY_MILLIS)));
  private final Host clientHost = lab.host("client").address("10.0.0.1/24").connectTo(wire.left());
  private final Host serverHost = lab.host("server").address("10.0.0.2/24").connectTo(wire.right());
  private final StackLoopResources client = StackLoopResources.of(clientHost.stack());
  private final StackLoopResources server = StackLoopResources.of(serverHost.stack());

  /** The payload bytes of each SYN that the client has sent, in order. */
  private final List<Integer> syns = new ArrayList<>();
  private final StringBuilder served = new StringBuilder();
  private final List<Channel> accepted = new ArrayList<>();

  FastOpenChannelTest() {
    clientHost.observe((direction, frame, nanos) -> {
      TcpSegment segment = SeenFrame.ethernet(frame.payload()).tcp();
      if (direction == Direction.SENT && segment != null && segment.has(TcpSegment.SYN)
          && !segment.has(TcpSegment.ACK)) {
        syns.add(segment.payload().readableBytes());
      }
    });
  }

  @AfterEach
  void close() {
    lab.close();
  }

  /** Records accepted channels and received data. */
  private final class Serving extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext context) {
      if (context.channel().parent() != null) {
        accepted.add(context.channel());
      }
      context.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf data = (ByteBuf) message;
      served.append(data.toString(StandardCharsets.UTF_8));
      data.release();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      // Connections are open when the world ends.
      assertThat(cause).hasMessage("Network stack stopped");
    }
  }

  private void listen(int fastOpens) {
    listen(PORT_80.getPort(), fastOpens, channel -> {});
  }

  private void listen(int port, int fastOpens, Consumer<Channel> pipeline) {
    var group = server.onServer(true);
    ChannelFuture bound = await(new ServerBootstrap().group(group)
        .channelFactory(() -> server.onChannel(ServerSocketChannel.class, group))
        .option(ChannelOption.TCP_FASTOPEN, fastOpens)
        .childHandler(new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) {
            pipeline.accept(channel);
            channel.pipeline().addLast(new Serving());
          }
        }).bind(PORT_80.getAddress(), port));
    assertThat(bound.channel().config().getOption(ChannelOption.TCP_FASTOPEN)).isEqualTo(fastOpens);
  }

  private ChannelFuture await(ChannelFuture future) {
    lab.await(FutureMono.from(future).onErrorComplete());
    return future;
  }

  private Channel register(boolean fast, ChannelHandler... handlers) {
    var group = client.onClient(true);
    Channel channel = await(new Bootstrap().group(group)
        .channelFactory(() -> client.onChannel(SocketChannel.class, group))
        .option(ChannelOption.TCP_FASTOPEN_CONNECT, fast)
        .handler(new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel made) {
            made.pipeline().addLast(handlers).addLast(new Serving());
          }
        }).register()).channel();
    assertThat(channel.config().getOption(ChannelOption.TCP_FASTOPEN_CONNECT)).isEqualTo(fast);
    return channel;
  }

  /** Connects once, so that the client has the server's cookie. */
  private void introduce() {
    Channel channel = register(true);
    await(channel.connect(PORT_80));
    await(channel.close());
    lab.advance(Duration.ofSeconds(1));
    syns.clear();
    served.setLength(0);
    accepted.clear();
  }

  private static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
  }

  private TcpInfo info(Channel channel) {
    return lab.call(() -> Objects.requireNonNull(channel.config().getOption(StackChannelOption.TCP_INFO)));
  }

  @Test
  void dataWrittenBeforeConnectingIsSentWithTheSyn() {
    listen(16);
    introduce();
    Channel channel = register(true);
    ChannelFuture written = channel.write(text("request"));
    ChannelFuture connecting = channel.connect(PORT_80);
    lab.advance(Duration.ofMillis(DELAY_MILLIS + 1));
    assertThat(served).hasToString("request");
    assertThat(accepted).hasSize(1).allMatch(Channel::isActive);
    assertThat(written.isSuccess()).isTrue();
    assertThat(connecting.isDone()).as("data received before the handshake has ended").isFalse();
    assertThat(await(connecting).isSuccess()).isTrue();
    assertThat(syns).containsExactly(7);
    assertThat(info(channel).options().fastopen()).isTrue();
    await(channel.writeAndFlush(text(" and more")));
    lab.advance(Duration.ofMillis(DELAY_MILLIS + 1));
    assertThat(served).hasToString("request and more");
  }

  @Test
  void withoutCookieDataIsSentAfterTheHandshake() {
    listen(16);
    Channel channel = register(true);
    ChannelFuture written = channel.write(text("request"));
    channel.connect(PORT_80);
    channel.writeAndFlush(text(" flushed"));
    assertThat(await(written).isSuccess()).isTrue();
    lab.advance(Duration.ofMillis(DELAY_MILLIS + 1));
    assertThat(served).hasToString("request flushed");
    assertThat(syns).containsExactly(0);
  }

  @Test
  void largeFirstWriteContinuesAfterTheSyn() {
    listen(16);
    introduce();
    Channel channel = register(true);
    String large = "0123456789".repeat(1_000_000);
    ChannelFuture written = channel.write(text(large));
    channel.connect(PORT_80);
    assertThat(await(written).isSuccess()).isTrue();
    lab.advance(Duration.ofSeconds(5));
    assertThat(served).hasToString(large);
    assertThat(syns).hasSize(1).allMatch(bytes -> bytes > 1000);
  }

  @Test
  void withoutTheOptionNoDataIsSentWithTheSyn() {
    listen(16);
    introduce();
    Channel channel = register(false);
    ChannelFuture written = channel.write(text("request"));
    await(channel.connect(PORT_80));
    assertThat(syns).containsExactly(0);
    assertThat(written.isDone()).isFalse();
    lab.run(channel::flush);
    assertThat(await(written).isSuccess()).isTrue();
  }

  @Test
  void listenerLimitsPendingFastOpens() {
    listen(1);
    introduce();
    for (String text : List.of("a", "b")) {
      Channel channel = register(true);
      channel.write(text(text));
      channel.connect(PORT_80);
    }
    lab.advance(Duration.ofMillis(DELAY_MILLIS + 1));
    assertThat(served).as("the second connection has an ordinary handshake").hasToString("a");
    lab.advance(Duration.ofSeconds(1));
    assertThat(served).hasToString("ab");
  }

  @Test
  void tlsClientHelloIsSentWithTheSyn() throws Exception {
    SslContext serving = SslContextBuilder.forServer(TestKeys.keyManagers()).build();
    SslContext asking = SslContextBuilder.forClient().endpointIdentificationAlgorithm("")
        .trustManager(InsecureTrustManagerFactory.INSTANCE).build();
    listen(16);
    introduce();
    listen(443, 16, channel -> channel.pipeline().addLast(serving.newHandler(channel.alloc())));
    Channel channel = register(true, asking.newHandler(ByteBufAllocator.DEFAULT));
    await(channel.connect(new InetSocketAddress(PORT_80.getAddress(), 443)));
    await(channel.writeAndFlush(text("secret")));
    lab.advance(Duration.ofSeconds(1));
    assertThat(served).hasToString("secret");
    assertThat(syns).hasSize(1).allMatch(bytes -> bytes > 100);
  }

  @Test
  void nativeApiSendsInitialDataWithTheSyn() {
    Flux<TcpConnection> connections = serverHost.stack().tcp().fastOpen(true).listen(80);
    connections.flatMap(connection -> connection.receive().doOnNext(data -> {
      served.append(data.toString(StandardCharsets.UTF_8));
      data.release();
    }).then(connection.close()).onErrorComplete()).subscribe();
    for (int i = 0; i < 2; i++) {
      String text = "request " + i;
      TcpConnection connection = Objects.requireNonNull(lab.await(
          clientHost.stack().tcp().fastOpen(true).connect(PORT_80, () -> text(text))));
      lab.await(connection.send(Mono.just(text(";"))).then(connection.close()));
    }
    assertThat(served).hasToString("request 0;request 1;");
    assertThat(syns).containsExactly(0, 9);
  }

  @Test
  void initialDataIsReleasedIfConnectingFails() {
    List<ByteBuf> given = new ArrayList<>();
    Mono<TcpConnection> refused = clientHost.stack().tcp().fastOpen(true).connect(PORT_80, () -> {
      given.add(text("nobody"));
      return given.getLast();
    });
    assertThat(lab.await(refused.then(Mono.just("ok")).onErrorReturn("refused"))).isEqualTo("refused");
    assertThat(given).hasSize(1).allMatch(data -> data.refCnt() == 0);
    Mono<TcpConnection> failing = clientHost.stack().tcp().connect(PORT_80, () -> {
      throw new IllegalStateException("on purpose");
    });
    assertThat(lab.await(failing.then(Mono.just("ok")).onErrorResume(e -> Mono.just(e.getMessage()))))
        .isEqualTo("on purpose");
    assertThat(lab.call(() -> Inside.shard(clientHost.stack()).tcp().connections())).isZero();
  }
}
