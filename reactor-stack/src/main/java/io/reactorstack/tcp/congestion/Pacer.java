package io.reactorstack.tcp.congestion;

/**
 * Spreads what a window allows at the rate that the congestion control wants: says when the next segment may leave. It delays and
 * never decides; a sender without one sends as its window allows.
 *
 * <p>A few segments leave together, so that pacing does not take a timer for each. No burst waits for longer than a second.
 */
public final class Pacer {

  private static final long SECOND = 1_000_000_000L;

  /** At most this much leaves together, as with the segmentation offload of a usual device. */
  private static final int LARGEST_QUANTUM = 64 * 1024;

  /**
   * Longest time between two bursts: a round trip of minutes, measured while the peer did not listen, must not stop the sender for
   * as long. The window still bounds what leaves.
   */
  static final long LONGEST_PAUSE = SECOND;

  private long burst;
  /** When the present burst began, and when it was due. */
  private long burstBegan;
  private long burstDue;
  private long opensAt = Long.MIN_VALUE;

  /**
   * The rate in bytes a second at which a window is sent: twice the window in a round trip in slow start, so that the next
   * doubling has room, and six fifths of it afterwards; 0 before the first round-trip sample.
   *
   * @param srtt the smoothed round-trip time in nanoseconds
   */
  public static long rate(int cwnd, int ssthresh, long srtt) {
    if (srtt <= 0) {
      return 0;
    }
    // As Linux: on the way to the threshold the last doubling is already slower.
    boolean slowStart = cwnd < ssthresh / 2;
    return cwnd * (slowStart ? 10L : 6L) * (SECOND / 5) / srtt;
  }

  /** Whether a segment may leave now. */
  public boolean isOpen(long now) {
    return now >= opensAt;
  }

  /** When the next segment may leave, in nanoseconds. */
  public long opensAt() {
    return opensAt;
  }

  /**
   * A segment left.
   *
   * @param rate {@link CongestionControl#pacingRate} at present; 0 does not delay
   * @param segmentSize SMSS: two of them may always leave together
   */
  public void onSent(int bytes, long rate, int segmentSize, long now) {
    if (rate == 0) {
      return;
    }
    long quantum = Math.max(2L * segmentSize, Math.min(rate / 1000, LARGEST_QUANTUM));
    if (burst == 0 || now - burstBegan >= time(burst, rate)) {
      // A timer that is late by less than a burst does not lower the rate; idle time gives no credit.
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
