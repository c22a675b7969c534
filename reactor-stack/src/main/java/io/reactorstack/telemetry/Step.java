package io.reactorstack.telemetry;

/**
 * One arrow of a story.
 *
 * @param nanos the time on the loop's clock
 * @param number orders steps with the same time
 * @param from the sender: an address, or a name for it
 * @param to the receiver, or {@link #EVERYONE}
 * @param text the text beside the arrow
 * @param mutual whether it summarizes many frames in both directions
 */
record Step(long nanos, long number, String from, String to, String text, boolean mutual) implements Comparable<Step> {

  /** The receiver of a frame that is sent to all stations of a link, or to a group. */
  static final String EVERYONE = "*";

  @Override
  public int compareTo(Step other) {
    return nanos != other.nanos ? Long.compare(nanos, other.nanos) : Long.compare(number, other.number);
  }
}
