package io.reactorstack.wire;

import io.reactorstack.packet.DropReason;

/** The reasons for which {@link IgmpMessage#parse} and {@link MldMessage#parse} reject bytes. */
public enum GroupDefect implements DropReason {
  /** The message is shorter than its header. */
  TOO_SHORT,
  /** The checksum does not verify. */
  BAD_CHECKSUM,
  /** The length fits no version of the message, or a list extends beyond the message. */
  BAD_LENGTH,
  /** The message type is unknown. */
  UNKNOWN_TYPE,
  /** The group address is not a multicast address. */
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
