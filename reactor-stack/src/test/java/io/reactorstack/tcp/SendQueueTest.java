package io.reactorstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.tcp.TwoHosts.Pair;
import io.reactorstack.tcp.model.CloseCause;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/**
 * {@link TcpConnection#send}: its demand to publishers, the bytes that it accepts, and the signals to its subscribers.
 */
class SendQueueTest {

  private static final int BUFFER = 8 * 1024;

  private final TwoHosts net = new TwoHosts();
  private Pair pair;

  @BeforeEach
  void open() {
    pair = net.open(80, net.client.api.noDelay(true).sendBuffer(BUFFER), net.server.api.receiveBuffer(BUFFER));
  }

  @AfterEach
  void nothingIsLeft() {
    net.client.tcp.stop();
    net.server.tcp.stop();
    net.close();
  }

  /** A publisher that emits when the test calls {@link #emit}. */
  private static final class Source implements Publisher<ByteBuf>, Subscription {

    Subscriber<? super ByteBuf> subscriber;
    volatile long requested;
    long emitted;
    boolean cancelled;

    @Override
    public void subscribe(Subscriber<? super ByteBuf> actual) {
      subscriber = actual;
      actual.onSubscribe(this);
    }

    @Override
    public void request(long n) {
      assertThat(n).as("Reactive Streams 3.9").isPositive();
      requested += n;
    }

    @Override
    public void cancel() {
      cancelled = true;
    }

    long demand() {
      return requested - emitted;
    }

    void emit(ByteBuf data) {
      emitted++;
      subscriber.onNext(data);
    }
  }

  /** A subscriber that records its terminal signal. */
  private static class End implements CoreSubscriber<Void> {

    Subscription subscription;
    boolean completed;
    Throwable error;

    @Override
    public void onSubscribe(Subscription s) {
      subscription = s;
      s.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Void nothing) {
      throw new AssertionError("a Mono<Void> emits nothing");
    }

    @Override
    public void onError(Throwable cause) {
      assertThat(isOver()).isFalse();
      error = cause;
    }

    @Override
    public void onComplete() {
      assertThat(isOver()).isFalse();
      completed = true;
    }

    boolean isOver() {
      return completed || error != null;
    }
  }

  private End send(Publisher<? extends ByteBuf> data) {
    return pair.client().send(data).subscribeWith(new End());
  }

  private StringBuilder received() {
    StringBuilder text = new StringBuilder();
    pair.server().receive().map(TwoHosts::text).subscribe(text::append, error -> {});
    return text;
  }

  @Test
  void aSlowPeerStopsTheProducer() {
    LongFunction<ByteBuf> next = i -> net.bytes(500, i * 500);
    long[] produced = {0};
    End end = send(Flux.<ByteBuf>generate(sink -> sink.next(next.apply(produced[0]++))));
    net.advance(Duration.ofMinutes(1));
    // The send and receive buffers of 8 KiB each, a batch of the size of their free bytes, and one buffer that did not
    // fit.
    assertThat(produced[0] * 500).isBetween((long) BUFFER, 3L * BUFFER);
    long stopped = produced[0];
    net.advance(Duration.ofMinutes(1));
    assertThat(produced[0]).as("produced while the peer reads nothing").isEqualTo(stopped);
    long[] read = {0};
    pair.server().receive().subscribe(new BaseSubscriber<>() {
      @Override
      protected void hookOnSubscribe(Subscription subscription) {
        request(20);
      }

      @Override
      protected void hookOnNext(ByteBuf data) {
        read[0] += net.checkBytes(data, read[0]);
      }

      @Override
      protected void hookOnError(Throwable cause) {
        // The test stops the stack.
      }
    });
    net.advance(Duration.ofMinutes(1));
    assertThat(produced[0]).isGreaterThan(stopped);
    assertThat(end.isOver()).isFalse();
    end.subscription.cancel();
  }

  @Test
  void demandFollowsTheFreeBytesOfTheSendBuffer() {
    Source source = new Source();
    send(source);
    assertThat(source.demand()).as("first demand").isPositive().isLessThanOrEqualTo(Send.MAX_BATCH);
    net.lost = segment -> true;
    while (source.demand() > 0) {
      source.emit(net.bytes(4000, source.emitted * 4000));
      net.settle();
    }
    assertThat(source.emitted).as("4000 bytes each, into 8 KiB without acknowledgement").isLessThanOrEqualTo(4);
    net.lost = segment -> false;
    StringBuilder text = received();
    net.advance(Duration.ofSeconds(5));
    assertThat(source.demand()).isPositive();
    assertThat(text).hasSizeGreaterThanOrEqualTo(1);
    source.subscriber.onComplete();
  }

