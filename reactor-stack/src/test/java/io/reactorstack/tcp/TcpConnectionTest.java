package io.reactorstack.tcp;

import static io.reactorstack.tcp.TwoHosts.CLIENT;
import static io.reactorstack.tcp.TwoHosts.SERVER;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.tcp.TwoHosts.Pair;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.testing.Requirement;
import io.reactorstack.wire.TcpSegment;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** Connections from their opening to their end, through the reactive API, between two hosts in virtual time. */
class TcpConnectionTest {

  private static final int PORT = 80;

  private final TwoHosts net = new TwoHosts();

  @AfterEach
  void nothingIsLeft() {
    net.close();
  }

  /** A subscriber that records the values and the terminal signal of a Mono or Flux. */
  private static class Outcome<T> extends BaseSubscriber<T> {

    final List<T> values = new ArrayList<>();
    boolean completed;
    Throwable error;

    static <T> Outcome<T> of(Flux<T> flux) {
      return flux.subscribeWith(new Outcome<>());
    }

    static <T> Outcome<T> of(Mono<T> mono) {
      return mono.subscribeWith(new Outcome<>());
    }

    @Override
    protected void hookOnNext(T value) {
      values.add(value);
    }

    @Override
    protected void hookOnComplete() {
      completed = true;
    }

    @Override
    protected void hookOnError(Throwable cause) {
      error = cause;
    }

    CloseCause cause() {
      assertThat(error).isInstanceOf(TcpException.class);
      return ((TcpException) error).closeCause();
    }
  }

  private static Outcome<String> texts(TcpConnection connection) {
    return Outcome.of(connection.receive().map(TwoHosts::text));
  }

  @Test
  void bothSidesSendAndCloseInOrder() {
    Pair pair = net.open(PORT);
    Outcome<String> atServer = texts(pair.server());
    Outcome<String> atClient = texts(pair.client());
    Outcome<Void> sent = Outcome.of(pair.client().send(Flux.just(net.buffer("hel"), net.buffer("lo"))));
    Outcome<Void> answered = Outcome.of(pair.server().sendAcknowledged(Mono.just(net.buffer("welcome"))));
    assertThat(sent.completed).as("accepted immediately").isTrue();
    assertThat(answered.completed).as("acknowledged immediately").isFalse();
    net.advance(Duration.ofSeconds(1));
    assertThat(String.join("", atServer.values)).isEqualTo("hello");
    assertThat(String.join("", atClient.values)).isEqualTo("welcome");
    assertThat(answered.completed).isTrue();

    Outcome<Void> clientClosed = Outcome.of(pair.client().close());
    net.advance(Duration.ofSeconds(1));
    assertThat(atServer.completed).isTrue();
    assertThat(clientClosed.completed).as("before the server has closed").isFalse();
    Outcome<Void> serverClosed = Outcome.of(pair.server().close());
    Outcome<CloseReport> report = Outcome.of(pair.client().onClose());
    net.advance(Duration.ofSeconds(1));
    assertThat(serverClosed.completed).isTrue();
    assertThat(clientClosed.completed).isTrue();
    assertThat(report.values).singleElement().satisfies(r -> {
      assertThat(r.cause()).isEqualTo(CloseCause.FINISHED);
      assertThat(r.remote().toInetSocketAddress()).isEqualTo(pair.client().remoteAddress());
      assertThat(r.lifetime()).isBetween(Duration.ofSeconds(2), Duration.ofSeconds(3));
      assertThat(r.info().bytesReceived()).isEqualTo(7);
    });
    assertThat(Outcome.of(pair.client().onClose()).values).as("a late subscriber").isEqualTo(report.values);
    assertThat(net.client.tcp.connections()).as("in TIME-WAIT").isOne();
    assertThat(net.server.tcp.connections()).isZero();
  }

