package io.reactorstack.ip;

import io.netty.buffer.ByteBuf;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Pdu;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.Ipv4Options;
import org.jspecify.annotations.Nullable;

/** The input of IPv4 on one interface (RFC 791, RFC 1122 section 3.2.1). */
final class Ipv4Input {

  private final IpHost host;
  private final NetworkInterface networkInterface;
  private final Drops drops;
  private final IpNotices notices;

  Ipv4Input(IpHost host, NetworkInterface networkInterface, IpNotices notices, Drops drops) {
    this.notices = notices;
    this.host = host;
    this.networkInterface = networkInterface;
    this.drops = drops;
  }

  @Nullable
  IpPacket decode(Pdu unit, PacketFacts facts, boolean groupFrame) {
    ByteBuf bytes = unit.payload();
    Ipv4Header header = Ipv4Header.parse(bytes, drops);
    if (header == null) {
      unit.release();
      return null;
    }
    IpDrop reason = refusal(header, groupFrame);
    if (reason != null) {
      drops.drop(unit, reason);
      return null;
    }
    boolean group = groupFrame || header.destination().isMulticast()
        || networkInterface.isBroadcast(header.destination());
    int start = bytes.readerIndex();
    IpPacket packet = packet(header, bytes, group, facts, networkInterface);
    Ipv4Options.Defect defect = Ipv4Options.defect(bytes, start + Ipv4Header.MINIMUM, bytes.readerIndex());
    if (defect != null) {
      if (defect.position() >= 0) {
        // RFC 1122 3.2.2.5
        notices.complain(new Complaint(packet, Complaint.Problem.HEADER_FIELD, defect.position() - start));
      }
      drops.drop(packet, defect.reason());
      return null;
    }
    return packet;
  }

  /** The packet behind {@code header}, without link padding; the buffer's indices move to its payload. */
  static IpPacket packet(
      Ipv4Header header, ByteBuf bytes, boolean broadcast, PacketFacts facts, @Nullable NetworkInterface ingress) {
    int start = bytes.readerIndex();
    bytes.setIndex(start + header.length(), start + header.totalLength());
    return new IpPacket(
        header.source(),
        header.destination(),
        header.protocol(),
        header.trafficClass(),
        header.ttl(),
        header.dontFragment(),
        broadcast,
        header.length(),
        bytes,
        facts,
        ingress);
  }

  /** Why the host does not take a well-formed packet, or {@code null} if it does. */
  private @Nullable IpDrop refusal(Ipv4Header header, boolean groupFrame) {
    NetworkInterface here = networkInterface;
    Ipv4Address destination = header.destination();
    boolean unicast = host.takes(destination, here);
    if (!unicast && !here.isBroadcast(destination) && !here.listensTo(destination)) {
      return IpDrop.NOT_FOR_US;
    }
    if (!isPossibleSource(header, here)) {
      return IpDrop.BAD_SOURCE;
    }
    if (groupFrame && unicast) {
      return IpDrop.UNICAST_IN_GROUP_FRAME;
    }
    // RFC 1122 3.2.1.7: a packet for this host is taken whatever its TTL, even zero.
    return header.isFragment() ? IpDrop.FRAGMENT : null;
  }

  // RFC 1122 3.2.1.3: a source is one host, and on a real link never ourselves (LAND) nor 127/8.
  private boolean isPossibleSource(Ipv4Header header, NetworkInterface here) {
    Ipv4Address source = header.source();
    if (here.isLoopback()) {
      return host.isLocal(source);
    }
    // RFC 3376 9.2, RFC 4541 2.1.1: hosts without an address report, and switches query from none.
    if (source.isUnspecified()) {
      return header.protocol() == IpProtocol.IGMP;
    }
    return Ipv4Sources.isSingleHost(source)
        && !source.isLoopback()
        && !here.isBroadcast(source)
        && !host.isLocal(source);
  }
}
