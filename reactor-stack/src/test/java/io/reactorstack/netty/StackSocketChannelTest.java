package io.reactorstack.netty;

import static org.assertj.core.api.Assertions.assertThat;

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
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.ChannelOutputShutdownEvent;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.tcp.model.CloseCause;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests the channels with plain Netty, without Reactor Netty: they must behave as Netty's own channels do. */
class StackSocketChannelTest {

  private static final int PORT = 9;

  private final TwoHosts hosts = TwoHosts.virtual(3);
  private final Recorder client = new Recorder();
  private final Recorder server = new Recorder();

  @AfterEach
  void close() {
    hosts.close();
  }

  // Opening and closing

  @Test
  void refusal() {
    ChannelFuture connected = done(bootstrap().connect(address()));
    assertThat(connected.cause()).isInstanceOf(ConnectException.class)
        .hasMessage("Connection refused: /" + TwoHosts.SERVER + ":" + PORT);
    assertThat(connected.channel().isOpen()).isFalse();
    assertThat(client.events).as("events of a channel that was never active").isEmpty();
  }

  @Test
  void unresolvedAddressIsRejectedByTheChannel() {
    Channel channel = done(bootstrap().register()).channel();
    ChannelFuture connected = done(
        channel.connect(InetSocketAddress.createUnresolved("name.invalid", PORT), channel.newPromise()));
    assertThat(connected.cause()).isInstanceOf(UnresolvedAddressException.class);
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void secondConnectIsPendingThenAlreadyConnected() {
    serve();
    Channel channel = done(bootstrap().register()).channel();
    List<ChannelFuture> both = new ArrayList<>();
    hosts.run(() -> {
      both.add(channel.connect(address()));
      both.add(channel.connect(address()));
    });
    assertThat(done(both.get(1)).cause()).isInstanceOf(ConnectionPendingException.class);
    assertThat(done(both.get(0)).isSuccess()).isTrue();
    assertThat(done(channel.connect(address())).cause()).isInstanceOf(AlreadyConnectedException.class);
    assertThat(channel.isActive()).isTrue();
  }

  @Test
  void closingWhileConnectingFailsTheAttempt() {
    Channel channel = done(bootstrap().register()).channel();
    ChannelFuture connecting = hosts.call(() -> channel.connect(new InetSocketAddress(TwoHosts.ABSENT, PORT)));
    assertThat(done(channel.close()).isSuccess()).isTrue();
    assertThat(done(connecting).cause()).isInstanceOf(ClosedChannelException.class);
    assertThat(hosts.clientConnections()).isZero();
  }

  @Test
  void cancelledAttemptClosesTheChannel() {
    Channel channel = done(bootstrap().register()).channel();
    ChannelFuture connecting = hosts.call(() -> channel.connect(new InetSocketAddress(TwoHosts.ABSENT, PORT)));
    hosts.run(() -> connecting.cancel(false));
    assertThat(done(channel.closeFuture()).isSuccess()).isTrue();
    assertThat(hosts.clientConnections()).isZero();
  }

  @Test
  void localAddressCanBeChosen() {
    serve();
    Channel channel = connected(done(bootstrap().connect(address(), new InetSocketAddress(TwoHosts.CLIENT, 4321))));
    hosts.advance(Duration.ofSeconds(1));
    assertThat(channel.localAddress()).isEqualTo(new InetSocketAddress(TwoHosts.CLIENT, 4321));
    assertThat(server.channel.remoteAddress()).isEqualTo(channel.localAddress());
    ChannelFuture again = done(bootstrap().connect(address(), new InetSocketAddress(TwoHosts.CLIENT, 4321)));
    assertThat(again.cause()).isInstanceOf(SocketException.class).hasMessageContaining("Address already in use");
  }

  @Test
  void foreignLocalAddressCannotBeBound() {
    ChannelFuture connected = done(bootstrap().connect(address(), new InetSocketAddress(TwoHosts.SERVER, 0)));
    assertThat(connected.cause()).isInstanceOf(SocketException.class)
        .hasMessageContaining("Cannot assign requested address");
  }

  @Test
  void closeReachesThePeerAsEndOfInput() {
    serve();
    Channel channel = connect();
    done(channel.writeAndFlush(text("last words")));
    done(channel.close());
    done(server.channel.closeFuture());
    assertThat(server.text()).isEqualTo("last words");
    assertThat(server.events).containsExactly("active", "inactive");
    assertThat(client.events).containsExactly("active", "inactive");
  }

  @Test
  void writtenBytesAreDeliveredAfterClose() {
    serve(ChannelOption.SO_RCVBUF, 1 << 16);
    Channel channel = connect(ChannelOption.SO_SNDBUF, 1 << 20);
    byte[] data = Bytes.array(1 << 19);
    hosts.run(() -> channel.writeAndFlush(Unpooled.wrappedBuffer(data)).addListener(written -> channel.close()));
    done(server.channel.closeFuture());
    assertThat(server.received()).isEqualTo(data);
  }

  // Registration

  @Test
  void dataReceivedWhileDeregisteredIsReadAfterRegistration() {
    serve();
    Channel channel = connect();
    done(channel.deregister());
    done(server.channel.writeAndFlush(text("meanwhile")));
    hosts.advance(Duration.ofSeconds(1));
    assertThat(client.text()).isEmpty();
    done(hosts.call(() -> channel.eventLoop().register(channel)));
    hosts.advance(Duration.ofSeconds(1));
    assertThat(client.text()).isEqualTo("meanwhile");
  }

  @Test
  void resetWhileDeregisteredIsReportedAfterRegistration() {
    serve();
    Channel channel = connect(ChannelOption.AUTO_READ, false);
    done(channel.deregister());
    hosts.run(() -> server.channel.config().setSoLinger(0));
    done(server.channel.close());
    hosts.advance(Duration.ofSeconds(1));
    assertThat(channel.isOpen()).isTrue();
    done(hosts.call(() -> channel.eventLoop().register(channel)));
    hosts.advance(Duration.ofSeconds(1));
    assertThat(channel.isOpen()).isFalse();
    assertThat(client.events).endsWith("inactive");
  }

  @Test
  void connectionWhileDeregisteredIsReportedAfterRegistration() {
    serve();
    Channel channel = done(bootstrap().register()).channel();
    ChannelFuture connecting = hosts.call(() -> channel.connect(address()));
    done(channel.deregister());
    hosts.advance(Duration.ofSeconds(1));
    assertThat(connecting.isDone()).isFalse();
    done(hosts.call(() -> channel.eventLoop().register(channel)));
    hosts.advance(Duration.ofSeconds(1));
    assertThat(connecting.isSuccess()).isTrue();
    assertThat(client.events).containsExactly("active");
  }

  @Test
  void lingerZeroResets() {
    serve();
    Channel channel = connect(ChannelOption.SO_LINGER, 0);
    done(channel.close());
    done(server.channel.closeFuture());
    assertThat(server.failure).isInstanceOf(SocketException.class).hasMessage("Connection reset by peer");
    assertThat(hosts.clientConnections()).isZero();
    assertThat(hosts.serverConnections()).isZero();
  }

  @Test
  void resetIsSeenWithoutReadingAndFailsWrites() {
    serve();
    Channel channel = connect(ChannelOption.AUTO_READ, false);
    hosts.run(() -> server.channel.config().setSoLinger(0));
    done(server.channel.close());
    done(channel.closeFuture());
    assertThat(client.failure).isInstanceOf(IOException.class).hasMessage("Connection reset by peer");
    assertThat(done(channel.writeAndFlush(text("x"))).cause()).isInstanceOf(ClosedChannelException.class);
  }

  @Test
  void unreadInputMakesCloseAReset() {
    serve();
    Channel channel = connect(ChannelOption.AUTO_READ, false);
    done(server.channel.writeAndFlush(text("unread")));
    hosts.advance(Duration.ofSeconds(1));
    done(channel.close());
    done(server.channel.closeFuture());
    assertThat(server.failure).hasMessage("Connection reset by peer");
  }

  // Half-closure

  @Test
  void halfClosure() {
    serve(ChannelOption.ALLOW_HALF_CLOSURE, true);
    SocketChannel channel = (SocketChannel) connect(ChannelOption.ALLOW_HALF_CLOSURE, true);
    done(channel.writeAndFlush(text("question")));
    done(channel.shutdownOutput());
    hosts.advance(Duration.ofSeconds(1));

    assertThat(channel.isOutputShutdown()).isTrue();
    assertThat(channel.isActive()).isTrue();
    assertThat(server.text()).isEqualTo("question");
    assertThat(server.events).containsExactly(
        "active", ChannelInputShutdownEvent.INSTANCE.toString(), ChannelInputShutdownReadComplete.INSTANCE.toString());
    assertThat(server.channel.isInputShutdown()).isTrue();
    assertThat(server.channel.isActive()).isTrue();

    done(server.channel.writeAndFlush(text("answer")));
    done(server.channel.close());
    hosts.advance(Duration.ofSeconds(1));
    assertThat(client.text()).isEqualTo("answer");
    assertThat(client.events).containsExactly("active", ChannelOutputShutdownEvent.INSTANCE.toString(),
        ChannelInputShutdownEvent.INSTANCE.toString(), ChannelInputShutdownReadComplete.INSTANCE.toString());
    assertThat(channel.isShutdown()).isTrue();
    assertThat(done(channel.writeAndFlush(text("more"))).cause()).isInstanceOf(IOException.class);
    done(channel.close());
    hosts.advance(Duration.ofMinutes(5));
    assertThat(hosts.clientConnections() + hosts.serverConnections()).isZero();
  }

  @Test
  void shutdownInputDiscardsInput() {
    serve();
    SocketChannel channel = (SocketChannel) connect();
    done(channel.shutdownInput());
    assertThat(channel.isInputShutdown()).isTrue();
    done(server.channel.writeAndFlush(text("for nobody")));
    hosts.advance(Duration.ofSeconds(1));
    assertThat(client.text()).isEmpty();
    assertThat(channel.isActive()).isTrue();
    assertThat(done(channel.writeAndFlush(text("still"))).isSuccess()).isTrue();
    hosts.advance(Duration.ofSeconds(1));
    assertThat(server.text()).isEqualTo("still");
  }

  @Test
  void shutdownOfBothHalves() {
    serve();
    SocketChannel channel = (SocketChannel) connect();
    assertThat(done(channel.shutdown()).isSuccess()).isTrue();
    assertThat(channel.isShutdown()).isTrue();
    done(server.channel.closeFuture());
  }

  // Reading

  @Test
  void withoutReadNoDataIsTaken() {
    serve();
    Channel channel = connect(ChannelOption.AUTO_READ, false);
    done(server.channel.writeAndFlush(Unpooled.wrappedBuffer(Bytes.array(100_000))));
    hosts.advance(Duration.ofSeconds(10));
    assertThat(client.received()).isEmpty();

    hosts.run(channel::read);
    hosts.advance(Duration.ofSeconds(10));
    assertThat(client.messages).hasSize(1);
    assertThat(client.readCompletes).isEqualTo(1);
    hosts.run(channel::read);
    hosts.advance(Duration.ofSeconds(10));
    assertThat(client.messages).hasSize(2);

    hosts.run(() -> channel.config().setAutoRead(true));
    hosts.advance(Duration.ofSeconds(10));
    assertThat(client.received()).isEqualTo(Bytes.array(100_000));
    assertThat(client.messages).allMatch(length -> length <= 65_536);
  }

  @Test
  void disablingAutoReadClearsThePendingRead() {
    serve();
    Channel channel = connect();
    hosts.run(() -> channel.config().setAutoRead(false));
    done(server.channel.writeAndFlush(text("later")));
    hosts.advance(Duration.ofSeconds(1));
    assertThat(client.text()).isEmpty();
    hosts.run(() -> channel.config().setAutoRead(true));
    hosts.advance(Duration.ofSeconds(1));
    assertThat(client.text()).isEqualTo("later");
  }

  @Test
  void endOfInputWaitsForDemandLikeData() {
    serve();
    Channel channel = connect(ChannelOption.AUTO_READ, false);
    done(server.channel.close());
    hosts.advance(Duration.ofSeconds(1));
    assertThat(channel.isActive()).isTrue();
    hosts.run(channel::read);
    done(channel.closeFuture());
  }

  // Writing

  @Test
  void writabilityFollowsThePeersReading() {
    serve(ChannelOption.SO_RCVBUF, 1 << 16);
    Channel channel = connect(ChannelOption.SO_SNDBUF, 1 << 16);
    hosts.run(() -> server.channel.config().setAutoRead(false));
    byte[] data = Bytes.array(1 << 20);
    ChannelFuture written = hosts.call(() -> channel.writeAndFlush(Unpooled.wrappedBuffer(data)));
    hosts.advance(Duration.ofMinutes(1));
    assertThat(written.isDone()).as("1 MiB written to a send buffer of 64 KiB").isFalse();
    assertThat(channel.isWritable()).isFalse();

    hosts.run(() -> server.channel.config().setAutoRead(true));
    done(written);
    hosts.advance(Duration.ofMinutes(1));
    assertThat(channel.isWritable()).isTrue();
    assertThat(server.received()).isEqualTo(data);
  }

  @Test
  void channelIsNotWritableWhileItsHostIsShortOfMemory() {
    serve();
    Channel channel = connect();
    HostMemory memory = ((StackSocketChannel) channel).host().settings().memory();
    HostMemory.Holding others = memory.open();
    byte[] data = Bytes.array(40_000);
    ChannelFuture written = hosts.call(() -> {
      others.set(memory.limit() / 10 * 8);
      return channel.writeAndFlush(Unpooled.wrappedBuffer(data));
    });
    assertThat(channel.isWritable()).as("writable with less pending data than the low water mark").isFalse();
    hosts.advance(Duration.ofSeconds(1));
    assertThat(written.isSuccess()).as("write completed in steps of 4 KiB").isTrue();
    assertThat(channel.isWritable()).isTrue();

    ChannelFuture more = hosts.call(() -> channel.writeAndFlush(Unpooled.wrappedBuffer(data)));
    assertThat(channel.isWritable()).isFalse();
    hosts.run(() -> others.set(0));
    hosts.advance(Duration.ofSeconds(1));
    assertThat(more.isSuccess()).isTrue();
    assertThat(channel.isWritable()).isTrue();
    assertThat(server.received()).hasSize(80_000);
  }

  @Test
  void fileRegionOfUnknownKindIsCopied() {
    serve();
    Channel channel = connect(ChannelOption.SO_SNDBUF, 1 << 16);
    done(channel.writeAndFlush(new ArrayRegion(Bytes.array(300_000))));
    done(channel.close());
    done(server.channel.closeFuture());
    assertThat(server.received()).isEqualTo(Bytes.array(300_000));
  }

  @Test
  void otherMessageTypesAreRejected() {
    serve();
    Channel channel = connect();
    assertThat(done(channel.writeAndFlush("text")).cause()).isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("String");
    assertThat(channel.isActive()).isTrue();
  }

  @Test
  void writingBeforeConnectingFails() {
    Channel channel = done(bootstrap().register()).channel();
    assertThat(done(channel.writeAndFlush(text("early"))).cause()).isInstanceOf(NotYetConnectedException.class);
    done(channel.close());
  }

  // Options

  @Test
  void options() {
    serve();
    Channel channel = connect(ChannelOption.SO_RCVBUF, 100_000);
    assertThat(channel.config().getOption(ChannelOption.SO_RCVBUF)).isEqualTo(100_000);
    assertThat(channel.config().getOption(ChannelOption.TCP_NODELAY)).isTrue();
    assertThat(channel.config().setOption(ChannelOption.TCP_NODELAY, false)).isTrue();
    assertThat(channel.config().getOption(ChannelOption.TCP_NODELAY)).isFalse();
    assertThat(channel.config().setOption(ChannelOption.SO_KEEPALIVE, true)).isTrue();
    assertThat(channel.config().setOption(ChannelOption.IP_TOS, 0x48)).isTrue();
    hosts.advance(Duration.ofMillis(1));
    assertThat(hosts.call(() -> ((StackSocketChannel) channel).socket().options().trafficClass())).isEqualTo(0x48);
    assertThat(channel.config().setOption(ChannelOption.SO_BACKLOG, 8)).as("option of listeners accepted").isFalse();
    assertThat(channel.config().setOption(StackChannelOption.TCP_USER_TIMEOUT, 1234)).isTrue();
    assertThat(channel.config().getOption(StackChannelOption.TCP_USER_TIMEOUT)).isEqualTo(1234);
    hosts.advance(Duration.ofMillis(1));
    assertThat(hosts.call(() -> ((StackSocketChannel) channel).socket().options().userTimeout())).hasMillis(1234);
    assertThat(hosts.call(() -> channel.config().getOption(StackChannelOption.TCP_INFO)).mss()).isPositive();
    assertThat(hosts.call(() -> channel.config().getOption(StackChannelOption.CLOSE_REPORT) == null)).isTrue();
    done(channel.close());
    hosts.advance(Duration.ofSeconds(1));
    assertThat(hosts.call(() -> channel.config().getOption(StackChannelOption.CLOSE_REPORT)).cause())
        .isEqualTo(CloseCause.FINISHED);
    assertThat(channel.config().getOptions()).containsKeys(ChannelOption.SO_LINGER, ChannelOption.ALLOW_HALF_CLOSURE);
    assertThat(server.channel.config().isTcpNoDelay()).isTrue();
  }

  @Test
  void nagleHoldsSmallSegmentsBackOnlyIfEnabled() {
    serve();
    hosts.slow(Duration.ofMillis(50));
    SocketChannel channel = (SocketChannel) connect();
    hosts.run(() -> channel.config().setTcpNoDelay(false));
    hosts.run(() -> channel.writeAndFlush(text("a")));
    hosts.advance(Duration.ofMillis(1));
    hosts.run(() -> channel.writeAndFlush(text("b")));
    hosts.advance(Duration.ofMillis(60));
    assertThat(server.text()).as("received before the first segment is acknowledged").isEqualTo("a");
    hosts.run(() -> channel.config().setTcpNoDelay(true));
    hosts.advance(Duration.ofMillis(60));
    assertThat(server.text()).as("received after Nagle's algorithm is switched off").isEqualTo("ab");
    hosts.run(() -> channel.writeAndFlush(text("c")));
    hosts.advance(Duration.ofMillis(1));
    hosts.run(() -> channel.writeAndFlush(text("d")));
    hosts.advance(Duration.ofMillis(60));
    assertThat(server.text()).isEqualTo("abcd");
  }

  // Listening

  @Test
  void connectionsWaitUntilTheyAreRead() {
    Channel listener = connected(done(listening(ChannelOption.ALLOW_HALF_CLOSURE, false)
        .option(ChannelOption.AUTO_READ, false).bind(address())));
    Channel channel = connect();
    hosts.advance(Duration.ofSeconds(1));
    assertThat(channel.isActive()).as("active: the stack has completed the handshake").isTrue();
    assertThat(server.channel).isNull();
    hosts.run(listener::read);
    hosts.advance(Duration.ofSeconds(1));
    assertThat(server.channel.isActive()).isTrue();
    assertThat(server.channel.parent()).isSameAs(listener);
  }

  @Test
  void closingTheListenerLeavesItsConnections() {
    Channel listener = serve();
    Channel channel = connect();
    done(listener.close());
    done(channel.writeAndFlush(text("alive")));
    hosts.advance(Duration.ofSeconds(1));
    assertThat(server.text()).isEqualTo("alive");
    assertThat(done(bootstrap().connect(address())).cause()).isInstanceOf(ConnectException.class);
  }

  @Test
  void stoppingTheHostClosesItsChannels() {
    serve();
    Channel channel = connect();
    hosts.stopClient();
    done(channel.closeFuture());
    assertThat(client.failure).isInstanceOf(IOException.class).hasMessage("Network stack stopped");
    done(server.channel.closeFuture());
  }

  // Support

  private static InetSocketAddress address() {
    return new InetSocketAddress(TwoHosts.SERVER, PORT);
  }

  private static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
  }

