package io.reactorstack.wire;

import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;

/**
 * The identity of a connection: the addresses and ports of both endpoints, from the view of this host.
 *
 * @param localAddress this host's address
 * @param localPort this host's port, 0 to 65535
 * @param remoteAddress the peer's address
 * @param remotePort the peer's port, 0 to 65535
 */
public record FourTuple(IpAddress localAddress, int localPort, IpAddress remoteAddress, int remotePort) {

  /** This host's address and port. */
  public Endpoint local() {
    return new Endpoint(localAddress, localPort);
  }

  /** The peer's address and port. */
  public Endpoint remote() {
    return new Endpoint(remoteAddress, remotePort);
  }

  /** Returns the same connection from the view of the peer. */
  public FourTuple reversed() {
    return new FourTuple(remoteAddress, remotePort, localAddress, localPort);
  }

  @Override
  public int hashCode() {
    int h = localAddress.hashCode() * 31 + remoteAddress.hashCode();
    h = h * 31 + (localPort << 16 ^ remotePort);
    return h ^ h >>> 15;
  }

  @Override
  public String toString() {
    return endpoint(localAddress, localPort) + " > " + endpoint(remoteAddress, remotePort);
  }

  private static String endpoint(IpAddress address, int port) {
    return address.isV4() ? address + ":" + port : "[" + address + "]:" + port;
  }
}
