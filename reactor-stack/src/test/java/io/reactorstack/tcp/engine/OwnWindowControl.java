package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.congestion.AckSample;
import io.reactorstack.tcp.congestion.CongestionControl;
import java.util.ArrayList;
import java.util.List;

/**
 * A congestion control that owns its window and its rate. It ignores proposals and records all notifications for a
 * test.
 */
class OwnWindowControl implements CongestionControl {

  /** Creates the control for the only connection of a test, which finds it in {@link #made}. */
  static class Maker implements Factory {

    private final int window;
    private final long rate;
    private OwnWindowControl made;

    /** Creates controls with a window of {@code window} bytes and a rate of {@code rate} bytes per second. */
    Maker(int window, long rate) {
      this.window = window;
      this.rate = rate;
    }

    @Override
    public String name() {
      return "own";
    }

    @Override
    public CongestionControl create(Start start) {
      made = new OwnWindowControl(start, window, rate);
      return made;
    }

    OwnWindowControl made() {
      return made;
    }
  }

  final Start start;
  final List<Integer> proposals = new ArrayList<>();
  final List<String> acks = new ArrayList<>();
  int window;
  long rate;
  int losses;
  int timeouts;
  private int smss;

  OwnWindowControl(Start start, int window, long rate) {
    this.start = start;
    this.smss = start.segmentSize();
    this.window = window;
    this.rate = rate;
  }

  @Override
  public int cwnd() {
    return window;
  }

  @Override
  public int slowStartThreshold() {
    return Integer.MAX_VALUE;
  }

  @Override
  public int segmentSize() {
    return smss;
  }

  @Override
  public long pacingRate() {
    return rate;
  }

  @Override
  public void onSent(int bytes, int flightSize, int sndNxt, long now) {}

  @Override
  public void onAck(AckSample ack) {
    acks.add(String.format("acked %d sacked %d lost %d delivered %d, %d in flight of %d, %s%s",
        ack.newlyAcknowledged(), ack.newlySacked(), ack.newlyLost(), ack.delivered(), ack.inFlight(),
        ack.inFlightBefore(), ack.state(), ack.mayGrow() ? ", may grow" : ""));
  }

  @Override
  public void onLoss(int flightSize, long now) {
    losses++;
  }

  @Override
  public void onTimeout(int flightSize, boolean repeated, long now) {
    timeouts++;
  }

  @Override
  public void onEcnEcho(int flightSize, long now) {}

  @Override
  public void onSpurious(long now) {}

  @Override
  public void onIdle() {}

  @Override
  public void proposeWindow(int bytes) {
    proposals.add(bytes);
  }

  @Override
  public void takeOver(int cwnd, int slowStartThreshold) {}

  @Override
  public void onSegmentSize(int bytes) {
    smss = bytes;
  }
}
