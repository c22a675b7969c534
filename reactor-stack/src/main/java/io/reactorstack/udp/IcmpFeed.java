package io.reactorstack.udp;

import io.reactorstack.icmp.IcmpError;
import io.reactorstack.layer.LoopTurn;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.BufferOverflowStrategy;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/** Emits the ICMP errors about a socket's datagrams to its subscribers; keeps none while there is no subscriber. */
final class IcmpFeed {

  /** The number of errors that are kept for a subscriber without demand. */
  static final int KEPT = 64;

  /** The maximum number of errors emitted in one turn: routers may send many, and more add no information. */
  private static final int MAX_PER_TURN = 64;

  private final LoopTurn turn;
  private final Runnable tell = this::tell;
  private final Deque<IcmpError> pending = new ArrayDeque<>(1);
  private volatile Sinks.@Nullable Many<IcmpError> sink;
  private boolean ended;

  IcmpFeed(LoopTurn turn) {
    this.turn = turn;
  }

  /** Returns the flux of {@link UdpConnection#icmpErrors}. */
  Flux<IcmpError> flux() {
    return Flux.defer(() -> opened().asFlux())
        .onBackpressureBuffer(KEPT, dropped -> {}, BufferOverflowStrategy.DROP_OLDEST);
  }

  private synchronized Sinks.Many<IcmpError> opened() {
    Sinks.Many<IcmpError> open = sink;
    if (open == null) {
      open = Sinks.many().multicast().directBestEffort();
      sink = open;
      if (!turn.offer(this::closeIfEnded)) {
        // The loop has ended, and the socket with it.
        open.tryEmitComplete();
      }
    }
    return open;
  }

  private void closeIfEnded() {
    Sinks.Many<IcmpError> open = sink;
    if (ended && open != null) {
      open.tryEmitComplete();
    }
  }

  /** Adds an error; subscribers are called in the next turn, since the message is still being processed. */
  void add(IcmpError error) {
    Sinks.Many<IcmpError> open = sink;
    if (open == null || open.currentSubscriberCount() == 0 || pending.size() >= MAX_PER_TURN) {
      return;
    }
    pending.add(error);
    if (pending.size() == 1) {
      turn.dirty(tell);
    }
  }

  private void tell() {
    Sinks.Many<IcmpError> open = sink;
    for (IcmpError error = pending.poll(); error != null; error = pending.poll()) {
      if (open != null) {
        open.tryEmitNext(error);
      }
    }
    closeIfEnded();
  }

  /** Called when the socket is closed: pending errors are still emitted, then the flux completes. */
  void end() {
    ended = true;
    if (pending.isEmpty()) {
      closeIfEnded();
    }
  }
}
