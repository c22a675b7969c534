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
 * Reactor Netty's HTTP client and server, wired to a stack: {@code StackHttp.client(stack).get().uri(…)}.
 *
 * <p>What is returned is Reactor Netty's own and configured further as ever: TLS with {@code secure}, HTTP/2 and HTTP/3
 * with {@code protocol}, and so on. It runs on the stack's loop. All its timeouts follow the stack's clock, with these
 * exceptions: a pool follows it if it comes from {@link #pool}; the disposal of inactive pools, metrics and access logs
 * never do; and HTTP/3 counts its retransmission, idle and pacing times inside a native QUIC library, by the machine's
 * clock.
 */
public final class StackHttp {

  private StackHttp() {}

  /**
   * A client on {@code stack} that resolves names as the stack does and opens a connection for each request.
   *
   * <p>With {@link #client(NetworkStack, ConnectionProvider)} the caller chooses a pool.
   */
  public static HttpClient client(NetworkStack stack) {
    return client(stack, ConnectionProvider.newConnection());
  }

  /** A client on {@code stack} that resolves names as the stack does and takes its connections from {@code pool}. */
  public static HttpClient client(NetworkStack stack, ConnectionProvider pool) {
    return client(stack, Checks.given("stack", stack).resolver(), pool);
  }

  /**
   * A client on {@code stack} that resolves names with {@code resolver} and opens a connection for each request.
   *
   * <p>With {@link #client(NetworkStack, NameResolver, ConnectionProvider)} the caller chooses a pool.
   */
  public static HttpClient client(NetworkStack stack, NameResolver resolver) {
    return client(stack, resolver, ConnectionProvider.newConnection());
  }

  /** A client on {@code stack} that resolves names with {@code resolver} and takes its connections from {@code pool}. */
  public static HttpClient client(NetworkStack stack, NameResolver resolver, ConnectionProvider pool) {
    Checks.given("stack", stack);
    return HttpClient.create(Checks.given("pool", pool))
        // Before runOn: see StackLoopResources.client.
        .resolver(StackAddressResolverGroup.of(resolver))
        .runOn(StackLoopResources.of(stack))
        .observe(PoolClock::onStateChange)
        .doOnRequestError(Unanswered::onRequestError);
  }

  /**
   * A pool for clients that {@link #client(NetworkStack, ConnectionProvider)} makes, to be configured further
   * and built, whose times are the stack's: of eviction, of the search for what is to be evicted, and of waiting for a
   * connection.
   *
   * <p>It looks for stale connections whenever one is acquired, and in the background as often as the smaller limit says.
   * Leave {@code maxIdleTime}, {@code maxLifeTime}, {@code evictionPredicate}, {@code evictInBackground} and {@code
   * pendingAcquireTimer} of the builder alone: they would bring back the machine's clock.
   *
   * @param maxIdleTime how long a connection may be unused, 1 ms to 365 d; zero: without end
   * @param maxLifeTime how old a connection may become, 1 ms to 365 d; zero: without end
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
   * Sends a request once more whose connection ended before the header of a response had come: {@code
   * client.get().uri(…).responseContent().aggregate().retryWhen(onceMoreIfClosed())}.
   *
   * <p>A server may close an idle connection of a pool at the instant at which a request is on its way. The client then sees FIN,
   * or RST, or both, or cannot write any more; with TLS also the end of the TLS session, with HTTP/2 a stream that the server has
   * refused or named in no GOAWAY. Whether the request was carried out it cannot know. Reactor Netty itself repeats a request
   * only if the connection was reset before the request's header was written; once that has been sent it reports {@code
   * Connection reset by peer} or {@code Connection prematurely closed BEFORE response}, whatever the method.
   *
   * <p>Clients that {@link #client} makes repeat methods that may be carried out twice: GET, HEAD, OPTIONS, TRACE, PUT, DELETE
   * (RFC 9110 section 9.2.2). A POST or PATCH is not repeated, nor is a request that part of a response's body or its whole header
   * has answered. A request body is subscribed to once more, so that its publisher must be able to emit it twice. On another
   * {@link HttpClient} this repeats, of any method, only what met the end of the connection by FIN.
   */
  public static Retry onceMoreIfClosed() {
    return Retry.max(1).filter(Unanswered::isRepeatable).onRetryExhaustedThrow((spec, signal) -> signal.failure());
  }

  /** A server on {@code stack}, to be bound to {@code local}, whose port may be 0 to let the stack choose. */
  public static HttpServer server(NetworkStack stack, InetSocketAddress local) {
    Checks.given("stack", stack);
    Checks.given("local", local);
    return HttpServer.create().runOn(StackLoopResources.of(stack)).bindAddress(() -> local);
  }
}
