package io.reactorstack.nat.engine;

import io.reactorstack.nat.NatProtocol;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.Ipv4Address;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The outside endpoint of an inside endpoint. A mapping that a packet has created ends with its last session; a port
 * forwarding remains.
 */
final class Mapping {

  /** Mappings with more sessions have an index of them. */
  private static final int MOST_WITHOUT_INDEX = 8;

  private final NatProtocol protocol;
  private final InsideHost host;
  private final int insidePort;
  private final OutsideAddress outside;
  private final int outsidePort;
  private final boolean forwarding;
  /** The next mapping of the same inside endpoint: an endpoint may have several port forwardings. */
  @Nullable
  Mapping next;
  private @Nullable Session first;
  private @Nullable LongTable<Session> index;
  private int sessions;
  private long sent;
  private long received;

  Mapping(NatProtocol protocol, InsideHost host, int insidePort, OutsideAddress outside, int outsidePort,
      boolean forwarding) {
    this.protocol = protocol;
    this.host = host;
    this.insidePort = insidePort;
    this.outside = outside;
    this.outsidePort = outsidePort;
    this.forwarding = forwarding;
  }

  NatProtocol protocol() {
    return protocol;
  }

  InsideHost host() {
    return host;
  }

  Ipv4Address insideAddress() {
    return host.address();
  }

  int insidePort() {
    return insidePort;
  }

  OutsideAddress outside() {
    return outside;
  }

  Ipv4Address outsideAddress() {
    return outside.address();
  }

  int outsidePort() {
    return outsidePort;
  }

  boolean isForwarding() { return forwarding; }

  Endpoint insideEndpoint() {
    return new Endpoint(host.address(), insidePort);
  }

  Endpoint outsideEndpoint() {
    return new Endpoint(outside.address(), outsidePort);
  }

  // ---- sessions

  /** The first session of the list, or {@code null}. */
  @Nullable
  Session first() {
    return first;
  }

  int sessions() {
    return sessions;
  }

  @Nullable
  Session session(long remote) {
    if (index != null) {
      return index.get(remote);
    }
    Session session = first;
    while (session != null && session.remote() != remote) {
      session = session.next;
    }
    return session;
  }

  /** Returns whether the upper part of the key of one of the sessions is {@code remote}. */
  boolean hasSessionWith(long remote, int shift) {
    Session session = first;
    while (session != null && session.remote() >>> shift != remote) {
      session = session.next;
    }
    return session != null;
  }

  /** Adds a session whose key no other session has. */
  void add(Session session, Supplier<LongTable<Session>> tables) {
    session.next = first;
    if (first != null) {
      first.previous = session;
    }
    first = session;
    sessions++;
    if (index != null) {
      index.put(session.remote(), session);
    } else if (sessions > MOST_WITHOUT_INDEX) {
      LongTable<Session> table = tables.get();
      for (Session each = first; each != null; each = each.next) {
        table.put(each.remote(), each);
      }
      index = table;
    }
  }

  void remove(Session session) {
    Session before = session.previous;
    Session after = session.next;
    if (before == null) {
      first = after;
    } else {
      before.next = after;
    }
    if (after != null) {
      after.previous = before;
    }
    session.previous = null;
    session.next = null;
    sessions--;
    if (sessions == 0) {
      index = null;
    } else if (index != null) {
      index.remove(session.remote());
    }
  }

  // ---- counters

  void onSent() {
    sent++;
  }

  void onReceived() {
    received++;
  }

  long sent() {
    return sent;
  }

  long received() {
    return received;
  }
}
