package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.congestion.CongestionControl;

/** The congestion control of a connection, which its user may exchange for another that goes on where it has stopped. */
final class ExchangeableControl implements CongestionControl {

  private final int initialWindow;
  private final boolean paced;
  private CongestionControl control;

  ExchangeableControl(Factory factory, int segmentSize, int initialWindow, boolean paced) {
    this.initialWindow = initialWindow;
    this.paced = paced;
    this.control = factory.create(segmentSize, initialWindow, paced);
  }

  /** Another algorithm from now on. */
  void exchange(Factory factory) {
    CongestionControl next = factory.create(control.segmentSize(), initialWindow, paced);
    next.takeOver(control.window(), control.slowStartThreshold());
    control = next;
  }

  @Override
  public int window() {
    return control.window();
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
  public void onSent(int bytes, int flightSize, int sndNxt, long now) {
    control.onSent(bytes, flightSize, sndNxt, now);
  }

  @Override
  public void onRoundTrip(int bytes, int sndUna, int sndNxt, long rtt, long srtt, long now) {
    control.onRoundTrip(bytes, sndUna, sndNxt, rtt, srtt, now);
  }

  @Override
  public void onAcknowledged(int bytes, int flightSize, long now) {
    control.onAcknowledged(bytes, flightSize, now);
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
  public void setWindow(int bytes) {
    control.setWindow(bytes);
  }

  @Override
  public void onSegmentSize(int bytes) {
    control.onSegmentSize(bytes);
  }
}
