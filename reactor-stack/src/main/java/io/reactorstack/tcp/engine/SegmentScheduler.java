package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.congestion.Pacer;
import io.reactorstack.tcp.engine.Deadlines.Kind;
import io.reactorstack.tcp.recovery.LossRecovery;
import io.reactorstack.tcp.recovery.RateSampler;
import io.reactorstack.tcp.recovery.RetransmissionQueue;
import io.reactorstack.tcp.recovery.RttEstimator;
import io.reactorstack.tcp.recovery.SentSegment;
import io.reactorstack.wire.TcpSegment;
import org.jspecify.annotations.Nullable;

/**
 * Chooses and builds the next segment with data or FIN: a probe of a closed window, a tail loss probe, a
 * retransmission, or new data.
 */
final class SegmentScheduler {

  private static final int MAX_URGENT_POINTER = 0xffff;

  /** RFC 9293 3.8.6.2.1: the override timeout is 0.1 to 1 s. */
  private static final long MIN_OVERRIDE_DELAY = 200_000_000L;
  private static final long MAX_OVERRIDE_DELAY = 1_000_000_000L;

  private final Sender sender;
  private final SendSpace space;
  private final SendBuffer buffer;
  private final RetransmissionQueue queue;
  private final LossRecovery recovery;
  private final RateSampler sampler;
  private final CongestionControl congestion;
  private final RttEstimator rtt;
  private final SenderTimers timers;
  private final Deadlines deadlines;
  private final Persist persist;
  private final TailProbes tail;
  private final MtuProbing probing;
  private final EcnReaction ecn;
  private final Timestamps timestamps;
  private final SendPolicy policy;
  private final ConnectionCounters counters;
  private final SegmentSize size;
  private final boolean windowProbeOctet;
  private final boolean slowStartAfterIdle;
  /** {@code null} while the congestion control has never set a pacing rate. */
  private @Nullable Pacer pacer;
  private boolean overridden;
  private long lastSentAt;

  SegmentScheduler(ConnectionParts parts, Sender sender, long now) {
    this.sender = sender;
    this.space = sender.space();
    this.buffer = parts.output;
    this.queue = sender.kit().queue();
    this.recovery = sender.kit().recovery();
    this.sampler = sender.kit().sampler();
    this.congestion = sender.congestion();
    this.rtt = parts.rtt;
    this.timers = sender.timers();
    this.deadlines = parts.deadlines;
    this.persist = sender.persist();
    this.tail = sender.tail();
    this.probing = sender.probing();
    this.ecn = sender.ecn();
    this.timestamps = parts.timestamps;
    this.policy = parts.policy;
    this.counters = parts.counters;
    this.size = parts.size;
    this.windowProbeOctet = parts.setup.quirks().windowProbeOctet();
    this.slowStartAfterIdle = parts.settings.congestion().slowStartAfterIdle();
    this.lastSentAt = now;
  }

  /** Releases the data that silly window avoidance holds back. */
  void override() {
    overridden = space.unsent() > 0;
  }

  /** Returns the next segment with data or FIN, or {@code null}. */
  @Nullable
  TcpSegment poll(SegmentBuilder builder, Receiver receiver, long now) {
    TcpSegment segment = next(builder, receiver, now);
    if (segment != null) {
      lastSentAt = now;
      pace(segment, now);
    }
    return segment;
  }

  /**
   * Returns whether {@link #poll} certainly returns {@code null} until something happens: everything was sent, nothing
   * was lost, and no probe is due.
   */
  boolean isExhausted() {
    return space.unsent() == 0
        && !space.isFinDue()
        && queue.isUndisturbed()
        && !recovery.isRecovering()
        && !persist.isProbeDue()
        && !tail.isDue();
  }

  private void pace(TcpSegment segment, long now) {
    long rate = congestion.pacingRate();
    if (rate > 0) {
      Pacer spreading = pacer;
      if (spreading == null) {
        spreading = new Pacer();
        pacer = spreading;
      }
      spreading.onSent(segment.sequenceLength(), rate, sender.mss(), now);
    }
  }

  private @Nullable TcpSegment next(SegmentBuilder builder, Receiver receiver, long now) {
    if (persist.isProbeDue()) {
      persist.onProbed(now);
      return probe(builder, receiver, now);
    }
    if (space.sndWnd() == 0) {
      return null;
    }
    if (isPaced(now)) {
      return null;
    }
    if (tail.takeDue()) {
      return tailProbe(builder, receiver, now);
    }
    if (queue.lostBytes() > 0 && !recovery.isRetransmissionHeld()) {
      return retransmission(builder, receiver, now);
    }
    TcpSegment fresh = newData(builder, receiver, now);
    return fresh != null ? fresh : speculation(builder, receiver, now);
  }

