package io.reactorstack.packet;

import io.reactorstack.setting.Checks;

/**
 * The settings of default address selection (RFC 6724): which of its own addresses a host sends from, and in which order
 * it tries the addresses of a name.
 *
 * @param policy the policy table
 * @param prefersPublic true if a public address is preferred as the source over a temporary one; false, the default,
 *     for the opposite (section 5 rule 7)
 */
public record AddressSelection(AddressPolicy policy, boolean prefersPublic) {

  /** The policy table of the RFC, and temporary addresses before public ones. */
  public static final AddressSelection DEFAULT = new AddressSelection(AddressPolicy.DEFAULT, false);

  /** Checks that the table is given. */
  public AddressSelection {
    Checks.given("policy", policy);
  }

  /** Returns a copy with another policy table. */
  public AddressSelection withPolicy(AddressPolicy table) {
    return new AddressSelection(table, prefersPublic);
  }

  /** Returns a copy that prefers public addresses as sources, or temporary ones. */
  public AddressSelection withPublicPreferred(boolean preferred) {
    return new AddressSelection(policy, preferred);
  }

  /**
   * The scope of {@code address} in the numbers of multicast scopes: 2 for link-local, 5 for site-local, 14 for global
   * (RFC 6724 sections 3.1, 3.2 and 3.4). Private IPv4 addresses have the global scope; loopback addresses have the
   * link-local one.
   */
  public static int scope(IpAddress address) {
    return switch (Checks.given("address", address)) {
      case Ipv6Address v6 when v6.isMulticast() -> Math.min(v6.groupScope(), Ipv6Address.GLOBAL_SCOPE);
      case Ipv6Address v6 when v6.high() >>> 54 == 0xfec0 >>> 6 -> 5;
      case Ipv4Address v4 when v4.bits() >>> 8 == 0xe0_0000 -> 2;
      default -> address.isLoopback() || address.isLinkLocal() ? 2 : Ipv6Address.GLOBAL_SCOPE;
    };
  }

  /**
   * Returns the number of leading bits that {@code source} and {@code destination} have in common, at most the length of
   * the source's prefix (RFC 6724 section 2.2).
   */
  public static int commonPrefix(IpPrefix source, IpAddress destination) {
    Checks.given("source", source);
    Checks.given("destination", destination);
    int length = 0;
    while (length < source.length() && source.address().sharesPrefix(destination, length + 1)) {
      length++;
    }
    return length;
  }
}
