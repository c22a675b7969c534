package io.reactorstack.lab;

import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The counters of one direction of a wire at one instant. {@code sent} plus everything {@code made} equals
 * {@code delivered} plus {@code drops} plus {@code inFlight}.
 *
 * @param sent frames that entered the direction
 * @param delivered frames that arrived
 * @param inFlight frames in transit or held back
 * @param made frames that were created on the wire, by cause: {@code DUPLICATED}, or the name of an effect
 * @param changed frames that were altered, reordered or delayed, by cause: {@code CORRUPTED}, {@code REORDERED}, or the
 *     name of an effect that delayed or held them
 * @param drops frames that were dropped, by cause: a {@link WireDrop}, or the cause that an effect names
 */
public record WireCounters(
    long sent,
    long delivered,
    long inFlight,
    SortedMap<String, Long> made,
    SortedMap<String, Long> changed,
    SortedMap<String, Long> drops) {

  /** Copies the maps. */
  public WireCounters {
    made = Collections.unmodifiableSortedMap(new TreeMap<>(made));
    changed = Collections.unmodifiableSortedMap(new TreeMap<>(changed));
    drops = Collections.unmodifiableSortedMap(new TreeMap<>(drops));
  }

  /** The number of frames dropped for {@code cause}. */
  public long dropped(String cause) {
    return drops.getOrDefault(cause, 0L);
  }

  /** The number of frames dropped for any cause. */
  public long dropped() {
    return total(drops);
  }

  /** The number of copies made by chance. */
  public long duplicated() {
    return made.getOrDefault("DUPLICATED", 0L);
  }

  /** The number of frames of which chance flipped a bit. */
  public long corrupted() {
    return changed.getOrDefault("CORRUPTED", 0L);
  }

  /** The number of frames that were held back, or that overtook others, by chance. */
  public long reordered() {
    return changed.getOrDefault("REORDERED", 0L);
  }

  /** The number of frames lost by chance. */
  public long lost() {
    return dropped(WireDrop.LOST);
  }

  /** The number of frames dropped because the bottleneck's queue was full. */
  public long queueFull() {
    return dropped(WireDrop.QUEUE_FULL);
  }

  /** The number of frames dropped because the wire was cut. */
  public long cut() {
    return dropped(WireDrop.CUT);
  }

  /** The number of frames dropped because no device was plugged in. */
  public long unplugged() {
    return dropped(WireDrop.UNPLUGGED);
  }

  /** The number of frames dropped because the receiver did not take them. */
  public long receiverFull() {
    return dropped(WireDrop.RECEIVER_FULL);
  }

  private long dropped(WireDrop cause) {
    return dropped(cause.name());
  }

  private static long total(Map<String, Long> counters) {
    return counters.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Returns a table for people, with a line for each counter that is not zero. */
  public String table() {
    StringBuilder text = new StringBuilder();
    line(text, "sent", sent);
    made.forEach((cause, count) -> line(text, "made by " + cause, count));
    changed.forEach((cause, count) -> line(text, "changed by " + cause, count));
    line(text, "delivered", delivered);
    drops.forEach((cause, count) -> line(text, "dropped: " + cause, count));
    if (inFlight != 0) {
      line(text, "in flight", inFlight);
    }
    return text.toString();
  }

  private static void line(StringBuilder text, String what, long count) {
    text.append(String.format(Locale.ROOT, "%10d  %s\n", count, what));
  }

  /** Returns all counters on one line. */
  @Override
  public String toString() {
    return "sent " + sent + " made " + made + " changed " + changed + " delivered " + delivered + " drops " + drops
        + " in flight " + inFlight;
  }
}
