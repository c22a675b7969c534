package io.reactorstack.testing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.OriginatedPacket;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.layer.Egress;
import io.reactorstack.layer.Originator;
import io.reactorstack.layer.Rejection;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.wire.IpHeader;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.Ipv4Options;
import io.reactorstack.wire.Ipv6Header;
import io.reactorstack.wire.PacketFields;
import java.util.ArrayList;
import java.util.List;

/** Creates packets as the internet layer passes them to transports, and as transports pass them to it. */
public final class TestPackets {

  private static final NetworkInterface INGRESS = TestInterfaces.attach(
      TestInterfaces.host(), "eth0", 1500, new Egress<>(new VirtualLoop().newTurn()));

  private TestPackets() {}

  /** Returns a received packet with the default header fields. */
  public static InboundPacket inbound(IpAddress source, IpAddress destination, int protocol, ByteBuf payload) {
    return inbound(source, destination, protocol, PacketFields.DEFAULT, payload, PacketFacts.LOCAL);
  }

  /** Returns a received packet. */
  public static InboundPacket inbound(
      IpAddress source, IpAddress destination, int protocol, PacketFields fields, ByteBuf payload, PacketFacts facts) {
    return new InboundPacket(
        header(source, destination, protocol, fields, payload), protocol, Ipv4Options.NONE, 0, false, payload, facts,
        INGRESS);
  }

  private static IpHeader header(
      IpAddress source, IpAddress destination, int protocol, PacketFields fields, ByteBuf payload) {
    return switch (source) {
      case Ipv4Address from -> new Ipv4Header(Ipv4Header.MINIMUM, fields.trafficClass(),
          Ipv4Header.MINIMUM + payload.readableBytes(), 0, fields.dontFragment(), false, 0, fields.hopLimit(), protocol,
          from, (Ipv4Address) destination);
      case Ipv6Address from -> new Ipv6Header(fields.trafficClass(), 0, payload.readableBytes(), protocol,
          fields.hopLimit(), from, (Ipv6Address) destination);
    };
  }

  /** Returns {@code sent} as a received packet with the payload {@code arrived}. */
  public static InboundPacket arriving(OriginatedPacket sent, ByteBuf arrived) {
    return inbound(sent.source(), sent.destination(), sent.protocol(), sent.fields(), arrived, sent.facts());
  }

  /** Returns a packet of {@code host} with {@code length} zeros, on the route that leads to its destination. */
  public static OriginatedPacket outbound(
      IpHost host, String source, String destination, int protocol, int length, Originator originator) {
    return outbound(route(host, destination), source, protocol, length, originator);
  }

  /** Returns a packet with {@code length} zeros for the destination {@code way}. */
  public static OriginatedPacket outbound(
      Destination route, String source, int protocol, int length, Originator originator) {
    ByteBuf data = Headroom.allocate(ByteBufAllocator.DEFAULT, length).writeZero(length);
    return new OriginatedPacket(route, IpAddress.parse(source), protocol, PacketFields.DEFAULT, data, originator);
  }

  /** Returns the {@code Destination} for an address. */
  public static Destination route(IpHost host, String destination) {
    Destination route = host.destination(IpAddress.parse(destination));
    if (route == null) {
      throw new AssertionError("no route to " + destination);
    }
    return route;
  }

  /** Records the rejections of packets. */
  public static final class Rejected implements Originator {

    /** The rejections, in order. */
    public final List<Rejection> all = new ArrayList<>();

    @Override
    public void onRejected(Rejection rejection) {
      all.add(rejection);
    }
  }
}
