package io.reactorstack.telemetry;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.Frame;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Rejections;
import io.reactorstack.wire.ArpPacket;
import io.reactorstack.wire.DhcpMessage;
import io.reactorstack.wire.EnclosingPacket;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.EthernetHeader;
import io.reactorstack.wire.Icmpv4Header;
import io.reactorstack.wire.Icmpv6Header;
import io.reactorstack.wire.IgmpMessage;
import io.reactorstack.wire.IpHeaders;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.MldMessage;
import io.reactorstack.wire.NdpMessage;
import io.reactorstack.wire.TcpSegment;
import io.reactorstack.wire.UdpHeader;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Parses observed frames with the codecs of the layers and passes a text for each to a {@link Listener}. It neither
 * changes nor keeps a frame.
 */
final class FrameDissector {

  /** Receives the result of each frame. */
  interface Listener {

    /** {@code from} sent {@code to} a frame that is described by {@code text} alone. */
    void told(String from, String to, String text);

    /** Receives a TCP segment, which is valid only during the call. */
    void segment(TcpSegment segment);
  }

  /** The describer of a protocol above UDP or TCP, and the prefix of its texts. */
  record Upper(String prefix, Describer describer) {}

  private static final int STATIONS = 1024;

  /** The length of a link address in text form, in characters. */
  private static final int MAC_TEXT = 17;

  private final Map<Integer, Upper> uppers;
  private final Listener listener;

  /** IP addresses in text form by link address, as seen in ARP and neighbor discovery. */
  private final Map<MacAddress, String> stations = new LinkedHashMap<>();

  FrameDissector(Map<Integer, Upper> uppers, Listener listener) {
    this.uppers = uppers;
    this.listener = listener;
  }

  void readEthernet(Frame frame) {
    ByteBuf bytes = frame.payload();
    EthernetHeader header = EthernetHeader.parse(bytes, Rejections.UNCOUNTED);
    if (header == null) {
      listener.told("?", Step.EVERYONE, "malformed frame: " + bytes.readableBytes() + " B");
      return;
    }
    MacAddress destination = header.destination();
    int type = header.type();
    ByteBuf payload = bytes.slice(bytes.readerIndex() + header.length(), bytes.readableBytes() - header.length());
    String from = station(header.source());
    String to = destination.isGroup() ? Step.EVERYONE : station(destination);
    switch (type) {
      case EtherType.ARP -> readArp(payload, from, to);
      case EtherType.RARP -> readRarp(payload, from, to);
      case EtherType.IPV4, EtherType.IPV6 -> readIp(payload, from, to, destination.isGroup(), frame.facts());
      default -> listener.told(from, to, String.format("EtherType 0x%04x %d B", type, payload.readableBytes()));
    }
  }

  /**
   * Returns the IP address of a station that {@code party} names by its link address, if ARP or neighbor discovery has
   * shown it since; otherwise {@code party}.
   */
  String known(String party) {
    return party.length() == MAC_TEXT && party.indexOf(':') == 2
        ? stations.getOrDefault(MacAddress.parse(party), party)
        : party;
  }

  void readBare(Frame frame) {
    readIp(frame.payload().slice(), "?", Step.EVERYONE, false, frame.facts());
  }

  private String station(MacAddress address) {
    return stations.getOrDefault(address, address.toString());
  }

  private void readArp(ByteBuf payload, String from, String to) {
    Rejection rejection = new Rejection();
    ArpPacket arp = ArpPacket.parse(payload, rejection);
    if (arp == null) {
      malformed(from, to, "ARP", rejection);
      return;
    }
    if (arp.sender().isUnspecified()) {
      listener.told(from, to, "ARP probe: does anybody have " + arp.target() + "?");
      return;
    }
    if (stations.size() < STATIONS) {
      stations.put(arp.senderMac(), arp.sender().toString());
    }
    String sender = arp.sender().toString();
    if (arp.sender().equals(arp.target())) {
      listener.told(sender, to, "ARP announces " + sender + " at " + arp.senderMac());
    } else if (arp.operation() == ArpPacket.REQUEST) {
      // A request that is sent to one station only (to verify an entry) is drawn to the address it queries.
      listener.told(sender, to.equals(Step.EVERYONE) ? to : arp.target().toString(),
          "ARP who has " + arp.target() + "?");
    } else {
      listener.told(sender, arp.target().toString(), "ARP " + sender + " is at " + arp.senderMac());
    }
  }

