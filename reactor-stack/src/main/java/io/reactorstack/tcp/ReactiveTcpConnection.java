package io.reactorstack.tcp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.Capture;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpInfo;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;

/** Implements {@link TcpConnection} on a {@link TcpSocket}: moves calls to the loop, and signals the subscribers. */
final class ReactiveTcpConnection implements TcpConnection, TcpSocket.Watcher {

  /** The number of turns for which the snapshot is kept fresh after another thread has called {@link #info}. */
  private static final int TURNS_OF_INTEREST = 1024;

  private static final AtomicIntegerFieldUpdater<ReactiveTcpConnection> WOKEN = AtomicIntegerFieldUpdater
      .newUpdater(ReactiveTcpConnection.class, "woken");

  private final LoopTurn turn;
  private final TcpSocket socket;

  // Created when they are used for the first time: most connections do without some of them. Written under the lock.
  private volatile @Nullable ReceiveFlux inbound;
  private volatile @Nullable SendQueue outbound;
  private Sinks.@Nullable One<CloseReport> closed;
  private @Nullable CloseReport end;

  /** The subscribers that wait for the acknowledgement of the FIN; {@code null} for none. Confined to the loop. */
  private @Nullable List<MonoSink<Void>> awaitingFin;

  @SuppressWarnings("unused")
  private volatile int woken;
  private volatile int interest;
  /** The snapshot for other threads than the loop; {@code null} before the first one. */
  private volatile @Nullable Supplier<TcpInfo> snapshot;

  /** Creates the reactive view of an established connection, and registers it as the watcher of {@code socket}. */
  ReactiveTcpConnection(LoopTurn turn, TcpSocket socket) {
    this.turn = turn;
    this.socket = socket;
    socket.watch(this);
  }

  @Override
  public Flux<ByteBuf> receive() {
    ReceiveFlux known = inbound;
    return known != null ? known : openInbound();
  }

  private synchronized ReceiveFlux openInbound() {
    ReceiveFlux known = inbound;
    if (known == null) {
      known = new ReceiveFlux(this, turn, socket);
      inbound = known;
    }
    return known;
  }

  @Override
  public Mono<Void> send(Publisher<? extends ByteBuf> data) {
    return outbound().send(data, false);
  }

  @Override
  public Mono<Void> sendAcknowledged(Publisher<? extends ByteBuf> data) {
    return outbound().send(data, true);
  }

  private SendQueue outbound() {
    SendQueue known = outbound;
    return known != null ? known : openOutbound();
  }

  private synchronized SendQueue openOutbound() {
    SendQueue known = outbound;
    if (known == null) {
      known = new SendQueue(this, socket);
      outbound = known;
    }
    return known;
  }

  @Override
  public Mono<Void> shutdownOutput() {
    return Mono.create(sink -> {
      if (!execute(() -> shutdownOutput(sink))) {
        sink.error(stopped());
      }
    });
  }

  private void shutdownOutput(MonoSink<Void> sink) {
    List<MonoSink<Void>> waiting = awaitingFin;
    if (waiting == null) {
      waiting = new ArrayList<>(1);
      awaitingFin = waiting;
    }
    waiting.add(sink);
    socket.shutdownOutput();
    outbound().shut(this::brokenPipe);
    socket.markDirty();
  }

  @Override
  public Mono<Void> close() {
    return new Mono<>() {
      @Override
      public void subscribe(CoreSubscriber<? super Void> actual) {
        // Subscribe on the loop: it emits there even if the connection has ended before a caller on another thread
        // returns.
        boolean onLoop = execute(() -> {
          outbound().shut(ReactiveTcpConnection.this::brokenPipe);
          socket.finish();
          onClose().then().subscribe(actual);
        });
        if (!onLoop) {
          onClose().then().subscribe(actual);
        }
      }
    };
  }

  @Override
  public void abort() {
    execute(socket::abort);
  }

  @Override
  public Mono<CloseReport> onClose() {
    return Mono.defer(() -> closed().asMono());
  }

