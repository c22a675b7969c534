package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.congestion.Pacer;
import io.reactorstack.tcp.engine.Deadlines.Kind;
import io.reactorstack.tcp.recovery.AckReport;
import io.reactorstack.tcp.recovery.CongestionState;
import io.reactorstack.tcp.recovery.LossRecovery;
import io.reactorstack.tcp.recovery.RecoveryKit;
import io.reactorstack.tcp.recovery.RetransmissionQueue;
import io.reactorstack.tcp.recovery.RttEstimator;
import io.reactorstack.tcp.recovery.SentSegment;
import io.reactorstack.tcp.recovery.TailLossProbe;
import io.reactorstack.tcp.segment.TcpOptions;
import io.reactorstack.tcp.segment.TcpSegment;
import org.jspecify.annotations.Nullable;

/**
 * The sending half of a synchronized connection: SND.UNA, SND.NXT, the peer's window, what is in flight and what goes out
 * next.
 */
final class Sender {

  private static final long NOT_OWED = Long.MIN_VALUE;

  private static final int MAX_URGENT_POINTER = 0xffff;

  /** RFC 9293 3.8.6.2.1: 0.1 to 1 s. */
  private static final long LEAST_OVERRIDE_DELAY = 200_000_000L;
  private static final long MOST_OVERRIDE_DELAY = 1_000_000_000L;

  private final SendBuffer buffer;
  private final RetransmissionQueue queue;
  private final RttEstimator rtt;
  private final CongestionControl congestion;
  private final RecoveryKit kit;
  private final LossRecovery recovery;
  private final MtuProbing probing;
  private final SegmentSize size;
  private final TailLossProbe tail = new TailLossProbe();
  private final boolean tailProbes;
  private final SenderTimers timers;
  private final EcnReaction ecn;
  private final Timestamps timestamps;
  private final Counters counters;
  private final int peerMss;
  private final SendPolicy policy;
  private long bytesSent;
  private final Persist persist;
  private final boolean windowProbeOctet;
  private final Deadlines deadlines;
  private final UserTimeout userTimeout;
  private final boolean slowStartAfterIdle;
  private final @Nullable Pacer pacer;
  private final int scale;
  private int mss;
  private int sndUna;
  private int sndNxt;
  private int sndWnd;
  private int sndWl1;
  private int sndWl2;
  private int maxSndWnd;
  private boolean finSent;
  private boolean overridden;
  private long lastSentAt;
  /** Since when the peer owes an acknowledgement of something new, or of a probe; {@link #NOT_OWED} if it does not. */
  private long owedSince = NOT_OWED;
  private int consecutiveTimeouts;
  private boolean tailProbeDue;

  /** Begins where {@code handshake} has ended, with {@code ack} the segment that acknowledged our SYN. */
  Sender(Handshake handshake, EcnEcho agreement, TcpSegment ack, int window, long now) {
    this.buffer = handshake.buffer();
    this.rtt = handshake.rtt();
    this.mss = handshake.sendMss();
    this.congestion = handshake.congestion();
    this.kit = handshake.recovery(congestion);
    this.queue = kit.queue();
    this.recovery = kit.recovery();
    // RFC 8985 4: only with a scoreboard.
    this.tailProbes = kit.isSack() && handshake.settings().lossRecovery().tailLossProbe();
    this.timestamps = handshake.timestamps();
    this.counters = handshake.counters();
    this.peerMss = handshake.peerMss();
    this.policy = handshake.policy();
    this.deadlines = handshake.deadlines();
    this.timers = new SenderTimers(deadlines, rtt);
    this.ecn = new EcnReaction(agreement, deadlines);
    this.persist = new Persist(deadlines, handshake.settings().rto().max().toNanos());
    this.windowProbeOctet = handshake.settings().windowProbeOctet();
    this.userTimeout = handshake.userTimeout();
    this.pacer = handshake.settings().pacing() ? new Pacer() : null;
    this.slowStartAfterIdle = handshake.settings().slowStartAfterIdle();
    this.scale = handshake.sendScale();
    this.sndUna = handshake.sndUna();
    this.bytesSent = handshake.fastOpen().acknowledged();
    this.sndNxt = sndUna;
    this.sndWnd = window;
    this.maxSndWnd = window;
    this.sndWl1 = ack.seq();
    this.sndWl2 = ack.ack();
    this.lastSentAt = now;
    this.size = handshake.size();
    this.probing = new MtuProbing(handshake, queue, recovery, congestion);
    if (probing.begin()) {
      adoptPathMtu();
    }
    armTimers(now);
  }

