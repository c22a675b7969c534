package io.reactorstack.tcp;

import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.IpProtocol;
import java.net.BindException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import org.jspecify.annotations.Nullable;

/** Chooses the route, the local address and the local port of connections that this host opens. */
final class ConnectEndpoints {

  private final IpHost host;
  private final Listeners listeners;
  private final EphemeralPorts ports;
  private final FlowTable flows;

  /**
   * Creates the chooser of one shard.
   *
   * @param flows the open connections; only read
   */
  ConnectEndpoints(IpHost host, Listeners listeners, EphemeralPorts ports, FlowTable flows) {
    this.host = host;
    this.listeners = listeners;
    this.ports = ports;
    this.flows = flows;
  }

  /**
   * Returns the destination for {@code remote}.
   *
   * @throws SocketException {@code NoRouteToHostException} if there is no route, another one if the address of
   *     {@code remote} is not unicast or its port is 0
   */
  Destination pathTo(Endpoint remote) throws SocketException {
    IpAddress address = remote.address();
    // RFC 9293 3.9.1.1 MUST-46: an active OPEN to a broadcast or multicast address is rejected with an error.
    if (remote.port() == 0 || address.isUnspecified() || address.isMulticast() || host.isBroadcast(address)) {
      throw new SocketException("Not a unicast address with a nonzero port: " + remote);
    }
    Destination path = host.destination(address);
    if (path == null) {
      String fault = host.zoneFault(address);
      throw new NoRouteToHostException(
          fault == null ? "Network is unreachable: " + remote : "No route to host: " + fault);
    }
    return path;
  }

  /**
   * Returns the four-tuple of a connection to {@code remote}.
   *
   * @param local the local address and port; {@code null}, an unspecified address or port 0 let the host choose
   * @param path the destination for {@code remote}
   * @throws BindException if the local address is not the host's, its port is in use, or no port is free
   */
  FourTuple flow(Endpoint remote, @Nullable Endpoint local, Destination path) throws BindException {
    IpAddress source = local == null || local.address().isUnspecified()
        ? path.source()
        : host.inOwnZone(local.address());
    if (!host.isLocal(source) || source.isV4() != remote.address().isV4() || !path.isCandidate(source)) {
      throw new BindException("Cannot assign requested address: " + source);
    }
    if (local != null && local.port() != 0) {
      FourTuple wanted = new FourTuple(source, local.port(), remote.address(), remote.port());
      if (!isFree(wanted) || listeners.find(source, local.port()) != null || isReserved(source, local.port())) {
        throw new BindException("Address already in use: " + new Endpoint(source, local.port()));
      }
      return wanted;
    }
    int port = choosePort(source, remote);
    if (port == 0) {
      throw new BindException("No local port is free for connections to " + remote);
    }
    return new FourTuple(source, port, remote.address(), remote.port());
  }

  /** Returns a port of {@code source} that no connection to {@code remote} uses, or 0 if there is none. */
  int choosePort(IpAddress source, Endpoint remote) {
    return ports.choose(source, remote.address(), remote.port(), p -> isFree(source, p, remote));
  }

  // RFC 6056 3.3.1 and 3.2: the whole four-tuple must be unused, and listening ports are not chosen.
  private boolean isFree(IpAddress source, int port, Endpoint remote) {
    boolean self = port == remote.port() && source.equals(remote.address());
    return !self && !listeners.usesPort(port) && !isReserved(source, port)
        && isFree(new FourTuple(source, port, remote.address(), remote.port()));
  }

  private boolean isReserved(IpAddress source, int port) {
    return host.isReserved(IpProtocol.TCP, source, port);
  }

  /** Returns whether no connection has this four-tuple, or only one in TIME-WAIT that a new one may replace. */
  private boolean isFree(FourTuple flow) {
    FlowEntry old = flows.get(flow);
    return old == null || old.givesWay();
  }
}
