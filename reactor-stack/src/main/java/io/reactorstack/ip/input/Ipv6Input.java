package io.reactorstack.ip.input;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.IpDrop;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Pdu;
import io.reactorstack.wire.IcmpType;
import io.reactorstack.wire.IpDefect;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Options;
import io.reactorstack.wire.Ipv6Chain;
import io.reactorstack.wire.Ipv6FragmentHeader;
import io.reactorstack.wire.Ipv6Header;
import io.reactorstack.wire.UdpHeader;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The input of IPv6 on one interface (RFC 8200 sections 3 and 4). */
final class Ipv6Input {

  /** The first and the last type of the messages of neighbour discovery (RFC 4861 section 4). */
  private static final int ROUTER_SOLICITATION = 133;
  private static final int REDIRECT = 137;

  /** The offset of the payload length in the fixed header. */
  private static final int PAYLOAD_LENGTH = 4;
  /** The offset of the fragment offset in the fragment header. */
  private static final int FRAGMENT_OFFSET = 2;

  private static final int TCP_HEADER = 20;

  private final IpHost host;
  private final NetworkInterface networkInterface;
  private final PacketReassembly reassembly;
  private final LastReason defect = new LastReason();

  Ipv6Input(IpHost host, NetworkInterface networkInterface, PacketReassembly reassembly) {
    this.host = host;
    this.networkInterface = networkInterface;
    this.reassembly = reassembly;
  }

  InputDecision judge(Pdu unit, PacketFacts facts, boolean groupFrame) {
    return judge(unit, facts, groupFrame, false);
  }

  private InputDecision judge(Pdu unit, PacketFacts facts, boolean groupFrame, boolean reassembled) {
    ByteBuf bytes = unit.payload();
    Ipv6Header header = Ipv6Header.parse(bytes, defect);
    if (header == null) {
      return new InputDecision.Refused(unit, defect.take(), null);
    }
    int start = bytes.readerIndex();
    int end = start + Ipv6Header.LENGTH + header.payloadLength();
    Ipv6Address destination = header.destination();
    boolean unicast = host.takes(destination, networkInterface);
    boolean group = groupFrame || destination.isMulticast();
    if (!unicast && !isWantedGroup(destination)) {
      return group
          ? new InputDecision.Refused(unit, IpDrop.NOT_FOR_US, null)
          : new InputDecision.Transit(packet(header, Ipv6Chain.skim(bytes, start, end), bytes, end, false, facts));
    }
    IpDrop reason = refusal(header, groupFrame && unicast);
    if (reason != null) {
      return new InputDecision.Refused(unit, reason, null);
    }
    Ipv6Chain chain = Ipv6Chain.walk(bytes, start, end, group);
    return switch (chain.outcome()) {
      case PAYLOAD -> {
        InboundPacket packet = packet(header, chain, bytes, end, group, facts);
        yield (reassembled || chain.fragment() != null) && isDiscovery(packet)
            ? new InputDecision.Refused(packet, IpDrop.FRAGMENTED_DISCOVERY, null)
            : new InputDecision.Local(packet);
      }
      case PART -> reassembled
          ? new InputDecision.Refused(unit, IpDrop.BAD_FRAGMENT, null)
          : onFragment(header, chain, unit, group, facts);
      case DISCARD -> new InputDecision.Refused(unit, chain.reason(), null);
      case PROBLEM -> {
        // RFC 4443 2.4 (e.1): the payload decides whether an error may be sent, so find it behind the faulty header.
        InboundPacket packet = packet(header, Ipv6Chain.skim(bytes, start, end), bytes, end, group, facts);
        yield new InputDecision.Refused(packet, chain.reason(),
            new PacketError(packet, problem(chain), chain.pointer()));
      }
    };
  }

