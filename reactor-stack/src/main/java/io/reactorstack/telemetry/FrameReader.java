package io.reactorstack.telemetry;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.reactorstack.device.Frame;
import io.reactorstack.ip.IpPacket;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Rejections;
import io.reactorstack.wire.ArpPacket;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.EthernetHeader;
import io.reactorstack.wire.Icmpv4Header;
import io.reactorstack.wire.IgmpMessage;
import io.reactorstack.wire.IpHeaders;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.TcpSegment;
import io.reactorstack.wire.TransportPorts;
import io.reactorstack.wire.UdpHeader;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads frames with the codecs of the floors, and says what they tell; changes and keeps none. */
final class FrameReader {

  /** Takes what is read. */
  interface Listener {

    /** {@code from} tells {@code to} something in a frame that stands alone. */
    void told(String from, String to, String text);

    /** A TCP segment; lent for the call. */
    void segment(TcpSegment segment);
  }

  /** What speaks on a port, told with this prefix. */
  record Upper(String prefix, Describer describer) {}

  private static final int STATIONS = 1024;

  /** Characters of a link address. */
  private static final int MAC_TEXT = 17;

  private final Map<Integer, Upper> uppers;
  private final Listener listener;

  /** Addresses of stations, as ARP told them. */
  private final Map<MacAddress, String> stations = new LinkedHashMap<>();

