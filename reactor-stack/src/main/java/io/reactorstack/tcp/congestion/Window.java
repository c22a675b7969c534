package io.reactorstack.tcp.congestion;

/** {@code cwnd} and {@code ssthresh} of one connection, and the moves that all algorithms have in common. */
final class Window {

  /** Beyond every window that a receiver can offer (RFC 7323 section 2.3). */
  static final int UNLIMITED = 1 << 30;

  private final int initialWindow;
  private final WindowUse use = new WindowUse();
  private final SlowStart slowStart;
  /** RW: what an idle connection begins again with. */
  private int restartWindow;
  private long ackedSinceStart;
  private int smss;
  private int cwnd;
  private int ssthresh = Integer.MAX_VALUE;
  /** The window before the last reduction; 0 if there was none that can be taken back. */
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

  /** Returns whether the window fell because it was not used for long. */
  boolean onSent(int bytes, int flightSize, int sndNxt, long now) {
    boolean fell = flightSize == bytes && age(now);
    use.onSent(flightSize, sndNxt, cwnd, smss);
    return fell;
  }

  /** Returns whether the window fell because it was not used for long. */
  boolean onRoundTrip(int bytes, int sndUna, int sndNxt, long rtt, long srtt, long now) {
    ackedSinceStart += bytes;
    use.onAcknowledged(bytes, sndUna, sndNxt, srtt, now);
    slowStart.onRoundTrip(sndUna, sndNxt, rtt);
    return age(now);
  }

  /** RFC 7661 section 4.4.3: an unused window is halved each five minutes; ssthresh remembers what it was. */
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

  /** Whether the window is used so far that it may grow; {@code slowStart}: to its double. */
  boolean mayGrow(boolean isSlowStart) {
    return isSlowStart ? use.isHalfFilled(cwnd) : use.isFilled();
  }

  /** Slow start; returns whether it has just ended without a loss: then ssthresh is cwnd. */
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

  /** What another algorithm has found out. */
  void takeOver(int bytes, int threshold) {
    set(bytes);
    ssthresh = threshold;
    if (cwnd >= threshold) {
      slowStart.onEnd();
    }
  }

  /** Congestion: ssthresh becomes {@code bytes}, at least two segments (RFC 5681 equation (4)). */
  void reduce(long bytes) {
    cwndBefore = cwnd;
    ssthreshBefore = ssthresh;
    if (ackedSinceStart < restartWindow) {
      // RFC 6928 section 2: a path that cannot take ten segments at once is not asked again to; RFC 3390's window is fine.
      restartWindow = Math.min(restartWindow, InitialWindow.conservative(smss));
    }
    ssthresh = (int) Math.clamp(bytes, 2L * smss, UNLIMITED);
    slowStart.onEnd();
    use.onReduction();
  }

  /**
   * Takes the last reduction back, once; returns false if the window has come back already, so that it keeps what it has
   * (RFC 9438 section 4.9.2).
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
   * RFC 5681 4.1: the restart window. What the path has carried stays known, as in RFC 7661. Returns whether the window
   * fell.
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
