package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.engine.Deadlines.Kind;
import io.reactorstack.tcp.model.TcpSettings;

/**
 * How long a connection lives on that its user has given up, both ways: waiting for the peer's FIN, or for a peer that
 * acknowledges, or at least answers, but takes nothing of what is left. RFC 6429 section 4: a stack may free what nobody
 * waits for any more, or peers with a closed window hold its memory for ever.
 */
final class Linger {

  private final Deadlines deadlines;
  private final long orphanTimeout;
  private long finWait2Timeout;

  Linger(Deadlines deadlines, TcpSettings settings) {
    this.deadlines = deadlines;
    this.orphanTimeout = settings.closing().orphan().toNanos();
    this.finWait2Timeout = settings.closing().finWait2().toNanos();
  }

  /** How long FIN-WAIT-2 lasts from its beginning or, if that is later, from now on. */
  void finWait2Timeout(long nanos) {
    finWait2Timeout = nanos;
  }

  /** An orphan has entered {@code state}, or has become one in it, or its peer has acknowledged something new. */
  void onOrphan(State.Transfer state, long now) {
    switch (state) {
      case State.FinWait2 s -> {
        deadlines.clear(Kind.ORPHAN);
        deadlines.set(Kind.FIN_WAIT_2, now + finWait2Timeout);
      }
      case State.FinWait1 s -> deadlines.set(Kind.ORPHAN, now + orphanTimeout);
      case State.Closing s -> deadlines.set(Kind.ORPHAN, now + orphanTimeout);
      case State.LastAck s -> deadlines.set(Kind.ORPHAN, now + orphanTimeout);
      // Its output is not shut down.
      case State.Established s -> {}
      case State.CloseWait s -> {}
    }
  }
}
