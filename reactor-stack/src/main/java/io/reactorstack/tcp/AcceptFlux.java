package io.reactorstack.tcp;

import io.reactorstack.device.Capture;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.PullSubscription;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.tcp.model.TcpSettings;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.util.Logger;
import reactor.util.Loggers;

/** Opens a listener for each subscriber, and emits as many connections as the subscriber requests. */
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
    LoopTurn turn = stage.turn();
    Acceptor acceptor = new Acceptor(this, turn, actual);
    actual.onSubscribe(acceptor);
    if (!turn.offer(acceptor::start)) {
      actual.onError(new BindException(TcpStage.STOPPED));
    }
  }

  /** One listener and its subscriber. */
  private static final class Acceptor extends PullSubscription<TcpSocket, TcpConnection> {

    private final AcceptFlux flux;
    private final LoopTurn turn;

    /** Confined to the loop. */
    private @Nullable TcpListener listener;

    Acceptor(AcceptFlux flux, LoopTurn turn, CoreSubscriber<? super TcpConnection> actual) {
      super(turn, actual);
      this.flux = flux;
      this.turn = turn;
    }

    private void start() {
      if (isCancelled()) {
        return;
      }
      TcpListener opened;
      try {
        opened = flux.stage.listen(flux.local, flux.backlog, flux.settings, this::drain);
      } catch (BindException e) {
        refuse(e);
        return;
      }
      listener = opened;
      if (flux.capture != null) {
        opened.observer(flux.capture.packets(turn.loop().ticker()));
      }
      try {
        flux.onBound.accept(opened.local().toInetSocketAddress());
      } catch (RuntimeException e) {
        opened.close();
        refuse(e);
        return;
      }
      begin();
      drain();
    }

    private TcpListener listener() {
      return Objects.requireNonNull(listener);
    }

    @Override
    protected @Nullable TcpSocket poll() {
      return listener().accept();
    }

    @Override
    protected TcpConnection emission(TcpSocket socket) {
      return new ReactiveTcpConnection(turn, socket);
    }

    /** Resets the connection; the listener remains open. */
    @Override
    protected boolean survives(TcpSocket socket, Throwable fatal) {
      socket.fault(fatal);
      return true;
    }

    @Override
    protected boolean isOver() { return !listener().isOpen(); }

    @Override
    protected void failed(Throwable e) {
      LOG.error("the subscriber of the listener at {} failed; no more connections are emitted", listener().local(), e);
    }

    @Override
    protected void ended(boolean early) {
      if (early) {
        listener().close();
      }
    }
  }
}
