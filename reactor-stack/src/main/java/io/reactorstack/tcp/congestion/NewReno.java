package io.reactorstack.tcp.congestion;

/** Slow start and congestion avoidance of RFC 5681, counting acknowledged bytes (RFC 3465). */
public final class NewReno implements CongestionControl {

  /** Makes instances of it. */
  public static final Factory FACTORY = new Factory() {
    @Override
    public String name() {
      return "reno";
    }

    @Override
    public CongestionControl create(int segmentSize, int initialWindow) {
      return new NewReno(segmentSize, initialWindow);
    }
  };

  private static final int UNLIMITED = 1 << 30;

  private final int initialWindow;
  private int smss;
  private int cwnd;
  private int ssthresh = Integer.MAX_VALUE;
  private int bytesAcked;
  /** What {@link #onSpurious} restores; 0 when there is nothing to restore. */
  private int priorWindow;
  private int priorThreshold;

  /**
   * Starts in slow start.
   *
   * @param segmentSize SMSS in bytes
   * @param initialWindow initial window in bytes
   */
  public NewReno(int segmentSize, int initialWindow) {
    this.smss = segmentSize;
    this.initialWindow = initialWindow;
    this.cwnd = initialWindow;
  }

  /** The upper bound of the initial window of RFC 6928 section 2, for {@code segments} instead of ten. */
  public static int initialWindow(int segments, int segmentSize) {
    return Math.min(segments * segmentSize, Math.max(2 * segmentSize, segments * 1460));
  }

  @Override
  public int window() {
    return cwnd;
  }

  @Override
  public int slowStartThreshold() {
    return ssthresh;
  }

  @Override
  public int segmentSize() {
    return smss;
  }

  @Override
  public void onAcknowledged(int bytes, int flightSize, long now) {
    if (!isFilled(flightSize)) {
      return;
    }
    if (cwnd < ssthresh) {
      // RFC 5681 3.1 (2): never by more than one segment for an acknowledgement, however it is divided or stretched.
      cwnd = Math.min(UNLIMITED, cwnd + Math.min(bytes, smss));
      return;
    }
    // RFC 5681 3.1: one segment for each window of acknowledged bytes.
    bytesAcked += bytes;
    if (bytesAcked >= cwnd) {
      bytesAcked -= cwnd;
      cwnd = Math.min(UNLIMITED, cwnd + smss);
    }
    bytesAcked = Math.min(bytesAcked, cwnd);
  }

  /** A window the application does not fill says nothing about the path, so it does not grow (RFC 7661 section 3). */
  private boolean isFilled(int flightSize) {
    return cwnd < ssthresh ? cwnd < 2L * flightSize : flightSize + smss >= cwnd;
  }

  @Override
  public void onLoss(int flightSize, long now) {
    save();
    // RFC 5681 3.1 (4): half of what is in flight, not of cwnd.
    ssthresh = Math.max(flightSize / 2, 2 * smss);
    bytesAcked = 0;
  }

  @Override
  public void onTimeout(int flightSize, boolean repeated, long now) {
    // RFC 5681 3.1: ssthresh is held while the same segment times out again.
    if (!repeated) {
      save();
      ssthresh = Math.max(flightSize / 2, 2 * smss);
    }
    cwnd = smss;
    bytesAcked = 0;
  }

  private void save() {
    priorWindow = cwnd;
    priorThreshold = ssthresh;
  }

  @Override
  public void onSpurious(long now) {
    cwnd = Math.max(cwnd, priorWindow);
    ssthresh = Math.max(ssthresh, priorThreshold);
    priorWindow = 0;
    priorThreshold = 0;
  }

  @Override
  public void onIdle() {
    // RFC 5681 4.1: the restart window.
    cwnd = Math.min(cwnd, initialWindow);
  }

  @Override
  public void setWindow(int bytes) {
    cwnd = Math.clamp(bytes, smss, UNLIMITED);
  }

  @Override
  public void onSegmentSize(int bytes) {
    // RFC 5681 3.1: the window keeps its number of segments when the segments become smaller.
    if (bytes < smss) {
      cwnd = Math.max(bytes, (int) ((long) cwnd * bytes / smss));
    }
    smss = bytes;
  }
}