  private void readRarp(ByteBuf payload, String from, String to) {
    Rejection rejection = new Rejection();
    ArpPacket rarp = ArpPacket.parseReverse(payload, rejection);
    if (rarp == null) {
      malformed(from, to, "RARP", rejection);
    } else if (rarp.operation() == ArpPacket.REVERSE_REQUEST) {
      listener.told(from, to, "RARP which address has " + rarp.targetMac() + "?");
    } else {
      listener.told(from, to, "RARP " + rarp.targetMac() + " has " + rarp.target());
    }
  }

  private void readIp(ByteBuf payload, String from, String to, boolean group, PacketFacts facts) {
    Rejection rejection = new Rejection();
    IpHeaders headers = IpHeaders.parse(payload, rejection);
    if (headers == null) {
      malformed(from, to, IpHeaders.isIpv6(payload) ? "IPv6" : "IPv4", rejection);
      return;
    }
    String source = headers.source().toString();
    String destination = group || isGroup(headers.destination()) ? Step.EVERYONE : headers.destination().toString();
    ByteBuf data = payload.slice(payload.readerIndex() + headers.length(), headers.totalLength() - headers.length());
    if (headers.isFragment()) {
      listener.told(source, destination, "IP fragment " + data.readableBytes() + " B at " + headers.fragmentOffset()
          + (headers.moreFragments() ? "" : " (last)"));
      return;
    }
    EnclosingPacket carrier = EnclosingPacket.of(headers.source(), headers.destination(), headers.trafficClass() & 3,
        facts);
    switch (headers.protocol()) {
      case IpProtocol.ICMP -> readIcmp(data, source, destination);
      case IpProtocol.ICMPV6 -> readIcmpv6(data, carrier, source, destination);
      case IpProtocol.IGMP -> readIgmp(data, source, destination);
      case IpProtocol.UDP -> readUdp(data, carrier, source, destination);
      case IpProtocol.TCP -> readTcp(data, carrier, source, destination);
      default ->
        listener.told(source, destination, "IP protocol " + headers.protocol() + " " + data.readableBytes() + " B");
    }
  }

  private static boolean isGroup(IpAddress address) {
    return address.equals(Ipv4Address.BROADCAST) || address.isMulticast();
  }

  private void readTcp(ByteBuf bytes, EnclosingPacket carrier, String from, String to) {
    Rejection rejection = new Rejection();
    TcpSegment segment = TcpSegment.parse(bytes, carrier, rejection);
    if (segment == null) {
      malformed(from, to, "TCP", rejection);
    } else {
      listener.segment(segment);
    }
  }

  private void readIgmp(ByteBuf bytes, String from, String to) {
    Rejection rejection = new Rejection();
    IgmpMessage message = IgmpMessage.parse(bytes, rejection);
    if (message == null) {
      malformed(from, to, "IGMP", rejection);
    } else {
      listener.told(from, to, message.toString());
    }
  }

  private void readIcmp(ByteBuf bytes, String from, String to) {
    Rejection rejection = new Rejection();
    Icmpv4Header header = Icmpv4Header.parse(bytes, rejection);
    if (header == null) {
      malformed(from, to, "ICMP", rejection);
    } else {
      listener.told(from, to, IcmpTexts.of(header, bytes.skipBytes(header.length())));
    }
  }

