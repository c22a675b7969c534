package io.reactorstack.udp;

import io.reactorstack.packet.DropReason;

/**
 * The reasons for which UDP drops a well-formed datagram; {@link io.reactorstack.wire.UdpDefect} has those for
 * malformed ones.
 */
public enum UdpDrop implements DropReason {
  /** No socket is bound to the port, or, for a multicast or broadcast, none of those that are accepts the datagram. */
  NO_SOCKET(Kind.INBOUND),
  /** The host's memory limit is reached. */
  MEMORY_LIMIT(Kind.INBOUND),
  /** The socket's receive queue is full, because the application reads too slowly. */
  RECEIVE_QUEUE_FULL(Kind.INBOUND),
  /** A datagram to be sent has no route to its destination, or no source address, at the time of the send. */
  NO_ROUTE(Kind.OUTBOUND),
  /**
   * A datagram to be sent goes to port 0 or to the unspecified address, or has no destination on a socket that is not
   * connected.
   */
  BAD_DESTINATION(Kind.OUTBOUND),
  /**
   * A datagram to be sent has a source address that is not the host's or of the other IP version, or a loopback source
   * and a destination beyond this host.
   */
  BAD_SOURCE(Kind.OUTBOUND),
  /** A datagram to be sent is longer than {@link LongDatagrams} or the length field of IP permits. */
  TOO_LONG(Kind.OUTBOUND),
  /** A datagram to be sent had a buffer that was already released. */
  RELEASED(Kind.OUTBOUND),
  /**
   * A datagram to be sent needed memory that was not available. As a
   * {@linkplain io.reactorstack.layer.Drops#note notice} also: one of several sockets missed its copy of a datagram, or
   * a datagram could not be passed to its subscriber.
   */
  NO_MEMORY(Kind.OUTBOUND),
  /** A datagram was waiting for a device that failed. */
  DEVICE_FAILED(Kind.OUTBOUND),
  /**
   * A router's report that a datagram was too big quotes none that the path MTU discovery of its socket has sent lately
   * (RFC 8899 section 4.6.1).
   */
  UNVERIFIED_REPORT(Kind.NOTICE);

  private final Kind kind;

  UdpDrop(Kind kind) {
    this.kind = kind;
  }

  @Override
  public String layer() {
    return "udp";
  }

  @Override
  public Kind kind() {
    return kind;
  }
}
