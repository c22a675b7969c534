package io.reactorstack.tcp.congestion;

import io.reactorstack.setting.Checks;

/** Slow start and congestion avoidance of RFC 5681, counting acknowledged bytes (RFC 3465). */
public final class NewReno {

  /** NewReno with the slow start of RFC 5681: {@code reno}. */
  public static final CongestionControl.Factory FACTORY = factory(ByteCounting.ONE_SEGMENT);

  private NewReno() {}

  /** Returns NewReno with the given slow start, for example {@link HyStart#FACTORY}. */
  public static CongestionControl.Factory factory(SlowStart.Factory slowStart) {
    Checks.given("slowStart", slowStart);
    return new CongestionControl.Factory() {
      @Override
      public String name() {
        return "reno";
      }

      @Override
      public CongestionControl create(CongestionControl.Start start) {
        return new LossBasedControl(start, slowStart.create(start.paced()), new OneSegmentAWindow());
      }
    };
  }

  /** RFC 5681 3.1: grows by one segment for each window of acknowledged bytes, and halves at a loss. */
  private static final class OneSegmentAWindow implements Avoidance {

    private int bytesAcked;

    @Override
    public boolean isSlowStart(int cwnd, int ssthresh) {
      return cwnd < ssthresh;
    }

    @Override
    public long increase(int bytes, Window window, long srtt, long now) {
      int cwnd = window.cwnd();
      bytesAcked = (int) Math.min((long) bytesAcked + bytes, 2L * cwnd - 1);
      if (bytesAcked < cwnd) {
        return 0;
      }
      bytesAcked -= cwnd;
      return window.smss();
    }

    @Override
    public void onReduction(int cwnd) {
      bytesAcked = 0;
    }

    @Override
    public int reduced(int flight) {
      return flight / 2;
    }

    @Override
    public void onSlowStart() {
      // Bytes are counted only after slow start.
    }

    @Override
    public void onSlowStartEnd(int cwnd) {
      // Growth depends neither on time nor on the window at the start.
    }

    @Override
    public void onUnused(long now) {
      // Growth depends on acknowledged bytes, not on time.
    }

    @Override
    public void onSpurious(boolean restored) {
      // The count is not restored: at most one window of acknowledged bytes goes uncounted.
    }

    @Override
    public void onMoved() {
      // The count continues; it does not depend on how the window has changed.
    }
  }
}
