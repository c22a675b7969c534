package io.reactorstack.wire;

import io.reactorstack.packet.DropReason;

/** Why bytes are no message of IGMP or MLD. */
public enum GroupDefect implements DropReason {
  /** Shorter than its header. */
  TOO_SHORT,
  /** The checksum does not verify. */
  BAD_CHECKSUM,
  /** A length that no version of the message has, or lists that are longer than the message. */
  BAD_LENGTH,
  /** A type that is not known. */
  UNKNOWN_TYPE,
  /** About something that is no group. */
  BAD_GROUP;

  @Override
  public String layer() {
    return "multicast";
  }

  @Override
  public Kind kind() {
    return Kind.INBOUND;
  }
}
