package io.reactorstack.tcp.engine;

import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.congestion.CongestionState;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.recovery.AckReport;
import io.reactorstack.tcp.recovery.LossRecovery;
import io.reactorstack.tcp.recovery.RetransmissionQueue;
import io.reactorstack.tcp.recovery.RttEstimator;
import io.reactorstack.tcp.recovery.SentSegment;
import org.jspecify.annotations.Nullable;

/**
 * Carries out a {@link PathMtuSearch} on a connection (RFC 4821 sections 7.4 to 7.8 and 10.1): decides when new data
 * may be sent in a probe, and interprets acknowledgements and losses.
 *
 * <p>Each input may change the size of segments.
 */
final class MtuProbing {

  /** The value of {@link #due} for "send nothing until the congestion window has room for a probe". */
  static final int WAIT = -1;

  /** This many timeouts in a row are a full stop (RFC 4821 section 7.7): R1 of RFC 9293 section 3.8.3. */
  static final int FULL_STOP = 3;

  /**
   * The largest probe, in full-sized segments. The loss of a larger one would cause as many more duplicate
   * acknowledgements (RFC 4821 section 10.1).
   */
  private static final int MAX_SEGMENTS = 2;

  /**
   * The verification of a raised MTU fails after at least this many losses, if they are more than one segment in
   * {@link #SUSPICIOUS_SHARE}.
   */
  private static final int SUSPICIOUS_LOSSES = 3;

  private static final int SUSPICIOUS_SHARE = 8;

  /** Upper limit on the segments examined for one that can be sent again as a trial. */
  private static final int MAX_EXAMINED = 64;

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
  /** The packet size of the probe in flight, in bytes; 0 if there is none. */
  private int probe;
  private int probeSeq;
  /** The packet size of the last probe that timed out together with all that followed it, in bytes. */
  private int timedOut;
  private int probeEnd;
  private int verifyEnd;
  private int verifySegments;
  private int verifyLosses;
  private int lostBefore;
  private final boolean sack;
  private final FullSizeTrial trial;
  /**
   * The largest packet that was acknowledged before the full stop, in bytes. It proves nothing about the path after it.
   */
  private int deliveredBefore;
  private int delivered;

  MtuProbing(
      ConnectionParts parts,
      NegotiatedOptions agreement,
      RetransmissionQueue queue,
      LossRecovery recovery,
      CongestionControl congestion) {
    TcpSettings settings = parts.settings;
    this.size = parts.size;
    this.mode = size.isDiscovering() ? settings.probing().mtuProbing() : TcpSettings.MtuProbing.OFF;
    this.queue = queue;
    this.recovery = recovery;
    this.congestion = congestion;
    this.rtt = parts.rtt;
    this.timestamps = parts.timestamps;
    this.peerMss = agreement.peerMss();
    // RFC 4821 7.4: enough segments after the probe to detect its loss without a timeout.
    this.following = settings.recovery().duplicateThreshold() + 1;
    this.sack = agreement.sack();
    this.trial = new FullSizeTrial(sack, timestamps.isActive());
    this.search = new PathMtuSearch(
        size, parts.setup.quirks().mtuSearchBase(), Math.min(size.linkMtu(), size.packet(peerMss, 0)));
  }

  /** Starts probing, if it is always on, when the connection is established. */
  void begin() {
    if (mode == TcpSettings.MtuProbing.ALWAYS) {
      search.begin();
    }
  }

  // ---- output

