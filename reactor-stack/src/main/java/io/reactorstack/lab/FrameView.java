package io.reactorstack.lab;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.device.Frame;
import io.reactorstack.ip.IpPacket;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.packet.Rejections;
import io.reactorstack.wire.ArpPacket;
import io.reactorstack.wire.Carrier;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.EthernetHeader;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.Ipv6Header;
import io.reactorstack.wire.TcpSegment;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Looks into an Ethernet frame with the codecs of the floors, as far as it is well formed; the frame stays as it is. */
final class FrameView {

  private static final int PORTS = 4;

  /** Packets are looked at whatever their checksum is. */
  private static final PacketFacts UNCHECKED = new PacketFacts(0, ChecksumState.VERIFIED, 0);

  private final Frame frame;
  private final @Nullable EthernetHeader ethernet;
  private @Nullable Ipv4Header ipv4;
  private @Nullable Ipv6Header ipv6;

  private FrameView(Frame frame) {
    this.frame = frame;
    ethernet = EthernetHeader.parse(frame.payload(), Rejections.UNCOUNTED);
    int type = type();
    if (type == EtherType.IPV4) {
      ipv4 = Ipv4Header.parse(packetBytes(), Rejections.UNCOUNTED);
    } else if (type == EtherType.IPV6) {
      ipv6 = Ipv6Header.parse(packetBytes(), Rejections.UNCOUNTED);
    }
  }

  static FrameView of(Frame frame) {
    return new FrameView(frame);
  }

  /** The EtherType; -1 if the frame is too short to have one. */
  int type() {
    return ethernet == null ? -1 : ethernet.type();
  }

  boolean isIp() { return ipv4 != null || ipv6 != null; }

  /** The frame's payload, with padding. */
  ByteBuf packetBytes() {
    ByteBuf bytes = frame.payload();
    int header = ethernet == null ? 0 : ethernet.length();
    return bytes.slice(bytes.readerIndex() + header, bytes.readableBytes() - header);
  }

  /** Length of the IP packet, 0 if there is none. */
  int packetLength() {
    return ipv4 != null ? ipv4.totalLength() : ipv6 != null ? Ipv6Header.LENGTH + ipv6.payloadLength() : 0;
  }

  @Nullable
  Ipv4Header ipv4() {
    return ipv4;
  }

  @Nullable
  IpAddress source() {
    return ipv4 != null ? ipv4.source() : ipv6 != null ? ipv6.source() : null;
  }

  @Nullable
  IpAddress destination() {
    return ipv4 != null ? ipv4.destination() : ipv6 != null ? ipv6.destination() : null;
  }

  /** The protocol of the IP packet; -1 if there is none. */
  int protocol() {
    return ipv4 != null ? ipv4.protocol() : ipv6 != null ? ipv6.nextHeader() : -1;
  }

  @Nullable
  MacAddress sourceMac() {
    return ethernet == null ? null : ethernet.source();
  }

  @Nullable
  ArpPacket arp() {
    return type() == EtherType.ARP ? ArpPacket.parse(packetBytes(), Rejections.UNCOUNTED) : null;
  }

  /** The source port of a TCP or UDP packet's first fragment; -1 if it is none. */
  int sourcePort() {
    return port(0);
  }

  /** The destination port of a TCP or UDP packet's first fragment; -1 if it is none. */
  int destinationPort() {
    return port(2);
  }

  private int port(int offset) {
    if (protocol() != IpProtocol.TCP && protocol() != IpProtocol.UDP || ipv4 != null && ipv4.fragmentOffset() != 0) {
      return -1;
    }
    ByteBuf transport = transport();
    return transport.readableBytes() < PORTS ? -1 : transport.getUnsignedShort(transport.readerIndex() + offset);
  }

  /** The IP packet's payload, without padding. */
  private ByteBuf transport() {
    int length = ipv4 != null ? ipv4.length() : Ipv6Header.LENGTH;
    return packetBytes().slice(length, packetLength() - length);
  }

  /** Lends the frame's TCP segment to {@code reader}, if it carries a whole one. */
  void tcp(Consumer<TcpSegment> reader) {
    IpAddress from = source();
    IpAddress to = destination();
    if (from == null || to == null || protocol() != IpProtocol.TCP || ipv4 != null && ipv4.isFragment()) {
      return;
    }
    TcpSegment segment = TcpSegment.parse(transport(), Carrier.of(from, to, 0, UNCHECKED), Rejections.UNCOUNTED);
    if (segment != null) {
      reader.accept(segment);
    }
  }

  /** The flags of the frame's TCP segment; -1 if it carries none. */
  int tcpFlags() {
    int[] flags = {-1};
    tcp(segment -> flags[0] = segment.flags());
    return flags[0];
  }

  /** The octets of the frame's TCP segment, without SYN and FIN; -1 if it carries none. */
  int tcpBytes() {
    int[] bytes = {-1};
    tcp(segment -> bytes[0] = segment.payload().readableBytes());
    return bytes[0];
  }

  /** A frame with {@code packet}, which it takes over, between the stations of this one, or the other way round. */
  Frame enclose(IpPacket packet, boolean back) {
    ByteBuf bytes = packet.payload();
    if (packet.source() instanceof Ipv4Address source && packet.destination() instanceof Ipv4Address destination) {
      int length = Ipv4Header.MINIMUM + bytes.readableBytes();
      new Ipv4Header(Ipv4Header.MINIMUM, packet.trafficClass(), length, 0, packet.dontFragment(), false, 0,
          packet.hopLimit(), packet.protocol(), source, destination).write(bytes);
    } else if (ipv6 != null) {
      int length = bytes.readableBytes();
      new Ipv6Header(packet.trafficClass(), 0, length, packet.protocol(), packet.hopLimit(),
          back ? ipv6.destination() : ipv6.source(), back ? ipv6.source() : ipv6.destination()).write(bytes);
    }
    EthernetHeader way = Objects.requireNonNull(ethernet);
    EthernetHeader around = back ? new EthernetHeader(way.source(), way.destination(), way.tag(), way.type()) : way;
    around.write(bytes);
    return new Frame(bytes, PacketFacts.LOCAL);
  }

  /** The allocator for frames that an effect sends. */
  ByteBufAllocator alloc() {
    return frame.payload().alloc();
  }
}