  private Bootstrap bootstrap() {
    EventLoopGroup group = hosts.clientLoops().onClient(true);
    return new Bootstrap().group(group).channelFactory(() -> hosts.clientLoops().onChannel(SocketChannel.class, group))
        .handler(client);
  }

  private Channel connect() {
    return connect(ChannelOption.AUTO_READ, true);
  }

  /** Connects, and waits until the server has accepted the connection. */
  private <T> Channel connect(ChannelOption<T> option, T value) {
    Channel channel = connected(done(bootstrap().option(option, value).connect(address())));
    hosts.advance(Duration.ofSeconds(1));
    return channel;
  }

  private <T> ServerBootstrap listening(ChannelOption<T> childOption, T value) {
    EventLoopGroup group = hosts.serverLoops().onServer(true);
    ServerBootstrap bootstrap = new ServerBootstrap().group(group)
        .channelFactory(() -> hosts.serverLoops().onChannel(ServerSocketChannel.class, group))
        .childHandler(new ChannelInitializer<SocketChannel>() {
          @Override
          protected void initChannel(SocketChannel accepted) {
            server.channel = accepted;
            accepted.pipeline().addLast(server);
          }
        });
    return childOption == ChannelOption.SO_RCVBUF
        ? bootstrap.option(childOption, value)
        : bootstrap.childOption(childOption, value);
  }

