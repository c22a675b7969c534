package io.reactorstack.agent;

import io.reactorstack.tcp.congestion.SlowStart;

/**
 * Slow start as Linux has it: the window grows by all that is acknowledged, however many segments one acknowledgement
 * covers, and only losses end it.
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
