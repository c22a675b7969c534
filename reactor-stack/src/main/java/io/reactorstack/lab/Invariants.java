package io.reactorstack.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * The conditions that a test demands of its world, and failures in the world that no caller receives otherwise. The
 * drive checks both after each instant. Confined to the loop.
 */
final class Invariants {

  private final List<Runnable> conditions = new ArrayList<>();
  private @Nullable Throwable failure;
  private boolean over;

  /** Adds a condition, which fails by throwing. Running the returned action removes it. */
  Runnable add(Runnable condition) {
    // A separate object, since the same condition may be added twice.
    Runnable own = condition::run;
    conditions.add(own);
    return () -> conditions.removeIf(own::equals);
  }

  /**
   * Returns a Mono that completes when {@code condition} holds at the end of an instant, and fails with what it throws.
   */
  Mono<Void> holds(BooleanSupplier condition) {
    return Mono.defer(() -> {
      Sinks.Empty<Void> held = Sinks.empty();
      Runnable[] end = new Runnable[1];
      end[0] = add(() -> {
        try {
          if (condition.getAsBoolean()) {
            held.tryEmitEmpty();
          }
        } catch (Throwable e) {
          held.tryEmitError(e);
        }
      });
      return held.asMono().doFinally(done -> end[0].run());
    });
  }

  /** Makes the world fail. The first failure is thrown; later ones become its suppressed exceptions. */
  void fail(Throwable cause) {
    if (over) {
      return;
    }
    if (failure == null) {
      failure = cause;
    } else if (!failure.equals(cause) && failure.getSuppressed().length < 16) {
      failure.addSuppressed(cause);
    }
  }

  /** Checks all conditions for the last time; returns the failure of the world, or {@code null}. */
  @Nullable
  Throwable close() {
    Throwable last = check();
    over = true;
    conditions.clear();
    return last;
  }

  /** Returns whether there is nothing to check. */
  boolean isEmpty() { return conditions.isEmpty() && failure == null; }

  /** Checks all conditions; returns the failure of the world, only once, or {@code null}. */
  @Nullable
  Throwable check() {
    for (int i = 0; i < conditions.size() && failure == null; i++) {
      try {
        conditions.get(i).run();
      } catch (Throwable e) {
        fail(e);
      }
    }
    Throwable found = failure;
    failure = null;
    return found;
  }
}
