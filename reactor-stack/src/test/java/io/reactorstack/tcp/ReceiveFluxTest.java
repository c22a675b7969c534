package io.reactorstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.tcp.TwoHosts.Pair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** The compliance of {@link TcpConnection#receive} with the rules of Reactive Streams. */
class ReceiveFluxTest {

  private final TwoHosts net = new TwoHosts();
  private Pair pair;

  @BeforeEach
  void open() {
    pair = net.open(80, net.client.api.noDelay(true), net.server.api.receiveBuffer(16 * 1024));
  }

  @AfterEach
  void nothingIsLeft() {
    net.client.tcp.stop();
    net.server.tcp.stop();
    net.close();
  }

  /** A subscriber that records its signals and runs the test's callbacks. */
  private static final class Probe implements CoreSubscriber<ByteBuf> {

    final List<String> signals = new ArrayList<>();
    Consumer<Subscription> onSubscribe = subscription -> {};
    Consumer<String> onNext = text -> {};
    Subscription subscription;
    Throwable error;

    @Override
    public void onSubscribe(Subscription s) {
      subscription = s;
      signals.add("subscribed");
      onSubscribe.accept(s);
    }

    @Override
    public void onNext(ByteBuf data) {
      String text = TwoHosts.text(data);
      signals.add(text);
      onNext.accept(text);
    }

    @Override
    public void onError(Throwable cause) {
      error = cause;
      signals.add("error");
    }

    @Override
    public void onComplete() {
      signals.add("complete");
    }
  }

  private void send(String text) {
    pair.client().send(Mono.just(net.buffer(text))).subscribe();
    net.advance(Duration.ofSeconds(1));
  }

  private Probe subscribe() {
    Probe probe = new Probe();
    pair.server().receive().subscribe(probe);
    return probe;
  }

  @Test
  void emitsOnlyRequestedBuffers() {
    Probe probe = subscribe();
    send("a");
    send("b");
    assertThat(probe.signals).containsExactly("subscribed");
    probe.subscription.request(1);
    net.settle();
    assertThat(probe.signals).containsExactly("subscribed", "ab");
    send("c");
    assertThat(probe.signals).hasSize(2);
    probe.subscription.request(2);
    net.settle();
    send("d");
    send("e");
    assertThat(probe.signals).containsExactly("subscribed", "ab", "c", "d");
  }

  @Test
  void aRequestInsideOnSubscribeIsServedAfterIt() {
    send("early");
    Probe probe = new Probe();
    probe.onSubscribe = s -> {
      s.request(1);
      assertThat(probe.signals).as("no other signal before onSubscribe returns").containsExactly("subscribed");
    };
    pair.server().receive().subscribe(probe);
    net.settle();
    assertThat(probe.signals).containsExactly("subscribed", "early");
  }

  @Test
  void requestsFromInsideOnNextNeitherRecurseNorGetLost() {
    Probe probe = new Probe();
    int[] depth = {0};
    probe.onNext = text -> {
      assertThat(++depth[0]).isOne();
      probe.subscription.request(1);
      depth[0]--;
    };
    pair.server().receive().subscribe(probe);
    probe.subscription.request(1);
    Flux<ByteBuf> many = Flux.range(0, 500).map(i -> net.buffer("0123456789".repeat(100)));
    pair.client().send(many).subscribe();
    net.advance(Duration.ofSeconds(30));
    assertThat(probe.signals.stream().skip(1).mapToInt(String::length).sum()).isEqualTo(500_000);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE})
  void aRequestThatIsNotPositiveIsAnErrorSignal(long n) {
    Probe probe = subscribe();
    probe.subscription.request(n);
    net.settle();
    assertThat(probe.signals).containsExactly("subscribed", "error");
    assertThat(probe.error).isInstanceOf(IllegalArgumentException.class);
    send("thrown away");
    assertThat(probe.signals).hasSize(2);
    assertThat(TwoHosts.heldBy(net.server.memory)).isZero();
  }

  @Test
  void allowsOneSubscriberInTheLifeOfTheConnection() {
    Probe first = subscribe();
    StepVerifier.create(pair.server().receive()).verifyError(IllegalStateException.class);
    first.subscription.cancel();
    net.settle();
    StepVerifier.create(pair.server().receive()).verifyError(IllegalStateException.class);
  }

  @Test
  void afterCancellationNothingIsEmittedAndThePeerIsNotBlocked() {
    send("unread");
    Probe probe = subscribe();
    probe.subscription.cancel();
    probe.subscription.request(5);
    net.settle();
    assertThat(TwoHosts.heldBy(net.server.memory)).as("unread bytes are released").isZero();
    StepVerifier.create(pair.client().sendAcknowledged(Flux.range(0, 100).map(i -> net.bytes(1000, 0))))
        .then(() -> net.advance(Duration.ofSeconds(10)))
        .verifyComplete();
    assertThat(probe.signals).containsExactly("subscribed");
    assertThat(TwoHosts.heldBy(net.server.memory)).isZero();
    StepVerifier.create(pair.server().sendAcknowledged(Mono.just(net.buffer("sending goes on"))))
        .then(() -> net.advance(Duration.ofSeconds(1)))
        .verifyComplete();
  }

  @Test
  void cancellationInsideOnSubscribeOrOnNextTakesEffect() {
    Probe probe = new Probe();
    probe.onNext = text -> probe.subscription.cancel();
    pair.server().receive().subscribe(probe);
    send("x".repeat(3000));
    probe.subscription.request(Long.MAX_VALUE);
    net.settle();
    assertThat(probe.signals).hasSize(2);
    send("later");
    assertThat(probe.signals).hasSize(2);

    Probe never = new Probe();
    never.onSubscribe = Subscription::cancel;
    pair.client().receive().subscribe(never);
    pair.server().send(Mono.just(net.buffer("to nobody"))).subscribe();
    net.advance(Duration.ofSeconds(1));
    assertThat(never.signals).containsExactly("subscribed");
  }

  @Test
  void completionNeedsNoDemandButFollowsTheBytes() {
    Probe probe = subscribe();
    send("last words");
    pair.client().shutdownOutput().subscribe();
    net.advance(Duration.ofSeconds(1));
    assertThat(probe.signals).as("unread bytes delay the completion").containsExactly("subscribed");
    probe.subscription.request(1);
    net.settle();
    assertThat(probe.signals).containsExactly("subscribed", "last words", "complete");
    probe.subscription.request(1);
    probe.subscription.cancel();
    net.settle();
    assertThat(probe.signals).hasSize(3);
  }

  @Test
  void completionOfAnEmptyStreamNeedsNoDemand() {
    StepVerifier.create(pair.server().receive(), 0)
        .then(() -> pair.client().shutdownOutput().subscribe())
        .then(() -> net.advance(Duration.ofSeconds(1)))
        .verifyComplete();
  }

  @Test
  void aLateSubscriberOfAClosedConnectionReceivesTheUnreadBytes() {
    send("left");
    pair.client().shutdownOutput().subscribe();
    net.advance(Duration.ofSeconds(1));
    pair.server().shutdownOutput().subscribe();
    net.advance(Duration.ofSeconds(1));
    assertThat(net.server.tcp.connections()).isZero();
    Probe probe = subscribe();
    probe.subscription.request(9);
    net.settle();
    assertThat(probe.signals).containsExactly("subscribed", "left", "complete");
  }

  @Test
  void anErrorNeedsNoDemandAndNamesItsCause() {
    Probe probe = subscribe();
    pair.client().abort();
    net.advance(Duration.ofSeconds(1));
    assertThat(probe.signals).containsExactly("subscribed", "error");
    assertThat(probe.error).isInstanceOf(TcpException.class).hasMessageStartingWith("Connection reset by peer");
  }

  @Test
  void aSubscriberThatThrowsIsCancelledAndSendingContinues() {
    Probe probe = new Probe();
    probe.onNext = text -> {
      throw new IllegalStateException("the test's own");
    };
    pair.server().receive().subscribe(probe);
    probe.subscription.request(Long.MAX_VALUE);
    send("boom");
    send("again");
    assertThat(probe.signals).containsExactly("subscribed", "boom");
    StepVerifier.create(pair.server().sendAcknowledged(Mono.just(net.buffer("sending goes on"))))
        .then(() -> net.advance(Duration.ofSeconds(1)))
        .verifyComplete();
  }

  @Test
  void demandMayComeFromAnyThread() throws InterruptedException {
    Probe probe = subscribe();
    send("from elsewhere");
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Thread thread = new Thread(() -> {
        for (int n = 0; n < 100; n++) {
          probe.subscription.request(1);
        }
      });
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(probe.signals).as("signals are emitted on the loop only").hasSize(1);
    net.settle();
    assertThat(probe.signals).containsExactly("subscribed", "from elsewhere");
    for (int i = 1; i < 400; i++) {
      send("x");
    }
    assertThat(probe.signals).hasSize(401);
    send("one too many");
    assertThat(probe.signals).as("no request was lost or counted twice").hasSize(401);
  }
}