  // ---- questions

  int sndUna() {
    return sndUna;
  }

  int sndNxt() {
    return sndNxt;
  }

  int sndWnd() {
    return sndWnd;
  }

  int mss() {
    return mss;
  }

  /** Data sent, without what was sent again. */
  long bytesSent() {
    return bytesSent;
  }

  int flightSize() {
    return sndNxt - sndUna;
  }

  RttEstimator rtt() {
    return rtt;
  }

  CongestionControl congestion() {
    return congestion;
  }

  /** Bytes a second at which segments are spread; 0 without pacing. */
  long pacingRate() {
    return pacer == null ? 0 : Pacer.rate(congestion, rtt.srtt());
  }

  LossRecovery recovery() {
    return recovery;
  }

  /** The parts of loss recovery, for what they have counted. */
  RecoveryKit kit() {
    return kit;
  }

  Persist persist() {
    return persist;
  }

  int consecutiveTimeouts() {
    return consecutiveTimeouts;
  }

  boolean isPersisting() {
    return persist.isActive();
  }

  /** Whether nothing is in flight and nothing waits to be sent. */
  boolean isIdle() {
    return queue.isEmpty() && unsent() == 0 && !isFinDue();
  }

  boolean isFinAcknowledged() {
    return finSent && sndUna == sndNxt;
  }

  /** Whether all data was acknowledged and our FIN was sent. */
  boolean isOnlyFinUnacknowledged() {
    return finSent && flightSize() == 1;
  }

  /** Whether {@code seq} was sent and is not yet acknowledged. */
  boolean isInFlight(int seq) {
    return SequenceNumber.inRange(seq, sndUna, sndNxt);
  }

  /** Whether {@code ack} lies in SND.UNA - MAX.SND.WND to SND.NXT (RFC 5961 section 5.2). */
  boolean isAckAcceptable(int ack) {
    return SequenceNumber.beforeOrAt(ack, sndNxt) && SequenceNumber.afterOrAt(ack, sndUna - maxSndWnd);
  }

  int unsent() {
    return finSent ? 0 : buffer.length() - flightSize();
  }

  private boolean isFinDue() {
    return buffer.isShut() && !finSent;
  }

  // ---- inputs

  /** The acceptable acknowledgement and the window of {@code segment} (RFC 9293 section 3.10.7.4, fifth check). */
  void onAck(TcpSegment segment, long now) {
    int ack = segment.ack();
    int window = segment.window() << scale;
    boolean duplicate = isDuplicate(segment, window);
    persist.onAnswered(now);
    policy.more(false);
    int flight = flightSize();
    TcpOptions options = segment.options();
    long echoedAt = timestamps.echoedAt(options, now);
    AckReport report = kit.onAck(ack, sndUna, sndNxt, options.sackBlocks(), maxSndWnd, echoedAt, now);
    long roundTrip = sample(segment, report, flight, now);
    if (report.isAdvance()) {
      onAdvance(report, now);
      congestion.onRoundTrip(report.acked(), sndUna, sndNxt, roundTrip, rtt.srtt(), now);
    }
    if (SequenceNumber.afterOrAt(ack, sndUna)) {
      updateWindow(segment, window);
    }
    report.end(queue.sackedBytes(), duplicate, ecn.isEcho(segment), isNewDataReady());
    CongestionState before = recovery.state();
    recover(report, ack, options, now);
    onProbeNews(before, now);
    kit.sampler().end(report.delivered(), kit.minRtt());
    if (persist.isActive() || SequenceNumber.before(sndUna + sndWnd, sndNxt)) {
      // MUST-37: whoever answers probes is not given up; SHLD-17: nor for data beyond a window that has shrunk.
      owedSince = NOT_OWED;
    }
    armTimers(now);
  }

