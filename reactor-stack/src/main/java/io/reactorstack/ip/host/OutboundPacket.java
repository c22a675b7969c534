package io.reactorstack.ip.host;

import io.reactorstack.layer.Originator;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Pdu;

/** An IP packet of either version that leaves this host: one of the host's own, or one that it forwards. */
public sealed interface OutboundPacket extends Pdu permits OriginatedPacket, ForwardedPacket {

  /** The destination, with the interface to send through. */
  Destination route();

  /** The metadata for the device. */
  PacketFacts facts();

  /** The part of the host that is notified if the packet cannot leave. */
  Originator originator();
}
