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
import org.jspecify.annotations.Nullable;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * The rhythm of a host on its event loop: what a batch of packets, a timer or a call from above has touched is settled
 * once, afterwards, in a fixed order.
 *
 * <p>A turn drains the dirty list (each touched connection serves its subscriber), then runs the end-of-turn actions
 * (the egresses send what is due), then arms the one scheduled wake-up for the earliest timer. It runs as a task of the
 * loop, hence after the whole batch that asked for it: acknowledgements coalesce, and no subscriber is ever called from
 * inside the protocol machine.
 *
 * <p>Confined to the loop, except {@link #execute}.
 */
public final class LoopTurn {

  private static final Logger LOG = Loggers.getLogger(LoopTurn.class);

  private static final int LAST_TURNS = 64;

  private final EventLoop loop;
  private final Ticker ticker;
  private final Timers timers = new Timers();
  private final Deque<Runnable> dirty = new ArrayDeque<>();
  private final List<Runnable> endActions = new ArrayList<>();
  private final Runnable run = this::run;
  private final Runnable wakeUp = this::wakeUp;
  private boolean scheduled;
  private long armedFor = Timers.NEVER;
  private @Nullable ScheduledFuture<?> armed;

  /** The turns of one host on {@code loop}. */
  public LoopTurn(EventLoop loop) {
    this.loop = loop;
    this.ticker = loop.ticker();
  }

  /** The loop that everything of this host runs on. */
  public EventLoop loop() {
    return loop;
  }

  /** The loop's clock, in nanoseconds from an arbitrary origin: the only clock of the stack. */
  public long now() {
    return ticker.nanoTime();
  }

  /** Runs {@code action} on the loop: at once if the caller is on it, otherwise as a task. */
  public void execute(Runnable action) {
    if (loop.inEventLoop()) {
      action.run();
    } else {
      loop.execute(action);
    }
  }

  /** As {@link #execute}, but says with {@code false} that the loop has ended, and that {@code action} will not run. */
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

  /** A timer that runs {@code action}, on the loop and inside a turn, when it is due. */
  public Timers.Timer timer(Runnable action) {
    return timers.create(action, this::schedule);
  }

  /** When the earliest timer of this host is due, or {@link Timers#NEVER}. */
  public long nextDeadline() {
    return timers.nextDeadline();
  }

  /**
   * Puts {@code action} on the dirty list of the next turn. The caller sees to it that one thing is on the list once.
   */
  public void dirty(Runnable action) {
    dirty.addLast(action);
    schedule();
  }

  /**
   * A task that puts {@code action} on the dirty list of the next turn, however often it is run before that: for a listener that is
   * called in the middle of a change.
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
          // Only now: without memory for the entry the next call must make one.
          waiting = true;
        }
      }
    };
  }

  /** Adds an action to the end of every turn. */
  public void atEnd(Runnable action) {
    endActions.add(action);
  }

  /**
   * Asks for a turn after what runs now; asking twice gives one turn. On a loop that has ended there are no turns but those of
   * {@link #runOut}.
   */
  public void schedule() {
    if (scheduled) {
      return;
    }
    scheduled = true;
    try {
      loop.execute(run);
    } catch (RejectedExecutionException e) {
      // Whoever closes this host after its loop runs the turns that are left.
    } catch (Throwable e) {
      // No memory for a task: the next who asks shall not believe that there is one.
      scheduled = false;
      throw e;
    }
  }

  /**
   * Runs the turns that are asked for, on a loop that has ended: nothing else runs there any more, so that the caller's thread
   * takes its place. What asks for turns without end is left after a number of them.
   */
  public void runOut() {
    for (int turns = 0; scheduled && turns < LAST_TURNS; turns++) {
      run();
    }
  }

  private void run() {
    scheduled = false;
    // What a drained connection makes dirty again waits for the next turn, so that a turn always ends.
    try {
      for (int n = dirty.size(); n > 0; n--) {
        guarded(dirty.removeFirst());
      }
      for (int i = 0; i < endActions.size(); i++) {
        guarded(endActions.get(i));
      }
    } finally {
      // Even an error, such as want of direct memory, must not leave the host without its timers.
      arm();
    }
  }

  /** One host part's defect must not stop the others. */
  private static void guarded(Runnable action) {
    try {
      action.run();
    } catch (Throwable e) {
      LOG.error("a part of the turn failed", e);
    }
  }

  /** Wakes up no later than the earliest deadline; a wake-up that comes too early only arms again. */
  private void arm() {
    long next = timers.nextDeadline();
    if (next == armedFor || (next > armedFor && next != Timers.NEVER && armed != null)) {
      return;
    }
    if (armed != null) {
      armed.cancel(false);
      armed = null;
    }
    // Not before it is true: without memory for the wake-up the next turn must try again.
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
      timers.fireDue(now(), LoopTurn::guarded);
    } finally {
      schedule();
    }
  }
}