  /** RFC 5681 section 2. */
  private boolean isDuplicate(TcpSegment segment, int window) {
    return segment.ack() == sndUna
        && !queue.isEmpty()
        && segment.length() == 0
        && window == sndWnd
        && !persist.isActive();
  }

  private boolean isNewDataReady() {
    return (unsent() > 0 || isFinDue()) && sndWnd > flightSize();
  }

  private void onAdvance(AckReport report, long now) {
    int ack = report.sndUna();
    boolean finAcked = finSent && ack == sndNxt;
    buffer.acknowledge(finAcked ? report.acked() - 1 : report.acked());
    sndUna = ack;
    consecutiveTimeouts = 0;
    owedSince = queue.isEmpty() ? NOT_OWED : now;
    timers.onAdvance(now);
  }

  private void recover(AckReport report, int ack, TcpOptions options, long now) {
    boolean least = congestion.window() <= mss && recovery.state().compareTo(CongestionState.CWR) < 0;
    if (recovery.onAck(report, now)) {
      // RFC 6298 (5.3)
      timers.restart(now);
    }
    if (report.echoesCongestion()) {
      kit.sampler().onCongestionEcho();
      if (least) {
        timers.restart(now);
        ecn.hold(now + rtt.rto());
      }
    }
    if (recovery.isRecovering()) {
      tail.abandon();
      tailProbeDue = false;
    } else if (tail.onAck(report, ack, options.sackBlocks().length > 0)) {
      recovery.onLossRepaired(report.flightBefore(), now);
    }
    buffer.onCongestionWindow(congestion.window());
  }

  /** Returns the round-trip time that this acknowledgement measures, or a negative number. */
  private long sample(TcpSegment segment, AckReport report, int flight, long now) {
    long sentAt = report.roundTripStart();
    long sample = -1;
    if (sentAt != AckReport.NO_SAMPLE) {
      sample = now - sentAt;
    } else if (report.retransmittedAt() != AckReport.NO_SAMPLE) {
      sample = timestamps.roundTrip(segment.options(), report.retransmittedAt(), now);
    }
    if (sample >= 0) {
      rtt.onSample(Math.max(sample, 1), Math.ceilDiv(Math.max(flight, 1), 2 * mss));
      tail.onSample();
    }
    return sample;
  }

  private void updateWindow(TcpSegment segment, int window) {
    boolean newer = SequenceNumber.before(sndWl1, segment.seq())
        || sndWl1 == segment.seq() && SequenceNumber.beforeOrAt(sndWl2, segment.ack());
    if (!newer) {
      return;
    }
    boolean reopened = sndWnd == 0 && window > 0;
    sndWnd = window;
    sndWl1 = segment.seq();
    sndWl2 = segment.ack();
    maxSndWnd = Math.max(maxSndWnd, window);
    if (reopened && persist.isActive()) {
      // What was in flight into the closed window was not taken: it need not wait for a timeout.
      persist.stop();
      queue.markAllLost();
    }
  }

  /** The user has written or closed. */
  void onQueued(long now) {
    armTimers(now);
  }

  void onRetransmissionTimeout(long now) {
    if (queue.isEmpty()) {
      return;
    }
    consecutiveTimeouts++;
    rtt.backOff();
    recovery.onTimeout(sndUna, sndNxt, now);
    tail.abandon();
    tailProbeDue = false;
    timers.restart(now);
    if (probing.onTimeout(consecutiveTimeouts, now)) {
      adoptPathMtu();
    }
    armTimers(now);
  }

  void onReorderingTimeout(long now) {
    CongestionState before = recovery.state();
    recovery.onDeadline(sndUna, sndNxt, now);
    onProbeNews(before, now);
    timers.restart(now);
    armTimers(now);
  }

  void onProbeTimeout(long now) {
    timers.onProbeTimeout();
    tailProbeDue = tail.isAllowed() && isProbePossible();
    armTimers(now);
  }

