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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
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

  private final LoopTurn turn;
  private final TcpSocket socket;
  private final ReceiveFlux inbound;
  private final SendQueue outbound;
  private final Sinks.One<CloseReport> closed = Sinks.unsafe().one();
  private final List<MonoSink<Void>> awaitingFin = new ArrayList<>();
  private final AtomicBoolean woken = new AtomicBoolean();
  private final Runnable wakeOnLoop = this::wakeOnLoop;

  private volatile int interest;
  private volatile TcpInfo snapshot;
  private boolean closedTold;

  /** Creates the reactive view of an established connection, and registers it as the watcher of {@code socket}. */
  ReactiveTcpConnection(LoopTurn turn, TcpSocket socket) {
    this.turn = turn;
    this.socket = socket;
    inbound = new ReceiveFlux(this, turn, socket);
    outbound = new SendQueue(this, socket);
    snapshot = socket.info();
    socket.watch(this);
  }

  @Override
  public Flux<ByteBuf> receive() {
    return inbound;
  }

  @Override
  public Mono<Void> send(Publisher<? extends ByteBuf> data) {
    return outbound.send(data, false);
  }

  @Override
  public Mono<Void> sendAcknowledged(Publisher<? extends ByteBuf> data) {
    return outbound.send(data, true);
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
    awaitingFin.add(sink);
    socket.shutdownOutput();
    outbound.shut(brokenPipe());
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
          outbound.shut(brokenPipe());
          socket.finish();
          closed.asMono().then().subscribe(actual);
        });
        if (!onLoop) {
          closed.asMono().then().subscribe(actual);
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
    return closed.asMono();
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
    return snapshot;
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
    inbound.drain();
    outbound.pump();
    tellFin();
    refreshSnapshot();
    CloseReport report = socket.closeReport();
    if (report != null && !closedTold) {
      closedTold = true;
      snapshot = report.info();
      closed.tryEmitValue(report);
    }
  }

  @Override
  public boolean isReading() {
    return inbound.isTaken();
  }

  private void tellFin() {
    if (awaitingFin.isEmpty()) {
      return;
    }
    CloseReport report = socket.closeReport();
    if (socket.isOutputFinished() || (report != null && TcpException.isOrderly(report))) {
      List<MonoSink<Void>> told = List.copyOf(awaitingFin);
      awaitingFin.clear();
      told.forEach(MonoSink::success);
    } else if (report != null) {
      List<MonoSink<Void>> told = List.copyOf(awaitingFin);
      awaitingFin.clear();
      told.forEach(sink -> sink.error(new TcpException(report)));
    }
  }

  private void refreshSnapshot() {
    int turns = interest;
    if (turns > 0) {
      interest = turns - 1;
      snapshot = socket.info();
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
    } else if (woken.compareAndSet(false, true) && !execute(wakeOnLoop)) {
      woken.set(false);
      return false;
    }
    return true;
  }

  private void wakeOnLoop() {
    woken.set(false);
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
