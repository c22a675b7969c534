package io.reactorstack.layer;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.netty.util.concurrent.Ticker;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * The scheduler of one shard of a host, on its event loop. Work that a batch of packets, a timer or a user's call has caused is
 * done once, after the batch, in a fixed order.
 *
 * <p>A turn passes on the received frames that were held until the batch was complete, drains the dirty list (each
 * changed connection serves its subscriber), then runs the end-of-turn actions
 * (the egresses send), then arms the one scheduled wake-up for the earliest timer. It runs as a task of the loop, hence
 * after the whole batch that scheduled it: acknowledgements coalesce, and no subscriber is called from inside the
 * protocol machine.
 *
 * <p>Confined to the loop, except {@link #execute} and {@link #offer}.
 */
public final class LoopTurn {

  private static final Logger LOG = Loggers.getLogger(LoopTurn.class);

  private static final int LAST_TURNS = 64;

  private final EventLoop loop;
  private final Ticker ticker;
  private final Timers timers = new Timers();
  private final Deque<Runnable> dirty = new ArrayDeque<>();
  private final List<Runnable> beginActions = new ArrayList<>();
  private final List<Runnable> endActions = new ArrayList<>();
  private final Runnable run = this::run;
  private final Runnable schedule = this::schedule;
  private final Runnable wakeUp = this::wakeUp;
  private final Consumer<Runnable> act = this::act;
  private boolean scheduled;
  /** Whether an action of a turn or a timer runs, during which the time stands still. */
  private boolean acting;
  /** Whether {@link #time} is the time of the running action. */
  private boolean timeKnown;
  private long time;
  private long armedFor = Timers.NEVER;
  private @Nullable ScheduledFuture<?> armed;

  /** Creates the scheduler of one shard on {@code loop}. */
  public LoopTurn(EventLoop loop) {
    this.loop = loop;
    this.ticker = loop.ticker();
  }

  /** The event loop on which all work of this host runs. */
  public EventLoop loop() {
    return loop;
  }

  /**
   * The loop's clock, in nanoseconds from an arbitrary origin: the only clock of the stack. Within one action of a turn
   * or a timer the time stands still: the first call reads the clock. Reading it costs as much as a header.
   */
  public long now() {
    if (!acting) {
      return ticker.nanoTime();
    }
    if (!timeKnown) {
      time = ticker.nanoTime();
      timeKnown = true;
    }
    return time;
  }

  /** Lets the time go on within an action: the next call of {@link #now} reads the clock. */
  void refreshTime() {
    timeKnown = false;
  }

  /** Runs {@code action} on the loop: immediately if the caller is on it, otherwise as a task. */
  public void execute(Runnable action) {
    if (loop.inEventLoop()) {
      action.run();
    } else {
      loop.execute(action);
    }
  }

  /**
   * As {@link #execute}, but returns {@code false} if the loop has terminated, in which case {@code action} does not
   * run.
   */
  public boolean offer(Runnable action) {
    if (loop.inEventLoop()) {
      action.run();
      return true;
    }
    try {
      loop.execute(action);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  /** Creates a timer that runs {@code action}, on the loop and inside a turn, when it is due. */
  public Timers.Timer timer(Runnable action) {
    return timers.create(action, schedule);
  }

  /** Returns the deadline of the earliest timer of this host, or {@link Timers#NEVER}. */
  public long nextDeadline() {
    return timers.nextDeadline();
  }

  /**
   * Puts {@code action} on the dirty list of the next turn. The caller must not put the same object on the list twice.
   */
  public void dirty(Runnable action) {
    dirty.addLast(action);
    schedule();
  }

  /**
   * Returns a task that puts {@code action} on the dirty list of the next turn, once even if the task runs several
   * times before that. For listeners that are called in the middle of a change.
   */
  public Runnable coalesced(Runnable action) {
    return new Runnable() {
      private boolean waiting;

      @Override
      public void run() {
        if (!waiting) {
          dirty(() -> {
            waiting = false;
            action.run();
          });
          // Set last: if there is no memory for the list entry, the next call must add it.
          waiting = true;
        }
      }
    };
  }

  /** Adds an action that runs at the beginning of every turn, before the dirty list: the last of a batch of packets. */
  public void atBegin(Runnable action) {
    beginActions.add(action);
  }

  /** Adds an action that runs at the end of every turn. */
  public void atEnd(Runnable action) {
    endActions.add(action);
  }

  /**
   * Schedules a turn after the current task; has no effect if one is scheduled. A loop that has terminated runs turns
   * only in {@link #runOut}.
   */
  public void schedule() {
    if (scheduled) {
      return;
    }
    scheduled = true;
    try {
      loop.execute(run);
    } catch (RejectedExecutionException e) {
      // The code that closes this host after its loop has terminated runs the remaining turns (runOut).
    } catch (Throwable e) {
      // There was no memory for the task: the next call must try again.
      scheduled = false;
      throw e;
    }
  }

  /**
   * Runs the scheduled turns of a loop that has terminated, on the caller's thread: no other thread runs tasks of the
   * loop any more. Stops after a fixed number of turns, in case each turn schedules another.
   */
  public void runOut() {
    for (int turns = 0; scheduled && turns < LAST_TURNS; turns++) {
      run();
    }
  }

  private void run() {
    scheduled = false;
    // Actions that become dirty during this turn wait for the next one, so that a turn always terminates.
    try {
      for (int i = 0; i < beginActions.size(); i++) {
        act(beginActions.get(i));
      }
      for (int n = dirty.size(); n > 0; n--) {
        act(dirty.removeFirst());
      }
      for (int i = 0; i < endActions.size(); i++) {
        act(endActions.get(i));
      }
    } finally {
      // The timers must be armed even after an error such as a lack of direct memory.
      arm();
    }
  }

  /** Runs {@code action} as one action, within which the time stands still. */
  private void act(Runnable action) {
    acting = true;
    timeKnown = false;
    try {
      guarded(action);
    } finally {
      acting = false;
    }
  }

  /** Runs {@code action} and logs its exception, so that a defect in one part of the host does not stop the others. */
  static void guarded(Runnable action) {
    try {
      action.run();
    } catch (Throwable e) {
      LOG.error("an action of the turn threw", e);
    }
  }

  /** Schedules the wake-up no later than the earliest deadline; a wake-up that is too early only arms again. */
  private void arm() {
    long next = timers.nextDeadline();
    if (next == armedFor || (next > armedFor && next != Timers.NEVER && armed != null)) {
      return;
    }
    if (armed != null) {
      armed.cancel(false);
      armed = null;
    }
    // Set only after scheduling has succeeded: without memory for the wake-up the next turn must try again.
    armedFor = Timers.NEVER;
    if (next != Timers.NEVER && !loop.isShuttingDown()) {
      armed = loop.schedule(wakeUp, Math.max(0, next - now()), TimeUnit.NANOSECONDS);
    }
    armedFor = next;
  }

  private void wakeUp() {
    armed = null;
    armedFor = Timers.NEVER;
    try {
      timers.fireDue(now(), act);
    } finally {
      schedule();
    }
  }
}
