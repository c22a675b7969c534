package io.reactorstack.ip.input;

import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.Pdu;
import org.jspecify.annotations.Nullable;

/** The decision of the internet layer about a received unit. */
sealed interface InputDecision {

  /**
   * The packet is for this host.
   *
   * @param packet the packet
   */
  record Local(InboundPacket packet) implements InputDecision {}

  /**
   * The packet is well formed and addressed to another host.
   *
   * @param packet the packet
   */
  record Transit(InboundPacket packet) implements InputDecision {}

  /**
   * The unit is dropped: its packet is malformed or not acceptable.
   *
   * @param unit the unit
   * @param reason the reason for the drop
   * @param complaint the report to the packet's sender; {@code null} for none
   */
  record Refused(Pdu unit, DropReason reason, @Nullable PacketError complaint) implements InputDecision {}

  /** The unit is a fragment: the reassembly holds it, or has dropped and counted it. */
  enum Fragmented implements InputDecision {
    /** The only value. */
    TAKEN
  }
}
