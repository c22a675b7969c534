package io.reactorstack.ip.input;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.IpDrop;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.Ipv4Sources;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Pdu;
import io.reactorstack.wire.DhcpMessage;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.Ipv4Options;
import io.reactorstack.wire.TransportPorts;
import io.reactorstack.wire.UdpHeader;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The input of IPv4 on one interface (RFC 791, RFC 1122 section 3.2.1). */
final class Ipv4Input {

  /** RFC 1858 3.2: the octets of a TCP header up to its flags. */
  private static final int TCP_FLAGS = 16;
  /** The smallest offset of a second fragment, in octets. */
  private static final int SMALLEST_OFFSET = 8;

  private final IpHost host;
  private final NetworkInterface networkInterface;
  private final PacketReassembly reassembly;
  private final LastReason defect = new LastReason();

  Ipv4Input(IpHost host, NetworkInterface networkInterface, PacketReassembly reassembly) {
    this.host = host;
    this.networkInterface = networkInterface;
    this.reassembly = reassembly;
  }

  InputDecision judge(Pdu unit, PacketFacts facts, boolean groupFrame) {
    ByteBuf bytes = unit.payload();
    Ipv4Header header = Ipv4Header.parse(bytes, defect);
    if (header == null) {
      return new InputDecision.Refused(unit, defect.take(), null);
    }
    NetworkInterface here = networkInterface;
    Ipv4Address destination = header.destination();
    boolean unicast = host.takes(destination, here);
    boolean group = groupFrame || destination.isMulticast() || here.isBroadcast(destination);
    if (!unicast && !group && here.isConfiguring() && isForDhcpClient(header, bytes)) {
      unicast = true;
    }
    if (!unicast && !here.isBroadcast(destination) && !here.listensTo(destination)) {
      // RFC 1812 5.3.4: a router does not forward a packet from a link-layer broadcast or multicast. The options of a
      // packet in transit are not checked here; a router would check them.
      return group
          ? new InputDecision.Refused(unit, IpDrop.NOT_FOR_US, null)
          : new InputDecision.Transit(packet(header, Ipv4Options.NONE, bytes, false, facts));
    }
    IpDrop reason = refusal(header, bytes, groupFrame && unicast);
    if (reason != null) {
      return new InputDecision.Refused(unit, reason, null);
    }
    if (header.isFragment()) {
      return onFragment(header, unit, group, facts);
    }
    Ipv4Options options = Ipv4Options.parse(bytes, defect);
    if (options == null) {
      int pointer = Ipv4Options.faultOf(bytes);
      InboundPacket refused = packet(header, Ipv4Options.NONE, bytes, group, facts);
      return new InputDecision.Refused(refused, defect.take(), complaint(refused, pointer));
    }
    return new InputDecision.Local(packet(header, arrived(options, destination, facts), bytes, group, facts));
  }

  /** RFC 1122 3.2.1.8 (e): the destination adds its time before it passes the options on. */
  private Ipv4Options arrived(Ipv4Options options, Ipv4Address destination, PacketFacts facts) {
    return options.length() != 0 && host.isLocal(destination)
        ? options.stamped(destination, host::isLocal, TimeUnit.NANOSECONDS.toMillis(facts.ingressNanos()))
        : options;
  }

  private InputDecision onFragment(Ipv4Header header, Pdu unit, boolean group, PacketFacts facts) {
    ByteBuf bytes = unit.payload();
    bytes.writerIndex(bytes.readerIndex() + header.totalLength());
    Fragment fragment = new Fragment(header, header.fragmentOffset(), header.moreFragments(), header.length(), group,
        bytes, facts, networkInterface);
    if (fragment.hasBadLength() || fragment.endsBeyondLimit()) {
      return new InputDecision.Refused(unit, IpDrop.BAD_FRAGMENT, null);
    }
    if (header.protocol() == IpProtocol.TCP && splitsTcpHeader(fragment)) {
      return new InputDecision.Refused(unit, IpDrop.TINY_FRAGMENT, null);
    }
    Pdu whole = reassembly.add(fragment, header.identification());
    return whole == null ? InputDecision.Fragmented.TAKEN : judge(whole, facts, false);
  }

