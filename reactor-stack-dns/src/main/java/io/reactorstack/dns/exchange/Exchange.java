package io.reactorstack.dns.exchange;

import io.reactorstack.dns.transport.DnsHost;
import io.reactorstack.dns.wire.DnsCodec;
import io.reactorstack.packet.Endpoint;
import reactor.core.publisher.Mono;

/** Sends queries to servers and returns their responses. Used on the event loop only. */
public final class Exchange {

  private final DnsHost host;
  private final ServerBook book;
  private final ExchangeSettings settings;
  private final Connections connections;

  /** Creates an exchange without a connection. */
  public Exchange(DnsHost host, ServerBook book, ExchangeSettings settings) {
    DnsCodec.load();
    this.host = host;
    this.book = book;
    this.settings = settings;
    this.connections = new Connections(host);
  }

  /**
   * Sends {@code query} to {@code server} and returns the response, whatever its response code.
   *
   * <p>It repeats the query over TCP if the response is truncated or forged responses seem to arrive, and without an OPT
   * record if the server does not understand it. It waits without a limit; the caller decides when to give up, and
   * reports that to the {@link ServerBook}.
   *
   * <p>Fails with an {@link ExchangeException}. <b>Backpressure:</b> one value. <b>Buffer ownership:</b> no buffers.
   * <b>Threading:</b> the event loop. <b>Cancellation:</b> closes the port of the query.
   *
   * @param attempt the number of times that the server was queried for this question before; from the third time on a
   *     server that was never heard with EDNS is queried without it, and one that was is queried over TCP
   * @param budget each message takes one from it
   */
  public Mono<Reply> ask(Query query, Endpoint server, int attempt, Budget budget) {
    return Mono
        .defer(() -> new Conversation(host, book, settings, connections, query, server, attempt, budget).reply());
  }

  /**
   * Notes that {@code server} has not answered in time: if it has been silent on its TCP connection, further queries use
   * a new one. Queries that are outstanding on the old one can still be answered.
   */
  public void abandonConnection(Endpoint server) {
    connections.abandon(server);
  }

  /** Returns the number of open TCP connections. */
  int openConnections() {
    return connections.size();
  }
}