  /**
   * Returns the number of octets of new data to send as a probe; 0 for none; {@link #WAIT} to send nothing until the
   * congestion window has room for the probe. Acknowledgements are outstanding then, so the wait does not last longer
   * than a round trip.
   *
   * @param unsent octets that wait in the send buffer
   * @param usable octets that the peer's window accepts
   * @param mss octets in a full-sized segment
   * @param options bytes of options in this segment beyond those of every segment
   */
  int due(int unsent, int usable, int mss, int options, long now) {
    if (trial.isOpen()) {
      return trial.isWanted() ? trialOfNewData(unsent, usable, mss, options) : 0;
    }
    int target = probe != 0 ? 0 : search.due(now);
    if (target == 0 || !isCalm()) {
      return 0;
    }
    int data = Math.min(octets(target) - options, MAX_SEGMENTS * mss);
    int needed = data + following * mss;
    if (data <= mss || unsent < needed || usable < needed || congestion.cwnd() < needed) {
      return 0;
    }
    int room = congestion.cwnd() - queue.pipe();
    return room >= data ? data : WAIT;
  }

  /** Returns the octets of data that fit into a packet of {@code bytes}. */
  private int octets(int bytes) {
    return size.effective(peerMss, timestamps.optionBytes(), bytes);
  }

  /**
   * Returns the length of a trial with new data: as large as possible, but at least one octet is left for its
   * companion.
   */
  private int trialOfNewData(int unsent, int usable, int mss, int options) {
    int data = Math.min(trialOctets(options), Math.min(unsent, usable) - 1);
    if (data <= mss) {
      return 0;
    }
    int room = congestion.cwnd() - queue.pipe();
    return queue.isEmpty() || room >= data ? data : WAIT;
  }

  private int packet(int data, int options) {
    return size.packet(data, timestamps.optionBytes() + options);
  }

  /**
   * Returns the segment to send again as a whole as a trial, or {@code null}.
   *
   * @param windowEnd the right edge of the peer's window
   */
  @Nullable
  SentSegment dueAgain(int unsent, int windowEnd, int options) {
    if (!trial.isWanted()) {
      return null;
    }
    int most = trialOctets(options);
    SentSegment segment = sack ? lastLarge(most, options) : wholeFirst(most, options, unsent);
    if (segment == null || queue.lostSegments() < 2 && unsent == 0) {
      return null;
    }
    int data = Math.min(segment.dataLength(), most);
    boolean beyond = SequenceNumber.after(segment.seq() + data, windowEnd);
    return beyond || queue.pipe() > 0 && congestion.cwnd() - queue.pipe() < data ? null : segment;
  }

  /**
   * With SACK: returns the last lost segment that is large enough. If it stays missing, it does not delay the
   * acknowledgement of any other.
   */
  private @Nullable SentSegment lastLarge(int most, int options) {
    for (int i = queue.size() - 1; i >= Math.max(0, queue.size() - MAX_EXAMINED); i--) {
      SentSegment segment = queue.get(i);
      if (segment.isLost() && trial.isAsLarge(packet(Math.min(segment.dataLength(), most), options))) {
        return segment;
      }
    }
    return null;
  }

  /**
   * Without SACK: returns the first segment, whose pieces are joined again. The peer's acknowledgements show only the
   * arrival of the first segment without delay.
   */
  private @Nullable SentSegment wholeFirst(int most, int options, int unsent) {
    int data = queue.lostAtFront(most);
    boolean more = queue.lostBytes() > data || unsent > 0;
    if (data == 0 || !more || !trial.isAsLarge(packet(data, options))) {
      return null;
    }
    queue.coalesce(data);
    return queue.first();
  }

  /** Returns the maximum octets of data in a trial. */
  int trialOctets(int options) {
    return octets(search.pathMtuBefore()) - options;
  }

  /**
   * Returns the length of the trial in flight, which does not count against the congestion window. After a timeout and
   * one acknowledged segment slow start allows two segments. The window is less than two full-sized ones only because
   * the acknowledged segment was small; with the trial no more is in flight than slow start would allow if it had been
   * full-sized.
   */
  int beyondWindow() {
    return trial.inFlight();
  }

  /** Returns whether a smaller segment must follow the last one sent, regardless of the congestion window. */
  boolean isCompanionDue() {
    return trial.isCompanionDue();
  }

