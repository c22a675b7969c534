package io.reactorstack.host;

import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.PullSubscription;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
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

  /** As {@code NetworkStack.interfaceEvents}. */
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
  private final class Watcher extends PullSubscription<InterfaceEvent, InterfaceEvent> {

    private final Runnable drainOnce = this::drainOnce;
    private final SequencedMap<Object, InterfaceEvent> pending = new LinkedHashMap<>();
    private boolean scheduled;
    /** Events to emit before this turn goes on: those that its subscriber causes wait, so that a turn always ends. */
    private int left;

    Watcher(CoreSubscriber<? super InterfaceEvent> actual) {
      super(turn, actual);
      begin();
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
        turn.dirty(drainOnce);
        scheduled = true;
      }
    }

    @Override
    protected void wake() {
      turn.offer(this::drainSoon);
    }

    private void drainOnce() {
      scheduled = false;
      left = pending.size();
      drain();
      if (!pending.isEmpty() && isRequested() && watchers.contains(this)) {
        drainSoon();
      }
    }

    @Override
    protected @Nullable InterfaceEvent poll() {
      if (left == 0) {
        return null;
      }
      left--;
      Map.Entry<Object, InterfaceEvent> next = pending.pollFirstEntry();
      return next == null ? null : next.getValue();
    }

    @Override
    protected InterfaceEvent emission(InterfaceEvent event) {
      return event;
    }

    /** An event that a watcher without memory misses, it misses alone; it gets the next change, and the end. */
    @Override
    protected boolean survives(InterfaceEvent event, Throwable fatal) {
      LOG.error("a watcher of the interfaces failed on an event", fatal);
      return true;
    }

    @Override
    protected boolean isOver() { return ended; }

    @Override
    protected void failed(Throwable e) {
      LOG.error("a watcher of the interfaces failed and gets no more", e);
    }

    @Override
    protected void ended(boolean early) {
      watchers.remove(this);
      pending.clear();
    }
  }
}
