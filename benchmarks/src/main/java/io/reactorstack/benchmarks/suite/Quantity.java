package io.reactorstack.benchmarks.suite;

/**
 * A measured quantity of a group.
 *
 * @param name unique in its group
 * @param unit the unit of its values
 * @param moreIsBetter false if a smaller value is the better one, as for a time
 */
public record Quantity(String name, String unit, boolean moreIsBetter) {

  /** Returns the throughput of a stream, in Gbit/s of payload. */
  public static Quantity throughput() {
    return new Quantity("throughput", "Gbit/s", true);
  }

  /** Returns a number of events per second. */
  public static Quantity perSecond(String name) {
    return new Quantity(name, "1/s", true);
  }
}
