package io.reactorstack.wire;

import io.reactorstack.packet.DropReason;

/**
 * The reasons for which the parsers reject bytes as an IP packet, or reject a packet that uses an unsupported feature
 * of IP.
 */
public enum IpDefect implements DropReason {
  /** The packet is shorter than a header. */
  TOO_SHORT,
  /** The version field is not that of the parser. */
  BAD_VERSION,
  /** The header length is below five words or exceeds the packet. */
  BAD_HEADER_LENGTH,
  /** The total length is below the header length or exceeds the received bytes. */
  BAD_TOTAL_LENGTH,
  /** The header checksum does not verify. */
  BAD_CHECKSUM,
  /** An option has an impossible length or content. */
  BAD_OPTION,
  /** An unknown IPv6 option whose type requires that the packet be dropped. */
  UNKNOWN_OPTION,
  /** An IPv6 extension header is cut off or out of place, or the packet has too many of them. */
  BAD_EXTENSION,
  /** An IPv6 packet has no payload (RFC 8200 section 4.7). */
  NO_NEXT_HEADER,
  /** The packet contains a source route (RFC 7126 section 4.3 and 4.4, RFC 5095). */
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
