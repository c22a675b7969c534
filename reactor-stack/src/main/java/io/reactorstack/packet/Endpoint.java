package io.reactorstack.packet;

import io.reactorstack.setting.Checks;
import java.net.InetSocketAddress;

/**
 * An IP address and a port: one endpoint of a transport association.
 *
 * @param address the address; the unspecified address means "any"
 * @param port the port, 0 to 65535; 0 means "any"
 */
public record Endpoint(IpAddress address, int port) {

  /** Checks the port. */
  public Endpoint {
    Checks.given("address", address);
    Checks.range("port", port, 0, 65535, "(0 lets the stack choose)");
  }

  /**
   * Converts the JDK's socket address.
   *
   * @throws IllegalArgumentException if the address is unresolved
   */
  public static Endpoint of(InetSocketAddress address) {
    if (Checks.given("address", address).isUnresolved()) {
      throw new IllegalArgumentException("unresolved address: " + address);
    }
    return new Endpoint(IpAddress.of(address.getAddress()), address.getPort());
  }

  /** Returns the same port of another address. */
  public Endpoint with(IpAddress other) {
    boolean scoped = Checks.given("other address", other) instanceof Ipv6Address v6 && v6.zone() != null;
    return scoped || !other.equals(address) ? new Endpoint(other, port) : this;
  }

  /** Returns this endpoint as the JDK's socket address. */
  public InetSocketAddress toInetSocketAddress() {
    return new InetSocketAddress(address.toInetAddress(), port);
  }

  @Override
  public String toString() {
    return address.isV4() ? address + ":" + port : "[" + address + "]:" + port;
  }
}
