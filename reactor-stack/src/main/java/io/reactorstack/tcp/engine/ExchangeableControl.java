package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.congestion.AckSample;
import io.reactorstack.tcp.congestion.CongestionControl;

/**
 * A congestion control that delegates to another one, which the user may replace during the connection. The new one
 * starts from the window of the old one.
 */
final class ExchangeableControl implements CongestionControl {

  private final int initialWindow;
  private final boolean paced;
  private CongestionControl control;

  ExchangeableControl(Factory factory, Start start) {
    this.initialWindow = start.initialWindow();
    this.paced = start.paced();
    this.control = factory.create(start);
  }

  /** Replaces the algorithm; {@code srtt} is the smoothed round-trip time in nanoseconds, 0 if it is not known. */
  void exchange(Factory factory, long srtt) {
    CongestionControl next = factory.create(new Start(control.segmentSize(), initialWindow, paced, srtt));
    next.takeOver(control.cwnd(), control.slowStartThreshold());
    control = next;
  }

  @Override
  public int cwnd() {
    return control.cwnd();
  }

  @Override
  public int slowStartThreshold() {
    return control.slowStartThreshold();
  }

  @Override
  public int segmentSize() {
    return control.segmentSize();
  }

  @Override
  public long pacingRate() {
    return control.pacingRate();
  }

  @Override
  public void onSent(int bytes, int flightSize, int sndNxt, long now) {
    control.onSent(bytes, flightSize, sndNxt, now);
  }

  @Override
  public void onAck(AckSample ack) {
    control.onAck(ack);
  }

  @Override
  public void onLoss(int flightSize, long now) {
    control.onLoss(flightSize, now);
  }

  @Override
  public void onTimeout(int flightSize, boolean repeated, long now) {
    control.onTimeout(flightSize, repeated, now);
  }

  @Override
  public void onEcnEcho(int flightSize, long now) {
    control.onEcnEcho(flightSize, now);
  }

  @Override
  public void onSpurious(long now) {
    control.onSpurious(now);
  }

  @Override
  public void onIdle() {
    control.onIdle();
  }

  @Override
  public void proposeWindow(int bytes) {
    control.proposeWindow(bytes);
  }

  @Override
  public void takeOver(int cwnd, int slowStartThreshold) {
    control.takeOver(cwnd, slowStartThreshold);
  }

  @Override
  public void onSegmentSize(int bytes) {
    control.onSegmentSize(bytes);
  }
}
