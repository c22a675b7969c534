package io.reactorstack.tcp;

import io.reactorstack.ip.host.Destination;
import io.reactorstack.tcp.engine.TcpEngine;

/**
 * Exchanges the path MTU between a connection and its host's destination cache (RFC 1191 section 6.2, RFC 8201 section
 * 5.2).
 */
final class PathMtuShare {

  private final Destination destination;
  private final TcpEngine engine;
  private int told;

  PathMtuShare(Destination destination, TcpEngine engine, long now) {
    this.destination = destination;
    this.engine = engine;
    // RFC 1191 6.2: a new connection starts with the path MTU that other connections have found.
    refresh(now);
  }

  /** Reports a path MTU that the connection has found to be lower to the host; called after every input. */
  void tell() {
    int mtu = engine.pathMtu();
    if (mtu < told) {
      destination.lowerMtu(mtu);
    }
    told = mtu;
  }

  /** Adopts the host's path MTU, which is the link MTU again if the host's entry has expired. */
  void refresh(long now) {
    engine.pathMtu(destination.mtu(), now);
    told = engine.pathMtu();
  }
}
