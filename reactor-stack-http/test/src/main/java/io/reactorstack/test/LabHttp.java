package io.reactorstack.test;

import io.reactorstack.NetworkStack;
import io.reactorstack.http.StackHttp;
import io.reactorstack.lab.Host;
import io.reactorstack.setting.Checks;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.ConnectionProvider;

/**
 * Reactor Netty's HTTP on a host of a lab: {@code LabHttp.of(shop).client().get().uri("http://bank/balance")}.
 *
 * <p>Connections, timeouts, pools and names belong to the host and its world. Names are resolved by the host's stack:
 * the names of all hosts of the lab, or those that {@link LabNames} serves. Two hosts never share a connection, and
 * neither do two objects of this class; a program should keep one object, and with it one pool.
 *
 * <p>The object remains usable when its host is restarted: {@link #client} and {@link #server} then return clients with
 * an empty pool and servers on the new stack. Clients and servers that were returned before use the old stack, and
 * fail.
 */
public final class LabHttp {

  /** The port of HTTP (RFC 9110 section 4.2.1). */
  private static final int HTTP = 80;

  /**
   * The maximum number of connections to one server. Reactor Netty's own default depends on the number of processors,
   * so the seed alone would not determine a run.
   */
  private static final int MAX_CONNECTIONS = 500;

  /** The client for one run of the host, which lasts until the host is restarted, with its pool. */
  private record Pooled(NetworkStack stack, HttpClient client) {}

  private final Host host;
  private final AtomicReference<@Nullable Pooled> pooled = new AtomicReference<>();

  private LabHttp(Host host) {
    this.host = host;
  }

  /** Returns HTTP on {@code host}, with its own pool. */
  public static LabHttp of(Host host) {
    return new LabHttp(Checks.given("host", host));
  }

  /**
   * Returns Spring's client on {@code host}, with its own pool:
   * {@code LabHttp.webClient(shop).get().uri("http://bank/")}. Needs Spring WebFlux, which no other class of this
   * module needs.
   *
   * @throws NoClassDefFoundError if Spring WebFlux is missing
   */
  @SuppressWarnings("exports") // the caller's module requires Spring
  public static WebClient webClient(Host host) {
    return of(host).webClient();
  }

  /**
   * Returns Spring's client on the pool of {@link #client()}; {@code mutate()} configures it further. Needs Spring
   * WebFlux.
   *
   * @throws NoClassDefFoundError if Spring WebFlux is missing
   */
  @SuppressWarnings("exports") // As above
  public WebClient webClient() {
    return SpringClients.on(client());
  }

  /**
   * Returns a client with a pool of at most 500 connections to each server. At most 1,000 requests wait for a
   * connection, for at most 45 s. Connections stay open until a server closes them.
   */
  public HttpClient client() {
    NetworkStack stack = host.stack();
    Pooled known = pooled.get();
    if (known == null || known.stack != stack) {
      known = new Pooled(stack, StackHttp.client(stack, pool(stack)));
      pooled.set(known);
    }
    return known.client;
  }

  /** Returns a client with the given pool, for example one of {@link StackHttp#pool} with time limits. */
  public HttpClient client(ConnectionProvider connections) {
    return StackHttp.client(host.stack(), Checks.given("connections", connections));
  }

  private ConnectionProvider pool(NetworkStack stack) {
    // No time limits: the timer of the background eviction would keep an idle world from being idle.
    return StackHttp.pool(stack, host.name(), Duration.ZERO, Duration.ZERO).maxConnections(MAX_CONNECTIONS).build();
  }

  /**
   * Returns a server for port 80 of all addresses of the host; {@code bind()} starts it. Its URL is
   * {@code http://name-of-the-host/}.
   */
  public HttpServer server() {
    return server(HTTP);
  }

  /**
   * Returns a server for {@code port} of all addresses of the host; {@code bind()} starts it.
   *
   * @param port 0 to 65535; 0 lets the stack choose
   * @throws IllegalArgumentException if it is out of the range
   */
  public HttpServer server(int port) {
    Checks.range("port", port, 0, 65_535, "(0 lets the stack choose)");
    return StackHttp.server(host.stack(), new InetSocketAddress(port));
  }

  /** The host. */
  public Host host() {
    return host;
  }
}
