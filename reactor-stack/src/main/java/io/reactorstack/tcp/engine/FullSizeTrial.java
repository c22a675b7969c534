package io.reactorstack.tcp.engine;

import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.recovery.AckReport;
import io.reactorstack.tcp.recovery.RetransmissionQueue;
import io.reactorstack.tcp.recovery.SentSegment;
import org.jspecify.annotations.Nullable;

/**
 * Distinguishes an outage of the path from a path that drops large packets silently (a black hole).
 *
 * <p>While they last both look alike: segment after segment times out, and the sender falls back to smaller ones (RFC
 * 4821 section 7.7). When the peer has acknowledged a small segment, the sender sends one segment of the size that got
 * stuck, the trial, and a smaller segment right behind it, its companion. An acknowledgement of the trial shows that
 * its size was not the reason. An acknowledgement of something sent after the trial, while the trial itself is missing,
 * shows that it was. Neither case costs a timeout.
 *
 * <p>The order of use: {@link #onStop}, {@link #onAck} until {@link #isWanted}, {@link #onTrial}, {@link #onAck} until
 * it returns a verdict other than {@link Verdict#OPEN}.
 */
final class FullSizeTrial {

  /** The conclusion from an acknowledgement about packets of the size that got stuck. */
  enum Verdict {
    OPEN,
    PASSES,
    /** A packet smaller than the stuck one, but larger than any since, has passed: the trial goes on. */
    PASSES_IN_PART,
    VANISHES
  }

  private enum Phase {
    /** No size is in doubt. */
    NONE,
    /** Nothing has been acknowledged since the full stop. */
    STOPPED,
    /** A small packet has passed; a trial must be sent. */
    WANTED,
    /** The trial is in flight. */
    SENT
  }

  /** After this many spoiled trials the size counts as dropped: each attempt may cost a timeout. */
  private static final int ATTEMPTS = 2;

  private final boolean sack;
  private final boolean timestamps;
  private Phase phase = Phase.NONE;
  /** The size of the packet that got stuck, in bytes. */
  private int stuckBytes;
  private int stuckEnd;
  /** The end of the data sent in smaller packets since the full stop. */
  private int smallEnd;
  private int trialBytes;
  private int trialSeq;
  private int trialEnd;
  private long trialAt;
  /** True if something was sent after the trial. */
  private boolean followed;
  private int spoiled;

  /**
   * Creates a trial in which no size is in doubt.
   *
   * @param sack whether the peer reports what it has received out of order
   * @param timestamps whether the acknowledgement of a retransmission measures a round trip
   */
  FullSizeTrial(boolean sack, boolean timestamps) {
    this.sack = sack;
    this.timestamps = timestamps;
  }

  /** Returns whether a size is in doubt. */
  boolean isOpen() {
    return phase != Phase.NONE;
  }

  /** Returns whether a trial must be sent. */
  boolean isWanted() {
    return phase == Phase.WANTED;
  }

  /** Returns whether a smaller segment must follow the trial, regardless of the congestion window. */
  boolean isCompanionDue() {
    return phase == Phase.SENT && !followed;
  }

  /**
   * Returns whether a packet of {@code bytes} decides the trial: it is as large as the stuck one, up to the precision
   * of the search.
   */
  boolean isAsLarge(int bytes) {
    return bytes + PathMtuSearch.THRESHOLD > stuckBytes;
  }

  /** The length of the trial in flight, in sequence numbers; 0 if there is none. */
  int inFlight() {
    return phase == Phase.SENT ? trialEnd - trialSeq : 0;
  }

  /** The packet size of the last trial, in bytes. */
  int bytes() {
    return trialBytes;
  }

  /** Notes a full stop: {@code first} timed out in a packet of {@code bytes}, and later packets are smaller. */
  void onStop(SentSegment first, int bytes) {
    if (phase == Phase.NONE) {
      stuckBytes = bytes;
      spoiled = 0;
    }
    if (isAsLarge(bytes)) {
      stuckEnd = first.end();
      smallEnd = first.seq();
    }
    phase = Phase.STOPPED;
  }

