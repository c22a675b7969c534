package io.reactorstack.tcp;

import io.reactorstack.device.Capture;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.tcp.model.TcpSettings;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.Logger;
import reactor.util.Loggers;

/** Listens for each subscriber, and hands over as many connections as are requested. */
final class AcceptFlux extends Flux<TcpConnection> {

  private static final Logger LOG = Loggers.getLogger(AcceptFlux.class);

  private final TcpStage stage;
  private final Endpoint local;
  private final int backlog;
  private final TcpSettings settings;
  private final Consumer<? super InetSocketAddress> onBound;
  private final @Nullable Capture capture;

  AcceptFlux(
      TcpStage stage,
      Endpoint local,
      int backlog,
      TcpSettings settings,
      Consumer<? super InetSocketAddress> onBound,
      @Nullable Capture capture) {
    this.stage = stage;
    this.local = local;
    this.backlog = backlog;
    this.settings = settings;
    this.onBound = onBound;
    this.capture = capture;
  }

  @Override
  public void subscribe(CoreSubscriber<? super TcpConnection> actual) {
    Acceptor acceptor = new Acceptor(this, actual);
    actual.onSubscribe(acceptor);
    if (!acceptor.execute(acceptor::start)) {
      actual.onError(new BindException(TcpStage.STOPPED));
    }
  }

  /** One listener and its subscriber. */
  private static final class Acceptor implements Subscription {

    private static final AtomicLongFieldUpdater<Acceptor> REQUESTED = AtomicLongFieldUpdater.newUpdater(Acceptor.class,
        "requested");

    private final AcceptFlux flux;
    private final CoreSubscriber<? super TcpConnection> actual;
    private final LoopTurn turn;

    private volatile long requested;
    private volatile boolean cancelled;
    private volatile @Nullable IllegalArgumentException badRequest;

    /** Only the loop reads and writes the rest. */
    private @Nullable TcpListener listener;
    private boolean draining;
    private boolean done;

    Acceptor(AcceptFlux flux, CoreSubscriber<? super TcpConnection> actual) {
      this.flux = flux;
      this.actual = actual;
      turn = flux.stage.turn();
    }

    boolean execute(Runnable action) {
      return turn.offer(action);
    }

    @Override
    public void request(long n) {
      if (n <= 0) {
        badRequest = Exceptions.nullOrNegativeRequestException(n);
      } else {
        Operators.addCap(REQUESTED, this, n);
      }
      execute(this::drain);
    }

    @Override
    public void cancel() {
      cancelled = true;
      execute(this::drain);
    }

    private void start() {
      if (cancelled) {
        return;
      }
      try {
        listener = flux.stage.listen(flux.local, flux.backlog, flux.settings, this::drain);
      } catch (BindException e) {
        done = true;
        actual.onError(e);
        return;
      }
      if (flux.capture != null) {
        listener.observer(flux.capture.packets(turn.loop().ticker()));
      }
      try {
        flux.onBound.accept(listener.local().toInetSocketAddress());
      } catch (RuntimeException e) {
        done = true;
        listener.close();
        actual.onError(e);
        return;
      }
      drain();
    }

    private void drain() {
      TcpListener source = listener;
      if (source == null || done || draining) {
        return;
      }
      draining = true;
      try {
        emit(source);
      } catch (Throwable e) {
        // Reactive Streams 2.13: a subscriber that throws counts as cancelled.
        LOG.error("the acceptor at {} failed and gets no more", source.local(), e);
        cancelled = true;
      } finally {
        draining = false;
      }
      end(source);
    }

    private void emit(TcpListener source) {
      long emitted = 0;
      while (!cancelled && badRequest == null && emitted < requested) {
        TcpSocket socket = source.accept();
        if (socket == null) {
          break;
        }
        if (takes(socket)) {
          emitted++;
        }
      }
      if (emitted > 0) {
        Operators.produced(REQUESTED, this, emitted);
      }
    }

    /**
     * Whether the subscriber has taken {@code socket}. Errors of the JVM, such as want of memory, are what Reactor's operators
     * let pass instead of making signals of them: the subscriber is as it was before, so that the connection is lost, its place
     * in the demand is free again, and the listener lives.
     */
    private boolean takes(TcpSocket socket) {
      try {
        actual.onNext(new ReactiveTcpConnection(turn, socket));
        return true;
      } catch (Throwable e) {
        if (!Exceptions.isJvmFatal(e)) {
          throw e;
        }
        socket.fault(e);
        return false;
      }
    }

    private void end(TcpListener source) {
      IllegalArgumentException bad = badRequest;
      if (cancelled) {
        done = true;
        source.close();
      } else if (bad != null) {
        done = true;
        source.close();
        actual.onError(bad);
      } else if (!source.isOpen()) {
        done = true;
        actual.onComplete();
      }
    }
  }
}
