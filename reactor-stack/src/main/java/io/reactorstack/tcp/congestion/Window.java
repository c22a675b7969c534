package io.reactorstack.tcp.congestion;

/**
 * {@code cwnd} and {@code ssthresh} of one connection, and the operations that all algorithms share. Sizes are in
 * bytes.
 */
final class Window {

  /** The largest window, at least as large as any that a receiver can advertise (RFC 7323 section 2.3). */
  static final int UNLIMITED = 1 << 30;

  private final int initialWindow;
  private final WindowUse use = new WindowUse();
  private final SlowStart slowStart;
  /** RW of RFC 5681: the window with which an idle connection resumes. */
  private int restartWindow;
  private long ackedSinceStart;
  private int smss;
  private int cwnd;
  private int ssthresh = Integer.MAX_VALUE;
  /** The window before the last reduction; 0 if no reduction can be undone. */
  private int cwndBefore;
  private int ssthreshBefore;

  Window(int segmentSize, int initialWindow, SlowStart slowStart) {
    this.smss = segmentSize;
    this.initialWindow = initialWindow;
    this.restartWindow = initialWindow;
    this.cwnd = initialWindow;
    this.slowStart = slowStart;
  }

  int cwnd() {
    return cwnd;
  }

  int ssthresh() {
    return ssthresh;
  }

  int smss() {
    return smss;
  }

  /** Records sent data; returns whether the window fell because it had not been used for a long time. */
  boolean onSent(int bytes, int flightSize, int sndNxt, long now) {
    boolean fell = flightSize == bytes && age(now);
    use.onSent(flightSize, sndNxt, cwnd, smss);
    return fell;
  }

  /** Records acknowledged data; returns whether the window fell because it had not been used for a long time. */
  boolean onRoundTrip(int bytes, int sndUna, int sndNxt, long rtt, long srtt, long now) {
    ackedSinceStart += bytes;
    use.onAcknowledged(bytes, sndUna, sndNxt, srtt, now);
    slowStart.onRoundTrip(sndUna, sndNxt, rtt);
    return age(now);
  }

  /**
   * RFC 7661 section 4.4.3: halves an unused window every five minutes, and raises ssthresh to 3/4 of the old window.
   */
  private boolean age(long now) {
    int before = cwnd;
    for (int n = use.periodsUnused(cwnd, now); n > 0 && cwnd > initialWindow; n--) {
      rememberInThreshold();
      cwnd = Math.max(cwnd / 2, initialWindow);
    }
    return cwnd < before;
  }

  private void rememberInThreshold() {
    ssthresh = Math.max(ssthresh, (int) (3L * cwnd / 4));
  }

  /** Returns whether the sender uses enough of the window for it to grow, in slow start or in congestion avoidance. */
  boolean mayGrow(boolean isSlowStart) {
    return isSlowStart ? use.isHalfFilled(cwnd) : use.isFilled();
  }

  /**
   * Grows the window by slow start; returns whether slow start has ended without a loss, which sets ssthresh to cwnd.
   */
  boolean slowStart(int bytes) {
    grow(slowStart.increase(bytes, smss));
    if (!slowStart.isFinished()) {
      return false;
    }
    slowStart.onEnd();
    ssthresh = cwnd;
    return true;
  }

  void grow(long bytes) {
    cwnd = (int) Math.min(UNLIMITED, cwnd + bytes);
  }

  void set(int bytes) {
    cwnd = Math.clamp(bytes, smss, UNLIMITED);
  }

  /** Adopts the window and threshold of another algorithm. */
  void takeOver(int bytes, int threshold) {
    set(bytes);
    ssthresh = threshold;
    if (cwnd >= threshold) {
      slowStart.onEnd();
    }
  }

  /** Sets ssthresh to {@code bytes} after congestion, at least to two segments (RFC 5681 equation (4)). */
  void reduce(long bytes) {
    cwndBefore = cwnd;
    ssthreshBefore = ssthresh;
    if (ackedSinceStart < restartWindow) {
      // RFC 6928 section 2: the initial burst was too large for this path, so restart with the smaller window of RFC
      // 3390.
      restartWindow = Math.min(restartWindow, InitialWindow.conservative(smss));
    }
    ssthresh = (int) Math.clamp(bytes, 2L * smss, UNLIMITED);
    slowStart.onEnd();
    use.onReduction();
  }

  /**
   * Undoes the last reduction, once. Returns false if no reduction can be undone, or if the window has already regained
   * its previous size and is therefore kept (RFC 9438 section 4.9.2).
   */
  boolean restore() {
    if (cwndBefore == 0) {
      return false;
    }
    boolean behind = cwnd < cwndBefore;
    if (behind) {
      cwnd = cwndBefore;
      slowStart.onSpurious();
    }
    ssthresh = Math.max(ssthresh, ssthreshBefore);
    cwndBefore = 0;
    return behind;
  }

  /**
   * Lowers the window to the restart window (RFC 5681 section 4.1). The threshold preserves the size that the path has
   * carried, as in RFC 7661. Returns whether the window fell.
   */
  boolean onIdle() {
    ackedSinceStart = 0;
    if (cwnd <= restartWindow) {
      return false;
    }
    rememberInThreshold();
    cwnd = restartWindow;
    return true;
  }

  void onSegmentSize(int bytes) {
    if (bytes < smss) {
      // RFC 5681 3.1: the window keeps its number of segments when the segments become smaller.
      cwnd = (int) ((long) cwnd * bytes / smss);
    }
    smss = bytes;
    cwnd = Math.max(cwnd, smss);
    ssthresh = Math.max(ssthresh, 2 * smss);
  }
}