  /** Returns whether the next segment must wait for its pacing time. */
  private boolean isPaced(long now) {
    if (pacer == null || pacer.isOpen(now)) {
      return false;
    }
    if (queue.lostBytes() > 0 || space.unsent() > 0 || space.isFinDue() || tail.isDue()) {
      deadlines.set(Kind.PACING, pacer.opensAt());
    }
    return true;
  }

  private @Nullable TcpSegment retransmission(SegmentBuilder builder, Receiver receiver, long now) {
    SentSegment lost = queue.firstLost();
    if (lost == null) {
      return null;
    }
    SentSegment trial = probing.dueAgain(space.unsent(), space.rightEdge(), options(receiver));
    if (trial != null) {
      return resendWhole(trial, builder, receiver, now);
    }
    if (isBeyondWindow(lost)) {
      return null;
    }
    if (!recovery.isRetransmissionForced()) {
      boolean fits = probing.isCompanionDue() || windowRoom() >= Math.min(lost.length(), sender.mss());
      if (queue.pipe() > 0 && !fits) {
        return null;
      }
    }
    return resend(lost, segmentRoom(receiver), builder, receiver, now);
  }

  /** The bytes that the congestion window allows to be sent; may be negative. */
  private int windowRoom() {
    return recovery.allowedFlight() - queue.pipe() + probing.beyondWindow();
  }

  /** Sends {@code segment} again at its former size, as a trial of whether the size kept it from getting through. */
  private TcpSegment resendWhole(SentSegment segment, SegmentBuilder builder, Receiver receiver, long now) {
    TcpSegment sent = resend(segment, probing.trialOctets(options(receiver)), builder, receiver, now);
    probing.onProbeSent(segment.seq(), segment.end(), options(receiver), now);
    return sent;
  }

  /**
   * Returns whether {@code segment} lies beyond the peer's window. SHLD-16: after the window has shrunk, such segments
   * are not sent again.
   */
  private boolean isBeyondWindow(SentSegment segment) {
    return SequenceNumber.afterOrAt(segment.seq(), space.rightEdge());
  }

  /**
   * Retransmits a segment that may be lost, if the window allows it and nothing else can be sent (RFC 6675 4, NextSeg
   * rules 3 and 4).
   */
  private @Nullable TcpSegment speculation(SegmentBuilder builder, Receiver receiver, long now) {
    if (recovery.allowedFlight() - queue.pipe() < sender.mss()) {
      return null;
    }
    SentSegment segment = recovery.speculative();
    return segment == null || isBeyondWindow(segment)
        ? null
        : resend(segment, segmentRoom(receiver), builder, receiver, now);
  }

  /** Sends a tail loss probe: new data if there is any, otherwise the last segment again (RFC 8985 7.3). */
  private @Nullable TcpSegment tailProbe(SegmentBuilder builder, Receiver receiver, long now) {
    int n = Math.max(0, Math.min(Math.min(space.unsent(), segmentRoom(receiver)), space.usable()));
    boolean fresh = n > 0 || space.unsent() == 0 && space.isFinDue() && space.usable() > 0;
    TcpSegment segment = null;
    if (fresh) {
      boolean fin = space.isFinDue() && n == space.unsent() && space.usable() > n;
      segment = sendNew(n, n, fin, false, builder, receiver, now);
    } else {
      SentSegment last = queue.last();
      if (last != null && last.dataLength() > sender.mss()) {
        queue.split(last, last.dataLength() - sender.mss());
        last = queue.last();
      }
      if (last != null && isBeyondWindow(last)) {
        last = queue.first();
      }
      if (last != null) {
        segment = resend(last, segmentRoom(receiver), builder, receiver, now);
      }
    }
    tail.onSent(space.sndNxt(), !fresh);
    timers.onProbeTimeout();
    timers.restart(now);
    return segment;
  }

  /** The octets of data in the next segment. RFC 6691 3: options that not every segment carries reduce its data. */
  private int segmentRoom(Receiver receiver) {
    return sender.mss() - options(receiver);
  }

  private int options(Receiver receiver) {
    return receiver.optionBytes(timestamps.isActive());
  }

