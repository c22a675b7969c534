package io.reactorstack.packet;

/** Why a unit was dropped; each room lists its own reasons in an enum. */
public interface DropReason {

  /** The reason's name as counters and metrics show it, such as {@code BAD_CHECKSUM}. */
  String name();

  /** The floor that drops, such as {@code ip}. */
  String layer();
}
