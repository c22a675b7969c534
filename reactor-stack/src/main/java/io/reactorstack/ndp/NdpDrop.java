package io.reactorstack.ndp;

import io.reactorstack.packet.DropReason;

/**
 * The reasons for which a well-formed message of neighbor discovery is dropped; {@code NdpDefect} has those for
 * malformed ones.
 */
public enum NdpDrop implements DropReason {
  /** The hop limit is not 255, so the message may come from another link (RFC 4861 sections 6.1 and 7.1). */
  BAD_HOP_LIMIT,
  /** A solicitation from the unspecified address is not to a solicited-node group (RFC 4861 section 7.1.1). */
  BAD_DESTINATION,
  /** A solicitation from the unspecified address contains a link-layer address (RFC 4861 section 7.1.1). */
  LINK_ADDRESS_WITHOUT_SOURCE,
  /** A link-layer address that cannot be that of a station: a group, or zero. */
  BAD_LINK_ADDRESS,
  /** An advertisement to a group claims to answer a solicitation (RFC 4861 section 7.1.2). */
  SOLICITED_TO_GROUP,
  /** The message was received on an interface without neighbor discovery. */
  NO_INTERFACE,
  /** A solicitation for an address that the interface does not have, or that is still tentative. */
  NOT_OUR_TARGET,
  /** An advertisement of a station with which this host does not communicate (RFC 4861 section 7.2.5). */
  UNKNOWN_NEIGHBOR,
  /** A solicitation for a duplicate of a tentative address that this host has sent itself (RFC 7527). */
  OWN_PROBE,
  /** Another station claims an address of this host. */
  ADDRESS_CONFLICT;

  @Override
  public String layer() {
    return "ndp";
  }

  @Override
  public Kind kind() {
    return Kind.INBOUND;
  }
}
