package io.reactorstack.lab.jdk;

import io.reactorstack.lab.jdk.Takeover.Refused;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * Observes the JVM's thread that submits virtual threads after they have received a monitor. It does so some
 * microseconds after the monitor was released, at a moment that does not depend on the seed; so a world waits until
 * this thread is idle.
 *
 * <p>The JVM marks a virtual thread when its monitor is released; the JVM's thread removes the mark and submits the
 * virtual thread. If a world first sees no mark, and then sees the JVM's thread in its call for more work, it has
 * received every thread that its own code has released.
 */
final class Unblocker {

  private static final String NAME = "VirtualThread-unblocker";
  private static final String IDLE = "takeVirtualThreadListToUnblock";

  /** The number of polls, some hundred microseconds, after which the waiting thread yields its core. */
  private static final int LOOKS = 100;

  /** The result of the takeover: whether that thread exists and can be observed. */
  static final Takeover TAKEOVER = Takeover.attempt("virtual threads",
      "Blocking code of a world runs on the world's own thread, where block() is refused.", Unblocker::test);

  private Unblocker() {}

  private static final class Found {
    static final Thread THREAD = find();

    private static Thread find() {
      return Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().equals(NAME)).findAny()
          .orElseThrow(() -> new IllegalStateException("no thread " + NAME));
    }
  }

  @SuppressWarnings("ReferenceEquality") // Threads are compared by identity.
  static boolean is(Thread current) {
    return current == Found.THREAD;
  }

  /**
   * Returns after every thread of {@code blocked} to which the current thread has passed a monitor has been submitted.
   */
  static void await(Iterable<Thread> blocked) {
    for (int look = 1; anyMarked(blocked) || !isIdle(); look++) {
      if (look % LOOKS == 0) {
        RealTimeWait.yieldCore();
      }
    }
  }

  private static boolean anyMarked(Iterable<Thread> blocked) {
    for (Thread thread : blocked) {
      if (JdkVirtualThreads.isBeingUnblocked(thread)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isIdle() {
    StackTraceElement[] stack = Found.THREAD.getStackTrace();
    return stack.length > 0 && stack[0].getMethodName().equals(IDLE);
  }

  private static void test() throws Refused {
    if (!JdkVirtualThreads.TAKEOVER.stands()) {
      throw new Refused("virtual threads cannot be carried");
    }
    for (int round = 0; round < 3; round++) {
      Queue<Runnable> given = new ConcurrentLinkedQueue<>();
      Object monitor = new Object();
      Thread first = start(given, monitor);
      Thread second = start(given, monitor);
      given.remove().run();
      given.remove().run();
      LockSupport.unpark(first);
      given.remove().run();
      await(List.of(second));
      if (given.size() != 1) {
        throw new Refused("a thread that has received its monitor is not submitted in time");
      }
      LockSupport.unpark(second);
      given.remove().run();
      if (JdkVirtualThreads.state(second) != JdkVirtualThreads.State.TERMINATED) {
        throw new Refused("a thread that has received its monitor does not continue");
      }
    }
  }

  private static Thread start(Queue<Runnable> given, Object monitor) {
    Thread thread = JdkVirtualThreads.unstarted(given::add, "self-test", () -> {
      synchronized (monitor) {
        LockSupport.park();
      }
    });
    thread.start();
    return thread;
  }
}
