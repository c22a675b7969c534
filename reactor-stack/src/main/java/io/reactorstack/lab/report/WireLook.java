package io.reactorstack.lab.report;

import java.util.SortedMap;

/**
 * One direction of a wire at one instant.
 *
 * @param name the wire's name and an arrow
 * @param impairment what it does to frames by chance; empty if it does nothing
 * @param sent frames that entered
 * @param delivered frames that arrived
 * @param inFlight frames under way or held back
 * @param drops frames that were dropped, by cause
 * @param nextArrival when the next frame is due at its end, on the loop's clock; {@link Long#MAX_VALUE} if none is
 */
public record WireLook(
    String name,
    String impairment,
    long sent,
    long delivered,
    long inFlight,
    SortedMap<String, Long> drops,
    long nextArrival) {

  /** Whether all frames have arrived. */
  boolean isQuiet() {
    return inFlight == 0 && drops.isEmpty();
  }
}
