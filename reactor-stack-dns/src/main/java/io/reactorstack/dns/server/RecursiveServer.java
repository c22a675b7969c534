package io.reactorstack.dns.server;

import io.reactorstack.NetworkStack;
import io.reactorstack.dns.DnsResolver;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.setting.Checks;
import java.util.List;
import java.util.function.UnaryOperator;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/**
 * A recursive DNS server on a stack, over UDP and TCP (RFC 1034 section 4.3.1): it answers its clients with what a
 * {@link DnsResolver} finds, and so shares the resolver's cache with them.
 *
 * <pre>{@code
 * RecursiveServer.create(stack, DnsResolver.create(stack).iterative()).bind().block();
 * }</pre>
 *
 * <p>It serves clients with private, link-local and loopback addresses unless {@link #clients} says otherwise, and refuses
 * others: a server that resolves names for everybody can be used to flood a third party. {@link ServerDrop} counts the
 * messages of clients that it ignores.
 *
 * <p>Immutable: each method that sets something returns a changed copy. It has no thread and no clock of its own.
 */
public final class RecursiveServer {

  private final NetworkStack stack;
  private final DnsResolver resolver;
  private final RecursiveSettings settings;

  private RecursiveServer(NetworkStack stack, DnsResolver resolver, RecursiveSettings settings) {
    this.stack = stack;
    this.resolver = resolver;
    this.settings = settings;
  }

  /**
   * Creates a server on port 53 of all addresses of {@code stack}.
   *
   * @param resolver finds the answers; a stub resolver makes the server a caching forwarder
   */
  public static RecursiveServer create(NetworkStack stack, DnsResolver resolver) {
    return new RecursiveServer(Checks.given("stack", stack), Checks.given("resolver", resolver),
        RecursiveSettings.DEFAULTS);
  }

  /** Sets the port, 1 to 65535. */
  public RecursiveServer port(int port) {
    return with(s -> s.port(port));
  }

  /** Listens only on these addresses of the stack, which it must have when {@link #bind} is subscribed to. */
  public RecursiveServer listenOn(IpAddress... addresses) {
    List<IpAddress> all = Checks.all("listenOn", addresses);
    return with(s -> s.listening(all));
  }

  /** Serves the clients whose address is in one of these prefixes; the others get REFUSED. Replaces earlier prefixes. */
  public RecursiveServer clients(IpPrefix... prefixes) {
    List<IpPrefix> all = Checks.all("clients", prefixes);
    return with(s -> s.clients(all));
  }

  /**
   * Limits the number of outstanding queries: 1 to 65536, 1024 by default. Beyond it a query over UDP is dropped, and one
   * over TCP answered by SERVFAIL. The limits of the resolver apply too.
   */
  public RecursiveServer maxQueries(int queries) {
    return with(s -> s.maxQueries(queries));
  }

  private RecursiveServer with(UnaryOperator<RecursiveSettings> change) {
    return new RecursiveServer(stack, resolver, change.apply(settings));
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
        new Recursion(stack, resolver, settings)));
  }
}
