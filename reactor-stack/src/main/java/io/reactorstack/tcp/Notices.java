package io.reactorstack.tcp;

import io.reactorstack.icmp.DeliveryFailure;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.tcp.engine.TcpEngine;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/** Emits a connection's {@link TcpNotice}s to its subscribers; keeps no notices while there has been no subscriber. */
final class Notices {

  /** R1 of RFC 9293 section 3.8.3: three retransmissions, SHLD-10. */
  static final int R1 = 3;

  /**
   * The maximum number of notices emitted in one turn: routers may send many errors in a turn, and more add no
   * information.
   */
  private static final int MAX_PER_TURN = 16;

  private final LoopTurn turn;
  private final TcpEngine engine;
  private final Runnable tell = this::tell;
  private final Deque<TcpNotice> pending = new ArrayDeque<>(1);
  private volatile Sinks.@Nullable Many<TcpNotice> sink;
  private boolean ended;
  private int urgentEnd;
  private boolean doubted;

  Notices(LoopTurn turn, TcpEngine engine) {
    this.turn = turn;
    this.engine = engine;
  }

  /** Returns the flux of {@link TcpConnection#notices}. */
  Flux<TcpNotice> flux() {
    return Flux.defer(() -> opened().asFlux());
  }

  private synchronized Sinks.Many<TcpNotice> opened() {
    Sinks.Many<TcpNotice> open = sink;
    if (open == null) {
      open = Sinks.many().multicast().directBestEffort();
      sink = open;
      if (!turn.offer(this::closeIfEnded)) {
        // The loop has ended, and the connection with it.
        open.tryEmitComplete();
      }
    }
    return open;
  }

  private void closeIfEnded() {
    Sinks.Many<TcpNotice> open = sink;
    if (ended && open != null) {
      open.tryEmitComplete();
    }
  }

  /** Adds a notice of an error about a segment in flight, or of a segment that this host could not send. */
  void onSoftError(DeliveryFailure failure) {
    add(new TcpNotice.SoftError(failure));
  }

  /**
   * Adds the notices that follow from the engine's state; called after every input. Returns whether R1 was just
   * reached.
   */
  boolean look() {
    int timeouts = engine.consecutiveTimeouts();
    boolean reached = timeouts >= R1 && !doubted;
    doubted = timeouts >= R1;
    if (reached) {
      add(new TcpNotice.ExcessiveRetransmission(timeouts));
    }
    int end = engine.urgentEnd();
    if (end != urgentEnd) {
      urgentEnd = end;
      add(new TcpNotice.UrgentData(engine.urgentBytes()));
    }
    return reached;
  }

  private void add(TcpNotice notice) {
    if (sink == null || pending.size() >= MAX_PER_TURN) {
      return;
    }
    pending.add(notice);
    if (pending.size() == 1) {
      // Subscribers must not be called while a segment is being processed.
      turn.dirty(tell);
    }
  }

  private void tell() {
    Sinks.Many<TcpNotice> open = sink;
    for (TcpNotice notice = pending.poll(); notice != null; notice = pending.poll()) {
      if (open != null) {
        open.tryEmitNext(notice);
      }
    }
    closeIfEnded();
  }

  /** Called when the connection has ended: pending notices are still emitted, then the flux completes. */
  void end() {
    ended = true;
    if (pending.isEmpty()) {
      closeIfEnded();
    }
  }
}
