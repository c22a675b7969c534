package io.reactorstack.dns.server;

import io.reactorstack.dns.outcome.DnsDrop;
import io.reactorstack.dns.transport.DnsHost;
import io.reactorstack.dns.transport.DnsTransport;
import io.reactorstack.dns.transport.NameServers;
import io.reactorstack.packet.Endpoint;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.publisher.SynchronousSink;
import reactor.core.scheduler.Scheduler;

/**
 * The outstanding queries of a forwarder: it passes each to the servers in turn, and their response to the client.
 * Confined to the event loop.
 */
final class Relay implements ServerPorts.Responder {

  /** A query over TCP gets this multiple of the time of one over UDP, since it begins with a handshake. */
  private static final int TCP_PATIENCE = 5;

  /** A client's query over UDP, as long as it is outstanding. */
  private record Asked(Endpoint client, int id) {}

  private final ForwarderSettings settings;
  private final DnsHost host;
  private final DnsTransport transport;
  private final NameServers servers;
  private final Scheduler scheduler;
  private final Set<Asked> asked = new HashSet<>();
  private int outstanding;

  /** @param current returns the servers, most preferred first */
  Relay(ForwarderSettings settings, DnsHost host, Supplier<List<Endpoint>> current) {
    this.settings = settings;
    this.host = host;
    this.transport = host.transport();
    this.servers = new NameServers(current, host::nanoTime);
    this.scheduler = host.scheduler();
  }

  /**
   * Returns the response to a query of {@code client} received in a datagram; empty if it gets none. Never fails because
   * of a server.
   */
  @Override
  public Mono<byte[]> overUdp(byte[] octets, Endpoint client) {
    RelayedMessage query = accepted(octets, client);
    if (query == null) {
      return Mono.empty();
    }
    Asked key = new Asked(client, query.id());
    if (asked.contains(key)) {
      return dropped(ServerDrop.REPEATED);
    }
    if (outstanding >= settings.maxQueries()) {
      return dropped(ServerDrop.TOO_MANY_QUERIES);
    }
    asked.add(key);
    outstanding++;
    return new Exchange(query, servers.inOrder()).answer()
        .map(answer -> answer.with(query.id()))
        .defaultIfEmpty(query.failure())
        // Before the signal, so that the client can ask again while it handles the response.
        .doOnTerminate(() -> forget(key))
        .doOnCancel(() -> forget(key));
  }

  private void forget(Asked key) {
    if (asked.remove(key)) {
      outstanding--;
    }
  }

  /**
   * Returns the response to a query of {@code client} received over TCP: one message, or several for the transfer of a
   * zone; empty if it gets none. Never fails because of a server.
   */
  @Override
  public Flux<byte[]> overTcp(byte[] octets, Endpoint client) {
    RelayedMessage query = accepted(octets, client);
    if (query == null) {
      return Flux.empty();
    }
    if (outstanding >= settings.maxQueries()) {
      host.drops().count(ServerDrop.TOO_MANY_QUERIES);
      return Flux.just(query.failure());
    }
    outstanding++;
    return overTcp(query, servers.inOrder(), 0)
        .map(answer -> answer.with(query.id()))
        .defaultIfEmpty(query.failure())
        .doFinally(end -> outstanding--);
  }

  private @Nullable RelayedMessage accepted(byte[] octets, Endpoint client) {
    ServerDrop drop = null;
    RelayedMessage query = RelayedMessage.parse(octets);
    if (!settings.serves(client.address())) {
      drop = ServerDrop.NOT_A_CLIENT;
    } else if (query == null) {
      drop = ServerDrop.TOO_SHORT;
    } else if (query.isResponse()) {
      drop = ServerDrop.NOT_A_QUERY;
    }
    if (drop == null) {
      return query;
    }
    host.drops().count(drop);
    return null;
  }

  private <T> Mono<T> dropped(ServerDrop reason) {
    host.drops().count(reason);
    return Mono.empty();
  }

