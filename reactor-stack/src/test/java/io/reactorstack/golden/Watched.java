package io.reactorstack.golden;

import io.reactorstack.tcp.congestion.AckSample;
import io.reactorstack.tcp.congestion.CongestionControl;

/** A congestion control that delegates to another one and counts its events. */
final class Watched implements CongestionControl {

  /** The number of events on all connections of a factory. */
  static final class Events {
    int timeouts;
    int losses;
    int spurious;
  }

  private final CongestionControl actual;
  private final Events events;

  private Watched(CongestionControl actual, Events events) {
    this.actual = actual;
    this.events = events;
  }

  /** Returns a factory whose instances delegate to those of {@code actual} and count in {@code events}. */
  static Factory of(Factory actual, Events events) {
    return new Factory() {
      @Override
      public String name() {
        return actual.name();
      }

      @Override
      public CongestionControl create(Start start) {
        return new Watched(actual.create(start), events);
      }
    };
  }

  @Override
  public int cwnd() {
    return actual.cwnd();
  }

  @Override
  public int slowStartThreshold() {
    return actual.slowStartThreshold();
  }

  @Override
  public int segmentSize() {
    return actual.segmentSize();
  }

  @Override
  public void onSent(int bytes, int flightSize, int sndNxt, long now) {
    actual.onSent(bytes, flightSize, sndNxt, now);
  }

  @Override
  public long pacingRate() {
    return actual.pacingRate();
  }

  @Override
  public void onAck(AckSample ack) {
    actual.onAck(ack);
  }

  @Override
  public void onLoss(int flightSize, long now) {
    events.losses++;
    actual.onLoss(flightSize, now);
  }

  @Override
  public void onTimeout(int flightSize, boolean repeated, long now) {
    events.timeouts++;
    actual.onTimeout(flightSize, repeated, now);
  }

  @Override
  public void onEcnEcho(int flightSize, long now) {
    actual.onEcnEcho(flightSize, now);
  }

  @Override
  public void onSpurious(long now) {
    events.spurious++;
    actual.onSpurious(now);
  }

  @Override
  public void onIdle() {
    actual.onIdle();
  }

  @Override
  public void proposeWindow(int bytes) {
    actual.proposeWindow(bytes);
  }

  @Override
  public void takeOver(int cwnd, int slowStartThreshold) {
    actual.takeOver(cwnd, slowStartThreshold);
  }

  @Override
  public void onSegmentSize(int bytes) {
    actual.onSegmentSize(bytes);
  }
}
