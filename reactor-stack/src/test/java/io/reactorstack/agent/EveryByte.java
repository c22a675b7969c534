package io.reactorstack.agent;

import io.reactorstack.tcp.congestion.SlowStart;

/**
 * Slow start as in Linux: the window grows by all acknowledged bytes, however many segments one acknowledgement covers,
 * and ends only with a loss.
 */
enum EveryByte implements SlowStart {
  INSTANCE;

  @Override
  public void onRoundTrip(int sndUna, int sndNxt, long rtt) {}

  @Override
  public int increase(int bytes, int segmentSize) {
    return bytes;
  }

  @Override
  public boolean isFinished() { return false; }

  @Override
  public void onEnd() {}

  @Override
  public void onSpurious() {}
}
