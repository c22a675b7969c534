package io.reactorstack.dns.jvm.lookup;

import io.reactorstack.dns.transport.DnsHost;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Waits for the answer of a resolver.
 *
 * <p>The resolver's timeouts limit the wait as long as its event loop runs. The loop may have ended, or it may wait for the
 * calling thread: the JDK lets one thread at a time look up a name, and the others wait, so that a look-up on the loop can
 * wait for the one that waits for the loop. The loop is therefore asked to run a task every second; the wait ends when one
 * has not run for {@link #STALL}.
 */
final class BlockingAnswer {

  /** The time after which a loop that runs no tasks is considered blocked. */
  static final Duration STALL = Duration.ofSeconds(5);

  private final DnsHost host;

  BlockingAnswer(DnsHost host) {
    this.host = host;
  }

  /**
   * Returns the value of {@code answer}.
   *
   * @param subject the name or address that is looked up, for messages
   * @throws UnknownHostException if there is none, the caller is on the event loop and the answer takes time, the loop does
   *     not run, or the caller is interrupted; in that case the thread stays interrupted
   */
  <T> T of(String subject, Mono<T> answer) throws UnknownHostException {
    CompletableFuture<@Nullable T> future = answer.toFuture();
    try {
      return future.isDone() ? value(subject, future.get()) : await(subject, future);
    } catch (ExecutionException e) {
      throw failure(subject, e.getCause() == null ? e : e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unknown(subject, "interrupted while waiting for the answer", e);
    } finally {
      future.cancel(true);
    }
  }

  private <T> T await(String subject, CompletableFuture<@Nullable T> future)
      throws UnknownHostException, ExecutionException, InterruptedException {
    if (host.scheduler().isDisposed()) {
      throw wasShutDown(subject, null); // a loop that has ended may ignore tasks
    }
    if (host.isOnLoop()) {
      throw unknown(subject, "the answer needs a query, for which the event loop " + Thread.currentThread().getName()
          + " would wait for itself; on an event loop, subscribe to DnsResolver.resolve instead", null);
    }
    CompletableFuture<Void> alive = CompletableFuture.completedFuture(null);
    for (int stalled = 0; stalled < STALL.toSeconds(); stalled = alive.isDone() ? 0 : stalled + 1) {
      if (alive.isDone()) {
        alive = ping(subject);
      }
      try {
        return value(subject, future.get(1, TimeUnit.SECONDS));
      } catch (TimeoutException e) {
        // Not yet.
      }
    }
    throw unknown(subject, "the resolver's event loop has run no task for " + STALL.toSeconds()
        + " s: code on it blocks, perhaps in a look-up of the same name", null);
  }

  /** Returns a future that completes when the loop has run a task. */
  private CompletableFuture<Void> ping(String subject) throws UnknownHostException {
    CompletableFuture<Void> alive = new CompletableFuture<>();
    try {
      host.execute(() -> alive.complete(null));
      return alive;
    } catch (RejectedExecutionException e) {
      throw wasShutDown(subject, e);
    }
  }

  private static UnknownHostException wasShutDown(String subject, @Nullable Throwable cause) {
    return unknown(subject, "the resolver's event loop was shut down", cause);
  }

  private static <T> T value(String subject, @Nullable T value) throws UnknownHostException {
    if (value == null) {
      throw new UnknownHostException(subject + ": no answer");
    }
    return value;
  }

  private static UnknownHostException failure(String subject, Throwable cause) {
    if (cause instanceof UnknownHostException known) {
      known.addSuppressed(new Exception("the look-up was made here"));
      return known;
    }
    return switch (cause) {
      case RejectedExecutionException e -> wasShutDown(subject, e);
      case CancellationException e -> unknown(subject, "the look-up was cancelled", e);
      default -> unknown(subject, cause.toString(), cause);
    };
  }

  private static UnknownHostException unknown(String subject, String why, @Nullable Throwable cause) {
    UnknownHostException failure = new UnknownHostException(subject + ": " + why);
    failure.initCause(cause);
    return failure;
  }
}
