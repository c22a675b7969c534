package io.reactorstack.tcp.engine;

import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.congestion.CongestionState;
import io.reactorstack.tcp.engine.Deadlines.Kind;
import io.reactorstack.tcp.model.RecoverySettings;
import io.reactorstack.tcp.recovery.AckReport;
import io.reactorstack.tcp.recovery.LossRecovery;
import io.reactorstack.tcp.recovery.RecoveryKit;
import io.reactorstack.tcp.recovery.RetransmissionQueue;
import io.reactorstack.tcp.recovery.RttEstimator;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import org.jspecify.annotations.Nullable;

/**
 * The sender of a synchronized connection, created when it sends for the first time: it processes acknowledgements, timeouts and the user's calls, and
 * decides which of its timers runs.
 *
 * <p>{@link SendSpace} holds its sequence variables; {@link SegmentScheduler} chooses what it sends.
 */
final class Sender {

  private static final long NOT_OWED = Long.MIN_VALUE;

  private final ConnectionParts parts;
  private final SendSpace space;
  private final SegmentScheduler scheduler;
  private final SendBuffer buffer;
  private final RetransmissionQueue queue;
  private final RttEstimator rtt;
  private final ExchangeableControl congestion;
  private final RecoveryKit kit;
  private final LossRecovery recovery;
  private final MtuProbing probing;
  private final SegmentSize size;
  private final TailProbes tail;
  private final SenderTimers timers;
  private final EcnReaction ecn;
  private final Timestamps timestamps;
  private final int peerMss;
  private final SendPolicy policy;
  private final Persist persist;
  private final Deadlines deadlines;
  private final UserTimeout userTimeout;
  private final int scale;
  private int mss;
  /**
   * The time since which the peer owes an acknowledgement of something new, or of a probe, in nanoseconds;
   * {@link #NOT_OWED} if it owes none.
   */
  private long owedSince = NOT_OWED;
  private int consecutiveTimeouts;
  /** True if a tail loss probe was sent in place of the first retransmission after a timeout (RFC 8985 7.2). */
  private boolean probeInPlace;

  /**
   * Creates the sender of a connection that was established at {@code establishedAt} and has sent nothing since. No
   * timer runs before {@link #onQueued}.
   */
  Sender(ConnectionParts parts, NegotiatedOptions agreement, ExchangeableControl congestion, SendSpace space,
      long establishedAt) {
    this.parts = parts;
    this.space = space;
    this.buffer = parts.output;
    this.rtt = parts.rtt;
    this.timestamps = parts.timestamps;
    this.policy = parts.policy;
    this.deadlines = parts.deadlines;
    this.userTimeout = parts.userTimeout;
    this.size = parts.size;
    this.peerMss = agreement.peerMss();
    this.scale = agreement.scales().send();
    this.congestion = congestion;
    this.mss = congestion.segmentSize();
    this.kit = kit(parts, agreement, congestion);
    this.queue = kit.queue();
    this.recovery = kit.recovery();
    this.tail = new TailProbes(parts.settings, kit, rtt);
    this.timers = new SenderTimers(deadlines, rtt);
    this.ecn = new EcnReaction(agreement.ecn(), deadlines);
    this.persist = new Persist(deadlines, parts.settings.timers().maxRto().toNanos());
    this.buffer.onSegmentSize(mss);
    this.probing = new MtuProbing(parts, agreement, queue, recovery, congestion);
    this.scheduler = new SegmentScheduler(parts, this, establishedAt);
    probing.begin();
    adoptPathMtu();
  }

  private static RecoveryKit kit(ConnectionParts parts, NegotiatedOptions agreement, CongestionControl congestion) {
    RecoverySettings settings = parts.settings.recovery();
    RecoveryKit.Options options = new RecoveryKit.Options(
        agreement.sack(), settings.rack(), settings.forwardRto(), settings.duplicateThreshold());
    return new RecoveryKit(options, congestion, parts.rtt, parts.setup.iss());
  }

  // ---- questions

  SendSpace space() {
    return space;
  }

  int mss() {
    return mss;
  }

  RttEstimator rtt() {
    return rtt;
  }

  CongestionControl congestion() {
    return congestion;
  }

  /** The parts of loss recovery, for their counters. */
  RecoveryKit kit() {
    return kit;
  }

  Persist persist() {
    return persist;
  }

  TailProbes tail() {
    return tail;
  }

  SenderTimers timers() {
    return timers;
  }

  MtuProbing probing() {
    return probing;
  }

  EcnReaction ecn() {
    return ecn;
  }