  private InputDecision onFragment(Ipv6Header header, Ipv6Chain chain, Pdu unit, boolean group, PacketFacts facts) {
    ByteBuf bytes = unit.payload();
    int start = bytes.readerIndex();
    int end = start + Ipv6Header.LENGTH + header.payloadLength();
    Ipv6FragmentHeader part = Objects.requireNonNull(chain.fragment());
    bytes.writerIndex(end);
    Fragment fragment = new Fragment(header, part.fragmentOffset(), part.moreFragments(),
        chain.length() + Ipv6FragmentHeader.LENGTH, group, bytes, facts, networkInterface);
    if (fragment.hasBadLength() || fragment.endsBeyondLimit()) {
      int pointer = fragment.hasBadLength() ? PAYLOAD_LENGTH : chain.length() + FRAGMENT_OFFSET;
      InboundPacket packet = fragment.length() == 0 ? null : packet(header, chain, bytes, end, group, facts);
      return new InputDecision.Refused(unit, IpDrop.BAD_FRAGMENT,
          packet == null ? null : new PacketError(packet, PacketError.Problem.HEADER_FIELD, pointer));
    }
    if (part.fragmentOffset() == 0 && !hasWholeChain(bytes)) {
      return new InputDecision.Refused(unit, IpDrop.TINY_FRAGMENT, new PacketError(
          packet(header, chain, bytes, end, group, facts), PacketError.Problem.INCOMPLETE_HEADERS, 0));
    }
    Pdu whole = reassembly.add(fragment, part.identification());
    return whole == null ? InputDecision.Fragmented.TAKEN : judge(whole, facts, false, true);
  }

  /** RFC 7112 5: a first fragment contains all headers, including that of the transport. */
  private static boolean hasWholeChain(ByteBuf bytes) {
    int start = bytes.readerIndex();
    Ipv6Chain chain = Ipv6Chain.skimFirstFragment(bytes, start, bytes.writerIndex());
    int left = bytes.readableBytes() - chain.length();
    return switch (chain.outcome()) {
      case PAYLOAD -> left >= switch (chain.next()) {
        case IpProtocol.TCP -> TCP_HEADER;
        case IpProtocol.UDP, IpProtocol.ICMPV6 -> UdpHeader.LENGTH;
        default -> 0;
      };
      case DISCARD -> chain.reason() == IpDefect.NO_NEXT_HEADER;
      case PART, PROBLEM -> false;
    };
  }

  private static boolean isDiscovery(InboundPacket packet) {
    int type = IcmpType.of(packet.payload());
    return packet.protocol() == IpProtocol.ICMPV6 && type >= ROUTER_SOLICITATION && type <= REDIRECT;
  }

  private boolean isWantedGroup(Ipv6Address destination) {
    return networkInterface.listensTo(destination) && networkInterface.carries(destination);
  }

  private static PacketError.Problem problem(Ipv6Chain chain) {
    return switch (chain.problem()) {
      case HEADER_FIELD -> PacketError.Problem.HEADER_FIELD;
      case NEXT_HEADER -> PacketError.Problem.NEXT_HEADER;
      case OPTION -> PacketError.Problem.OPTION;
    };
  }

  /**
   * Returns the packet with {@code header} and its extension headers. Moves the indices of {@code bytes} to the
   * payload, which ends at {@code end}.
   */
  private InboundPacket packet(
      Ipv6Header header, Ipv6Chain chain, ByteBuf bytes, int end, boolean group, PacketFacts facts) {
    bytes.setIndex(bytes.readerIndex() + chain.length(), end);
    return new InboundPacket(
        header, chain.next(), Ipv4Options.NONE, chain.length(), group, bytes, facts, networkInterface);
  }

  /** Returns the reason to drop a packet to one of the host's addresses or groups, or {@code null} to accept it. */
  private @Nullable IpDrop refusal(Ipv6Header header, boolean unicastInGroupFrame) {
    if (!isPossibleSource(header, networkInterface)) {
      return IpDrop.BAD_SOURCE;
    }
    return unicastInGroupFrame ? IpDrop.UNICAST_IN_GROUP_FRAME : null;
  }

  // RFC 4291 2.7: the source is never a group; 2.5.2: it is unspecified only while the sender configures an address,
  // which it does by multicast; and it is never this host (LAND attack).
  private boolean isPossibleSource(Ipv6Header header, NetworkInterface here) {
    Ipv6Address source = header.source();
    if (here.isLoopback()) {
      return host.isLocal(source);
    }
    if (source.isUnspecified()) {
      return header.destination().isMulticast();
    }
    return !source.isMulticast() && !source.isLoopback() && !host.isLocal(source);
  }
}