  /** Notes that the trial was sent: the octets from {@code seq} to {@code end}, in a packet of {@code bytes}. */
  void onTrial(int seq, int end, int bytes, long now) {
    phase = Phase.SENT;
    trialSeq = seq;
    trialEnd = end;
    trialBytes = bytes;
    trialAt = now;
    followed = false;
  }

  /** Notes that a segment with data other than the trial was sent. */
  void onSent(int seq, int end) {
    if (phase == Phase.STOPPED) {
      smallEnd = SequenceNumber.later(smallEnd, end);
    } else if (phase == Phase.SENT) {
      followed = true;
      if (SequenceNumber.before(seq, trialEnd) && SequenceNumber.after(end, trialSeq)) {
        // The trial's data is sent again, so an acknowledgement of it no longer proves anything about the trial.
        spoil();
      }
    }
  }

  /** Handles a retransmission timeout: small packets are sent again, and must be acknowledged before another trial. */
  void onTimeout() {
    if (phase == Phase.SENT) {
      spoil();
    } else if (phase == Phase.WANTED) {
      stop();
    }
  }

  private void spoil() {
    spoiled++;
    stop();
  }

  private void stop() {
    phase = Phase.STOPPED;
    smallEnd = stuckEnd;
  }

  /** Requests another trial. */
  void again() {
    phase = Phase.WANTED;
  }

  /** Ends the trial: no size is in doubt. */
  void end() {
    phase = Phase.NONE;
  }

  /**
   * Returns the verdict after {@code report}, which the queue has processed already; {@code minRtt} is the least
   * round-trip time in nanoseconds.
   */
  Verdict onAck(AckReport report, RetransmissionQueue queue, long minRtt, long now) {
    return switch (phase) {
      case NONE, WANTED -> Verdict.OPEN;
      case STOPPED -> onFirstAnswer(report);
      case SENT -> judge(report, queue, now - trialAt >= minRtt);
    };
  }

  private Verdict onFirstAnswer(AckReport report) {
    if (!report.isAdvance()) {
      return Verdict.OPEN;
    }
    boolean whole = SequenceNumber.afterOrAt(report.sndUna(), stuckEnd) && SequenceNumber.before(smallEnd, stuckEnd);
    if (timestamps && whole) {
      // The end of the segment was sent only in a large packet, so that packet arrived and only acknowledgements were
      // missing. If the path has become narrower since, the next timeouts show it, and they are short again; without
      // timestamps they would still be doubled.
      return Verdict.PASSES;
    }
    if (spoiled >= ATTEMPTS) {
      return Verdict.VANISHES;
    }
    phase = Phase.WANTED;
    return Verdict.OPEN;
  }

  private Verdict judge(AckReport report, RetransmissionQueue queue, boolean afterRoundTrip) {
    SentSegment trial = inFlight(queue);
    if (trial == null || SequenceNumber.afterOrAt(report.sndUna(), trialEnd) || trial.isSacked()) {
      return isAsLarge(trialBytes) ? Verdict.PASSES : Verdict.PASSES_IN_PART;
    }
    boolean later = report.isDeliveredAfter(trial);
    if (!sack) {
      // Without SACK, an arrival out of order shows only as a duplicate acknowledgement, and only if the trial is the
      // first segment in flight. A duplicate within a round trip of the trial answers segments sent before it.
      boolean duplicate = report.isDuplicate() && followed && afterRoundTrip;
      later = trial == queue.first() && (later || duplicate);
    }
    return later || trial.isLost() ? Verdict.VANISHES : Verdict.OPEN;
  }

  /** Returns the trial if it is in flight, or {@code null}. */
  @Nullable
  SentSegment inFlight(RetransmissionQueue queue) {
    return phase == Phase.SENT && !queue.isEmpty() ? queue.get(queue.position(trialSeq)) : null;
  }
}