  int consecutiveTimeouts() {
    return consecutiveTimeouts;
  }

  /** As {@link #consecutiveTimeouts}, plus a probe that was sent instead of a retransmission. */
  int unanswered() {
    return consecutiveTimeouts + (probeInPlace ? 1 : 0);
  }

  boolean isPersisting() {
    return persist.isActive();
  }

  /** Returns whether nothing is in flight and nothing waits to be sent. */
  boolean isIdle() {
    return queue.isEmpty() && space.unsent() == 0 && !space.isFinDue();
  }

  /** As {@link SegmentScheduler#isExhausted}. */
  boolean isExhausted() { return scheduler.isExhausted(); }

  // ---- inputs

  /**
   * Processes the acceptable acknowledgement and the window of {@code segment} (RFC 9293 section 3.10.7.4, fifth
   * check).
   */
  void onAck(TcpSegment segment, long now) {
    int ack = segment.ack();
    int window = segment.window() << scale;
    boolean duplicate = isDuplicate(segment, window);
    boolean answersProbe = persist.onAnswered();
    policy.more(false);
    if (isAtRest(segment)) {
      updateWindow(segment, window, false, answersProbe);
      return;
    }
    int flight = space.flightSize();
    TcpOptions options = segment.options();
    long echoedAt = timestamps.echoedAt(options, now);
    AckReport report = kit.onAck(ack, space.sndUna(), space.sndNxt(), options.sackBlocks(), space.maxSndWnd(), echoedAt,
        now);
    long roundTrip = sample(segment, report, flight, now);
    if (report.isAdvance()) {
      onAdvance(report, now);
    }
    if (SequenceNumber.afterOrAt(ack, space.sndUna())) {
      updateWindow(segment, window, report.isAdvance(), answersProbe);
    }
    report.end(queue.sackedBytes(), duplicate, ecn.isEcho(segment), isNewDataReady());
    CongestionState before = recovery.state();
    recover(report, ack, options, roundTrip, now);
    probing.onAck(report, before, space.sndNxt(), kit.minRtt(), now);
    adoptPathMtu();
    if (persist.isActive() || space.isBeyondWindow()) {
      // MUST-37: a peer that answers probes is not given up. SHLD-17: nor is one that does not acknowledge data beyond
      // its shrunk window.
      owedSince = NOT_OWED;
    }
    armTimers(now);
  }

  /**
   * Returns whether nothing is in flight or waits to be sent, and {@code segment} repeats an earlier acknowledgement.
   * This is the usual case of a connection that only receives. Such a segment can only change the window.
   */
  private boolean isAtRest(TcpSegment segment) {
    return queue.isEmpty()
        && segment.ack() == space.sndUna()
        && segment.options().sackBlocks().length == 0
        && space.unsent() == 0
        && !space.isFinDue()
        && !space.isBeyondWindow()
        && !persist.isActive()
        && !ecn.isEcho(segment);
  }

  /** Returns whether {@code segment} is a duplicate acknowledgement (RFC 5681 section 2). */
  private boolean isDuplicate(TcpSegment segment, int window) {
    return segment.ack() == space.sndUna()
        && !queue.isEmpty()
        && segment.sequenceLength() == 0
        && window == space.sndWnd()
        && !persist.isActive();
  }

  private boolean isNewDataReady() {
    return (space.unsent() > 0 || space.isFinDue()) && space.usable() > 0;
  }

  private void onAdvance(AckReport report, long now) {
    space.onAcknowledged(report.sndUna());
    if (unanswered() > 0) {
      consecutiveTimeouts = 0;
      probeInPlace = false;
      parts.changes |= TcpEngine.TIMEOUTS_CHANGED;
    }
    owedSince = queue.isEmpty() ? NOT_OWED : now;
    timers.onAdvance(now);
    tail.onAdvance();
  }

  private void recover(AckReport report, int ack, TcpOptions options, long roundTrip, long now) {
    boolean least = congestion.cwnd() <= mss && recovery.state().compareTo(CongestionState.CWR) < 0;
    if (kit.recover(roundTrip, now)) {
      // RFC 6298 (5.3): restart the timer when new data is acknowledged.
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
    } else if (tail.onAck(report, ack, options.sackBlocks().length > 0)) {
      recovery.onLossRepaired(report.flightBefore(), now);
    }
    buffer.onCongestionWindow(congestion.cwnd());
  }

  /** Returns the round-trip time measured by this acknowledgement, in nanoseconds, or a negative number. */
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

