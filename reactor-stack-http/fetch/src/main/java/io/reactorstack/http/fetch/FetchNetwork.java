package io.reactorstack.http.fetch;

import io.reactorstack.NetworkStack;
import io.reactorstack.dns.DnsResolver;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** The network in which a page is fetched: a simulated or a real one. */
sealed interface FetchNetwork extends AutoCloseable permits EmbeddedLab, RealNetwork {

  /** The host that requests the page. */
  NetworkStack client();

  /** The client's resolver. */
  DnsResolver resolver();

  /** The time since the world began. */
  Duration now();

  /** The client's loop as a scheduler, with the world's clock. */
  Scheduler scheduler();

  /** Subscribes to {@code mono} on the client's loop, lets time pass until it terminates, and returns its value. */
  <T> @Nullable T await(Mono<T> mono);

  /** Stops every host. */
  @Override
  void close();
}
