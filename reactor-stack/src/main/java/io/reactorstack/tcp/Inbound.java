package io.reactorstack.tcp;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * What the peer sends, as the one Flux of a connection: a requested buffer is taken out of the receive buffer at the moment
 * in which it is emitted, and nothing is held in between. So what is not requested is still counted against the window.
 */
final class Inbound extends Flux<ByteBuf> implements Subscription {

  private static final Logger LOG = Loggers.getLogger(Inbound.class);

  /** Most bytes of an emitted buffer. */
  static final int MAX_BUFFER_BYTES = 64 * 1024;

  private static final AtomicLongFieldUpdater<Inbound> REQUESTED = AtomicLongFieldUpdater.newUpdater(Inbound.class,
      "requested");

  private final ReactiveTcpConnection connection;
  private final TcpSocket socket;
  private final AtomicBoolean taken = new AtomicBoolean();

  private volatile long requested;
  private volatile boolean cancelled;
  private volatile @Nullable IllegalArgumentException badRequest;

  /** Only the loop reads and writes the rest. */
  private @Nullable CoreSubscriber<? super ByteBuf> actual;
  private boolean draining;
  private boolean done;

  Inbound(ReactiveTcpConnection connection, TcpSocket socket) {
    this.connection = connection;
    this.socket = socket;
  }

  @Override
  public void subscribe(CoreSubscriber<? super ByteBuf> subscriber) {
    if (!taken.compareAndSet(false, true)) {
      Operators.error(subscriber, new IllegalStateException("A connection's bytes have one subscriber in its life"));
      return;
    }
    subscriber.onSubscribe(this);
    // Reactive Streams 1.3, 1.9: nothing is signalled before this line.
    if (!connection.execute(() -> start(subscriber))) {
      signalEnd(subscriber, socket.inputReport());
    }
  }

  /** Whether somebody has subscribed. */
  boolean isTaken() {
    return taken.get();
  }

  private void start(CoreSubscriber<? super ByteBuf> subscriber) {
    actual = subscriber;
    socket.markDirty();
  }

  @Override
  public void request(long n) {
    if (n <= 0) {
      // Reactive Streams 3.9: an error signal, and never an exception to the caller.
      badRequest = Exceptions.nullOrNegativeRequestException(n);
    } else {
      Operators.addCap(REQUESTED, this, n);
    }
    wakeUnlessDraining();
  }

  @Override
  public void cancel() {
    cancelled = true;
    wakeUnlessDraining();
  }

  /** A subscriber that asks for more from inside its {@code onNext} is heard by the running loop. */
  private void wakeUnlessDraining() {
    if (!connection.isOnLoop() || !draining) {
      connection.wake();
    }
  }

  /** Emits what is there and asked for, then the end if it has come. On the loop, outside of the protocol machine. */
  void drain() {
    CoreSubscriber<? super ByteBuf> subscriber = actual;
    if (subscriber == null || done || draining) {
      return;
    }
    draining = true;
    try {
      emit(subscriber);
      if (!cancelled) {
        end(subscriber);
      }
    } catch (Throwable e) {
      // Reactive Streams 2.13: a subscriber that throws counts as cancelled. Nobody else on the connection suffers.
      LOG.error("the subscriber of {} failed and gets no more", connection, e);
      cancelled = true;
      if (Exceptions.isJvmFatal(e)) {
        // The operators in between have passed it on without an end to those behind them: the connection must have one.
        socket.abort();
      }
    } finally {
      draining = false;
    }
    if (cancelled && !done) {
      finish();
      socket.discardInput();
    }
  }

  private void emit(CoreSubscriber<? super ByteBuf> subscriber) {
    long emitted = 0;
    while (!cancelled && badRequest == null && emitted < requested) {
      ByteBuf data = socket.read(MAX_BUFFER_BYTES);
      if (data == null) {
        break;
      }
      emitted++;
      subscriber.onNext(data);
    }
    if (emitted > 0) {
      Operators.produced(REQUESTED, this, emitted);
    }
  }

  private void end(CoreSubscriber<? super ByteBuf> subscriber) {
    IllegalArgumentException bad = badRequest;
    if (bad != null) {
      finish();
      socket.discardInput();
      subscriber.onError(bad);
    } else if (socket.isInputFinished()) {
      finish();
      subscriber.onComplete();
    } else if (socket.closeReport() != null && socket.readableBytes() == 0) {
      // Whatever ended the connection: what had been received comes first.
      finish();
      signalEnd(subscriber, socket.inputReport());
    }
  }

  private static void signalEnd(CoreSubscriber<? super ByteBuf> subscriber, CloseReport report) {
    if (TcpException.isOrderly(report)) {
      subscriber.onComplete();
    } else {
      subscriber.onError(new TcpException(report));
    }
  }

  private void finish() {
    done = true;
    // Reactive Streams 3.13: let the subscriber go.
    actual = null;
  }
}
