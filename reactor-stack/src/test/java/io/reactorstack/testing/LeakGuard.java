package io.reactorstack.testing;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Fails a test run in which a reference-counted object was garbage collected without having been released.
 *
 * <p>Netty only logs a leak, and only when the next buffer is allocated after a garbage collection. This listener,
 * found by the service loader, replaces Netty's detectors before the first buffer is allocated, collects their reports,
 * and runs the garbage collector after the last test of the JVM. A leak then ends the run with an error instead of
 * failing a test: all tests have been reported by that time, and none can be blamed for certain. The records in the
 * report show where the object was last used.
 */
public final class LeakGuard implements LauncherSessionListener {
  /** Garbage collections at the end; the first finds nearly everything, the others what finalization delayed. */
  private static final int ROUNDS = 4;
  /** Only mutation test runs switch the guard off: they open a launcher session for each test, thousands of times. */
  private static final boolean OFF = Boolean.getBoolean("leakGuard.off");

  private static final Pattern FRAMES_OF_THE_LAUNCHER = Pattern.compile(
      "(?m)^\\s+(java\\.base/java\\.(lang\\.reflect|util)|java\\.base/jdk\\.internal|org\\.junit|net\\.jqwik|org\\.apache\\.maven)\\..*\\R");

  private static final List<String> REPORTS = new CopyOnWriteArrayList<>();
  private static final List<ReportingDetector<?>> DETECTORS = new CopyOnWriteArrayList<>();

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    if (OFF) {
      return;
    }
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new ReportingDetectorFactory());
  }

  @Override
  public void launcherSessionClosed(LauncherSession session) {
    if (OFF) {
      return;
    }
    for (int round = 0; round < ROUNDS; round++) {
      collectGarbage();
      // Netty checks for leaked objects when it tracks a new one.
      ByteBufAllocator.DEFAULT.directBuffer(1).release();
      ByteBufAllocator.DEFAULT.heapBuffer(1).release();
      DETECTORS.forEach(ReportingDetector::look);
    }
    if (DETECTORS.isEmpty()) {
      throw new AssertionError("Netty was loaded before the leak guard, so leaks were not detected");
    }
    if (!REPORTS.isEmpty()) {
      throw new AssertionError(
          REPORTS.size() + " leaked: not released before it was collected\n" + String.join("\n", REPORTS));
    }
  }

  /** Runs the garbage collector; returns when the references that it cleared are in their queues. */
  private static void collectGarbage() {
    var queue = new ReferenceQueue<Object>();
    var sentinel = new PhantomReference<>(new Object(), queue);
    try {
      for (int attempt = 0; attempt < 20; attempt++) {
        System.gc();
        if (queue.remove(TimeUnit.SECONDS.toMillis(1)) == sentinel) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new AssertionError(
        "the garbage collector does not collect (-XX:+DisableExplicitGC?), so leaks cannot be seen");
  }

  private static final class ReportingDetectorFactory extends ResourceLeakDetectorFactory {
    @Override
    public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> resource, int samplingInterval) {
      return new ReportingDetector<>(resource, samplingInterval);
    }

    @Override
    @Deprecated // abstract, so it must be implemented
    public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> resource, int samplingInterval,
        long maxActive) {
      return new ReportingDetector<>(resource, samplingInterval);
    }
  }

  private static final class ReportingDetector<T> extends ResourceLeakDetector<T> {
    ReportingDetector(Class<T> resource, int samplingInterval) {
      super(resource, samplingInterval);
      DETECTORS.add(this);
    }

    /**
     * Reports the objects collected since the last call. Tracking an object makes a detector check; the tracked object
     * is closed immediately.
     */
    @SuppressWarnings("unchecked") // a detector never touches the object itself
    void look() {
      T nothing = (T) new Object();
      var tracker = track(nothing);
      if (tracker != null) {
        tracker.close(nothing);
      }
    }

    @Override
    protected boolean needReport() {
      return true; // independent of the logger's level
    }

    @Override
    protected void reportTracedLeak(String resourceType, String records) {
      REPORTS.add(resourceType + FRAMES_OF_THE_LAUNCHER.matcher(records).replaceAll(""));
    }

    @Override
    protected void reportUntracedLeak(String resourceType) {
      REPORTS.add(resourceType + " (no records)");
    }
  }
}
