package io.reactorstack.udp;

import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.TestHost;
import io.reactorstack.testing.VirtualLoop;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** Checks that both directions of a {@link UdpConnection} follow the rules of Reactive Streams. */
class UdpStreamTest {

  private static final String OWN = "10.0.0.1";
  private static final String PEER = "10.0.0.2";
  private static final Endpoint TO_PEER = new Endpoint(IpAddress.parse(PEER), 4000);
  private static final int PAYLOAD = 20 + 8;

  private final VirtualLoop loop = new VirtualLoop();
  private final TestHost host = TestHost.bare(loop, OWN + "/24");
  /** Allocates the buffers that the test passes to the stack. */
  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);
  private UdpConnection socket;

  @BeforeEach
  void open() {
    host.udp.api().bind(53).subscribe(opened -> socket = opened);
    loop.settle();
  }

  @AfterEach
  void nothingIsLeft() {
    host.close();
    loop.settle();
    assertThat(allocator.metric().usedDirectMemory() + allocator.metric().usedHeapMemory()).isZero();
  }

  /** A publisher whose signals the test sends itself, on a thread of its choice. */
  private static final class Source implements Publisher<Datagram>, Subscription {

    Subscriber<? super Datagram> subscriber;
    long requested;
    boolean cancelled;

    @Override
    public void subscribe(Subscriber<? super Datagram> actual) {
      subscriber = actual;
      actual.onSubscribe(this);
    }

    @Override
    public void request(long n) {
      requested += n;
    }

    @Override
    public void cancel() {
      cancelled = true;
    }
  }

  private Datagram datagram(int number) {
    return Datagram.to(TO_PEER, allocator.buffer(1).writeByte(number));
  }

  private void arrives(int number) {
    host.device.inject(ipv4(PEER, OWN, 17, udp(PEER, 4000, OWN, 53, new byte[] {(byte) number})));
  }

  private List<Integer> sent() {
    return host.device.takeSent().stream().map(packet -> (int) packet[PAYLOAD]).toList();
  }

  private static void elsewhere(Runnable action) throws InterruptedException {
    List<Throwable> failures = new ArrayList<>();
    Thread thread = new Thread(action, "elsewhere");
    thread.setUncaughtExceptionHandler((failed, failure) -> failures.add(failure));
    thread.start();
    thread.join();
    assertThat(failures).isEmpty();
  }

  @Test
  void publisherMaySignalOnTheLoopAndOnOtherThreads() throws InterruptedException {
    Source source = new Source();
    List<String> ends = new ArrayList<>();
    socket.send(source).subscribe(nothing -> {}, error -> ends.add("error"), () -> ends.add("sent"));
    elsewhere(() -> {
      source.subscriber.onNext(datagram(1));
      source.subscriber.onNext(datagram(2));
    });
    source.subscriber.onNext(datagram(3));
    source.subscriber.onComplete();
    loop.settle();
    assertThat(sent()).containsExactly(1, 2, 3);
    assertThat(ends).containsExactly("sent");
  }

  @Test
  void closeFromAnotherThreadCompletesOnTheLoop() throws InterruptedException {
    socket.close().subscribe();
    loop.settle();
    List<Thread> told = new ArrayList<>();
    elsewhere(() -> socket.close().subscribe(nothing -> {}, error -> {}, () -> told.add(Thread.currentThread())));
    assertThat(told).isEmpty();
    loop.settle();
    assertThat(told).containsExactly(Thread.currentThread());
  }

  @Test
  void datagramsEmittedBeforeAnErrorAreSent() {
    StepVerifier
        .create(socket
            .send(Flux.concat(Flux.range(1, 3).map(this::datagram), Flux.error(new SocketException("the test's own")))))
        .then(loop::settle)
        .verifyErrorMessage("the test's own");
    assertThat(sent()).containsExactly(1, 2, 3);
  }

  @Test
  void publisherThatEmitsMoreThanRequestedIsCancelled() throws InterruptedException {
    Source source = new Source();
    List<Throwable> errors = new ArrayList<>();
    socket.send(source).subscribe(nothing -> {}, errors::add);
    elsewhere(() -> {
      for (int i = 0; i < 100; i++) {
        source.subscriber.onNext(datagram(i));
      }
    });
    loop.settle();
    assertThat(source.requested).isLessThan(100);
    assertThat(source.cancelled).isTrue();
    assertThat(errors).singleElement()
        .satisfies(error -> assertThat(error).hasMessageContaining("more than was requested"));
  }

  @Test
  void secondSubscriptionIsCancelledAndTheFirstContinues() {
    Source source = new Source();
    socket.send(source).subscribe();
    boolean[] cancelled = {false};
    source.subscriber.onSubscribe(new Subscription() {
      @Override
      public void request(long n) {
        throw new AssertionError("Reactive Streams 2.5");
      }

      @Override
      public void cancel() {
        cancelled[0] = true;
      }
    });
    assertThat(cancelled).containsExactly(true);
    source.subscriber.onNext(datagram(1));
    source.subscriber.onComplete();
    loop.settle();
    assertThat(sent()).containsExactly(1);
    assertThat(source.cancelled).isFalse();
  }

  @Test
  void constantIsReleasedOnceOnCancelAndOnError() {
    BaseSubscriber<Void> never = new BaseSubscriber<>() {
      @Override
      protected void hookOnSubscribe(Subscription subscription) {
        subscription.cancel();
      }
    };
    socket.send(Mono.just(datagram(1))).subscribe(never);
    loop.settle();
    assertThat(sent()).isEmpty();
    socket.close().subscribe();
    StepVerifier.create(socket.send(Mono.just(datagram(2)))).then(loop::settle)
        .verifyError(ClosedChannelException.class);
  }

  @Test
  void nonPositiveRequestSignalsAnError() {
    arrives(1);
    List<Throwable> errors = new ArrayList<>();
    socket.receive().subscribe(new CoreSubscriber<>() {
      @Override
      public void onSubscribe(Subscription subscription) {
        subscription.request(-1);
      }

      @Override
      public void onNext(Datagram datagram) {
        throw new AssertionError("no demand");
      }

      @Override
      public void onError(Throwable cause) {
        errors.add(cause);
      }

      @Override
      public void onComplete() {
        throw new AssertionError("the socket is open");
      }
    });
    loop.settle();
    assertThat(errors).singleElement().isInstanceOf(IllegalArgumentException.class);
    StepVerifier.create(socket.receive().map(d -> {
      d.release();
      return 1;
    })).then(loop::settle).as("the datagram waited for the next subscriber").expectNext(1).thenCancel().verify();
  }

  @Test
  void throwingReceiverCountsAsCancelledAndTheSocketContinues() {
    int[] seen = {0};
    socket.receive().subscribe(new BaseSubscriber<>() {
      @Override
      protected void hookOnNext(Datagram value) {
        seen[0]++;
        value.release();
        throw new AssertionError("the test's own");
      }

      @Override
      protected void hookOnError(Throwable throwable) {
        throw new IllegalStateException("the test's own");
      }
    });
    List<String> ends = new ArrayList<>();
    socket.onClose().subscribe(nothing -> {}, error -> {}, () -> ends.add("closed"));
    arrives(1);
    loop.settle();
    arrives(2);
    loop.settle();
    assertThat(seen[0]).isEqualTo(1);
    StepVerifier.create(socket.receive().doOnNext(Datagram::release)).then(loop::settle).expectNextCount(1)
        .then(() -> socket.close().subscribe()).then(loop::settle).verifyComplete();
    assertThat(ends).containsExactly("closed");
  }

  /** Never completes for the first datagram, so that all later ones wait in the operator's queue. */
  private Mono<Datagram> forEver(Datagram first) {
    return Mono.<Datagram>never().doOnCancel(first::release);
  }

  /**
   * Buffers in an operator's queue go to the discard hook of the subscriber; those in the stack's queues are released
   * by the stack.
   */
  @Test
  void cancelDiscardsOrReleasesQueuedDatagrams() {
    List<Datagram> discarded = new ArrayList<>();

    Disposable receiving = socket.receive().concatMap(this::forEver, 32).doOnDiscard(Datagram.class, discarded::add)
        .subscribe();
    arrives(1);
    arrives(2);
    arrives(3);
    loop.settle();
    receiving.dispose();
    loop.settle();
    assertThat(discarded).hasSize(2);
    discarded.forEach(Datagram::release);
    discarded.clear();

    Disposable behindAnOperator = socket.send(Flux.range(0, 5).map(this::datagram).concatMap(this::forEver, 32))
        .doOnDiscard(Datagram.class, discarded::add).subscribe();
    host.device.holdCredit();
    Disposable ahead = socket.send(Flux.range(0, 1000).map(this::datagram))
        .doOnDiscard(Datagram.class, discarded::add).subscribe();
    loop.settle();
    assertThat(allocator.metric().usedDirectMemory()).isGreaterThan(5);
    ahead.dispose();
    loop.settle();
    assertThat(discarded).isEmpty();
    behindAnOperator.dispose();
    loop.settle();
    assertThat(discarded).hasSize(4);
    discarded.forEach(Datagram::release);
  }
}
