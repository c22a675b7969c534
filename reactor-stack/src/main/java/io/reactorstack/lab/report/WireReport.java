package io.reactorstack.lab.report;

import java.util.SortedMap;

/**
 * A snapshot of one direction of a wire.
 *
 * @param name the wire's name and an arrow
 * @param impairment its random effects on frames; empty if there are none
 * @param sent the number of frames that entered
 * @param delivered the number of frames that arrived
 * @param inFlight the number of frames in flight or held back
 * @param drops the number of dropped frames, by cause
 * @param nextArrival the time at which the next frame is due to arrive, on the loop's clock; {@link Long#MAX_VALUE} if
 *     none is
 */
public record WireReport(
    String name,
    String impairment,
    long sent,
    long delivered,
    long inFlight,
    SortedMap<String, Long> drops,
    long nextArrival) {

  /** Returns whether all frames have arrived. */
  boolean isQuiet() {
    return inFlight == 0 && drops.isEmpty();
  }
}
