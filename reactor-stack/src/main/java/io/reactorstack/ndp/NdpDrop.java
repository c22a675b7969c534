package io.reactorstack.ndp;

import io.reactorstack.packet.DropReason;

/**
 * The reasons for which a well-formed message of neighbor discovery is dropped; {@code NdpDefect} has those for
 * malformed ones.
 */
public enum NdpDrop implements DropReason {
  /** The hop limit is not 255, so the message may come from another link (RFC 4861 sections 6.1 and 7.1). */
  BAD_HOP_LIMIT(Kind.INBOUND),
  /** A solicitation from the unspecified address is not to a solicited-node group (RFC 4861 section 7.1.1). */
  BAD_DESTINATION(Kind.INBOUND),
  /** A solicitation from the unspecified address contains a link-layer address (RFC 4861 sections 6.1.1 and 7.1.1). */
  LINK_ADDRESS_WITHOUT_SOURCE(Kind.INBOUND),
  /** A link-layer address that cannot be that of a station: a group, or zero. */
  BAD_LINK_ADDRESS(Kind.INBOUND),
  /** An advertisement to a group claims to answer a solicitation (RFC 4861 section 7.1.2). */
  SOLICITED_TO_GROUP(Kind.INBOUND),
  /** The message was received on an interface without neighbor discovery. */
  NO_INTERFACE(Kind.INBOUND),
  /** A solicitation for an address that the interface does not have, or that is still tentative. */
  NOT_OUR_TARGET(Kind.INBOUND),
  /** An advertisement of a station with which this host does not communicate (RFC 4861 section 7.2.5). */
  UNKNOWN_NEIGHBOR(Kind.INBOUND),
  /** A solicitation for a duplicate of a tentative address that this host has sent itself (RFC 7527). */
  OWN_PROBE(Kind.INBOUND),
  /** Another station claims an address of this host. */
  ADDRESS_CONFLICT(Kind.INBOUND),
  /** A router advertisement or a redirect is not from a link-local address (RFC 4861 sections 6.1.2 and 8.1). */
  NOT_LINK_LOCAL(Kind.INBOUND),
  /** A router advertisement, and this interface does not use them: it has no IPv6, or router discovery is off. */
  ROUTER_DISCOVERY_OFF(Kind.INBOUND),
  /** A router solicitation, and this interface sends no router advertisements (RFC 4861 section 6.2.6). */
  NOT_ADVERTISING(Kind.INBOUND),
  /** A solicitation for an anycast address, while too many others wait for their answers. */
  TOO_MANY_SOLICITATIONS(Kind.INBOUND),
  /** A redirect, and this interface does not follow them. */
  REDIRECTS_OFF(Kind.INBOUND),
  /** A redirect from a station that is not the current first hop to the destination (RFC 4861 section 8.1). */
  NOT_FIRST_HOP(Kind.INBOUND),
  /** A redirect to this host itself. */
  BAD_REDIRECT(Kind.INBOUND),
  /** The interface does not use IPv6, because another station has its link-local address. */
  INTERFACE_DISABLED(Kind.INBOUND),
  /** An advertised prefix or route is ignored: link-local, of a group, or unspecified (RFC 4861 section 4.6.2). */
  BAD_PREFIX(Kind.NOTICE),
  /** An advertised prefix is preferred for longer than it is valid (RFC 4862 section 5.5.3). */
  BAD_PREFIX_LIFETIME(Kind.NOTICE),
  /** A prefix for address configuration does not have 64 bits (RFC 4862 section 5.5.3, RFC 2464 section 4). */
  BAD_PREFIX_LENGTH(Kind.NOTICE),
  /** An advertised MTU is below 1280 or above that of the device (RFC 4861 section 6.3.4). */
  BAD_MTU(Kind.NOTICE),
  /** The advertisement of another router contradicts those of this host (RFC 4861 section 6.2.7). */
  INCONSISTENT_ADVERTISEMENT(Kind.NOTICE),
  /** A router, prefix or route is ignored, because as many as the interface keeps have been advertised already. */
  TOO_MANY_ADVERTISED(Kind.NOTICE);

  private final Kind kind;

  NdpDrop(Kind kind) {
    this.kind = kind;
  }

  @Override
  public String layer() {
    return "ndp";
  }

  @Override
  public Kind kind() {
    return kind;
  }
}
