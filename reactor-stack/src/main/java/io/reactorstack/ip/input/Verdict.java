package io.reactorstack.ip.input;

import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.Pdu;
import org.jspecify.annotations.Nullable;

/** The decision of the internet layer about a unit that has come in. */
sealed interface Verdict {

  /**
   * The packet is for this host.
   *
   * @param packet the packet
   */
  record Local(InboundPacket packet) implements Verdict {}

  /**
   * The packet is well formed and for another host: a router would send it on.
   *
   * @param packet the packet
   */
  record Transit(InboundPacket packet) implements Verdict {}

  /**
   * The unit holds no packet that anybody could use.
   *
   * @param unit the unit
   * @param reason what is wrong with it
   * @param complaint the sender of the packet is to be told; {@code null} if not
   */
  record Refused(Pdu unit, DropReason reason, @Nullable Complaint complaint) implements Verdict {}
}
