package io.reactorstack.ip.forward;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.Frame;
import io.reactorstack.ethernet.EthernetFrame;
import io.reactorstack.icmp.IcmpHost;
import io.reactorstack.icmp.IcmpSettings;
import io.reactorstack.ip.host.GroupFilter;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.Route;
import io.reactorstack.ip.host.RoutingTable;
import io.reactorstack.ip.input.ArrivalHook;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.ip.input.IpInput;
import io.reactorstack.ip.input.PacketError;
import io.reactorstack.ip.input.PacketReassembly;
import io.reactorstack.ip.output.DepartureHook;
import io.reactorstack.ip.output.IpOutput;
import io.reactorstack.ip.output.PacketNumbers;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.Egress;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.neighbor.Neighbors;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.routing.ForwardingSettings;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.TestInterfaces;
import io.reactorstack.testing.VirtualLoop;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;

/**
 * A router with point-to-point interfaces: p0 to {@link #NEAR}, p1 to {@link #FAR} with a smaller MTU, p2 to other
 * networks; and e0, an Ethernet interface, to {@link #HOME}.
 */
final class TestRouter {

  static final String NEAR = "10.0.0.2";
  static final String FAR = "10.9.0.2";
  static final String HOME = "10.7.0.2";
  static final String NEAR6 = "2001:db8:1::2";
  static final String FAR6 = "2001:db8:2::2";
  /** Settings of ICMP with a rate limit that single tests do not reach. */
  static final IcmpSettings FAST = IcmpSettings.DEFAULTS.withErrorRateToOne(1000, 1000);
  static final byte[] DATA = {1, 2, 3, 4, 5, 6, 7, 8, 9};

  final VirtualLoop loop = new VirtualLoop();
  final LoopTurn turn = loop.newTurn();
  final Drops drops = new Drops();
  final IpHost host = TestInterfaces.host();
  final TestInterfaces.Complained complained = new TestInterfaces.Complained();
  final List<IpAddress> redirects = new ArrayList<>();
  /** The packets that were accepted as the router's own. */
  final List<InboundPacket> delivered = new ArrayList<>();
  final NetworkInterface p0 = attach("p0", DeviceCapabilities.ip(1500), "10.0.0.1/24", "2001:db8:1::1/64");
  final NetworkInterface p1 = attach("p1", DeviceCapabilities.ip(1280), "10.9.0.1/24", "2001:db8:2::1/64");
  final NetworkInterface p2 = attach("p2", DeviceCapabilities.ip(1500), "10.8.0.1/24");
  final NetworkInterface e0 = attach(
      "e0", DeviceCapabilities.ethernet(MacAddress.parse("02:00:00:00:00:01"), 1500), "10.7.0.1/24");
  final Link out0;
  final Link out1;
  final Link out2;
  final Link home;
  final Forwarder forwarder;
  private final @Nullable IcmpHost icmp;

  /** Creates a router that records errors and does not send them. */
  static TestRouter recording(UnaryOperator<ForwardingSettings> settings) {
    return new TestRouter(settings, null);
  }

  /** Creates a router that sends errors and redirects of ICMP. */
  static TestRouter reporting(UnaryOperator<ForwardingSettings> settings, IcmpSettings icmp) {
    return new TestRouter(settings, icmp);
  }

  private TestRouter(UnaryOperator<ForwardingSettings> settings, @Nullable IcmpSettings icmpSettings) {
    icmp = icmpSettings == null
        ? null
        : new IcmpHost(host, turn, new Random(4), drops, ByteBufAllocator.DEFAULT, icmpSettings);
    TestInterfaces.attachLoopback(host, new Egress<>(turn));
    host.network().routes(none -> RoutingTable.of(
        Route.onLink(IpPrefix.parse("10.0.0.0/24"), "p0"), Route.onLink(IpPrefix.parse("10.9.0.0/24"), "p1"),
        Route.onLink(IpPrefix.parse("10.8.0.0/24"), "p2"), Route.onLink(IpPrefix.parse("2001:db8:1::/64"), "p0"),
        Route.onLink(IpPrefix.parse("2001:db8:2::/64"), "p1"), Route.onLink(IpPrefix.parse("fe80::/64"), "p0"),
        Route.onLink(IpPrefix.parse("10.7.0.0/24"), "e0")));
    forwarder = new Forwarder(host, turn, new Random(1), new Forwarder.Reports(this::complain, this::redirect),
        HostMemory.unlimited(ByteBufAllocator.DEFAULT), drops,
        settings.apply(ForwardingSettings.DEFAULTS.withForwarding(true)), null);
    out0 = new Link(this, p0);
    out1 = new Link(this, p1);
    out2 = new Link(this, p2);
    home = new Link(this, e0);
  }

  private NetworkInterface attach(String name, DeviceCapabilities capabilities, String... addresses) {
    List<IpPrefix> own = Arrays.stream(addresses).map(IpPrefix::parse).toList();
    host.network().attach(name, capabilities, own);
    return host.open(host.addressesOf(name), Neighbors.NONE, GroupFilter.NONE, new Egress<>(turn));
  }

  private void complain(PacketError error) {
    complained.complain(error);
    if (icmp != null) {
      icmp.complain(error);
    }
  }

  private void redirect(InboundPacket packet, IpAddress firstHop) {
    redirects.add(firstHop);
    if (icmp != null && firstHop instanceof Ipv4Address v4) {
      icmp.redirect(packet, v4);
    }
  }

