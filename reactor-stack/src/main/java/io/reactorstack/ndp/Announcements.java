package io.reactorstack.ndp;

import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Timers;
import io.reactorstack.packet.Ipv6Address;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The times of unsolicited advertisements of one interface: those of several addresses follow each other with a small
 * gap, and two of one address are at least RetransTimer apart, however often the link comes and goes (RFC 4861 section
 * 7.2.6).
 */
final class Announcements {

  /** The gap between two addresses. */
  static final Duration SPACING = Duration.ofMillis(20);

  private final LoopTurn turn;
  private final LongSupplier retransTimer;
  private final Consumer<? super Ipv6Address> send;
  private final Timers.Timer timer;
  /** The times at which waiting addresses are announced, in ascending order of their addition. */
  private final Map<Ipv6Address, Long> waiting = new LinkedHashMap<>();
  /** The times of the last announcement of each address, as long as they matter. */
  private final Map<Ipv6Address, Long> last = new HashMap<>();
  private long free;

  /**
   * Creates the schedule.
   *
   * @param retransTimer RetransTimer of the link, in nanoseconds
   * @param send sends the advertisement of an address, unless the interface does not have it any more
   */
  Announcements(LoopTurn turn, LongSupplier retransTimer, Consumer<? super Ipv6Address> send) {
    this.turn = turn;
    this.retransTimer = retransTimer;
    this.send = send;
    this.timer = turn.timer(this::onTimer);
    this.free = turn.now();
  }

  /** Announces {@code own} as soon as the gaps allow, at once if nothing was announced lately. */
  void add(Ipv6Address own) {
    long now = turn.now();
    last.values().removeIf(time -> now - time >= retransTimer.getAsLong());
    if (waiting.containsKey(own)) {
      return;
    }
    long due = Math.max(now, free);
    Long before = last.get(own);
    if (before != null) {
      due = Math.max(due, before + retransTimer.getAsLong());
    }
    free = due + SPACING.toNanos();
    waiting.put(own, due);
    onTimer();
  }

  private void onTimer() {
    long now = turn.now();
    List<Ipv6Address> due = new ArrayList<>();
    long next = Timers.NEVER;
    for (Map.Entry<Ipv6Address, Long> each : waiting.entrySet()) {
      if (each.getValue() <= now) {
        due.add(each.getKey());
      } else {
        next = Math.min(next, each.getValue());
      }
    }
    for (Ipv6Address own : due) {
      waiting.remove(own);
      last.put(own, now);
      send.accept(own);
    }
    timer.set(next);
  }

  /** Announces nothing more. */
  void close() {
    waiting.clear();
    timer.cancel();
  }
}
