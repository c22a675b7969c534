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
 * The Flux of a connection's received bytes. A buffer is taken out of the receive buffer only when it is requested and
 * emitted; nothing is stored in between, so bytes that are not requested count against the window.
 */
final class ReceiveFlux extends Flux<ByteBuf> {

  private static final Logger LOG = Loggers.getLogger(ReceiveFlux.class);

  /** The maximum size of an emitted buffer, in bytes. */
  static final int MAX_BUFFER_BYTES = 64 * 1024;

  private final ReactiveTcpConnection connection;
  private final LoopTurn turn;
  private final TcpSocket socket;
  private final AtomicBoolean taken = new AtomicBoolean();

  /** Confined to the loop. */
  private @Nullable Reader reader;

  ReceiveFlux(ReactiveTcpConnection connection, LoopTurn turn, TcpSocket socket) {
    this.connection = connection;
    this.turn = turn;
    this.socket = socket;
  }

  @Override
  public void subscribe(CoreSubscriber<? super ByteBuf> subscriber) {
    if (!taken.compareAndSet(false, true)) {
      Operators.error(subscriber, new IllegalStateException("receive() of a connection allows only one subscriber"));
      return;
    }
    Reader subscribed = new Reader(subscriber);
    subscriber.onSubscribe(subscribed);
    // Reactive Streams 1.3, 1.9: no other signal may precede or overlap onSubscribe, so the reader starts after it.
    if (!turn.offer(() -> start(subscribed))) {
      Throwable cause = error(socket.inputReport());
      if (cause == null) {
        subscriber.onComplete();
      } else {
        subscriber.onError(cause);
      }
    }
  }

  /** Returns whether there is or has been a subscriber. */
  boolean isTaken() {
    return taken.get();
  }

  private void start(Reader subscribed) {
    subscribed.start();
    reader = subscribed;
    socket.markDirty();
  }

  /**
   * Emits received bytes as far as they are requested, then the terminal signal if the input has ended. Called on the
   * loop, not from inside the protocol machine.
   */
  void drain() {
    if (reader != null) {
      reader.drain();
    }
  }

  private static @Nullable TcpException error(CloseReport report) {
    return TcpException.isOrderly(report) ? null : new TcpException(report);
  }

  /** The subscription of the one subscriber. */
  private final class Reader extends PullSubscription<ByteBuf, ByteBuf> {

    Reader(CoreSubscriber<? super ByteBuf> actual) {
      super(turn, actual);
    }

    void start() {
      begin();
    }

    /** Schedules the whole connection for the next turn, which also drains this reader. */
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

    /** Returns true at the peer's FIN, or if the connection has ended and all received bytes are read. */
    @Override
    protected boolean isOver() {
      return socket.isInputFinished() || (socket.closeReport() != null && socket.readableBytes() == 0);
    }

    @Override
    protected @Nullable Throwable cause() {
      return socket.isInputFinished() ? null : error(socket.inputReport());
    }

    /** Stops emitting to the subscriber; the connection continues, except after a fatal error of the JVM. */
    @Override
    protected void failed(Throwable e) {
      LOG.error("the subscriber of {} failed; nothing more is emitted to it", connection, e);
      if (Exceptions.isJvmFatal(e)) {
        // Reactor's operators let fatal errors pass without a terminal signal downstream, so the connection is aborted.
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
