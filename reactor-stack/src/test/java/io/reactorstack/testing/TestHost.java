package io.reactorstack.testing;

import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.Frame;
import io.reactorstack.device.LoopbackDevice;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.ethernet.EthernetDrop;
import io.reactorstack.ethernet.EthernetFrame;
import io.reactorstack.ethernet.EthernetLayer;
import io.reactorstack.icmp.IcmpHost;
import io.reactorstack.icmp.IcmpSettings;
import io.reactorstack.icmp.IcmpTypes;
import io.reactorstack.ip.IpDrop;
import io.reactorstack.ip.host.GroupFilter;
import io.reactorstack.ip.host.InterfaceAddress;
import io.reactorstack.ip.host.InterfaceAddresses;
import io.reactorstack.ip.host.InterfaceSnapshot;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.OutboundPacket;
import io.reactorstack.ip.host.Route;
import io.reactorstack.ip.host.RoutingTable;
import io.reactorstack.ip.input.ArrivalHook;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.ip.input.IpInput;
import io.reactorstack.ip.input.PacketReassembly;
import io.reactorstack.ip.output.DepartureHook;
import io.reactorstack.ip.output.IpOutput;
import io.reactorstack.ip.output.PacketNumbers;
import io.reactorstack.layer.Demux;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.Egress;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.multicast.GroupHost;
import io.reactorstack.neighbor.AddressDefense;
import io.reactorstack.neighbor.ArpLayer;
import io.reactorstack.neighbor.GroupAddresses;
import io.reactorstack.neighbor.LinkContext;
import io.reactorstack.neighbor.LinkOutput;
import io.reactorstack.neighbor.NdpSender;
import io.reactorstack.neighbor.NeighborCache;
import io.reactorstack.neighbor.NeighborSettings;
import io.reactorstack.neighbor.Neighbors;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.udp.UdpHost;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.IpProtocol;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;

/**
 * A host with all layers from the device up to UDP, for tests of these layers: eth0 on a {@link TestDevice}, and lo.
 */
public final class TestHost {

  public final LoopTurn turn;
  public final Drops drops = new Drops();
  /** The allocator of the buffers of sent datagrams. */
  public final CountingAllocator memory = new CountingAllocator();
  public final IpHost ip;
  public final TestDevice device;
  public final NetworkInterface eth0;
  public final IcmpHost icmp;
  public final PacketReassembly reassembly;
  public final GroupHost groups;
  public final UdpHost udp;
  public final Demux<Integer, InboundPacket> protocols;
  public final @Nullable NeighborCache neighbors;
  public final @Nullable ArpLayer arp;
  public final @Nullable EthernetLayer ethernet;
  /** The number of ARP claims and ICMP messages consumed and not dropped. */
  public long handled;
  /** Addresses of this host that other stations have claimed, in order. */
  public final List<IpAddress> conflicts = new ArrayList<>();

  private final LoopbackDevice loopback;
  private final Disposable sending;

  /** Creates an Ethernet host with the route to its own network; the test adds other routes. */
  public static TestHost ethernet(VirtualLoop loop, String mac, String address) {
    return new TestHost(loop, DeviceCapabilities.ethernet(MacAddress.parse(mac), 1500), address,
        IcmpSettings.DEFAULTS);
  }

  /** Creates a host on a medium of bare packets. */
  public static TestHost bare(VirtualLoop loop, String address) {
    return bare(loop, address, IcmpSettings.DEFAULTS);
  }

  /** Creates a host on a medium of bare packets with these settings. */
  public static TestHost bare(VirtualLoop loop, String address, IcmpSettings settings) {
    return new TestHost(loop, DeviceCapabilities.ip(1500), address, settings);
  }

