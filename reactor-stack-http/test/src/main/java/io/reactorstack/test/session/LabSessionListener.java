package io.reactorstack.test.session;

import io.reactorstack.lab.Lab;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Prepares the JVM for labs before JUnit loads the first test class; JUnit finds this class as a service.
 *
 * <p>After that, a test class that keeps one of Reactor's schedulers in a static field keeps one that follows the lab's
 * time. Builds without labs are not affected. JUnit opens several sessions in one JVM; nothing is undone when a session
 * ends.
 */
public final class LabSessionListener implements LauncherSessionListener {

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    ParallelSeeds.enable();
    try {
      Lab.prepare();
    } catch (RuntimeException | LinkageError e) {
      // A run without labs must not fail here. The first lab prepares the JVM again, and fails with the reason.
    }
  }
}
