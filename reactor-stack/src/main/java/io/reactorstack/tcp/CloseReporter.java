package io.reactorstack.tcp;

import io.reactorstack.layer.LoopTurn;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.tcp.engine.TcpEngine;
import io.reactorstack.tcp.model.CloseCause;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Detects the end of a connection and builds its one {@link CloseReport}; the cause combines the engine's, the ICMP
 * errors and the reason for which the stack has stopped the connection.
 */
final class CloseReporter {

  private final TcpEngine engine;
  private final Endpoint local;
  private final Endpoint remote;
  private final IcmpReaction icmp;
  private final LoopTurn turn;
  private final long openedAt;
  /** The reason for which the stack has stopped the connection; {@code null} if it has not. */
  private @Nullable CloseCause stopped;
  private @Nullable CloseReport report;

  /** Creates the reporter of a connection between {@code local} and {@code remote} that is being opened. */
  CloseReporter(TcpEngine engine, Endpoint local, Endpoint remote, IcmpReaction icmp, LoopTurn turn) {
    this.engine = engine;
    this.local = local;
    this.remote = remote;
    this.icmp = icmp;
    this.turn = turn;
    this.openedAt = turn.now();
  }

  /** Called before the stack, not the user, aborts the connection because of {@code why}. */
  void onStop(CloseCause why) {
    stopped = why;
  }

  /**
   * Returns the report if the connection has ended since the last call, else {@code null}; called after every input.
   */
  @Nullable
  CloseReport look() {
    CloseCause cause = engine.closeCause();
    if (report != null || cause == null) {
      return null;
    }
    report = reportAs(cause == CloseCause.ABORTED && stopped != null ? stopped : cause);
    return report;
  }

  /** Returns the report of how the connection ended; {@code null} before its end. */
  @Nullable
  CloseReport report() {
    return report;
  }

  /**
   * Returns how a connection that has ended, or whose stack has stopped, ended from its reader's view.
   *
   * @param finished whether everything up to the peer's FIN was read
   */
  CloseReport inputReport(boolean finished) {
    CloseReport known = report;
    if (known == null) {
      return reportAs(CloseCause.STACK_STOPPED);
    }
    if (finished || known.cause() != CloseCause.FINISHED) {
      return known;
    }
    // The connection was closed in order, but the remaining input was discarded before it was read.
    return reportAs(stopped != null ? stopped : CloseCause.ABORTED);
  }

  /** Returns a report of the connection's present state, as if it ended because of {@code cause}. */
  CloseReport reportAs(CloseCause cause) {
    long now = turn.now();
    CloseCause blamed = cause == CloseCause.HANDSHAKE_TIMEOUT ? icmp.handshakeTimeout() : cause;
    Duration lifetime = Duration.ofNanos(now - openedAt);
    return new CloseReport(local, remote, blamed, icmp.failure(), now, lifetime, engine.history(), engine.info(now));
  }
}
