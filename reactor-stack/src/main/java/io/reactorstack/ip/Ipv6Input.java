package io.reactorstack.ip;

import io.netty.buffer.ByteBuf;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Pdu;
import io.reactorstack.wire.Ipv6Chain;
import io.reactorstack.wire.Ipv6Header;
import org.jspecify.annotations.Nullable;

/** The input of IPv6 on one interface (RFC 8200 sections 3 and 4). */
final class Ipv6Input {

  private final IpHost host;
  private final NetworkInterface networkInterface;
  private final Drops drops;
  private final IpNotices notices;

  Ipv6Input(IpHost host, NetworkInterface networkInterface, IpNotices notices, Drops drops) {
    this.notices = notices;
    this.host = host;
    this.networkInterface = networkInterface;
    this.drops = drops;
  }

  @Nullable
  IpPacket decode(Pdu unit, PacketFacts facts, boolean groupFrame) {
    ByteBuf bytes = unit.payload();
    Ipv6Header header = Ipv6Header.parse(bytes, drops);
    if (header == null) {
      unit.release();
      return null;
    }
    IpDrop reason = refusal(header, groupFrame);
    if (reason != null) {
      drops.drop(unit, reason);
      return null;
    }
    int start = bytes.readerIndex();
    int end = start + Ipv6Header.LENGTH + header.payloadLength();
    boolean group = groupFrame || header.destination().isMulticast();
    Ipv6Chain chain = Ipv6Chain.walk(bytes, start, end, group);
    return switch (chain.outcome()) {
      case PAYLOAD -> {
        bytes.setIndex(start + chain.length(), end);
        yield packet(header, chain, bytes, group, facts, networkInterface);
      }
      case PART -> refuse(unit, IpDrop.FRAGMENT);
      case DISCARD -> refuse(unit, chain.reason());
      case PROBLEM -> {
        // RFC 4443 2.4 (e.1): what the packet carries decides whether it may be answered.
        Ipv6Chain skimmed = Ipv6Chain.skim(bytes, start, end);
        bytes.setIndex(start + skimmed.length(), end);
        notices.complain(
            new Complaint(packet(header, skimmed, bytes, group, facts, networkInterface), problem(chain),
                chain.pointer()));
        yield refuse(unit, chain.reason());
      }
    };
  }

  private static Complaint.Problem problem(Ipv6Chain chain) {
    return switch (chain.problem()) {
      case HEADER_FIELD -> Complaint.Problem.HEADER_FIELD;
      case NEXT_HEADER -> Complaint.Problem.NEXT_HEADER;
      case OPTION -> Complaint.Problem.OPTION;
    };
  }

  private @Nullable IpPacket refuse(Pdu unit, DropReason reason) {
    drops.drop(unit, reason);
    return null;
  }

  /** The packet behind {@code header} and its extensions; the buffer's indices stand at its payload. */
  static IpPacket packet(
      Ipv6Header header,
      Ipv6Chain chain,
      ByteBuf bytes,
      boolean group,
      PacketFacts facts,
      @Nullable NetworkInterface ingress) {
    return new IpPacket(
        header.source(),
        header.destination(),
        chain.next(),
        header.trafficClass(),
        header.hopLimit(),
        true,
        group,
        chain.length(),
        bytes,
        facts,
        ingress);
  }

  /** Why the host does not take a packet with this header, or {@code null} if it does. */
  private @Nullable IpDrop refusal(Ipv6Header header, boolean groupFrame) {
    NetworkInterface here = networkInterface;
    Ipv6Address destination = header.destination();
    boolean unicast = host.takes(destination, here);
    if (!unicast && !(here.listensTo(destination) && here.carries(destination))) {
      return IpDrop.NOT_FOR_US;
    }
    if (!isPossibleSource(header, here)) {
      return IpDrop.BAD_SOURCE;
    }
    return groupFrame && unicast ? IpDrop.UNICAST_IN_GROUP_FRAME : null;
  }

  // RFC 4291 2.7: never a group; 2.5.2: without an address only to a group, while it learns one; never ourselves (LAND).
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
