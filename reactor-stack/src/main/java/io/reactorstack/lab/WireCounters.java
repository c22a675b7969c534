package io.reactorstack.lab;

/**
 * What became of the frames of one direction of a wire, at one instant: {@code sent + duplicated} is the sum of
 * {@code delivered}, the five kinds of drops and {@code inFlight}.
 *
 * @param sent frames that entered
 * @param delivered frames that arrived
 * @param duplicated copies made
 * @param corrupted frames of which a bit was flipped
 * @param reordered frames that were held back
 * @param lost frames lost by chance
 * @param queueFull frames dropped because the bottleneck's queue was full
 * @param cut frames dropped because the wire was cut
 * @param unplugged frames dropped because nothing was plugged in
 * @param receiverFull frames dropped because the receiver did not take them
 * @param inFlight frames under way
 */
public record WireCounters(
    long sent,
    long delivered,
    long duplicated,
    long corrupted,
    long reordered,
    long lost,
    long queueFull,
    long cut,
    long unplugged,
    long receiverFull,
    long inFlight) {}
