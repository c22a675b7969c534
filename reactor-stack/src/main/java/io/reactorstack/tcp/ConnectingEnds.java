package io.reactorstack.tcp;

import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.wire.FourTuple;
import java.net.BindException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds the ends of connections that this host opens. */
final class ConnectingEnds {

  private final IpHost host;
  private final Listeners listeners;
  private final EphemeralPorts ports;
  private final Map<FourTuple, TcpSocket> sockets;

  /**
   * The ends of one shard's connections.
   *
   * @param sockets those that are open, by their ends; read only
   */
  ConnectingEnds(IpHost host, Listeners listeners, EphemeralPorts ports, Map<FourTuple, TcpSocket> sockets) {
    this.host = host;
    this.listeners = listeners;
    this.ports = ports;
    this.sockets = sockets;
  }

  /**
   * The way to {@code remote}.
   *
   * @throws SocketException {@code NoRouteToHostException} if there is none, another if {@code remote} is no single host's socket
   */
  Destination pathTo(Endpoint remote) throws SocketException {
    IpAddress address = remote.address();
    // RFC 9293 3.9.1.1 MUST-46.
    if (remote.port() == 0 || address.isUnspecified() || address.isMulticast() || host.isBroadcast(address)) {
      throw new SocketException("Not the socket of a host: " + remote);
    }
    Destination path = host.destination(address);
    if (path == null) {
      throw new NoRouteToHostException("Network is unreachable: " + remote);
    }
    return path;
  }

  /**
   * The ends of a connection to {@code remote}.
   *
   * @param local the end to use; {@code null}, an unspecified address or port 0 let the host choose
   * @param path the way to {@code remote}
   * @throws BindException if the local end is taken or not ours, or no port is free
   */
  FourTuple flow(Endpoint remote, @Nullable Endpoint local, Destination path) throws BindException {
    IpAddress source = local == null || local.address().isUnspecified() ? path.source() : local.address();
    if (!host.isLocal(source) || source.isV4() != remote.address().isV4()) {
      throw new BindException("Cannot assign requested address: " + source);
    }
    if (local != null && local.port() != 0) {
      FourTuple wanted = new FourTuple(source, local.port(), remote.address(), remote.port());
      if (!isFree(wanted) || listeners.find(source, local.port()) != null) {
        throw new BindException("Address already in use: " + new Endpoint(source, local.port()));
      }
      return wanted;
    }
    int port = ports.choose(source, remote.address(), remote.port(), p -> isFree(source, p, remote));
    if (port == 0) {
      throw new BindException("No local port is free for connections to " + remote);
    }
    return new FourTuple(source, port, remote.address(), remote.port());
  }

  // RFC 6056 3.3.1 and 3.2: the whole four-tuple counts, and what is offered to others is left out.
  private boolean isFree(IpAddress source, int port, Endpoint remote) {
    boolean self = port == remote.port() && source.equals(remote.address());
    return !self && !listeners.usesPort(port)
        && isFree(new FourTuple(source, port, remote.address(), remote.port()));
  }

  /** Whether no connection has these ends, or only one whose TIME-WAIT need not be waited for. */
  private boolean isFree(FourTuple flow) {
    TcpSocket socket = sockets.get(flow);
    return socket == null || socket.givesWay();
  }
}