  private IpInput input(NetworkInterface on) {
    PacketReassembly reassembly = new PacketReassembly(
        turn, new Random(2), this::complain, HostMemory.unlimited(ByteBufAllocator.DEFAULT), drops);
    return new IpInput(host, on, reassembly, this::complain, forwarder, ArrivalHook.NONE, drops);
  }

  private void deliver(InboundPacket packet) {
    delivered.add(packet);
    packet.release();
  }

  /** Receives {@code packet} on {@code on} and completes the turn. */
  void receive(NetworkInterface on, byte[] packet, PacketFacts facts) {
    input(on).bare().receive(Flux.just(new Frame(Unpooled.copiedBuffer(packet), facts))).subscribe(this::deliver);
    loop.settle();
  }

  /** Receives {@code packet} on {@code on} and completes the turn. */
  void receive(NetworkInterface on, byte[] packet) {
    receive(on, packet, PacketFacts.receivedAt(0));
  }

  /** Receives {@code packet} on p0 and completes the turn. */
  void receive(byte[] packet) {
    receive(p0, packet);
  }

  /** Receives {@code packet} on e0 in a frame to {@code destination} and completes the turn. */
  void receiveFrame(MacAddress destination, byte[] packet) {
    int type = packet[0] >>> 4 == 6 ? 0x86dd : 0x800;
    input(e0).receive(Flux.just(new EthernetFrame(destination, MacAddress.parse("02:00:00:00:00:02"), type,
        Unpooled.copiedBuffer(packet), PacketFacts.receivedAt(0)))).subscribe(this::deliver);
    loop.settle();
  }

  /** Returns all packets that have left since the last call. */
  List<byte[]> sent() {
    List<byte[]> all = new ArrayList<>();
    for (Link each : List.of(out0, out1, out2, home)) {
      all.addAll(each.packets);
      each.packets.clear();
    }
    return all;
  }

  /** Receives {@code packet} on p0, and checks that it is dropped for {@code reason} and that nothing leaves. */
  void assertRefused(byte[] packet, DropReason reason) {
    long before = drops.get(reason);
    receive(packet);
    assertThat(drops.get(reason)).as("%s of %s", reason, drops).isEqualTo(before + 1);
    assertThat(sent()).isEmpty();
    assertThat(delivered).isEmpty();
  }

  /** Adds a route to {@code prefix} over {@code gateway} on the interface {@code name}. */
  void route(String prefix, String gateway, String name, int metric) {
    host.network().routes(
        routes -> routes.with(new Route(IpPrefix.parse(prefix), IpAddress.parse(gateway), name, metric)));
  }

  /** Receives {@code packet} with 64 hops on p0, and checks that it leaves through p1 with 63, otherwise unchanged. */
  void assertPasses(byte[] packet) {
    receive(packet);
    assertThat(out1.only()).isEqualTo(withHops(packet, 63));
    assertThat(sent()).isEmpty();
  }

  /** Checks that {@code packet}, which arrives on p0, is counted as dropped, and that nothing leaves. */
  void assertSilent(byte[] packet, PacketFacts facts) {
    long before = drops.total();
    receive(p0, packet, facts);
    assertThat(drops.total()).isEqualTo(before + 1);
    assertThat(sent()).isEmpty();
    assertThat(delivered).isEmpty();
  }

  /** Checks that {@code packet}, which arrives on p0, is counted as dropped, and that nothing leaves. */
  void assertSilent(byte[] packet) {
    assertSilent(packet, PacketFacts.receivedAt(0));
  }

  /** Returns the only packet that leaves through p0 because of {@code packet}, which arrives there. */
  byte[] answer(byte[] packet) {
    receive(packet);
    return out0.only();
  }

  /** Checks that {@code packet}, which arrives on p0, causes only an error with {@code code} that quotes all of it. */
  void assertError(byte[] packet, int type, int code) {
    byte[] error = answer(packet);
    int at = error[0] >>> 4 == 4 ? 20 : 40;
    assertThat(Arrays.copyOfRange(error, at, at + 2)).isEqualTo(Packets.octets(type, code));
    assertThat(Packets.from(error, at + 8)).isEqualTo(packet);
    assertThat(sent()).isEmpty();
  }

  /** The packets that leave through one interface. */
  static final class Link extends BaseSubscriber<Frame> {

    final List<byte[]> packets = new ArrayList<>();

    private Link(TestRouter router, NetworkInterface of) {
      new IpOutput(router.host, of, new PacketNumbers(new Random(3)), DepartureHook.NONE, router.drops).bare()
          .send(of.egress().flux())
          .subscribe(this);
    }

    @Override
    protected void hookOnNext(Frame frame) {
      packets.add(ByteBufUtil.getBytes(frame.payload()));
      frame.release();
    }

    byte[] only() {
      assertThat(packets).hasSize(1);
      return packets.removeFirst();
    }
  }

  /** Returns {@code packet} with another octet, and for IPv4 with the checksum that belongs to it. */
  static byte[] with(byte[] packet, int index, int value) {
    byte[] changed = packet.clone();
    changed[index] = (byte) value;
    return packet[0] >>> 4 == 4 ? Packets.fixIpv4(changed, 0) : changed;
  }

  static byte[] withHops(byte[] packet, int hops) {
    byte[] changed = packet.clone();
    if (packet[0] >>> 4 == 6) {
      changed[7] = (byte) hops;
      return changed;
    }
    changed[8] = (byte) hops;
    return Packets.fixIpv4(changed, 0);
  }

  static byte[] mayBeCut(byte[] packet) {
    byte[] changed = packet.clone();
    changed[6] &= (byte) ~0x40;
    return Packets.fixIpv4(changed, 0);
  }
}
