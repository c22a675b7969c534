package io.reactorstack.dns.server;

import io.reactorstack.NetworkStack;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.setting.Checks;
import io.reactorstack.spi.HostLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/**
 * An authoritative DNS server on a stack, over UDP and TCP (RFC 1034 section 4.3, RFC 7766). It serves zones that the
 * program supplies, and supports no recursion, no zone transfers, no dynamic updates and no DNSSEC.
 *
 * <p>A query for all types (ANY) gets all records over TCP, and one set of them over UDP (RFC 8482). A client that sends
 * a DNS Cookie gets one of this server (RFC 7873), which is bound to the client's address by a random secret of
 * the bound server, and to the stack's clock; a query without a valid cookie is answered all the same.
 *
 * <p>Immutable: each method that sets something returns a changed copy.
 */
public final class ZoneServer {

  private final NetworkStack stack;
  private final int port;
  private final List<Supplier<? extends Zone>> zones;

  private ZoneServer(NetworkStack stack, int port, List<Supplier<? extends Zone>> zones) {
    this.stack = stack;
    this.port = port;
    this.zones = List.copyOf(zones);
  }

  /** Creates a server on port 53 of {@code stack}, without a zone. */
  public static ZoneServer create(NetworkStack stack) {
    return new ZoneServer(Checks.given("stack", stack), 53, List.of());
  }

  /** Sets the port, 1 to 65535. */
  public ZoneServer port(int port) {
    return new ZoneServer(stack, Checks.range("port", port, 1, 65535, "on which to serve"), zones);
  }

  /** Adds {@code zone}. */
  public ZoneServer zone(Zone zone) {
    Checks.given("zone", zone);
    return zone(() -> zone);
  }

  /**
   * Adds a zone that changes, such as one whose hosts are added and removed.
   *
   * @param zone called on the stack's event loop for each query; returns the current zone. If it returns the same
   *     object as before, the zone is not indexed again
   */
  public ZoneServer zone(Supplier<? extends Zone> zone) {
    List<Supplier<? extends Zone>> more = new ArrayList<>(zones);
    more.add(Checks.given("zone", zone));
    return new ZoneServer(stack, port, more);
  }

  /**
   * Opens the ports and serves until the emitted {@link Disposable} is disposed of, or the stack stops.
   *
   * <p>Fails with a {@link java.net.BindException} if a port is taken. <b>Backpressure:</b> one value, on demand.
   * <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be subscribed to on any thread; signals and serves on
   * the stack's event loop. <b>Cancellation:</b> before the emission, closes the ports.
   */
  public Mono<Disposable> bind() {
    return Mono.defer(() -> {
      HostLoop loop = HostLoop.of(stack);
      ServerCookies cookies = new ServerCookies(loop.random(),
          () -> TimeUnit.NANOSECONDS.toSeconds(loop.nanoTime()));
      ZoneAnswers answers = new ZoneAnswers(zones, cookies);
      return ServerPorts.bind(stack, List.of(), port, new ServerPorts.Responder() {
        @Override
        public Mono<byte[]> overUdp(byte[] query, Endpoint client) {
          return Mono.justOrEmpty(answers.overUdp(query, client.address()));
        }

        @Override
        public Mono<byte[]> overTcp(byte[] query, Endpoint client) {
          return Mono.justOrEmpty(answers.overTcp(query, client.address()));
        }
      });
    });
  }
}
