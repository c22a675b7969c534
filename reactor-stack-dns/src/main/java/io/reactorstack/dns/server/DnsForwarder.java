package io.reactorstack.dns.server;

import io.reactorstack.NetworkStack;
import io.reactorstack.dns.transport.StackHost;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.setting.Checks;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/**
 * A DNS proxy on a stack, as home gateways have one, over UDP and TCP (RFC 5625): it passes the queries of its clients
 * to DNS servers, and their responses back.
 *
 * <p>It is transparent: it relays whole messages of any type, class and flags, with their EDNS options, and changes
 * nothing but the ID. Each query has its own random ID and source port (RFC 5452 section 9.2). A response that was
 * truncated passes as it is; the client then queries over TCP, and so does the forwarder. It has no cache, and does not
 * judge responses: a failure that a server reports is the answer. When no server answers, the client gets SERVFAIL.
 *
 * <p>{@link ServerDrop} counts the messages of clients that it ignores, {@link io.reactorstack.dns.outcome.DnsDrop} those of
 * servers.
 *
 * <p>Immutable: each method that sets something returns a changed copy. It has no thread and no clock of its own.
 */
public final class DnsForwarder {

  private static final int SERVER_PORT = 53;

  private final NetworkStack stack;
  private final ForwarderSettings settings;

  private DnsForwarder(NetworkStack stack, ForwarderSettings settings) {
    this.stack = stack;
    this.settings = settings;
  }

  /**
   * Creates a forwarder on port 53 of all addresses of {@code stack}. Until {@link #servers(List)} sets servers, it
   * queries those that the stack has learnt, by DHCP or from IPv6 routers, at the time of each query
   * ({@link NetworkStack#dns}).
   */
  public static DnsForwarder create(NetworkStack stack) {
    return new DnsForwarder(Checks.given("stack", stack), ForwarderSettings.DEFAULTS);
  }

  /** Queries these servers, in this order. A server that did not answer is tried last for the next 30 s. */
  public DnsForwarder servers(List<Endpoint> servers) {
    Checks.given("servers", servers);
    return with(s -> s.servers(servers));
  }

  /** Queries port 53 of these addresses, in this order. */
  public DnsForwarder servers(IpAddress... servers) {
    return servers(
        Checks.all("servers", servers).stream().map(address -> new Endpoint(address, SERVER_PORT)).toList());
  }

  /** Sets the port, 1 to 65535. */
  public DnsForwarder port(int port) {
    return with(s -> s.port(port));
  }

  /**
   * Listens only on these addresses of the stack, such as the inside address of a gateway, which should not serve the
   * outside (RFC 5625 section 6.2). The stack must have them when {@link #bind} is subscribed to.
   */
  public DnsForwarder listenOn(IpAddress... addresses) {
    List<IpAddress> all = Checks.all("listenOn", addresses);
    return with(s -> s.listening(all));
  }

  /**
   * Serves only clients whose address is in one of these prefixes; the queries of others are dropped and counted. An
   * inside address that is valid everywhere, as most IPv6 addresses are, can be reached from outside too.
   */
  public DnsForwarder clients(IpPrefix... prefixes) {
    List<IpPrefix> all = Checks.all("clients", prefixes);
    return with(s -> s.clients(all));
  }

  /**
   * Sets the time to wait for an answer before the next server is queried too. It doubles with each round through the
   * servers; a query over TCP gets five times as long. 1 ms to 1 h; 1 s by default.
   */
  public DnsForwarder queryTimeout(Duration timeout) {
    return with(s -> s.queryTimeout(timeout));
  }

  /** Sets the number of retries of a server that does not answer over UDP: 0 to 2 (RFC 9520 section 3.1), 2 by default. */
  public DnsForwarder retries(int retries) {
    return with(s -> s.retries(retries));
  }

  /**
   * Limits the number of outstanding queries: 1 to 65536, 512 by default. Beyond it a query over UDP is dropped, and one
   * over TCP answered by SERVFAIL. Each outstanding query occupies a port for each server that has been queried.
   */
  public DnsForwarder maxQueries(int queries) {
    return with(s -> s.maxQueries(queries));
  }

  private DnsForwarder with(UnaryOperator<ForwarderSettings> change) {
    return new DnsForwarder(stack, change.apply(settings));
  }

  /**
   * Opens the ports and serves until the emitted {@link Disposable} is disposed of, or the stack stops.
   *
   * <p>Fails with a {@link java.net.BindException} if a port is taken or an address is not the stack's.
   * <b>Backpressure:</b> one value, on demand. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be subscribed
   * to on any thread; signals and serves on the stack's event loop. <b>Cancellation:</b> before the emission, closes the
   * ports.
   */
  public Mono<Disposable> bind() {
    return Mono.defer(() -> ServerPorts.bind(stack, settings.listening(), settings.port(),
        new Relay(settings, new StackHost(stack), this::current)));
  }

  /** Returns the configured servers; without any, those that the stack has learnt, but not the forwarder itself. */
  private List<Endpoint> current() {
    return settings.servers().isEmpty()
        ? stack.dns().servers().stream().filter(server -> !settings.listening().contains(server))
            .map(server -> new Endpoint(server, SERVER_PORT)).toList()
        : settings.servers();
  }
}
