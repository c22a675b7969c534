package io.reactorstack.tcp.congestion;

import io.reactorstack.packet.SequenceNumber;

/**
 * Tracks whether the sender uses its congestion window. An unused window is no evidence about the path, so it must not
 * grow, and it remains valid for a limited time only (RFC 7661). Sizes are in bytes, times in nanoseconds.
 */
final class WindowUse {

  /** RFC 7661 section 4.4.3: the time for which an unused window is kept. */
  static final long NON_VALIDATED_PERIOD = 300_000_000_000L;

  /** RFC 7661 section 4.2: pipeACK is the maximum over at least this time. */
  private static final long SAMPLING_PERIOD = 1_000_000_000L;

  private static final int UNDEFINED = -1;

  /** True if the window was full at some time in the round trip that ends at {@link #usageEnd}. */
  private boolean filled;
  private int maxFlight;
  private int usageEnd;
  private boolean usageKnown;

  private int roundEnd;
  private boolean inRound;
  private long ackedInRound;
  private long periodStart;
  private int pipeAck = UNDEFINED;
  private int pipeAckBefore = UNDEFINED;
  private long usedAt;
  private boolean usedBefore;

  /** Records that new data was sent while the window was {@code cwnd}. */
  void onSent(int flightSize, int sndNxt, int cwnd, int smss) {
    // RFC 7661 section 3: the sender is cwnd-limited if less than a segment of the window is free.
    boolean full = (long) flightSize + smss > cwnd;
    boolean newRound = !usageKnown || SequenceNumber.afterOrAt(sndNxt - flightSize, usageEnd);
    if (newRound || full || !filled && flightSize > maxFlight) {
      filled = full;
      maxFlight = flightSize;
      usageEnd = sndNxt;
      usageKnown = true;
    }
  }

  /** Measures pipeACK: the bytes acknowledged in a round trip. */
  void onAcknowledged(int bytes, int sndUna, int sndNxt, long srtt, long now) {
    if (!inRound) {
      inRound = true;
      roundEnd = sndNxt;
    }
    ackedInRound += bytes;
    if (!SequenceNumber.afterOrAt(sndUna, roundEnd)) {
      return;
    }
    if (now - periodStart > Math.max(SAMPLING_PERIOD, 3 * srtt)) {
      pipeAckBefore = pipeAck;
      pipeAck = UNDEFINED;
      periodStart = now;
    }
    pipeAck = Math.max(pipeAck, (int) Math.min(ackedInRound, Integer.MAX_VALUE));
    inRound = sndUna != sndNxt;
    roundEnd = sndNxt;
    ackedInRound = 0;
  }

  /** Returns whether the window was full in the last round trip; only then may it grow in congestion avoidance. */
  boolean isFilled() {
    return filled;
  }

  /**
   * Returns whether a window in slow start may grow: more than half of it was used, so that the sender would use most
   * of it after the next doubling.
   */
  boolean isHalfFilled(int cwnd) {
    return filled || cwnd < 2L * maxFlight;
  }

  /**
   * Returns whether the sender is in the validated phase of RFC 7661 section 4.3: the window is known to fit the path.
   */
  private boolean isValidated(int cwnd) {
    int pipe = Math.max(pipeAck, pipeAckBefore);
    return filled || pipe == UNDEFINED || 2L * pipe >= cwnd;
  }

  /** Returns the number of whole {@link #NON_VALIDATED_PERIOD}s since the window of {@code cwnd} was last in use. */
  int periodsUnused(int cwnd, long now) {
    boolean resumed = usedBefore && now - usedAt >= NON_VALIDATED_PERIOD;
    if (resumed) {
      int periods = (int) Math.min(31, (now - usedAt) / NON_VALIDATED_PERIOD);
      usedAt = now;
      return periods;
    }
    if (!usedBefore || isValidated(cwnd)) {
      usedBefore = true;
      usedAt = now;
    }
    return 0;
  }

  /** Discards the measurements at a reduction: they do not apply to the reduced window (RFC 7661 section 4.4.2). */
  void onReduction() {
    pipeAck = UNDEFINED;
    pipeAckBefore = UNDEFINED;
    inRound = false;
    ackedInRound = 0;
  }
}
