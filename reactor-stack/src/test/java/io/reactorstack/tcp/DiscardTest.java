package io.reactorstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.tcp.TwoHosts.Pair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Buffers that wait in a queue at cancellation. Those in a queue of a Reactor operator, before {@code send} or after
 * {@code receive}, are passed to the subscriber's {@code doOnDiscard}; those in the stack's own queues are released by
 * the stack, once, and passed to no hook.
 */
class DiscardTest {

  private static final int SEND_BUFFER = 4096;
  private static final int MESSAGE = 1000;
  private static final Duration A_WHILE = Duration.ofSeconds(1);

  private final TwoHosts net = new TwoHosts();
  private final List<Object> discarded = new ArrayList<>();
  private Pair pair;

  @BeforeEach
  void open() {
    pair = net.open(80, net.client.api.noDelay(true).sendBuffer(SEND_BUFFER),
        net.server.api.receiveBuffer(SEND_BUFFER));
  }

  @AfterEach
  void nothingIsLeft() {
    net.client.tcp.stop();
    net.server.tcp.stop();
    net.close();
    assertThat(discarded).allSatisfy(each -> assertThat(each).isInstanceOfSatisfying(ByteBuf.class,
        buffer -> assertThat(buffer.refCnt()).isZero()));
  }

  private void discard(ByteBuf data) {
    discarded.add(data);
    data.release();
  }

  /**
   * Returns a mono that never ends, so that the operator keeps all later values in its queue; calls {@code release} on
   * cancel.
   */
  private static <T> Mono<T> forEver(Runnable release) {
    return Mono.<T>never().doOnCancel(release);
  }

  private Flux<ByteBuf> messages(int count) {
    return Flux.range(0, count).map(i -> net.bytes(MESSAGE, (long) i * MESSAGE));
  }

  @Test
  void cancellationDiscardsBuffersQueuedByAnOperatorAfterReceive() {
    Disposable reading = pair.server().receive().concatMap(data -> forEver(data::release), 32)
        .doOnDiscard(ByteBuf.class, this::discard)
        .subscribe();
    for (int i = 0; i < 3; i++) {
      pair.client().send(Mono.just(net.bytes(MESSAGE, 0))).subscribe();
      net.advance(A_WHILE);
    }
    assertThat(TwoHosts.heldBy(net.server.memory)).as("queued by the operator").isGreaterThanOrEqualTo(3 * MESSAGE);
    reading.dispose();
    net.advance(A_WHILE);
    assertThat(discarded).as("all but the first").hasSize(2);
    assertThat(TwoHosts.heldBy(net.server.memory)).isZero();
  }

  @Test
  void cancellationReleasesUnemittedInputWithoutTheDiscardHook() {
    pair.client().send(messages(2)).subscribe();
    net.advance(A_WHILE);
    assertThat(TwoHosts.heldBy(net.server.memory)).as("unread").isGreaterThanOrEqualTo(2 * MESSAGE);
    BaseSubscriber<ByteBuf> asksForNothing = new BaseSubscriber<>() {
      @Override
      protected void hookOnSubscribe(Subscription subscription) {}
    };
    pair.server().receive().doOnDiscard(ByteBuf.class, this::discard).subscribe(asksForNothing);
    net.settle();
    asksForNothing.cancel();
    net.settle();
    assertThat(discarded).isEmpty();
    assertThat(TwoHosts.heldBy(net.server.memory)).isZero();
  }

  @Test
  void cancellationDiscardsBuffersQueuedByAnOperatorBeforeSend() {
    Disposable sending = pair.client().send(messages(5).concatMap(data -> forEver(data::release), 32))
        .doOnDiscard(ByteBuf.class, this::discard)
        .subscribe();
    net.settle();
    assertThat(TwoHosts.heldBy(net.allocator)).as("queued by the operator").isGreaterThanOrEqualTo(5 * MESSAGE);
    sending.dispose();
    net.settle();
    assertThat(discarded).as("all but the first").hasSize(4);
    assertThat(TwoHosts.heldBy(net.allocator)).isZero();
  }

  @Test
  void cancellationReleasesBuffersQueuedBySendWithoutTheDiscardHook() {
    Disposable sending = pair.client().send(messages(100)).doOnDiscard(ByteBuf.class, this::discard).subscribe();
    net.advance(A_WHILE);
    assertThat(TwoHosts.heldBy(net.allocator)).as("buffers for which the send buffer has no space").isPositive();
    sending.dispose();
    net.settle();
    assertThat(discarded).isEmpty();
    assertThat(TwoHosts.heldBy(net.allocator)).isZero();
  }

  @Test
  void aResetDiscardsAndReleasesAsACancellationDoes() {
    List<Throwable> errors = new ArrayList<>();
    pair.client().send(messages(5).concatMap(data -> forEver(data::release), 32))
        .doOnDiscard(ByteBuf.class, this::discard)
        .subscribe(nothing -> {}, errors::add);
    pair.client().send(messages(100)).subscribe(nothing -> {}, errors::add);
    net.settle();
    pair.server().abort();
    net.advance(A_WHILE);
    assertThat(errors).hasSize(2).allSatisfy(error -> assertThat(error).isInstanceOf(TcpException.class));
    assertThat(discarded).as("all but the first").hasSize(4);
    assertThat(TwoHosts.heldBy(net.allocator)).isZero();
  }

  @Test
  void discardHookCanAbortConnectionsQueuedByAnOperator() {
    Disposable accepting = net.server.api.listen(90).concatMap(connection -> forEver(connection::abort), 32)
        .doOnDiscard(TcpConnection.class, TcpConnection::abort).subscribe();
    List<CloseReport> ends = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      net.client.api.connect(TwoHosts.SERVER.toString(), 90).flatMap(TcpConnection::onClose).subscribe(ends::add);
    }
    net.advance(A_WHILE);
    assertThat(ends).isEmpty();
    accepting.dispose();
    net.advance(A_WHILE);
    assertThat(ends).hasSize(2);
  }
}
