package io.reactorstack.udp;

import io.reactorstack.layer.LoopTurn;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Operators;
import reactor.util.Logger;
import reactor.util.Loggers;

/** One subscriber to what a socket receives: a requested datagram is taken out of the socket's queue as it is emitted. */
final class UdpReceive implements Subscription {

  private static final Logger LOG = Loggers.getLogger(UdpReceive.class);

  private static final AtomicLongFieldUpdater<UdpReceive> REQUESTED = AtomicLongFieldUpdater.newUpdater(
      UdpReceive.class,
      "requested");

  private final UdpStream stream;
  private final UdpSocket socket;
  private final LoopTurn turn;
  private final CoreSubscriber<? super Datagram> actual;

  private volatile long requested;
  private volatile boolean cancelled;
  private volatile @Nullable IllegalArgumentException badRequest;

  /** Only the loop reads and writes the rest. */
  private boolean started;
  private boolean draining;
  private boolean done;

  UdpReceive(UdpStream stream, UdpSocket socket, LoopTurn turn, CoreSubscriber<? super Datagram> actual) {
    this.stream = stream;
    this.socket = socket;
    this.turn = turn;
    this.actual = actual;
  }

  @Override
  public void request(long n) {
    if (n <= 0) {
      // Reactive Streams 3.9: an error signal, and never an exception to the caller.
      badRequest = Exceptions.nullOrNegativeRequestException(n);
    } else {
      Operators.addCap(REQUESTED, this, n);
    }
    turn.offer(this::drain);
  }

  @Override
  public void cancel() {
    cancelled = true;
    turn.offer(this::drain);
  }

  /** On the loop: from now on this is the receiver. */
  void start() {
    started = true;
    drain();
  }

  /** On the loop: another one is the receiver. */
  void refuse() {
    done = true;
    if (!cancelled) {
      actual.onError(new IllegalStateException("a socket has one receiver at a time"));
    }
  }

  /** Emits what is there and asked for, then the end if it has come. On the loop. */
  void drain() {
    if (!started || done || draining) {
      return;
    }
    draining = true;
    try {
      emit();
      end();
    } catch (Throwable e) {
      // Reactive Streams 2.13: a subscriber that throws counts as cancelled.
      LOG.error("the receiver of {} failed and gets no more", socket.local(), e);
      cancelled = true;
      finish();
    } finally {
      draining = false;
    }
  }

  private void emit() {
    long emitted = 0;
    while (!cancelled && badRequest == null && emitted < requested) {
      Datagram datagram = socket.receive();
      if (datagram == null) {
        break;
      }
      if (takes(datagram)) {
        emitted++;
      }
    }
    if (emitted > 0) {
      Operators.produced(REQUESTED, this, emitted);
    }
  }

  /**
   * Whether the subscriber has taken {@code datagram}. Errors of the JVM, such as want of memory, are what Reactor's operators
   * let pass instead of making signals of them: the subscriber is as it was before, so that the datagram is lost, its place in
   * the demand is free again, and the service goes on.
   */
  private boolean takes(Datagram datagram) {
    try {
      actual.onNext(datagram);
      return true;
    } catch (Throwable e) {
      if (!Exceptions.isJvmFatal(e)) {
        throw e;
      }
      LOG.error("the receiver of {} failed on a datagram, which is lost", socket.local(), e);
      socket.lost(UdpDrop.NO_MEMORY);
      return false;
    }
  }

  private void end() {
    IllegalArgumentException bad = badRequest;
    if (cancelled) {
      finish();
    } else if (bad != null) {
      finish();
      actual.onError(bad);
    } else if (socket.isClosed()) {
      finish();
      actual.onComplete();
    }
  }

  private void finish() {
    done = true;
    stream.over(this);
  }
}
