package io.reactorstack.lab;

import io.reactorstack.tcp.congestion.AckSample;

/** Single acknowledgements for tests of a congestion control, without the rounds of a {@link CongestionTrial}. */
public final class Acks {

  private Acks() {}

  /**
   * Returns an acknowledgement outside of recovery that measures {@code rtt}, which is also the smoothed and the
   * minimum RTT.
   */
  public static AckSample measured(int bytes, int sndUna, int sndNxt, long rtt, long now) {
    return new TrialAck().show(bytes, sndUna, sndNxt, true, rtt, now);
  }

  /** Returns an acknowledgement in recovery, on which the window must not grow. */
  public static AckSample inRecovery(int bytes, int sndUna, int sndNxt, long rtt, long now) {
    return new TrialAck().show(bytes, sndUna, sndNxt, false, rtt, now);
  }

  /**
   * Returns an acknowledgement of {@code bytes} before {@code sndUna}, outside of recovery and without an RTT
   * measurement.
   */
  public static AckSample unmeasured(int bytes, int sndUna, int sndNxt, long now) {
    return new TrialAck().show(bytes, sndUna, sndNxt, true, AckSample.NO_RTT, now);
  }
}