  @Test
  void nothingHappensBeforeTheSubscriptionAndEachSubscriberHasItsOwnConnection() {
    Outcome<TcpConnection> accepted = Outcome.of(net.server.api.listen(PORT));
    Mono<TcpConnection> connect = net.client.api.connect(SERVER.toString(), PORT);
    net.advance(Duration.ofSeconds(1));
    assertThat(net.seen).isEmpty();
    Outcome<TcpConnection> first = Outcome.of(connect);
    Outcome<TcpConnection> second = Outcome.of(connect);
    net.advance(Duration.ofSeconds(1));
    assertThat(first.values.getFirst().localAddress()).isNotEqualTo(second.values.getFirst().localAddress());
    assertThat(accepted.values).extracting(TcpConnection::remoteAddress)
        .containsExactly(first.values.getFirst().localAddress(), second.values.getFirst().localAddress());
    accepted.cancel();
    first.values.getFirst().abort();
    second.values.getFirst().abort();
  }

  @Test
  void aPortWithoutAListenerRefusesTheConnection() {
    Outcome<TcpConnection> refused = Outcome.of(net.client.api.connect(SERVER.toString(), PORT));
    net.advance(Duration.ofSeconds(1));
    assertThat(refused.cause()).isEqualTo(CloseCause.REFUSED);
    assertThat(refused.error).hasMessage("Connection refused: 10.0.0.2:80");
    assertThat(net.client.tcp.connections()).isZero();
  }

  @Test
  void connectTimesOutWithoutAnAnswer() {
    net.lost = segment -> true;
    StepVerifier.create(net.client.api.connect(SERVER.toString(), PORT))
        .then(() -> net.advance(Duration.ofSeconds(30).minusNanos(1)))
        .then(() -> assertThat(net.client.tcp.connections()).isOne())
        .then(() -> net.advance(Duration.ofMillis(1)))
        .expectErrorSatisfies(e -> assertThat(e).hasMessage("Connection timed out: 10.0.0.2:80"))
        .verify();
    Outcome<TcpConnection> patient = Outcome
        .of(net.client.api.connectTimeout(Duration.ZERO).connect(SERVER.toString(), PORT));
    net.advance(Duration.ofSeconds(31));
    assertThat(patient.error).isNull();
    net.advance(Duration.ofMinutes(5));
    assertThat(patient.cause()).isEqualTo(CloseCause.HANDSHAKE_TIMEOUT);
  }

  @Test
  void aTimeoutShorterThanTheHandshakeLeavesNothingBehind() {
    Outcome<TcpConnection> accepted = Outcome.of(net.server.api.listen(PORT));
    Outcome<TcpConnection> timed = Outcome.of(
        net.client.api.connectTimeout(Duration.ofMillis(15)).connect(SERVER.toString(), PORT));
    net.advance(Duration.ofMinutes(1));
    assertThat(timed.cause()).isEqualTo(CloseCause.HANDSHAKE_TIMEOUT);
    assertThat(net.client.tcp.connections()).isZero();
    assertThat(net.server.tcp.connections()).isZero();
    accepted.cancel();
  }

  @Test
  void connectFailsWithoutARoute() {
    assertThat(Outcome.of(net.client.api.connect("192.0.2.1", PORT)).error).isInstanceOf(NoRouteToHostException.class);
  }

  @ParameterizedTest(name = "after {0} ms")
  @CsvSource({"0", "5", "15", "25"})
  void cancellingAbortsTheHandshake(int millis) {
    Outcome<TcpConnection> accepted = Outcome.of(net.server.api.listen(PORT));
    Disposable connecting = net.client.api.connect(SERVER.toString(), PORT).delayUntil(c -> Mono.never()).subscribe();
    net.advance(Duration.ofMillis(Math.min(millis, 19)));
    connecting.dispose();
    net.advance(Duration.ofMinutes(2));
    assertThat(net.client.tcp.connections()).isZero();
    accepted.cancel();
    net.advance(Duration.ofSeconds(1));
    assertThat(net.server.tcp.connections()).isZero();
  }

  @Test
  void cancellationAbortsAConnectionThatWasNotRequested() {
    Outcome<TcpConnection> accepted = Outcome.of(net.server.api.listen(PORT));
    StepVerifier.create(net.client.api.connect(SERVER.toString(), PORT), 0)
        .then(() -> net.advance(Duration.ofSeconds(1)))
        .then(() -> assertThat(net.client.tcp.connections()).isOne())
        .thenCancel()
        .verify();
    net.settle();
    assertThat(net.client.tcp.connections()).isZero();
    net.advance(Duration.ofSeconds(1));
    assertThat(net.server.tcp.connections()).isZero();
    accepted.cancel();
  }

