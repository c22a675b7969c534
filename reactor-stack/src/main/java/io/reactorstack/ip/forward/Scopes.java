package io.reactorstack.ip.forward;

import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.Ipv4Sources;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import org.jspecify.annotations.Nullable;

/** The addresses from which and to which a router does not forward (RFC 1812 section 5.3.7, RFC 4291). */
final class Scopes {

  private static final int MAPPED = 0xffff;
  /** The upper half of 100::/64 (RFC 6666). */
  private static final long DISCARD = 0x0100_0000_0000_0000L;

  private final IpHost host;

  Scopes(IpHost host) {
    this.host = host;
  }

  /**
   * Returns the reason not to forward a packet between these addresses, or {@code null}.
   *
   * @param translated whether the router has put the source address in, so that it may be its own
   */
  @Nullable
  ForwardDrop refusal(IpAddress source, IpAddress destination, boolean translated) {
    if (!isHost(source) || !translated && host.isLocal(source) || host.isBroadcast(source)) {
      return ForwardDrop.MARTIAN_SOURCE;
    }
    // RFC 1812 4.2.3.1: the all-zeros address of a prefix is an obsolete form of its broadcast address.
    if (!isHost(destination) || isDiscarded(destination) || host.isNetworkAddress(destination)) {
      return ForwardDrop.MARTIAN_DESTINATION;
    }
    if (isOfOneLink(source) || isOfOneLink(destination)) {
      return ForwardDrop.BEYOND_SCOPE;
    }
    return host.isBroadcast(destination) ? ForwardDrop.DIRECTED_BROADCAST : null;
  }

  private static boolean isHost(IpAddress address) {
    return Ipv4Sources.isSingleHost(address) && !address.isLoopback()
        && !(address instanceof Ipv6Address v6 && v6.high() == 0 && v6.low() >>> 32 == MAPPED);
  }

  private static boolean isDiscarded(IpAddress address) {
    return address instanceof Ipv6Address v6 && v6.high() == DISCARD;
  }

  private static boolean isOfOneLink(IpAddress address) {
    return switch (address) {
      case Ipv4Address v4 -> v4.isLinkLocal();
      case Ipv6Address v6 -> v6.isLinkLocal();
    };
  }
}
