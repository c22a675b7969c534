package io.reactorstack.ip.forward;

import io.reactorstack.packet.DropReason;

/** The reasons for which a router drops a packet in transit. */
public enum ForwardDrop implements DropReason {
  /** The source address identifies no host, or is the router's own (RFC 1812 section 5.3.7). */
  MARTIAN_SOURCE(Kind.INBOUND),
  /** The destination address is never forwarded to, such as 240.0.0.0/4 (RFC 1812 section 5.3.7, RFC 6666). */
  MARTIAN_DESTINATION(Kind.INBOUND),
  /** An address is valid on one link only (RFC 3927 section 2.7, RFC 4291 section 2.5.6). */
  BEYOND_SCOPE(Kind.INBOUND),
  /** The destination is the broadcast address of another network (RFC 2644). */
  DIRECTED_BROADCAST(Kind.INBOUND),
  /** No more hops are allowed (RFC 1812 section 5.3.1, RFC 8200 section 3). */
  HOP_LIMIT_EXCEEDED(Kind.INBOUND),
  /** No route leads to the destination. */
  NO_ROUTE(Kind.INBOUND),
  /** The route back to the source leads elsewhere (RFC 3704). */
  REVERSE_PATH(Kind.INBOUND),
  /** The filter does not let the packet pass (RFC 1812 section 5.3.9). */
  FILTERED(Kind.INBOUND),
  /** The router does not forward from or to the interface (RFC 1812 section 5.3.11). */
  INTERFACE_EXCLUDED(Kind.INBOUND),
  /** The packet is longer than the next link carries and must not be fragmented. */
  TOO_BIG(Kind.INBOUND),
  /** The packet would return to the point-to-point link on which it arrived (RFC 4443 section 3.1). */
  BACK_TO_SENDER(Kind.INBOUND),
  /** The packet must be cut into segments that fit the next link, but has no headers that could be copied. */
  NOT_SEGMENTABLE(Kind.INBOUND),
  /** Too many packets wait for the outgoing interface. */
  QUEUE_FULL(Kind.OUTBOUND),
  /** The device of the outgoing interface is gone. */
  DEVICE_GONE(Kind.OUTBOUND);

  private final Kind kind;

  ForwardDrop(Kind kind) {
    this.kind = kind;
  }

  @Override
  public String layer() {
    return "forward";
  }

  @Override
  public Kind kind() {
    return kind;
  }
}
