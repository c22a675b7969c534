package io.reactorstack.lab;

import io.reactorstack.lab.jdk.CarriedThreads;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Detects, from another thread that waits for it, that a world's thread is blocked in real time by code that waits for
 * something only the world could bring about. Blocking code normally unmounts from the world's thread when it waits,
 * but cannot in a static initializer or below a native method. Code on the loop itself never can.
 */
final class StuckThreadDetector {

  /** Real time between two checks, in milliseconds. */
  static final long LOOK_MILLIS = 250;

  /** Number of consecutive checks with the same wait before it is reported as endless. */
  private static final int LOOKS = 4;

  /**
   * The same for a wait of code on the loop, which a thread outside may still end, and for code that never leaves an
   * instant.
   */
  private static final int LOOKS_ON_LOOP = 40;

  private final Thread thread;
  private final @Nullable CarriedThreads threads;
  private final Supplier<Duration> now;
  private StackTraceElement[] last = {};
  private @Nullable Duration instant;
  private int atInstant;
  private long step = -1;
  private int same;

  /** @param now virtual time; read on the thread that checks */
  StuckThreadDetector(Thread thread, @Nullable CarriedThreads threads, Supplier<Duration> now) {
    this.thread = thread;
    this.threads = threads;
    this.now = now;
  }

  /**
   * Checks whether the world stays at one instant although its thread runs. Returns a sentence about it after many such
   * checks, once for each instant; otherwise {@code null}.
   */
  @Nullable
  String checkInstant() {
    Duration time = now.get();
    atInstant = time.equals(instant) ? atInstant + 1 : 1;
    instant = time;
    if (atInstant != LOOKS_ON_LOOP || thread.getState() != Thread.State.RUNNABLE) {
      return null;
    }
    CarriedThreads.Waiting running = new CarriedThreads.Waiting(thread.getName(), List.of(thread.getStackTrace()));
    return "the world has been at " + time + " for " + Duration.ofMillis(LOOKS_ON_LOOP * LOOK_MILLIS)
        + " of real time; it runs at " + running.line()
        + ". If its code starts over endlessly at this instant, time never moves:"
        + " for example, a retry without a delay; interrupt the thread that waits, or give it a time limit";
  }

  /**
   * Checks the thread once; returns a sentence about the line that has stopped it, or {@code null} if it moves or may
   * still move.
   */
  @Nullable
  String look() {
    Thread.State state = thread.getState();
    StackTraceElement[] stack = thread.getStackTrace();
    long now = threads == null ? 0 : threads.steps();
    boolean stands = state != Thread.State.RUNNABLE && !isMeant(stack);
    same = !stands ? 0 : step == now && Arrays.equals(stack, last) ? same + 1 : 1;
    last = stack;
    step = now;
    Thread carried = threads == null ? null : threads.mounted();
    boolean owned = state == Thread.State.BLOCKED && isOwnedByVirtualThread();
    if (same < (carried != null || owned ? LOOKS : LOOKS_ON_LOOP)) {
      return null;
    }
    return carried != null ? pinned(carried) : onLoop(owned);
  }

  private static boolean isMeant(StackTraceElement[] stack) {
    return Arrays.stream(stack).anyMatch(frame -> frame.getClassName().equals("io.reactorstack.lab.jdk.RealTimeWait"));
  }

  private boolean isOwnedByVirtualThread() {
    ThreadInfo info = ManagementFactory.getThreadMXBean().getThreadInfo(thread.threadId());
    // The JVM names an owner only if it is a platform thread, and a platform thread outside may still release the lock.
    return info != null && info.getLockOwnerName() == null;
  }

  private static String pinned(Thread carried) {
    CarriedThreads.Waiting waiting = new CarriedThreads.Waiting(carried.getName(), List.of(carried.getStackTrace()));
    carried.interrupt();
    return "the world's own thread is stopped: " + waiting
        + ", in a static initializer or below native code, from where it cannot"
        + " leave that thread to let the world go on (called from "
        + waiting.stack().stream().skip(1).map(StackTraceElement::toString).filter(line -> line.contains("<clinit>"))
            .findFirst().orElse("there")
        + ")";
  }

  private String onLoop(boolean owned) {
    CarriedThreads.Waiting waiting = new CarriedThreads.Waiting(thread.getName(), List.of(last));
    String why = owned && threads != null
        ? ", for a monitor that blocking code of the world holds: "
            + threads.waiting().stream().map(Object::toString).collect(Collectors.joining(", "))
        : "; code on the loop must not wait";
    return "the world's own thread is stopped: " + waiting + why;
  }
}