  @Test
  void thePeerCanSendAfterTheLocalOutputIsShutDown() {
    Pair pair = net.open(PORT);
    Outcome<String> atServer = texts(pair.server());
    Outcome<String> atClient = texts(pair.client());
    Outcome<Void> shut = Outcome
        .of(pair.client().send(Mono.just(net.buffer("ask"))).then(pair.client().shutdownOutput()));
    net.advance(Duration.ofSeconds(1));
    assertThat(atServer.completed).isTrue();
    assertThat(shut.completed).isTrue();
    assertThat(pair.client().info().state()).isEqualTo(TcpState.FIN_WAIT_2);
    Outcome<Void> answered = Outcome.of(pair.server().send(Mono.just(net.buffer("answer"))));
    net.advance(Duration.ofMinutes(10));
    assertThat(answered.completed).isTrue();
    assertThat(atClient.values).containsExactly("answer");
    assertThat(atClient.completed).isFalse();
    Outcome<Void> tooLate = Outcome.of(pair.client().send(Mono.just(net.buffer("more"))));
    assertThat(tooLate.error).isInstanceOf(TcpException.class).hasMessageStartingWith("Broken pipe");
    pair.server().close().subscribe();
    net.advance(Duration.ofSeconds(1));
    assertThat(atClient.completed).isTrue();
  }

  @Test
  void bothSidesCloseSimultaneously() {
    Pair pair = net.open(PORT);
    Outcome<String> atServer = texts(pair.server());
    Outcome<Void> client = Outcome.of(pair.client().close());
    Outcome<Void> server = Outcome.of(pair.server().close());
    net.settle();
    net.advance(Duration.ofSeconds(1));
    assertThat(client.completed).isTrue();
    assertThat(server.completed).isTrue();
    assertThat(atServer.completed).isTrue();
    assertThat(pair.client().info().state()).isEqualTo(TcpState.TIME_WAIT);
    assertThat(pair.server().info().state()).isEqualTo(TcpState.TIME_WAIT);
  }

  @Test
  void abortingResetsThePeer() {
    Pair pair = net.open(PORT);
    Outcome<String> atServer = texts(pair.server());
    Outcome<String> atClient = texts(pair.client());
    Outcome<Void> unacknowledged = Outcome.of(pair.client().sendAcknowledged(Mono.just(net.buffer("never"))));
    pair.client().abort();
    net.settle();
    assertThat(atClient.cause()).isEqualTo(CloseCause.ABORTED);
    assertThat(unacknowledged.cause()).isEqualTo(CloseCause.ABORTED);
    net.advance(Duration.ofSeconds(1));
    assertThat(atServer.cause()).isEqualTo(CloseCause.RESET_BY_PEER);
    assertThat(Outcome.of(pair.server().onClose()).values.getFirst().cause()).isEqualTo(CloseCause.RESET_BY_PEER);
    assertThat(Outcome.of(pair.server().send(Mono.just(net.buffer("x")))).cause()).isEqualTo(CloseCause.RESET_BY_PEER);
    assertThat(net.client.tcp.connections()).isZero();
    assertThat(net.server.tcp.connections()).isZero();
  }

