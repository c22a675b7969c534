package io.reactorstack.ip;

import io.reactorstack.packet.DropReason;

/** Why the internet layer drops a packet. */
public enum IpDrop implements DropReason {
  /** Shorter than a header. */
  TOO_SHORT,
  /** Neither IPv4 nor a version spoken here. */
  BAD_VERSION,
  /** A header length below five words or beyond the packet. */
  BAD_HEADER_LENGTH,
  /** A total length below the header's or beyond what was received. */
  BAD_TOTAL_LENGTH,
  /** The header's checksum does not verify. */
  BAD_CHECKSUM,
  /** An option whose length cannot be. */
  BAD_OPTION,
  /** An IPv6 option that is not known and says that the packet is to be dropped then. */
  UNKNOWN_OPTION,
  /** An IPv6 extension header that is cut off, out of place, or one too many. */
  BAD_EXTENSION,
  /** An IPv6 packet that carries nothing (RFC 8200 section 4.7). */
  NO_NEXT_HEADER,
  /** A source route (RFC 7126 section 4.3 and 4.4, RFC 5095). */
  SOURCE_ROUTE,
  /** A source that names no host, or us (RFC 1122 section 3.2.1.3). */
  BAD_SOURCE,
  /** Addressed to another host, a network that is not ours, or a group not joined; hosts do not forward. */
  NOT_FOR_US,
  /** A unicast packet in a link-layer broadcast or multicast (RFC 1122 section 3.3.6). */
  UNICAST_IN_GROUP_FRAME,
  /** A fragment: reassembly is not implemented. */
  FRAGMENT,
  /** A protocol that nobody here speaks. */
  UNKNOWN_PROTOCOL,
  /** To be sent, but no route leads to the destination. */
  NO_ROUTE,
  /** To be sent, but longer than the interface's MTU. */
  TOO_BIG,
  /** To be sent, but from an address that is not ours, with a hop limit of zero, or to a group that does not leave the host. */
  BAD_OUTBOUND;

  @Override
  public String layer() {
    return "ip";
  }
}
