package io.reactorstack.udp;

import io.reactorstack.layer.LoopTurn;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
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
 * One {@code send} of a socket: takes the datagrams of one publisher, which may signal on any thread, to the loop, and
 * there to the socket as it has room.
 *
 * <p>They pass through a bounded queue that cannot overflow, since never more than its capacity is requested and not yet
 * taken out. A task for the loop only says that there is something in it: a publisher may signal now on the loop and now
 * elsewhere, and tasks would arrive in another order than signals.
 */
final class UdpSend implements CoreSubscriber<Datagram>, Subscription {

  /** Datagrams that the publisher is asked for ahead. */
  static final int AHEAD = 16;

  private static final AtomicReferenceFieldUpdater<UdpSend, @Nullable Subscription> UPSTREAM = AtomicReferenceFieldUpdater
      .newUpdater(UdpSend.class, Subscription.class, "upstream");

  private final UdpStream stream;
  private final UdpSocket socket;
  private final LoopTurn turn;
  private final Publisher<? extends Datagram> publisher;
  private final CoreSubscriber<? super Void> actual;
  private final Queue<Datagram> queue = Queues.<Datagram>get(AHEAD).get();

  private volatile @Nullable Subscription upstream;
  private volatile @Nullable Throwable upstreamError;
  private volatile boolean upstreamDone;
  private volatile boolean cancelled;
  /** Nothing will be taken out of the queue any more. */
  private volatile boolean over;

  /** Only the loop reads and writes the rest. */
  private boolean started;
  private boolean draining;
  private boolean again;
  private boolean asked;
  /** Whether the publisher has emitted; a constant does so on the loop, inside the request. */
  private boolean received;

  UdpSend(UdpStream stream, UdpSocket socket, LoopTurn turn, Publisher<? extends Datagram> publisher,
      CoreSubscriber<? super Void> actual) {
    this.stream = stream;
    this.socket = socket;
    this.turn = turn;
    this.publisher = publisher;
    this.actual = actual;
  }

  @Override
  public Context currentContext() {
    return actual.currentContext();
  }

  // ---- the publisher's signals, on any thread

  @Override
  public void onSubscribe(Subscription subscription) {
    if (Operators.setOnce(UPSTREAM, this, subscription)) {
      turn.offer(this::drain);
    }
  }

  @Override
  public void onNext(Datagram datagram) {
    received = true;
    if (upstreamDone || cancelled || over) {
      datagram.release();
      return;
    }
    if (!queue.offer(datagram)) {
      datagram.release();
      Operators.terminate(UPSTREAM, this);
      onError(Exceptions.failWithOverflow("The publisher emitted more than was requested"));
      return;
    }
    if (!turn.offer(this::drain)) {
      // The loop has ended, and with it the only other user of the queue.
      clear();
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
    wake();
  }

  @Override
  public void onComplete() {
    upstreamDone = true;
    wake();
  }

  // ---- the subscriber's signals, on any thread

  @Override
  public void request(long n) {
    // A Mono<Void> emits nothing that could be asked for; a bad request is an error all the same (Reactive Streams 3.9).
    if (n <= 0) {
      Operators.terminate(UPSTREAM, this);
      upstreamError = Exceptions.nullOrNegativeRequestException(n);
      upstreamDone = true;
      wake();
    }
  }

  @Override
  public void cancel() {
    cancelled = true;
    Operators.terminate(UPSTREAM, this);
    wake();
  }

  private void wake() {
    turn.offer(this::drain);
  }

  // ---- on the loop

  /** Subscribes to the publisher; the socket reminds this send of its room from now on. */
  void start() {
    started = true;
    if (!cancelled) {
      try {
        publisher.subscribe(this);
      } catch (RuntimeException e) {
        // Reactive Streams 1.9 forbids it, and yet a publisher may do so.
        onError(e);
      }
    }
    drain();
  }

  /** Hands the socket what it has room for, asks for as many again, and tells the end if it has come. */
  void drain() {
    again = true;
    if (!started || draining) {
      return;
    }
    draining = true;
    try {
      while (again) {
        again = false;
        step();
      }
    } finally {
      draining = false;
    }
  }

  private void step() {
    if (over || cancelled) {
      stream.over(this);
      discard();
      return;
    }
    boolean done = upstreamDone;
    int taken;
    try {
      taken = handOver();
    } catch (IOException e) {
      fail(e);
      return;
    }
    if (done && queue.isEmpty()) {
      end();
    } else {
      requestMore(taken);
    }
  }

  private void requestMore(int taken) {
    Subscription source = upstream;
    if (source == null) {
      return;
    }
    int n = asked ? taken : AHEAD;
    asked = true;
    if (n > 0) {
      source.request(n);
    }
  }

  /** Returns how many datagrams have left the queue. */
  private int handOver() throws IOException {
    if (socket.isClosed()) {
      throw new ClosedChannelException();
    }
    int taken = 0;
    for (Datagram next = queue.peek(); next != null && hasRoom(next); next = queue.peek()) {
      queue.poll();
      taken++;
      socket.send(next);
    }
    return taken;
  }

  private boolean hasRoom(Datagram datagram) {
    return socket.hasRoomFor(datagram.payload().readableBytes());
  }

  private void end() {
    over = true;
    stream.over(this);
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

  private void fail(Throwable cause) {
    stream.over(this);
    refuse(cause);
  }

  /** Nothing will be sent: {@link #start} was not called, or the socket takes no more. */
  void refuse(Throwable cause) {
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
      // A ready-made datagram, as in Mono.just, is nobody else's any more.
      releaseConstant(constant);
    }
  }

  private void clear() {
    for (Datagram datagram = queue.poll(); datagram != null; datagram = queue.poll()) {
      datagram.release();
    }
  }

  private void releaseConstant(Fuseable.ScalarCallable<?> constant) {
    received = true;
    try {
      if (constant.call() instanceof Datagram datagram) {
        datagram.release();
      }
    } catch (Exception e) {
      Operators.onErrorDropped(e, currentContext());
    }
  }
}
