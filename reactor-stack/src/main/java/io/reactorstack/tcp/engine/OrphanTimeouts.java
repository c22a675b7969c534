package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.engine.Deadlines.Kind;
import io.reactorstack.tcp.model.TcpSettings;

/**
 * Limits the life of a connection that its user has closed in both directions: it waits for the peer's FIN, or for a
 * peer that acknowledges or answers probes but does not accept the remaining data. RFC 6429 section 4: a stack may free
 * such connections; otherwise peers with a closed window would hold its memory forever.
 */
final class OrphanTimeouts {

  private final Deadlines deadlines;
  private final long orphanTimeout;
  private long finWait2Timeout;

  OrphanTimeouts(Deadlines deadlines, TcpSettings settings) {
    this.deadlines = deadlines;
    this.orphanTimeout = settings.closing().orphan().toNanos();
    this.finWait2Timeout = settings.closing().finWait2().toNanos();
  }

  /**
   * Sets how long FIN-WAIT-2 lasts, in nanoseconds, counted from its beginning or, if that is later, from this call.
   */
  void finWait2Timeout(long nanos) {
    finWait2Timeout = nanos;
  }

  /**
   * Starts the timeout of {@code state}: an orphan has entered it, a connection has become an orphan in it, or the peer
   * of an orphan has acknowledged something new.
   */
  void onOrphan(State.Transfer state, long now) {
    switch (state) {
      case State.FinWait2 s -> {
        deadlines.clear(Kind.ORPHAN);
        deadlines.set(Kind.FIN_WAIT_2, now + finWait2Timeout);
      }
      case State.FinWait1 s -> deadlines.set(Kind.ORPHAN, now + orphanTimeout);
      case State.Closing s -> deadlines.set(Kind.ORPHAN, now + orphanTimeout);
      case State.LastAck s -> deadlines.set(Kind.ORPHAN, now + orphanTimeout);
      // In these states the output is not shut down.
      case State.Established s -> {}
      case State.CloseWait s -> {}
    }
  }
}
