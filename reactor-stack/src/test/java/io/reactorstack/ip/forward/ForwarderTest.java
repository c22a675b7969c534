package io.reactorstack.ip.forward;

import static io.reactorstack.ip.forward.TestRouter.DATA;
import static io.reactorstack.ip.forward.TestRouter.FAR;
import static io.reactorstack.ip.forward.TestRouter.FAR6;
import static io.reactorstack.ip.forward.TestRouter.NEAR;
import static io.reactorstack.ip.forward.TestRouter.NEAR6;
import static io.reactorstack.ip.forward.TestRouter.mayBeCut;
import static io.reactorstack.ip.forward.TestRouter.withHops;
import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.ipv6;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.reactorstack.ip.IpDrop;
import io.reactorstack.ip.host.Route;
import io.reactorstack.ip.input.PacketError.Problem;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.routing.ReversePath;
import io.reactorstack.testing.Packets;
import io.reactorstack.wire.IpDefect;
import io.reactorstack.wire.Ipv4Header;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The decisions of a router about single packets. */
class ForwarderTest {

  private final TestRouter router = TestRouter.recording(settings -> settings);

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
    TestRouter off = TestRouter.recording(settings -> settings.withForwarding(false));
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
    TestRouter strict = TestRouter.recording(settings -> settings.withReversePath(ReversePath.STRICT));
    strict.assertRefused(ipv4("10.8.0.7", FAR, 253, DATA), ForwardDrop.REVERSE_PATH);
    strict.assertRefused(ipv4("198.51.100.7", FAR, 253, DATA), ForwardDrop.REVERSE_PATH);
    strict.assertRefused(ipv6(FAR6, FAR6, 253, DATA), ForwardDrop.REVERSE_PATH);
    strict.receive(ipv4(NEAR, FAR, 253, DATA));
    strict.out1.only();
    TestRouter loose = TestRouter.recording(settings -> settings.withReversePath(ReversePath.LOOSE));
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
    TestRouter small = TestRouter.recording(settings -> settings.withQueueLimit(10));
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
