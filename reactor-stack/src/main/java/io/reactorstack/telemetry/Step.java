package io.reactorstack.telemetry;

/**
 * One arrow of a story.
 *
 * @param nanos when, on the loop's clock
 * @param number its place among what happened at the same instant
 * @param from who tells: an address, or a name for it
 * @param to whom, or {@link #EVERYONE}
 * @param text what
 * @param mutual whether it stands for many frames in both directions
 */
record Step(long nanos, long number, String from, String to, String text, boolean mutual) implements Comparable<Step> {

  /** All stations of a link. */
  static final String EVERYONE = "*";

  @Override
  public int compareTo(Step other) {
    return nanos != other.nanos ? Long.compare(nanos, other.nanos) : Long.compare(number, other.number);
  }
}
