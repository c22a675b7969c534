package io.reactorstack.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * The conditions that a test sets its world, and the failures in the world that nobody waits for. The drive asks after each instant.
 * Confined to the loop.
 */
final class Invariants {

  private final List<Runnable> conditions = new ArrayList<>();
  private @Nullable Throwable failure;
  private boolean over;

  /** Adds a condition, which fails by throwing, until the returned action is run. */
  Runnable add(Runnable condition) {
    // An object of its own: the same condition may be added twice.
    Runnable own = condition::run;
    conditions.add(own);
    return () -> conditions.removeIf(own::equals);
  }

  /** Completes when {@code condition} holds, at the end of an instant; errs with what it throws. */
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

  /** Lets the world fail: the first failure counts, later ones stand beside it. */
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

  /** Asks all conditions for the last time; the failure of the world, or {@code null}. */
  @Nullable
  Throwable close() {
    Throwable last = check();
    over = true;
    conditions.clear();
    return last;
  }

  /** Whether there is anything to ask. */
  boolean isEmpty() { return conditions.isEmpty() && failure == null; }

  /** Asks all conditions; the failure of the world, which is told once, or {@code null}. */
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
