package io.reactorstack.ip.host;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv6Address;
import java.util.Map;
import java.util.Set;

/**
 * The parameters of a link that its routers have advertised for IPv6 (RFC 4861 section 6.3.2).
 *
 * @param mtu the largest IPv6 packet, in bytes; no limit of its own if it exceeds the device's
 * @param hopLimit the hop limit of packets whose sender has not chosen another one, 1 to 255; 0 if no router has advertised one
 * @param advertisers the routers that have advertised each prefix of addresses; the key is the prefix with zeros behind
 *     its 64 bits
 */
public record Ipv6Link(int mtu, int hopLimit, Map<Ipv6Address, Set<IpAddress>> advertisers) {

  /** The parameters of a link on which no router has advertised any. */
  public static final Ipv6Link DEFAULT = new Ipv6Link(0xffff, 0, Map.of());

  /** Copies the map. */
  public Ipv6Link {
    advertisers = Map.copyOf(advertisers);
  }

  /** Returns whether {@code router} has advertised the prefix of {@code own}. */
  boolean isFrom(InterfaceAddress own, IpAddress router) {
    return own.address() instanceof Ipv6Address address
        && advertisers.getOrDefault(new Ipv6Address(address.high(), 0), Set.of()).contains(router);
  }
}
