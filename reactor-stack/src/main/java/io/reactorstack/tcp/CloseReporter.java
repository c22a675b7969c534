package io.reactorstack.tcp;

import io.reactorstack.layer.LoopTurn;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.tcp.engine.TcpEngine;
import io.reactorstack.tcp.model.CloseCause;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Notices that a connection has ended, and reports it once: why, as engine, network and stack know together. */
final class CloseReporter {

  private final TcpEngine engine;
  private final Endpoint local;
  private final Endpoint remote;
  private final IcmpReaction icmp;
  private final LoopTurn turn;
  private final long openedAt;
  /** Why the stack has ended the connection, if it did. */
  private @Nullable CloseCause stopped;
  private @Nullable CloseReport report;

  /** For a connection between {@code local} and {@code remote} that opens now. */
  CloseReporter(TcpEngine engine, Endpoint local, Endpoint remote, IcmpReaction icmp, LoopTurn turn) {
    this.engine = engine;
    this.local = local;
    this.remote = remote;
    this.icmp = icmp;
    this.turn = turn;
    this.openedAt = turn.now();
  }

  /** That the connection is about to be aborted is the stack's doing, because of {@code why}, and not its user's. */
  void onStop(CloseCause why) {
    stopped = why;
  }

  /** To be called after every input; returns the report if the connection has ended since the last call, else {@code null}. */
  @Nullable
  CloseReport look() {
    CloseCause cause = engine.closeCause();
    if (report != null || cause == null) {
      return null;
    }
    report = reportAs(cause == CloseCause.ABORTED && stopped != null ? stopped : cause);
    return report;
  }

  /** How the connection ended; {@code null} while it has not. */
  @Nullable
  CloseReport report() {
    return report;
  }

  /**
   * How a connection that has ended, or whose stack has, ended for its reader.
   *
   * @param finished whether the peer's FIN was reached
   */
  CloseReport inputReport(boolean finished) {
    CloseReport known = report;
    if (known == null) {
      return reportAs(CloseCause.STACK_STOPPED);
    }
    if (finished || known.cause() != CloseCause.FINISHED) {
      return known;
    }
    // Both ends have finished in order, and what was left has been thrown away before it was read.
    return reportAs(stopped != null ? stopped : CloseCause.ABORTED);
  }

  /** How the connection stands, as the report of an end by {@code cause}. */
  CloseReport reportAs(CloseCause cause) {
    long now = turn.now();
    CloseCause blamed = cause == CloseCause.HANDSHAKE_TIMEOUT ? icmp.handshakeTimeout() : cause;
    Duration lifetime = Duration.ofNanos(now - openedAt);
    return new CloseReport(local, remote, blamed, icmp.kind(), now, lifetime, engine.history(), engine.info(now));
  }
}
