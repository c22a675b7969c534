package io.reactorstack.tcp.congestion;

import io.reactorstack.setting.Checks;

/**
 * CUBIC (RFC 9438): after a reduction the window grows along a cubic function of time back to the size at which the
 * loss occurred, remains close to it for a while, and then probes for more. Where Reno would grow faster, it grows like
 * Reno.
 */
public final class Cubic {

  /** CUBIC with HyStart++: {@code cubic}, the default of most stacks. */
  public static final CongestionControl.Factory FACTORY = factory(HyStart.FACTORY);

  private Cubic() {}

  /** Returns CUBIC with the given slow start. */
  public static CongestionControl.Factory factory(SlowStart.Factory slowStart) {
    Checks.given("slowStart", slowStart);
    return new CongestionControl.Factory() {
      @Override
      public String name() {
        return "cubic";
      }

      @Override
      public CongestionControl create(CongestionControl.Start start) {
        return new LossBasedControl(start, slowStart.create(start.paced()), new CubicAvoidance());
      }
    };
  }
}
