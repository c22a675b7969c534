package io.reactorstack.layer;

import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.Pdu;
import io.reactorstack.packet.Rejections;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts dropped units by reason, for one host.
 *
 * <p>Written on the event loop, readable from any thread.
 */
public final class Drops implements Rejections {

  private final Map<DropReason, LongAdder> counters = new ConcurrentHashMap<>();

  /** Counts one drop. */
  @Override
  public void count(DropReason reason) {
    counters.computeIfAbsent(reason, r -> new LongAdder()).increment();
  }

  /** Releases {@code unit} and counts it. */
  public void drop(Pdu unit, DropReason reason) {
    unit.release();
    count(reason);
  }

  /** Drops counted for {@code reason} so far. */
  public long get(DropReason reason) {
    LongAdder counter = counters.get(reason);
    return counter == null ? 0 : counter.sum();
  }

  /** All drops counted so far. */
  public long total() {
    return counters.values().stream().mapToLong(LongAdder::sum).sum();
  }

  /** A copy of all counters that are not zero, keyed {@code layer.REASON} and sorted. */
  public Map<String, Long> snapshot() {
    Map<String, Long> copy = new TreeMap<>();
    counters.forEach((reason, counter) -> copy.put(reason.layer() + "." + reason.name(), counter.sum()));
    return copy;
  }

  @Override
  public String toString() {
    return snapshot().toString();
  }
}