  private TcpSegment resend(SentSegment segment, int most, SegmentBuilder builder, Receiver receiver, long now) {
    queue.split(segment, most);
    // After the window has shrunk, the peer may drop a segment as a whole because a part lies beyond the window.
    queue.splitAt(segment, space.rightEdge());
    recovery.onRetransmission(segment, now);
    queue.onRetransmitted(segment, now);
    sampler.onSent(segment, false, now);
    if (segment.seq() == space.sndUna() && recovery.isTimerRestartedByRetransmission()) {
      // RFC 6675 6: give the retransmission its full timeout.
      timers.restart(now);
    }
    return rebuild(segment.seq(), segment.dataLength(), segment.isFin(), builder, receiver, now);
  }

  private TcpSegment rebuild(
      int seq, int length, boolean fin, SegmentBuilder builder, Receiver receiver, long now) {
    counters.retransmitted++;
    // RFC 3168 6.1.5: retransmissions carry neither ECT nor CWR.
    return build(seq, length, 0, fin, 0, 0, builder, receiver, now);
  }

  private @Nullable TcpSegment newData(SegmentBuilder builder, Receiver receiver, long now) {
    int unsent = space.unsent();
    if (unsent == 0 && !space.isFinDue()) {
      observeLimit();
      return null;
    }
    if (ecn.isHeld(now) || queue.size() >= buffer.mostSegments()) {
      return null;
    }
    boolean idle = queue.isEmpty();
    if (idle && slowStartAfterIdle && now - lastSentAt > rtt.rto()) {
      congestion.onIdle();
    }
    int usable = space.usable();
    int probe = probing.due(unsent, usable, sender.mss(), options(receiver), now);
    if (probe == MtuProbing.WAIT && !idle) {
      return null;
    }
    if (probe > 0) {
      int seq = space.sndNxt();
      TcpSegment segment = sendNew(probe, probe, false, false, builder, receiver, now);
      probing.onProbeSent(seq, seq + probe, options(receiver), now);
      return segment;
    }
    // RFC 5682 2.1 (2b): new data that tests whether a timeout was spurious does not wait for Nagle's algorithm.
    boolean companion = probing.isCompanionDue();
    boolean urgent = overridden || recovery.newDataFirst() > 0 || companion;
    int n = policy.segmentData(unsent, usable, segmentRoom(receiver), space.sndUna(), idle, space.isFinDue(),
        space.maxSndWnd(), urgent);
    if (n == 0 && unsent > 0) {
      if (idle && !deadlines.isSet(Kind.SEND_OVERRIDE)) {
        deadlines.set(Kind.SEND_OVERRIDE, now + Math.clamp(rtt.rto(), MIN_OVERRIDE_DELAY, MAX_OVERRIDE_DELAY));
      }
      return null;
    }
    int allowed = recovery.isRetransmissionHeld()
        ? recovery.newDataFirst()
        : windowRoom();
    if (!idle && allowed < n && !companion) {
      return null;
    }
    boolean alone = urgent || n < segmentRoom(receiver) || recovery.isRetransmissionHeld();
    int data = alone ? n : burst(n, unsent, usable, allowed, idle, receiver);
    boolean fin = space.isFinDue() && data == unsent && usable > data;
    return data > 0 || fin ? sendNew(data, n, fin, false, builder, receiver, now) : null;
  }

  /**
   * Returns the octets of new data in the next segment: more than {@code full}, those of one full segment, if the
   * interface cuts the segment. The segments that it is cut into are those that would otherwise be sent one by one
   * now; a last one that is not full joins them if it may be sent.
   *
   * @param allowed the octets that the congestion window allows
   */
  private int burst(int full, int unsent, int usable, int allowed, boolean idle, Receiver receiver) {
    int longest = size.burst(timestamps.optionBytes());
    // Options that not every segment carries belong to one segment only, and so does an urgent pointer. While segments
    // are missing, each one that is sent is observed on its own.
    if (longest <= full || options(receiver) > 0 || buffer.urgentAfter(space.flightSize()) > 0
        || !queue.isUndisturbed()) {
      return full;
    }
    int fits = Math.min(Math.min(unsent, usable), Math.max(allowed, full));
    int places = Math.min(buffer.mostSegments() - queue.size(), segmentsPaced(full));
    int segments = Math.min(Math.min(longest, fits) / full, places);
    int data = segments * full;
    int rest = unsent - data;
    boolean room = rest > 0 && rest < full && fits == unsent && unsent <= longest && segments < places;
    return !room
        ? data
        : data + policy.segmentData(rest, usable - data, full, space.sndUna(), idle, space.isFinDue(),
            space.maxSndWnd(), false);
  }

