package io.reactorstack.ip.host;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Selects the source address of packets whose sender has not chosen one (RFC 1122 section 3.3.4.3, RFC 6724 section 5).
 */
final class SourceSelection {

  private SourceSelection() {}

  /**
   * Returns the best of {@code candidates} for packets to {@code destination} over {@code nextHop}, or {@code null} if
   * none is of the family. Among equally good candidates the first wins.
   */
  static @Nullable IpAddress select(List<InterfaceAddress> candidates, IpAddress destination, IpAddress nextHop) {
    InterfaceAddress best = null;
    for (int i = 0; i < candidates.size(); i++) {
      InterfaceAddress candidate = candidates.get(i);
      if (candidate.isAssigned() && candidate.address().bitLength() == destination.bitLength()
          && (best == null || isBetter(candidate, best, destination, nextHop))) {
        best = candidate;
      }
    }
    return best == null ? null : best.address();
  }

  private static boolean isBetter(InterfaceAddress candidate, InterfaceAddress best, IpAddress destination,
      IpAddress nextHop) {
    // RFC 6724 5 rule 1: prefer the destination itself.
    boolean same = candidate.address().equals(destination);
    if (same != best.address().equals(destination)) {
      return same;
    }
    // RFC 3927 1.9: a link-local IPv4 address is deprecated as soon as there is a routable one, which serves for every
    // destination.
    if (destination.isV4() && candidate.state() != best.state()) {
      return candidate.state() == InterfaceAddress.State.PREFERRED;
    }
    // RFC 6724 5 rule 2: prefer a routable source for a routable destination, a link-local one for a link-local
    // destination.
    boolean linkLocal = isLinkLocal(candidate.address());
    if (linkLocal != isLinkLocal(best.address())) {
      return linkLocal == isLinkLocal(destination);
    }
    // RFC 6724 5 rule 3: avoid deprecated addresses.
    if (candidate.state() != best.state()) {
      return candidate.state() == InterfaceAddress.State.PREFERRED;
    }
    // RFC 1122 3.3.4.3 (b): prefer an address in the network of the next hop.
    boolean near = candidate.prefix().contains(nextHop);
    if (near != best.prefix().contains(nextHop)) {
      return near;
    }
    // RFC 6724 5 rule 8: prefer the longest matching prefix, within the bits of the network.
    return commonPrefix(candidate.prefix(), destination) > commonPrefix(best.prefix(), destination);
  }

  /** Returns whether {@code address} is valid on one link only. */
  static boolean isLinkLocal(IpAddress address) {
    return switch (address) {
      case Ipv4Address v4 -> v4.isLinkLocal();
      // RFC 6724 3.1: the scope of a group is a field of its address; packets to groups of scope 2 or less do not leave
      // the link.
      case Ipv6Address v6 -> v6.isMulticast() ? v6.groupScope() <= 2 : v6.isLinkLocal();
    };
  }

  private static int commonPrefix(IpPrefix candidate, IpAddress destination) {
    int length = 0;
    while (length < candidate.length() && candidate.address().sharesPrefix(destination, length + 1)) {
      length++;
    }
    return length;
  }
}
