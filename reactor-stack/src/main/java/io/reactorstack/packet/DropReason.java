package io.reactorstack.packet;

/** Why a unit was dropped, or something else that is worth a counter; each room lists its own reasons in an enum. */
public interface DropReason {

  /** The unit that ends when a reason is counted. */
  enum Kind {
    /** A received frame: it ends here, and nowhere else. */
    INBOUND,
    /** Something of this host that was to be sent, such as a packet, a datagram or an answer. */
    OUTBOUND,
    /** Nothing: an event on the way of something that goes on, or that has ended or will end under another name. */
    NOTICE
  }

  /** The reason's name as counters and metrics show it, such as {@code BAD_CHECKSUM}. */
  String name();

  /** The floor that drops, such as {@code ip}. */
  String layer();

  /** The unit that ends when this reason is counted. */
  Kind kind();
}
