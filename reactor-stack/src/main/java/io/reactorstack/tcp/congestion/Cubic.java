package io.reactorstack.tcp.congestion;

import io.reactorstack.setting.Checks;

/**
 * CUBIC (RFC 9438): after a reduction the window returns along a cubic function of time to where the loss was, rests there,
 * and then probes for more; where Reno would be faster it is as fast as Reno.
 */
public final class Cubic {

  /** CUBIC with HyStart++: {@code cubic}, the default of most stacks. */
  public static final CongestionControl.Factory FACTORY = factory(HyStart.FACTORY);

  private Cubic() {}

  /** CUBIC with another slow start. */
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
