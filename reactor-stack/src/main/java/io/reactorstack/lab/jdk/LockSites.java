package io.reactorstack.lab.jdk;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.concurrent.locks.StampedLock;
import org.jspecify.annotations.Nullable;

/**
 * Classifies lines of code that wait for a lock by whether the lock is held inside or outside the world. A lock inside
 * a library, for example in a buffer allocator, is often shared by the whole JVM: a thread of another world holds it
 * for some microseconds, and this world must pause for that time, or its order would depend on the other world. A lock
 * of the application under test is held by a thread of the same world, which has to continue.
 *
 * <p>The JVM does not report which case applies. But the holder of a lock is usually executing the code that took it:
 * if no other thread of this world is in that code, the lock is held outside. Otherwise the world pauses briefly at the
 * first wait at a line: a thread outside releases the lock within that time, a thread of this world cannot.
 */
final class LockSites {

  /** The real time for which a world pauses for a lock that is certainly held outside, in nanoseconds. */
  static final long SURE_NANOS = TimeUnit.MINUTES.toNanos(1);

  /**
   * The real time within which a running thread outside nearly always releases a lock; used if a thread of the world
   * may hold it.
   */
  private static final long DOUBT_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  /**
   * The pause at the first wait at a line if no thread of the world seems to hold the lock; {@link #OUTSIDE_NANOS} for
   * later waits.
   */
  private static final long FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private static final long OUTSIDE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** For each line, whether its lock has ever been released from outside the world. */
  private static final Map<StackTraceElement, Boolean> HELD_OUTSIDE = new ConcurrentHashMap<>();

  private LockSites() {}

  /** Returns whether a parked thread waits for a lock, and not for an event. */
  static boolean waitsForLock(Thread parked) {
    Object blocker = LockSupport.getBlocker(parked);
    if (blocker == null) {
      return false;
    }
    Class<?> owner = blocker.getClass().getEnclosingClass();
    return blocker instanceof StampedLock || owner == ReentrantLock.class || owner == ReentrantReadWriteLock.class;
  }

  /**
   * Returns the line at which a thread with {@code stack} waits for a lock; {@code null} if the stack has no line
   * outside the JDK.
   */
  static @Nullable StackTraceElement of(StackTraceElement[] stack) {
    for (StackTraceElement frame : stack) {
      String name = frame.getClassName();
      if (!name.startsWith("java.") && !name.startsWith("jdk.internal.")) {
        return frame;
      }
    }
    return null;
  }

  /** Returns whether the lock at {@code site} has only been seen held by threads of the same world. */
  static boolean isOwn(StackTraceElement site) {
    return Boolean.FALSE.equals(HELD_OUTSIDE.get(site));
  }

  /** Returns whether a thread with {@code stack} is executing the class that {@code site} belongs to. */
  static boolean isInside(StackTraceElement site, StackTraceElement[] stack) {
    String owner = outermost(site.getClassName());
    return Arrays.stream(stack).anyMatch(frame -> outermost(frame.getClassName()).equals(owner));
  }

  private static String outermost(String className) {
    int nested = className.indexOf('$');
    return nested < 0 ? className : className.substring(0, nested);
  }

  /**
   * The real time for which a world pauses for a wait at {@code site}, in nanoseconds.
   *
   * @param inside whether another thread of the world is executing the code at that site
   */
  static long patience(StackTraceElement site, boolean inside) {
    if (inside) {
      return DOUBT_NANOS;
    }
    return HELD_OUTSIDE.containsKey(site) ? OUTSIDE_NANOS : FIRST_NANOS;
  }

  /**
   * Records where the lock at {@code site} was held. A line once seen with a lock held outside always counts as such.
   */
  static void learn(StackTraceElement site, boolean outside) {
    HELD_OUTSIDE.merge(site, outside, Boolean::logicalOr);
  }
}
