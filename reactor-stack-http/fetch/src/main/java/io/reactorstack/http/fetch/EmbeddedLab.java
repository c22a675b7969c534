package io.reactorstack.http.fetch;

import io.reactorstack.NetworkStack;
import io.reactorstack.dns.DnsResolver;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** A simulated network in this process, in virtual time. Its web host serves {@link WebPages}. */
abstract sealed class EmbeddedLab implements FetchNetwork permits LanLab, HomeLab, DnsLab {

  /** The URL of the page that the command fetches by default. */
  static final String DEFAULT_URL = "http://www.example.lab/";

  private final Lab lab;
  private final Host client;
  private final DnsResolver resolver;

  /** @param resolver the client's */
  EmbeddedLab(Lab lab, Host client, DnsResolver resolver) {
    this.lab = lab;
    this.client = client;
    this.resolver = resolver;
  }

  /** The simulated network. */
  final Lab lab() {
    return lab;
  }

  /** The client's host. */
  final Host clientHost() {
    return client;
  }

  @Override
  public final NetworkStack client() {
    return client.stack();
  }

  @Override
  public final DnsResolver resolver() {
    return resolver;
  }

  @Override
  public final Duration now() {
    return lab.now();
  }

  @Override
  public final Scheduler scheduler() {
    return lab.scheduler();
  }

  @Override
  public final <T> @Nullable T await(Mono<T> mono) {
    return lab.await(mono);
  }

  @Override
  public final void close() {
    lab.close();
  }
}
