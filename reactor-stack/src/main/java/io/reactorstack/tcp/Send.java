package io.reactorstack.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCountUtil;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.Fuseable;
import reactor.core.publisher.Operators;
import reactor.util.concurrent.Queues;
import reactor.util.context.Context;

/**
 * One {@code send}: moves the buffers of one publisher, which may signal on any thread, into the send buffer, and asks the
 * publisher for no more than the send buffer has room for.
 *
 * <p>Buffers pass from the publisher's thread to the loop through a bounded queue that cannot overflow, since never more
 * than its capacity is requested and not yet taken out.
 */
final class Send implements CoreSubscriber<ByteBuf>, Subscription {

  /** Most buffers that are requested from the publisher and not yet written. */
  static final int MAX_BATCH = 32;

  /** Batches in one turn; more than the largest send buffer takes, unless a publisher emits empty buffers without end. */
  private static final int MAX_BATCHES_IN_A_TURN = 1024;

  /** What a buffer is thought to hold before one was seen. */
  private static final int FIRST_GUESS_BYTES = 16 * 1024;

  private static final AtomicReferenceFieldUpdater<Send, @Nullable Subscription> UPSTREAM = AtomicReferenceFieldUpdater
      .newUpdater(Send.class, Subscription.class, "upstream");

  private final Outbound outbound;
  private final TcpSocket socket;
  private final Publisher<? extends ByteBuf> publisher;
  private final CoreSubscriber<? super Void> actual;
  private final boolean untilAcknowledged;
  private final Queue<ByteBuf> queue = Queues.<ByteBuf>get(MAX_BATCH).get();

  private volatile @Nullable Subscription upstream;
  private volatile @Nullable Throwable upstreamError;
  private volatile boolean upstreamDone;
  private volatile boolean cancelled;
  /** Nothing will be taken out of the queue any more. */
  private volatile boolean over;

  /** Only the loop reads and writes the rest. */
  private boolean subscribed;
  /** Whether the publisher has emitted; a constant does so on the loop, inside the request. */
  private boolean received;
  private @Nullable ByteBuf current;
  /** Buffers requested and not yet taken out of the queue. */
  private int outstanding;
  private int usualBytes = FIRST_GUESS_BYTES;
  private long lastByte;

  Send(
      Outbound outbound,
      TcpSocket socket,
      Publisher<? extends ByteBuf> publisher,
      CoreSubscriber<? super Void> actual,
      boolean untilAcknowledged) {
    this.outbound = outbound;
    this.socket = socket;
    this.publisher = publisher;
    this.actual = actual;
    this.untilAcknowledged = untilAcknowledged;
  }

  @Override
  public Context currentContext() {
    return actual.currentContext();
  }

  // ---- the publisher's signals, on any thread

  @Override
  public void onSubscribe(Subscription subscription) {
    if (Operators.setOnce(UPSTREAM, this, subscription)) {
      outbound.wake(this);
    }
  }

  @Override
  public void onNext(ByteBuf data) {
    received = true;
    if (upstreamDone || cancelled || over) {
      data.release();
      return;
    }
    if (!queue.offer(data)) {
      data.release();
      Operators.terminate(UPSTREAM, this);
      onError(Exceptions.failWithOverflow("The publisher emitted more than was requested"));
      return;
    }
    if (cancelled || over) {
      // The loop may have emptied the queue just before.
      outbound.execute(this::clear);
    } else {
      outbound.wake(this);
    }
  }

  @Override
  public void onError(Throwable cause) {
    Objects.requireNonNull(cause, "Reactive Streams 2.13");
    if (upstreamDone) {
      Operators.onErrorDropped(cause, currentContext());
      return;
    }
    upstreamError = cause;
    upstreamDone = true;
    outbound.wake(this);
  }

  @Override
  public void onComplete() {
    upstreamDone = true;
    outbound.wake(this);
  }

  // ---- the subscriber's signals, on any thread