  private TestHost(VirtualLoop loop, DeviceCapabilities capabilities, String address, IcmpSettings settings) {
    Random random = new Random(42);
    turn = loop.newTurn();
    ip = TestInterfaces.host(turn::now, Duration.ofMinutes(10));
    device = new TestDevice(turn, capabilities);
    MacAddress mac = capabilities.macAddress();
    IpPrefix prefix = IpPrefix.parse(address);
    ip.network().attach("eth0", capabilities, List.of(prefix));
    InterfaceAddresses own = ip.addressesOf("eth0");
    Egress<OutboundPacket> egress = new Egress<>(turn);
    icmp = new IcmpHost(ip, turn, random, drops, ByteBufAllocator.DEFAULT, settings);
    reassembly = new PacketReassembly(turn, random, icmp, HostMemory.unlimited(ByteBufAllocator.DEFAULT), drops);
    groups = new GroupHost(ip, turn, random, drops, ByteBufAllocator.DEFAULT);
    udp = new UdpHost(ip, turn, icmp, groups, random, drops, memory);
    protocols = new Demux<>(InboundPacket::protocol, icmp::protocolUnreachable, drops);

    if (mac == null) {
      ethernet = null;
      neighbors = null;
      arp = null;
      eth0 = ip.open(own, Neighbors.NONE, GroupFilter.NONE, egress);
      IpOutput output = new IpOutput(ip, eth0, new PacketNumbers(random), DepartureHook.NONE, drops);
      protocols.connect(
          new IpInput(ip, eth0, reassembly, icmp, packet -> drops.drop(packet, IpDrop.NOT_FOR_US), ArrivalHook.NONE,
              drops)
              .bare().receive(received(device)));
      device.send(output.bare().send(eth0.egress().flux())).subscribe();
    } else {
      ethernet = new EthernetLayer(mac, drops);
      ethernet.join(GroupAddresses.of(InterfaceSnapshot.ALL_HOSTS));
      LinkContext link = new LinkContext(turn, mac, own, drops, HostMemory.unlimited(ByteBufAllocator.DEFAULT));
      LinkOutput frames = new LinkOutput(link);
      arp = new ArpLayer(link, frames, (own0, claimant) -> conflicts.add(own0), AddressDefense.ALWAYS);
      neighbors = new NeighborCache(
          link, frames, arp, new NdpSender(link, frames), ip::onNeighborFailureChanged, NeighborSettings.DEFAULT,
          random);
      eth0 = ip.open(own, neighbors, filter(ethernet), egress);
      IpOutput output = new IpOutput(ip, eth0, new PacketNumbers(random), DepartureHook.NONE, drops);
      Demux<Integer, EthernetFrame> types = new Demux<>(
          EthernetFrame::type, frame -> drops.drop(frame, EthernetDrop.UNKNOWN_TYPE), drops);
      types.connect(ethernet.receive(received(device)));
      protocols.connect(
          new IpInput(ip, eth0, reassembly, icmp, packet -> drops.drop(packet, IpDrop.NOT_FOR_US), ArrivalHook.NONE,
              drops)
              .receive(types.branch(EtherType.IPV4)));
      arp.receive(types.branch(EtherType.ARP))
          .subscribe(
              claim -> {
                neighbors.accept(claim);
                handled++;
              });
      device.send(ethernet.send(neighbors.resolve(output.send(eth0.egress().flux())))).subscribe();
    }

    ip.network().routes(none -> RoutingTable.of(Route.onLink(prefix, "eth0")));
    loopback = new LoopbackDevice(turn, NetworkInterface.LOOPBACK_MTU);
    NetworkInterface lo = TestInterfaces.attachLoopback(ip, new Egress<>(turn));
    IpOutput local = new IpOutput(ip, lo, new PacketNumbers(random), DepartureHook.NONE, drops);
    protocols.connect(
        new IpInput(ip, lo, reassembly, icmp, packet -> drops.drop(packet, IpDrop.NOT_FOR_US), ArrivalHook.NONE,
            drops)
            .bare().receive(received(loopback)));
    sending = loopback.send(local.bare().send(lo.egress().flux())).subscribe();

    icmp.ipv4Types().connect(counted(protocols.branch(IpProtocol.ICMP)));
    IcmpTypes icmpv6 = icmp.ipv6Types();
    groups.mld(icmpv6);
    icmpv6.connect(counted(protocols.branch(IpProtocol.ICMPV6)));
    groups.igmp(protocols.branch(IpProtocol.IGMP));
    groups.attach(eth0);
    groups.attach(lo);
    udp.connect(protocols.branch(IpProtocol.UDP));
  }

  private Flux<Frame> received(NetworkDevice from) {
    return FrameBalance.checked(from.receive(), drops.meters());
  }

  private static GroupFilter filter(@Nullable EthernetLayer ethernet) {
    return ethernet == null ? GroupFilter.NONE : new GroupFilter() {
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

  /** Counts the packets that are consumed without a drop as handled. */
  private Flux<InboundPacket> counted(Flux<InboundPacket> packets) {
    return Flux.create(sink -> packets.subscribe(packet -> {
      long before = drops.total();
      sink.next(packet);
      handled += drops.total() == before ? 1 : 0;
    }, sink::error, sink::complete), FluxSink.OverflowStrategy.IGNORE);
  }

  /** Adds an address to eth0, and the route to its network. */
  public TestHost address(String address) {
    IpPrefix prefix = IpPrefix.parse(address);
    ip.network().addAddress(eth0.name(), InterfaceAddress.manual(prefix));
    ip.network().routes(routes -> routes.with(Route.onLink(prefix, "eth0")));
    return this;
  }

  /** Adds a default route. */
  public TestHost gateway(String address) {
    ip.network().routes(routes -> routes.with(Route.defaultVia(IpAddress.parse(address), "eth0")));
    return this;
  }

  /** The host's first address. */
  public IpAddress address() {
    return eth0.addresses().get(0).address();
  }

  /** Releases all resources. */
  public void close() {
    udp.close();
    groups.detach(eth0);
    icmp.close();
    reassembly.close();
    device.dispose();
    sending.dispose();
    loopback.dispose();
    if (neighbors != null) {
      neighbors.close();
    }
  }
}
