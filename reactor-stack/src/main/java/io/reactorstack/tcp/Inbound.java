package io.reactorstack.tcp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.PullSubscription;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * The bytes that the peer sends, as the one Flux of a connection: a requested buffer is taken out of the receive buffer at the
 * moment in which it is emitted, and nothing is held in between. So bytes that are not requested still count against the window.
 */
final class Inbound extends Flux<ByteBuf> {

  private static final Logger LOG = Loggers.getLogger(Inbound.class);

  /** Most bytes of an emitted buffer. */
  static final int MAX_BUFFER_BYTES = 64 * 1024;

  private final ReactiveTcpConnection connection;
  private final LoopTurn turn;
  private final TcpSocket socket;
  private final AtomicBoolean taken = new AtomicBoolean();

  /** Only the loop reads and writes it. */
  private @Nullable Reader reader;

  Inbound(ReactiveTcpConnection connection, LoopTurn turn, TcpSocket socket) {
    this.connection = connection;
    this.turn = turn;
    this.socket = socket;
  }

  @Override
  public void subscribe(CoreSubscriber<? super ByteBuf> subscriber) {
    if (!taken.compareAndSet(false, true)) {
      Operators.error(subscriber, new IllegalStateException("A connection's bytes have one subscriber in its life"));
      return;
    }
    Reader subscribed = new Reader(subscriber);
    subscriber.onSubscribe(subscribed);
    // Reactive Streams 1.3, 1.9: nothing is signalled before this line.
    if (!turn.offer(() -> start(subscribed))) {
      Throwable cause = error(socket.inputReport());
      if (cause == null) {
        subscriber.onComplete();
      } else {
        subscriber.onError(cause);
      }
    }
  }

  /** Whether somebody has subscribed. */
  boolean isTaken() {
    return taken.get();
  }

  private void start(Reader subscribed) {
    subscribed.start();
    reader = subscribed;
    socket.markDirty();
  }

  /** Emits what is there and asked for, then the end if it has come. On the loop, outside of the protocol machine. */
  void drain() {
    if (reader != null) {
      reader.drain();
    }
  }

  private static @Nullable TcpException error(CloseReport report) {
    return TcpException.isOrderly(report) ? null : new TcpException(report);
  }

  /** The subscriber. */
  private final class Reader extends PullSubscription<ByteBuf, ByteBuf> {

    Reader(CoreSubscriber<? super ByteBuf> actual) {
      super(turn, actual);
    }

    void start() {
      begin();
    }

    /** With the other things of the connection, in the next turn. */
    @Override
    protected void wake() {
      connection.wake();
    }

    @Override
    protected @Nullable ByteBuf poll() {
      return socket.read(MAX_BUFFER_BYTES);
    }

    @Override
    protected ByteBuf emission(ByteBuf data) {
      return data;
    }

    /** Whatever ended the connection: what had been received comes first. */
    @Override
    protected boolean isOver() {
      return socket.isInputFinished() || (socket.closeReport() != null && socket.readableBytes() == 0);
    }

    @Override
    protected @Nullable Throwable cause() {
      return socket.isInputFinished() ? null : error(socket.inputReport());
    }

    /** The subscriber gets no more; nothing else on the connection suffers. */
    @Override
    protected void failed(Throwable e) {
      LOG.error("the subscriber of {} failed and gets no more", connection, e);
      if (Exceptions.isJvmFatal(e)) {
        // The operators in between have passed it on without an end to those behind them: the connection must have one.
        socket.abort();
      }
    }

    @Override
    protected void ended(boolean early) {
      if (early) {
        socket.discardInput();
      }
    }
  }
}
