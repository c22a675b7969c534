package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.engine.Deadlines.Kind;
import io.reactorstack.tcp.recovery.LossRecovery;
import io.reactorstack.tcp.recovery.RetransmissionQueue;
import io.reactorstack.tcp.recovery.RttEstimator;
import io.reactorstack.tcp.recovery.SentSegment;
import io.reactorstack.tcp.segment.TcpSegment;
import org.jspecify.annotations.Nullable;

/**
 * The sending half of a synchronized connection: SND.UNA, SND.NXT, the peer's window, what is in flight and what goes out
 * next.
 */
final class Sender {

  private static final long NOT_OWED = Long.MIN_VALUE;

  /** RFC 9293 3.8.6.2.1: 0.1 to 1 s. */
  private static final long OVERRIDE_DELAY = 200_000_000L;

  private final SendBuffer buffer;
  private final RetransmissionQueue queue;
  private final RttEstimator rtt;
  private final CongestionControl congestion;
  private final LossRecovery recovery;
  private final Timestamps timestamps;
  private final Counters counters;
  private final int peerMss;
  private final SendPolicy policy;
  private long bytesSent;
  private final Persist persist;
  private final Deadlines deadlines;
  private final long userTimeout;
  private final boolean slowStartAfterIdle;
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

  /** Begins where {@code handshake} has ended, with {@code ack} the segment that acknowledged our SYN. */
  Sender(Handshake handshake, TcpSegment ack, int window, long now) {
    this.buffer = handshake.buffer();
    this.queue = new RetransmissionQueue();
    this.rtt = handshake.rtt();
    this.mss = handshake.sendMss();
    this.congestion = handshake.congestion();
    this.recovery = handshake.recovery(queue, congestion);
    this.timestamps = handshake.timestamps();
    this.counters = handshake.counters();
    this.peerMss = handshake.peerMss();
    this.policy = handshake.policy();
    this.deadlines = handshake.deadlines();
    this.persist = new Persist(deadlines, handshake.settings().maxRto().toNanos());
    this.userTimeout = handshake.settings().userTimeout().toNanos();
    this.slowStartAfterIdle = handshake.settings().slowStartAfterIdle();
    this.scale = handshake.sendScale();
    this.sndUna = handshake.iss() + 1;
    this.sndNxt = sndUna;
    this.sndWnd = window;
    this.maxSndWnd = window;
    this.sndWl1 = ack.seq();
    this.sndWl2 = ack.ack();
    this.lastSentAt = now;
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

  int segmentsInFlight() {
    return queue.size();
  }

  RttEstimator rtt() {
    return rtt;
  }

  CongestionControl congestion() {
    return congestion;
  }

  LossRecovery recovery() {
    return recovery;
  }

  int consecutiveTimeouts() {
    return consecutiveTimeouts;
  }

  boolean isPersisting() {
    return persist.isActive();
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
    if (SequenceNumber.after(ack, sndUna)) {
      onNewAck(segment, now);
    } else if (isDuplicate(segment, window)) {
      recovery.onDuplicateAck(sndUna, sndNxt, now);
    }
    if (SequenceNumber.afterOrAt(ack, sndUna)) {
      updateWindow(segment, window);
    }
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

  private void onNewAck(TcpSegment segment, long now) {
    int ack = segment.ack();
    int acked = ack - sndUna;
    int flight = flightSize();
    queue.acknowledge(ack);
    long roundTrip = sample(segment, flight, now);
    boolean finAcked = finSent && ack == sndNxt;
    buffer.acknowledge(finAcked ? acked - 1 : acked);
    sndUna = ack;
    congestion.onRoundTrip(acked, sndUna, sndNxt, roundTrip, rtt.srtt(), now);
    consecutiveTimeouts = 0;
    owedSince = queue.isEmpty() ? NOT_OWED : now;
    if (recovery.onAcknowledged(sndUna, sndNxt, acked, flight, now)) {
      // RFC 6298 (5.3)
      deadlines.clear(Kind.RETRANSMISSION);
    }
  }

  /** Returns the round-trip time that this acknowledgement measures, or a negative number. */
  private long sample(TcpSegment segment, int flight, long now) {
    long sentAt = queue.roundTripStart();
    long sample = sentAt != RetransmissionQueue.NO_SAMPLE
        ? now - sentAt
        : timestamps.roundTrip(segment.options(), queue.oldestAckedSentAt(), now);
    if (sample >= 0) {
      rtt.onSample(sample, Math.ceilDiv(Math.max(flight, 1), 2 * mss));
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
    armTimers(now);
  }

  void onPersistTimeout(long now) {
    persist.onTimeout(now);
  }

  void onOverrideTimeout() {
    overridden = true;
  }

  /**
   * The path takes packets of another size.
   *
   * @param dropped whether what is in flight and larger was dropped
   */
  void onPathMtu(SegmentSize size, boolean dropped, long now) {
    int bytes = size.effective(peerMss, timestamps.optionBytes());
    if (bytes != mss) {
      mss = bytes;
      congestion.onSegmentSize(bytes);
    }
    if (dropped) {
      // RFC 1191 6.4: what is too large was dropped; that is no sign of congestion.
      queue.markAllLost();
    }
    armTimers(now);
  }

  // ---- output

  /** The next segment with data or FIN, or {@code null}. */
  @Nullable
  TcpSegment poll(SegmentBuilder builder, Receiver receiver, long now) {
    TcpSegment segment;
    if (persist.isProbeDue()) {
      persist.onProbed();
      segment = probe(builder, receiver, now);
    } else if (sndWnd == 0) {
      return null;
    } else if (queue.lostBytes() > 0) {
      segment = retransmission(builder, receiver, now);
    } else {
      segment = newData(builder, receiver, now);
    }
    if (segment != null) {
      lastSentAt = now;
      if (owedSince == NOT_OWED) {
        owedSince = now;
      }
      armTimers(now);
    }
    return segment;
  }

  private @Nullable TcpSegment retransmission(SegmentBuilder builder, Receiver receiver, long now) {
    SentSegment lost = queue.firstLost();
    if (lost == null) {
      return null;
    }
    int pipe = flightSize() - queue.lostBytes();
    if (!recovery.isRetransmissionForced()) {
      int room = recovery.allowedFlight() - pipe;
      boolean beyondWindow = SequenceNumber.after(lost.seq(), sndUna)
          && SequenceNumber.after(lost.end(), sndUna + sndWnd);
      if (pipe > 0 && (room < Math.min(lost.length(), mss) || beyondWindow)) {
        return null;
      }
    }
    queue.splitFirstLost(room(receiver));
    recovery.onRetransmitted();
    queue.onRetransmitted(lost, now);
    return resend(lost.seq(), lost.dataLength(), lost.isFin(), builder, receiver, now);
  }

  /** RFC 6691 3: options that not every segment has take their room from the data. */
  private int room(Receiver receiver) {
    return mss - receiver.optionBytes(timestamps.isActive());
  }

  private TcpSegment resend(
      int seq, int length, boolean fin, SegmentBuilder builder, Receiver receiver, long now) {
    counters.retransmitted++;
    return build(seq, length, fin, builder, receiver, now);
  }

  private @Nullable TcpSegment newData(SegmentBuilder builder, Receiver receiver, long now) {
    int unsent = unsent();
    if (unsent == 0 && !isFinDue()) {
      return null;
    }
    boolean idle = queue.isEmpty();
    if (idle && slowStartAfterIdle && now - lastSentAt > rtt.rto()) {
      congestion.onIdle();
    }
    int flight = flightSize();
    int usable = sndWnd - flight;
    int n = policy.segmentData(unsent, usable, room(receiver), idle, isFinDue(), maxSndWnd, overridden);
    if (n == 0 && unsent > 0) {
      if (idle && !deadlines.isSet(Kind.SEND_OVERRIDE)) {
        deadlines.set(Kind.SEND_OVERRIDE, now + OVERRIDE_DELAY);
      }
      return null;
    }
    if (!idle && recovery.allowedFlight() - flight < n) {
      return null;
    }
    boolean fin = isFinDue() && n == unsent && usable > n;
    return n > 0 || fin ? sendNew(n, fin, builder, receiver, now) : null;
  }

  private TcpSegment sendNew(int n, boolean fin, SegmentBuilder builder, Receiver receiver, long now) {
    overridden = false;
    deadlines.clear(Kind.SEND_OVERRIDE);
    int seq = sndNxt;
    sndNxt += n + (fin ? 1 : 0);
    finSent |= fin;
    bytesSent += n;
    queue.add(seq, sndNxt, fin, now);
    congestion.onSent(n, flightSize(), sndNxt, now);
    recovery.onSent(n, flightSize());
    return build(seq, n, fin, builder, receiver, now);
  }

  /** MUST-36: one octet, old if any is in flight; a FIN takes its place when there is no data. */
  private @Nullable TcpSegment probe(SegmentBuilder builder, Receiver receiver, long now) {
    SentSegment first = queue.first();
    if (first != null) {
      int n = Math.min(1, first.dataLength());
      queue.onRetransmitted(first, now);
      return resend(first.seq(), n, n == 0, builder, receiver, now);
    }
    int n = Math.min(1, unsent());
    return n > 0 || isFinDue() ? sendNew(n, n == 0, builder, receiver, now) : null;
  }

  private TcpSegment build(
      int seq, int length, boolean fin, SegmentBuilder builder, Receiver receiver, long now) {
    int offset = seq - sndUna;
    ByteBuf payload = builder.buffer(length);
    if (length > 0) {
      buffer.copyTo(offset, length, payload);
    }
    // MUST-61: the end of what is queued is pushed.
    boolean push = length > 0 && offset + length == buffer.length();
    int flags = (push ? TcpSegment.PSH : 0) | (fin ? TcpSegment.FIN : 0);
    return builder.data(seq, flags, payload, receiver, now);
  }

  // ---- timers

  private void armTimers(long now) {
    boolean outstanding = !queue.isEmpty();
    boolean waiting = outstanding || unsent() > 0 || isFinDue();
    if (sndWnd == 0 && waiting) {
      // MUST-35, -36: into a closed window probes go out instead of retransmissions.
      deadlines.clear(Kind.RETRANSMISSION);
      if (!persist.isActive()) {
        owedSince = NOT_OWED;
        persist.start(rtt.rto(), now);
      }
    } else {
      persist.stop();
      if (!outstanding) {
        // RFC 6298 (5.2)
        deadlines.clear(Kind.RETRANSMISSION);
      } else if (!deadlines.isSet(Kind.RETRANSMISSION)) {
        // RFC 6298 (5.1)
        deadlines.set(Kind.RETRANSMISSION, now + rtt.rto());
      }
    }
    if (userTimeout > 0 && owedSince != NOT_OWED) {
      deadlines.set(Kind.USER_TIMEOUT, owedSince + userTimeout);
    } else {
      deadlines.clear(Kind.USER_TIMEOUT);
    }
  }
}
