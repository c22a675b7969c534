package io.reactorstack.packet;

/** The reason for a drop or a notice, which the host counts; each package that counts lists its reasons in an enum. */
public interface DropReason {

  /** The kind of unit that is dropped when a reason is counted. */
  enum Kind {
    /** A received frame. A frame is dropped at most once. */
    INBOUND,
    /** A unit that this host wanted to send, such as a packet, a datagram or an answer. */
    OUTBOUND,
    /** None: an event in the life of a unit that goes on, or whose end is counted under another reason. */
    NOTICE
  }

  /** The name of the reason in counters and metrics, such as {@code BAD_CHECKSUM}. */
  String name();

  /** The layer that counts the reason, such as {@code ip}. */
  String layer();

  /** The kind of unit that is dropped when this reason is counted. */
  Kind kind();
}