  /** Returns whether a probe may be sent. RFC 4821 7.4: its loss must be detected quickly, and be the only one. */
  private boolean isCalm() {
    return rtt.srtt() > 0
        && recovery.state() == CongestionState.OPEN
        && queue.lostSegments() == 0
        && queue.sackedSegments() == 0;
  }

  /**
   * Notes that the probe or trial that was due was sent: the octets from {@code seq} to {@code end}, with
   * {@code options} bytes of options beyond those of every segment.
   */
  void onProbeSent(int seq, int end, int options, long now) {
    if (trial.isWanted()) {
      trial.onTrial(seq, end, packet(end - seq, options), now);
    } else {
      probe = packet(end - seq, options);
      probeSeq = seq;
      probeEnd = end;
    }
  }

  /** Notes that a segment with the octets from {@code seq} to {@code end} was sent. */
  void onSent(int seq, int end) {
    trial.onSent(seq, end);
  }

  // ---- inputs

  /**
   * Interprets an acknowledgement that the sender has processed.
   *
   * @param before the congestion state before it
   * @param minRtt the least round-trip time, in nanoseconds; 0 if none was measured
   */
  void onAck(AckReport report, CongestionState before, int sndNxt, long minRtt, long now) {
    if (trial.isOpen()) {
      judgeTrial(report, before, minRtt, now);
    }
    onNews(before, report.sndUna(), sndNxt, now);
  }

  private void judgeTrial(AckReport report, CongestionState before, long minRtt, long now) {
    // Before the first acknowledgement of data only the handshake has measured a round trip.
    long roundTrip = minRtt > 0 ? minRtt : rtt.srtt();
    switch (trial.onAck(report, queue, roundTrip, now)) {
      case OPEN -> {}
      case PASSES -> {
        undoBlackHole(now);
        trial.end();
      }
      case PASSES_IN_PART -> {
        search.onTrialInPart(trial.bytes());
        trial.again();
      }
      case VANISHES -> {
        onTrialLost(before, now);
        trial.end();
      }
    }
  }

  private void undoBlackHole(long now) {
    search.undoBlackHole(now);
    deliveredBefore = 0;
  }

  private void onTrialLost(CongestionState before, long now) {
    search.onVanished(trial.bytes(), now);
    SentSegment lost = trial.inFlight(queue);
    if (lost == null) {
      return;
    }
    queue.markLost(lost);
    if (queue.lostSegments() == 1 && before.compareTo(CongestionState.CWR) < 0) {
      // RFC 4821 7.6.2: the loss of a probe is no sign of congestion.
      recovery.onProbeLost(now);
    }
    if (lost == queue.first()) {
      // Its retransmission must not wait: nothing is acknowledged before it arrives.
      recovery.forceRetransmission();
    }
  }

  /**
   * Interprets the result of an acknowledgement or of a loss detection timer.
   *
   * @param before the congestion state before it
   */
  void onNews(CongestionState before, int sndUna, int sndNxt, long now) {
    if (probe != 0) {
      judge(before, sndUna, sndNxt, now);
    }
    if (search.isVerifying()) {
      verify(sndUna, now);
    }
  }

  /**
   * Notes that packets of {@code bytes} have been acknowledged. A probe whose loss was inconclusive may be among them.
   */
  void onDelivered(int bytes, int sndNxt) {
    delivered = bytes;
    if (trial.isOpen() || bytes <= deliveredBefore || search.isVerifying()) {
      return;
    }
    if (search.isActive() && bytes > size.pathMtu() && bytes <= search.high()) {
      onSuccess(bytes, sndNxt);
    } else {
      search.onDelivered(bytes);
    }
  }

  private void onSuccess(int bytes, int sndNxt) {
    search.onSuccess(bytes);
    verifyEnd = sndNxt + congestion.cwnd();
    verifySegments = congestion.cwnd() / congestion.segmentSize();
    verifyLosses = 0;
    lostBefore = queue.lostSegments();
  }

