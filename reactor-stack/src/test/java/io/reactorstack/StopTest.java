package io.reactorstack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.IoEventLoop;
import io.netty.channel.local.LocalIoHandler;
import io.reactorstack.device.DeviceException;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.device.memory.MemoryCable;
import io.reactorstack.icmp.PingReply;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Wire;
import io.reactorstack.layer.LoopGroup;
import io.reactorstack.tcp.CloseReport;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.tcp.TcpException;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.testing.Inside;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.udp.Datagram;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Stopping a host: gracefully, by quiet period and timeout, from any thread, and after a failed start. */
@Timeout(60)
class StopTest {

  private static final Duration LIMIT = Duration.ofSeconds(20);

  private Lab lab;
  private Wire wire;
  private Host client;
  private Host server;

  @BeforeEach
  void start() {
    lab = Lab.virtual(11);
    wire = lab.newWire("wire", w -> w.delay(Duration.ofMillis(5)).rate(8_000_000));
    client = lab.host("client").address("10.0.0.1/24").connectTo(wire.left());
    server = lab.host("server").address("10.0.0.2/24").connectTo(wire.right());
  }

  @AfterEach
  void stop() {
    lab.close();
  }

  private static ByteBuf bytes(int length) {
    return Unpooled.wrappedBuffer(new byte[length]);
  }

  /** The two endpoints of a connection from the client to the server. */
  private record Pair(TcpConnection client, TcpConnection server) {}

  private Pair connection() {
    Mono<TcpConnection> accepted = server.stack().tcp().listen(7).next().cache();
    lab.run(accepted::subscribe);
    TcpConnection opened = lab.await(client.stack().tcp().connect("10.0.0.2", 7));
    return new Pair(opened, lab.await(accepted));
  }

  private Mono<Duration> endOf(Mono<Void> stop) {
    return stop.then(Mono.fromSupplier(lab::now)).cache();
  }

  private Mono<Duration> stopping(Duration quietPeriod, Duration timeout) {
    Mono<Duration> end = endOf(server.stack().stop(quietPeriod, timeout));
    lab.run(end::subscribe);
    return end;
  }

  @Test
  void outstandingWorkFinishesAndThenTheHostEndsImmediately() {
    Pair pair = connection();
    Mono<Long> received = pair.client().receive().map(StopTest::released).reduce(0L, Long::sum).cache();
    lab.run(received::subscribe);
    lab.run(() -> pair.server().send(Mono.just(bytes(3_000_000))).then(pair.server().close()).subscribe());
    lab.advance(Duration.ofMillis(100));
    Mono<Duration> end = stopping(Duration.ofSeconds(2), Duration.ofSeconds(60));
    lab.run(() -> received.then(pair.client().close()).subscribe());

    assertThat(lab.await(received)).isEqualTo(3_000_000);
    assertThat(lab.await(pair.client().onClose()).cause()).isEqualTo(CloseCause.FINISHED);
    Duration finished = lab.now();
    // At eight megabits a second the bytes alone take three seconds.
    assertThat(finished).isGreaterThan(Duration.ofSeconds(3));
    // The host ends when the last acknowledgement arrives, without a quiet period.
    assertThat(lab.await(end)).isBetween(finished.minusMillis(50), finished.plusMillis(50));
  }

  private static long released(ByteBuf buffer) {
    long length = buffer.readableBytes();
    buffer.release();
    return length;
  }

