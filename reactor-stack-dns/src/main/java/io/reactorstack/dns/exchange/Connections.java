package io.reactorstack.dns.exchange;

import io.reactorstack.dns.outcome.DnsDrop;
import io.reactorstack.dns.transport.DnsConnection;
import io.reactorstack.dns.transport.DnsHost;
import io.reactorstack.packet.Endpoint;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * The TCP connections of a resolver: one for each server, over which any number of queries pass at the same time (RFC
 * 7766 section 6.2). A connection without a query is closed after a few seconds. Confined to the event loop.
 */
final class Connections {

  /** The time for which a connection without outstanding queries stays open (RFC 7766 section 6.2.3). */
  static final Duration IDLE = Duration.ofSeconds(5);

  /** The largest number of messages with an unknown ID that a server may send before its connection is closed. */
  private static final int MAX_STRANGE = 16;

  /** The number of IDs, which limits the queries on one connection. */
  private static final int IDS = 1 << 16;

  private final DnsHost host;
  private final Map<Endpoint, Line> lines = new HashMap<>();

  Connections(DnsHost host) {
    this.host = host;
  }

  /** Signals that a connection that had served queries before was closed by the server before it answered this one. */
  static final class StaleConnection extends Exception {

    private static final long serialVersionUID = 1L;

    StaleConnection() {
      super(null, null, false, false);
    }
  }

  /**
   * Sends a query to {@code server} over the open connection, or over a new one, and returns the response.
   *
   * <p>Fails if the connection fails or is closed first; with {@link StaleConnection} if another try on a new connection
   * makes sense (RFC 7766 section 6.2.4). Cancellation abandons the query; the connection stays open.
   *
   * @param query returns the query with the given ID
   */
  Mono<byte[]> ask(Endpoint server, IntFunction<byte[]> query) {
    return Mono.create(sink -> {
      Line line = lines.get(server);
      if (line == null) {
        line = new Line(server);
        lines.put(server, line);
        line.open();
      }
      line.ask(query, sink);
    });
  }

  /** Closes the connection to {@code server}, which is believed to be dead. */
  void abandon(Endpoint server) {
    Line line = lines.get(server);
    if (line != null) {
      line.end(new ClosedChannelException());
    }
  }

  /** Returns the number of open connections. */
  int size() {
    return lines.size();
  }

  /** The connection to one server. */
  private final class Line {

    private final Endpoint server;
    private final Map<Integer, MonoSink<byte[]>> waiting = new HashMap<>();
    private final List<byte[]> unsent = new ArrayList<>();
    private final Disposable.Swap opening = Disposables.swap();
    private @Nullable DnsConnection connection;
    private @Nullable Disposable messages;
    private @Nullable Disposable idle;
    private boolean hasServed;
    private boolean isOver;
    private int strange;

    Line(Endpoint server) {
      this.server = server;
    }

    void open() {
      opening.update(host.transport().connect(server).subscribe(this::opened, this::end));
    }

    private void opened(DnsConnection open) {
      if (isOver) {
        open.close();
        return;
      }
      connection = open;
      unsent.forEach(open::send);
      unsent.clear();
      messages = open.messages().subscribe(this::received, this::end, () -> end(new ClosedChannelException()));
    }

    void ask(IntFunction<byte[]> query, MonoSink<byte[]> sink) {
      if (isOver || waiting.size() >= IDS / 2) {
        sink.error(new ClosedChannelException());
        return;
      }
      int id = unusedId();
      waiting.put(id, sink);
      sink.onDispose(() -> forget(id, sink));
      if (idle != null) {
        idle.dispose();
        idle = null;
      }
      byte[] octets = query.apply(id);
      if (connection == null) {
        unsent.add(octets);
      } else {
        connection.send(octets);
      }
    }

    /** RFC 7766 section 6.2.1: the ID of an outstanding query of the connection is not used again. */
    private int unusedId() {
      int id = host.random().nextInt(IDS);
      while (waiting.containsKey(id)) {
        id = host.random().nextInt(IDS);
      }
      return id;
    }

    private void forget(int id, MonoSink<byte[]> sink) {
      if (waiting.remove(id, sink) && waiting.isEmpty() && !isOver) {
        idle = host.scheduler().schedule(() -> end(new ClosedChannelException()), IDLE.toNanos(), TimeUnit.NANOSECONDS);
      }
    }

    /** RFC 7766 section 7: responses may come in any order. */
    private void received(byte[] octets) {
      MonoSink<byte[]> sink = octets.length < 2 ? null : waiting.get(Responses.id(octets));
      if (sink != null) {
        hasServed = true;
        sink.success(octets);
        return;
      }
      host.drops().count(octets.length < 2 ? DnsDrop.MALFORMED : DnsDrop.WRONG_ID);
      if (++strange == MAX_STRANGE) {
        end(new ClosedChannelException());
      }
    }

    private void end(Throwable cause) {
      if (isOver) {
        return;
      }
      isOver = true;
      lines.remove(server, this);
      opening.dispose();
      if (idle != null) {
        idle.dispose();
      }
      if (messages != null) {
        messages.dispose();
      }
      if (connection != null) {
        connection.close();
      }
      List<MonoSink<byte[]>> unanswered = List.copyOf(waiting.values());
      waiting.clear();
      unanswered.forEach(sink -> sink.error(hasServed ? new StaleConnection() : cause));
    }
  }
}
