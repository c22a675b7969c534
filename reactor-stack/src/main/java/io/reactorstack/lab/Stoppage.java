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
 * Looks at the thread of a world, while another thread waits for it, and finds that it is stopped by code that waits on it: in
 * real time, and for something that only the world could bring about. Blocking code leaves the world's thread when it waits, but it
 * cannot from a static initializer or from below a native method; and code on the loop itself never can.
 */
final class Stoppage {

  /** Real time between two looks. */
  static final long LOOK_MILLIS = 250;

  /** Looks in a row at the same wait before it counts as one for ever. */
  private static final int LOOKS = 4;

  /** The same for a wait of code on the loop, which a thread outside may be about to end, and for code that goes on and on. */
  private static final int LOOKS_ON_LOOP = 40;

  private final Thread thread;
  private final @Nullable CarriedThreads threads;
  private final Supplier<Duration> now;
  private StackTraceElement[] last = {};
  private @Nullable Duration instant;
  private int atInstant;
  private long step = -1;
  private int same;

  /** @param now virtual time; asked on the thread that looks */
  Stoppage(Thread thread, @Nullable CarriedThreads threads, Supplier<Duration> now) {
    this.thread = thread;
    this.threads = threads;
    this.now = now;
  }

  /**
   * Looks once more whether the world stays at one instant although its thread runs; a sentence on that if it has done so for many
   * looks, and then no more for this instant.
   */
  @Nullable
  String circling() {
    Duration time = now.get();
    atInstant = time.equals(instant) ? atInstant + 1 : 1;
    instant = time;
    if (atInstant != LOOKS_ON_LOOP || thread.getState() != Thread.State.RUNNABLE) {
      return null;
    }
    CarriedThreads.Waiting running = new CarriedThreads.Waiting(thread.getName(), List.of(thread.getStackTrace()));
    return "the world has been at " + time + " for " + Duration.ofMillis(LOOKS_ON_LOOP * LOOK_MILLIS)
        + " of real time; it runs at " + running.line()
        + ". If its code begins anew for ever at this instant, time never moves:"
        + " a retry without a delay, for example; interrupt the thread that waits, or set it a time limit";
  }

  /** A sentence on the line that has stopped the thread; {@code null} if it moves or may yet. */
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
    return Arrays.stream(stack).anyMatch(frame -> frame.getClassName().equals("io.reactorstack.lab.jdk.StandStill"));
  }

  private boolean isOwnedByVirtualThread() {
    ThreadInfo info = ManagementFactory.getThreadMXBean().getThreadInfo(thread.threadId());
    // Of owners the JVM names platform threads only, and those outside may still leave.
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
