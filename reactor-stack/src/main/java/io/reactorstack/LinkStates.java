package io.reactorstack;

import io.reactorstack.layer.LoopTurn;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.Logger;
import reactor.util.Loggers;

/** How the interfaces of a host stand, and who wants to know. Confined to the loop, except {@link #flux}. */
final class LinkStates {

  private static final Logger LOG = Loggers.getLogger(LinkStates.class);

  private final LoopTurn turn;
  private final Map<String, LinkState> current = new LinkedHashMap<>();
  private final Set<Watcher> watchers = new LinkedHashSet<>();
  private Consumer<? super Throwable> onAllFailed = cause -> {};
  private boolean ended;

  LinkStates(LoopTurn turn) {
    this.turn = turn;
  }

  /** An interface has begun to stand as {@code state} says. */
  void set(LinkState state) {
    if (!state.equals(current.put(state.interfaceName(), state))) {
      watchers.forEach(watcher -> watcher.add(state));
    }
    Throwable cause = state.cause();
    if (cause != null && current.values().stream().allMatch(other -> other.cause() != null)) {
      // Not from here: the device that tells is in the middle of something.
      turn.dirty(() -> onAllFailed.accept(cause));
    }
  }

  /** Sets who is told, with the last one's cause, that every interface has failed. */
  void onAllFailed(Consumer<? super Throwable> listener) {
    onAllFailed = listener;
  }

  /** The host has ended. */
  void end() {
    ended = true;
    watchers.forEach(Watcher::drainSoon);
  }

  /** As {@link NetworkStack#links}. */
  Flux<LinkState> flux() {
    return new Flux<>() {
      @Override
      public void subscribe(CoreSubscriber<? super LinkState> actual) {
        if (!turn.offer(() -> begin(actual))) {
          Operators.complete(actual);
        }
      }
    };
  }

  private void begin(CoreSubscriber<? super LinkState> actual) {
    Watcher watcher = new Watcher(actual);
    watchers.add(watcher);
    watcher.pending.putAll(current);
    actual.onSubscribe(watcher);
    watcher.drainSoon();
  }

  /** A subscriber; of what it has not asked for, the latest of each interface is kept. */
  private final class Watcher implements Subscription {

    private final CoreSubscriber<? super LinkState> actual;
    private final Map<String, LinkState> pending = new LinkedHashMap<>();
    private long demand;
    private boolean scheduled;

    Watcher(CoreSubscriber<? super LinkState> actual) {
      this.actual = actual;
    }

    void add(LinkState state) {
      // What is new comes last, also if something older of the same interface was still waiting.
      pending.remove(state.interfaceName());
      pending.put(state.interfaceName(), state);
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
      List<LinkState> told = List.copyOf(pending.values());
      for (int i = 0; i < told.size() && demand > 0 && watchers.contains(this); i++) {
        LinkState state = told.get(i);
        pending.remove(state.interfaceName(), state);
        demand = demand == Long.MAX_VALUE ? demand : demand - 1;
        tell(state);
      }
      if (ended && watchers.remove(this)) {
        actual.onComplete();
      } else if (!pending.isEmpty() && demand > 0 && watchers.contains(this)) {
        drainSoon();
      }
    }

    /** What a watcher that has no memory misses, it misses alone; it hears of the next change, and of the end. */
    private void tell(LinkState state) {
      try {
        actual.onNext(state);
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