  /** The number of segments of {@code full} octets that may leave together. */
  private int segmentsPaced(int full) {
    long rate = congestion.pacingRate();
    if (rate == 0) {
      return Integer.MAX_VALUE;
    }
    Pacer spreading = pacer;
    long left = spreading == null
        ? Pacer.quantum(rate, sender.mss())
        : spreading.quantumLeft(rate, sender.mss());
    return (int) Math.ceilDiv(left, full);
  }

  /** Notes that the application limits the sender, so that the delivery rate does not show the capacity of the path. */
  private void observeLimit() {
    if (queue.pipe() < recovery.allowedFlight()) {
      sampler.onApplicationLimited(queue.pipe());
    }
  }

  /**
   * Sends {@code n} octets of new data.
   *
   * @param full the octets in each of the segments that the interface cuts the segment into; {@code n} if it leaves
   *     whole
   */
  private TcpSegment sendNew(
      int n, int full, boolean fin, boolean windowProbe, SegmentBuilder builder, Receiver receiver, long now) {
    overridden = false;
    deadlines.clear(Kind.SEND_OVERRIDE);
    int seq = space.sndNxt();
    if (n > 0 && space.unsent() == n && !policy.isMoreAnnounced()) {
      buffer.push(seq + n - space.sndUna());
    }
    int room = segmentRoom(receiver);
    boolean idle = queue.isEmpty();
    space.onSent(n, fin);
    // Only the last segment can be small for Nagle's algorithm; one that is full but for its options is not.
    policy.onSent(n <= full ? n : (n - 1) % full + 1, room, space.sndNxt());
    timers.onNewData(now);
    congestion.onSent(n, space.flightSize(), space.sndNxt(), now);
    recovery.onSent(n, space.flightSize());
    SentSegment sent = queue.add(seq, space.sndNxt(), fin, n > full ? full : 0, now);
    if (windowProbe) {
      queue.markProbe(sent);
    }
    sampler.onSent(sent, idle, now);
    if (space.unsent() == 0 && !space.isFinDue()) {
      observeLimit();
    }
    // RFC 3168 6.1.6: a window probe carries neither ECT nor CWR.
    int marked = windowProbe ? 0 : n;
    int flags = ecn.flags(marked, recovery);
    int segmentSize = n > full ? full : 0;
    return build(seq, n, segmentSize, fin, flags, ecn.codepoint(marked), builder, receiver, now);
  }

  /**
   * Builds a probe of a closed window. MUST-36: it has one octet, an old one if any is in flight, otherwise a new one,
   * or the FIN if there is no data.
   */
  private @Nullable TcpSegment probe(SegmentBuilder builder, Receiver receiver, long now) {
    SentSegment first = queue.first();
    if (!windowProbeOctet && first == null) {
      return builder.probe(space.sndUna() - 1, false, receiver, now);
    }
    if (first != null) {
      int n = Math.min(1, first.dataLength());
      queue.onProbed(first, now);
      return rebuild(first.seq(), n, n == 0, builder, receiver, now);
    }
    int n = Math.min(1, space.unsent());
    return n > 0 || space.isFinDue() ? sendNew(n, n, n == 0, true, builder, receiver, now) : null;
  }

  private TcpSegment build(int seq, int length, int segmentSize, boolean fin, int more, int codepoint,
      SegmentBuilder builder, Receiver receiver, long now) {
    probing.onSent(seq, seq + length);
    int offset = seq - space.sndUna();
    ByteBuf payload = builder.payload(buffer, offset, length);
    // MUST-61: the last segment of the queued data carries PSH.
    boolean push = buffer.isPushed(offset, length);
    int flags = more | (push ? TcpSegment.PSH : 0) | (fin ? TcpSegment.FIN : 0);
    // MUST-62: it points to the octet after the urgent data. RFC 9293 3.8.5: URG is set only on segments with data; a
    // segment without data follows all of it.
    long urgent = buffer.urgentAfter(offset);
    if (urgent > 0) {
      flags |= TcpSegment.URG;
    }
    int urgentPointer = Math.clamp(urgent, 0, MAX_URGENT_POINTER);
    return builder.data(seq, flags, urgentPointer, codepoint, payload, segmentSize, receiver, now);
  }
}