  private synchronized Sinks.One<CloseReport> closed() {
    Sinks.One<CloseReport> known = closed;
    if (known == null) {
      known = Sinks.unsafe().one();
      closed = known;
      if (end != null) {
        known.tryEmitValue(end);
      }
    }
    return known;
  }

  private Sinks.@Nullable One<CloseReport> onEnd(CloseReport report) {
    synchronized (this) {
      end = report;
      return closed;
    }
  }

  @Override
  public Flux<TcpNotice> notices() {
    return socket.notices();
  }

  @Override
  public void options(Consumer<? super TcpSocketOptions> change) {
    execute(() -> change.accept(socket.options()));
  }

  @Override
  public void capture(Capture capture) {
    FrameObserver packets = capture.packets(turn.loop().ticker());
    execute(() -> socket.options().observer(packets));
  }

  @Override
  public TcpInfo info() {
    if (isOnLoop()) {
      return socket.info();
    }
    if (interest == 0) {
      interest = TURNS_OF_INTEREST;
      wake();
    } else {
      interest = TURNS_OF_INTEREST;
    }
    Supplier<TcpInfo> latest = snapshot;
    return latest == null ? socket.firstInfo() : latest.get();
  }

  @Override
  public InetSocketAddress localAddress() {
    return socket.local().toInetSocketAddress();
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return socket.remote().toInetSocketAddress();
  }

  @Override
  public void changed(TcpSocket changed) {
    ReceiveFlux reading = inbound;
    if (reading != null) {
      reading.drain();
    }
    SendQueue sending = outbound;
    if (sending != null) {
      sending.pump();
    }
    tellFin();
    refreshSnapshot();
    CloseReport report = socket.closeReport();
    if (report != null && end == null) {
      snapshot = report::info;
      Sinks.One<CloseReport> waiting = onEnd(report);
      if (waiting != null) {
        waiting.tryEmitValue(report);
      }
    }
  }

  @Override
  public boolean isReading() {
    ReceiveFlux reading = inbound;
    return reading != null && reading.isTaken();
  }

  private void tellFin() {
    List<MonoSink<Void>> waiting = awaitingFin;
    if (waiting == null) {
      return;
    }
    CloseReport report = socket.closeReport();
    if (socket.isOutputFinished() || (report != null && TcpException.isOrderly(report))) {
      awaitingFin = null;
      waiting.forEach(MonoSink::success);
    } else if (report != null) {
      awaitingFin = null;
      waiting.forEach(sink -> sink.error(new TcpException(report)));
    }
  }

  private void refreshSnapshot() {
    int turns = interest;
    if (turns > 0) {
      interest = turns - 1;
      snapshot = socket.numbers();
    }
  }

  /** Returns whether the caller is on the connection's loop. */
  boolean isOnLoop() { return turn.loop().inEventLoop(); }

  /**
   * Schedules a check of the connection in the next turn, from any thread; returns {@code false} if the loop has ended.
   */
  boolean wake() {
    if (isOnLoop()) {
      socket.markDirty();
    } else if (WOKEN.compareAndSet(this, 0, 1) && !execute(this::wakeOnLoop)) {
      woken = 0;
      return false;
    }
    return true;
  }

  private void wakeOnLoop() {
    woken = 0;
    socket.markDirty();
  }

  /** Runs {@code action} on the loop; returns {@code false} if the loop has ended, and every connection with it. */
  boolean execute(Runnable action) {
    return turn.offer(action);
  }

  /** Returns the error of a call on a connection whose loop has ended. */
  TcpException stopped() {
    return new TcpException(socket.reportAs(CloseCause.STACK_STOPPED));
  }

  private TcpException brokenPipe() {
    // Netty and Reactor Netty recognise this event by its text.
    return new TcpException("Broken pipe", socket.reportAs(CloseCause.FINISHED));
  }

  @Override
  public String toString() {
    return "TcpConnection(" + socket.local() + " > " + socket.remote() + ")";
  }
}
