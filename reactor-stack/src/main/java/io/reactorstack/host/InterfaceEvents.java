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
 * Publishes the events of a host's interfaces, and reports when all of them have failed. Confined to the loop, except
 * {@link #flux}.
 */
final class InterfaceEvents {

  private static final Logger LOG = Loggers.getLogger(InterfaceEvents.class);

  /** The maximum number of events queued for one subscriber. */
  static final int MOST = 1024;

  private final LoopTurn turn;
  /** The last event that describes the state of each interface, by interface name. */
  private final Map<String, InterfaceEvent> status = new LinkedHashMap<>();
  /** The last state of each interface's automatic configuration, by the subject of the event. */
  private final Map<Object, InterfaceEvent> configurations = new LinkedHashMap<>();
  private final Set<Watcher> watchers = new LinkedHashSet<>();
  private final Consumer<? super Throwable> onAllFailed;
  private boolean ended;

  /**
   * Creates the events of the host whose loop turns are {@code turn}.
   *
   * @param onAllFailed notified when every interface has failed, with the cause of the last failure
   */
  InterfaceEvents(LoopTurn turn, Consumer<? super Throwable> onAllFailed) {
    this.turn = turn;
    this.onAllFailed = onAllFailed;
  }

  /** Adds an event for all subscribers. */
  void add(InterfaceEvent event) {
    switch (event) {
      case InterfaceEvent.Up up -> status.put(up.interfaceName(), up);
      case InterfaceEvent.Down down -> status.put(down.interfaceName(), down);
      case InterfaceEvent.Failed failed -> {
        status.put(failed.interfaceName(), failed);
        if (status.values().stream().allMatch(InterfaceEvent.Failed.class::isInstance)) {
          // Deferred to the turn: the device that reports is in the middle of a call.
          turn.dirty(() -> onAllFailed.accept(failed.cause()));
        }
      }
      case InterfaceEvent.DhcpChanged changed -> configurations.put(changed.subject(), changed);
      case InterfaceEvent.Ipv6Changed changed -> configurations.put(changed.subject(), changed);
      default -> {
        // The other events do not describe the state of an interface.
      }
    }
    watchers.forEach(watcher -> watcher.add(event));
  }

  /** Ends the stream; the host has ended. */
  void end() {
    ended = true;
    watchers.forEach(Watcher::drainSoon);
  }

  /** See {@code NetworkStack.interfaceEvents}. */
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
    configurations.values().forEach(event -> watcher.pending.put(event.subject(), event));
    actual.onSubscribe(watcher);
    watcher.drainSoon();
  }

  /** A subscriber; of the events not yet requested, the latest of each subject is kept. */
  private final class Watcher extends PullSubscription<InterfaceEvent, InterfaceEvent> {

    private final Runnable drainOnce = this::drainOnce;
    private final SequencedMap<Object, InterfaceEvent> pending = new LinkedHashMap<>();
    private boolean scheduled;
    /**
     * The number of events that may still be emitted in this turn. Events that the subscriber itself causes wait for
     * the next turn, so every turn ends.
     */
    private int left;

    Watcher(CoreSubscriber<? super InterfaceEvent> actual) {
      super(turn, actual);
      begin();
    }

    void add(InterfaceEvent event) {
      // A new event goes to the end, even if an older one of the same subject was still queued.
      pending.remove(event.subject());
      if (pending.size() >= MOST) {
        pending.pollFirstEntry();
      }
      pending.put(event.subject(), event);
      drainSoon();
    }

    /** Defers the drain to the turn: the device that reports is in the middle of a call. */
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

    /**
     * A subscriber that throws loses only this event, however fatal the error; it still receives the next ones and the
     * completion.
     */
    @Override
    protected boolean survives(InterfaceEvent event, Throwable fatal) {
      LOG.error("a subscriber to the interface events failed on an event", fatal);
      return true;
    }

    @Override
    protected boolean isOver() { return ended; }

    @Override
    protected void failed(Throwable e) {
      LOG.error("a subscriber to the interface events failed and gets no more events", e);
    }

    @Override
    protected void ended(boolean early) {
      watchers.remove(this);
      pending.clear();
    }
  }
}
