package io.reactorstack.tcp;

import io.reactorstack.ip.host.Destination;
import java.util.concurrent.TimeUnit;

/** The advice of a connection to its host about the next hop: that it is alive, or that it may be dead (RFC 9293 MUST-20, RFC 4861). */
final class NextHopAdvice {

  /** Least time between two reports of forward progress; a neighbour stays reachable for much longer (RFC 4861 section 10). */
  private static final long PROGRESS_REPORT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Destination destination;
  private long acknowledgedBefore;
  private long progressReportedAt;

  NextHopAdvice(Destination destination, long now) {
    this.destination = destination;
    progressReportedAt = now - PROGRESS_REPORT_NANOS;
  }

  /** The peer has answered our SYN, or acknowledged it. */
  void onConnected() {
    destination.confirmNextHop();
  }

  /**
   * RFC 4861 7.3.1, RFC 1122 2.3.2.1: a peer that acknowledges new data proves that its next hop is alive.
   *
   * @param acknowledged bytes acknowledged since the beginning
   * @return whether that was reported now
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

  /** MUST-20.1: R1 was reached, so the next hop may be dead. */
  void onExcessiveRetransmission() {
    destination.doubtNextHop();
  }
}
