package io.reactorstack.lab;

import io.reactorstack.device.Frame;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** Counts the fates of a direction's frames, by cause. */
final class Tally {

  private final Map<String, long[]> made = new HashMap<>();
  private final Map<String, long[]> changed = new HashMap<>();
  private final Map<String, long[]> drops = new HashMap<>();
  private final Witness witness;
  private long sent;
  private long delivered;

  /** Creates counters of zero; {@code witness} sees each dropped frame. */
  Tally(Witness witness) {
    this.witness = witness;
  }

  /** A listener for dropped frames. */
  interface Witness {

    /** Called just before {@code frame} is dropped; the frame is lent for the call. */
    void dropped(Frame frame, String cause);
  }

  void sent() {
    sent++;
  }

  void delivered() {
    delivered++;
  }

  void made(String cause) {
    count(made, cause);
  }

  void changed(String cause) {
    count(changed, cause);
  }

  /** Releases {@code frame} and counts it. */
  void drop(Frame frame, String cause) {
    witness.dropped(frame, cause);
    frame.release();
    count(drops, cause);
  }

  void drop(Frame frame, WireDrop cause) {
    drop(frame, cause.name());
  }

  private static void count(Map<String, long[]> counters, String cause) {
    counters.computeIfAbsent(cause, unused -> new long[1])[0]++;
  }

  WireCounters counters(long inFlight, long reordered) {
    TreeMap<String, Long> others = copy(changed);
    if (reordered != 0) {
      others.put("REORDERED", reordered);
    }
    return new WireCounters(sent, delivered, inFlight, copy(made), others, copy(drops));
  }

  private static TreeMap<String, Long> copy(Map<String, long[]> counters) {
    TreeMap<String, Long> copy = new TreeMap<>();
    counters.forEach((cause, count) -> copy.put(cause, count[0]));
    return copy;
  }
}
