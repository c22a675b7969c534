package io.reactorstack.ip.input;

import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Pdu;
import org.jspecify.annotations.Nullable;

/**
 * Sees each IPv4 packet in a unicast frame before the internet layer decides about it, and may replace it; a translator of
 * addresses implements it.
 */
@FunctionalInterface
public interface ArrivalHook {

  /** Passes all packets on unchanged. */
  ArrivalHook NONE = (unit, facts, ingress) -> unit;

  /**
   * Returns the unit to go on with: {@code unit} itself or a replacement, for which the hook has released it. Returns
   * {@code null} if the hook has taken the unit over and counted its end.
   *
   * @param unit begins with the IP header, which has not been checked
   * @param facts the device's metadata
   * @param ingress the interface on which the unit arrived
   */
  @Nullable
  Pdu onArrival(Pdu unit, PacketFacts facts, NetworkInterface ingress);

  /**
   * Returns the next unit that the hook has held and that goes on now, before the one of the last {@link #onArrival}, or
   * {@code null}: a fragment whose first fragment arrived later. The frame of the unit has not been counted yet.
   */
  default @Nullable Pdu late() {
    return null;
  }
}
