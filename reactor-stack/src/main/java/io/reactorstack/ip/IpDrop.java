package io.reactorstack.ip;

import io.reactorstack.packet.DropReason;

/**
 * The reasons for which the internet layer drops a well-formed packet. The reasons for malformed packets are in
 * {@code IpDefect}.
 */
public enum IpDrop implements DropReason {
  /** The source address identifies no host, or this host itself (RFC 1122 section 3.2.1.3). */
  BAD_SOURCE(Kind.INBOUND),
  /**
   * The destination is another host, the broadcast address of another network, or a group that was not joined; hosts do
   * not forward.
   */
  NOT_FOR_US(Kind.INBOUND),
  /** The destination is a unicast address, but the frame was a broadcast or multicast (RFC 1122 section 3.3.6). */
  UNICAST_IN_GROUP_FRAME(Kind.INBOUND),
  /** A fragment has no data, has an impossible length, or extends beyond the largest packet. */
  BAD_FRAGMENT(Kind.INBOUND),
  /** A fragment splits the transport header (RFC 1858, RFC 7112). */
  TINY_FRAGMENT(Kind.INBOUND),
  /**
   * A fragment overlaps another or contradicts it about the end of the packet. All fragments of the packet are dropped
   * for this reason, including those that arrive later (RFC 5722).
   */
  OVERLAPPING_FRAGMENT(Kind.INBOUND),
  /** The same fragment was received before. */
  DUPLICATE_FRAGMENT(Kind.INBOUND),
  /** The other fragments of the packet did not arrive within 60 s. */
  REASSEMBLY_TIMEOUT(Kind.INBOUND),
  /** The memory for fragments was needed for newer ones, or the host was stopped. */
  REASSEMBLY_LIMIT(Kind.INBOUND),
  /** Fragments of one packet were congestion-marked and others were not capable of ECN (RFC 3168 section 5.3). */
  CONTRADICTING_ECN(Kind.INBOUND),
  /** A message of neighbour discovery was fragmented (RFC 6980 section 5). */
  FRAGMENTED_DISCOVERY(Kind.INBOUND),
  /** The host has no protocol with the packet's protocol number. */
  UNKNOWN_PROTOCOL(Kind.INBOUND),
  /** The route of a packet disappeared between its construction and its transmission. */
  NO_ROUTE(Kind.OUTBOUND),
  /** A packet to be sent is longer than the interface's MTU. */
  TOO_BIG(Kind.OUTBOUND),
  /**
   * A packet to be sent has a source address that is not the host's or is of the other IP version, a hop limit of zero,
   * or a destination group whose packets do not leave the host.
   */
  BAD_OUTBOUND(Kind.OUTBOUND);

  private final Kind kind;

  IpDrop(Kind kind) {
    this.kind = kind;
  }

  @Override
  public String layer() {
    return "ip";
  }

  @Override
  public Kind kind() {
    return kind;
  }
}
