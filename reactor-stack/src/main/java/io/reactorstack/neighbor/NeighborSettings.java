package io.reactorstack.neighbor;

import java.time.Duration;

/**
 * The settings of a neighbour cache. They apply to ARP as well.
 *
 * @param detection the constants of neighbour unreachability detection
 * @param keeping the bounds of the cache and its queues
 */
public record NeighborSettings(Detection detection, Keeping keeping) {

  /**
   * The constants of neighbour unreachability detection (RFC 4861 section 10).
   *
   * @param reachableTime the base of the time for which a confirmed neighbour counts as reachable; multiplied by a
   *     random factor of 0.5 to 1.5
   * @param retransTimer the time between two solicitations of one address; at least a second for ARP (RFC 1122 section
   *     2.3.2.1)
   * @param delayFirstProbe the time before the first probe, in which a confirmation by a transport makes it unnecessary
   * @param multicastSolicits the number of unanswered solicitations after which an unresolved address counts as
   *     unreachable
   * @param unicastSolicits the number of unanswered probes after which a resolved neighbour counts as unreachable
   */
  public record Detection(
      Duration reachableTime, Duration retransTimer, Duration delayFirstProbe, int multicastSolicits,
      int unicastSolicits) {

    /** The values of RFC 4861. */
    public static final Detection DEFAULT = new Detection(
        Duration.ofSeconds(30), Duration.ofSeconds(1), Duration.ofSeconds(5), 3, 3);
  }

  /**
   * The bounds of the cache and of the waiting packets, and the lifetimes of entries.
   *
   * @param negativeTime the time for which an address that did not answer is not requested again
   * @param idleTime the time after which an unused entry is removed
   * @param entries the maximum number of entries
   * @param waitingPerEntry the maximum number of packets that wait for one address
   * @param waitingTotal the maximum number of packets that wait for all addresses
   */
  public record Keeping(
      Duration negativeTime, Duration idleTime, int entries, int waitingPerEntry, int waitingTotal) {

    /** Bounds and lifetimes for a host. */
    public static final Keeping DEFAULT = new Keeping(
        Duration.ofSeconds(1), Duration.ofMinutes(10), 1024, 64, 1024);
  }

  /** Returns a copy with the given reachableTime and idleTime. */
  public NeighborSettings withTimes(Duration reachableTime, Duration idleTime) {
    return new NeighborSettings(
        new Detection(reachableTime, detection.retransTimer, detection.delayFirstProbe, detection.multicastSolicits,
            detection.unicastSolicits),
        new Keeping(keeping.negativeTime, idleTime, keeping.entries, keeping.waitingPerEntry, keeping.waitingTotal));
  }

  /** The values of RFC 4861, with bounds for a host. */
  public static final NeighborSettings DEFAULT = new NeighborSettings(Detection.DEFAULT, Keeping.DEFAULT);
}
