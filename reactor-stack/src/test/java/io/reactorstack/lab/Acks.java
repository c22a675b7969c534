package io.reactorstack.lab;

import io.reactorstack.tcp.congestion.AckSample;

/** Single acknowledgements for tests of a congestion control, without the rounds of a {@link CongestionTrial}. */
public final class Acks {

  private Acks() {}

  /** An acknowledgement outside of recovery that measures {@code rtt}, which has always been the round-trip time. */
  public static AckSample measured(int bytes, int sndUna, int sndNxt, long rtt, long now) {
    return new TrialAck().show(bytes, sndUna, sndNxt, true, rtt, now);
  }

  /** An acknowledgement in recovery, by which the window must not grow. */
  public static AckSample inRecovery(int bytes, int sndUna, int sndNxt, long rtt, long now) {
    return new TrialAck().show(bytes, sndUna, sndNxt, false, rtt, now);
  }

  /** An acknowledgement outside of recovery of {@code bytes} before {@code sndUna}, that measures no round trip. */
  public static AckSample unmeasured(int bytes, int sndUna, int sndNxt, long now) {
    return new TrialAck().show(bytes, sndUna, sndNxt, true, AckSample.NO_RTT, now);
  }
}
