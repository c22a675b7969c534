package io.reactorstack.ip.forward;

import static io.reactorstack.ip.forward.TestRouter.DATA;
import static io.reactorstack.ip.forward.TestRouter.FAR;
import static io.reactorstack.ip.forward.TestRouter.FAR6;
import static io.reactorstack.ip.forward.TestRouter.FAST;
import static io.reactorstack.ip.forward.TestRouter.HOME;
import static io.reactorstack.ip.forward.TestRouter.NEAR;
import static io.reactorstack.ip.forward.TestRouter.NEAR6;
import static io.reactorstack.ip.forward.TestRouter.mayBeCut;
import static io.reactorstack.ip.forward.TestRouter.with;
import static io.reactorstack.ip.forward.TestRouter.withHops;
import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.ipv6;
import static io.reactorstack.testing.Packets.octets;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.ip.IpDrop;
import io.reactorstack.ip.host.InterfaceAddress;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.routing.ReversePath;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.Requirement;
import io.reactorstack.wire.IpDefect;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The rules for routers of RFC 1812, RFC 2644, RFC 8200 and others about packets in transit. */
class RouterRulesTest {

  private static final String ELSEWHERE = "203.0.113.7";
  private static final int SYN = 2;

  private final TestRouter router = TestRouter.reporting(settings -> settings, FAST);

  @Test
  @Requirement({"RFC1812-5.3.1-01", "RFC1812-5.2.5-01", "RFC1812-4.2.2.3-01"})
  void aReservedBitIsIgnoredAndPassedOn() {
    byte[] packet = ipv4(NEAR, FAR, 253, DATA);
    router.assertPasses(with(packet, 6, packet[6] | 0x80));
    byte[] own = ipv4(NEAR, "10.9.0.1", 253, DATA);
    router.receive(with(own, 6, own[6] | 0x80));
    assertThat(router.delivered).hasSize(1);
  }

  @Test
  @Requirement({"RFC1812-5.3.3.3-01", "RFC1812-5.3.3.3-02", "RFC3168-12-01"})
  void theTrafficClassIsNotChanged() {
    for (int each = 0; each < 256; each++) {
      router.assertPasses(with(ipv4(NEAR, FAR, 253, DATA), 1, each));
    }
  }

  @Test
  @Requirement({"RFC8311-2.2-02", "RFC8311-4.3-06", "RFC8311-4.3-07"})
  void controlPacketsWithEcnBitsPass() {
    byte[] segment = new byte[20];
    segment[12] = 0x50;
    segment[13] = SYN;
    for (int ecn = 1; ecn < 4; ecn++) {
      router.assertPasses(with(ipv4(NEAR, FAR, 6, segment), 1, ecn));
    }
  }

  @Test
  @Requirement({"RFC1812-5.3.1-03", "RFC1812-4.2.2.9-02"})
  void twoHopsAreEnough() {
    router.receive(withHops(ipv4(NEAR, FAR, 253, DATA), 2));
    assertThat(router.out1.only()[8]).isOne();
    router.receive(withHops(ipv4(NEAR, FAR, 253, DATA), 1));
    assertThat(router.out1.packets).isEmpty();
  }

  @Test
  @Requirement({"RFC1812-4.2.2.9-01", "RFC1812-4.2.2.9-03", "RFC1812-5.2.3-01"})
  void packetsForTheRouterNeedNoHops() {
    for (int hops = 0; hops < 2; hops++) {
      router.receive(withHops(ipv4(NEAR, "10.0.0.1", 253, DATA), hops));
      router.receive(withHops(ipv4(NEAR, "10.9.0.1", 253, DATA), hops));
    }
    assertThat(router.delivered).hasSize(4);
    assertThat(router.sent()).isEmpty();
  }

  @Test
  @Requirement({"RFC8200-3-03", "RFC8200-3-04", "RFC6437-3-06"})
  void ipv6LosesOneHopAndKeepsItsFlowLabel() {
    byte[] packet = ipv6(NEAR6, FAR6, 253, DATA);
    packet[1] = 0x5a;
    packet[2] = (byte) 0xbc;
    packet[3] = 0x12;
    router.assertPasses(packet);
    router.receive(withHops(packet, 1));
    router.receive(withHops(packet, 0));
    assertThat(router.out1.packets).isEmpty();
  }

