package io.reactorstack.nat.engine;

import io.reactorstack.packet.DropReason;

/** The reasons for which a translator refuses a packet. */
public enum NatDrop implements DropReason {
  /** A packet from inside has another protocol than UDP, TCP and ICMP. */
  UNSUPPORTED_PROTOCOL,
  /** An ICMP message from inside is of a type that is not translated (RFC 5508 REQ-10). */
  UNSUPPORTED_ICMP,
  /** The transport header is cut off, or the source port is 0. */
  BAD_TRANSPORT,
  /** A packet from inside has a multicast or broadcast destination. */
  NOT_UNICAST,
  /** A packet from outside has an address of the translator, or of the inside networks that are set, as its source. */
  SPOOFED_SOURCE,
  /** A packet from outside has the address of an inside host as its destination. */
  INSIDE_DESTINATION,
  /** The outside endpoint that the packet uses has no mapping. */
  NO_MAPPING,
  /** The filter of the mapping does not admit the outside host. */
  FILTERED,
  /** A TCP segment without SYN belongs to no known connection. */
  NO_CONNECTION,
  /** A SYN from outside is not expected, and no inside host has answered it by its own SYN. */
  UNSOLICITED_SYN,
  /** A SYN from outside is held already. */
  DUPLICATE_SYN,
  /** A held SYN from outside has become superfluous, because the inside host has sent its own one (RFC 5382 REQ-4). */
  SUPERSEDED_SYN,
  /** The translator has no outside address. */
  NO_OUTSIDE_ADDRESS,
  /** The translator has as many mappings as it may have. */
  MAPPING_LIMIT,
  /** The inside host has as many mappings as it may have. */
  HOST_MAPPING_LIMIT,
  /** The translator has as many sessions as it may have. */
  SESSION_LIMIT,
  /** The inside host has as many sessions as it may have. */
  HOST_SESSION_LIMIT,
  /** No suitable port of the outside address is free. */
  NO_PORT,
  /** An ICMP error has a wrong checksum (RFC 5508 REQ-3), or is a fragment. */
  BAD_ERROR,
  /** The packet that an ICMP error quotes is malformed, or was not sent to or from the error's destination. */
  BAD_QUOTE,
  /** The first fragment does not contain the whole transport header, or another one begins within it (RFC 1858). */
  TINY_FRAGMENT,
  /** The first fragment of the datagram did not arrive in time. */
  FRAGMENT_TIMEOUT,
  /** The memory for fragments was needed for newer ones. */
  FRAGMENT_LIMIT,
  /** The translator was closed. */
  CLOSED;

  @Override
  public String layer() {
    return "nat";
  }

  @Override
  public Kind kind() {
    return Kind.INBOUND;
  }
}
