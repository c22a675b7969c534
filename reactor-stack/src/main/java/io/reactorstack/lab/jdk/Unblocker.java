package io.reactorstack.lab.jdk;

import io.reactorstack.lab.jdk.Takeover.Refused;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * The JVM's thread that submits virtual threads once they have been given a monitor. It does so some microseconds after the monitor
 * was released, at a moment that no seed decides; so a world waits until this thread has nothing left to do.
 *
 * <p>The JVM marks a virtual thread at the instant at which its monitor is released; this thread takes the mark away and submits
 * the virtual thread. A world that first sees no mark and then sees this thread in its call for more work has been given every
 * thread that its code has released.
 */
final class Unblocker {

  private static final String NAME = "VirtualThread-unblocker";
  private static final String IDLE = "takeVirtualThreadListToUnblock";

  /** Looks at this thread before the waiting thread gives its core away: some hundred microseconds. */
  private static final int LOOKS = 100;

  /** Whether the thread exists and can be observed. */
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

  @SuppressWarnings("ReferenceEquality") // Threads are equal if they are the same.
  static boolean is(Thread current) {
    return current == Found.THREAD;
  }

  /** Returns once each of {@code blocked} to which the current thread has passed a monitor has been submitted. */
  static void await(Iterable<Thread> blocked) {
    for (int look = 1; anyMarked(blocked) || !isIdle(); look++) {
      if (look % LOOKS == 0) {
        StandStill.yieldCore();
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
      throw new Refused("they cannot be carried");
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
        throw new Refused("a thread that was given its monitor is not submitted in time");
      }
      LockSupport.unpark(second);
      given.remove().run();
      if (JdkVirtualThreads.state(second) != JdkVirtualThreads.State.TERMINATED) {
        throw new Refused("a thread that was given its monitor does not go on");
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