  /** RFC 8985 7.2: only while nothing is amiss. */
  private boolean isProbePossible() {
    return tailProbes
        && queue.sackedSegments() == 0
        && queue.lostSegments() == 0
        && recovery.state().compareTo(CongestionState.RECOVERY) < 0;
  }

  void onPersistTimeout(long now) {
    persist.onTimeout(now);
  }

  void onOverrideTimeout() {
    overridden = unsent() > 0;
  }

  /**
   * Packets of up to {@code mtu} bytes pass and no larger ones, as others have found out.
   *
   * @param dropped whether that was found out by dropping packets of ours
   */
  void onPathMtu(int mtu, boolean dropped, long now) {
    probing.onReport(mtu, dropped, now);
    adoptPathMtu();
    if (dropped) {
      queue.markLostAbove(mss);
    }
    armTimers(now);
  }

  private void onProbeNews(CongestionState before, long now) {
    if (probing.onNews(before, sndUna, sndNxt, now)) {
      adoptPathMtu();
    }
  }

  private void adoptPathMtu() {
    int bytes = size.effective(peerMss, timestamps.optionBytes());
    if (bytes != mss) {
      mss = bytes;
      congestion.onSegmentSize(bytes);
    }
  }

  /** Packets of this size, in bytes, have been acknowledged. */
  void onDelivered(int largestPacket) {
    probing.onDelivered(largestPacket);
  }

  // ---- output

  /** The next segment with data or FIN, or {@code null}. */
  @Nullable
  TcpSegment poll(SegmentBuilder builder, Receiver receiver, long now) {
    TcpSegment segment = next(builder, receiver, now);
    if (segment != null) {
      lastSentAt = now;
      if (pacer != null) {
        pacer.onSent(segment.length(), Pacer.rate(congestion, rtt.srtt()), mss, now);
      }
      if (owedSince == NOT_OWED) {
        owedSince = now;
      }
      armTimers(now);
    }
    return segment;
  }

  private @Nullable TcpSegment next(SegmentBuilder builder, Receiver receiver, long now) {
    if (persist.isProbeDue()) {
      persist.onProbed();
      return probe(builder, receiver, now);
    }
    if (sndWnd == 0) {
      return null;
    }
    if (isPaced(now)) {
      return null;
    }
    if (tailProbeDue) {
      tailProbeDue = false;
      return tailProbe(builder, receiver, now);
    }
    if (queue.lostBytes() > 0 && !recovery.isRetransmissionHeld()) {
      return retransmission(builder, receiver, now);
    }
    TcpSegment fresh = newData(builder, receiver, now);
    return fresh != null ? fresh : speculation(builder, receiver, now);
  }

  /** Whether what there may be to send has to wait for its turn in the round trip. */
  private boolean isPaced(long now) {
    if (pacer == null || pacer.isOpen(now)) {
      return false;
    }
    if (queue.lostBytes() > 0 || unsent() > 0 || isFinDue() || tailProbeDue) {
      deadlines.set(Kind.PACING, pacer.opensAt());
    }
    return true;
  }

  private @Nullable TcpSegment retransmission(SegmentBuilder builder, Receiver receiver, long now) {
    SentSegment lost = queue.firstLost();
    if (lost == null) {
      return null;
    }
    if (!recovery.isRetransmissionForced()) {
      int pipe = queue.pipe();
      boolean beyondWindow = SequenceNumber.after(lost.seq(), sndUna)
          && SequenceNumber.after(lost.end(), sndUna + sndWnd);
      if (pipe > 0 && (recovery.allowedFlight() - pipe < Math.min(lost.length(), mss) || beyondWindow)) {
        return null;
      }
    }
    return resend(lost, builder, receiver, now);
  }

  /** RFC 6675 4, NextSeg rules 3 and 4: there is room for a segment, and nothing better to send. */
  private @Nullable TcpSegment speculation(SegmentBuilder builder, Receiver receiver, long now) {
    if (recovery.allowedFlight() - queue.pipe() < mss) {
      return null;
    }
    SentSegment segment = recovery.speculative();
    return segment == null ? null : resend(segment, builder, receiver, now);
  }

