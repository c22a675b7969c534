package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.model.CloseCause;

/**
 * What others say of a connection's path: errors about its segments (RFC 5927), and what packets pass (RFC 1191, RFC 8201). What
 * {@link TooBigReports} advises against is not followed.
 */
final class PathReports {

  private final Connection connection;
  private final SegmentSize size;
  private final TooBigReports tooBig = new TooBigReports();
  /** SND.UNA after the latest segment. */
  private int acknowledged;

  PathReports(Connection connection) {
    this.connection = connection;
    this.size = connection.parts().size;
  }

  /** RFC 5927 section 4.1: only an error about something in flight counts; section 5.2: it is hard only while opening. */
  void onIcmpError(CloseCause hardError, int quotedSeq, long now) {
    if (isOpening() && connection.isInFlight(quotedSeq)) {
      connection.fail(hardError, now);
    }
  }

  /** No stranger says so, and nobody will mend it by routing around. */
  void onUnsendable(CloseCause cause, long now) {
    if (isOpening()) {
      connection.fail(cause, now);
    }
  }

  private boolean isOpening() {
    return connection.state() instanceof State.SynSent || connection.state() instanceof State.SynReceived;
  }

  /** RFC 5927 sections 4.1 and 7.2. */
  void onPathMtu(int mtu, int quotedSeq, long now) {
    if (connection.state() instanceof State.Transfer s
        && size.isDiscovering()
        && size.isPossible(mtu)
        && s.sender().space().isInFlight(quotedSeq)
        && tooBig.onReport(mtu, quotedSeq, s.sender().space().sndUna())) {
      lower(s.sender(), mtu, now);
    }
  }

  private void lower(Sender sender, int mtu, long now) {
    sender.onPathMtu(mtu, true, now);
    tooBig.onLowered(Math.max(mtu, size.pathMtu()));
  }

  /** Others have found out what passes; what of ours is in flight may get through. */
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

  /** A packet of {@code bytes} was sent with the data from {@code seq} to {@code end}. */
  void onSent(int bytes, int seq, int end) {
    tooBig.onSent(bytes, seq, end);
  }

  /** A segment was received, which may have acknowledged something. */
  void onReceived() {
    if (connection.state() instanceof State.Transfer s && s.sender().space().sndUna() != acknowledged) {
      acknowledged = s.sender().space().sndUna();
      s.sender().onDelivered(tooBig.onAcknowledged(acknowledged));
    }
  }

  /** The retransmission timer expired, and {@code sender} has seen to it. */
  void onRetransmissionTimeout(Sender sender, long now) {
    int mtu = tooBig.onTimeout(sender.space().sndUna());
    if (mtu > 0) {
      lower(sender, mtu, now);
    }
  }
}
