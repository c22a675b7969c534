package io.reactorstack.ip.host;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.setting.Checks;
import org.jspecify.annotations.Nullable;

/**
 * One entry of a routing table.
 *
 * @param destination the destination network
 * @param gateway the router to the network, or {@code null} if the network is on the link itself
 * @param interfaceName the interface to send through
 * @param metric the preference among routes of equal prefix length, lower first; 0 or more
 */
public record Route(IpPrefix destination, @Nullable IpAddress gateway, String interfaceName, int metric) {

  /**
   * Checks the entry.
   *
   * @throws IllegalArgumentException if the gateway is of another family than the network or cannot be a single host,
   *     or the metric is negative
   */
  public Route {
    Checks.range("metric", metric, 0, Integer.MAX_VALUE, "(lower first)");
    if (gateway != null
        && (gateway.bitLength() != destination.address().bitLength()
            || gateway.isMulticast()
            || gateway.isUnspecified()
            || gateway.isLoopback())) {
      throw new IllegalArgumentException(gateway + " cannot be the gateway to " + destination);
    }
  }

  /** Returns a route to a network that is on the link of {@code interfaceName}. */
  public static Route onLink(IpPrefix network, String interfaceName) {
    return new Route(network, null, interfaceName, 0);
  }

  /** Returns the default route of the gateway's family. */
  public static Route defaultVia(IpAddress gateway, String interfaceName) {
    String everything = gateway.isV4() ? "0.0.0.0/0" : "::/0";
    return new Route(IpPrefix.parse(everything), gateway, interfaceName, 0);
  }

  /** Returns whether {@code other} leads to the same network and is as good as this route. */
  boolean isEqualTo(Route other) {
    return metric == other.metric && destination.length() == other.destination.length()
        && destination.contains(other.destination.address());
  }

  /** Returns the next hop of a packet to {@code address}: the gateway, or the address itself if it is on the link. */
  public IpAddress nextHop(IpAddress address) {
    return gateway == null ? address : gateway;
  }
}
