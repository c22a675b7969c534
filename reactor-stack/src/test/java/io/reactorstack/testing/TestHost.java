package io.reactorstack.testing;

import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.LoopbackDevice;
import io.reactorstack.ethernet.EthernetDrop;
import io.reactorstack.ethernet.EthernetFrame;
import io.reactorstack.ethernet.EthernetLayer;
import io.reactorstack.icmp.IcmpHost;
import io.reactorstack.icmp.IcmpTypes;
import io.reactorstack.ip.IpHost;
import io.reactorstack.ip.IpInterface;
import io.reactorstack.ip.IpLayer;
import io.reactorstack.ip.IpPacket;
import io.reactorstack.ip.Route;
import io.reactorstack.ip.RoutingTable;
import io.reactorstack.layer.Demux;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.Egress;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.multicast.GroupHost;
import io.reactorstack.multicast.LinkFilter;
import io.reactorstack.neighbor.ArpLayer;
import io.reactorstack.neighbor.GroupAddresses;
import io.reactorstack.neighbor.NeighborCache;
import io.reactorstack.neighbor.NeighborSettings;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.udp.UdpHost;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.IpProtocol;
import java.time.Duration;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;

/** A host from device to UDP, assembled from the floors, for their tests: eth0 on a {@link TestDevice}, and lo. */
public final class TestHost {

  public final LoopTurn turn;
  public final Drops drops = new Drops();
  /** Where the buffers of datagrams come from that are sent. */
  public final CountingAllocator memory = new CountingAllocator();
  public final IpHost ip;
  public final TestDevice device;
  public final IpHost.Attachment eth0;
  public final IcmpHost icmp;
  public final GroupHost groups;
  public final UdpHost udp;
  public final Demux<Integer, IpPacket> protocols;
  public final @Nullable NeighborCache neighbors;
  public final @Nullable ArpLayer arp;
  public final @Nullable EthernetLayer ethernet;
  /** ARP claims and ICMP messages that were taken and not dropped. */
  public long handled;

  private final LoopbackDevice loopback;
  private final Disposable sending;

  /** An Ethernet host; the route of its network is there, others are the test's. */
  public static TestHost ethernet(VirtualLoop loop, String mac, String address) {
    return new TestHost(loop, DeviceCapabilities.ethernet(MacAddress.parse(mac), 1500), address);
  }

  /** A host on a medium of bare packets. */
  public static TestHost bare(VirtualLoop loop, String address) {
    return new TestHost(loop, DeviceCapabilities.ip(1500), address);
  }

  private TestHost(VirtualLoop loop, DeviceCapabilities capabilities, String address) {
    Random random = new Random(42);
    turn = loop.newTurn();
    ip = new IpHost(turn::now, Duration.ofMinutes(10));
    device = new TestDevice(turn, capabilities);
    MacAddress mac = capabilities.macAddress();
    IpPrefix prefix = IpPrefix.parse(address);
    eth0 = ip.attach(IpInterface.of("eth0", capabilities.mtu(), mac, prefix), new Egress<>(turn));
    IpHost.Attachment lo = ip.attach(IpInterface.loopback(), new Egress<>(turn));
    ip.routes(RoutingTable.of(Route.onLink(prefix, "eth0")));
    icmp = new IcmpHost(ip, turn, random, drops);
    groups = new GroupHost(turn, random, drops);
    udp = new UdpHost(ip, turn, icmp, groups, random, drops, memory);
    IpLayer layer = new IpLayer(ip, eth0, random, drops);
    layer.onUndelivered(icmp::undelivered);
    layer.onComplaint(icmp::complain);
    protocols = new Demux<>(IpPacket::protocol, icmp::protocolUnreachable, drops);

    if (mac == null) {
      ethernet = null;
      neighbors = null;
      arp = null;
      protocols.connect(layer.bare().receive(device.receive()));
      device.send(layer.bare().send(eth0.egress().flux())).subscribe();
    } else {
      ethernet = new EthernetLayer(mac, drops);
      ethernet.join(GroupAddresses.of(IpInterface.ALL_HOSTS));
      neighbors = new NeighborCache(turn, mac, eth0, random, NeighborSettings.DEFAULT, drops);
      neighbors.onUndeliverable(layer::nextHopUnreachable);
      eth0.onConfirmed(neighbors::confirm);
      ip.onGatewayFailure(neighbors::hasFailed);
      arp = new ArpLayer(mac, eth0, neighbors, turn, drops);
      Demux<Integer, EthernetFrame> types = new Demux<>(
          EthernetFrame::type, frame -> drops.drop(frame, EthernetDrop.UNKNOWN_TYPE), drops);
      types.connect(ethernet.receive(device.receive()));
      protocols.connect(layer.receive(types.branch(EtherType.IPV4)));
      arp.receive(types.branch(EtherType.ARP))
          .subscribe(
              claim -> {
                neighbors.accept(claim);
                handled++;
              });
      device.send(ethernet.send(neighbors.resolve(layer.send(eth0.egress().flux())))).subscribe();
    }

    loopback = new LoopbackDevice(turn, IpInterface.LOOPBACK_MTU);
    IpLayer local = new IpLayer(ip, lo, random, drops);
    local.onUndelivered(icmp::undelivered);
    protocols.connect(local.bare().receive(loopback.receive()));
    sending = loopback.send(local.bare().send(lo.egress().flux())).subscribe();

    icmp.ipv4Types().connect(counted(protocols.branch(IpProtocol.ICMP)));
    IcmpTypes icmpv6 = icmp.ipv6Types();
    groups.mld(icmpv6);
    icmpv6.connect(counted(protocols.branch(IpProtocol.ICMPV6)));
    groups.igmp(protocols.branch(IpProtocol.IGMP));
    groups.attach(eth0, filter(ethernet));
    groups.attach(lo, LinkFilter.NONE);
    udp.connect(protocols.branch(IpProtocol.UDP));
  }

  private static LinkFilter filter(@Nullable EthernetLayer ethernet) {
    return ethernet == null ? LinkFilter.NONE : new LinkFilter() {
      @Override
      public void join(IpAddress group) {
        ethernet.join(GroupAddresses.of(group));
      }

      @Override
      public void leave(IpAddress group) {
        ethernet.leave(GroupAddresses.of(group));
      }
    };
  }

  /** Counts as handled those of {@code packets} that are not dropped while they are taken. */
  private Flux<IpPacket> counted(Flux<IpPacket> packets) {
    return Flux.create(sink -> packets.subscribe(packet -> {
      long before = drops.total();
      sink.next(packet);
      handled += drops.total() == before ? 1 : 0;
    }, sink::error, sink::complete), FluxSink.OverflowStrategy.IGNORE);
  }

  /** Gives eth0 one more address, and the route to its network. */
  public TestHost address(String address) {
    IpPrefix prefix = IpPrefix.parse(address);
    eth0.update(eth0.current().withAddress(prefix));
    ip.routes(ip.routes().with(Route.onLink(prefix, "eth0")));
    return this;
  }

  /** Adds a default route. */
  public TestHost gateway(String address) {
    ip.routes(ip.routes().with(Route.defaultVia(IpAddress.parse(address), "eth0")));
    return this;
  }

  /** The host's first address. */
  public IpAddress address() {
    return eth0.current().addresses().get(0).address();
  }

  /** Releases everything. */
  public void close() {
    udp.close();
    groups.detach(eth0);
    icmp.close();
    device.dispose();
    sending.dispose();
    loopback.dispose();
    if (neighbors != null) {
      neighbors.close();
    }
  }
}
