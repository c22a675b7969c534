package io.reactorstack.wire;

import io.reactorstack.packet.DropReason;

/** Why bytes are no IP packet, or its headers ask for what no host does. */
public enum IpDefect implements DropReason {
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
  SOURCE_ROUTE;

  @Override
  public String layer() {
    return "ip";
  }

  @Override
  public Kind kind() {
    return Kind.INBOUND;
  }
}
