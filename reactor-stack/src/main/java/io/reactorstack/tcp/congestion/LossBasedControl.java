package io.reactorstack.tcp.congestion;

/**
 * A congestion control of the RFC 5681 family: slow start up to a threshold, congestion avoidance above it, and a
 * reduction for each sign of congestion. It adopts the windows that recovery proposes.
 *
 * <p>{@link Window} holds the operations that the family shares, {@link Avoidance} those in which its members differ.
 */
final class LossBasedControl implements CongestionControl {

  private final Window window;
  private final Avoidance avoidance;
  private final boolean paced;
  private long srtt;

  LossBasedControl(Start start, SlowStart slowStart, Avoidance avoidance) {
    this.window = new Window(start.segmentSize(), start.initialWindow(), slowStart);
    this.avoidance = avoidance;
    this.paced = start.paced();
    this.srtt = start.srtt();
  }

  @Override
  public int cwnd() {
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
  public long pacingRate() {
    return paced ? Pacer.rate(window.cwnd(), window.ssthresh(), srtt) : 0;
  }

  @Override
  public void onSent(int bytes, int flightSize, int sndNxt, long now) {
    if (flightSize == bytes) {
      avoidance.onUnused(now);
    }
    if (window.onSent(bytes, flightSize, sndNxt, now)) {
      avoidance.onMoved();
    }
  }

  @Override
  public void onAck(AckSample ack) {
    srtt = ack.srtt();
    int bytes = ack.newlyAcknowledged();
    if (bytes == 0) {
      return;
    }
    long now = ack.now();
    if (window.onRoundTrip(bytes, ack.sndUna(), ack.sndNxt(), ack.rtt(), srtt, now)) {
      avoidance.onMoved();
    }
    if (ack.mayGrow()) {
      grow(bytes, now);
    }
  }

  private void grow(int bytes, long now) {
    boolean slowStart = avoidance.isSlowStart(window.cwnd(), window.ssthresh());
    if (!window.mayGrow(slowStart)) {
      avoidance.onUnused(now);
    } else if (slowStart) {
      avoidance.onSlowStart();
      if (window.slowStart(bytes)) {
        avoidance.onSlowStartEnd(window.cwnd());
      }
    } else {
      window.grow(avoidance.increase(bytes, window, srtt, now));
    }
  }

  @Override
  public void onLoss(int flightSize, long now) {
    // RFC 5681 3.1 (4): ssthresh follows from the flight size, not from cwnd.
    reduce(flightSize);
  }

  private void reduce(int flightSize) {
    avoidance.onReduction(window.cwnd());
    window.reduce(avoidance.reduced(flightSize));
  }

  @Override
  public void onTimeout(int flightSize, boolean repeated, long now) {
    // RFC 5681 3.1: ssthresh does not change while the same segment times out again.
    if (!repeated) {
      reduce(flightSize);
    }
    window.set(window.smss());
    avoidance.onMoved();
  }

  @Override
  public void onEcnEcho(int flightSize, long now) {
    // RFC 3168 6.1.2: cwnd itself is reduced, down to one segment; the flight size may already exceed it.
    int used = Math.min(flightSize, window.cwnd());
    reduce(used);
    window.set(avoidance.reduced(used));
  }

  @Override
  public void onSpurious(long now) {
    avoidance.onSpurious(window.restore());
  }

  @Override
  public void onIdle() {
    if (window.onIdle()) {
      avoidance.onMoved();
    }
  }

  @Override
  public void proposeWindow(int bytes) {
    window.set(bytes);
  }

  @Override
  public void takeOver(int cwnd, int ssthresh) {
    window.takeOver(cwnd, ssthresh);
    // Congestion avoidance begins at the adopted window, as after a slow start.
    avoidance.onSlowStartEnd(window.cwnd());
  }

  @Override
  public void onSegmentSize(int bytes) {
    window.onSegmentSize(bytes);
    avoidance.onMoved();
  }
}
