package io.reactorstack.tcp.engine;

import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.recovery.CongestionState;
import io.reactorstack.tcp.recovery.LossRecovery;
import io.reactorstack.tcp.recovery.RetransmissionQueue;
import io.reactorstack.tcp.recovery.RttEstimator;
import io.reactorstack.tcp.recovery.SentSegment;

/**
 * Carries out a {@link PathMtuSearch} on a connection (RFC 4821 sections 7.4 to 7.8 and 10.1): decides when new data may be sent
 * in a probe, and what acknowledgements and losses say about it.
 *
 * <p>The answers of the inputs say whether segments have another size from now on.
 */
final class MtuProbing {

  /** {@link #due}: nothing is to be sent until there is room for a probe. */
  static final int WAIT = -1;

  /** R1 of RFC 9293 section 3.8.3: so many timeouts in a row are a full stop (RFC 4821 section 7.7). */
  static final int FULL_STOP = 3;

  /** A probe of more segments' worth would draw as many duplicate acknowledgements (RFC 4821 section 10.1). */
  private static final int MOST_SEGMENTS = 2;

  /** Losses while an MTU is verified: so many, and more than one in eight. */
  private static final int SUSPICIOUS_LOSSES = 3;

  private static final int SUSPICIOUS_SHARE = 8;

  private final TcpSettings.MtuProbing mode;
  private final SegmentSize size;
  private final RetransmissionQueue queue;
  private final LossRecovery recovery;
  private final CongestionControl congestion;
  private final RttEstimator rtt;
  private final Timestamps timestamps;
  private final int peerMss;
  private final int following;
  private final PathMtuSearch search;
  /** The probe in flight, in bytes of its packet; 0 if there is none. */
  private int probe;
  private int probeSeq;
  private int probeEnd;
  private int verifyEnd;
  private int verifySegments;
  private int verifyLosses;
  private int lostBefore;
  private boolean blackHole;

  MtuProbing(
      Handshake handshake, RetransmissionQueue queue, LossRecovery recovery, CongestionControl congestion) {
    TcpSettings settings = handshake.settings();
    this.size = handshake.size();
    this.mode = size.isDiscovering() ? settings.mtuProbing() : TcpSettings.MtuProbing.OFF;
    this.queue = queue;
    this.recovery = recovery;
    this.congestion = congestion;
    this.rtt = handshake.rtt();
    this.timestamps = handshake.timestamps();
    this.peerMss = handshake.peerMss();
    // RFC 4821 7.4: enough to make the loss of the probe known without a timeout.
    this.following = settings.lossRecovery().duplicateThreshold() + 1;
    this.search = new PathMtuSearch(
        size, settings.mtuSearchBase(), Math.min(size.linkMtu(), size.packet(peerMss, 0)));
  }

  /** The connection is established. */
  boolean begin() {
    if (mode != TcpSettings.MtuProbing.ALWAYS) {
      return false;
    }
    search.begin();
    return true;
  }

  // ---- output

  /**
   * Octets of new data to be sent in a probe now; 0 for none, {@link #WAIT} to hold back what would take its room: since
   * acknowledgements are under way, not for longer than a round trip.
   *
   * @param unsent octets that wait
   * @param usable octets that the peer's window takes
   * @param mss octets in a full-sized segment
   */
  int due(int unsent, int usable, int mss, long now) {
    int target = probe != 0 ? 0 : search.due(now);
    if (target == 0 || !isCalm()) {
      return 0;
    }
    int data = Math.min(size.effective(peerMss, timestamps.optionBytes(), target), MOST_SEGMENTS * mss);
    int needed = data + following * mss;
    if (data <= mss || unsent < needed || usable < needed || congestion.window() < needed) {
      return 0;
    }
    int room = congestion.window() - queue.pipe();
    return room >= data ? data : WAIT;
  }

  /** RFC 4821 7.4: a loss must be seen at once, and be the probe's alone. */
  private boolean isCalm() {
    return rtt.srtt() > 0
        && recovery.state() == CongestionState.OPEN
        && queue.lostSegments() == 0
        && queue.sackedSegments() == 0;
  }

