package io.reactorstack.lab;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.Frame;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.packet.Rejections;
import io.reactorstack.wire.ArpPacket;
import io.reactorstack.wire.EnclosingPacket;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.EthernetHeader;
import io.reactorstack.wire.IpHeaders;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.Ipv6Header;
import io.reactorstack.wire.PacketFields;
import io.reactorstack.wire.TcpSegment;
import io.reactorstack.wire.TransportPorts;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A read-only view of an Ethernet frame, parsed with the stack's codecs as far as the frame is well formed. */
final class FrameView {

  /** Lets the codecs accept packets with wrong checksums. */
  private static final PacketFacts UNCHECKED = new PacketFacts(0, ChecksumState.VERIFIED, 0);

  private final Frame frame;
  private final @Nullable EthernetHeader ethernet;
  private final @Nullable IpHeaders ip;

  private FrameView(Frame frame) {
    this.frame = frame;
    ethernet = EthernetHeader.parse(frame.payload(), Rejections.UNCOUNTED);
    int type = type();
    // A packet whose version contradicts the EtherType is not parsed.
    boolean told = type == EtherType.IPV4 || type == EtherType.IPV6;
    ip = told && IpHeaders.isIpv6(packetBytes()) == (type == EtherType.IPV6)
        ? IpHeaders.parse(packetBytes(), Rejections.UNCOUNTED)
        : null;
  }

  static FrameView of(Frame frame) {
    return new FrameView(frame);
  }

  /** The EtherType; -1 if the frame is too short to have one. */
  int type() {
    return ethernet == null ? -1 : ethernet.type();
  }

  /** The frame's payload, including padding. */
  ByteBuf packetBytes() {
    ByteBuf bytes = frame.payload();
    int header = ethernet == null ? 0 : ethernet.length();
    return bytes.slice(bytes.readerIndex() + header, bytes.readableBytes() - header);
  }

  /** Length of the IP packet in bytes; 0 if there is none. */
  int packetLength() {
    return ip == null ? 0 : ip.totalLength();
  }

  @Nullable
  Ipv4Header ipv4() {
    return type() == EtherType.IPV4 ? Ipv4Header.parse(packetBytes(), Rejections.UNCOUNTED) : null;
  }

  /** The headers of the IP packet; {@code null} if there is none. */
  @Nullable
  IpHeaders headers() {
    return ip;
  }

  @Nullable
  IpAddress source() {
    return ip == null ? null : ip.source();
  }

  @Nullable
  IpAddress destination() {
    return ip == null ? null : ip.destination();
  }

  /** The protocol of the IP packet; -1 if there is none. */
  int protocol() {
    return ip == null ? -1 : ip.protocol();
  }

  @Nullable
  MacAddress sourceMac() {
    return ethernet == null ? null : ethernet.source();
  }

  @Nullable
  ArpPacket arp() {
    return type() == EtherType.ARP ? ArpPacket.parse(packetBytes(), Rejections.UNCOUNTED) : null;
  }

  /** The source port of a TCP or UDP packet's first fragment; -1 for other frames. */
  int sourcePort() {
    ByteBuf ports = ports();
    return ports == null ? -1 : TransportPorts.source(ports, ports.readerIndex());
  }

  /** The destination port of a TCP or UDP packet's first fragment; -1 for other frames. */
  int destinationPort() {
    ByteBuf ports = ports();
    return ports == null ? -1 : TransportPorts.destination(ports, ports.readerIndex());
  }

  private @Nullable ByteBuf ports() {
    if (ip == null || !TransportPorts.areIn(ip.protocol()) || ip.fragmentOffset() != 0) {
      return null;
    }
    ByteBuf transport = transport(ip);
    return transport.readableBytes() < TransportPorts.LENGTH ? null : transport;
  }

  /** The payload of the IP packet, without padding; empty if there is none. */
  ByteBuf payload() {
    return ip == null ? Unpooled.EMPTY_BUFFER : transport(ip);
  }

  /** The IP packet's payload, without padding. */
  private ByteBuf transport(IpHeaders headers) {
    return packetBytes().slice(headers.length(), headers.totalLength() - headers.length());
  }

  /** Lends the frame's TCP segment to {@code reader} if the frame contains a complete one. */
  void tcp(Consumer<TcpSegment> reader) {
    if (ip == null || ip.protocol() != IpProtocol.TCP || ip.isFragment()) {
      return;
    }
    EnclosingPacket carrier = EnclosingPacket.of(ip.source(), ip.destination(), 0, UNCHECKED);
    TcpSegment segment = TcpSegment.parse(transport(ip), carrier, Rejections.UNCOUNTED);
    if (segment != null) {
      reader.accept(segment);
    }
  }

  /** The flags of the frame's TCP segment; -1 if it contains none. */
  int tcpFlags() {
    int[] flags = {-1};
    tcp(segment -> flags[0] = segment.flags());
    return flags[0];
  }

  /** The data bytes of the frame's TCP segment, without SYN and FIN; -1 if it contains none. */
  int tcpBytes() {
    int[] bytes = {-1};
    tcp(segment -> bytes[0] = segment.payloadLength());
    return bytes[0];
  }

  /**
   * Builds a frame with an IP packet between the same stations as this frame.
   *
   * @param payload the packet's payload, with headroom; this method takes it over
   * @param back true to swap the source and destination stations
   */
  Frame enclose(IpAddress from, IpAddress to, int protocol, ByteBuf payload, boolean back) {
    int length = payload.readableBytes();
    if (from instanceof Ipv4Address source && to instanceof Ipv4Address destination) {
      new Ipv4Header(Ipv4Header.MINIMUM, 0, Ipv4Header.MINIMUM + length, 0, true, false, 0,
          PacketFields.DEFAULT_HOP_LIMIT, protocol, source, destination).write(payload);
    } else if (from instanceof Ipv6Address source && to instanceof Ipv6Address destination) {
      new Ipv6Header(0, 0, length, protocol, PacketFields.DEFAULT_HOP_LIMIT, source, destination).write(payload);
    }
    EthernetHeader way = Objects.requireNonNull(ethernet);
    EthernetHeader around = back ? new EthernetHeader(way.source(), way.destination(), way.tag(), way.type()) : way;
    around.write(payload);
    return new Frame(payload, PacketFacts.LOCAL);
  }

  /** The allocator for frames that an effect sends. */
  ByteBufAllocator alloc() {
    return frame.payload().alloc();
  }
}
