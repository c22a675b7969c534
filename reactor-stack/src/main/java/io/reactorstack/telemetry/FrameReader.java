package io.reactorstack.telemetry;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.reactorstack.device.Frame;
import io.reactorstack.icmp.IcmpLayer;
import io.reactorstack.icmp.IcmpMessage;
import io.reactorstack.ip.IpPacket;
import io.reactorstack.layer.Drops;
import io.reactorstack.multicast.GroupMessage;
import io.reactorstack.multicast.IgmpCodec;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Rejections;
import io.reactorstack.wire.ArpPacket;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.EthernetHeader;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.TcpSegment;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

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

  private static final int UDP_HEADER = 8;
  private static final int STATIONS = 1024;

  /** Characters of a link address. */
  private static final int MAC_TEXT = 17;

  private final Map<Integer, Upper> uppers;
  private final Listener listener;

  /** Addresses of stations, as ARP told them. */
  private final Map<MacAddress, String> stations = new LinkedHashMap<>();
  private Drops drops = new Drops();

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
    ArpPacket arp = ArpPacket.parse(payload, rejection::accept);
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
    Ipv4Header header = Ipv4Header.parse(payload, rejection::accept);
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
    TcpSegment segment = TcpSegment.parse(packet.payload(), packet, rejection::accept);
    if (segment == null) {
      malformed(from, to, "TCP", rejection);
    } else {
      listener.segment(segment);
    }
  }

  private void readIgmp(IpPacket packet, String from, String to) {
    Rejection rejection = new Rejection();
    GroupMessage message = IgmpCodec.parse(packet.payload(), rejection::accept);
    if (message == null) {
      malformed(from, to, "IGMP", rejection);
    } else {
      listener.told(from, to, GroupTexts.of(message));
    }
  }

  private void readIcmp(IpPacket packet, String from, String to) {
    packet.payload().retain();
    // The stage is synchronous: the message, if it is one, has been seen when subscribe returns.
    boolean[] seen = new boolean[1];
    new IcmpLayer(drops).receive(Flux.just(packet)).subscribe(message -> {
      seen[0] = true;
      listener.told(from, to, text(message));
      message.release();
    });
    if (!seen[0]) {
      malformed(from, to, "ICMP");
    }
  }

  private static String text(IcmpMessage message) {
    return switch (message.type()) {
      case IcmpMessage.ECHO_REQUEST -> "ping " + message.sequence() + ", " + message.payload().readableBytes() + " B";
      case IcmpMessage.ECHO_REPLY -> "pong " + message.sequence() + ", " + message.payload().readableBytes() + " B";
      case IcmpMessage.DESTINATION_UNREACHABLE -> unreachable(message) + quoted(message);
      case IcmpMessage.TIME_EXCEEDED ->
        (message.code() == 0 ? "ICMP hop limit exceeded" : "ICMP reassembly time exceeded") + quoted(message);
      case IcmpMessage.PARAMETER_PROBLEM -> "ICMP parameter problem" + quoted(message);
      default -> "ICMP type " + message.type() + " code " + message.code();
    };
  }

  private static String unreachable(IcmpMessage message) {
    return "ICMP " + switch (message.code()) {
      case 0 -> "network unreachable";
      case 1 -> "host unreachable";
      case 2 -> "protocol unreachable";
      case 3 -> "port unreachable";
      case 4 -> "packet too big, mtu=" + (message.rest() & 0xffff);
      default -> "unreachable, code " + message.code();
    };
  }

  private static String quoted(IcmpMessage message) {
    ByteBuf quote = message.payload();
    Ipv4Header header = Ipv4Header.parseQuoted(quote, Rejections.UNCOUNTED);
    if (header == null) {
      return " (unreadable quote)";
    }
    int at = quote.readerIndex() + header.length();
    boolean ports = (header.protocol() == IpProtocol.UDP || header.protocol() == IpProtocol.TCP)
        && header.fragmentOffset() == 0 && quote.writerIndex() - at >= 4;
    String protocol = switch (header.protocol()) {
      case IpProtocol.UDP -> "UDP";
      case IpProtocol.TCP -> "TCP";
      case IpProtocol.ICMP -> "ICMP";
      default -> "protocol " + header.protocol();
    };
    return " (" + protocol + " to " + header.destination() + (ports ? ":" + quote.getUnsignedShort(at + 2) : "") + ")";
  }

  private void readUdp(IpPacket packet, String from, String to) {
    ByteBuf bytes = packet.payload();
    int at = bytes.readerIndex();
    int length = bytes.readableBytes() < UDP_HEADER ? 0 : bytes.getUnsignedShort(at + 4);
    if (length < UDP_HEADER || length > bytes.readableBytes()) {
      listener.told(from, to, "malformed UDP: bad length, " + bytes.readableBytes() + " B");
      return;
    }
    if (packet.facts().checksum() == PacketFacts.ChecksumState.IN_PACKET && !hasGoodChecksum(packet, length)) {
      listener.told(from, to, "malformed UDP: bad checksum, " + bytes.readableBytes() + " B");
      return;
    }
    int sourcePort = bytes.getUnsignedShort(at);
    int destinationPort = bytes.getUnsignedShort(at + 2);
    byte[] data = ByteBufUtil.getBytes(bytes, at + UDP_HEADER, length - UDP_HEADER, true);
    Upper upper = uppers.getOrDefault(destinationPort, uppers.get(sourcePort));
    Optional<String> said = upper == null ? Optional.empty() : described(upper, data);
    listener.told(from, to,
        said.orElseGet(() -> "UDP " + sourcePort + ">" + destinationPort + " " + data.length + " B"));
  }

  private static boolean hasGoodChecksum(IpPacket packet, int length) {
    ByteBuf bytes = packet.payload();
    int at = bytes.readerIndex();
    // RFC 768: a zero says that the sender made no checksum.
    return bytes.getUnsignedShort(at + 6) == 0
        || Checksum.verifies(Checksum.pseudoHeader(packet.source(), packet.destination(), IpProtocol.UDP, length)
            + Checksum.sum(bytes, at, length));
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

  /** As counted by a codec, of which it says no more than that. */
  private void malformed(String from, String to, String protocol) {
    String reason = String.join(", ", drops.snapshot().keySet());
    drops = new Drops();
    listener.told(from, to, "malformed " + protocol + ": " + words(reason.substring(reason.indexOf('.') + 1)));
  }

  private static String words(String constant) {
    return constant.toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** Why a parser refused. */
  private static final class Rejection {
    private @Nullable DropReason reason;

    void accept(DropReason why) {
      reason = why;
    }

    String text() {
      return reason == null ? "" : ": " + words(reason.name());
    }
  }
}