  @Test
  void newWorkIsRejectedFromTheSubscriptionOn() {
    connection();
    NetworkStack stack = server.stack();
    // Subscribed to on another thread; the calls are rejected before the host's loop has run again.
    stack.stop(Duration.ofSeconds(5), Duration.ofSeconds(60)).subscribe();
    assertThat(stack.isDisposed()).isTrue();
    assertThatThrownBy(() -> lab.await(stack.tcp().connect("10.0.0.1", 9)))
        .hasRootCauseInstanceOf(SocketException.class).hasMessageContaining("Network stack stopped");
    assertThatThrownBy(() -> lab.await(stack.tcp().listen(8).next()))
        .hasRootCauseInstanceOf(BindException.class).hasMessageContaining("Network stack stopped");
    assertThatThrownBy(() -> lab.await(stack.udp().bind(8)))
        .hasRootCauseInstanceOf(BindException.class).hasMessageContaining("Network stack stopped");
    assertThatThrownBy(() -> lab.await(stack.icmp().ping(client.address())))
        .hasRootCauseInstanceOf(IOException.class).hasMessageContaining("Network stack stopped");
    // The listener is closed, but the host still answers for itself.
    assertThatThrownBy(() -> lab.await(client.stack().tcp().connect("10.0.0.2", 7)))
        .hasMessageContaining("Connection refused");
    PingReply reply = lab.await(client.stack().icmp().ping(server.address()));
    assertThat(reply).isNotNull();
  }

  @Test
  void aListenerCompletesWhenTheStopBegins() {
    connection();
    Mono<Void> completed = server.stack().tcp().listen(8).then().cache();
    lab.run(completed::subscribe);
    stopping(Duration.ofSeconds(5), Duration.ofSeconds(60));
    lab.await(completed, Duration.ofMillis(1));
  }

  @Test
  void anIdleConnectionIsResetAfterTheQuietPeriod() {
    Pair pair = connection();
    lab.advance(Duration.ofSeconds(100));
    Duration begun = lab.now();
    Mono<Duration> end = stopping(Duration.ofSeconds(2), Duration.ofSeconds(60));
    CloseReport report = lab.await(pair.server().onClose());
    assertThat(report.cause()).isEqualTo(CloseCause.STACK_STOPPED);
    assertThat(report.endedBy()).isEqualTo(CloseReport.Party.STACK);
    assertThat(lab.await(end)).isEqualTo(begun.plusSeconds(2));
    assertThat(lab.await(pair.client().onClose()).cause()).isEqualTo(CloseCause.RESET_BY_PEER);
  }

  @Test
  void dataProlongsTheQuietPeriodUntilTheTimeout() {
    Pair pair = connection();
    lab.run(() -> pair.server().receive().subscribe(ByteBuf::release));
    lab.run(() -> pair.client()
        .send(Flux.interval(Duration.ofSeconds(1), lab.scheduler()).take(5).map(i -> bytes(10))).subscribe());
    Duration begun = lab.now();
    Mono<Duration> end = stopping(Duration.ofSeconds(2), Duration.ofSeconds(60));
    // Five seconds of data, then two seconds without.
    assertThat(lab.await(end)).isBetween(begun.plusSeconds(7), begun.plusMillis(7020));
  }

  @Test
  void activeConnectionIsResetAtTheTimeout() {
    Pair pair = connection();
    lab.run(() -> pair.server().receive().subscribe(ByteBuf::release, error -> {}));
    lab.run(() -> pair.client()
        .send(Flux.interval(Duration.ofSeconds(1), lab.scheduler()).map(i -> bytes(10)))
        .onErrorComplete().subscribe());
    Duration begun = lab.now();
    Mono<Duration> end = stopping(Duration.ofSeconds(2), Duration.ofSeconds(10));
    assertThat(lab.await(end)).isEqualTo(begun.plusSeconds(10));
    assertThat(lab.await(pair.client().onClose()).cause()).isEqualTo(CloseCause.RESET_BY_PEER);
    assertThat(lab.await(pair.server().onClose()).cause()).isEqualTo(CloseCause.STACK_STOPPED);
  }

