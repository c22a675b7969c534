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
 * <p>Connections, timeouts, pools and names are the host's and the world's. The names are those that the host's stack knows: of all
 * hosts of the lab, or what {@link LabNames} brings. Two hosts never share a connection, nor do two objects of this class: a
 * program keeps one, and with it one pool.
 *
 * <p>It may be kept while its host is restarted: {@link #client} and {@link #server} then give clients with an empty pool and
 * servers on the new stack. Those that were made before stay on the old one, and fail.
 */
public final class LabHttp {

  /** Port of HTTP (RFC 9110 section 4.2.1). */
  private static final int HTTP = 80;

  /**
   * Connections to one server. Reactor Netty's own default depends on the number of processors, so that a seed would not say
   * everything.
   */
  private static final int MAX_CONNECTIONS = 500;

  /** The client of one life of the host, with its pool. */
  private record Pooled(NetworkStack stack, HttpClient client) {}

  private final Host host;
  private final AtomicReference<@Nullable Pooled> pooled = new AtomicReference<>();

  private LabHttp(Host host) {
    this.host = host;
  }

  /** HTTP on {@code host}, with a pool of its own. */
  public static LabHttp of(Host host) {
    return new LabHttp(Checks.given("host", host));
  }

  /**
   * Spring's client on {@code host}, with a pool of its own: {@code LabHttp.webClient(shop).get().uri("http://bank/")}. Needs Spring
   * WebFlux, and nothing else here does.
   *
   * @throws NoClassDefFoundError if Spring WebFlux is not there
   */
  @SuppressWarnings("exports") // Its user requires Spring.
  public static WebClient webClient(Host host) {
    return of(host).webClient();
  }

  /**
   * Spring's client on the pool of {@link #client()}; {@code mutate()} configures it further. Needs Spring WebFlux.
   *
   * @throws NoClassDefFoundError if Spring WebFlux is not there
   */
  @SuppressWarnings("exports") // As above
  public WebClient webClient() {
    return SpringClients.on(client());
  }

  /**
   * A client with a pool of at most 500 connections to one server; 1,000 requests may wait for one, for 45 s at most. Connections
   * stay until a server closes them.
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

  /** A client with a pool that the caller configures, which may be one of {@link StackHttp#pool}, with limits of time. */
  public HttpClient client(ConnectionProvider connections) {
    return StackHttp.client(host.stack(), Checks.given("connections", connections));
  }

  private ConnectionProvider pool(NetworkStack stack) {
    // Without limits of time: a search in the background would keep an idle world from being idle.
    return StackHttp.pool(stack, host.name(), Duration.ZERO, Duration.ZERO).maxConnections(MAX_CONNECTIONS).build();
  }

  /** A server for port 80 of all addresses of the host, which starts with {@code bind()}: {@code http://name-of-the-host/}. */
  public HttpServer server() {
    return server(HTTP);
  }

  /**
   * A server for {@code port} of all addresses of the host, which starts with {@code bind()}.
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
