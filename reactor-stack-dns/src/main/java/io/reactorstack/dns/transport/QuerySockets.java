package io.reactorstack.dns.transport;

import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramChannel;
import io.reactorstack.packet.Endpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * The UDP sockets of a transport. Opening a socket costs several times as much as a query on an open one, so a socket
 * whose query was answered is kept for a few further queries to the same server.
 *
 * <p>RFC 5452 section 9.2 still holds:
 * <ul>
 * <li>Each socket has its own port, drawn from all ports from 1024 on. Nobody but the server and the path to it sees
 * the port, so it is as unpredictable for the next query as it was for the first. An attacker who tries ports and IDs
 * at random has the same chance with each forged datagram.
 * <li>A socket carries one outstanding query at a time, so outstanding queries have different ports, and an answer
 * arrives where its query left or not at all.
 * <li>The next query takes one of the idle sockets at random.
 * <li>An attacker who searches for the port, by its effect on the host's ICMP errors for example, has
 * {@link #MAX_AGE} and {@link #MAX_USES} queries to profit from it. A resolver waits as long for one answer, on a socket
 * that is opened for a single query.
 * <li>A datagram other than the one answer, to a busy or an idle socket, ends the use of its socket. So do an ICMP error
 * and a query without an answer.
 * </ul>
 *
 * <p>Used on the event loop only. Idle sockets are closed after {@link #MAX_AGE}, so there is nothing to shut down.
 */
final class QuerySockets {

  /** The number of queries after which a socket is closed. */
  static final int MAX_USES = 16;

  /** The age after which a socket gets no further query; an idle one is closed before twice this age. */
  static final Duration MAX_AGE = Duration.ofSeconds(2);

  /** The limit of idle sockets, for all servers together. */
  static final int MAX_IDLE = 256;

  private final EventLoop loop;
  private final Supplier<DatagramChannel> channels;
  private final RandomGenerator random;
  private final Map<Endpoint, List<QuerySocket>> idle = new HashMap<>();
  private int count;
  private boolean timed;

  /**
   * Creates an empty set.
   *
   * @param channels makes new channels for {@code loop}
   * @param random draws ports
   */
  QuerySockets(EventLoop loop, Supplier<DatagramChannel> channels, RandomGenerator random) {
    this.loop = loop;
    this.channels = channels;
    this.random = random;
  }

  /** Returns a free socket to {@code server}; it comes back by itself, or closes, when its query has ended. */
  QuerySocket take(Endpoint server) throws IOException {
    List<QuerySocket> free = idle.get(server);
    while (free != null && !free.isEmpty()) {
      int chosen = random.nextInt(free.size());
      QuerySocket last = free.removeLast();
      QuerySocket socket = chosen == free.size() ? last : free.set(chosen, last);
      count--;
      if (isFresh(socket)) {
        prepareNext(socket, free);
        return socket;
      }
      socket.close();
    }
    return open(server);
  }

  private QuerySocket open(Endpoint server) throws IOException {
    return QuerySocket.open(channels.get(), loop, server, random, this::released);
  }

  /** Opens the socket for the next query while the server works on the last one of {@code socket}. */
  private void prepareNext(QuerySocket socket, List<QuerySocket> free) {
    if (socket.uses() == MAX_USES - 1 && free.isEmpty()) {
      loop.execute(() -> {
        if (free.isEmpty()) {
          try {
            released(open(socket.server()));
          } catch (IOException e) {
            // The next query opens a socket itself, and reports the error.
          }
        }
      });
    }
  }

  private boolean isFresh(QuerySocket socket) {
    return socket.isClean() && loop.ticker().nanoTime() - socket.opened() < MAX_AGE.toNanos();
  }

  private void released(QuerySocket socket) {
    if (socket.isClean() && socket.uses() < MAX_USES && count < MAX_IDLE) {
      idle.computeIfAbsent(socket.server(), server -> new ArrayList<>()).add(socket);
      count++;
      startTimer();
      return;
    }
    List<QuerySocket> free = idle.get(socket.server());
    if (free != null && free.remove(socket)) {
      count--;
    }
    loop.execute(socket::close); // after the next query, which the answer to this one may cause, was sent
  }

  private void startTimer() {
    if (!timed) {
      timed = true;
      loop.schedule(this::closeOld, MAX_AGE.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private void closeOld() {
    timed = false;
    for (List<QuerySocket> free : List.copyOf(idle.values())) {
      for (QuerySocket socket : List.copyOf(free)) {
        if (!isFresh(socket)) {
          free.remove(socket);
          count--;
          socket.close();
        }
      }
    }
    idle.values().removeIf(List::isEmpty);
    if (count > 0) {
      startTimer();
    }
  }
}
