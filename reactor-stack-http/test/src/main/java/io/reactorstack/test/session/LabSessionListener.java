package io.reactorstack.test.session;

import io.reactorstack.lab.Lab;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Prepares the JVM for labs before JUnit loads the first test class; found by JUnit itself.
 *
 * <p>A class that keeps one of Reactor's schedulers in a static field then keeps one that obeys labs. Builds without labs see no
 * difference. JUnit opens several sessions in one JVM; nothing is undone when one ends.
 */
public final class LabSessionListener implements LauncherSessionListener {

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    ParallelSeeds.enable();
    try {
      Lab.prepare();
    } catch (RuntimeException | LinkageError e) {
      // Not the fault of a run without labs. The first lab does the same, and fails with the reason.
    }
  }
}