  /** A probe with the octets from {@code seq} to {@code end} was sent. */
  void onSent(int seq, int end) {
    probe = size.packet(end - seq, timestamps.optionBytes());
    probeSeq = seq;
    probeEnd = end;
  }

  // ---- inputs

  /**
   * An acknowledgement or a timer of loss detection was processed.
   *
   * @param before how the network was seen before it
   */
  boolean onNews(CongestionState before, int sndUna, int sndNxt, long now) {
    if (!search.isActive()) {
      return false;
    }
    boolean changed = probe != 0 && judge(before, sndUna, sndNxt, now);
    return search.isVerifying() && verify(sndUna, now) || changed;
  }

  /** Packets of {@code bytes} have been acknowledged. */
  void onDelivered(int bytes) {
    blackHole = false;
    search.onDelivered(bytes);
  }

  private boolean judge(CongestionState before, int sndUna, int sndNxt, long now) {
    int bytes = probe;
    if (SequenceNumber.afterOrAt(sndUna, probeEnd)) {
      probe = 0;
      search.onSuccess(bytes, now);
      verifyEnd = sndNxt + congestion.window();
      verifySegments = congestion.window() / congestion.segmentSize();
      verifyLosses = 0;
      lostBefore = queue.lostSegments();
      return true;
    }
    SentSegment lost = queue.firstLost();
    if (lost == null) {
      return false;
    }
    probe = 0;
    boolean alone = queue.lostSegments() == 1 && lost.seq() == probeSeq && lost.end() == probeEnd;
    if (alone && before.compareTo(CongestionState.CWR) < 0) {
      // RFC 4821 7.6.2: no sign of congestion.
      recovery.onProbeLost(now);
      search.onFailure(bytes, headway(), now);
    } else {
      // RFC 4821 7.6.4
      search.onInconclusive(headway(), now);
    }
    return false;
  }

  /** RFC 4821 4 and 7.6.2: a round trip for each packet in the window, as often as congestion would strike anyway. */
  private long headway() {
    return rtt.srtt() * Math.max(1, congestion.window() / congestion.segmentSize());
  }

  private boolean verify(int sndUna, long now) {
    int lost = queue.lostSegments();
    verifyLosses += Math.max(0, lost - lostBefore);
    lostBefore = lost;
    if (verifyLosses >= SUSPICIOUS_LOSSES && verifyLosses * SUSPICIOUS_SHARE > verifySegments) {
      search.onVerificationFailed(headway(), now);
      return true;
    }
    if (SequenceNumber.afterOrAt(sndUna, verifyEnd)) {
      search.onVerified(now);
    }
    return false;
  }

  /** The retransmission timer expired, {@code inARow} times by now without progress. */
  boolean onTimeout(int inARow, long now) {
    if (mode == TcpSettings.MtuProbing.OFF) {
      return false;
    }
    if (probe != 0) {
      search.onTimeout(probe, headway(), now);
      probe = 0;
    }
    if (search.isVerifying()) {
      search.onVerificationFailed(headway(), now);
      return true;
    }
    SentSegment first = queue.first();
    if (inARow < FULL_STOP || first == null) {
      return false;
    }
    if (size.packet(first.dataLength(), timestamps.optionBytes()) <= search.retreat(!blackHole)) {
      // It is not its size that keeps it from getting through.
      return false;
    }
    search.onBlackHole(!blackHole, headway(), now);
    blackHole = true;
    return true;
  }

  /** What has timed out did so for want of a link. */
  boolean onLinkUp() {
    boolean changed = blackHole;
    if (blackHole) {
      blackHole = false;
      search.undoBlackHole();
    }
    return changed;
  }

  /**
   * Others say that packets of up to {@code mtu} bytes pass.
   *
   * @param dropped whether they have dropped larger ones of ours (RFC 1191 section 6.4); else it may also be more than was known
   */
  void onReport(int mtu, boolean dropped, long now) {
    if (dropped) {
      size.lower(mtu);
    } else if (mtu <= size.pathMtu() || !search.isActive()) {
      // More than is known a search finds out for itself.
      size.use(mtu);
    } else {
      return;
    }
    if (probe > mtu) {
      probe = 0;
    }
    search.onReport(mtu, now);
  }
}