  @Test
  void undeliveredDataCountsAsActivity() {
    Pair pair = connection();
    lab.run(() -> pair.client().receive().subscribe(ByteBuf::release, error -> {}));
    wire.cut();
    lab.await(pair.server().send(Mono.just(bytes(1000))));
    Mono<Duration> end = stopping(Duration.ofSeconds(1), Duration.ofSeconds(60));
    lab.advance(Duration.ofSeconds(20));
    assertThat(pair.server().info().bytesAcknowledged()).isZero();
    wire.mend();
    Duration mended = lab.now();
    assertThat(lab.await(end)).isGreaterThan(mended.plusSeconds(1)).isLessThan(Duration.ofSeconds(59));
    assertThat(lab.await(pair.server().onClose()).info().bytesAcknowledged()).isEqualTo(1000);
  }

  @Test
  void unacceptedConnectionIsReset() {
    connection();
    lab.run(() -> server.stack().tcp().listen(8).subscribe(new BaseSubscriber<TcpConnection>() {
      @Override
      protected void hookOnSubscribe(Subscription subscription) {
        // Requests no connection.
      }
    }));
    TcpConnection waiting = lab.await(client.stack().tcp().connect("10.0.0.2", 8));
    stopping(Duration.ofSeconds(5), Duration.ofSeconds(60));
    lab.advance(Duration.ofSeconds(1));
    assertThat(lab.await(waiting.onClose()).cause()).isEqualTo(CloseCause.RESET_BY_PEER);
  }

  @Test
  void openSocketDelaysTheStopUntilItIsQuiet() {
    Duration begun = lab.now();
    lab.await(server.stack().udp().bind(9));
    Mono<Duration> end = stopping(Duration.ofSeconds(3), Duration.ofSeconds(60));
    var socket = lab.await(client.stack().udp().connect(new InetSocketAddress("10.0.0.2", 9)));
    lab.advance(Duration.ofSeconds(2));
    lab.await(socket.send(Mono.just(Datagram.toPeer(bytes(1)))));
    assertThat(lab.await(end)).isBetween(begun.plusSeconds(5), begun.plusMillis(5100));
  }

  @Test
  void hostWithoutConnectionsEndsImmediately() {
    Duration begun = lab.now();
    assertThat(lab.await(endOf(server.stack().stop(Duration.ofSeconds(5), Duration.ofSeconds(60))))).isEqualTo(begun);
    lab.await(server.stack().onTerminate());
  }

  @Test
  void secondStopCanOnlyShortenTheFirst() {
    connection();
    Duration begun = lab.now();
    Mono<Duration> slow = stopping(Duration.ofSeconds(10), Duration.ofSeconds(60));
    lab.advance(Duration.ofSeconds(1));
    Mono<Duration> slower = stopping(Duration.ofSeconds(30), Duration.ofSeconds(90));
    Mono<Duration> faster = stopping(Duration.ofSeconds(3), Duration.ofSeconds(60));
    assertThat(lab.await(faster)).isEqualTo(begun.plusSeconds(3)).isEqualTo(lab.await(slow))
        .isEqualTo(lab.await(slower));
    assertThat(lab.await(endOf(server.stack().stop()))).isEqualTo(begun.plusSeconds(3));
  }

  @Test
  void disposeEndsAWaitingStop() {
    connection();
    Duration begun = lab.now();
    Mono<Duration> slow = stopping(Duration.ofSeconds(10), Duration.ofSeconds(60));
    server.stack().dispose();
    assertThat(lab.await(slow)).isEqualTo(begun);
  }

  @Test
  void stackCanBeStoppedFromItsOwnLoop() {
    Pair pair = connection();
    Mono<Duration> end = endOf(server.stack().stop(Duration.ofSeconds(1), Duration.ofSeconds(2)));
    lab.run(() -> pair.server().receive().doOnNext(ByteBuf::release).doOnNext(any -> end.subscribe())
        .subscribe(any -> {}, error -> {}));
    lab.await(pair.client().send(Mono.just(bytes(1))));
    lab.await(end);
    assertThat(lab.await(pair.server().onClose()).cause()).isEqualTo(CloseCause.STACK_STOPPED);
  }