  @Override
  public void request(long n) {
    // A Mono<Void> emits nothing that could be asked for; a bad request is an error all the same (Reactive Streams 3.9).
    if (n <= 0) {
      Operators.terminate(UPSTREAM, this);
      upstreamError = Exceptions.nullOrNegativeRequestException(n);
      upstreamDone = true;
      outbound.wake(this);
    }
  }

  @Override
  public void cancel() {
    cancelled = true;
    Operators.terminate(UPSTREAM, this);
    outbound.wake(this);
  }

  // ---- on the loop

  boolean isCancelled() { return cancelled; }

  /** Moves what can be moved; returns whether this send is over, so that the next one may begin. */
  boolean advance() {
    if (!subscribed && !cancelled) {
      subscribed = true;
      subscribe();
    }
    for (int batches = 0; !cancelled; batches++) {
      if (batches == MAX_BATCHES_IN_A_TURN) {
        outbound.continueInNextTurn();
        return false;
      }
      boolean done = upstreamDone;
      if (!writeQueued()) {
        return false;
      }
      if (done && queue.isEmpty()) {
        over = true;
        lastByte = socket.writtenBytes();
        return true;
      }
      if (!requestMore()) {
        return false;
      }
    }
    discard();
    return true;
  }

  private void subscribe() {
    try {
      publisher.subscribe(this);
    } catch (RuntimeException e) {
      // Reactive Streams 1.9 forbids it, and yet a publisher may do so.
      onError(e);
    }
  }

  /** Writes what the queue holds; returns whether all of it found room. */
  private boolean writeQueued() {
    while (true) {
      ByteBuf data = current;
      if (data == null) {
        data = queue.poll();
        if (data == null) {
          return true;
        }
        outstanding--;
        usualBytes = Math.max(1, (usualBytes * 7 + data.readableBytes()) / 8);
        current = data;
      }
      if (data.isReadable()) {
        socket.write(data);
      }
      if (data.isReadable()) {
        return false;
      }
      current = null;
      data.release();
    }
  }

  /** Requests as many buffers as are likely to find room; returns whether something has come of it already. */
  private boolean requestMore() {
    Subscription source = upstream;
    int room = socket.writableBytes();
    if (source == null || room <= 0) {
      return false;
    }
    int batch = Math.clamp(room / usualBytes, 1, MAX_BATCH);
    if (outstanding > batch / 2) {
      return false;
    }
    int n = batch - outstanding;
    outstanding = batch;
    source.request(n);
    return upstreamDone || !queue.isEmpty();
  }

  /** Whether the subscriber may be told that all went well: everything is accepted or, if so wished, acknowledged. */
  boolean isFulfilled() {
    return upstreamError != null || !untilAcknowledged || socket.acknowledgedBytes() >= lastByte;
  }

  /** Tells the subscriber the publisher's end. */
  void signalEnd() {
    Throwable error = upstreamError;
    if (cancelled) {
      return;
    }
    if (error != null) {
      actual.onError(error);
    } else {
      actual.onComplete();
    }
  }

  /** The connection takes no more. */
  void fail(TcpException cause) {
    boolean silent = cancelled;
    discard();
    if (!silent) {
      actual.onError(cause);
    }
  }

  private void discard() {
    over = true;
    Operators.terminate(UPSTREAM, this);
    clear();
    if (!received && publisher instanceof Fuseable.ScalarCallable<?> constant) {
      // A ready-made buffer, as in Mono.just, is nobody else's any more.
      releaseConstant(constant);
    }
  }

  private void releaseConstant(Fuseable.ScalarCallable<?> constant) {
    received = true;
    try {
      ReferenceCountUtil.release(constant.call());
    } catch (Exception e) {
      Operators.onErrorDropped(e, currentContext());
    }
  }

  private void clear() {
    ByteBuf held = current;
    current = null;
    if (held != null) {
      held.release();
    }
    for (ByteBuf data = queue.poll(); data != null; data = queue.poll()) {
      data.release();
    }
  }
}
