package io.reactorstack.icmp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.Ipv4Sources;
import io.reactorstack.ip.host.LastDestination;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.ip.input.PacketError;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Originator;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.wire.IcmpType;
import io.reactorstack.wire.Icmpv4Header;
import io.reactorstack.wire.Icmpv6Header;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.Ipv4Options;
import io.reactorstack.wire.Ipv6Chain;
import io.reactorstack.wire.PacketFields;
import java.util.random.RandomGenerator;

/** Sends ICMP errors about received packets (RFC 1122 section 3.2.2, RFC 4443 section 2.4). */
final class IcmpErrors {

  private static final int PROTOCOL_UNREACHABLE = 2;
  private static final int PORT_UNREACHABLE = 3;
  private static final int PORT_UNREACHABLE_V6 = 4;
  private static final int UNKNOWN_NEXT_HEADER = 1;
  private static final int UNKNOWN_OPTION = 2;
  private static final int INCOMPLETE_HEADERS = 3;
  private static final int REASSEMBLY = 1;
  private static final int IN_TRANSIT = 0;
  private static final int NO_ROUTE = 0;
  private static final int HOST_UNREACHABLE = 1;
  private static final int ADDRESS_UNREACHABLE_V6 = 3;
  private static final int BEYOND_SCOPE_V6 = 2;
  private static final int FRAGMENTATION_NEEDED = 4;
  private static final int FOR_HOST = 1;
  private static final int PROHIBITED = 13;
  private static final int PROHIBITED_V6 = 1;

  /** The precedence of internetwork control in the traffic class. */
  private static final int INTERNETWORK_CONTROL = 0xc0;
  /** The bits of the type of service that do not belong to ECN. */
  private static final int TOS = 0x1c;

  private final IpHost host;
  private final LoopTurn turn;
  private final IcmpOutput output;
  private final LastDestination last;
  private final ErrorLimit limit;
  private final ByteBufAllocator allocator;
  private final IcmpMeters.OfBoth meters;
  private final boolean unreachables;

  IcmpErrors(
      IpHost host,
      LoopTurn turn,
      RandomGenerator random,
      IcmpOutput output,
      ByteBufAllocator allocator,
      IcmpMeters.OfBoth meters,
      IcmpSettings settings) {
    this.meters = meters;
    this.unreachables = settings.sendsUnreachables();
    this.allocator = allocator;
    this.host = host;
    this.turn = turn;
    this.output = output;
    this.last = new LastDestination(host);
    this.limit = new ErrorLimit(settings, random, turn.now());
  }

  void portUnreachable(InboundPacket packet) {
    if (!unreachables) {
      meters.of(packet.source().isV4()).suppressed().increment();
    } else if (packet.source().isV4()) {
      send(packet, Icmpv4Header.DESTINATION_UNREACHABLE, PORT_UNREACHABLE, 0, false);
    } else {
      send(packet, Icmpv6Header.DESTINATION_UNREACHABLE, PORT_UNREACHABLE_V6, 0, false);
    }
  }

  void protocolUnreachable(InboundPacket packet) {
    if (packet.source().isV4()) {
      if (!unreachables) {
        meters.v4().suppressed().increment();
        return;
      }
      send(packet, Icmpv4Header.DESTINATION_UNREACHABLE, PROTOCOL_UNREACHABLE, 0, false);
    } else {
      // RFC 8200 4: the pointer is the offset of the field with the unknown value.
      int pointer = offsetOfProtocol(packet);
      send(packet, Icmpv6Header.PARAMETER_PROBLEM, UNKNOWN_NEXT_HEADER, pointer, false);
    }
  }

  /**
   * Returns the offset, in octets, of the next-header field with the unknown value from the beginning of the received
   * packet's header.
   */
  private static int offsetOfProtocol(InboundPacket packet) {
    ByteBuf bytes = packet.payload();
    int start = bytes.readerIndex() - packet.headerLength();
    return Ipv6Chain.skim(bytes, start, bytes.writerIndex()).nameOffset();
  }

