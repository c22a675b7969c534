package io.reactorstack.tcp.model;

import io.reactorstack.setting.Checks;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.congestion.Cubic;

/**
 * The congestion control of a connection: its algorithm, initial window and pacing.
 *
 * @param congestionControl makes the congestion control of each connection
 * @param initialWindowSegments initial congestion window in segments, 1 to 1000 (RFC 6928)
 * @param pacing whether segments are spread over the round trip instead of being sent in bursts
 * @param slowStartAfterIdle whether the congestion window falls to the restart window when the connection has sent
 *     nothing for longer than a retransmission timeout (RFC 5681 section 4.1)
 */
public record CongestionSettings(
    CongestionControl.Factory congestionControl,
    int initialWindowSegments,
    boolean pacing,
    boolean slowStartAfterIdle) {

  static final CongestionSettings DEFAULTS = new CongestionSettings(Cubic.FACTORY, 10, false, true);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a value is out of its range
   */
  public CongestionSettings {
    Checks.given("congestionControl", congestionControl);
    Checks.range("initialWindowSegments", initialWindowSegments, 1, 1000, "segments");
  }

  /** Returns a copy with the given {@link #congestionControl}. */
  public CongestionSettings withCongestionControl(CongestionControl.Factory value) {
    return new CongestionSettings(value, initialWindowSegments, pacing, slowStartAfterIdle);
  }

  /** Returns a copy with the given {@link #initialWindowSegments}. */
  public CongestionSettings withInitialWindowSegments(int value) {
    return new CongestionSettings(congestionControl, value, pacing, slowStartAfterIdle);
  }

  /** Returns a copy with the given {@link #pacing}. */
  public CongestionSettings withPacing(boolean value) {
    return new CongestionSettings(congestionControl, initialWindowSegments, value, slowStartAfterIdle);
  }

  /** Returns a copy with the given {@link #slowStartAfterIdle}. */
  public CongestionSettings withSlowStartAfterIdle(boolean value) {
    return new CongestionSettings(congestionControl, initialWindowSegments, pacing, value);
  }
}