  @Test
  void outstandingDemandIsNotRaisedWhenTheFreeSpaceShrinks() {
    net.lost = segment -> true;
    Source source = new Source();
    send(source);
    for (int i = 0; i < 20 && source.demand() > 0; i++) {
      source.emit(net.bytes(100, 0));
      net.settle();
    }
    long before = source.demand();
    assertThat(before).as("small buffers: a large batch").isGreaterThan(4);
    source.emit(net.bytes(5000, 0));
    net.settle();
    assertThat(source.demand()).as("less space, larger buffers").isLessThanOrEqualTo(before);
    source.subscriber.onComplete();
  }

  @Test
  void sendsGoOutInTheOrderOfTheirSubscription() {
    StringBuilder text = received();
    Source first = new Source();
    End firstEnd = send(first);
    End secondEnd = send(Mono.just(net.buffer("second ")));
    End thirdEnd = send(Flux.just(net.buffer("thi"), net.buffer("rd")));
    first.emit(net.buffer("fir"));
    net.advance(Duration.ofSeconds(1));
    assertThat(text.toString()).isEqualTo("fir");
    first.emit(net.buffer("st "));
    first.subscriber.onComplete();
    net.advance(Duration.ofSeconds(1));
    assertThat(text.toString()).isEqualTo("first second third");
    assertThat(firstEnd.completed && secondEnd.completed && thirdEnd.completed).isTrue();
  }

  @Test
  void sendCompletesBeforeAndSendAcknowledgedAfterARoundTrip() {
    received();
    End accepted = send(Mono.just(net.buffer("data")));
    End acknowledged = pair.client().sendAcknowledged(Mono.just(net.buffer("data"))).subscribeWith(new End());
    End empty = pair.client().sendAcknowledged(Flux.empty()).subscribeWith(new End());
    assertThat(accepted.completed).isTrue();
    net.advance(net.delay.multipliedBy(2).minusNanos(1));
    assertThat(acknowledged.completed).isFalse();
    net.advance(Duration.ofMillis(100));
    assertThat(acknowledged.completed).isTrue();
    assertThat(empty.completed).isTrue();
  }

  @Test
  void thePublishersErrorComesAfterItsBytesAndLeavesTheConnectionUsable() {
    StringBuilder text = received();
    RuntimeException own = new IllegalStateException("the publisher's own");
    End failed = send(Flux.just(net.buffer("before ")).concatWith(Flux.error(own)));
    End next = send(Mono.just(net.buffer("after")));
    net.advance(Duration.ofSeconds(1));
    assertThat(failed.error).isSameAs(own);
    assertThat(next.completed).isTrue();
    assertThat(text.toString()).isEqualTo("before after");
  }

  @Test
  void cancellingReleasesUnacceptedBuffersAndStartsTheNextSend() {
    Source source = new Source();
    End first = send(source);
    End second = send(Mono.just(net.buffer("!")));
    net.lost = segment -> true;
    source.emit(net.bytes(6000, 0));
    source.emit(net.bytes(6000, 6000));
    source.emit(net.bytes(6000, 12_000));
    net.settle();
    first.subscription.cancel();
    net.settle();
    assertThat(source.cancelled).isTrue();
    source.emit(net.bytes(10, 0));
    net.settle();
    assertThat(TwoHosts.heldBy(net.allocator))
        .as("the two buffers that were accepted at least in part, and the second send's")
        .isEqualTo(2 * 6000 + 1);
    net.lost = segment -> false;
    StringBuilder text = received();
    net.advance(Duration.ofSeconds(10));
    assertThat(second.completed).isTrue();
    assertThat(first.isOver()).as("no signal after cancellation").isFalse();
    assertThat(text).endsWith("!");
    assertThat(text.length()).as("accepted bytes are sent").isEqualTo(BUFFER + 1);
  }

  @Test
  void aPublisherThatIgnoresDemandIsCancelled() {
    Source source = new Source();
    End end = send(source);
    net.lost = segment -> true;
    for (int i = 0; i < 500; i++) {
      source.emit(net.bytes(1000, 0));
    }
    net.settle();
    assertThat(source.cancelled).isTrue();
    assertThat(TwoHosts.heldBy(net.allocator)).as("bytes held").isLessThanOrEqualTo((Send.MAX_BATCH + 1) * 1000L);
    net.lost = segment -> false;
    received();
    net.advance(Duration.ofMinutes(1));
    assertThat(end.error).isNotNull().hasMessageContaining("more than was requested");
  }