  @Test
  @Requirement({"RFC8200-4-05", "RFC8200-4-06", "RFC8200-4-07"})
  void extensionHeadersPassThrough() {
    // An option that its destination has to report, a routing header with segments left, and an unknown header.
    byte[] options = octets(43, 0, 0x80 | 0x3f, 4, 1, 2, 3, 4);
    byte[] routing = octets(253, 0, 200, 9, 0, 0, 0, 0);
    router.assertPasses(ipv6(NEAR6, FAR6, 60, Packets.concat(options, routing, DATA)));
  }

  @Test
  @Requirement({"RFC8200-4-08", "RFC9673-5.1-03", "RFC9673-5.1-04"})
  void hopByHopOptionsAreNotActedOn() {
    for (int action = 0; action < 4; action++) {
      router.assertPasses(ipv6(NEAR6, FAR6, 0,
          Packets.concat(octets(253, 0, action << 6 | 0x3e, 4, 1, 2, 3, 4), DATA)));
    }
  }

  @Test
  @Requirement({"RFC1812-4.2.2.5-01", "RFC1812-4.2.2.5-02", "RFC1812-4.2.2.5-03"})
  void aWrongHeaderChecksumIsNeverForwarded() {
    byte[] packet = ipv4(NEAR, FAR, 253, DATA);
    for (int bit = 0; bit < 16; bit++) {
      byte[] damaged = packet.clone();
      damaged[10 + bit / 8] ^= (byte) (1 << bit % 8);
      for (ChecksumState state : ChecksumState.values()) {
        router.assertSilent(damaged, new PacketFacts(0, state, 0));
      }
    }
  }

  @Test
  @Requirement({"RFC1812-5.2.2-01", "RFC1812-5.2.2-02", "RFC1812-5.2.2-03"})
  void packetsWithImpossibleHeadersAreDropped() {
    byte[] packet = ipv4(NEAR, FAR, 253, DATA);
    for (int length = 0; length < 20; length++) {
      router.assertSilent(Arrays.copyOf(packet, length));
    }
    for (int version : new int[] {0, 3, 5, 15}) {
      router.assertSilent(with(packet, 0, version << 4 | 5));
      byte[] changed = with(packet, 0, version << 4 | 5);
      router.assertSilent(Packets.fixIpv4(changed, 0));
    }
    for (int words = 0; words < 5; words++) {
      router.assertSilent(with(packet, 0, 0x40 | words));
    }
  }

  @Test
  @Requirement({"RFC1812-5.2.2-04", "RFC1812-5.2.2-07", "RFC1812-5.2.2-08"})
  void packetsWithImpossibleLengthsAreDropped() {
    byte[] packet = ipv4(NEAR, FAR, 253, DATA);
    for (int length = 0; length < 20; length++) {
      router.assertSilent(with(packet, 3, length));
    }
    for (int length = 20; length < packet.length; length++) {
      router.assertSilent(Arrays.copyOf(packet, length));
    }
    router.assertPasses(packet);
  }

  @Test
  @Requirement({"RFC1812-5.2.2-05", "RFC1812-5.2.2-06", "RFC1812-5.2.1-01"})
  void aFailedTestOfTheHeaderIsCountedBeforeAnythingElse() {
    // The packet would draw an error, for its hops, its options and its length.
    byte[] packet = withHops(ipv4(NEAR, FAR, 253, new byte[1400], 131, 7, 4, 10, 0, 0, 9, 0), 1);
    packet[11] ^= 1;
    router.assertRefused(packet, IpDefect.BAD_CHECKSUM);
    assertThat(router.complained.all).isEmpty();
  }

  @Test
  @Requirement({"RFC1812-4.2.2.6-01", "RFC1812-5.3.13.1-01", "RFC1812-5.3.13.3-01"})
  void unknownOptionsAndTheStreamIdentifierPassThrough() {
    router.assertPasses(ipv4(NEAR, FAR, 253, DATA, 0x5e, 4, 1, 2));
    router.assertPasses(ipv4(NEAR, FAR, 253, DATA, 0xde, 4, 1, 2));
    router.assertPasses(ipv4(NEAR, FAR, 253, DATA, 136, 4, 1, 2));
  }