  @Test
  @Requirement("SHLD-3")
  void closingWithUnreadBytesResets() {
    Pair pair = net.open(PORT);
    Outcome<String> atClient = texts(pair.client());
    pair.client().send(Mono.just(net.buffer("nobody reads this"))).subscribe();
    net.advance(Duration.ofSeconds(1));
    Outcome<Void> closed = Outcome.of(pair.server().close());
    net.advance(Duration.ofSeconds(1));
    assertThat(closed.completed).isTrue();
    assertThat(atClient.cause()).isEqualTo(CloseCause.RESET_BY_PEER);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void cancellingReceiveAfterShutdownOutputLetsThePeerFinishItsAnswer(boolean cancelledFirst) {
    Pair pair = net.open(PORT);
    Disposable reading = pair.client().receive().subscribe(ByteBuf::release);
    if (cancelledFirst) {
      reading.dispose();
    }
    Outcome<Void> shut = Outcome.of(pair.client().shutdownOutput());
    Outcome<Void> answered = Outcome.of(pair.server().sendAcknowledged(
        Flux.range(0, 300).map(i -> net.bytes(10_000, 0))));
    net.advance(Duration.ofMillis(50));
    assertThat(answered.completed).as("still being sent").isFalse();
    reading.dispose();
    net.advance(Duration.ofSeconds(10));
    assertThat(shut.completed).isTrue();
    assertThat(answered.error).isNull();
    assertThat(answered.completed).isTrue();
    assertThat(TwoHosts.heldBy(net.client.memory)).as("received bytes are discarded").isZero();
    Outcome<Void> finished = Outcome.of(pair.server().shutdownOutput());
    net.advance(Duration.ofSeconds(1));
    assertThat(finished.completed).isTrue();
    assertThat(Outcome.of(pair.client().onClose()).values.getFirst().cause()).isEqualTo(CloseCause.FINISHED);
  }

  @Test
  void closingAfterCancellingReceiveStopsThePeersAnswer() {
    Pair pair = net.open(PORT);
    pair.client().receive().subscribe(ByteBuf::release).dispose();
    Outcome<Void> answered = Outcome.of(pair.server().sendAcknowledged(
        Flux.range(0, 300).map(i -> net.bytes(10_000, 0))));
    net.advance(Duration.ofMillis(30));
    pair.client().close().subscribe();
    net.advance(Duration.ofSeconds(1));
    assertThat(answered.cause()).isEqualTo(CloseCause.RESET_BY_PEER);
  }

  @Test
  void acceptedBytesAreDeliveredAfterClose() {
    Pair pair = net.open(PORT);
    StringBuilder received = new StringBuilder();
    pair.server().receive().map(TwoHosts::text).subscribe(received::append);
    String text = "0123456789".repeat(1_600);
    Outcome<Void> sent = Outcome.of(pair.client().send(Mono.just(net.buffer(text))));
    Outcome<Void> closed = Outcome.of(pair.client().close());
    assertThat(sent.completed).isTrue();
    net.advance(Duration.ofSeconds(5));
    assertThat(received.toString()).isEqualTo(text);
    pair.server().close().subscribe();
    net.advance(Duration.ofSeconds(1));
    assertThat(closed.completed).isTrue();
  }

  @Test
  void finWait2WithoutAReaderTimesOut() {
    Pair pair = net.open(PORT);
    pair.client().close().subscribe();
    net.advance(Duration.ofMinutes(10));
    assertThat(net.client.tcp.connections()).as("FIN-WAIT-2 without a reader").isZero();
    pair.server().abort();
  }

  @Test
  void demandLimitsTheConnectionsEmitted() {
    // Without cookies: the server keeps no state for a cookie, so a client whose ACK met a full queue would never be
    // emitted.
    Tcp withoutCookies = net.server.api.backlog(2)
        .settings(s -> s.withSecurity(security -> security.withSynCookies(TcpSettings.SynCookies.NEVER)));
    StepVerifier.create(withoutCookies.listen(PORT), 1)
        .then(() -> {
          for (int i = 0; i < 6; i++) {
            net.client.api.connectTimeout(Duration.ZERO).connect(SERVER.toString(), PORT).subscribe();
          }
          net.advance(Duration.ofSeconds(10));
        })
        .expectNextCount(1)
        .then(() -> assertThat(net.server.tcp.connections()).as("one emitted, two established, two in handshake")
            .isLessThanOrEqualTo(5))
        .thenRequest(4)
        .then(() -> net.advance(Duration.ofMinutes(1)))
        .expectNextCount(4)
        .then(() -> net.advance(Duration.ofMinutes(1)))
        .thenCancel()
        .verify(Duration.ofSeconds(20));
    net.client.tcp.stop();
    net.advance(Duration.ofSeconds(1));
    assertThat(net.server.tcp.connections()).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1})
  void aBadRequestEndsConnectingAndListening(long n) {
    Outcome<TcpConnection> listening = new Outcome<>() {
      @Override
      protected void hookOnSubscribe(Subscription subscription) {
        subscription.request(n);
      }
    };
    Outcome<TcpConnection> connecting = new Outcome<>() {
      @Override
      protected void hookOnSubscribe(Subscription subscription) {
        subscription.request(n);
      }
    };
    net.server.api.listen(PORT).subscribe(listening);
    net.client.api.connect(SERVER.toString(), PORT).subscribe(connecting);
    net.advance(Duration.ofSeconds(1));
    assertThat(listening.error).isInstanceOf(IllegalArgumentException.class);
    assertThat(connecting.error).isInstanceOf(IllegalArgumentException.class);
    assertThat(net.client.tcp.connections()).isZero();
  }

