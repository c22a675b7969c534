package io.reactorstack.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.socket.SocketChannel;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Exceptions;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.ChannelBindException;
import reactor.netty.Connection;
import reactor.netty.DisposableServer;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.tcp.TcpClient;
import reactor.netty.tcp.TcpServer;

/** Tests Reactor Netty's TCP client and server, unmodified, on two hosts in virtual time. */
class ReactorNettyTcpTest {

  private static final long SIXTEEN_MIB = 16L << 20;

  private final TwoHosts hosts = TwoHosts.virtual(1);

  @AfterEach
  void close() {
    hosts.close();
  }

  private TcpServer server() {
    return TcpServer.create().runOn(hosts.serverLoops()).host(TwoHosts.SERVER).port(7);
  }

  private TcpClient client() {
    return TcpClient.create(ConnectionProvider.newConnection()).runOn(hosts.clientLoops()).host(TwoHosts.SERVER)
        .port(7);
  }

  @Test
  void echoesSixteenMebibytes() {
    hosts.await(server().handle((in, out) -> out.send(in.receive().retain())).bind());
    Connection connection = hosts.await(client().connect());

    Mono<Long> received = Bytes.check(connection.inbound().receive(), SIXTEEN_MIB);
    Mono<Void> sent = connection.outbound().send(Bytes.flux(SIXTEEN_MIB, 30_000)).then();

    assertThat(hosts.await(Mono.zip(received, sent.thenReturn(true))).getT1()).isEqualTo(SIXTEEN_MIB);
    hosts.disposeNow(connection);
  }

  @Test
  void channelHasLocalAndRemoteAddress() {
    Sinks.One<InetSocketAddress> seen = Sinks.one();
    DisposableServer bound = hosts.await(server().port(0).doOnConnection(c -> {
      SocketChannel channel = (SocketChannel) c.channel();
      assertThat(channel.parent()).isInstanceOf(StackServerSocketChannel.class);
      assertThat(channel.localAddress().getAddress().getHostAddress()).isEqualTo(TwoHosts.SERVER);
      seen.tryEmitValue(channel.remoteAddress());
    }).bind());
    int port = ((InetSocketAddress) bound.address()).getPort();
    Connection connection = hosts.await(client().port(port).connect());
    SocketChannel channel = (SocketChannel) connection.channel();

    assertThat(port).isPositive();
    assertThat(channel.remoteAddress()).isEqualTo(new InetSocketAddress(TwoHosts.SERVER, port));
    assertThat(channel.localAddress().getAddress().getHostAddress()).isEqualTo(TwoHosts.CLIENT);
    assertThat(hosts.await(seen.asMono())).isEqualTo(channel.localAddress());
    hosts.disposeNow(connection);
  }

  @Test
  void listensOnEveryAddress() {
    DisposableServer bound = hosts.await(server().bindAddress(() -> new InetSocketAddress(0)).bind());
    InetSocketAddress address = (InetSocketAddress) bound.address();
    assertThat(address.getAddress().isAnyLocalAddress()).isTrue();
    hosts.disposeNow(hosts.await(client().port(address.getPort()).connect()));
  }

  @Test
  void refusedConnectionFailsWithConnectException() {
    assertThat(cause(client().connect())).isInstanceOf(ConnectException.class)
        .hasMessage("Connection refused: /" + TwoHosts.SERVER + ":7");
  }

  @Test
  void absentHostIsUnreachable() {
    assertThat(cause(client().host(TwoHosts.ABSENT).connect())).isInstanceOf(NoRouteToHostException.class)
        .hasMessage("No route to host: /" + TwoHosts.ABSENT + ":7");
  }

  @Test
  void missingRouteFailsTheConnection() {
    assertThat(cause(client().host("192.0.2.1").connect())).isInstanceOf(NoRouteToHostException.class)
        .hasMessageContaining("unreachable");
  }

