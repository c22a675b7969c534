package io.reactorstack.tcp.congestion;

import io.reactorstack.setting.Checks;

/** Slow start and congestion avoidance of RFC 5681, counting acknowledged bytes (RFC 3465). */
public final class NewReno {

  /** NewReno with the slow start of RFC 5681: {@code reno}. */
  public static final CongestionControl.Factory FACTORY = factory(ByteCounting.ONE_SEGMENT);

  private NewReno() {}

  /** NewReno with another slow start, for example {@link HyStart#FACTORY}. */
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

  /** RFC 5681 3.1: one segment for each window of acknowledged bytes, and half for a loss. */
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
      // The count begins when slow start has ended.
    }

    @Override
    public void onSlowStartEnd(int cwnd) {
      // No time and no origin to begin from.
    }

    @Override
    public void onUnused(long now) {
      // Bytes count, not time.
    }

    @Override
    public void onSpurious(boolean restored) {
      // At most a window of acknowledged bytes is lost.
    }

    @Override
    public void onMoved() {
      // The next window of acknowledged bytes is as good as this one.
    }
  }
}