  // RFC 1858 3.2, 4.2, RFC 3128 2.2: such fragments are made to get past packet filters.
  private static boolean splitsTcpHeader(Fragment fragment) {
    return fragment.offset() == SMALLEST_OFFSET || (fragment.offset() == 0 && fragment.length() < TCP_FLAGS);
  }

  /**
   * Returns the packet with {@code header}. Moves the indices of {@code bytes} to the payload, without link padding.
   */
  private InboundPacket packet(
      Ipv4Header header, Ipv4Options options, ByteBuf bytes, boolean group, PacketFacts facts) {
    int start = bytes.readerIndex();
    bytes.setIndex(start + header.length(), start + header.totalLength());
    return new InboundPacket(
        header, header.protocol(), options, header.length(), group, bytes, facts, networkInterface);
  }

  /** RFC 1122 3.2.2.5: the pointer identifies the faulty octet. */
  private static @Nullable PacketError complaint(InboundPacket packet, int pointer) {
    return pointer == Ipv4Options.UNTOLD ? null : new PacketError(packet, PacketError.Problem.HEADER_FIELD, pointer);
  }

  /**
   * Returns the reason to drop a well-formed packet to one of the host's addresses or groups, or {@code null} to accept
   * it.
   */
  private @Nullable IpDrop refusal(Ipv4Header header, ByteBuf bytes, boolean unicastInGroupFrame) {
    if (!isPossibleSource(header, bytes, networkInterface)) {
      return IpDrop.BAD_SOURCE;
    }
    // RFC 1122 3.2.1.7: a packet for this host is accepted with any TTL, even zero.
    return unicastInGroupFrame ? IpDrop.UNICAST_IN_GROUP_FRAME : null;
  }

  // RFC 1122 3.2.1.3: the source must be a single host, and on an interface other than loopback neither this host (LAND
  // attack) nor in 127/8.
  private boolean isPossibleSource(Ipv4Header header, ByteBuf bytes, NetworkInterface here) {
    Ipv4Address source = header.source();
    if (here.isLoopback()) {
      return host.isLocal(source);
    }
    if (source.isUnspecified() && isToDhcpServer(header, bytes)) {
      return true;
    }
    // RFC 3376 9.2, RFC 4541 2.1.1: hosts without an address send reports, and switches send queries, from 0.0.0.0.
    if (source.isUnspecified()) {
      return header.protocol() == IpProtocol.IGMP;
    }
    return Ipv4Sources.isSingleHost(source)
        && !source.isLoopback()
        && !here.isBroadcast(source)
        && !host.isLocal(source);
  }

  /** RFC 2131 2: servers send to the address that they assign, before the client has it. */
  private static boolean isForDhcpClient(Ipv4Header header, ByteBuf bytes) {
    return udpPort(header, bytes) == DhcpMessage.CLIENT_PORT && Ipv4Sources.isSingleHost(header.destination());
  }

  /** RFC 1122 3.2.1.3 (a): a host that does not know its address yet sends from 0.0.0.0. */
  private static boolean isToDhcpServer(Ipv4Header header, ByteBuf bytes) {
    return header.destination().isLimitedBroadcast() && udpPort(header, bytes) == DhcpMessage.SERVER_PORT;
  }

  /** Returns the destination port of an unfragmented UDP packet, or -1. */
  private static int udpPort(Ipv4Header header, ByteBuf bytes) {
    return header.protocol() == IpProtocol.UDP && !header.isFragment()
        && header.totalLength() >= header.length() + UdpHeader.LENGTH
            ? TransportPorts.destination(bytes, bytes.readerIndex() + header.length())
            : -1;
  }
}
