package io.reactorstack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.DeviceException;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.device.memory.MemoryCable;
import io.reactorstack.host.Hosts;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.tcp.TcpException;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.Inside;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.testing.VirtualLoop;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

/** Two hosts on one cable, in virtual time unless a test states otherwise. */
class NetworkStackTest {

  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final VirtualLoop loop = new VirtualLoop();
  private NetworkStack client;
  private NetworkStack server;

  @BeforeEach
  void start() {
    MemoryCable cable = MemoryCable.ethernet(1500);
    client = UnprobedStack.create().name("client").runOn(loop).random(new Random(1))
        .device(cable.left(), "10.1.0.1/24").startNow();
    server = UnprobedStack.create().name("server").runOn(loop).random(new Random(2))
        .device(cable.right(), "10.1.0.2/24").startNow();
  }

  @AfterEach
  void stop() {
    FrameBalance.assertBalanced(client);
    FrameBalance.assertBalanced(server);
    client.dispose();
    server.dispose();
    loop.settle();
    assertThat(client.drops().snapshot()).doesNotContainKey("stage.STAGE_FAULT");
    assertThat(server.drops().snapshot()).doesNotContainKey("stage.STAGE_FAULT");
  }

  private static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
  }

  private static String textOf(ByteBuf buffer) {
    try {
      return buffer.toString(StandardCharsets.UTF_8);
    } finally {
      buffer.release();
    }
  }

  private <T> List<T> collect(Flux<T> flux) {
    List<T> got = new ArrayList<>();
    flux.subscribe(got::add);
    return got;
  }

  private void serveEcho(int port) {
    server.tcp().listen(port)
        .subscribe(connection -> connection.send(connection.receive()).then(connection.close()).subscribe());
    loop.settle();
  }

  @Test
  void aHostPingsItsNeighbourAndItself() {
    List<Object> replies = new ArrayList<>();
    client.icmp().ping(IpAddress.parse("10.1.0.2")).subscribe(replies::add);
    client.icmp().ping(IpAddress.parse("10.1.0.1")).subscribe(replies::add);
    client.icmp().ping(IpAddress.parse("127.0.0.1")).subscribe(replies::add);
    loop.advance(Duration.ofSeconds(1));
    assertThat(replies).hasSize(3);
  }

  @Test
  void tcpCarriesBytesInBothDirectionsAndClosesInOrder() {
    serveEcho(7);
    byte[] sent = new byte[300_000];
    new Random(3).nextBytes(sent);
    ByteBuf received = Unpooled.buffer();
    List<CloseCause> closed = new ArrayList<>();
    client.tcp().connect("10.1.0.2", 7).subscribe(connection -> {
      connection.receive().subscribe(buffer -> {
        received.writeBytes(buffer);
        buffer.release();
      });
      connection.onClose().subscribe(report -> closed.add(report.cause()));
      connection.send(Mono.just(Unpooled.wrappedBuffer(sent))).then(connection.shutdownOutput()).subscribe();
    });
    loop.advance(Duration.ofSeconds(5));
    assertThat(ByteBufUtil.getBytes(received)).isEqualTo(sent);
    assertThat(closed).containsExactly(CloseCause.FINISHED);
    received.release();
  }

  @Test
  void connectingToAPortWithoutAListenerIsRefused() {
    StepVerifier.create(client.tcp().connect("10.1.0.2", 9))
        .then(() -> loop.advance(Duration.ofSeconds(1)))
        .verifyErrorSatisfies(error -> assertThat(error).isInstanceOf(TcpException.class)
            .hasMessage("Connection refused: 10.1.0.2:9"));
  }

  @Test
  void unusedAddressIsUnreachable() {
    StepVerifier.create(client.tcp().connect("10.1.0.77", 9))
        .then(() -> loop.advance(Duration.ofSeconds(10)))
        .verifyErrorSatisfies(error -> assertThat(((TcpException) error).closeCause())
            .isEqualTo(CloseCause.HOST_UNREACHABLE));
  }

  @Test
  @Requirement("RFC791-3.3-01")
  void otherNetworkWithoutAGatewayHasNoRoute() {
    StepVerifier.create(client.tcp().connect("198.51.100.1", 9))
        .then(() -> loop.advance(Duration.ofSeconds(1)))
        .verifyErrorMatches(error -> error instanceof java.net.NoRouteToHostException);
  }

  @Test
  void aHostConnectsToItself() {
    serveEcho(7);
    List<String> echoed = new ArrayList<>();
    server.tcp().connect("127.0.0.1", 7).subscribe(connection -> {
      collect(connection.receive().map(NetworkStackTest::textOf).doOnNext(echoed::add));
      connection.send(Mono.just(text("to myself"))).then(connection.shutdownOutput()).subscribe();
    });
    loop.advance(Duration.ofSeconds(1));
    assertThat(String.join("", echoed)).isEqualTo("to myself");
  }

  @Test
  void stoppingResetsConnections() {
    List<TcpConnection> accepted = new ArrayList<>();
    server.tcp().listen(7).subscribe(accepted::add);
    loop.settle();
    List<CloseCause> clientSide = new ArrayList<>();
    client.tcp().connect("10.1.0.2", 7)
        .subscribe(connection -> connection.onClose().subscribe(report -> clientSide.add(report.cause())));
    loop.advance(Duration.ofSeconds(1));
    assertThat(accepted).hasSize(1);
    List<CloseCause> serverSide = new ArrayList<>();
    accepted.getFirst().onClose().subscribe(report -> serverSide.add(report.cause()));

    StepVerifier.create(server.stop()).then(() -> loop.advance(Duration.ofSeconds(1))).verifyComplete();
    assertThat(serverSide).containsExactly(CloseCause.STACK_STOPPED);
    assertThat(clientSide).containsExactly(CloseCause.RESET_BY_PEER);
    assertThat(server.isDisposed()).isTrue();
  }

  @Test
  @Requirement({"RFC6528-4-01", "MUST-9"})
  void randomSourceIsSecureByDefault() {
    MemoryCable cable = MemoryCable.ethernet(1500);
    NetworkStack host = UnprobedStack.create().runOn(loop).device(cable.left(), "10.4.0.1/24").startNow();
    assertThat(Hosts.of(host).settings().random()).isInstanceOf(SecureRandom.class);
    host.dispose();
    loop.settle();
  }

  @Test
  void hostWithItsOwnLoopStartsAndStops() {
    MemoryCable cable = MemoryCable.ethernet(1500);
    NetworkStack left = UnprobedStack.create().device(cable.left(), "10.2.0.1/24").start().block(LIMIT);
    NetworkStack right = UnprobedStack.create().device(cable.right(), "10.2.0.2/24").start().block(LIMIT);
    right.tcp().listen(7)
        .subscribe(connection -> connection.send(connection.receive()).then(connection.close()).subscribe());
    // The subscription to listen takes effect on the loop; wait until it has.
    Inside.loop(right).submit(() -> {}).syncUninterruptibly();
    String answer = left.tcp().connect("10.2.0.2", 7)
        .flatMapMany(connection -> connection.send(Mono.just(text("across two threads")))
            .then(connection.shutdownOutput()).thenMany(connection.receive()))
        .map(NetworkStackTest::textOf).reduce("", String::concat).block(LIMIT);
    assertThat(answer).isEqualTo("across two threads");
    left.stop().block(LIMIT);
    right.stop().block(LIMIT);
    assertThat(Inside.loop(left).isTerminated()).isTrue();
    assertThat(Inside.loop(right).isTerminated()).isTrue();
  }

  @Test
  void deviceThatCannotBeOpenedFailsTheStartAndLeavesNothing() {
    assertThatThrownBy(() -> UnprobedStack.create().runOn(loop).device(given -> {
      throw new DeviceException(DeviceException.Reason.NO_SUCH_DEVICE, "no such device: tap9");
    }, "10.3.0.1/24").startNow()).isInstanceOf(DeviceException.class).hasMessageContaining("tap9");
  }

  /** A device whose reception the test can make fail. */
  private static final class Breakable {

    private final Sinks.Empty<Frame> failure = Sinks.empty();

    NetworkDevice.Factory around(NetworkDevice.Factory device) {
      return loop -> decorate(device.open(loop));
    }

    private NetworkDevice decorate(NetworkDevice device) {
      return new NetworkDevice() {
        @Override
        public DeviceCapabilities capabilities() {
          return device.capabilities();
        }

        @Override
        public Drops drops() {
          return device.drops();
        }

        @Override
        public Flux<Frame> receive() {
          return device.receive().mergeWith(failure.asMono());
        }

        @Override
        public Mono<Void> send(Publisher<Frame> frames) {
          return device.send(frames);
        }

        @Override
        public void dispose() {
          device.dispose();
        }

        @Override
        public boolean isDisposed() {
          return device.isDisposed();
        }
      };
    }

    void fail() {
      failure.emitError(new DeviceException(DeviceException.Reason.FAILED, "link down"),
          Sinks.EmitFailureHandler.FAIL_FAST);
    }
  }

  @Test
  void deviceFailureEndsOnlyTheConnectionsOfThatDevice() {
    MemoryCable first = MemoryCable.ethernet(1500);
    MemoryCable second = MemoryCable.ethernet(1500);
    Breakable breakable = new Breakable();
    NetworkStack two = UnprobedStack.create().runOn(loop).random(new Random(4))
        .device(breakable.around(first.left()), "10.8.0.1/24").device(second.left(), "10.9.0.1/24").startNow();
    NetworkStack peers = UnprobedStack.create().runOn(loop).random(new Random(5))
        .device(first.right(), "10.8.0.2/24").device(second.right(), "10.9.0.2/24").startNow();
    peers.tcp().listen(7).subscribe(c -> c.send(c.receive()).subscribe());
    List<CloseCause> lost = new ArrayList<>();
    List<CloseCause> kept = new ArrayList<>();
    two.tcp().connect("10.8.0.2", 7).flatMap(TcpConnection::onClose).subscribe(report -> lost.add(report.cause()));
    two.tcp().connect("10.9.0.2", 7).flatMap(TcpConnection::onClose).subscribe(report -> kept.add(report.cause()));
    loop.advance(Duration.ofSeconds(1));
    assertThat(Inside.shard(two).tcp().connections()).isEqualTo(2);
    breakable.fail();
    loop.settle();
    assertThat(lost).containsExactly(CloseCause.DEVICE_FAILED);
    assertThat(kept).isEmpty();
    assertThat(Inside.shard(two).tcp().connections()).isOne();
    two.dispose();
    peers.dispose();
    loop.settle();
    assertThat(kept).containsExactly(CloseCause.STACK_STOPPED);
  }

  @Test
  void failureOfTheOnlyDeviceIsReportedByEveryConnection() {
    MemoryCable cable = MemoryCable.ip(1500);
    Breakable breakable = new Breakable();
    NetworkStack host = UnprobedStack.create().runOn(loop).random(new Random(4))
        .device(breakable.around(cable.left()), "10.8.0.1/24").startNow();
    NetworkStack peer = UnprobedStack.create().runOn(loop).random(new Random(5))
        .device(cable.right(), "10.8.0.2/24").startNow();
    peer.tcp().listen(7).subscribe(c -> c.send(c.receive()).subscribe());
    List<CloseCause> lost = new ArrayList<>();
    host.tcp().connect("10.8.0.2", 7).flatMap(TcpConnection::onClose).subscribe(report -> lost.add(report.cause()));
    loop.advance(Duration.ofSeconds(1));
    breakable.fail();
    loop.settle();
    assertThat(lost).containsExactly(CloseCause.DEVICE_FAILED);
    host.dispose();
    peer.dispose();
    loop.settle();
  }
}
