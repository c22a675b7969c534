package io.reactorstack.wire;

import io.reactorstack.packet.DropReason;

/** The reasons for which {@link NdpMessage#parse} rejects bytes. */
public enum NdpDefect implements DropReason {
  /** The message is shorter than the fixed part of its type. */
  TOO_SHORT,
  /** The checksum does not verify. */
  BAD_CHECKSUM,
  /** The code is not zero. */
  BAD_CODE,
  /** The message type is not one of neighbor discovery. */
  UNKNOWN_TYPE,
  /** An option has length zero, or extends beyond the message (RFC 4861 section 4.6). */
  BAD_OPTION,
  /** The target address cannot be that of a neighbour or router. */
  BAD_TARGET,
  /** The destination field of a redirect is a multicast address. */
  BAD_DESTINATION;

  @Override
  public String layer() {
    return "ndp";
  }

  @Override
  public Kind kind() {
    return Kind.INBOUND;
  }
}
