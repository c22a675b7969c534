package io.reactorstack.ip.host;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which of its addresses a host uses when nobody has chosen one (RFC 1122 section 3.3.4.3, RFC 6724 section 5). */
final class SourceSelection {

  private SourceSelection() {}

  /**
   * The best of {@code candidates} for packets to {@code destination} by way of {@code nextHop}, or {@code null} if none
   * is of the family. Among equals the first wins.
   */
  static @Nullable IpAddress select(List<OwnAddress> candidates, IpAddress destination, IpAddress nextHop) {
    OwnAddress best = null;
    for (int i = 0; i < candidates.size(); i++) {
      OwnAddress candidate = candidates.get(i);
      if (candidate.isAssigned() && candidate.address().bitLength() == destination.bitLength()
          && (best == null || isBetter(candidate, best, destination, nextHop))) {
        best = candidate;
      }
    }
    return best == null ? null : best.address();
  }

  private static boolean isBetter(OwnAddress candidate, OwnAddress best, IpAddress destination, IpAddress nextHop) {
    // RFC 6724 5 rule 1: the destination itself.
    boolean same = candidate.address().equals(destination);
    if (same != best.address().equals(destination)) {
      return same;
    }
    // RFC 6724 rule 2: a routable destination wants a routable source, a link-local one a link-local source.
    boolean linkLocal = isLinkLocal(candidate.address());
    if (linkLocal != isLinkLocal(best.address())) {
      return linkLocal == isLinkLocal(destination);
    }
    // RFC 6724 rule 3: not a deprecated one.
    if (candidate.state() != best.state()) {
      return candidate.state() == OwnAddress.State.PREFERRED;
    }
    // RFC 1122 3.3.4.3 (b): an address in the network of the next hop.
    boolean near = candidate.prefix().contains(nextHop);
    if (near != best.prefix().contains(nextHop)) {
      return near;
    }
    // RFC 6724 5 rule 8, limited to the bits that name the network.
    return commonPrefix(candidate.prefix(), destination) > commonPrefix(best.prefix(), destination);
  }

  /** Whether {@code address} means something on one link only. */
  static boolean isLinkLocal(IpAddress address) {
    return switch (address) {
      case Ipv4Address v4 -> v4.bits() >>> 16 == 0xa9fe;
      // RFC 6724 3.1: a group's scope stands in its address; 2 and below do not leave the link.
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
