package io.reactorstack.ip.host;

import io.netty.buffer.ByteBuf;
import io.reactorstack.layer.Originator;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Pdu;
import io.reactorstack.wire.Carrier;
import io.reactorstack.wire.Ipv4Options;
import io.reactorstack.wire.PacketFields;

/**
 * An IP packet of either version that starts on this host and has no header yet.
 *
 * @param way where it goes, and over which interface
 * @param source the address to send from, of the version of the destination
 * @param protocol the protocol number of the payload, 0 to 255
 * @param fields what the header is to say beside the addresses
 * @param options the options of IPv4; none for IPv6
 * @param payload what the packet carries, with headroom
 * @param facts what the device is to know
 * @param originator told if the packet cannot leave
 */
public record OutboundPacket(
    Destination way,
    IpAddress source,
    int protocol,
    PacketFields fields,
    Ipv4Options options,
    ByteBuf payload,
    PacketFacts facts,
    Originator originator)
    implements
      Pdu,
      Carrier {

  /** A packet without options, of which the device knows nothing. */
  public OutboundPacket(
      Destination way, IpAddress source, int protocol, PacketFields fields, ByteBuf payload, Originator originator) {
    this(way, source, protocol, fields, Ipv4Options.NONE, payload, PacketFacts.LOCAL, originator);
  }

  /** The receiver. */
  @Override
  public IpAddress destination() {
    return way.address();
  }

  /** The ECN bits, 0 to 3. */
  @Override
  public int ecn() {
    return fields.ecn();
  }
}