  @Test
  void invalidDurationsAreRejected() {
    NetworkStack stack = server.stack();
    assertThatThrownBy(() -> stack.stop(Duration.ofSeconds(-1), Duration.ofSeconds(1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> stack.stop(Duration.ofSeconds(2), Duration.ofSeconds(1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(stack.isDisposed()).isFalse();
  }

  @Test
  void hugeDurationsAreUnlimited() {
    connection();
    Mono<Duration> end = stopping(Duration.ofSeconds(Long.MAX_VALUE), Duration.ofSeconds(Long.MAX_VALUE));
    lab.advance(Duration.ofDays(30));
    server.stack().dispose();
    assertThat(lab.await(end)).isGreaterThan(Duration.ofDays(30));
  }

  // Tests in real time, with hosts that have loops of their own.

  @Test
  void callsAfterTheEndFailAlthoughTheLoopHasShutDown() {
    NetworkStack host = UnprobedStack.create().device(MemoryCable.ethernet(1500).left(), "10.2.0.1/24").startNow();
    host.stop().block(LIMIT);
    assertThat(Inside.loop(host).isTerminated()).isTrue();
    assertThatThrownBy(() -> host.tcp().connect("10.2.0.2", 7).block(LIMIT))
        .hasRootCauseInstanceOf(SocketException.class).hasMessageContaining("Network stack stopped");
    assertThatThrownBy(() -> host.tcp().listen(7).blockFirst(LIMIT))
        .hasRootCauseInstanceOf(BindException.class).hasMessageContaining("Network stack stopped");
    assertThatThrownBy(() -> host.udp().bind(7).block(LIMIT))
        .hasRootCauseInstanceOf(BindException.class).hasMessageContaining("Network stack stopped");
    assertThatThrownBy(() -> host.icmp().ping(client.address()).block(LIMIT))
        .hasRootCauseInstanceOf(IOException.class).hasMessageContaining("Network stack stopped");
    assertThat(host.interfaceEvents().collectList().block(LIMIT)).isEmpty();
    host.stop().block(LIMIT);
    host.onTerminate().block(LIMIT);
    host.dispose();
  }

  @Test
  void twentyThreadsCanStopOneHost() throws InterruptedException {
    for (int round = 0; round < 20; round++) {
      NetworkStack host = UnprobedStack.create().device(MemoryCable.ethernet(1500).left(), "10.2.0.1/24").startNow();
      CountDownLatch go = new CountDownLatch(1);
      List<Mono<Void>> ends = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        Mono<Void> end = Mono.<Void>fromRunnable(() -> awaitQuietly(go))
            .then(host.stop(Duration.ZERO, Duration.ofSeconds(i)))
            .subscribeOn(Schedulers.boundedElastic()).cache();
        end.subscribe();
        ends.add(end);
      }
      go.countDown();
      Mono.when(ends).block(LIMIT);
      assertThat(Inside.loop(host).isTerminated()).isTrue();
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void hostEndsAlthoughItsLoopWasClosedBefore() throws InterruptedException {
    LoopGroup loops = new LoopGroup(1, "closed-early", LocalIoHandler.newFactory());
    MemoryCable cable = MemoryCable.ethernet(1500);
    NetworkStack one = UnprobedStack.create().name("one").runOn(loops.next()).device(cable.left(), "10.2.0.1/24")
        .startNow();
    NetworkStack two = UnprobedStack.create().name("two").device(cable.right(), "10.2.0.2/24").startNow();
    Mono<TcpConnection> accepted = one.tcp().listen(7).next().cache();
    accepted.subscribe();
    TcpConnection opened = two.tcp().connect("10.2.0.1", 7).block(LIMIT);
    TcpConnection here = accepted.block(LIMIT);
    here.send(Mono.just(bytes(100_000))).block(LIMIT);
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
    one.stop(Duration.ofSeconds(1), Duration.ofSeconds(2)).block(LIMIT);
    assertThat(here.onClose().block(LIMIT).cause()).isEqualTo(CloseCause.STACK_STOPPED);
    assertThatThrownBy(() -> here.receive().blockLast(LIMIT)).isInstanceOf(RuntimeException.class)
        .hasRootCauseInstanceOf(TcpException.class);
    opened.abort();
    two.stop().block(LIMIT);
  }

  @Test
  void failedSecondDeviceClosesTheFirstAndEndsTheThread() throws InterruptedException {
    AtomicReference<NetworkDevice> first = new AtomicReference<>();
    AtomicReference<Thread> thread = new AtomicReference<>();
    StackConfiguration failing = UnprobedStack.create()
        .device(loop -> {
          thread.set(Thread.currentThread());
          first.set(MemoryCable.ethernet(1500).left().open(loop));
          return first.get();
        }, "10.2.0.1/24")
        .device(loop -> {
          throw new DeviceException(DeviceException.Reason.NO_SUCH_DEVICE, "no such device: tap9");
        }, "10.3.0.1/24");
    assertThatThrownBy(failing::startNow).isInstanceOf(DeviceException.class).hasMessageContaining("tap9");
    assertThat(first.get().isDisposed()).isTrue();
    assertThat(thread.get().join(LIMIT)).isTrue();
    assertThatThrownBy(() -> failing.start().block(LIMIT)).isInstanceOf(DeviceException.class);
    assertThat(thread.get().join(LIMIT)).isTrue();
  }

  @Test
  void linkageErrorWhileOpeningLeavesNothing() {
    AtomicReference<NetworkDevice> opened = new AtomicReference<>();
    NetworkDevice.Factory kept = loop -> {
      opened.set(MemoryCable.ethernet(1500).left().open(loop));
      return opened.get();
    };
    StackConfiguration failing = UnprobedStack.create().runOn(lab.loop()).device(kept, "10.2.0.1/24").device(loop -> {
      throw new UnsatisfiedLinkError("no such library");
    }, "10.3.0.1/24");
    AtomicReference<Throwable> failure = new AtomicReference<>();
    lab.run(() -> {
      try {
        failing.startNow();
      } catch (UnsatisfiedLinkError e) {
        failure.set(e);
      }
    });
    assertThat(failure.get()).hasMessage("no such library");
    assertThat(opened.get().isDisposed()).isTrue();
    // The duplicate name is only detected after the device was opened.
    assertThatThrownBy(() -> lab.call(() -> UnprobedStack.create().runOn(lab.loop()).device("lo", kept, "10.2.0.1/24")
        .startNow())).hasMessageContaining("there is already an interface lo");
    assertThat(opened.get().isDisposed()).isTrue();
  }

  @Test
  void startOnAClosedLoopFails() throws InterruptedException {
    LoopGroup loops = new LoopGroup(1, "ended", LocalIoHandler.newFactory());
    IoEventLoop loop = loops.next();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
    assertThatThrownBy(() -> UnprobedStack.create().runOn(loop).startNow()).hasMessageContaining("has shut down");
  }

  @Test
  void cancellingTheStartStopsTheHost() throws InterruptedException {
    AtomicReference<NetworkDevice> opened = new AtomicReference<>();
    AtomicReference<Thread> thread = new AtomicReference<>();
    CountDownLatch opening = new CountDownLatch(1);
    NetworkDevice.Factory cable = MemoryCable.ethernet(1500).left();
    BaseSubscriber<NetworkStack> starter = new BaseSubscriber<>() {};
    UnprobedStack.create().device(loop -> {
      thread.set(Thread.currentThread());
      opened.set(cable.open(loop));
      starter.cancel();
      opening.countDown();
      return opened.get();
    }, "10.2.0.1/24").start().subscribe(starter);
    opening.await();
    assertThat(thread.get().join(LIMIT)).isTrue();
    assertThat(opened.get().isDisposed()).isTrue();
  }
}
