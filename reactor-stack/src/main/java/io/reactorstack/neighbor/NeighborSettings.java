package io.reactorstack.neighbor;

import java.time.Duration;

/**
 * The constants of a neighbour cache, used for ARP too.
 *
 * @param detection those of neighbour unreachability detection
 * @param keeping those of what is kept
 */
public record NeighborSettings(Detection detection, Keeping keeping) {

  /**
   * The constants of neighbour unreachability detection (RFC 4861 section 10).
   *
   * @param reachableTime how long a confirmed neighbour is trusted, before it is spread by 0.5 to 1.5
   * @param retransTimer time between two solicitations of one address; at least a second for ARP (RFC 1122 section 2.3.2.1)
   * @param delayFirstProbe time in which a hint from above may save the first probe
   * @param multicastSolicits solicitations before an unknown address counts as unreachable
   * @param unicastSolicits probes before a known neighbour counts as gone
   */
  public record Detection(
      Duration reachableTime, Duration retransTimer, Duration delayFirstProbe, int multicastSolicits,
      int unicastSolicits) {

    /** RFC 4861's values. */
    public static final Detection DEFAULT = new Detection(
        Duration.ofSeconds(30), Duration.ofSeconds(1), Duration.ofSeconds(5), 3, 3);
  }

  /**
   * The bounds of the cache and of the packets that wait, and the times after which entries are forgotten.
   *
   * @param negativeTime how long an address that nobody answered for is not asked for again
   * @param idleTime how long an unused entry is kept
   * @param entries most entries
   * @param waitingPerEntry most packets that wait for one answer
   * @param waitingTotal most packets that wait in all
   */
  public record Keeping(
      Duration negativeTime, Duration idleTime, int entries, int waitingPerEntry, int waitingTotal) {

    /** Times and bounds for a host. */
    public static final Keeping DEFAULT = new Keeping(
        Duration.ofSeconds(1), Duration.ofMinutes(10), 1024, 64, 1024);
  }

  /** RFC 4861's values, and bounds for a host. */
  public static final NeighborSettings DEFAULT = new NeighborSettings(Detection.DEFAULT, Keeping.DEFAULT);
}
