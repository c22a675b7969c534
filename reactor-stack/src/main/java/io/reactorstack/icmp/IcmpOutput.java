package io.reactorstack.icmp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.OutboundPacket;
import io.reactorstack.layer.Lanes;
import io.reactorstack.layer.Originator;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Pdu;
import io.reactorstack.wire.Icmpv4Header;
import io.reactorstack.wire.Icmpv6Header;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Options;
import io.reactorstack.wire.PacketFields;

/** ICMP's ways out: messages become packets, and wait in a bounded queue for each device until it has credit. */
final class IcmpOutput {

  /** Most messages that wait for one device. */
  static final int QUEUE = 128;

  private final Lanes<OutboundPacket> lanes = new Lanes<>(packet -> packet.way().egress(), packet -> {
    // The bound is on the number, which the lanes know.
  });

  /**
   * A message to be sent; the version is that of the addresses.
   *
   * @param type the type, 0 to 255
   * @param code the code, 0 to 255
   * @param rest the second word of the header
   * @param options the options of the packet, for IPv4
   * @param data the octets behind the header, with headroom
   */
  record Message(int type, int code, int rest, Ipv4Options options, ByteBuf data) implements Pdu {

    @Override
    public ByteBuf payload() {
      return data;
    }
  }

  /**
   * Takes {@code message} over and sends it from {@code source}; without room it is released and the answer is {@code false}.
   *
   * @param originator told if it cannot leave
   */
  boolean offer(Destination way, IpAddress source, PacketFields fields, Message message, Originator originator) {
    if (lanes.size(way.egress()) >= QUEUE) {
      message.release();
      return false;
    }
    OutboundPacket packet;
    try {
      packet = encode(way, source, fields, message, originator);
    } catch (Throwable e) {
      message.release();
      throw e;
    }
    return lanes.offer(packet);
  }

  private static OutboundPacket encode(
      Destination way, IpAddress source, PacketFields fields, Message message, Originator originator) {
    ByteBuf bytes = message.data();
    boolean v4 = source.isV4();
    if (v4) {
      new Icmpv4Header(message.type(), message.code(), message.rest()).write(bytes);
    } else {
      new Icmpv6Header(message.type(), message.code(), message.rest()).write(bytes, source, way.address());
    }
    return new OutboundPacket(way, source, v4 ? IpProtocol.ICMP : IpProtocol.ICMPV6, fields, message.options(),
        bytes,
        PacketFacts.LOCAL, originator);
  }

  /** Ways may lead through other interfaces than before. */
  void follow() {
    lanes.follow();
  }

  /** The device of {@code gone} takes nothing any more: releases what waits for it. */
  void onDeviceGone(NetworkInterface gone) {
    lanes.remove(gone.egress(), OutboundPacket::release);
  }

  /** Releases what waits, and closes the ways out. */
  void close() {
    lanes.close();
  }
}
