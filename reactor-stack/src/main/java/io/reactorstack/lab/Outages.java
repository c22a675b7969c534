package io.reactorstack.lab;

import io.reactorstack.device.Frame;
import java.time.Duration;
import java.util.random.RandomGenerator;

/** A line that fails and recovers at random, in all the directions that it is added to at the same time. */
final class Outages implements Effect {

  private static final String NAME = "OUTAGE";

  private final double upNanos;
  private final double downNanos;
  private boolean up = true;
  private boolean begun;
  private long change;

  /**
   * Creates a line.
   *
   * @param up mean length of a working period
   * @param down mean length of a failure
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

  /** Returns the time to the next change, in nanoseconds: exponentially distributed, as for independent failures. */
  private long draw(RandomGenerator random) {
    // StrictMath returns the same result on every machine.
    double nanos = (up ? upNanos : downNanos) * -StrictMath.log(1 - random.nextDouble());
    return Math.max(1, (long) nanos);
  }
}