  private void updateWindow(TcpSegment segment, int window, boolean advances, boolean answersProbe) {
    boolean reopened = space.onWindow(segment, window, advances, answersProbe);
    if (reopened && persist.isActive()) {
      // The peer has dropped what was in flight into the closed window: send it again without waiting for a timeout.
      persist.stop();
      queue.markAllLost();
    }
  }

  /** Replaces the congestion control; the new one starts from the present window. */
  void exchangeControl(CongestionControl.Factory factory) {
    congestion.exchange(factory, rtt.srtt());
  }

  /** Starts the timers after the user has written, closed, or changed the user timeout. */
  void onQueued(long now) {
    armTimers(now);
  }

  void onRetransmissionTimeout(long now) {
    if (queue.isEmpty()) {
      return;
    }
    consecutiveTimeouts++;
    rtt.backOff();
    recovery.onTimeout(space.sndUna(), space.sndNxt(), now);
    tail.abandon();
    timers.restart(now);
    probing.onTimeout(unanswered(), now);
    adoptPathMtu();
    armTimers(now);
  }

  /** Expires the timer if there were timeouts while our link was down, and undoes their doubling of the RTO. */
  void onLinkUp(long now) {
    if (persist.isActive()) {
      persist.probeAt(now);
    } else if (unanswered() > 0) {
      rtt.undoBackOff();
      probing.onLinkUp(now);
      adoptPathMtu();
      timers.expireAt(now);
      armTimers(now);
    }
  }

  void onReorderingTimeout(long now) {
    CongestionState before = recovery.state();
    recovery.onDeadline(space.sndUna(), space.sndNxt(), now);
    probing.onNews(before, space.sndUna(), space.sndNxt(), now);
    adoptPathMtu();
    timers.restart(now);
    armTimers(now);
  }

  void onProbeTimeout(long now) {
    tail.onTimeout();
    probeInPlace |= tail.isDue() && timers.isRetransmissionDue(now);
    timers.onProbeTimeout();
    if (tail.isDue()) {
      // RFC 8985 7.2, 7.3: the probe replaces the retransmission, and the retransmission timer restarts after it.
      timers.restart(now);
    }
    armTimers(now);
  }

  void onPersistTimeout() {
    persist.onTimeout();
  }

  void onOverrideTimeout() {
    scheduler.override();
  }

  /**
   * Adopts a path MTU of {@code mtu} bytes found outside the connection.
   *
   * @param dropped whether packets of this connection were dropped because they were larger
   */
  void onPathMtu(int mtu, boolean dropped, long now) {
    probing.onReport(mtu, dropped, now);
    adoptPathMtu();
    if (dropped) {
      queue.markLostAbove(mss);
    }
    armTimers(now);
  }

  private void adoptPathMtu() {
    int bytes = size.effective(peerMss, timestamps.optionBytes());
    if (bytes != mss) {
      mss = bytes;
      congestion.onSegmentSize(bytes);
    }
  }

  /** Notes that packets of up to this size, in bytes, have been acknowledged. */
  void onDelivered(int largestPacket) {
    probing.onDelivered(largestPacket, space.sndNxt());
    adoptPathMtu();
  }

  // ---- output

  /** Returns the next segment with data or FIN, or {@code null}. */
  @Nullable
  TcpSegment poll(SegmentBuilder builder, Receiver receiver, long now) {
    TcpSegment segment = scheduler.poll(builder, receiver, now);
    if (segment != null) {
      if (owedSince == NOT_OWED) {
        owedSince = now;
      }
      armTimers(now);
    }
    return segment;
  }

  // ---- timers

  private void armTimers(long now) {
    boolean outstanding = !queue.isEmpty();
    boolean waiting = outstanding || space.unsent() > 0 || space.isFinDue();
    if (space.sndWnd() == 0 && waiting) {
      // MUST-35, -36: a closed window is probed; nothing is retransmitted into it.
      timers.stop();
      if (!persist.isActive()) {
        owedSince = NOT_OWED;
        persist.start(rtt.rto(), now);
      }
    } else {
      persist.stop();
      if (outstanding) {
        timers.arm(recovery.deadline(), tail.timeout(), now);
      } else {
        // RFC 6298 (5.2): stop the timer when everything is acknowledged.
        timers.stop();
      }
    }
    if (userTimeout.nanos() > 0 && owedSince != NOT_OWED) {
      deadlines.set(Kind.USER_TIMEOUT, owedSince + userTimeout.nanos());
    } else {
      deadlines.clear(Kind.USER_TIMEOUT);
    }
  }
}
