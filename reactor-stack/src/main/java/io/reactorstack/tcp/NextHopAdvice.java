package io.reactorstack.tcp;

import io.reactorstack.ip.host.Destination;
import java.util.concurrent.TimeUnit;

/**
 * Reports from a connection to its host that the next hop is alive, or that it may be dead (RFC 9293 MUST-20, RFC
 * 4861).
 */
final class NextHopAdvice {

  /**
   * The shortest time between two reports of forward progress; a neighbour remains reachable for much longer (RFC 4861
   * section 10).
   */
  private static final long PROGRESS_REPORT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Destination destination;
  private long acknowledgedBefore;
  private long progressReportedAt;

  NextHopAdvice(Destination destination, long now) {
    this.destination = destination;
    progressReportedAt = now - PROGRESS_REPORT_NANOS;
  }

  /** Reports that the next hop is alive, because the handshake is complete. */
  void onConnected() {
    destination.confirmNextHop();
  }

  /**
   * Reports that the next hop is alive, because the peer has acknowledged new data (RFC 4861 section 7.3.1, RFC 1122
   * section 2.3.2.1).
   *
   * @param acknowledged bytes acknowledged since the connection began
   * @return whether a report was due and made
   */
  boolean onSegment(long acknowledged, long now) {
    boolean due = acknowledged != acknowledgedBefore && now - progressReportedAt >= PROGRESS_REPORT_NANOS;
    acknowledgedBefore = acknowledged;
    if (due) {
      progressReportedAt = now;
      destination.confirmNextHop();
    }
    return due;
  }

  /** Reports that the next hop may be dead, because R1 was reached (RFC 9293 MUST-20). */
  void onExcessiveRetransmission() {
    destination.doubtNextHop();
  }
}
