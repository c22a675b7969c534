package io.reactorstack.tcp.model;

import io.reactorstack.setting.Checks;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.congestion.Cubic;

/**
 * How much a connection may have in flight, and how it is spread.
 *
 * @param congestionControl the congestion control of each connection
 * @param initialWindowSegments initial congestion window in segments, 1 to 1000 (RFC 6928)
 * @param pacing whether segments are spread over the round trip instead of leaving in bursts
 * @param slowStartAfterIdle whether the congestion window falls to the restart window after a retransmission timeout
 *     without sending (RFC 5681 section 4.1)
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

  /** These settings with another {@link #congestionControl}. */
  public CongestionSettings withCongestionControl(CongestionControl.Factory value) {
    return new CongestionSettings(value, initialWindowSegments, pacing, slowStartAfterIdle);
  }

  /** These settings with another {@link #initialWindowSegments}. */
  public CongestionSettings withInitialWindowSegments(int value) {
    return new CongestionSettings(congestionControl, value, pacing, slowStartAfterIdle);
  }

  /** These settings with another {@link #pacing}. */
  public CongestionSettings withPacing(boolean value) {
    return new CongestionSettings(congestionControl, initialWindowSegments, value, slowStartAfterIdle);
  }

  /** These settings with another {@link #slowStartAfterIdle}. */
  public CongestionSettings withSlowStartAfterIdle(boolean value) {
    return new CongestionSettings(congestionControl, initialWindowSegments, pacing, value);
  }
}
