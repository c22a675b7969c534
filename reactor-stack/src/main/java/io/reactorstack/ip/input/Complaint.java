package io.reactorstack.ip.input;

/**
 * A received packet that its sender is to be told about by an ICMP error.
 *
 * @param packet the packet; its buffer is valid only while the listener runs, and its header begins {@code headerLength}
 *     octets before the reader index
 * @param problem what is wrong with it
 * @param pointer octets from the header's beginning to the field that is wrong; 0 if there is none
 */
public record Complaint(InboundPacket packet, Problem problem, int pointer) {

  /** The defects of a packet that its sender is told of. */
  public enum Problem {
    /** A header field has a value that cannot be. */
    HEADER_FIELD,
    /** A next header is not known, or not known in its place. */
    NEXT_HEADER,
    /** An option is not known, and says that this matters. */
    OPTION,
    /** The first fragment does not hold all headers (RFC 7112). */
    INCOMPLETE_HEADERS,
    /** The rest of a packet did not come in time; the packet is its first fragment. */
    REASSEMBLY_TIME_EXCEEDED
  }
}