  private void judge(CongestionState before, int sndUna, int sndNxt, long now) {
    int bytes = probe;
    if (SequenceNumber.afterOrAt(sndUna, probeEnd)) {
      probe = 0;
      onSuccess(bytes, sndNxt);
      return;
    }
    SentSegment lost = queue.firstLost();
    if (lost == null) {
      return;
    }
    probe = 0;
    boolean alone = queue.lostSegments() == 1 && lost.seq() == probeSeq && lost.end() == probeEnd;
    if (alone && before.compareTo(CongestionState.CWR) < 0) {
      // RFC 4821 7.6.2: the loss of a probe is no sign of congestion.
      recovery.onProbeLost(now);
      search.onFailure(bytes, headway(), now);
    } else {
      // RFC 4821 7.6.4: other losses make the probe inconclusive.
      search.onInconclusive(headway(), now);
    }
  }

  /**
   * Returns the pause after a failed probe, in nanoseconds. RFC 4821 4 and 7.6.2: one round trip for each packet in the
   * window, so that probes are lost no more often than congestion would cause losses anyway.
   */
  private long headway() {
    return rtt.srtt() * Math.max(1, congestion.cwnd() / congestion.segmentSize());
  }

  private void verify(int sndUna, long now) {
    int lost = queue.lostSegments();
    verifyLosses += Math.max(0, lost - lostBefore);
    lostBefore = lost;
    if (verifyLosses >= SUSPICIOUS_LOSSES && verifyLosses * SUSPICIOUS_SHARE > verifySegments) {
      search.onVerificationFailed(headway(), now);
    } else if (SequenceNumber.afterOrAt(sndUna, verifyEnd)) {
      search.onVerified(now);
    }
  }

  /** Handles the {@code inARow}th retransmission timeout without progress. */
  void onTimeout(int inARow, long now) {
    if (mode == TcpSettings.MtuProbing.OFF) {
      return;
    }
    trial.onTimeout();
    onProbeTimeout(now);
    SentSegment first = queue.first();
    if (first == null) {
      return;
    }
    int stuck = packet(first.dataLength(), 0);
    if (search.isVerifying() && stuck > search.verified()) {
      deliveredBefore = delivered;
      trial.onStop(first, stuck);
      search.onVerificationDoubted();
      return;
    }
    if (inARow < FULL_STOP) {
      return;
    }
    boolean firstStop = !trial.isOpen();
    if (stuck <= search.retreat(firstStop, stuck)) {
      // It is small already, so its size is not the reason.
      return;
    }
    search.onBlackHole(firstStop, stuck, headway(), now);
    deliveredBefore = delivered;
    trial.onStop(first, stuck);
  }

  private void onProbeTimeout(long now) {
    if (probe == 0) {
      return;
    }
    if (queue.sackedSegments() > 0 || probe == timedOut) {
      search.onTimeout(probe, headway(), now);
    } else {
      // There is no evidence that only the probe was lost. This is excused once per size.
      timedOut = probe;
      search.onTimeoutOfAll(headway(), now);
    }
    probe = 0;
  }

  /** Undoes the effect of timeouts that were caused by the outage of our link. */
  void onLinkUp(long now) {
    if (trial.isOpen()) {
      trial.end();
      undoBlackHole(now);
    }
  }

  /**
   * Processes a report from outside the connection that packets of up to {@code mtu} bytes pass.
   *
   * @param dropped whether a router has dropped larger packets of this connection (RFC 1191 section 6.4); if not,
   *   {@code mtu} may also be larger than the known value
   */
  void onReport(int mtu, boolean dropped, long now) {
    if (dropped) {
      // The reason for the timeouts is known.
      trial.end();
      size.lower(mtu);
    } else if (mtu <= size.pathMtu() || !search.isActive()) {
      // A running search finds a larger MTU itself.
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
