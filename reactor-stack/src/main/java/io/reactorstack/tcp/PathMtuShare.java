package io.reactorstack.tcp;

import io.reactorstack.ip.IpHost;
import io.reactorstack.tcp.engine.TcpEngine;

/** What a connection and its host tell each other about the MTU of its path (RFC 1191 section 6.2, RFC 8201 section 5.2). */
final class PathMtuShare {

  private final IpHost.Path path;
  private final TcpEngine engine;
  private int told;

  PathMtuShare(IpHost.Path path, TcpEngine engine, long now) {
    this.path = path;
    this.engine = engine;
    // RFC 1191 6.2: a new connection starts with what others have learnt.
    refresh(now);
  }

  /** Tells the host if the connection has found out that less passes; to be called after every input. */
  void tell() {
    int mtu = engine.pathMtu();
    if (mtu < told) {
      path.lowerMtu(mtu);
    }
    told = mtu;
  }

  /** Takes over what the host knows, which may also be that it has forgotten. */
  void refresh(long now) {
    engine.pathMtu(path.mtu(), now);
    told = engine.pathMtu();
  }
}
