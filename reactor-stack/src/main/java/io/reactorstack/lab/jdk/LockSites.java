package io.reactorstack.lab.jdk;

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
 * <p>The JVM does not tell which it is. So the first wait at a line stands still for a moment: a thread outside releases the lock
 * within it, one of this world cannot.
 */
final class LockSites {

  /** Real time in which a running thread outside releases a lock, nearly always; spent once for each line. */
  private static final long FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

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

  /** Real time for which a world stands still for the wait at {@code site}. */
  static long patience(StackTraceElement site) {
    Boolean outside = HELD_OUTSIDE.get(site);
    if (outside == null) {
      return FIRST_NANOS;
    }
    return outside ? OUTSIDE_NANOS : 0;
  }

  /** Remembers who held the lock at {@code site}. Once held outside, always expected to be. */
  static void learn(StackTraceElement site, boolean outside) {
    HELD_OUTSIDE.merge(site, outside, Boolean::logicalOr);
  }
}
