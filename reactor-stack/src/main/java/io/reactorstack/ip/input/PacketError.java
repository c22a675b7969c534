package io.reactorstack.ip.input;

/**
 * A received packet whose defect the host reports to its sender by an ICMP error.
 *
 * @param packet the packet; its buffer is valid only during the call of the listener, and its header begins
 *     {@code headerLength} octets before the reader index
 * @param problem the defect
 * @param pointer the offset of the faulty field from the beginning of the header, in octets; 0 if there is none
 */
public record PacketError(InboundPacket packet, Problem problem, int pointer) {

  /** The defects that are reported to the sender of a packet. */
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
    REASSEMBLY_TIME_EXCEEDED
  }
}
