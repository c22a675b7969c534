package io.reactorstack;

import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.layer.LoopTurn;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Consumer;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * The stream of what happens to a host's interfaces, and whether any of them is left. Confined to the loop, except {@link #flux}.
 */
final class InterfaceEvents {

  private static final Logger LOG = Loggers.getLogger(InterfaceEvents.class);

  /** Most events that wait for one subscriber. */
  static final int MOST = 1024;

  private final LoopTurn turn;
  /** The last event that tells how each interface stands. */
  private final Map<String, InterfaceEvent> status = new LinkedHashMap<>();
  private final Set<Watcher> watchers = new LinkedHashSet<>();
  private final Consumer<? super Throwable> onAllFailed;
  private boolean ended;

  /**
   * The events of the host whose rhythm is {@code turn}.
   *
   * @param onAllFailed told, with the last one's cause, that every interface has failed
   */
  InterfaceEvents(LoopTurn turn, Consumer<? super Throwable> onAllFailed) {
    this.turn = turn;
    this.onAllFailed = onAllFailed;
  }

  /** Something has happened. */
  void add(InterfaceEvent event) {
    switch (event) {
      case InterfaceEvent.Up up -> status.put(up.interfaceName(), up);
      case InterfaceEvent.Down down -> status.put(down.interfaceName(), down);
      case InterfaceEvent.Failed failed -> {
        status.put(failed.interfaceName(), failed);
        if (status.values().stream().allMatch(InterfaceEvent.Failed.class::isInstance)) {
          // Not from here: the device that tells is in the middle of something.
          turn.dirty(() -> onAllFailed.accept(failed.cause()));
        }
      }
      default -> {
        // It says nothing of how an interface stands.
      }
    }
    watchers.forEach(watcher -> watcher.add(event));
  }

  /** The host has ended. */
  void end() {
    ended = true;
    watchers.forEach(Watcher::drainSoon);
  }

  /** As {@link NetworkStack#interfaceEvents}. */
  Flux<InterfaceEvent> flux() {
    return new Flux<>() {
      @Override
      public void subscribe(CoreSubscriber<? super InterfaceEvent> actual) {
        if (!turn.offer(() -> begin(actual))) {
          Operators.complete(actual);
        }
      }
    };
  }

  private void begin(CoreSubscriber<? super InterfaceEvent> actual) {
    Watcher watcher = new Watcher(actual);
    watchers.add(watcher);
    status.values().forEach(event -> watcher.pending.put(event.subject(), event));
    actual.onSubscribe(watcher);
    watcher.drainSoon();
  }

  /** A subscriber; of what it has not asked for, the latest event of each subject is kept. */
  private final class Watcher implements Subscription {

    private final CoreSubscriber<? super InterfaceEvent> actual;
    private final SequencedMap<Object, InterfaceEvent> pending = new LinkedHashMap<>();
    private long demand;
    private boolean scheduled;

    Watcher(CoreSubscriber<? super InterfaceEvent> actual) {
      this.actual = actual;
    }

    void add(InterfaceEvent event) {
      // A new event comes last, also if an older one of the same subject was still waiting.
      pending.remove(event.subject());
      if (pending.size() >= MOST) {
        pending.pollFirstEntry();
      }
      pending.put(event.subject(), event);
      drainSoon();
    }

    /** Not at once: the device that tells is in the middle of something. */
    void drainSoon() {
      if (!scheduled) {
        turn.dirty(this::drain);
        scheduled = true;
      }
    }

    private void drain() {
      scheduled = false;
      List<InterfaceEvent> told = List.copyOf(pending.values());
      for (int i = 0; i < told.size() && demand > 0 && watchers.contains(this); i++) {
        InterfaceEvent event = told.get(i);
        pending.remove(event.subject(), event);
        demand = demand == Long.MAX_VALUE ? demand : demand - 1;
        tell(event);
      }
      if (ended && watchers.remove(this)) {
        actual.onComplete();
      } else if (!pending.isEmpty() && demand > 0 && watchers.contains(this)) {
        drainSoon();
      }
    }

    /** A watcher that fails for want of memory misses this event alone; it hears of the next change, and of the end. */
    private void tell(InterfaceEvent event) {
      try {
        actual.onNext(event);
      } catch (Throwable e) {
        if (!Exceptions.isJvmFatal(e)) {
          watchers.remove(this);
        }
        LOG.error("a watcher of the interfaces failed", e);
      }
    }

    @Override
    public void request(long n) {
      turn.offer(() -> {
        if (n > 0) {
          demand = Operators.addCap(demand, n);
          drainSoon();
        } else if (watchers.remove(this)) {
          actual.onError(Exceptions.nullOrNegativeRequestException(n));
        }
      });
    }

    @Override
    public void cancel() {
      turn.offer(() -> watchers.remove(this));
    }
  }
}
