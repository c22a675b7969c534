package io.reactorstack.ip.forward;

import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.ipv6;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.Frame;
import io.reactorstack.ip.IpDrop;
import io.reactorstack.ip.host.GroupFilter;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.Route;
import io.reactorstack.ip.host.RoutingTable;
import io.reactorstack.ip.input.ArrivalHook;
import io.reactorstack.ip.input.IpInput;
import io.reactorstack.ip.input.PacketError.Problem;
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
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.routing.ForwardingSettings;
import io.reactorstack.routing.ReversePath;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.TestInterfaces;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.wire.IpDefect;
import io.reactorstack.wire.Ipv4Header;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;

/** The decisions of a router about single packets. */
class ForwarderTest {

  private static final String NEAR = "10.0.0.2";
  private static final String FAR = "10.9.0.2";
  private static final String NEAR6 = "2001:db8:1::2";
  private static final String FAR6 = "2001:db8:2::2";
  private static final byte[] DATA = {1, 2, 3, 4, 5, 6, 7, 8, 9};

  /** A router with point-to-point interfaces: p0 to NEAR, p1 to FAR with a smaller MTU, p2 to other networks. */
  private static final class Router {

    final VirtualLoop loop = new VirtualLoop();
    final LoopTurn turn = loop.newTurn();
    final Drops drops = new Drops();
    final IpHost host = TestInterfaces.host();
    final TestInterfaces.Complained complained = new TestInterfaces.Complained();
    final List<IpAddress> redirects = new ArrayList<>();
    final NetworkInterface p0 = attach("p0", 1500, "10.0.0.1/24", "2001:db8:1::1/64");
    final NetworkInterface p1 = attach("p1", 1280, "10.9.0.1/24", "2001:db8:2::1/64");
    final NetworkInterface p2 = attach("p2", 1500, "10.8.0.1/24");
    final Link out0;
    final Link out1;
    final Link out2;
    final Forwarder forwarder;

    Router(UnaryOperator<ForwardingSettings> settings) {
      TestInterfaces.attachLoopback(host, new Egress<>(turn));
      host.network().routes(none -> RoutingTable.of(
          Route.onLink(IpPrefix.parse("10.0.0.0/24"), "p0"), Route.onLink(IpPrefix.parse("10.9.0.0/24"), "p1"),
          Route.onLink(IpPrefix.parse("10.8.0.0/24"), "p2"), Route.onLink(IpPrefix.parse("2001:db8:1::/64"), "p0"),
          Route.onLink(IpPrefix.parse("2001:db8:2::/64"), "p1"), Route.onLink(IpPrefix.parse("fe80::/64"), "p0")));
      forwarder = new Forwarder(host, turn, new Random(1),
          new Forwarder.Reports(complained, (packet, hop) -> redirects.add(hop)),
          HostMemory.unlimited(ByteBufAllocator.DEFAULT), drops,
          settings.apply(ForwardingSettings.DEFAULTS.withForwarding(true)), null);
      out0 = new Link(this, p0);
      out1 = new Link(this, p1);
      out2 = new Link(this, p2);
    }

    private NetworkInterface attach(String name, int mtu, String... addresses) {
      List<IpPrefix> own = Arrays.stream(addresses).map(IpPrefix::parse).toList();
      host.network().attach(name, DeviceCapabilities.ip(mtu), own);
      return host.open(host.addressesOf(name), Neighbors.NONE,
          GroupFilter.NONE, new Egress<>(turn));
    }

    /** Receives {@code packet} on {@code on} and completes the turn. */
    void receive(NetworkInterface on, byte[] packet, PacketFacts facts) {
      PacketReassembly reassembly = new PacketReassembly(
          turn, new Random(2), complained, HostMemory.unlimited(ByteBufAllocator.DEFAULT), drops);
      new IpInput(host, on, reassembly, complained, forwarder, ArrivalHook.NONE, drops).bare()
          .receive(Flux.just(new Frame(Unpooled.copiedBuffer(packet), facts)))
          .subscribe(local -> {
            throw new AssertionError("a packet in transit was accepted");
          });
      loop.settle();
    }

    void receive(byte[] packet) {
      receive(p0, packet, PacketFacts.receivedAt(0));
    }