  FrameReader(Map<Integer, Upper> uppers, Listener listener) {
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
      case EtherType.IPV4 -> readIpv4(payload, from, to, destination.isGroup(), frame.facts());
      case EtherType.IPV6 -> listener.told(from, to, "IPv6 " + payload.readableBytes() + " B");
      default -> listener.told(from, to, String.format("EtherType 0x%04x %d B", type, payload.readableBytes()));
    }
  }

  /** The address of the station that is called {@code party} in what was told before ARP told its address. */
  String known(String party) {
    return party.length() == MAC_TEXT && party.indexOf(':') == 2
        ? stations.getOrDefault(MacAddress.parse(party), party)
        : party;
  }

  void readBare(Frame frame) {
    readIpv4(frame.payload().slice(), "?", Step.EVERYONE, false, frame.facts());
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
      // Asked again of one station, a question goes to the address it asks for.
      listener.told(sender, to.equals(Step.EVERYONE) ? to : arp.target().toString(),
          "ARP who has " + arp.target() + "?");
    } else {
      listener.told(sender, arp.target().toString(), "ARP " + sender + " is at " + arp.senderMac());
    }
  }

  private void readIpv4(ByteBuf payload, String from, String to, boolean group, PacketFacts facts) {
    Rejection rejection = new Rejection();
    Ipv4Header header = Ipv4Header.parse(payload, rejection);
    if (header == null) {
      malformed(from, to, "IPv4", rejection);
      return;
    }
    String source = header.source().toString();
    String destination = group || isGroup(header.destination()) ? Step.EVERYONE : header.destination().toString();
    ByteBuf data = payload.slice(payload.readerIndex() + header.length(), header.totalLength() - header.length());
    if (header.isFragment()) {
      listener.told(source, destination, "IP fragment " + data.readableBytes() + " B at " + header.fragmentOffset()
          + (header.moreFragments() ? "" : " (last)"));
      return;
    }
    IpPacket packet = new IpPacket(header.source(), header.destination(), header.protocol(), header.trafficClass(),
        header.ttl(), header.dontFragment(), group, header.length(), data, facts);
    switch (header.protocol()) {
      case IpProtocol.ICMP -> readIcmp(packet, source, destination);
      case IpProtocol.IGMP -> readIgmp(packet, source, destination);
      case IpProtocol.UDP -> readUdp(packet, source, destination);
      case IpProtocol.TCP -> readTcp(packet, source, destination);
      default ->
        listener.told(source, destination, "IP protocol " + header.protocol() + " " + data.readableBytes() + " B");
    }
  }

  private static boolean isGroup(Ipv4Address address) {
    return address.isLimitedBroadcast() || address.isMulticast();
  }

  private void readTcp(IpPacket packet, String from, String to) {
    Rejection rejection = new Rejection();
    TcpSegment segment = TcpSegment.parse(packet.payload(), packet, rejection);
    if (segment == null) {
      malformed(from, to, "TCP", rejection);
    } else {
      listener.segment(segment);
    }
  }

  private void readIgmp(IpPacket packet, String from, String to) {
    Rejection rejection = new Rejection();
    IgmpMessage message = IgmpMessage.parse(packet.payload(), rejection);
    if (message == null) {
      malformed(from, to, "IGMP", rejection);
    } else {
      listener.told(from, to, message.toString());
    }
  }

  private void readIcmp(IpPacket packet, String from, String to) {
    Rejection rejection = new Rejection();
    ByteBuf bytes = packet.payload();
    Icmpv4Header header = Icmpv4Header.parse(bytes, rejection);
    if (header == null) {
      malformed(from, to, "ICMP", rejection);
    } else {
      listener.told(from, to, text(header, bytes.skipBytes(header.length())));
    }
  }

  private static String text(Icmpv4Header header, ByteBuf body) {
    return switch (header.type()) {
      case Icmpv4Header.ECHO_REQUEST -> "ping " + (header.rest() & 0xffff) + ", " + body.readableBytes() + " B";
      case Icmpv4Header.ECHO_REPLY -> "pong " + (header.rest() & 0xffff) + ", " + body.readableBytes() + " B";
      case Icmpv4Header.DESTINATION_UNREACHABLE -> unreachable(header) + quoted(body);
      case Icmpv4Header.TIME_EXCEEDED ->
        (header.code() == 0 ? "ICMP hop limit exceeded" : "ICMP reassembly time exceeded") + quoted(body);
      case Icmpv4Header.PARAMETER_PROBLEM -> "ICMP parameter problem" + quoted(body);
      default -> "ICMP type " + header.type() + " code " + header.code();
    };
  }

  private static String unreachable(Icmpv4Header header) {
    return "ICMP " + switch (header.code()) {
      case 0 -> "network unreachable";
      case 1 -> "host unreachable";
      case 2 -> "protocol unreachable";
      case 3 -> "port unreachable";
      case 4 -> "packet too big, mtu=" + (header.rest() & 0xffff);
      default -> "unreachable, code " + header.code();
    };
  }

  private static String quoted(ByteBuf quote) {
    IpHeaders headers = IpHeaders.parseQuoted(quote, Rejections.UNCOUNTED);
    if (headers == null) {
      return " (unreadable quote)";
    }
    int at = quote.readerIndex() + headers.length();
    boolean ports = TransportPorts.areIn(headers.protocol())
        && headers.fragmentOffset() == 0 && quote.writerIndex() - at >= TransportPorts.LENGTH;
    String protocol = switch (headers.protocol()) {
      case IpProtocol.UDP -> "UDP";
      case IpProtocol.TCP -> "TCP";
      case IpProtocol.ICMP -> "ICMP";
      default -> "protocol " + headers.protocol();
    };
    String port = ports ? ":" + TransportPorts.destination(quote, at) : "";
    return " (" + protocol + " to " + headers.destination() + port + ")";
  }

  private void readUdp(IpPacket packet, String from, String to) {
    Rejection rejection = new Rejection();
    ByteBuf bytes = packet.payload();
    UdpHeader header = UdpHeader.parse(bytes, packet, rejection);
    if (header == null) {
      listener.told(from, to, "malformed UDP" + rejection.text() + ", " + bytes.readableBytes() + " B");
      return;
    }
    byte[] data = ByteBufUtil.getBytes(
        bytes, bytes.readerIndex() + header.length(), header.totalLength() - header.length(), true);
    Upper upper = uppers.getOrDefault(header.destinationPort(), uppers.get(header.sourcePort()));
    Optional<String> said = upper == null ? Optional.empty() : described(upper, data);
    listener.told(from, to, said.orElseGet(
        () -> "UDP " + header.sourcePort() + ">" + header.destinationPort() + " " + data.length + " B"));
  }

  /** A describer that fails on what it cannot read must not end the story. */
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

  /** Why a parser refused. */
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