  @Test
  @Requirement({"RFC1812-4.2.2.2-01", "RFC1812-5.3.13.5-01"})
  void theRecordedAddressIsThatOfTheOutgoingInterface() {
    int[] option = {7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    router.receive(ipv4(NEAR, FAR, 253, DATA, option));
    assertThat(Arrays.copyOfRange(router.out1.only(), 20, 32)).isEqualTo(octets(7, 11, 8, 10, 9, 0, 1, 0, 0, 0, 0, 0));
    router.receive(ipv4(NEAR, "10.8.0.9", 253, DATA, option));
    assertThat(Arrays.copyOfRange(router.out2.only(), 20, 32)).isEqualTo(octets(7, 11, 8, 10, 8, 0, 1, 0, 0, 0, 0, 0));
  }

  private int timeAt(int index, int... option) {
    router.receive(ipv4(NEAR, FAR, 253, DATA, option));
    return ByteBuffer.wrap(router.out1.only()).getInt(20 + index);
  }

  @Test
  @Requirement({"RFC1812-5.3.13.6-01", "RFC1812-5.3.13.6-02"})
  void theRouterAddsItsTime() {
    int[] withAddress = {68, 12, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0};
    int[] prespecified = {68, 12, 5, 3, 10, 0, 0, 1, 0, 0, 0, 0};
    int[] ofAnother = {68, 12, 5, 3, 10, 0, 0, 77, 0, 0, 0, 0};
    int first = timeAt(8, withAddress);
    router.loop.advance(Duration.ofMillis(5));
    assertThat(timeAt(8, withAddress)).isEqualTo(first + 5);
    assertThat(timeAt(8, prespecified)).isEqualTo(first + 5);
    assertThat(timeAt(8, ofAnother)).isZero();
  }

  @Test
  @Requirement({"RFC1812-4.2.2.7-01", "RFC1812-4.2.2.7-02", "RFC1812-4.2.2.7-03"})
  void fragmentsAreFewAndInOrder() {
    for (int fragments = 2; fragments < 4; fragments++) {
      router.receive(mayBeCut(ipv4(NEAR, FAR, 253, new byte[1256 * fragments])));
      assertThat(router.out1.packets).hasSize(fragments);
      for (int i = 0; i < fragments; i++) {
        int more = i == fragments - 1 ? 0 : 0x2000;
        assertThat(Packets.getShort(router.out1.packets.get(i), 6)).isEqualTo(more | 1256 / 8 * i);
      }
      router.out1.packets.clear();
    }
  }

  @Test
  @Requirement("RFC1812-5.2.5-02")
  void allFragmentsHaveTheReservedBit() {
    byte[] packet = mayBeCut(ipv4(NEAR, FAR, 253, new byte[1400]));
    router.receive(with(packet, 6, 0x80));
    assertThat(router.out1.packets).hasSize(2).allSatisfy(fragment -> {
      assertThat(fragment[6] & 0x80).isNotZero();
      assertThat(Packets.fixIpv4(fragment.clone(), 0)).isEqualTo(fragment);
    });
  }

  @Test
  @Requirement("RFC1812-5.2.6-01")
  void fragmentsAreForwardedAsTheyArrive() {
    byte[] first = Packets.fragment(NEAR, FAR, 17, 7, 0, true, new byte[800]);
    byte[] last = Packets.fragment(NEAR, FAR, 17, 7, 800, false, new byte[80]);
    router.assertPasses(last);
    router.assertPasses(first);
  }

  @Test
  @Requirement("RFC1812-5.2.1.2-01")
  void theFragmentsOfAPacketLeaveByOneInterface() {
    router.route("203.0.113.0/24", "10.9.0.9", "p1", 5);
    router.route("203.0.113.0/24", "10.8.0.9", "p2", 5);
    int through1 = 0;
    for (int port = 1; port <= 100; port++) {
      String target = "203.0.113." + port;
      byte[] datagram = Packets.udp(NEAR, port, target, 53, new byte[72]);
      router.receive(Packets.fragment(NEAR, target, 17, port, 0, true, Arrays.copyOf(datagram, 40)));
      router.receive(Packets.fragment(NEAR, target, 17, port, 40, false, Packets.from(datagram, 40)));
      assertThat(router.out1.packets.size()).isIn(0, 2);
      through1 += router.out1.packets.size() / 2;
      assertThat(router.sent()).hasSize(2);
    }
    assertThat(through1).isBetween(20, 80);
  }

  @Test
  @Requirement({"RFC1812-5.3.7-01", "RFC1812-5.3.7-02", "RFC1812-4.2.2.11-04"})
  void packetsFromNoHostAreNotForwarded() {
    for (String source : new String[] {"0.0.0.0", "0.1.2.3", "127.0.0.1", "127.9.9.9", "224.0.0.1", "240.0.0.1"}) {
      router.assertRefused(ipv4(source, FAR, 253, DATA), ForwardDrop.MARTIAN_SOURCE);
    }
  }

  @Test
  @Requirement({"RFC1812-4.2.2.11-02", "RFC1812-4.2.2.11-03"})
  void packetsFromBroadcastAddressesAreNotForwarded() {
    for (String source : new String[] {"255.255.255.255", "10.0.0.255", "10.9.0.255"}) {
      router.assertRefused(ipv4(source, FAR, 253, DATA), ForwardDrop.MARTIAN_SOURCE);
    }
  }

  @Test
  @Requirement({"RFC1812-4.2.2.11-05", "RFC1812-4.2.2.11-06", "RFC1812-4.2.1-01"})
  void invalidSourcesAreCountedAndDrawNoError() {
    for (String source : new String[] {"0.1.2.3", "127.0.0.1", "255.255.255.255", "10.9.0.255"}) {
      router.assertSilent(withHops(ipv4(source, FAR, 253, DATA), 1));
    }
    assertThat(router.drops.get(ForwardDrop.MARTIAN_SOURCE)).isEqualTo(4);
    assertThat(router.complained.all).isEmpty();
  }

  @Test
  @Requirement({"RFC1812-5.3.7-03", "RFC1812-5.3.7-04"})
  void packetsToNoHostAreNotForwarded() {
    for (String destination : new String[] {"0.1.2.3", "127.0.0.1", "127.9.9.9", "240.0.0.1"}) {
      router.assertRefused(ipv4(NEAR, destination, 253, DATA), ForwardDrop.MARTIAN_DESTINATION);
    }
  }

  @Test
  @Requirement("RFC1812-4.2.3.1-02")
  void packetsToTheAllZerosAddressOfAnAttachedPrefixAreDropped() {
    for (String destination : new String[] {"0.0.0.0", "10.9.0.0", "10.0.0.0"}) {
      router.assertRefused(ipv4(NEAR, destination, 253, DATA), ForwardDrop.MARTIAN_DESTINATION);
    }
    router.host.network().addAddress("p1", InterfaceAddress.manual(IpPrefix.parse("10.9.1.1/31")));
    router.route("10.9.1.0/31", "10.9.1.1", "p1", 0);
    router.assertPasses(ipv4(NEAR, "10.9.1.0", 253, DATA));
    router.route("203.0.113.0/24", "10.9.0.9", "p1", 0);
    router.assertPasses(ipv4(NEAR, "203.0.113.0", 253, DATA));
  }

  @Test
  @Requirement("RFC1812-4.2.2.11-01")
  void theRouterTakesNothingFromTheUnspecifiedAddress() {
    router.assertRefused(ipv4("0.0.0.0", "10.0.0.1", 253, DATA), IpDrop.BAD_SOURCE);
  }

  @Test
  @Requirement("RFC3927-7-01")
  void linkLocalAddressesOfIpv4StayOnTheirLink() {
    router.route("169.254.0.0/16", FAR, "p1", 0);
    router.assertRefused(ipv4("169.254.1.2", FAR, 253, DATA), ForwardDrop.BEYOND_SCOPE);
    router.assertRefused(ipv4(NEAR, "169.254.1.2", 253, DATA), ForwardDrop.BEYOND_SCOPE);
  }

  @Test
  @Requirement({"RFC4291-2.5.2-03", "RFC4291-2.5.3-05", "RFC4443-2.4-16"})
  void ipv6PacketsFromNoHostOrToTheLoopbackAreNotForwarded() {
    router.route("::/0", FAR6, "p1", 0);
    router.assertRefused(withHops(ipv6("::", FAR6, 253, DATA), 1), ForwardDrop.MARTIAN_SOURCE);
    router.assertRefused(withHops(ipv6("ff02::1", FAR6, 253, DATA), 1), ForwardDrop.MARTIAN_SOURCE);
    router.assertRefused(ipv6(NEAR6, "::1", 253, DATA), ForwardDrop.MARTIAN_DESTINATION);
  }

  @Test
  @Requirement("RFC4291-2.5.6-01")
  void linkLocalAddressesOfIpv6StayOnTheirLink() {
    router.route("::/0", FAR6, "p1", 0);
    router.receive(ipv6("fe80::2", FAR6, 253, DATA));
    router.receive(ipv6(NEAR6, "fe80::2", 253, DATA));
    assertThat(router.out1.packets).isEmpty();
    assertThat(router.drops.get(ForwardDrop.BEYOND_SCOPE)).isEqualTo(2);
  }

  @Test
  @Requirement({"RFC1812-5.3.4-01", "RFC1812-5.3.4-02", "RFC1812-5.3.4-03"})
  void unicastsInGroupFramesAreDropped() {
    byte[] packet = ipv4(HOME, FAR, 253, DATA);
    router.receiveFrame(MacAddress.BROADCAST, packet);
    router.receiveFrame(MacAddress.parse("01:00:5e:00:00:01"), packet);
    assertThat(router.drops.get(IpDrop.NOT_FOR_US)).isEqualTo(2);
    assertThat(router.sent()).isEmpty();
    router.receiveFrame(MacAddress.parse("02:00:00:00:00:01"), packet);
    assertThat(router.out1.only()).isEqualTo(withHops(packet, 63));
  }

  @Test
  @Requirement({"RFC1812-5.2.3-02", "RFC1812-5.3.5.1-01", "RFC1812-4.2.3.1-01"})
  void broadcastsOfTheLinkAreDeliveredOnly() {
    router.receive(ipv4(NEAR, "255.255.255.255", 253, DATA));
    router.receive(ipv4(NEAR, "10.0.0.255", 253, DATA));
    assertThat(router.delivered).hasSize(2).allMatch(packet -> packet.broadcast());
    assertThat(router.sent()).isEmpty();
  }

  @Test
  @Requirement({"RFC1812-5.2.3-03", "RFC1812-5.2.3-05"})
  void groupsOfTheLinkAreDeliveredOnly() {
    router.receive(ipv4(NEAR, "224.0.0.1", 253, DATA));
    assertThat(router.delivered).hasSize(1);
    assertThat(router.sent()).isEmpty();
    router.assertPasses(ipv4(NEAR, FAR, 253, DATA));
  }

  @Test
  @Requirement({"RFC1812-5.2.3-04", "RFC2644-5.3.5.2-02", "RFC1812-5.3.5.2-02"})
  void aDirectedBroadcastIsBlockedByItsLastRouter() {
    router.assertRefused(ipv4(NEAR, "10.9.0.255", 253, DATA), ForwardDrop.DIRECTED_BROADCAST);
  }

  @Test
  @Requirement({"RFC2644-4.2.2.11-01", "RFC2644-4.2.2.11-02"})
  void aDirectedBroadcastOfAnotherLinkIsNotReceived() {
    router.receive(ipv4(NEAR, "10.9.0.255", 253, DATA));
    assertThat(router.delivered).isEmpty();
  }

  @Test
  @Requirement("RFC1812-5.3.5.2-01")
  void aBroadcastOfARemoteNetworkIsRoutedLikeAUnicast() {
    router.route("203.0.113.0/24", "10.9.0.9", "p1", 0);
    router.assertPasses(ipv4(NEAR, "203.0.113.255", 253, DATA));
  }

  @Test
  @Requirement({"RFC1812-5.2.4.2-01", "RFC1812-5.2.4.2-02"})
  void theNextHopIsTheDestinationOrTheRouterOfItsRoute() {
    router.route("203.0.113.0/24", "10.9.0.9", "p1", 0);
    assertThat(router.host.transit(IpAddress.parse("10.9.0.77"), 0).nextHop()).hasToString("10.9.0.77");
    assertThat(router.host.transit(IpAddress.parse(ELSEWHERE), 0).nextHop()).hasToString("10.9.0.9");
  }

  @Test
  @Requirement({"RFC1812-5.2.4.3-01", "RFC1812-5.2.4.3-02", "RFC1812-5.2.4.3-04"})
  void theLongestMatchingPrefixWins() {
    router.route("203.0.113.0/25", "10.8.0.9", "p2", 0);
    router.route("203.0.112.0/22", "10.8.0.9", "p2", 0);
    router.route("203.0.113.0/24", "10.9.0.9", "p1", 100);
    router.route("203.0.113.192/26", "10.8.0.9", "p2", 0);
    router.assertPasses(ipv4(NEAR, "203.0.113.130", 253, DATA));
  }

  @Test
  @Requirement({"RFC1812-5.2.4.3-03", "RFC1812-7.4-01", "RFC1812-7.4-02"})
  void theBestMetricWins() {
    router.route("203.0.113.0/24", "10.8.0.9", "p2", 7);
    router.route("203.0.113.0/24", "10.9.0.9", "p1", 6);
    router.route("203.0.113.0/24", "10.7.0.9", "e0", 8);
    router.assertPasses(ipv4(NEAR, ELSEWHERE, 253, DATA));
  }

  @Test
  @Requirement("RFC1812-4.2.3.4-01")
  void theSubnetsOfANetworkMayLieApart() {
    router.route("172.16.1.0/24", "10.9.0.9", "p1", 0);
    router.route("172.16.2.0/24", "10.8.0.9", "p2", 0);
    router.route("172.16.3.0/24", "10.9.0.9", "p1", 0);
    router.assertPasses(ipv4(NEAR, "172.16.1.7", 253, DATA));
    router.assertPasses(ipv4(NEAR, "172.16.3.7", 253, DATA));
    router.receive(ipv4(NEAR, "172.16.2.7", 253, DATA));
    router.out2.only();
  }

  @Test
  @Requirement({"RFC1812-5.3.12.3-02", "RFC1812-5.3.12.4-01"})
  void routesThroughAFailedInterfaceAreNotUsed() {
    router.route("203.0.113.0/24", "10.9.0.9", "p1", 6);
    router.route("203.0.113.0/24", "10.8.0.9", "p2", 7);
    router.assertPasses(ipv4(NEAR, ELSEWHERE, 253, DATA));
    router.host.network().carrying("p1", false);
    router.receive(ipv4(NEAR, ELSEWHERE, 253, DATA));
    router.out2.only();
    router.host.network().carrying("p1", true);
    router.assertPasses(ipv4(NEAR, ELSEWHERE, 253, DATA));
  }

  @Test
  @Requirement({"RFC1812-5.3.8-01", "RFC1812-5.3.8-02", "RFC1812-5.3.8-03"})
  void sourcesAreTestedAgainstTheRoutesIfSet() {
    TestRouter strict = TestRouter.reporting(settings -> settings.withReversePath(ReversePath.STRICT), FAST);
    strict.assertRefused(ipv4("10.8.0.7", FAR, 253, DATA), ForwardDrop.REVERSE_PATH);
    strict.receive(ipv4(NEAR, FAR, 253, DATA));
    strict.out1.only();
    router.assertPasses(ipv4("10.8.0.7", FAR, 253, DATA));
  }

  @Test
  @Requirement({"RFC1812-5.3.11-02", "RFC1812-5.3.11-03"})
  void aHostForwardsNothing() {
    router.forwarder.forwarding(false);
    router.assertRefused(ipv4(NEAR, FAR, 253, DATA), IpDrop.NOT_FOR_US);
    router.assertRefused(withHops(ipv6(NEAR6, FAR6, 253, DATA), 1), IpDrop.NOT_FOR_US);
  }
}