  /** RFC 8985 7.3: something new, or else the last segment again. */
  private @Nullable TcpSegment tailProbe(SegmentBuilder builder, Receiver receiver, long now) {
    int n = Math.min(Math.min(unsent(), room(receiver)), sndWnd - flightSize());
    boolean fresh = n > 0 || unsent() == 0 && isFinDue() && sndWnd > flightSize();
    TcpSegment segment = null;
    if (fresh) {
      boolean fin = isFinDue() && n == unsent() && sndWnd - flightSize() > n;
      segment = sendNew(Math.max(n, 0), fin, false, builder, receiver, now);
    } else {
      SentSegment last = queue.last();
      if (last != null && last.dataLength() > mss) {
        queue.split(last, last.dataLength() - mss);
        last = queue.last();
      }
      if (last != null) {
        segment = resend(last, builder, receiver, now);
      }
    }
    tail.onSent(sndNxt, !fresh);
    timers.onProbeTimeout();
    timers.restart(now);
    return segment;
  }

  /** RFC 6691 3: options that not every segment has take their room from the data. */
  private int room(Receiver receiver) {
    return mss - receiver.optionBytes(timestamps.isActive());
  }

  private TcpSegment resend(SentSegment segment, SegmentBuilder builder, Receiver receiver, long now) {
    queue.split(segment, room(receiver));
    recovery.onRetransmission(segment, now);
    queue.onRetransmitted(segment, now);
    kit.sampler().onSent(segment, false, now);
    if (segment.seq() == sndUna && recovery.isTimerRestartedByRetransmission()) {
      // RFC 6675 6: what has just been sent again deserves its time.
      timers.restart(now);
    }
    return rebuild(segment.seq(), segment.dataLength(), segment.isFin(), builder, receiver, now);
  }

  private TcpSegment rebuild(
      int seq, int length, boolean fin, SegmentBuilder builder, Receiver receiver, long now) {
    counters.retransmitted++;
    // RFC 3168 6.1.5: what is sent again carries neither ECT nor CWR.
    return build(seq, length, fin, 0, 0, builder, receiver, now);
  }

  private @Nullable TcpSegment newData(SegmentBuilder builder, Receiver receiver, long now) {
    int unsent = unsent();
    if (unsent == 0 && !isFinDue()) {
      observeLimit();
      return null;
    }
    if (ecn.isHeld(now)) {
      return null;
    }
    boolean idle = queue.isEmpty();
    if (idle && slowStartAfterIdle && now - lastSentAt > rtt.rto()) {
      congestion.onIdle();
    }
    int flight = flightSize();
    int usable = sndWnd - flight;
    int probe = probing.due(unsent, usable, mss, now);
    if (probe == MtuProbing.WAIT && !idle) {
      return null;
    }
    if (probe > 0) {
      probing.onSent(sndNxt, sndNxt + probe);
      return sendNew(probe, false, false, builder, receiver, now);
    }
    // RFC 5682 2.1 (2b): what shall tell whether a timeout was spurious does not wait for Nagle.
    boolean urgent = overridden || recovery.newDataFirst() > 0;
    int n = policy.segmentData(unsent, usable, room(receiver), sndUna, idle, isFinDue(), maxSndWnd, urgent);
    if (n == 0 && unsent > 0) {
      if (idle && !deadlines.isSet(Kind.SEND_OVERRIDE)) {
        deadlines.set(Kind.SEND_OVERRIDE, now + Math.clamp(rtt.rto(), LEAST_OVERRIDE_DELAY, MOST_OVERRIDE_DELAY));
      }
      return null;
    }
    int allowed = recovery.isRetransmissionHeld()
        ? recovery.newDataFirst()
        : recovery.allowedFlight() - queue.pipe();
    if (!idle && allowed < n) {
      return null;
    }
    boolean fin = isFinDue() && n == unsent && usable > n;
    return n > 0 || fin ? sendNew(n, fin, false, builder, receiver, now) : null;
  }