  @Test
  void aConnectionThatEndsFailsItsSendsAndCancelsTheirPublishers() {
    Source source = new Source();
    Source waiting = new Source();
    End first = send(source);
    End unacknowledged = pair.client().sendAcknowledged(Mono.just(net.buffer("x"))).subscribeWith(new End());
    End second = send(waiting);
    source.emit(net.buffer("x"));
    pair.server().abort();
    net.advance(Duration.ofSeconds(1));
    assertThat(List.of(first.error, unacknowledged.error, second.error)).allSatisfy(
        e -> assertThat(((TcpException) e).closeCause()).isEqualTo(CloseCause.RESET_BY_PEER));
    assertThat(source.cancelled).isTrue();
    source.emit(net.buffer("too late"));
    assertThat(waiting.subscriber).as("never subscribed to").isNull();
    End late = send(Mono.just(net.buffer("late")));
    assertThat(late.error).isInstanceOf(TcpException.class);
  }

  @Test
  void closingFailsAWaitingSendButSendsAcceptedBytes() {
    StringBuilder text = received();
    Source source = new Source();
    End end = send(source);
    source.emit(net.buffer("accepted"));
    net.settle();
    pair.client().close().subscribe();
    net.advance(Duration.ofSeconds(1));
    assertThat(end.error).hasMessageStartingWith("Broken pipe");
    assertThat(source.cancelled).isTrue();
    assertThat(text.toString()).isEqualTo("accepted");
  }

  @Test
  void aBadRequestIsAnErrorSignal() {
    End end = new End() {
      @Override
      public void onSubscribe(Subscription s) {
        s.request(0);
      }
    };
    pair.client().send(Flux.never()).subscribe(end);
    net.settle();
    assertThat(end.error).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aPublisherThatThrowsWhenSubscribedToIsAnError() {
    End end = send(subscriber -> {
      throw new IllegalStateException("the test's own");
    });
    assertThat(end.error).hasMessage("the test's own");
    assertThat(send(Mono.just(net.buffer("next"))).completed).isTrue();
  }

  @Test
  void emptyBuffersAreReleasedAndIgnored() {
    StringBuilder text = received();
    End end = send(Flux.range(0, 100).map(i -> i % 10 == 0 ? net.buffer("x") : net.buffer("")));
    net.advance(Duration.ofSeconds(1));
    assertThat(end.completed).isTrue();
    assertThat(text.toString()).isEqualTo("x".repeat(10));
  }

  @Test
  void endlessEmptyBuffersDoNotBlockTheLoop() {
    long[] produced = {0};
    End end = send(Flux.<ByteBuf>generate(sink -> {
      produced[0]++;
      sink.next(Unpooled.EMPTY_BUFFER);
    }));
    assertThat(produced[0]).as("subscribe has returned").isPositive();
    net.loop.execute(end.subscription::cancel);
    net.settle();
    assertThat(end.isOver()).isFalse();
  }

  @Test
  void publishersMaySignalOnAnyThread() throws InterruptedException {
    long[] read = {0};
    pair.server().receive().subscribe(data -> read[0] += net.checkBytes(data, read[0]));
    Source source = new Source();
    End end = send(source);
    int buffers = 2000;
    while (source.emitted < buffers) {
      long burst = Math.min(source.demand(), buffers - source.emitted);
      List<ByteBuf> data = new ArrayList<>();
      for (long i = 0; i < burst; i++) {
        data.add(net.bytes(777, (source.emitted + i) * 777));
      }
      Thread producer = new Thread(() -> data.forEach(source::emit));
      producer.start();
      // The loop runs while the other thread emits.
      while (producer.isAlive()) {
        net.settle();
        Thread.onSpinWait();
      }
      producer.join();
      net.advance(Duration.ofMillis(20));
    }
    Thread completer = new Thread(source.subscriber::onComplete);
    completer.start();
    completer.join();
    net.advance(Duration.ofSeconds(5));
    assertThat(end.completed).isTrue();
    assertThat(read[0]).isEqualTo(buffers * 777L);
  }

  @Test
  void subscribingAndCancellingMayHappenOnAnyThread() throws InterruptedException {
    received();
    for (int round = 0; round < 200; round++) {
      Source source = new Source();
      Thread user = new Thread(() -> {
        End end = send(source);
        end.subscription.cancel();
      });
      user.start();
      while (user.isAlive()) {
        net.settle();
      }
      user.join();
      net.settle();
      if (source.subscriber != null) {
        source.emit(net.buffer("nobody wants this"));
      }
      net.settle();
    }
    assertThat(TwoHosts.heldBy(net.allocator)).isZero();
    StepVerifier.create(pair.client().sendAcknowledged(Mono.just(net.buffer("still alive"))))
        .then(() -> net.advance(Duration.ofSeconds(1)))
        .verifyComplete();
  }
}
