package io.reactorstack.ip.host;

import io.netty.buffer.ByteBuf;
import io.reactorstack.layer.Originator;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.wire.EnclosingPacket;
import io.reactorstack.wire.Ipv4Options;
import io.reactorstack.wire.PacketFields;

/**
 * An IP packet of either version that this host originates, before its header is written.
 *
 * @param route the destination, with the interface to send through
 * @param source the source address, of the same version as the destination
 * @param protocol the protocol number of the payload, 0 to 255
 * @param fields the header fields that the originator chooses
 * @param options the IPv4 options; none for IPv6
 * @param payload the payload, with headroom
 * @param facts the metadata for the device
 * @param originator notified if the packet cannot leave
 */
public record OriginatedPacket(
    Destination route,
    IpAddress source,
    int protocol,
    PacketFields fields,
    Ipv4Options options,
    ByteBuf payload,
    PacketFacts facts,
    Originator originator)
    implements
      OutboundPacket,
      EnclosingPacket {

  /** Creates a packet without options and with default metadata. */
  public OriginatedPacket(
      Destination route, IpAddress source, int protocol, PacketFields fields, ByteBuf payload, Originator originator) {
    this(route, source, protocol, fields, Ipv4Options.NONE, payload, PacketFacts.LOCAL, originator);
  }

  /** The destination address. */
  @Override
  public IpAddress destination() {
    return route.address();
  }

  /** The ECN bits, 0 to 3. */
  @Override
  public int ecn() {
    return fields.ecn();
  }
}
