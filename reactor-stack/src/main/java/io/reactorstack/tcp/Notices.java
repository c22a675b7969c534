package io.reactorstack.tcp;

import io.reactorstack.icmp.DeliveryFailure;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.tcp.engine.TcpEngine;
import io.reactorstack.tcp.model.TcpState;
import java.util.ArrayDeque;
import java.util.Deque;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/** Emits a connection's {@link TcpNotice}s to its subscribers; created when the first one subscribes. */
final class Notices {

  /**
   * The maximum number of notices emitted in one turn: routers may send many errors in a turn, and more add no
   * information.
   */
  private static final int MAX_PER_TURN = 16;

  private final TcpSocket socket;
  private final LoopTurn turn;
  private final TcpEngine engine;
  private final Runnable tell = this::tell;
  private final Deque<TcpNotice> pending = new ArrayDeque<>();
  private final Sinks.Many<TcpNotice> sink = Sinks.many().multicast().directBestEffort();
  private boolean begun;
  private boolean ended;
  private int urgentEnd;

  Notices(TcpSocket socket) {
    this.socket = socket;
    this.turn = socket.turn;
    this.engine = socket.engine;
  }

  /** Returns the flux of {@link TcpConnection#notices}. */
  Flux<TcpNotice> flux() {
    return sink.asFlux();
  }

  /** Begins to observe the connection; called once, on any thread. */
  void begin() {
    if (!turn.offer(this::beginOnLoop)) {
      // The loop has ended, and the connection with it.
      sink.tryEmitComplete();
    }
  }

  private void beginOnLoop() {
    begun = true;
    urgentEnd = engine.urgentEnd();
    if (ended || socket.isRetired() || engine.state() == TcpState.CLOSED) {
      sink.tryEmitComplete();
    }
  }

  /** Adds a notice of an error about a segment in flight, or of a segment that this host could not send. */
  void onSoftError(DeliveryFailure failure) {
    add(new TcpNotice.SoftError(failure));
  }

  /** Adds the notice that R1 of RFC 9293 section 3.8.3 was reached with {@code timeouts} retransmissions. */
  void onExcessiveRetransmission(int timeouts) {
    add(new TcpNotice.ExcessiveRetransmission(timeouts));
  }

  /** Adds the notice of urgent data if its end has moved. */
  void onUrgentData() {
    int end = engine.urgentEnd();
    if (end != urgentEnd) {
      urgentEnd = end;
      add(new TcpNotice.UrgentData(engine.urgentBytes()));
    }
  }

  private void add(TcpNotice notice) {
    if (!begun || pending.size() >= MAX_PER_TURN) {
      return;
    }
    pending.add(notice);
    if (pending.size() == 1) {
      // Subscribers must not be called while a segment is being processed.
      turn.dirty(tell);
    }
  }

  private void tell() {
    for (TcpNotice notice = pending.poll(); notice != null; notice = pending.poll()) {
      sink.tryEmitNext(notice);
    }
    if (ended) {
      sink.tryEmitComplete();
    }
  }

  /** Called when the connection has ended: pending notices are still emitted, then the flux completes. */
  void end() {
    ended = true;
    if (pending.isEmpty()) {
      sink.tryEmitComplete();
    }
  }
}
