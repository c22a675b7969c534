package io.reactorstack.testing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.TransferQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Runs threads concurrently so that they collide: the calling thread, which is the event loop of a {@link VirtualLoop},
 * and the threads of users. All are released at the same moment, and each then waits a random time of up to some ten
 * microseconds, so that every order and overlap occurs over many rounds.
 *
 * <p>An error that the stack logs fails the round: the stack contains the faults of its parts and would otherwise hide
 * them.
 */
public final class RaceRunner implements AutoCloseable {

  private static final int MAX_USERS = 3;
  /** The delay is up to this power of two of spin-wait hints, some ten nanoseconds each. */
  private static final int DELAY_BITS = 9;
  private static final int SPINS_BEFORE_YIELD = 1000;

  private final SplittableRandom random;
  private final List<User> users = new ArrayList<>();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final AtomicInteger gate = new AtomicInteger();
  private final Logger logger = Logger.getLogger("");
  private final Handler errors = new Handler() {
    @Override
    public void publish(LogRecord record) {
      if (record.getLevel().intValue() >= Level.SEVERE.intValue()) {
        Throwable cause = record.getThrown();
        failure.compareAndSet(null, new AssertionError("logged: " + record.getMessage(), cause));
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  };

  /** Creates threads that collide at times drawn from {@code seed}. */
  public RaceRunner(long seed) {
    random = new SplittableRandom(seed);
    for (int i = 0; i < MAX_USERS; i++) {
      users.add(new User("user-" + i));
    }
    logger.addHandler(errors);
  }

  /**
   * Runs {@code loop} on this thread and each of {@code others} on a thread of its own, concurrently; returns when all
   * have ended.
   */
  public void collide(Runnable loop, Runnable... others) throws InterruptedException {
    CountDownLatch ended = new CountDownLatch(others.length);
    gate.set(others.length + 1);
    for (int i = 0; i < others.length; i++) {
      users.get(i).tasks.add(new Task(others[i], delay(), ended));
    }
    int delay = delay();
    passTheGate();
    pause(delay);
    loop.run();
    ended.await();
    check();
  }

  /** Like {@link #collide}, but repeats {@code loop} until all others have ended. */
  public void collideWhile(Runnable loop, Runnable... others) throws InterruptedException {
    AtomicInteger busy = new AtomicInteger(others.length);
    collide(() -> {
      do {
        loop.run();
        // With a single processor the other threads need it.
        Thread.yield();
      } while (busy.get() > 0);
    }, Arrays.stream(others).map(other -> (Runnable) () -> {
      try {
        other.run();
      } finally {
        busy.decrementAndGet();
      }
    }).toArray(Runnable[]::new));
  }

  /** Throws the first failure of another thread, or the first logged error. */
  public void check() {
    Throwable failed = failure.getAndSet(null);
    if (failed != null) {
      throw new AssertionError("a thread failed, or the stack logged an error", failed);
    }
  }

  private int delay() {
    return random.nextInt(1 << random.nextInt(DELAY_BITS + 1));
  }

  private void passTheGate() {
    gate.decrementAndGet();
    for (int spins = 0; gate.get() > 0; spins++) {
      if (spins < SPINS_BEFORE_YIELD) {
        Thread.onSpinWait();
      } else {
        Thread.yield();
      }
    }
  }

  private static void pause(int spins) {
    for (int i = 0; i < spins; i++) {
      Thread.onSpinWait();
    }
  }

  private record Task(Runnable action, int delay, CountDownLatch ended) {}

  private final class User {

    private final TransferQueue<Task> tasks = new LinkedTransferQueue<>();
    private final Thread thread;

    User(String name) {
      thread = new Thread(this::run, name);
      thread.setDaemon(true);
      thread.start();
    }

    private void run() {
      try {
        while (true) {
          Task task = tasks.take();
          passTheGate();
          pause(task.delay);
          try {
            task.action.run();
          } catch (Throwable e) {
            failure.compareAndSet(null, e);
          } finally {
            task.ended.countDown();
          }
        }
      } catch (InterruptedException e) {
        // The test has ended.
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    logger.removeHandler(errors);
    users.forEach(user -> user.thread.interrupt());
  }
}