  /** The application has nothing more: what the network could take is not known. */
  private void observeLimit() {
    if (queue.pipe() < recovery.allowedFlight()) {
      kit.sampler().onApplicationLimited(queue.pipe());
    }
  }

  private TcpSegment sendNew(
      int n, boolean fin, boolean windowProbe, SegmentBuilder builder, Receiver receiver, long now) {
    overridden = false;
    deadlines.clear(Kind.SEND_OVERRIDE);
    int seq = sndNxt;
    int unsentBefore = unsent();
    sndNxt += n + (fin ? 1 : 0);
    finSent |= fin;
    bytesSent += n;
    policy.onSent(n, mss, sndNxt);
    if (n > 0 && unsentBefore == n && !policy.isMoreAnnounced()) {
      buffer.push(seq + n - sndUna);
    }
    boolean idle = queue.isEmpty();
    kit.sampler().onSent(queue.add(seq, sndNxt, fin, now), idle, now);
    timers.onNewData(now);
    congestion.onSent(n, flightSize(), sndNxt, now);
    recovery.onSent(n, flightSize());
    // RFC 3168 6.1.6: a window probe carries neither ECT nor CWR.
    int marked = windowProbe ? 0 : n;
    int flags = ecn.flags(marked, recovery);
    return build(seq, n, fin, flags, ecn.codepoint(marked), builder, receiver, now);
  }

  /** MUST-36: one octet, old if any is in flight; a FIN takes its place when there is no data. */
  private @Nullable TcpSegment probe(SegmentBuilder builder, Receiver receiver, long now) {
    SentSegment first = queue.first();
    if (!windowProbeOctet && first == null) {
      return builder.probe(sndUna - 1, false, receiver, now);
    }
    if (first != null) {
      int n = Math.min(1, first.dataLength());
      queue.onProbed(first, now);
      return rebuild(first.seq(), n, n == 0, builder, receiver, now);
    }
    int n = Math.min(1, unsent());
    return n > 0 || isFinDue() ? sendNew(n, n == 0, true, builder, receiver, now) : null;
  }

  private TcpSegment build(
      int seq, int length, boolean fin, int more, int codepoint, SegmentBuilder builder, Receiver receiver, long now) {
    int offset = seq - sndUna;
    ByteBuf payload = builder.buffer(length);
    if (length > 0) {
      buffer.copyTo(offset, length, payload);
    }
    // MUST-61: the end of what is queued is pushed.
    boolean push = length > 0 && buffer.isPushed(offset, length);
    int flags = more | (push ? TcpSegment.PSH : 0) | (fin ? TcpSegment.FIN : 0);
    // MUST-62: it points behind the urgent data; RFC 9293 3.8.5: only together with data.
    long urgent = length > 0 ? buffer.urgentAfter(offset) : 0;
    if (urgent > 0) {
      flags |= TcpSegment.URG;
    }
    int urgentPointer = Math.clamp(urgent, 0, MAX_URGENT_POINTER);
    return builder.data(seq, flags, urgentPointer, codepoint, payload, receiver, now);
  }

  // ---- timers

  private void armTimers(long now) {
    boolean outstanding = !queue.isEmpty();
    boolean waiting = outstanding || unsent() > 0 || isFinDue();
    if (sndWnd == 0 && waiting) {
      // MUST-35, -36: into a closed window probes go out instead of retransmissions.
      timers.stop();
      if (!persist.isActive()) {
        owedSince = NOT_OWED;
        persist.start(rtt.rto(), now);
      }
    } else {
      persist.stop();
      if (outstanding) {
        timers.arm(recovery.deadline(), probeTimeout(), now);
      } else {
        // RFC 6298 (5.2)
        timers.stop();
      }
    }
    if (userTimeout.nanos() > 0 && owedSince != NOT_OWED) {
      deadlines.set(Kind.USER_TIMEOUT, owedSince + userTimeout.nanos());
    } else {
      deadlines.clear(Kind.USER_TIMEOUT);
    }
  }

  private long probeTimeout() {
    return isProbePossible() ? tail.timeout(rtt, queue.size() == 1) : -1;
  }
}
