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
 * Lines of code that wait for a lock, and by whom it is held there. A lock inside a library, an allocator of buffers say, is often
 * one for the whole JVM: a thread of another world holds it for some microseconds, and this world must stand still for them, or
 * its order would depend on the other. A lock of the service itself is held by a thread of the same world, which has to go on.
 *
 * <p>The JVM does not tell which it is. But whoever holds a lock is, as a rule, in the middle of the code that took it: if no other
 * thread of the world is, the lock is held outside. Else the first wait at a line stands still for a moment: a thread outside
 * releases the lock within it, one of this world cannot.
 */
final class LockSites {

  /** Real time for which a world stands still for a lock that is held outside, without a doubt. */
  static final long SURE_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** Real time in which a running thread outside releases a lock, nearly always; if a thread of the world may hold it. */
  private static final long DOUBT_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  /** The same if none seems to, for the first wait at a line and for later ones. */
  private static final long FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private static final long OUTSIDE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** For each line whether the lock has been released from outside the world. */
  private static final Map<StackTraceElement, Boolean> HELD_OUTSIDE = new ConcurrentHashMap<>();

  private LockSites() {}

  /** Whether a parked thread waits for a lock, and not for something to happen. */
  static boolean waitsForLock(Thread parked) {
    Object blocker = LockSupport.getBlocker(parked);
    if (blocker == null) {
      return false;
    }
    Class<?> owner = blocker.getClass().getEnclosingClass();
    return blocker instanceof StampedLock || owner == ReentrantLock.class || owner == ReentrantReadWriteLock.class;
  }

  /** The line at which a thread with {@code stack} waits for a lock; {@code null} if the stack says nothing. */
  static @Nullable StackTraceElement of(StackTraceElement[] stack) {
    for (StackTraceElement frame : stack) {
      String name = frame.getClassName();
      if (!name.startsWith("java.") && !name.startsWith("jdk.internal.")) {
        return frame;
      }
    }
    return null;
  }

  /** Whether it has been seen that threads of one world hold the lock at {@code site}, and no others. */
  static boolean isOwn(StackTraceElement site) {
    return Boolean.FALSE.equals(HELD_OUTSIDE.get(site));
  }

  /** Whether a thread with {@code stack} is in the code that {@code site} belongs to. */
  static boolean isInside(StackTraceElement site, StackTraceElement[] stack) {
    String owner = outermost(site.getClassName());
    return Arrays.stream(stack).anyMatch(frame -> outermost(frame.getClassName()).equals(owner));
  }

  private static String outermost(String className) {
    int nested = className.indexOf('$');
    return nested < 0 ? className : className.substring(0, nested);
  }

  /**
   * Real time for which a world stands still for the wait at {@code site}.
   *
   * @param inside whether another thread of the world is in the code there
   */
  static long patience(StackTraceElement site, boolean inside) {
    if (inside) {
      return DOUBT_NANOS;
    }
    return HELD_OUTSIDE.containsKey(site) ? OUTSIDE_NANOS : FIRST_NANOS;
  }

  /** Remembers who held the lock at {@code site}. Once held outside, always expected to be. */
  static void learn(StackTraceElement site, boolean outside) {
    HELD_OUTSIDE.merge(site, outside, Boolean::logicalOr);
  }
}
