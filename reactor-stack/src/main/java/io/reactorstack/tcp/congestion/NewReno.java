package io.reactorstack.tcp.congestion;

import io.reactorstack.setting.Checks;

/** Slow start and congestion avoidance of RFC 5681, counting acknowledged bytes (RFC 3465). */
public final class NewReno implements CongestionControl {

  /** NewReno with the slow start of RFC 5681: {@code reno}. */
  public static final Factory FACTORY = factory(ByteCounting.ONE_SEGMENT);

  private final Window window;
  private int bytesAcked;

  private NewReno(int segmentSize, int initialWindow, SlowStart slowStart) {
    this.window = new Window(segmentSize, initialWindow, slowStart);
  }

  /** NewReno with another slow start, for example {@link HyStart#FACTORY}. */
  public static Factory factory(SlowStart.Factory slowStart) {
    Checks.given("slowStart", slowStart);
    return new Factory() {
      @Override
      public String name() {
        return "reno";
      }

      @Override
      public CongestionControl create(int segmentSize, int initialWindow, boolean paced) {
        return new NewReno(segmentSize, initialWindow, slowStart.create(paced));
      }
    };
  }

  @Override
  public int window() {
    return window.cwnd();
  }

  @Override
  public int slowStartThreshold() {
    return window.ssthresh();
  }

  @Override
  public int segmentSize() {
    return window.smss();
  }

  @Override
  public void onSent(int bytes, int flightSize, int sndNxt, long now) {
    window.onSent(bytes, flightSize, sndNxt, now);
  }

  @Override
  public void onRoundTrip(int bytes, int sndUna, int sndNxt, long rtt, long srtt, long now) {
    window.onRoundTrip(bytes, sndUna, sndNxt, rtt, srtt, now);
  }

  @Override
  public void onAcknowledged(int bytes, int flightSize, long now) {
    boolean slowStart = window.cwnd() < window.ssthresh();
    if (!window.mayGrow(slowStart)) {
      return;
    }
    if (slowStart) {
      window.slowStart(bytes);
      return;
    }
    // RFC 5681 3.1: one segment for each window of acknowledged bytes.
    int cwnd = window.cwnd();
    bytesAcked = (int) Math.min((long) bytesAcked + bytes, 2L * cwnd - 1);
    if (bytesAcked >= cwnd) {
      bytesAcked -= cwnd;
      window.grow(window.smss());
    }
  }

  @Override
  public void onLoss(int flightSize, long now) {
    // RFC 5681 3.1 (4): half of what is in flight, not of cwnd.
    window.reduce(flightSize / 2);
    bytesAcked = 0;
  }

  @Override
  public void onTimeout(int flightSize, boolean repeated, long now) {
    // RFC 5681 3.1: ssthresh is held while the same segment times out again.
    if (!repeated) {
      window.reduce(flightSize / 2);
    }
    window.set(window.smss());
    bytesAcked = 0;
  }

  @Override
  public void onEcnEcho(int flightSize, long now) {
    // RFC 3168 6.1.2: cwnd is halved, down to one segment; more may be in flight than it holds now.
    int half = Math.min(flightSize, window.cwnd()) / 2;
    window.reduce(half);
    window.set(half);
    bytesAcked = 0;
  }

  @Override
  public void onSpurious(long now) {
    window.restore();
  }

  @Override
  public void onIdle() {
    window.onIdle();
  }

  @Override
  public void setWindow(int bytes) {
    window.set(bytes);
  }

  @Override
  public void takeOver(int cwnd, int ssthresh) {
    window.takeOver(cwnd, ssthresh);
  }

  @Override
  public void onSegmentSize(int bytes) {
    window.onSegmentSize(bytes);
  }
}
