package io.reactorstack.dns.exchange;

import io.reactorstack.dns.outcome.DnsDrop;
import io.reactorstack.dns.transport.DnsConnection;
import io.reactorstack.dns.transport.DnsHost;
import io.reactorstack.packet.Endpoint;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
 *
 * <p>A connection over which a server has been silent is retired: it takes no further query, the outstanding ones may
 * still be answered, and the last of them closes it. So a server has at most two connections.
 */
final class Connections {

  /** The time for which a connection without outstanding queries stays open (RFC 7766 section 6.2.3). */
  static final Duration IDLE = Duration.ofSeconds(5);

  /** The time without a message after which a connection with an outstanding query may be retired. */
  static final Duration QUIET = Duration.ofMillis(250);

  /** The largest number of messages with an unknown ID that a server may send before its connection is closed. */
  private static final int MAX_STRANGE = 16;

  /** The number of cancelled queries without a response after which a connection takes no further query. */
  private static final int MAX_CANCELLED = 1024;

  /** The number of IDs, which limits the queries on one connection. */
  private static final int IDS = 1 << 16;

  private final DnsHost host;
  private final Map<Endpoint, Line> lines = new HashMap<>();
  private final Map<Endpoint, Line> retired = new HashMap<>();

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
    return Mono.create(sink -> ask(server, query, sink));
  }

  private void ask(Endpoint server, IntFunction<byte[]> query, MonoSink<byte[]> sink) {
    Line line = lines.get(server);
    if (line != null && line.isFull()) {
      retire(line);
      line = null;
    }
    if (line != null) {
      line.ask(query, sink);
      return;
    }
    Line fresh = new Line(server);
    fresh.ask(query, sink);
    lines.put(server, fresh);
    fresh.open();
  }

  /**
   * Notes that {@code server} is believed to be dead: no further query uses its connection, unless a message has arrived
   * since the oldest outstanding query. Outstanding queries stay, since the connection may be slow only.
   */
  void abandon(Endpoint server) {
    Line line = lines.get(server);
    if (line != null && (line.waiting.isEmpty() || line.isQuiet())) {
      retire(line);
    }
  }

  /** Keeps {@code line} for its outstanding queries only, and ends the line of that server that was retired before. */
  private void retire(Line line) {
    lines.remove(line.server, line);
    if (line.waiting.isEmpty()) {
      line.end(new ClosedChannelException());
      return;
    }
    Line older = retired.put(line.server, line);
    if (older != null) {
      older.end(new ClosedChannelException());
    }
  }

  /** Returns the number of open connections. */
  int size() {
    return lines.size() + retired.size();
  }

  /** An outstanding query. */
  private record Waiting(MonoSink<byte[]> sink, long since) {}

  /** A connection to one server. */
  private final class Line {

    private final Endpoint server;
    /** The outstanding queries by their IDs, the oldest first. */
    private final Map<Integer, Waiting> waiting = new LinkedHashMap<>();
    /** Queries to be sent when the connection is open, by their IDs. */
    private final Map<Integer, byte[]> unsent = new LinkedHashMap<>();
    /** The IDs of queries that were sent and then cancelled, to which a response may still arrive. */
    private final Set<Integer> cancelled = new HashSet<>();
    private final Disposable.Swap opening = Disposables.swap();
    private final Disposable.Swap messages = Disposables.swap();
    private final Disposable.Swap idle = Disposables.swap();
    private @Nullable DnsConnection connection;
    private long heardAt = host.nanoTime();
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
      heardAt = host.nanoTime();
      List<byte[]> first = List.copyOf(unsent.values());
      unsent.clear();
      first.forEach(open::send);
      messages.update(open.messages().subscribe(this::received, this::end, () -> end(new ClosedChannelException())));
    }

    /** Returns whether the connection has no ID left for another query, or the server seems to ignore its queries. */
    boolean isFull() {
      return waiting.size() >= IDS / 2 || cancelled.size() >= MAX_CANCELLED;
    }

    /** Returns whether no message has arrived for some time while a query was outstanding. */
    boolean isQuiet() {
      long now = host.nanoTime();
      return waiting.values().stream().limit(1)
          .anyMatch(oldest -> Math.min(now - oldest.since, now - heardAt) >= QUIET.toNanos());
    }

    void ask(IntFunction<byte[]> query, MonoSink<byte[]> sink) {
      int id = unusedId();
      byte[] octets = query.apply(id);
      Waiting one = new Waiting(sink, host.nanoTime());
      waiting.put(id, one);
      idle.update(Disposables.disposed());
      if (connection == null) {
        unsent.put(id, octets);
      } else {
        connection.send(octets);
      }
      sink.onDispose(() -> cancel(id, one));
    }

    /**
     * RFC 7766 section 6.2.1: the ID of an outstanding query of the connection is not used again. For the server a
     * cancelled query is outstanding too.
     */
    private int unusedId() {
      int id = host.random().nextInt(IDS);
      while (waiting.containsKey(id) || cancelled.contains(id)) {
        id = host.random().nextInt(IDS);
      }
      return id;
    }

    private void cancel(int id, Waiting one) {
      if (waiting.remove(id, one)) {
        if (unsent.remove(id) == null) {
          cancelled.add(id);
        }
        rest();
      }
    }

    /** Closes the connection after some time, or at once if it was retired, if it has no outstanding query. */
    private void rest() {
      if (isOver || !waiting.isEmpty()) {
        return;
      }
      if (retired.get(server) == this) {
        end(new ClosedChannelException());
      } else {
        idle.update(host.scheduler().schedule(() -> end(new ClosedChannelException()), IDLE.toNanos(),
            TimeUnit.NANOSECONDS));
      }
    }

    /** RFC 7766 section 7: responses may come in any order. */
    private void received(byte[] octets) {
      heardAt = host.nanoTime();
      int id = octets.length < 2 ? -1 : Responses.id(octets);
      Waiting one = waiting.remove(id);
      if (one != null) {
        hasServed = true;
        one.sink.success(octets);
        rest();
      } else if (!cancelled.remove(id)) {
        host.drops().count(id < 0 ? DnsDrop.MALFORMED : DnsDrop.WRONG_ID);
        if (++strange == MAX_STRANGE) {
          end(new ClosedChannelException());
        }
      }
    }

    private void end(Throwable cause) {
      if (isOver) {
        return;
      }
      isOver = true;
      lines.remove(server, this);
      retired.remove(server, this);
      opening.dispose();
      idle.dispose();
      messages.dispose();
      if (connection != null) {
        connection.close();
      }
      List<Waiting> unanswered = List.copyOf(waiting.values());
      waiting.clear();
      unanswered.forEach(one -> one.sink.error(hasServed ? new StaleConnection() : cause));
    }
  }
}