  @Test
  void aPortInUseCannotBeBound() {
    AtomicReference<InetSocketAddress> bound = new AtomicReference<>();
    Disposable first = net.server.api.doOnBound(bound::set).listen(0).subscribe();
    assertThat(bound.get().getPort()).isPositive();
    Outcome<TcpConnection> second = Outcome.of(net.server.api.listen(bound.get().getPort()));
    assertThat(second.error).isInstanceOf(BindException.class);
    first.dispose();
    Outcome<TcpConnection> third = Outcome.of(net.server.api.listen(bound.get().getPort()));
    assertThat(third.error).isNull();
    net.server.tcp.stop();
    net.settle();
    assertThat(third.completed).as("completed with the stack").isTrue();
  }

  @Test
  void lossOnTheWireDelaysDataButLosesNone() {
    net.delay = Duration.ofMillis(5);
    Pair pair = net.open(PORT);
    net.lost = segment -> net.random.nextInt(20) == 0;
    int total = 1_000_000;
    long[] received = {0};
    pair.server().receive().subscribe(data -> received[0] += net.checkBytes(data, received[0]));
    Flux<ByteBuf> data = Flux.range(0, total / 1000).map(i -> net.bytes(1000, i * 1000L));
    Outcome<Void> sent = Outcome.of(pair.client().sendAcknowledged(data));
    net.recording = false;
    net.advance(Duration.ofMinutes(30));
    assertThat(sent.completed).as("seed %d", net.seed).isTrue();
    assertThat(received[0]).isEqualTo(total);
    net.lost = segment -> false;
    pair.client().close().subscribe();
    net.advance(Duration.ofSeconds(5));
    pair.server().close().subscribe();
  }

  @Test
  void tenThousandConnectionsReleaseEverything() {
    net.recording = false;
    net.delay = Duration.ofMillis(1);
    int[] echoed = {0};
    net.server.api.listen(PORT).take(10_000)
        .subscribe(c -> c.send(c.receive()).then(c.close()).subscribe());
    for (int i = 0; i < 10_000; i++) {
      int n = i;
      net.client.api.connect(SERVER.toString(), PORT).subscribe(c -> {
        c.receive().map(TwoHosts::text).subscribe(text -> echoed[0] += text.equals("hello " + n) ? 1 : 0);
        c.send(Mono.just(net.buffer("hello " + n))).then(c.shutdownOutput()).subscribe();
      });
      net.advance(Duration.ofMillis(1));
    }
    net.advance(Duration.ofSeconds(5));
    assertThat(echoed[0]).isEqualTo(10_000);
    assertThat(net.client.tcp.connections()).as("in TIME-WAIT").isEqualTo(10_000);
    assertThat(net.server.tcp.connections()).isZero();
  }

  @Test
  void infoReturnsASnapshotOnAnyThread() throws InterruptedException {
    Pair pair = net.open(PORT);
    pair.server().receive().subscribe(ByteBuf::release);
    AtomicReference<TcpInfo> seenElsewhere = new AtomicReference<>();
    Thread asker = new Thread(() -> seenElsewhere.set(pair.client().info()));
    asker.start();
    asker.join();
    assertThat(seenElsewhere.get().state()).isEqualTo(TcpState.ESTABLISHED);
    assertThat(seenElsewhere.get().bytesSent()).isZero();
    pair.client().send(Mono.just(net.buffer("12345"))).subscribe();
    net.advance(Duration.ofSeconds(1));
    assertThat(pair.client().info().bytesAcknowledged()).isEqualTo(5);
    assertThat(pair.client().info().srtt()).as("20 ms of wire, and delayed acknowledgements")
        .isBetween(Duration.ofMillis(20), Duration.ofMillis(30));
    Thread again = new Thread(() -> seenElsewhere.set(pair.client().info()));
    again.start();
    again.join();
    assertThat(seenElsewhere.get().bytesAcknowledged()).isEqualTo(5);
    pair.client().abort();
    net.settle();
    assertThat(net.sawFrom(CLIENT, TcpSegment.RST)).isTrue();
  }
}