    void assertRefused(byte[] packet, DropReason reason) {
      long before = drops.get(reason);
      receive(packet);
      assertThat(drops.get(reason)).as("%s of %s", reason, drops).isEqualTo(before + 1);
      assertThat(out0.packets).isEmpty();
      assertThat(out1.packets).isEmpty();
      assertThat(out2.packets).isEmpty();
    }
  }

  /** The packets that leave through one interface. */
  private static final class Link extends BaseSubscriber<Frame> {

    final List<byte[]> packets = new ArrayList<>();

    Link(Router router, NetworkInterface of) {
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

  private final Router router = new Router(settings -> settings);

  private static byte[] withHops(byte[] packet, int hops) {
    byte[] changed = packet.clone();
    if (packet[0] >>> 4 == 6) {
      changed[7] = (byte) hops;
      return changed;
    }
    changed[8] = (byte) hops;
    return Packets.fixIpv4(changed, 0);
  }

  private static byte[] mayBeCut(byte[] packet) {
    byte[] changed = packet.clone();
    changed[6] &= (byte) ~0x40;
    return Packets.fixIpv4(changed, 0);
  }

  @Test
  void aPacketLeavesUnchangedButForItsHopLimit() {
    byte[] v4 = ipv4(NEAR, FAR, 253, DATA);
    v4[1] = (byte) 0xb9;
    v4[4] = 0x12;
    Packets.fixIpv4(v4, 0);
    router.receive(v4);
    assertThat(router.out1.only()).isEqualTo(withHops(v4, 63));
    byte[] v6 = ipv6(NEAR6, FAR6, 253, DATA);
    v6[1] = 0x5a;
    router.receive(v6);
    assertThat(router.out1.only()).isEqualTo(withHops(v6, v6[7] - 1));
    assertThat(router.drops.snapshot()).isEmpty();
  }

  @Test
  void linkPaddingIsNotForwarded() {
    byte[] packet = ipv4(NEAR, FAR, 253, DATA);
    router.receive(Arrays.copyOf(packet, 46));
    assertThat(router.out1.only()).hasSize(packet.length);
  }

  @Test
  void aHostDoesNotForward() {
    Router off = new Router(settings -> settings.withForwarding(false));
    off.assertRefused(ipv4(NEAR, FAR, 253, DATA), IpDrop.NOT_FOR_US);
    off.assertRefused(ipv6(NEAR6, FAR6, 253, DATA), IpDrop.NOT_FOR_US);
    assertThat(off.complained.all).isEmpty();
  }

  @Test
  void theLastHopIsReported() {
    for (int hops = 0; hops < 2; hops++) {
      router.assertRefused(withHops(ipv4(NEAR, FAR, 253, DATA), hops), ForwardDrop.HOP_LIMIT_EXCEEDED);
      router.assertRefused(withHops(ipv6(NEAR6, FAR6, 253, DATA), hops), ForwardDrop.HOP_LIMIT_EXCEEDED);
    }
    assertThat(problems()).containsOnly(Problem.HOP_LIMIT_EXCEEDED).hasSize(4);
    router.receive(withHops(ipv4(NEAR, FAR, 253, DATA), 2));
    assertThat(router.out1.only()[8]).isEqualTo((byte) 1);
  }

  private List<Problem> problems() {
    return router.complained.all.stream().map(error -> error.problem()).toList();
  }

  @Test
  void martiansAreDroppedInSilence() {
    for (String source : new String[] {
        "0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "10.0.0.1", "10.9.0.1",
        "10.9.0.255"
    }) {
      router.assertRefused(ipv4(source, FAR, 253, DATA), ForwardDrop.MARTIAN_SOURCE);
    }
    for (String source : new String[] {"::", "::1", "ff02::1", "2001:db8:2::1", "::ffff:10.0.0.2"}) {
      router.assertRefused(ipv6(source, FAR6, 253, DATA), ForwardDrop.MARTIAN_SOURCE);
    }
    for (String destination : new String[] {"0.1.2.3", "127.0.0.2", "240.0.0.1"}) {
      router.assertRefused(ipv4(NEAR, destination, 253, DATA), ForwardDrop.MARTIAN_DESTINATION);
    }
    for (String destination : new String[] {"::", "::1", "100::1", "::ffff:10.9.0.2"}) {
      router.assertRefused(ipv6(NEAR6, destination, 253, DATA), ForwardDrop.MARTIAN_DESTINATION);
    }
    router.assertRefused(ipv4(NEAR, "10.9.0.255", 253, DATA), ForwardDrop.DIRECTED_BROADCAST);
    router.assertRefused(ipv4(NEAR, "224.1.2.3", 253, DATA), IpDrop.NOT_FOR_US);
    router.assertRefused(ipv4(NEAR, "255.255.255.254", 253, DATA), ForwardDrop.MARTIAN_DESTINATION);
    assertThat(router.complained.all).isEmpty();
  }

  @Test
  void addressesOfOneLinkStayThere() {
    router.assertRefused(ipv4("169.254.1.2", FAR, 253, DATA), ForwardDrop.BEYOND_SCOPE);
    router.assertRefused(ipv4(NEAR, "169.254.1.2", 253, DATA), ForwardDrop.BEYOND_SCOPE);
    router.assertRefused(ipv6(NEAR6, "fe80::2", 253, DATA), ForwardDrop.BEYOND_SCOPE);
    assertThat(router.complained.all).isEmpty();
    router.assertRefused(ipv6("fe80::2", FAR6, 253, DATA), ForwardDrop.BEYOND_SCOPE);
    assertThat(problems()).containsExactly(Problem.BEYOND_SCOPE);
  }

  @Test
  void aMissingRouteIsReported() {
    router.assertRefused(ipv4(NEAR, "198.51.100.1", 253, DATA), ForwardDrop.NO_ROUTE);
    router.assertRefused(ipv6(NEAR6, "2001:db8:ff::1", 253, DATA), ForwardDrop.NO_ROUTE);
    assertThat(problems()).containsExactly(Problem.NO_ROUTE, Problem.NO_ROUTE);
  }

  @Test
  void aPacketDoesNotReturnToItsPointToPointLink() {
    router.assertRefused(ipv4(NEAR, "10.0.0.9", 253, DATA), ForwardDrop.BACK_TO_SENDER);
    router.assertRefused(ipv6(NEAR6, "2001:db8:1::9", 253, DATA), ForwardDrop.BACK_TO_SENDER);
    assertThat(problems()).containsExactly(Problem.NEXT_HOP_UNREACHABLE, Problem.NEXT_HOP_UNREACHABLE);
  }

  @Test
  void longPacketsAreCutOrReported() {
    byte[] data = new byte[1400];
    new Random(4).nextBytes(data);
    router.assertRefused(ipv4(NEAR, FAR, 253, data), ForwardDrop.TOO_BIG);
    router.assertRefused(ipv6(NEAR6, FAR6, 253, data), ForwardDrop.TOO_BIG);
    assertThat(problems()).containsExactly(Problem.PACKET_TOO_BIG, Problem.PACKET_TOO_BIG);
    assertThat(router.complained.all).allSatisfy(error -> assertThat(error.detail()).isEqualTo(1280));

    router.receive(mayBeCut(ipv4(NEAR, FAR, 253, data, 148, 4, 0, 0, 7, 3, 4, 0)));
    assertThat(router.out1.packets).hasSize(2);
    byte[] first = router.out1.packets.getFirst();
    byte[] second = router.out1.packets.getLast();
    // The first fragment has both options, the second one only the router alert, whose copied flag is set.
    assertThat(first[0] & 0xf).isEqualTo(7);
    assertThat(second[0] & 0xf).isEqualTo(6);
    Ipv4Header a = Ipv4Header.parse(Unpooled.wrappedBuffer(first), router.drops);
    Ipv4Header b = Ipv4Header.parse(Unpooled.wrappedBuffer(second), router.drops);
    assertThat(a.moreFragments()).isTrue();
    assertThat(a.fragmentOffset()).isZero();
    assertThat(a.ttl()).isEqualTo(63);
    assertThat(b.moreFragments()).isFalse();
    assertThat(b.fragmentOffset()).isEqualTo(first.length - 28).isEqualTo(1248);
    assertThat(b.identification()).isEqualTo(a.identification());
    byte[] whole = Packets.concat(Arrays.copyOfRange(first, 28, first.length), Packets.from(second, 24));
    assertThat(whole).isEqualTo(data);
  }

  @Test
  void aFragmentIsCutAgain() {
    byte[] data = new byte[1400];
    byte[] fragment = mayBeCut(ipv4(NEAR, FAR, 253, data));
    // The third fragment of a packet, with more to come.
    Packets.putShort(fragment, 6, 0x2000 | 2800 / 8);
    router.receive(Packets.fixIpv4(fragment, 0));
    List<Ipv4Header> headers = router.out1.packets.stream()
        .map(packet -> Ipv4Header.parse(Unpooled.wrappedBuffer(packet), router.drops)).toList();
    assertThat(headers).extracting(Ipv4Header::fragmentOffset).containsExactly(2800, 2800 + 1256);
    assertThat(headers).allMatch(Ipv4Header::moreFragments);
    assertThat(headers.stream().mapToInt(header -> header.totalLength() - 20).sum()).isEqualTo(1400);
  }

  @Test
  void optionsArePassedOn() {
    router.receive(ipv4(NEAR, FAR, 253, DATA, 7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    byte[] recorded = router.out1.only();
    assertThat(Arrays.copyOfRange(recorded, 20, 32)).isEqualTo(Packets.octets(7, 11, 8, 10, 9, 0, 1, 0, 0, 0, 0, 0));
    router.receive(ipv4(NEAR, FAR, 253, DATA, 68, 12, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0));
    byte[] stamped = router.out1.only();
    assertThat(Arrays.copyOfRange(stamped, 20, 28)).isEqualTo(Packets.octets(68, 12, 13, 1, 10, 9, 0, 1));
    byte[] unknown = ipv4(NEAR, FAR, 253, DATA, 136, 4, 1, 2);
    router.receive(unknown);
    assertThat(router.out1.only()).isEqualTo(withHops(unknown, 63));

    router.assertRefused(ipv4(NEAR, FAR, 253, DATA, 7, 5, 4, 0), IpDefect.BAD_OPTION);
    assertThat(problems()).containsExactly(Problem.HEADER_FIELD);
    assertThat(router.complained.all.getFirst().detail()).isEqualTo(20);
    router.assertRefused(ipv4(NEAR, FAR, 253, DATA, 131, 7, 4, 10, 0, 0, 9, 0), IpDefect.SOURCE_ROUTE);
    assertThat(router.complained.all).hasSize(1);
  }

  @Test
  void aChecksumLeftToTheDeviceIsCompleted() {
    byte[] datagram = Packets.udp(NEAR, 1000, FAR, 2000, DATA);
    byte[] good = ipv4(NEAR, FAR, 17, datagram);
    byte[] partial = good.clone();
    Packets.putShort(partial, 26, 0x1234);
    router.receive(router.p0, partial, new PacketFacts(1, ChecksumState.VERIFIED, 0));
    assertThat(router.out1.only()).isEqualTo(withHops(good, 63));
    // A wrong checksum of another host is not repaired: the receiver must notice it.
    router.receive(partial);
    assertThat(router.out1.only()).isEqualTo(withHops(partial, 63));
    byte[] none = good.clone();
    Packets.putShort(none, 26, 0);
    router.receive(router.p0, none, new PacketFacts(1, ChecksumState.VERIFIED, 0));
    assertThat(router.out1.only()).isEqualTo(withHops(none, 63));
  }

  @Test
  void sourcesAreTestedAgainstTheRoutes() {
    Router strict = new Router(settings -> settings.withReversePath(ReversePath.STRICT));
    strict.assertRefused(ipv4("10.8.0.7", FAR, 253, DATA), ForwardDrop.REVERSE_PATH);
    strict.assertRefused(ipv4("198.51.100.7", FAR, 253, DATA), ForwardDrop.REVERSE_PATH);
    strict.assertRefused(ipv6(FAR6, FAR6, 253, DATA), ForwardDrop.REVERSE_PATH);
    strict.receive(ipv4(NEAR, FAR, 253, DATA));
    strict.out1.only();
    Router loose = new Router(settings -> settings.withReversePath(ReversePath.LOOSE));
    loose.receive(ipv4("10.8.0.7", FAR, 253, DATA));
    loose.out1.only();
    loose.assertRefused(ipv4("198.51.100.7", FAR, 253, DATA), ForwardDrop.REVERSE_PATH);
    assertThat(strict.complained.all).isEmpty();
    router.receive(ipv4("198.51.100.7", FAR, 253, DATA));
    router.out1.only();
  }

  @Test
  void equalRoutesShareTheFlows() {
    IpPrefix far = IpPrefix.parse("203.0.113.0/24");
    IpPrefix far6 = IpPrefix.parse("2001:db8:3::/64");
    router.host.network().routes(routes -> routes.with(new Route(far, IpAddress.parse("10.9.0.9"), "p1", 5))
        .with(new Route(far, IpAddress.parse("10.8.0.9"), "p2", 5))
        .with(new Route(far, IpAddress.parse("10.0.0.9"), "p0", 6))
        .with(new Route(far6, IpAddress.parse("2001:db8:2::9"), "p1", 0))
        .with(new Route(far6, IpAddress.parse("2001:db8:8::9"), "p2", 0)));
    Set<Integer> through1 = new HashSet<>();
    for (int port = 1; port <= 200; port++) {
      for (int i = 0; i < 3; i++) {
        router.receive(ipv4(NEAR, "203.0.113.7", 17, Packets.udp(NEAR, port, "203.0.113.7", 53, DATA)));
      }
      assertThat(router.out1.packets.size() + router.out2.packets.size()).isEqualTo(3);
      assertThat(router.out1.packets.size() % 3).as("the packets of a flow take one way").isZero();
      if (!router.out1.packets.isEmpty()) {
        through1.add(port);
      }
      router.out1.packets.clear();
      router.out2.packets.clear();
    }
    assertThat(through1).hasSizeBetween(50, 150);
    int labels = 0;
    for (int label = 1; label <= 200; label++) {
      byte[] packet = ipv6(NEAR6, "2001:db8:3::7", 253, DATA);
      Packets.putShort(packet, 2, label);
      router.receive(packet);
      labels += router.out1.packets.size();
      router.out1.packets.clear();
      router.out2.packets.clear();
    }
    assertThat(labels).isBetween(50, 150);
    // An interface without a carrier gets none.
    router.host.network().carrying("p1", false);
    for (int port = 1; port <= 50; port++) {
      router.receive(ipv4(NEAR, "203.0.113.7", 17, Packets.udp(NEAR, port, "203.0.113.7", 53, DATA)));
    }
    assertThat(router.out2.packets).hasSize(50);
  }

  @Test
  void theQueueOfAnInterfaceIsBounded() {
    Router small = new Router(settings -> settings.withQueueLimit(10));
    small.out1.cancel();
    small.loop.settle();
    for (int i = 0; i < 15; i++) {
      small.receive(ipv4(NEAR, FAR, 253, DATA));
      small.receive(ipv4(NEAR, "10.8.0.7", 253, DATA));
    }
    assertThat(small.drops.get(ForwardDrop.QUEUE_FULL)).isEqualTo(5);
    assertThat(small.out2.packets).as("packets for another interface").hasSize(15);
    small.forwarder.onDeviceGone(small.p1);
    assertThat(small.drops.get(ForwardDrop.DEVICE_GONE)).isEqualTo(10);
    small.forwarder.close();
  }

  @Test
  void rememberedDestinationsAreBounded() {
    router.host.network().routes(routes -> routes.with(Route.defaultVia(IpAddress.parse("10.8.0.9"), "p2")));
    for (int i = 0; i < 3 * TransitRoutes.MOST; i++) {
      router.receive(ipv4(NEAR, "198.18." + (i >> 8) + "." + (i & 0xff), 253, DATA));
    }
    assertThat(router.out2.packets).hasSize(3 * TransitRoutes.MOST);
    assertThat(router.forwarder.destinations()).isEqualTo(TransitRoutes.MOST);
    router.host.network().routes(routes -> routes.with(Route.defaultVia(IpAddress.parse("10.9.0.9"), "p1"))
        .without(route -> IpAddress.parse("10.8.0.9").equals(route.gateway())));
    router.receive(ipv4(NEAR, "198.18.0.1", 253, DATA));
    router.out1.only();
  }
}
