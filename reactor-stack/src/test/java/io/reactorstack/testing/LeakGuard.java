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
 * Fails a test run in which a reference-counted object was collected without having been released.
 *
 * <p>Netty only logs a leak, and only when the next buffer is allocated after a garbage collection. This listener, found by the service
 * loader, takes the place of Netty's detectors before the first buffer exists, collects their reports, and after the last test of the
 * JVM drives the garbage collector. Then a leak ends the run with an error instead of failing a test: all tests have been counted by that
 * time, and none can be blamed for certain. The records in the report say where the object was used last.
 */
public final class LeakGuard implements LauncherSessionListener {
  /** Collections at the end; the first finds nearly everything, the others what finalisation order kept back. */
  private static final int ROUNDS = 4;
  /** Only mutation runs switch the guard off: they open a launcher session for each test, thousands of times. */
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
      // Netty looks for leaked objects when it tracks a new one.
      ByteBufAllocator.DEFAULT.directBuffer(1).release();
      ByteBufAllocator.DEFAULT.heapBuffer(1).release();
      DETECTORS.forEach(ReportingDetector::look);
    }
    if (DETECTORS.isEmpty()) {
      throw new AssertionError("Netty was loaded before the leak guard, so nothing was guarded");
    }
    if (!REPORTS.isEmpty()) {
      throw new AssertionError(
          REPORTS.size() + " leaked: not released before it was collected\n" + String.join("\n", REPORTS));
    }
  }

  /** Returns when a collection has taken place and the references it cleared are in their queues. */
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
    @Deprecated // but abstract
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

    /** Reports what was collected since the last time. Tracking is what makes a detector look; the tracked object is closed at once. */
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
      return true; // whatever the logger says
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