  void complain(PacketError complaint) {
    InboundPacket packet = complaint.packet();
    boolean v4 = packet.source().isV4();
    int problem = v4 ? Icmpv4Header.PARAMETER_PROBLEM : Icmpv6Header.PARAMETER_PROBLEM;
    int pointer = v4 ? complaint.detail() << 24 : complaint.detail();
    switch (complaint.problem()) {
      case HEADER_FIELD -> send(packet, problem, 0, pointer, false);
      case NEXT_HEADER -> send(packet, problem, UNKNOWN_NEXT_HEADER, pointer, false);
      // RFC 4443 2.4 (e.3): this error is sent even about a multicast.
      case OPTION -> send(packet, problem, UNKNOWN_OPTION, pointer, true);
      case INCOMPLETE_HEADERS -> send(packet, problem, INCOMPLETE_HEADERS, 0, false);
      case REASSEMBLY_TIME_EXCEEDED ->
        send(packet, v4 ? Icmpv4Header.TIME_EXCEEDED : Icmpv6Header.TIME_EXCEEDED, REASSEMBLY, 0, false);
      case HOP_LIMIT_EXCEEDED ->
        send(packet, v4 ? Icmpv4Header.TIME_EXCEEDED : Icmpv6Header.TIME_EXCEEDED, IN_TRANSIT, 0, false);
      case NO_ROUTE -> unreachable(packet, NO_ROUTE, NO_ROUTE);
      case NEXT_HOP_UNREACHABLE -> unreachable(packet, HOST_UNREACHABLE, ADDRESS_UNREACHABLE_V6);
      case PROHIBITED -> unreachable(packet, PROHIBITED, PROHIBITED_V6);
      case PORT_UNREACHABLE -> unreachable(packet, PORT_UNREACHABLE, PORT_UNREACHABLE_V6);
      case BEYOND_SCOPE -> unreachable(packet, HOST_UNREACHABLE, BEYOND_SCOPE_V6);
      case PACKET_TOO_BIG -> tooBig(packet, complaint.detail());
    }
  }

  private void unreachable(InboundPacket packet, int code, int codeOfIpv6) {
    if (packet.source().isV4()) {
      send(packet, Icmpv4Header.DESTINATION_UNREACHABLE, code, 0, false);
    } else {
      send(packet, Icmpv6Header.DESTINATION_UNREACHABLE, codeOfIpv6, 0, false);
    }
  }

  private void tooBig(InboundPacket packet, int mtu) {
    if (packet.source().isV4()) {
      // RFC 1191 4: the MTU is in the low half of the second word.
      send(packet, Icmpv4Header.DESTINATION_UNREACHABLE, FRAGMENTATION_NEEDED, Math.min(mtu, 0xffff), false);
    } else {
      // RFC 4443 2.4 (e.3): this error is sent even about a multicast.
      send(packet, Icmpv6Header.PACKET_TOO_BIG, 0, mtu, true);
    }
  }

  /** Informs the sender of {@code packet} that {@code firstHop} is a better first hop for it (RFC 792). */
  void redirect(InboundPacket packet, Ipv4Address firstHop) {
    send(packet, Icmpv4Header.REDIRECT, FOR_HOST, firstHop.bits(), false);
  }

  /** Returns whether a redirect of IPv6 about {@code packet} may be sent now, and counts it as an error. */
  boolean allowsRedirect(InboundPacket packet) {
    boolean allowed = mayReport(packet, false) && limit.allows(packet.source(), turn.now());
    (allowed ? meters.v6().errors() : meters.v6().suppressed()).increment();
    return allowed;
  }

  private void send(InboundPacket packet, int type, int code, int rest, boolean evenToGroup) {
    IcmpMeters own = meters.of(packet.source().isV4());
    Destination path = mayReport(packet, evenToGroup) ? last.to(packet.peer()) : null;
    if (path == null || !limit.allows(packet.source(), turn.now())) {
      own.suppressed().increment();
      return;
    }
    // RFC 4443 2.2: send from the address that the packet was sent to, if it is unicast. RFC 1812 4.3.2.4: about a
    // packet in transit, from an address of the interface over which the error leaves.
    boolean local = host.isLocal(packet.destination());
    IpAddress from = local ? packet.destination() : path.source();
    // RFC 1812 4.3.2.5: the error of a router has the TOS of the packet, and the precedence of internetwork control.
    int trafficClass = local || !from.isV4() ? 0 : INTERNETWORK_CONTROL | packet.trafficClass() & TOS;
    var error = new IcmpOutput.Message(type, code, rest, Ipv4Options.NONE, IcmpQuote.of(packet, allocator));
    if (output.offer(path, from, new PacketFields(trafficClass, path.hopLimit(), true), error, Originator.NOBODY)) {
      own.errors().increment();
    } else {
      own.suppressed().increment();
    }
  }

  // RFC 1122 3.2.2, RFC 4443 2.4 (e): no error about an ICMP error, a broadcast or multicast, a later fragment of IPv4,
  // or a packet whose source is not a single host.
  private boolean mayReport(InboundPacket packet, boolean evenToGroup) {
    IpAddress source = packet.source();
    return (!packet.broadcast() || evenToGroup)
        && Ipv4Sources.isSingleHost(source)
        && !host.isBroadcast(source)
        && (!source.isLoopback() || packet.destination().isLoopback())
        && !(packet.header() instanceof Ipv4Header header && header.fragmentOffset() != 0)
        && !IcmpType.isError(packet.protocol(), packet.payload());
  }

  long sent() {
    return meters.v4().errors().getAsLong() + meters.v6().errors().getAsLong();
  }

  long suppressed() {
    return meters.v4().suppressed().getAsLong() + meters.v6().suppressed().getAsLong();
  }
}
