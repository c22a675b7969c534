package io.reactorstack.ip.forward;

import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.packet.IpAddress;

/** Sends redirects; ICMP and neighbor discovery implement it. */
@FunctionalInterface
public interface RedirectListener {

  /**
   * Informs the sender of {@code packet}, a station on the link on which it arrived, about a better first hop on that
   * link. Called on the event loop before the packet is forwarded.
   *
   * @param packet the packet, valid only during the call
   * @param firstHop a router or, if it is on the link, the destination itself
   */
  void onBetterHop(InboundPacket packet, IpAddress firstHop);
}
