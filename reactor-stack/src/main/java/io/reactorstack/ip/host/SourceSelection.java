package io.reactorstack.ip.host;

import io.reactorstack.packet.AddressSelection;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Selects the source address of packets whose sender has not chosen one (RFC 1122 section 3.3.4.3, RFC 6724 section 5).
 */
final class SourceSelection {

  private final AddressSelection settings;
  private final IpAddress destination;
  private final IpAddress nextHop;
  /** The addresses of the interface through which the packets leave. */
  private final List<InterfaceAddress> outgoing;
  private final Ipv6Link link;

  /**
   * Creates the selection for packets to {@code destination} over {@code nextHop}.
   *
   * @param outgoing the addresses of the interface through which the packets leave
   * @param link what routers have advertised on the link of that interface
   */
  SourceSelection(AddressSelection settings, IpAddress destination, IpAddress nextHop, List<InterfaceAddress> outgoing,
      Ipv6Link link) {
    this.settings = settings;
    this.destination = destination;
    this.nextHop = nextHop;
    this.outgoing = outgoing;
    this.link = link;
  }

  /**
   * Returns the best of {@code candidates}, or {@code null} if none is of the destination's family. Among equally good
   * candidates the first wins.
   */
  @Nullable
  InterfaceAddress best(List<InterfaceAddress> candidates) {
    InterfaceAddress best = null;
    for (int i = 0; i < candidates.size(); i++) {
      InterfaceAddress candidate = candidates.get(i);
      if (candidate.isAssigned() && candidate.address().isV4() == destination.isV4()
          && (best == null || isBetter(candidate, best))) {
        best = candidate;
      }
    }
    return best;
  }

  private boolean isBetter(InterfaceAddress candidate, InterfaceAddress best) {
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
    // Rule 2: prefer the smallest scope that reaches the destination; if none does, the largest.
    int scope = AddressSelection.scope(candidate.address());
    int bestScope = AddressSelection.scope(best.address());
    if (scope != bestScope) {
      int wanted = AddressSelection.scope(destination);
      return scope < bestScope ? scope >= wanted : bestScope < wanted;
    }
    // Rule 3: avoid deprecated addresses.
    if (candidate.state() != best.state()) {
      return candidate.state() == InterfaceAddress.State.PREFERRED;
    }
    // Rule 5: prefer addresses of the outgoing interface. Rule 4 is about Mobile IP, which this host does not have.
    boolean leaves = outgoing.contains(candidate);
    if (leaves != outgoing.contains(best)) {
      return leaves;
    }
    // Rule 5.5: prefer addresses in a prefix that the next hop has advertised (RFC 8028 section 3.1).
    boolean advertised = link.isFrom(candidate, nextHop);
    if (advertised != link.isFrom(best, nextHop)) {
      return advertised;
    }
    return isCloser(candidate, best);
  }

  private boolean isCloser(InterfaceAddress candidate, InterfaceAddress best) {
    if (destination.isV4()) {
      // RFC 1122 3.3.4.3 (b): prefer an address in the network of the next hop.
      boolean near = candidate.prefix().contains(nextHop);
      if (near != best.prefix().contains(nextHop)) {
        return near;
      }
    }
    // RFC 6724 5 rule 6: prefer a matching label.
    int label = settings.policy().label(destination);
    boolean matches = settings.policy().label(candidate.address()) == label;
    if (matches != (settings.policy().label(best.address()) == label)) {
      return matches;
    }
    // Rule 7: prefer temporary addresses, unless the user prefers public ones.
    if (candidate.isTemporary() != best.isTemporary()) {
      return candidate.isTemporary() != settings.prefersPublic();
    }
    // Rule 8: prefer the longest matching prefix.
    return AddressSelection.commonPrefix(candidate.prefix(), destination) > AddressSelection.commonPrefix(best.prefix(),
        destination);
  }

  /** Returns whether {@code address}, a host's or a group's, is valid on one link only. */
  static boolean isLinkLocal(IpAddress address) {
    return switch (address) {
      case Ipv4Address v4 -> v4.isLinkLocal();
      // RFC 6724 3.1: the scope of a group is a field of its address; packets to groups of scope 2 or less do not leave
      // the link.
      case Ipv6Address v6 -> v6.isMulticast() ? v6.groupScope() <= 2 : v6.isLinkLocal();
    };
  }
}