  private Mono<RelayedMessage> overUdp(RelayedMessage query, Endpoint server) {
    // RFC 5452 section 9.2: unpredictable, over the full range; the transport draws the port.
    int id = host.random().nextInt(1 << 16);
    return transport.overUdp(query.with(id), server)
        .<RelayedMessage>handle((octets, sink) -> accept(query, octets, id, sink))
        .next();
  }

  private Flux<RelayedMessage> overTcp(RelayedMessage query, List<Endpoint> order, int n) {
    // RFC 5625 section 4.4.1: the server is not queried over UDP first.
    if (n == order.size()) {
      return Flux.empty();
    }
    Endpoint server = order.get(n);
    int id = host.random().nextInt(1 << 16);
    Duration patience = settings.queryTimeout().multipliedBy(TCP_PATIENCE);
    Flux<RelayedMessage> answers = overConnection(query.with(id), server)
        .<RelayedMessage>handle((octets, sink) -> accept(query, octets, id, sink))
        .timeout(patience, scheduler)
        // A transfer ends when its server is silent or closes the connection; its client knows whether it is complete.
        .onErrorComplete();
    return (query.isTransfer() ? answers : answers.take(1))
        .switchIfEmpty(Flux.defer(() -> overTcp(query, order, n + 1)));
  }

  /** Sends {@code query} over its own connection and emits the messages that come back. */
  private Flux<byte[]> overConnection(byte[] query, Endpoint server) {
    return Flux.usingWhen(transport.connect(server), connection -> {
      connection.send(query);
      return connection.messages();
    }, connection -> Mono.fromRunnable(connection::close));
  }

  private void accept(RelayedMessage query, byte[] octets, int id, SynchronousSink<RelayedMessage> sink) {
    RelayedMessage answer = RelayedMessage.parse(octets);
    DnsDrop drop = query.mismatch(answer, id);
    if (drop == null && answer != null) {
      sink.next(answer);
    } else if (drop != null) {
      host.drops().count(drop);
    }
  }

  /** One query over UDP and the tries to get its answer from the servers. */
  private final class Exchange {

    private final RelayedMessage query;
    private final List<Endpoint> order;
    private final Set<Endpoint> unreachable = new HashSet<>();

    Exchange(RelayedMessage query, List<Endpoint> order) {
      this.query = query;
      this.order = order;
    }

    /** Returns the first answer; empty if no server has answered within the time of all tries. */
    Mono<RelayedMessage> answer() {
      Duration all = Duration.ZERO;
      for (int round = 0; round <= settings.retries(); round++) {
        all = all.plus(settings.timeout(round).multipliedBy(order.size()));
      }
      return from(0).take(all, scheduler);
    }

    /**
     * Queries the servers from try number {@code n} on. A server that is silent for its time leads to the next one, and
     * its answer is still accepted while the next one is queried; one that cannot be reached leads there immediately.
     */
    private Mono<RelayedMessage> from(int n) {
      if (n == order.size() * (1 + settings.retries())) {
        return Mono.empty();
      }
      Endpoint server = order.get(n % order.size());
      if (unreachable.contains(server)) {
        return from(n + 1); // RFC 1035 section 7.2: a server that returned an error is not queried again
      }
      Sinks.Empty<Void> failed = Sinks.empty();
      Mono<RelayedMessage> answer = overUdp(query, server)
          .doOnNext(found -> servers.answered(server))
          .onErrorResume(e -> {
            unreachable.add(server);
            failed.tryEmitEmpty();
            return Mono.empty();
          });
      Mono<Void> silent = Mono.delay(settings.timeout(n / order.size()), scheduler)
          .doOnNext(tick -> servers.keptSilent(server)).then();
      Mono<RelayedMessage> rest = Mono.firstWithSignal(silent, failed.asMono())
          .then(Mono.defer(() -> from(n + 1)));
      return Flux.merge(answer, rest).next();
    }
  }
}
