package io.reactorstack.tcp;

import io.reactorstack.ip.host.Destination;
import io.reactorstack.tcp.engine.TcpEngine;

/** The exchange between a connection and its host about the MTU of its destination (RFC 1191 section 6.2, RFC 8201 section 5.2). */
final class PathMtuShare {

  private final Destination destination;
  private final TcpEngine engine;
  private int told;

  PathMtuShare(Destination destination, TcpEngine engine, long now) {
    this.destination = destination;
    this.engine = engine;
    // RFC 1191 6.2: a new connection starts with what others have learnt.
    refresh(now);
  }

  /** Tells the host if the connection has found out that less passes; to be called after every input. */
  void tell() {
    int mtu = engine.pathMtu();
    if (mtu < told) {
      destination.lowerMtu(mtu);
    }
    told = mtu;
  }

  /** Takes over what the host knows, which may also be that it has forgotten. */
  void refresh(long now) {
    engine.pathMtu(destination.mtu(), now);
    told = engine.pathMtu();
  }
}
