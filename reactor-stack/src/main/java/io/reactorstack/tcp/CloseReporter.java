package io.reactorstack.tcp;

import io.reactorstack.tcp.engine.TcpEngine;
import io.reactorstack.tcp.model.CloseCause;
import org.jspecify.annotations.Nullable;

/**
 * Builds the one {@link CloseReport} of a connection; the cause combines the engine's, the ICMP errors and the reason
 * for which the stack has stopped the connection. Created when the connection ends, or is about to.
 */
final class CloseReporter {

  private final TcpSocket socket;
  private final TcpEngine engine;
  /** The reason for which the stack has stopped the connection; {@code null} if it has not. */
  private @Nullable CloseCause stopped;
  private @Nullable CloseReport report;
  /** Created by the first ICMP error. */
  private @Nullable IcmpReaction icmp;

  /** Creates the reporter of {@code socket}. */
  CloseReporter(TcpSocket socket, TcpEngine engine) {
    this.socket = socket;
    this.engine = engine;
  }

  /** The reaction to ICMP errors about the connection's segments. */
  IcmpReaction icmp() {
    IcmpReaction known = icmp;
    if (known == null) {
      known = new IcmpReaction(engine);
      icmp = known;
    }
    return known;
  }

  /** Called before the stack, not the user, aborts the connection because of {@code why}. */
  void onStop(CloseCause why) {
    stopped = why;
  }

  /**
   * Returns the report if the connection has ended since the last call, else {@code null}; called after every change of
   * the state.
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
    long now = socket.now();
    IcmpReaction errors = icmp;
    CloseCause blamed = cause == CloseCause.HANDSHAKE_TIMEOUT && errors != null ? errors.handshakeTimeout() : cause;
    return new CloseReport(engine.flow(), blamed, errors == null ? null : errors.failure(), now,
        now - engine.openedAt(), engine.record(), engine.numbers(now));
  }
}
