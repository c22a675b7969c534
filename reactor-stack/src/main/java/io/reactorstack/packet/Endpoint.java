package io.reactorstack.packet;

import java.net.InetSocketAddress;

/**
 * An IP address and a port: one end of a transport association.
 *
 * @param address the address; unspecified for "any"
 * @param port the port, 0 to 65535; 0 for "any"
 */
public record Endpoint(IpAddress address, int port) {

  /** Checks the port. */
  public Endpoint {
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("port " + port);
    }
  }

  /**
   * The JDK's address as a value.
   *
   * @throws IllegalArgumentException if the address is unresolved
   */
  public static Endpoint of(InetSocketAddress address) {
    if (address.isUnresolved()) {
      throw new IllegalArgumentException("unresolved address: " + address);
    }
    return new Endpoint(IpAddress.of(address.getAddress()), address.getPort());
  }

  /** This end as the JDK's type. */
  public InetSocketAddress toInetSocketAddress() {
    return new InetSocketAddress(address.toInetAddress(), port);
  }

  @Override
  public String toString() {
    return address.isV4() ? address + ":" + port : "[" + address + "]:" + port;
  }
}
