package io.reactorstack.lab;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Takes the reports of a lab, and lets errors carry them. Any thread. */
final class Reports {

  private final Lab lab;
  private final Drive drive;
  /** The world at its first error since it was last waited for. */
  private volatile @Nullable LabReport shown;
  /** The world when it ended. */
  private volatile @Nullable LabReport last;

  Reports(Lab lab, Drive drive) {
    this.lab = lab;
    this.drive = drive;
  }

  /** The world as it is now, or as it was when it ended. */
  LabReport now() {
    LabReport seen = last;
    return seen != null ? seen : drive.look(how -> new LabReport(Looks.at(lab, drive, how)));
  }

  /** The world is about to end. */
  void close() {
    last = now();
  }

  /** Does {@code moves}, which drives the world; the errors of the lab carry a report of the world as it was then. */
  @SuppressWarnings("NullAway") // The supplier may return null where the caller's T is nullable
  <T> T during(Supplier<T> moves) {
    shown = null;
    try {
      return moves.get();
    } catch (LabException | AssertionError e) {
      show(e);
      throw e;
    } catch (IllegalStateException e) {
      if (e.getCause() instanceof InterruptedException) {
        // The world's thread is interrupted too, and shows the world before it goes on.
        LabReport after = now();
        LabReport then = shown;
        (then != null ? then : after).attachedTo(e);
      }
      throw e;
    }
  }

  /** Gives {@code failure} a report of the world, while that is as it was then; an error that is none of the lab's gets none. */
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
