package io.reactorstack.lab;

import io.reactorstack.device.Frame;
import java.time.Duration;
import java.util.random.RandomGenerator;

/** A line that fails and comes back by chance, for all the directions that it is added to. */
final class Outages implements Effect {

  private static final String NAME = "OUTAGE";

  private final double upNanos;
  private final double downNanos;
  private boolean up = true;
  private boolean begun;
  private long change;

  /**
   * A line.
   *
   * @param up mean time for which it works
   * @param down mean time for which it does not
   */
  Outages(Duration up, Duration down) {
    this.upNanos = up.toNanos();
    this.downNanos = down.toNanos();
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Verdict judge(Frame frame, Duration now) {
    throw new IllegalStateException(NAME + " needs its passage");
  }

  @Override
  public Verdict judge(Frame frame, Duration now, Passage passage) {
    long nanos = now.toNanos();
    if (!begun) {
      begun = true;
      change = nanos + draw(passage.random());
    }
    while (nanos >= change) {
      up = !up;
      change += draw(passage.random());
    }
    return up ? Verdict.pass() : Verdict.drop(NAME);
  }

  /** Time to the next change: exponential, as of failures that do not depend on each other. */
  private long draw(RandomGenerator random) {
    // StrictMath gives the same on every machine.
    double nanos = (up ? upNanos : downNanos) * -StrictMath.log(1 - random.nextDouble());
    return Math.max(1, (long) nanos);
  }
}