  private void readIcmpv6(ByteBuf bytes, EnclosingPacket carrier, String from, String to) {
    Rejection rejection = new Rejection();
    if (MldMessage.isIn(bytes)) {
      MldMessage message = MldMessage.parse(bytes, carrier, rejection);
      if (message == null) {
        malformed(from, to, "MLD", rejection);
      } else {
        listener.told(from, to, message.toString());
      }
      return;
    }
    if (NdpMessage.isIn(bytes)) {
      NdpMessage message = NdpMessage.parse(bytes, carrier, rejection);
      if (message == null) {
        malformed(from, to, "NDP", rejection);
      } else {
        readNdp(message, carrier.source(), from, to);
      }
      return;
    }
    Icmpv6Header header = Icmpv6Header.parse(bytes, carrier, rejection);
    if (header == null) {
      malformed(from, to, "ICMPv6", rejection);
    } else {
      listener.told(from, to, IcmpTexts.of(header, bytes.skipBytes(header.length())));
    }
  }

  private void readNdp(NdpMessage message, IpAddress source, String from, String to) {
    if (source.isUnspecified() && message instanceof NdpMessage.NeighborSolicitation probe) {
      listener.told(from, to, "NDP probe: does anybody have " + probe.target() + "?");
      return;
    }
    learn(message.sourceLinkAddress(), source);
    if (message instanceof NdpMessage.NeighborAdvertisement neighbor) {
      learn(neighbor.targetLinkAddress(), neighbor.target());
    }
    listener.told(from, to, message.toString());
  }

  private void learn(@Nullable MacAddress station, IpAddress address) {
    if (station != null && stations.size() < STATIONS) {
      stations.put(station, address.toString());
    }
  }

  private void readUdp(ByteBuf bytes, EnclosingPacket carrier, String from, String to) {
    Rejection rejection = new Rejection();
    UdpHeader header = UdpHeader.parse(bytes, carrier, rejection);
    if (header == null) {
      listener.told(from, to, "malformed UDP" + rejection.text() + ", " + bytes.readableBytes() + " B");
      return;
    }
    byte[] data = ByteBufUtil.getBytes(
        bytes, bytes.readerIndex() + header.length(), header.totalLength() - header.length(), true);
    Upper upper = uppers.getOrDefault(header.destinationPort(), uppers.get(header.sourcePort()));
    Optional<String> said = upper == null ? Optional.empty() : described(upper, data);
    listener.told(from, to, said.or(() -> dhcp(header, data)).orElseGet(
        () -> "UDP " + header.sourcePort() + ">" + header.destinationPort() + " " + data.length + " B"));
  }

  private static Optional<String> dhcp(UdpHeader header, byte[] data) {
    int to = header.destinationPort();
    return to == DhcpMessage.SERVER_PORT || to == DhcpMessage.CLIENT_PORT
        ? Optional.ofNullable(DhcpMessage.parse(Unpooled.wrappedBuffer(data), Rejections.UNCOUNTED))
            .map(DhcpMessage::toString)
        : Optional.empty();
  }

  /** Describes {@code octets}; a describer that throws on data it cannot parse must not end the story. */
  static Optional<String> described(Upper upper, byte[] octets) {
    try {
      return upper.describer.describe(octets).map(text -> upper.prefix() + text);
    } catch (RuntimeException e) {
      return Optional.of(upper.prefix() + "not understood, " + octets.length + " B");
    }
  }

  private void malformed(String from, String to, String protocol, Rejection rejection) {
    listener.told(from, to, "malformed " + protocol + rejection.text());
  }

  private static String words(String constant) {
    return constant.toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** Keeps the reason for which a parser rejected its input. */
  private static final class Rejection implements Rejections {
    private @Nullable DropReason reason;

    @Override
    public void count(DropReason why) {
      reason = why;
    }

    String text() {
      return reason == null ? "" : ": " + words(reason.name());
    }
  }
}
