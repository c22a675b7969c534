package io.reactorstack.tcp.engine;

import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.recovery.AckReport;
import io.reactorstack.tcp.recovery.RetransmissionQueue;
import io.reactorstack.tcp.recovery.SentSegment;
import org.jspecify.annotations.Nullable;

/**
 * Tells an outage of the path from a path that swallows large packets.
 *
 * <p>While they last both look alike: segment after segment times out, and RFC 4821 section 7.7 sends smaller ones. When one of
 * these is acknowledged, a segment of the size that got stuck goes out once more, the trial, and a smaller one right behind it, its
 * companion. An acknowledgement of the trial says that size was not the reason; one of something sent after the trial, while the
 * trial itself is missing, says that it was. Neither costs a timeout.
 *
 * <p>The order of use: {@link #onStop}, {@link #onAck} until {@link #isWanted}, {@link #onTrial}, {@link #onAck} until there is a
 * verdict.
 */
final class FullSizeTrial {

  /** What an acknowledgement says about packets of the size that got stuck. */
  enum Verdict {
    OPEN,
    PASSES,
    /** Something smaller has passed than what got stuck, but larger than what has passed since: the trial goes on. */
    PASSES_IN_PART,
    VANISHES
  }

  private enum Phase {
    /** No size is doubted. */
    NONE,
    /** Nothing has got through since the full stop. */
    STOPPED,
    /** Something small has got through. */
    WANTED,
    /** The trial is in flight. */
    SENT
  }

  /** A trial that is spoiled this often is taken for lost: each attempt may cost a timeout. */
  private static final int ATTEMPTS = 2;

  private final boolean sack;
  private final boolean timestamps;
  private Phase phase = Phase.NONE;
  /** Bytes of the packet that got stuck. */
  private int stuckBytes;
  private int stuckEnd;
  /** The end of what was sent in smaller packets since the full stop. */
  private int smallEnd;
  private int trialBytes;
  private int trialSeq;
  private int trialEnd;
  private long trialAt;
  /** Whether something was sent after the trial. */
  private boolean followed;
  private int spoiled;

  /**
   * No size is doubted.
   *
   * @param sack whether the peer reports what it has received out of order
   * @param timestamps whether an acknowledgement of what was sent again measures a round trip
   */
  FullSizeTrial(boolean sack, boolean timestamps) {
    this.sack = sack;
    this.timestamps = timestamps;
  }

  /** Whether a size is in doubt. */
  boolean isOpen() {
    return phase != Phase.NONE;
  }

  /** Whether a trial is to be sent. */
  boolean isWanted() {
    return phase == Phase.WANTED;
  }

  /** Whether a smaller segment must follow the trial, whatever the congestion window. */
  boolean isCompanionDue() {
    return phase == Phase.SENT && !followed;
  }

  /** Whether a packet of {@code bytes} tells all: it is as large as the one that got stuck, but for what makes no difference. */
  boolean isAsLarge(int bytes) {
    return bytes + PathMtuSearch.THRESHOLD > stuckBytes;
  }

  /** Sequence numbers of the trial in flight; 0 if there is none. */
  int inFlight() {
    return phase == Phase.SENT ? trialEnd - trialSeq : 0;
  }

  /** Bytes of the packet of the last trial. */
  int bytes() {
    return trialBytes;
  }

  /** Nothing gets through: {@code first} is what timed out, in a packet of {@code bytes}; from now on packets are smaller. */
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

  /** The trial was sent: the octets from {@code seq} to {@code end}, in a packet of {@code bytes}. */
  void onTrial(int seq, int end, int bytes, long now) {
    phase = Phase.SENT;
    trialSeq = seq;
    trialEnd = end;
    trialBytes = bytes;
    trialAt = now;
    followed = false;
  }

  /** A segment with data that is not the trial was sent. */
  void onSent(int seq, int end) {
    if (phase == Phase.STOPPED) {
      smallEnd = SequenceNumber.later(smallEnd, end);
    } else if (phase == Phase.SENT) {
      followed = true;
      if (SequenceNumber.before(seq, trialEnd) && SequenceNumber.after(end, trialSeq)) {
        // What it carried goes out again: its acknowledgement will say nothing.
        spoil();
      }
    }
  }

  /** The retransmission timer expired: what goes out now is small, and has to be answered first. */
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

  /** Another trial is to be sent. */
  void again() {
    phase = Phase.WANTED;
  }

  /** Nothing is in doubt any more. */
  void end() {
    phase = Phase.NONE;
  }

  /** What {@code report}, of which the queue knows already, says; {@code minRtt} is the least round trip in nanoseconds. */
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
      // The end of the segment was never sent but in a large packet: only acknowledgements were missing. Should the path have
      // become narrower meanwhile, timeouts that are short again tell so; without timestamps they would still be doubled.
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
      // What has arrived out of order shows when all before it has: then a duplicate tells of what came after it. An early one
      // answers what was sent in vain before the trial.
      boolean duplicate = report.isDuplicate() && followed && afterRoundTrip;
      later = trial == queue.first() && (later || duplicate);
    }
    return later || trial.isLost() ? Verdict.VANISHES : Verdict.OPEN;
  }

  /** The trial if it is in flight, or {@code null}. */
  @Nullable
  SentSegment inFlight(RetransmissionQueue queue) {
    return phase == Phase.SENT && !queue.isEmpty() ? queue.get(queue.position(trialSeq)) : null;
  }
}
