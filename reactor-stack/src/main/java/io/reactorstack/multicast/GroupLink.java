package io.reactorstack.multicast;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.InterfaceAddress;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.OriginatedPacket;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Originator;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.wire.GroupMessage;
import io.reactorstack.wire.IgmpMessage;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Options;
import io.reactorstack.wire.Ipv6Chain;
import io.reactorstack.wire.MldMessage;
import io.reactorstack.wire.PacketFields;
import io.reactorstack.wire.RouterAlert;
import java.net.SocketException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The groups of one interface: the filters of its listeners, merged for each group, and the reporters that send them to
 * the link.
 */
final class GroupLink {

  /** The maximum number of groups. */
  static final int MAX_GROUPS = 1024;

  private static final Ipv4Address IGMP_ROUTERS = new Ipv4Address(0xe000_0016);
  private static final Ipv4Address ALL_ROUTERS = new Ipv4Address(0xe000_0002);
  private static final Ipv6Address MLD_ROUTERS = new Ipv6Address(0xff02_0000_0000_0000L, 0x16);
  private static final Ipv6Address ALL_ROUTERS_V6 = new Ipv6Address(0xff02_0000_0000_0000L, 2);

  /** RFC 3376 4: type of service "internetwork control"; TTL 1, so that the packet does not leave the link. */
  private static final PacketFields IGMP_FIELDS = new PacketFields(0xc0, 1, true);

  /** RFC 3810 5: hop limit 1, so that the packet does not leave the link. */
  private static final PacketFields MLD_FIELDS = new PacketFields(0, 1, true);

  private final LoopTurn turn;
  private final IpHost host;
  private final NetworkInterface networkInterface;
  private final ByteBufAllocator allocator;
  private final Map<IpAddress, Map<Object, SourceFilter>> listeners = new LinkedHashMap<>();
  private final @Nullable Speaker igmp;
  private final @Nullable Speaker mld;
  private IpAddress linkLocal;

  GroupLink(LoopTurn turn, IpHost host, NetworkInterface networkInterface, RandomGenerator random,
      ByteBufAllocator allocator) {
    this.allocator = allocator;
    this.turn = turn;
    this.host = host;
    this.networkInterface = networkInterface;
    this.linkLocal = linkLocal();
    if (networkInterface.isLoopback()) {
      // No other host is on the loopback.
      igmp = null;
      mld = null;
      return;
    }
    ReportPacking v4 = ReportPacking.of(networkInterface.mtu(), 24, Ipv4Address.LENGTH);
    ReportPacking v6 = ReportPacking.of(networkInterface.mtu(), 48, Ipv6Address.LENGTH);
    igmp = new Speaker(
        turn, networkInterface.egress(), new Reporter(ReporterSettings.IGMP, v4, random), this::igmpPacket);
    mld = new Speaker(
        turn, networkInterface.egress(), new Reporter(ReporterSettings.MLD, v6, random), this::mldPacket);
  }

  /** Returns the reporter for groups of the IP version of {@code address}, or {@code null} on the loopback. */
  @Nullable
  Speaker speaker(IpAddress address) {
    return address.isV4() ? igmp : mld;
  }

  /** Implements IPMulticastListen of RFC 3376 section 2 for one listener. */
  void listen(Object listener, IpAddress group, SourceFilter wanted) throws SocketException {
    Map<Object, SourceFilter> of = listeners.get(group);
    if (of == null) {
      if (wanted.isNone()) {
        return;
      }
      if (listeners.size() >= MAX_GROUPS) {
        throw new SocketException("No buffer space available: more than " + MAX_GROUPS + " groups");
      }
      of = new LinkedHashMap<>();
      listeners.put(group, of);
      networkInterface.join(group);
    }
    change(of, listener, group, wanted);
  }

  /** Removes {@code listener} from {@code group}. */
  void leave(Object listener, IpAddress group) {
    Map<Object, SourceFilter> of = listeners.get(group);
    if (of != null) {
      change(of, listener, group, SourceFilter.NONE);
    }
  }

  private void change(Map<Object, SourceFilter> of, Object listener, IpAddress group, SourceFilter wanted) {
    if (wanted.isNone()) {
      of.remove(listener);
    } else {
      of.put(listener, wanted);
    }
    if (of.isEmpty()) {
      listeners.remove(group);
      networkInterface.leave(group);
    }
    Speaker speaker = speaker(group);
    if (speaker != null) {
      speaker.reporter().change(group, SourceFilter.merge(of.values()), turn.now());
      speaker.told();
    }
  }

  // RFC 3810 5.2.13: routers ignore reports from the unspecified address, so they are sent again from the new address.
  void addressesChanged() {
    IpAddress before = linkLocal;
    linkLocal = linkLocal();
    if (before.isUnspecified() && !linkLocal.isUnspecified()) {
      retell(mld);
    }
  }

  void retell() {
    retell(igmp);
    retell(mld);
  }

  private void retell(@Nullable Speaker speaker) {
    if (speaker != null) {
      speaker.reporter().retell(turn.now());
      speaker.told();
    }
  }

  private IpAddress linkLocal() {
    for (InterfaceAddress own : networkInterface.addresses()) {
      if (own.isAssigned() && own.address() instanceof Ipv6Address v6 && v6.isLinkLocal()) {
        return v6;
      }
    }
    return Ipv6Address.UNSPECIFIED;
  }

  private IpAddress ipv4Source() {
    for (InterfaceAddress own : networkInterface.addresses()) {
      if (own.address().isV4()) {
        return own.address();
      }
    }
    // RFC 3376 4.2.13: the source of reports until the interface has an address.
    return Ipv4Address.UNSPECIFIED;
  }

  private OriginatedPacket igmpPacket(GroupMessage.Statement message) {
    IgmpMessage igmpMessage = new IgmpMessage(message);
    ByteBuf bytes = Headroom.reserve(allocator, igmpMessage.length());
    igmpMessage.write(bytes);
    Destination route = host.onLink(networkInterface, destination(message, IGMP_ROUTERS, ALL_ROUTERS));
    // RFC 3376 4: the option makes routers examine every IGMP message that they forward.
    return new OriginatedPacket(route, ipv4Source(), IpProtocol.IGMP, IGMP_FIELDS, Ipv4Options.ROUTER_ALERT, bytes,
        PacketFacts.LOCAL, Originator.NOBODY);
  }

  private OriginatedPacket mldPacket(GroupMessage.Statement message) {
    IpAddress destination = destination(message, MLD_ROUTERS, ALL_ROUTERS_V6);
    MldMessage mldMessage = new MldMessage(message);
    ByteBuf bytes = Headroom.reserve(allocator, mldMessage.length());
    mldMessage.write(bytes, linkLocal, destination);
    RouterAlert.writeIpv6(bytes, IpProtocol.ICMPV6);
    Destination route = host.onLink(networkInterface, destination);
    return new OriginatedPacket(route, linkLocal, Ipv6Chain.HOP_BY_HOP, MLD_FIELDS, bytes, Originator.NOBODY);
  }

  private static IpAddress destination(GroupMessage.Statement message, IpAddress reports, IpAddress farewells) {
    return switch (message) {
      case GroupMessage.Joined joined -> joined.group();
      case GroupMessage.Left left -> farewells;
      case GroupMessage.Report report -> reports;
    };
  }

  void close() {
    if (igmp != null) {
      igmp.close();
    }
    if (mld != null) {
      mld.close();
    }
    listeners.clear();
  }
}
