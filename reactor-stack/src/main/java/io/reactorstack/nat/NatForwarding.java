package io.reactorstack.nat;

import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.setting.Checks;

/**
 * A port forwarding: a mapping that exists from the beginning and has no timeout, so that every outside host reaches a
 * server inside.
 *
 * @param protocol UDP or TCP
 * @param outside the endpoint that outside hosts use; the unspecified address stands for each outside address of the
 *     translator
 * @param inside the endpoint of the server
 */
public record NatForwarding(NatProtocol protocol, Endpoint outside, Endpoint inside) {

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if the protocol has no ports, an address is not an IPv4 address of a host, or a port
   *     is 0
   */
  public NatForwarding {
    if (Checks.given("protocol", protocol) == NatProtocol.ICMP) {
      throw new IllegalArgumentException("protocol ICMP has no ports to forward");
    }
    check("outside", outside);
    check("inside", inside);
    if (inside.address().isUnspecified()) {
      throw new IllegalArgumentException("inside " + inside + " names no host");
    }
  }

  private static void check(String name, Endpoint endpoint) {
    IpAddress address = Checks.given(name, endpoint).address();
    if (!(address instanceof Ipv4Address v4) || v4.isMulticast() || v4.isLimitedBroadcast() || v4.isLoopback()) {
      throw new IllegalArgumentException(name + " " + endpoint + " is not an IPv4 address of a host");
    }
    Checks.range("port of " + name, endpoint.port(), 1, 65_535, "(port)");
  }

  /** Returns a forwarding of {@code port}, 1 to 65535, on each outside address to {@code inside}. */
  public static NatForwarding of(NatProtocol protocol, int port, Endpoint inside) {
    return new NatForwarding(protocol, new Endpoint(Ipv4Address.UNSPECIFIED, port), inside);
  }

  @Override
  public String toString() {
    return protocol + " " + outside + " > " + inside;
  }
}
