package io.reactorstack.benchmarks.suite.load;

import io.reactorstack.benchmarks.suite.Contestant;
import io.reactorstack.benchmarks.suite.Quantity;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A contestant that is measured by the progress of its load per second. */
public final class Counting implements Contestant {

  private static final double NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int BITS_PER_BYTE = 8;
  private static final double GIGA = 1e9;

  /** A new connection first reaches its speed; this part of the window, at most, passes before the count begins. */
  private static final int RUN_UP_PART = 10;
  private static final Duration LONGEST_RUN_UP = Duration.ofMillis(200);

  private final String name;
  private final Role role;
  private final Load load;
  private final Quantity quantity;
  private final double factor;
  private final Runnable end;

  private Counting(String name, Role role, Load load, Quantity quantity, double factor, Runnable end) {
    this.name = name;
    this.role = role;
    this.load = load;
    this.quantity = quantity;
    this.factor = factor;
    this.end = end;
  }

  /**
   * Returns a contestant whose load counts bytes.
   *
   * @param end closes the hosts of the load; called once, after the load was closed
   */
  public static Counting bytes(String name, Role role, Load load, Runnable end) {
    return new Counting(name, role, load, Quantity.throughput(), BITS_PER_BYTE / GIGA, end);
  }

  /**
   * Returns a contestant whose load counts events.
   *
   * @param end closes the hosts of the load; called once, after the load was closed
   */
  public static Counting events(String name, Role role, Load load, String events, Runnable end) {
    return new Counting(name, role, load, Quantity.perSecond(events), 1, end);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Role role() {
    return role;
  }

  @Override
  public Map<Quantity, Double> run(Duration time) throws Exception {
    load.start();
    try {
      Duration runUp = time.dividedBy(RUN_UP_PART);
      Thread.sleep(runUp.compareTo(LONGEST_RUN_UP) < 0 ? runUp : LONGEST_RUN_UP);
      long count = load.count();
      long begin = System.nanoTime();
      Thread.sleep(time);
      long done = load.count() - count;
      // A cold JVM may need longer than a short window for its first step.
      while (done == 0 && System.nanoTime() - begin < Work.LIMIT.toNanos()) {
        Thread.sleep(time);
        done = load.count() - count;
      }
      double seconds = (System.nanoTime() - begin) / NANOS;
      if (done <= 0) {
        throw new IllegalStateException(name + " made no progress in " + Work.LIMIT);
      }
      return Map.of(quantity, done * factor / seconds);
    } finally {
      load.stop();
    }
  }

  @Override
  public void close() {
    load.close();
    end.run();
  }
}