  private Channel serve() {
    return serve(ChannelOption.ALLOW_HALF_CLOSURE, false);
  }

  private <T> Channel serve(ChannelOption<T> option, T value) {
    return connected(done(listening(option, value).bind(address())));
  }

  private <F extends ChannelFuture> F done(F future) {
    hosts.awaitDone(future);
    return future;
  }

  private static Channel connected(ChannelFuture future) {
    assertThat(future.cause()).isNull();
    return future.channel();
  }

  /** Records the events and data of its channel. */
  @io.netty.channel.ChannelHandler.Sharable
  private static final class Recorder extends ChannelInboundHandlerAdapter {

    private final List<String> events = new ArrayList<>();
    private final List<Integer> messages = new ArrayList<>();
    private final java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
    private int readCompletes;
    private Throwable failure;
    private SocketChannel channel;

    byte[] received() {
      return bytes.toByteArray();
    }

    String text() {
      return bytes.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      events.add("active");
      context.fireChannelActive();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      events.add("inactive");
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf data = (ByteBuf) message;
      messages.add(data.readableBytes());
      byte[] copy = new byte[data.readableBytes()];
      data.readBytes(copy);
      bytes.writeBytes(copy);
      data.release();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      readCompletes++;
      context.fireChannelReadComplete();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      events.add(event.toString());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      failure = cause;
    }
  }
}
