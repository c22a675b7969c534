package io.reactorstack.icmp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.OriginatedPacket;
import io.reactorstack.ip.host.OutboundPacket;
import io.reactorstack.layer.EgressQueues;
import io.reactorstack.layer.Originator;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Pdu;
import io.reactorstack.wire.Icmpv4Header;
import io.reactorstack.wire.Icmpv6Header;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Options;
import io.reactorstack.wire.PacketFields;

/**
 * The send queues of ICMP: turns messages into packets and queues them, up to a limit for each device, until it has
 * credit.
 */
final class IcmpOutput {

  /** The maximum number of messages that wait for one device. */
  static final int QUEUE = 128;

  private final EgressQueues<OutboundPacket> queues = new EgressQueues<>(packet -> packet.route().egress(), packet -> {
    // The limit is on the number of messages, which the queues count.
  });

  /**
   * A message to be sent; its ICMP version is that of its source address.
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
   * Queues {@code message}, which this method owns, for sending from {@code source}. If the queue is full, releases it
   * and returns {@code false}.
   *
   * @param originator notified if the packet cannot be sent
   */
  boolean offer(Destination route, IpAddress source, PacketFields fields, Message message, Originator originator) {
    if (queues.size(route.egress()) >= QUEUE) {
      message.release();
      return false;
    }
    OriginatedPacket packet;
    try {
      packet = encode(route, source, fields, message, originator);
    } catch (Throwable e) {
      message.release();
      throw e;
    }
    return queues.offer(packet);
  }

  /**
   * Queues {@code packet}, which this method owns, for sending. If the queue is full, releases it and returns
   * {@code false}.
   */
  boolean offer(OriginatedPacket packet) {
    if (queues.size(packet.route().egress()) >= QUEUE) {
      packet.release();
      return false;
    }
    return queues.offer(packet);
  }

  private static OriginatedPacket encode(
      Destination route, IpAddress source, PacketFields fields, Message message, Originator originator) {
    ByteBuf bytes = message.data();
    boolean v4 = source.isV4();
    if (v4) {
      new Icmpv4Header(message.type(), message.code(), message.rest()).write(bytes);
    } else {
      new Icmpv6Header(message.type(), message.code(), message.rest()).write(bytes, source, route.address());
    }
    return new OriginatedPacket(route, source, v4 ? IpProtocol.ICMP : IpProtocol.ICMPV6, fields, message.options(),
        bytes,
        PacketFacts.LOCAL, originator);
  }

  /** Moves packets whose interface has changed to the queue of their current interface. */
  void follow() {
    queues.follow();
  }

  /** Releases the packets that wait for the device of {@code gone}, which sends nothing any more. */
  void onDeviceGone(NetworkInterface gone) {
    queues.remove(gone.egress(), OutboundPacket::release);
  }

  /** Releases all waiting packets and closes the queues. */
  void close() {
    queues.close();
  }
}
