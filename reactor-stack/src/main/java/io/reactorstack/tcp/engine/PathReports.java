package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.model.CloseCause;
import org.jspecify.annotations.Nullable;

/**
 * Processes reports from outside about a connection's path: errors about its segments (RFC 5927), and the sizes that
 * pass (RFC 1191, RFC 8201). {@link TooBigReports} filters out reports that are not credible.
 */
final class PathReports {

  private final Connection connection;
  private final SegmentSize size;
  /** Created when the first data is sent. */
  private @Nullable TooBigReports tooBig;
  /** SND.UNA after the latest segment received. */
  private int acknowledged;

  PathReports(Connection connection) {
    this.connection = connection;
    this.size = connection.parts().size;
  }

  /**
   * Processes an ICMP error. RFC 5927 section 4.1: only an error about data in flight counts. Section 5.2: it is a hard
   * error only while the connection is opening.
   */
  void onIcmpError(CloseCause hardError, int quotedSeq, long now) {
    if (isOpening() && connection.isInFlight(quotedSeq)) {
      connection.fail(hardError, now);
    }
  }

  /**
   * Fails a connection that is opening because this host cannot send its segments. The report comes from this host, so
   * it cannot be forged, and no router can route around the fault.
   */
  void onUnsendable(CloseCause cause, long now) {
    if (isOpening()) {
      connection.fail(cause, now);
    }
  }

  private boolean isOpening() {
    return connection.state() instanceof State.SynSent || connection.state() instanceof State.SynReceived;
  }

  /** Processes a packet-too-big report with the checks of RFC 5927 sections 4.1 and 7.2. */
  void onPathMtu(int mtu, int quotedSeq, long now) {
    if (connection.state() instanceof State.Transfer s
        && size.isDiscovering()
        && size.isPossible(mtu)
        && s.sender().space().isInFlight(quotedSeq)
        && tooBig != null
        && tooBig.onReport(mtu, quotedSeq, s.sender().space().sndUna())) {
      lower(s.sender(), mtu, now);
    }
  }

  private void lower(SendingHalf sender, int mtu, long now) {
    sender.onPathMtu(mtu, true, now);
    if (tooBig != null) {
      tooBig.onLowered(Math.max(mtu, size.pathMtu()));
    }
  }

  /**
   * Adopts the path MTU that another part of the host has found. Segments in flight are not marked as lost; they may
   * still get through.
   */
  void pathMtu(int mtu, long now) {
    if (mtu == size.pathMtu() || !size.isDiscovering()) {
      return;
    }
    if (connection.state() instanceof State.Transfer s) {
      s.sender().onPathMtu(mtu, false, now);
    } else {
      size.use(mtu);
    }
  }

  /** Notes that a packet of {@code bytes} was sent with the data from {@code seq} to {@code end}. */
  void onSent(int bytes, int seq, int end) {
    TooBigReports known = tooBig;
    if (known == null) {
      known = new TooBigReports();
      tooBig = known;
    }
    known.onSent(bytes, seq, end);
  }

  /** Checks whether the segment just received has acknowledged something. */
  void onReceived() {
    if (connection.state() instanceof State.Transfer s && s.sender().space().sndUna() != acknowledged) {
      acknowledged = s.sender().space().sndUna();
      if (tooBig != null) {
        s.sender().onDelivered(tooBig.onAcknowledged(acknowledged));
      }
    }
  }

  /** Handles a retransmission timeout that {@code sender} has already processed. */
  void onRetransmissionTimeout(SendingHalf sender, long now) {
    int mtu = tooBig == null ? 0 : tooBig.onTimeout(sender.space().sndUna());
    if (mtu > 0) {
      lower(sender, mtu, now);
    }
  }
}
