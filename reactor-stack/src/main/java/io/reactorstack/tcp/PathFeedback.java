package io.reactorstack.tcp;

import io.reactorstack.ip.host.Destination;
import io.reactorstack.tcp.engine.TcpEngine;
import java.util.concurrent.TimeUnit;

/**
 * Exchanges what a connection and its host know about the path: the path MTU with the host's destination cache (RFC
 * 1191 section 6.2, RFC 8201 section 5.2), and whether the next hop is alive or may be dead (RFC 9293 MUST-20, RFC
 * 4861).
 */
final class PathFeedback {

  /** R1 of RFC 9293 section 3.8.3: three retransmissions, SHLD-10. */
  static final int R1 = 3;

  /**
   * The shortest time between two reports of forward progress; a neighbour remains reachable for much longer (RFC 4861
   * section 10).
   */
  private static final long PROGRESS_REPORT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Destination destination;
  private final TcpEngine engine;
  private long acknowledgedBefore;
  private long progressReportedAt;
  private int toldMtu;
  /** The number of changes of the route to the peer that the connection has followed. */
  private int moves;
  private boolean doubted;

  PathFeedback(Destination destination, TcpEngine engine, long now) {
    this.destination = destination;
    this.engine = engine;
    moves = destination.moves();
    progressReportedAt = now - PROGRESS_REPORT_NANOS;
    // RFC 1191 6.2: a new connection starts with the path MTU that other connections have found.
    refreshMtu(now);
  }

  /** Reports a path MTU that the connection has found to be lower to the host; called after every input. */
  void tellMtu() {
    int mtu = engine.pathMtu();
    if (mtu < toldMtu) {
      destination.lowerMtu(mtu);
    }
    toldMtu = mtu;
  }

  /** Adopts the host's path MTU, which is the link MTU again if the host's entry has expired. */
  void refreshMtu(long now) {
    engine.pathMtu(destination.mtu(), now);
    toldMtu = engine.pathMtu();
  }

  /** Adopts the path MTU if the route to the peer has changed since the last call; returns whether it has. */
  boolean followRoute(long now) {
    int last = moves;
    moves = destination.moves();
    boolean moved = moves != last;
    if (moved) {
      refreshMtu(now);
    }
    return moved;
  }

  /** Reports that the next hop is alive, because the handshake is complete. */
  void onConnected() {
    destination.confirmNextHop();
  }

  /**
   * Called after a segment has arrived: if the peer has acknowledged new data, reports from time to time that the next
   * hop is alive (RFC 4861 section 7.3.1, RFC 1122 section 2.3.2.1), and adopts the host's path MTU again.
   */
  void onSegment(long now) {
    long acknowledged = engine.acknowledgedBytes();
    if (acknowledged == acknowledgedBefore) {
      return;
    }
    acknowledgedBefore = acknowledged;
    if (now - progressReportedAt >= PROGRESS_REPORT_NANOS) {
      progressReportedAt = now;
      destination.confirmNextHop();
      refreshMtu(now);
    }
  }

  /**
   * Reports that the next hop may be dead if {@code timeouts} in a row have just reached R1 (RFC 9293 MUST-20); returns
   * whether they have.
   */
  boolean onTimeouts(int timeouts) {
    boolean reached = timeouts >= R1 && !doubted;
    doubted = timeouts >= R1;
    if (reached) {
      destination.doubtNextHop();
    }
    return reached;
  }
}
