package io.reactorstack.lab;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Creates the reports of a lab and attaches them to errors. Any thread. */
final class Reports {

  private final Lab lab;
  private final Drive drive;
  /** The report of the first error in the current call that drives the world; {@code null} before that error. */
  private volatile @Nullable LabReport shown;
  /** The report of the world's end; {@code null} before it. */
  private volatile @Nullable LabReport last;

  Reports(Lab lab, Drive drive) {
    this.lab = lab;
    this.drive = drive;
  }

  /** Returns a report of the world as it is, or as it was when it ended. */
  LabReport now() {
    LabReport seen = last;
    return seen != null ? seen : drive.look(how -> new LabReport(WorldReader.at(lab, drive, how)));
  }

  /** Takes the final report; called just before the world ends. */
  void close() {
    last = now();
  }

  /**
   * Runs {@code moves}, which drives the world, and attaches a report of the world to an error of the lab that it
   * throws.
   */
  @SuppressWarnings("NullAway") // the supplier may return null where the caller's T is nullable
  <T> T during(Supplier<T> moves) {
    shown = null;
    try {
      return moves.get();
    } catch (LabException | AssertionError e) {
      show(e);
      throw e;
    } catch (IllegalStateException e) {
      if (e.getCause() instanceof InterruptedException) {
        // The world's thread is interrupted too, and takes its own report before it cancels anything.
        LabReport after = now();
        LabReport then = shown;
        (then != null ? then : after).attachedTo(e);
      }
      throw e;
    }
  }

  /**
   * Attaches a report to {@code failure} while the world is still in the state of the failure. Only errors of the lab
   * and assertions get one.
   */
  void show(Throwable failure) {
    if (failure instanceof LabException known) {
      if (known.report() == null) {
        known.report(shown());
        if (known instanceof StalledException stalled) {
          stalled.remark(lab.inventory().forgotten());
        }
      }
    } else if (failure instanceof AssertionError) {
      shown().attachedTo(failure);
    }
  }

  private LabReport shown() {
    LabReport report = now();
    if (shown == null) {
      shown = report;
    }
    return report;
  }
}
