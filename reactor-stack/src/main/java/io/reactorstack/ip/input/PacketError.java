package io.reactorstack.ip.input;

/**
 * A received packet whose sender gets an ICMP error: the host does not accept it, or a router cannot forward it.
 *
 * @param packet the packet; its buffer is valid only during the call of the listener, and its header begins
 *     {@code headerLength} octets before the reader index
 * @param problem the defect or the obstacle
 * @param detail the offset of the faulty field from the beginning of the header, in octets; for
 *     {@link Problem#PACKET_TOO_BIG} the MTU of the next link, in octets; otherwise 0
 */
public record PacketError(InboundPacket packet, Problem problem, int detail) {

  /** The problems that are reported to the sender of a packet. */
  public enum Problem {
    /** A header field has an erroneous value. */
    HEADER_FIELD,
    /** A next header value is unknown, or not allowed in its place. */
    NEXT_HEADER,
    /** An option is unknown, and its type requires a report. */
    OPTION,
    /** The first fragment does not contain all headers (RFC 7112). */
    INCOMPLETE_HEADERS,
    /** The remaining fragments of a packet did not arrive in time; the reported packet is its first fragment. */
    REASSEMBLY_TIME_EXCEEDED,
    /** The packet needs more hops than its hop limit allows. */
    HOP_LIMIT_EXCEEDED,
    /** No route leads to the destination. */
    NO_ROUTE,
    /** The destination or the next router does not respond to address resolution, or cannot be used. */
    NEXT_HOP_UNREACHABLE,
    /** The packet is longer than the next link carries and must not be fragmented. */
    PACKET_TOO_BIG,
    /** The packet is refused by an administrative rule. */
    PROHIBITED,
    /** Nothing receives the packets to the destination port. */
    PORT_UNREACHABLE,
    /** The source address is not valid on the link of the destination; IPv6 only. */
    BEYOND_SCOPE
  }
}
