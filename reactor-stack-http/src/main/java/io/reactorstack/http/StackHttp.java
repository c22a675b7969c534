package io.reactorstack.http;

import io.reactorstack.NetworkStack;
import io.reactorstack.name.NameResolver;
import io.reactorstack.netty.StackAddressResolverGroup;
import io.reactorstack.netty.StackLoopResources;
import io.reactorstack.setting.Checks;
import io.reactorstack.spi.HostLoop;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import reactor.core.scheduler.Scheduler;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.ConnectionProvider;
import reactor.util.retry.Retry;

/**
 * Creates Reactor Netty's HTTP clients and servers on a stack: {@code StackHttp.client(stack).get().uri(…)}.
 *
 * <p>The returned objects are Reactor Netty's own types and are configured as usual: TLS with {@code secure}, HTTP/2
 * and HTTP/3 with {@code protocol}, and so on. They run on the stack's loop. All their timeouts follow the stack's
 * clock, with these exceptions: a pool follows it only if it comes from {@link #pool}; the disposal of inactive pools,
 * metrics and access logs never follow it; and HTTP/3 measures its retransmission, idle and pacing times inside a
 * native QUIC library, by the machine's clock.
 */
public final class StackHttp {

  private StackHttp() {}

  /**
   * Creates a client on {@code stack} that resolves names with the stack's resolver and opens a connection for each
   * request.
   *
   * <p>With {@link #client(NetworkStack, ConnectionProvider)} the caller chooses a pool.
   */
  public static HttpClient client(NetworkStack stack) {
    return client(stack, ConnectionProvider.newConnection());
  }

  /**
   * Creates a client on {@code stack} that resolves names with the stack's resolver and takes its connections from
   * {@code pool}.
   */
  public static HttpClient client(NetworkStack stack, ConnectionProvider pool) {
    return client(stack, Checks.given("stack", stack).resolver(), pool);
  }

  /**
   * Creates a client on {@code stack} that resolves names with {@code resolver} and opens a connection for each
   * request.
   *
   * <p>With {@link #client(NetworkStack, NameResolver, ConnectionProvider)} the caller chooses a pool.
   */
  public static HttpClient client(NetworkStack stack, NameResolver resolver) {
    return client(stack, resolver, ConnectionProvider.newConnection());
  }

  /**
   * Creates a client on {@code stack} that resolves names with {@code resolver} and takes its connections from
   * {@code pool}.
   */
  public static HttpClient client(NetworkStack stack, NameResolver resolver, ConnectionProvider pool) {
    Checks.given("stack", stack);
    return HttpClient.create(Checks.given("pool", pool))
        // Before runOn: see StackLoopResources.client.
        .resolver(StackAddressResolverGroup.of(resolver))
        .runOn(StackLoopResources.of(stack))
        .observe(PoolClock::onStateChange)
        .doOnRequestError(UnansweredRequest::onRequestError);
  }

  /**
   * Returns the builder of a pool for clients that {@link #client(NetworkStack, ConnectionProvider)} creates. The times
   * of the pool follow the stack's clock: those of eviction, of the background search for stale connections, and of the
   * wait for a connection.
   *
   * <p>The pool checks for stale connections whenever one is acquired, and in the background at the interval of the
   * smaller limit. Do not set {@code maxIdleTime}, {@code maxLifeTime}, {@code evictionPredicate},
   * {@code evictInBackground} or {@code pendingAcquireTimer} on the builder: they would bring back the machine's clock.
   *
   * @param maxIdleTime the time for which a connection may be unused, 1 ms to 365 d; zero for no limit
   * @param maxLifeTime the maximum age of a connection, 1 ms to 365 d; zero for no limit
   */
  public static ConnectionProvider.Builder pool(
      NetworkStack stack, String name, Duration maxIdleTime, Duration maxLifeTime) {
    Checks.given("stack", stack);
    limit("maxIdleTime", maxIdleTime);
    limit("maxLifeTime", maxLifeTime);
    Scheduler scheduler = HostLoop.of(stack).scheduler();
    ConnectionProvider.Builder builder = ConnectionProvider.builder(Checks.text("name", name))
        .evictionPredicate(
            (connection, metadata) -> PoolClock.isStale(connection, metadata, maxIdleTime, maxLifeTime))
        .pendingAcquireTimer(
            (task, timeout) -> scheduler.schedule(task, timeout.toNanos(), TimeUnit.NANOSECONDS));
    return Stream.of(maxIdleTime, maxLifeTime).filter(Duration::isPositive).min(Comparator.naturalOrder())
        .map(interval -> builder.evictInBackground(interval, scheduler))
        .orElse(builder);
  }

  private static void limit(String name, Duration time) {
    if (!Checks.given(name, time).isZero()) {
      Checks.positive(name, time);
    }
  }

  /**
   * Returns a retry that repeats a request once if its connection ended before the header of a response was complete:
   * {@code client.get().uri(…).responseContent().aggregate().retryWhen(onceMoreIfClosed())}.
   *
   * <p>A server may close an idle connection of a pool just when the client sends a request on it. The client then
   * receives a FIN, or an RST, or both, or its write fails. With TLS it may also receive the end of the TLS session;
   * with HTTP/2 the server may refuse the stream, or send a GOAWAY that does not cover it. The client cannot know
   * whether the server executed the request. Reactor Netty itself repeats a request only if the connection was reset
   * before the request's header was written; after that it reports {@code Connection reset by peer} or
   * {@code Connection prematurely closed BEFORE response}, whatever the method.
   *
   * <p>With a client that {@link #client} creates, the retry applies to idempotent methods only: GET, HEAD, OPTIONS,
   * TRACE, PUT, DELETE (RFC 9110 section 9.2.2). It does not repeat a POST or PATCH, nor a request for which the whole
   * header or part of the body of a response has arrived. The publisher of a request body is subscribed to again, so it
   * must be able to emit the body twice. With any other {@link HttpClient} the retry applies to all methods, but only
   * to connections that ended with a FIN.
   */
  public static Retry onceMoreIfClosed() {
    return Retry.max(1).filter(UnansweredRequest::isRepeatable)
        .onRetryExhaustedThrow((spec, signal) -> signal.failure());
  }

  /** Creates a server on {@code stack} that will bind to {@code local}; with port 0 the stack chooses the port. */
  public static HttpServer server(NetworkStack stack, InetSocketAddress local) {
    Checks.given("stack", stack);
    Checks.given("local", local);
    return HttpServer.create().runOn(StackLoopResources.of(stack)).bindAddress(() -> local);
  }
}
