package io.reactorstack.tcp.recovery;

import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.congestion.CongestionControl;

/**
 * Detects losses by SACK: a segment is lost if enough data above it was reported as received (IsLost of RFC 6675
 * section 4).
 */
public final class ScoreboardDetection implements LossDetection {

  private final RetransmissionQueue queue;
  private final CongestionControl congestion;
  private final int dupThresh;
  private int dupAcks;
  /** The sequence number below which all segments have been judged; meaningful if {@link #judged}. */
  private int judgedUpTo;

  private boolean judged;

  ScoreboardDetection(RetransmissionQueue queue, CongestionControl congestion, int dupThresh) {
    this.queue = queue;
    this.congestion = congestion;
    this.dupThresh = dupThresh;
  }

  @Override
  public void onDelivered(SentSegment segment) {
    // The ranges of the scoreboard contain all that is needed.
  }

  @Override
  public boolean onAck(AckReport ack, boolean recovering, long now) {
    if (ack.isAdvance()) {
      // RFC 6675 5: reset at a cumulative acknowledgement of new data.
      dupAcks = 0;
    } else if (ack.isSackNews()) {
      dupAcks++;
    }
    boolean lost = markLost();
    if (!recovering && !lost && dupAcks >= dupThresh && !queue.isEmpty()) {
      // RFC 6675 5 step (1): this many duplicates mean a loss even if IsLost is not true yet.
      lost = queue.markLost(queue.get(0));
    }
    return lost;
  }

  /** Marks the segments that IsLost finds. Each segment is judged once, until a retransmission timeout. */
  private boolean markLost() {
    if (queue.ranges().isEmpty()) {
      return false;
    }
    int frontier = frontier();
    int from = queue.get(0).seq();
    if (judged && SequenceNumber.after(judgedUpTo, from)) {
      from = judgedUpTo;
    }
    boolean lost = false;
    if (SequenceNumber.before(from, frontier)) {
      for (int i = queue.position(from); i < queue.size(); i++) {
        SentSegment segment = queue.get(i);
        if (SequenceNumber.afterOrAt(segment.seq(), frontier)) {
          break;
        }
        // Already retransmitted: RFC 6675 leaves a second loss to the timeout.
        if (!segment.resent) {
          lost |= queue.markLost(i, segment);
        }
      }
      judgedUpTo = frontier;
      judged = true;
    }
    return lost;
  }

  /**
   * Returns the sequence number below which all segments are lost: above it, DupThresh separate ranges or more than
   * (DupThresh - 1) * SMSS bytes are reported as received.
   */
  private int frontier() {
    SackedRanges ranges = queue.ranges();
    int count = ranges.count();
    int enough = (dupThresh - 1) * congestion.segmentSize() + 1;
    int bytes = 0;
    for (int i = count - 1; i >= 0; i--) {
      int length = ranges.right(i) - ranges.left(i);
      if (bytes + length >= enough) {
        return ranges.right(i) - (enough - bytes);
      }
      bytes += length;
      if (count - i >= dupThresh) {
        return ranges.left(i);
      }
    }
    return queue.get(0).seq();
  }

  @Override
  public boolean onDeadline(boolean recovering, long now) {
    return false;
  }

  @Override
  public void onTimeout(long now) {
    dupAcks = 0;
    judged = false;
    queue.markAllLost();
  }

  @Override
  public void onRecovered() {
    dupAcks = 0;
  }

  @Override
  public long deadline() {
    return NO_DEADLINE;
  }

  @Override
  public int reorderingDegree() {
    return dupThresh;
  }

  @Override
  public long reorderings() {
    return 0;
  }
}
