package io.reactorstack.tcp.congestion;

/**
 * Paces segments: computes when the next one may leave, from the rate that the congestion control sets. A pacer only
 * delays; the window decides how much may be sent, and a sender without a pacer sends as fast as its window allows.
 *
 * <p>A few segments leave together in a burst, so that pacing does not need a timer for each. No burst waits for longer
 * than a second.
 */
public final class Pacer {

  private static final long SECOND = 1_000_000_000L;

  /** The largest burst in bytes, like the largest segmentation offload of a common device. */
  private static final int LARGEST_QUANTUM = 64 * 1024;

  /**
   * The longest time between two bursts. A round-trip time of minutes, measured while the peer did not answer, must not
   * stop the sender for that long; the window still limits it.
   */
  static final long LONGEST_PAUSE = SECOND;

  private long burst;
  /** The time at which the current burst began; {@link #burstDue} is the time at which it was due. */
  private long burstBegan;
  private long burstDue;
  private long opensAt = Long.MIN_VALUE;

  /**
   * Returns the pacing rate of a window, in bytes per second: twice the window per round trip in slow start, so that
   * pacing does not limit the next doubling, and six fifths of the window per round trip afterwards; 0 before the first
   * round-trip sample.
   *
   * @param srtt the smoothed round-trip time in nanoseconds
   */
  public static long rate(int cwnd, int ssthresh, long srtt) {
    if (srtt <= 0) {
      return 0;
    }
    // As Linux does: the last doubling before the threshold already uses the lower rate.
    boolean slowStart = cwnd < ssthresh / 2;
    return cwnd * (slowStart ? 10L : 6L) * (SECOND / 5) / srtt;
  }

  /** Returns whether a segment may leave at {@code now}. */
  public boolean isOpen(long now) {
    return now >= opensAt;
  }

  /** The time from which the next segment may leave, in nanoseconds. */
  public long opensAt() {
    return opensAt;
  }

  /**
   * Returns the bytes that may leave together at present, if a segment may leave.
   *
   * @param rate the current {@link CongestionControl#pacingRate}
   * @param segmentSize SMSS
   */
  public int quantumLeft(long rate, int segmentSize) {
    return (int) Math.max(1, quantum(rate, segmentSize) - burst);
  }

  /**
   * Returns the bytes that may leave together.
   *
   * @param rate the current {@link CongestionControl#pacingRate}
   * @param segmentSize SMSS
   */
  public static long quantum(long rate, int segmentSize) {
    return Math.max(2L * segmentSize, Math.min(rate / 1000, LARGEST_QUANTUM));
  }

  /**
   * Called when a segment was sent.
   *
   * @param rate the current {@link CongestionControl#pacingRate}; 0 does not delay
   * @param segmentSize SMSS; two segments of this size may always leave together
   */
  public void onSent(int bytes, long rate, int segmentSize, long now) {
    if (rate == 0) {
      return;
    }
    long quantum = quantum(rate, segmentSize);
    if (burst == 0 || now - burstBegan >= time(burst, rate)) {
      // A timer that fires late by less than one burst does not lower the rate; idle time earns no credit.
      boolean late = opensAt != Long.MIN_VALUE && now - opensAt < time(quantum, rate);
      burstDue = late ? Math.min(opensAt, now) : now;
      burstBegan = now;
      burst = 0;
    }
    burst += bytes;
    if (burst >= quantum) {
      opensAt = burstDue + Math.min(time(burst, rate), LONGEST_PAUSE);
      burst = 0;
    }
  }

  private static long time(long bytes, long rate) {
    return bytes * SECOND / rate;
  }
}