  @Test
  void connectTimeoutOptionFailsTheAttempt() {
    Duration before = hosts.now();
    assertThat(cause(
        client().host(TwoHosts.ABSENT).option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 250).connect()))
        .isInstanceOf(ConnectTimeoutException.class).hasMessageContaining("250 ms: /" + TwoHosts.ABSENT + ":7");
    assertThat(hosts.now().minus(before)).isEqualTo(Duration.ofMillis(250));
    assertThat(hosts.clientConnections()).as("connections after the timeout").isZero();
  }

  @Test
  void portInUseCannotBeBound() {
    hosts.await(server().bind());
    Throwable failure = catchThrowable(() -> hosts.await(server().bind()));
    assertThat(failure).isInstanceOf(ChannelBindException.class);
    assertThat(failure.getCause()).isInstanceOf(BindException.class).hasMessageContaining("Address already in use");
  }

  @Test
  void portIsFreeAfterTheServerIsDisposed() {
    DisposableServer first = hosts.await(server().bind());
    hosts.disposeNow(first);
    hosts.await(server().bind());
  }

  @Test
  void serverThatClosesEndsTheClientsStream() {
    hosts.await(server().handle((in, out) -> out.sendString(Mono.just("bye"))).bind());
    Connection connection = hosts.await(client().connect());
    assertThat(hosts.await(connection.inbound().receive().aggregate().asString())).isEqualTo("bye");
    hosts.await(connection.onDispose());
  }

  @Test
  void resetReachesTheReader() {
    hosts.await(server().childOption(ChannelOption.SO_LINGER, 0)
        .handle((in, out) -> in.receive().take(1).then()).bind());
    Connection connection = hosts.await(client().connect());
    Mono<Void> sent = connection.outbound().sendString(Mono.just("x")).then();
    Throwable failure = cause(sent.thenMany(connection.inbound().receive()).then());
    assertThat(failure).isInstanceOf(java.io.IOException.class).hasMessageContaining("Connection reset by peer");
  }

  /** Data without demand is not read, and the sender stops. */
  @Test
  void withoutDemandTheSenderStalls() {
    AtomicLong produced = new AtomicLong();
    hosts.await(server()
        .handle((in, out) -> out.send(Bytes.flux(64L << 20, 1460).doOnNext(b -> produced.addAndGet(b.readableBytes()))))
        .bind());
    Connection connection = hosts.await(client().option(ChannelOption.SO_RCVBUF, 65_536).connect());
    hosts.advance(Duration.ofSeconds(30));

    long stalledAt = produced.get();
    int window = hosts.info(connection).receiveWindow();
    assertThat(window).as("advertised window").isLessThan(1460);
    assertThat(stalledAt).as("bytes produced without any demand").isLessThan(3L << 20);
    hosts.advance(Duration.ofMinutes(5));
    assertThat(produced).as("bytes produced while the client does not read").hasValue(stalledAt);

    Demand reader = new Demand();
    hosts.run(() -> connection.inbound().receive().retain().subscribe(reader));
    hosts.advance(Duration.ofSeconds(30));
    assertThat(reader.bytes).as("bytes produced with a subscriber without demand").isZero();

    hosts.run(() -> reader.request(1));
    hosts.advance(Duration.ofSeconds(30));
    assertThat(reader.buffers).isEqualTo(1);
    assertThat(reader.bytes).isBetween(1L, 65_536L);
    assertThat(hosts.pulled(connection) - reader.bytes).as("bytes beyond the demand").isBetween(0L, 65_536L);

    hosts.run(() -> reader.request(Long.MAX_VALUE));
    hosts.await(Mono.defer(() -> reader.ended.asMono()));
    assertThat(reader.bytes).isEqualTo(64L << 20);
    hosts.disposeNow(connection);
  }

  private static final class Demand extends BaseSubscriber<ByteBuf> {

    private final Sinks.Empty<Void> ended = Sinks.empty();
    private long bytes;
    private int buffers;

    @Override
    protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {}

    @Override
    protected void hookOnNext(ByteBuf data) {
      bytes += data.readableBytes();
      buffers++;
      data.release();
    }

    @Override
    protected void hookOnComplete() {
      ended.tryEmitEmpty();
    }

    @Override
    protected void hookOnError(Throwable failure) {
      ended.tryEmitError(failure);
    }
  }

  @Test
  void closedConnectionsLeaveNothingBehind() {
    hosts.await(server().handle((in, out) -> out.send(in.receive().retain())).bind());
    List<Connection> connections = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      connections.add(hosts.await(client().connect()));
    }
    for (Connection connection : connections) {
      hosts.await(connection.outbound().sendObject(Unpooled.copiedBuffer(new byte[100])).then());
      hosts.disposeNow(connection);
    }
    hosts.advance(Duration.ofMinutes(5));
    assertThat(hosts.clientConnections()).isZero();
    assertThat(hosts.serverConnections()).isZero();
  }

  private Throwable cause(Mono<?> failing) {
    return Exceptions.unwrap(catchThrowable(() -> hosts.await(failing)));
  }
}
