package io.reactorstack.ip.forward;

import static io.reactorstack.ip.forward.TestRouter.DATA;
import static io.reactorstack.ip.forward.TestRouter.FAR;
import static io.reactorstack.ip.forward.TestRouter.FAR6;
import static io.reactorstack.ip.forward.TestRouter.FAST;
import static io.reactorstack.ip.forward.TestRouter.HOME;
import static io.reactorstack.ip.forward.TestRouter.NEAR;
import static io.reactorstack.ip.forward.TestRouter.NEAR6;
import static io.reactorstack.ip.forward.TestRouter.with;
import static io.reactorstack.ip.forward.TestRouter.withHops;
import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.ipv6;
import static io.reactorstack.testing.Packets.octets;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.icmp.IcmpSettings;
import io.reactorstack.ip.host.InterfaceAddress;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The rules for routers of RFC 1812, RFC 4443 and others about the errors and redirects that they send. */
class RouterErrorsTest {

  private static final String ELSEWHERE = "203.0.113.7";

  private final TestRouter router = TestRouter.reporting(settings -> settings, FAST);

  @Test
  @Requirement({"RFC3168-5-06", "RFC8311-4.2-01"})
  void noMarkTakesThePlaceOfADrop() {
    byte[] capable = with(ipv4(NEAR, FAR, 253, DATA), 1, 2);
    router.assertError(withHops(capable, 1), 11, 0);
    byte[] damaged = capable.clone();
    damaged[10] ^= 1;
    router.assertSilent(damaged);
    router.assertPasses(capable);
  }

  @Test
  @Requirement({"RFC6864-4.3-03", "RFC1812-5.2.7.1-07"})
  void aPacketThatMustNotBeCutIsReported() {
    router.assertPasses(ipv4(NEAR, FAR, 253, DATA));
    byte[] error = router.answer(ipv4(NEAR, FAR, 253, new byte[1261]));
    assertThat(Arrays.copyOfRange(error, 20, 22)).isEqualTo(octets(3, 4));
    assertThat(Packets.getShort(error, 26)).as("the MTU").isEqualTo(1280);
    assertThat(router.sent()).isEmpty();
  }

  @Test
  @Requirement({"RFC1191-4-01", "RFC1191-4-02"})
  void tooBigNamesTheMtuInTheLowHalfOfTheWord() {
    assertThat(Arrays.copyOfRange(router.answer(ipv4(NEAR, FAR, 253, new byte[1261])), 24, 28))
        .isEqualTo(octets(0, 0, 5, 0));
  }

  @Test
  @Requirement({"RFC1812-5.3.1-02", "RFC1812-5.2.7.3-01", "RFC1812-5.2.7.3-03"})
  void theLastHopIsReported() {
    router.assertError(withHops(ipv4(NEAR, FAR, 253, DATA), 1), 11, 0);
    router.assertError(withHops(ipv4(NEAR, FAR, 253, DATA), 0), 11, 0);
  }

  @Test
  @Requirement({"RFC1812-4.3.2.2-01", "RFC1812-4.3.2.2-02"})
  void theHopsOfAnErrorAreNotThoseOfThePacket() {
    for (int hops : new int[] {1, 5, 255}) {
      assertThat(router.answer(withHops(ipv4(NEAR, ELSEWHERE, 253, DATA), hops))[8]).isEqualTo((byte) 64);
    }
  }

  @Test
  @Requirement({"RFC4443-3.3-01", "RFC4443-3.3-03"})
  void theLastHopOfIpv6IsReported() {
    router.assertError(withHops(ipv6(NEAR6, FAR6, 253, DATA), 1), 3, 0);
    router.assertError(withHops(ipv6(NEAR6, FAR6, 253, DATA), 0), 3, 0);
  }

  @Test
  @Requirement({"RFC4443-3.2-01", "RFC4443-3.2-03", "RFC8200-4.5-22"})
  void ipv6IsNotCut() {
    byte[] error = router.answer(ipv6(NEAR6, FAR6, 253, new byte[1241]));
    assertThat(Arrays.copyOfRange(error, 40, 42)).isEqualTo(octets(2, 0));
    assertThat(Arrays.copyOfRange(error, 44, 48)).isEqualTo(octets(0, 0, 5, 0));
    assertThat(router.sent()).isEmpty();
  }

  @Test
  @Requirement({"RFC1812-4.3.3.5-01", "RFC1812-4.3.3.5-02"})
  void aFaultyOptionIsReportedAsItWasReceived() {
    byte[] packet = ipv4(NEAR, FAR, 253, DATA, 1, 1, 1, 1, 7, 5, 4, 0);
    byte[] error = router.answer(packet);
    assertThat(Arrays.copyOfRange(error, 20, 22)).isEqualTo(octets(12, 0));
    int pointer = error[24];
    assertThat(pointer).isEqualTo(24);
    assertThat(Packets.from(error, 28)).isEqualTo(packet);
  }

  @Test
  @Requirement({"RFC1812-4.3.2.7-01", "RFC1812-4.3.2.7-06", "RFC4443-2.4-15"})
  void errorsAndLaterFragmentsCauseNoError() {
    byte[] quote = ipv4(FAR, NEAR, 17, new byte[8]);
    for (int type : new int[] {3, 4, 5, 11, 12}) {
      router.assertSilent(withHops(ipv4(NEAR, FAR, 1, Packets.icmp(type, 0, 0, quote)), 1));
    }
    router.assertSilent(withHops(Packets.fragment(NEAR, FAR, 17, 7, 800, false, new byte[80]), 1));
    for (int type : new int[] {1, 2, 3, 4, 100, 137}) {
      byte[] message = Packets.icmpv6(NEAR6, FAR6, type, 0, 0, ipv6(FAR6, NEAR6, 17, new byte[8]));
      router.assertSilent(withHops(ipv6(NEAR6, FAR6, 58, message), 1));
    }
    router.assertError(withHops(ipv4(NEAR, FAR, 1, Packets.icmp(8, 0, 0, quote)), 1), 11, 0);
    router.assertError(withHops(Packets.fragment(NEAR, FAR, 17, 7, 0, true, new byte[80]), 1), 11, 0);
    router.assertError(withHops(ipv6(NEAR6, FAR6, 58, Packets.icmpv6(NEAR6, FAR6, 128, 0, 0, quote)), 1), 3, 0);
  }

  @Test
  @Requirement({"RFC1812-4.3.2.7-02", "RFC1812-4.3.2.7-05", "RFC1812-4.3.2.7-07"})
  void silentDropsCauseNoError() {
    byte[] damaged = withHops(ipv4(NEAR, FAR, 253, DATA), 1);
    damaged[11] ^= 1;
    router.assertSilent(damaged);
    router.assertSilent(withHops(ipv4("0.1.2.3", FAR, 253, DATA), 1));
    router.assertSilent(withHops(ipv4("240.1.2.3", FAR, 253, DATA), 1));
    router.assertSilent(withHops(ipv4(NEAR, "240.1.2.3", 253, DATA), 1));
    router.assertSilent(withHops(ipv4("169.254.1.2", FAR, 253, DATA), 1));
  }

  @Test
  @Requirement({"RFC1812-4.3.2.7-03", "RFC1812-4.3.2.7-04"})
  void groupsCauseNoError() {
    router.assertSilent(withHops(ipv4(NEAR, "224.1.2.3", 253, DATA), 1));
    router.assertSilent(withHops(ipv4(NEAR, "10.9.0.255", 253, DATA), 1));
    router.receiveFrame(MacAddress.BROADCAST, withHops(ipv4(HOME, FAR, 253, DATA), 1));
    router.receiveFrame(MacAddress.BROADCAST, ipv4(HOME, ELSEWHERE, 253, DATA));
    assertThat(router.sent()).isEmpty();
  }

  @Test
  @Requirement({"RFC1812-4.3.2.3-01", "RFC1812-4.3.2.3-02"})
  void anErrorQuotesWhatFitsIntoTheSmallestDatagram() {
    byte[] packet = ipv4(NEAR, ELSEWHERE, 253, new byte[1400], 7, 7, 4, 0, 0, 0, 0, 0);
    byte[] error = router.answer(packet);
    assertThat(error).hasSize(576);
    assertThat(Packets.from(error, 28)).isEqualTo(Arrays.copyOf(packet, 548));
  }

  @Test
  @Requirement({"RFC4443-2.4-14", "RFC4443-2.2-06"})
  void anErrorOfIpv6FillsTheMinimumMtu() {
    byte[] packet = ipv6(NEAR6, "2001:db8:ff::1", 253, new byte[1400]);
    byte[] error = router.answer(packet);
    assertThat(error).hasSize(1280);
    assertThat(Packets.from(error, 48)).isEqualTo(Arrays.copyOf(packet, 1232));
    assertThat(Arrays.copyOfRange(error, 8, 40)).isEqualTo(
        Arrays.copyOfRange(ipv6("2001:db8:1::1", NEAR6, 58, DATA), 8, 40));
  }

  @Test
  @Requirement("RFC1812-4.3.2.4-01")
  void anErrorComesFromTheInterfaceThatItLeavesBy() {
    router.receive(withHops(ipv4("10.8.0.7", FAR, 253, DATA), 1));
    assertThat(Arrays.copyOfRange(router.out2.only(), 12, 20)).isEqualTo(octets(10, 8, 0, 1, 10, 8, 0, 7));
    assertThat(Arrays.copyOfRange(router.answer(withHops(ipv4(NEAR, FAR, 253, DATA), 1)), 12, 20))
        .isEqualTo(octets(10, 0, 0, 1, 10, 0, 0, 2));
  }

  @Test
  @Requirement("RFC1812-4.3.2.4-02")
  void anInterfaceWithoutAnAddressSendsErrorsFromAnotherOne() {
    router.host.network().removeAddress("p2", IpAddress.parse("10.8.0.1"));
    router.receive(router.p2, withHops(ipv4("10.8.0.7", FAR, 253, DATA), 1));
    byte[] error = router.out2.only();
    assertThat(Arrays.copyOfRange(error, 20, 22)).isEqualTo(octets(11, 0));
    assertThat(Arrays.copyOfRange(error, 16, 20)).isEqualTo(octets(10, 8, 0, 7));
    assertThat(router.host.isLocal(IpAddress.of(Arrays.copyOfRange(error, 12, 16)))).isTrue();
  }

  @Test
  @Requirement({"RFC1812-4.3.2.5-01", "RFC1812-4.3.2.5-02"})
  void anErrorHasTheTosOfThePacketAndThePrecedenceOfControl() {
    for (int tos : new int[] {0, 0x10, 0x08, 0xb8, 0xe3}) {
      int error = router.answer(with(withHops(ipv4(NEAR, FAR, 253, DATA), 1), 1, tos))[1] & 0xff;
      assertThat(error).isEqualTo(0xc0 | tos & 0x1c);
    }
  }

  @Test
  @Requirement({"RFC1812-4.3.2.8-01", "RFC1812-4.3.2.8-02", "RFC4443-2.4-17"})
  void theRateOfErrorsIsASetting() {
    for (int burst : new int[] {3, 30}) {
      TestRouter slow = TestRouter.reporting(settings -> settings,
          IcmpSettings.DEFAULTS.withErrorRate(1, burst).withErrorRateToOne(1, burst));
      for (int i = 0; i < 100; i++) {
        slow.receive(withHops(ipv4(NEAR, FAR, 253, DATA), 1));
      }
      assertThat(slow.sent()).hasSizeBetween(burst / 2, burst);
      slow.loop.advance(Duration.ofSeconds(60));
      for (int i = 0; i < 100; i++) {
        slow.receive(withHops(ipv6(NEAR6, FAR6, 253, DATA), 1));
      }
      assertThat(slow.sent()).hasSizeBetween(burst / 2, burst);
    }
  }

  @Test
  @Requirement({"RFC1812-4.3.3.1-01", "RFC1812-5.2.7.1-02", "RFC1812-5.2.7.1-03"})
  void aMissingRouteIsCodeZero() {
    router.assertError(ipv4(NEAR, ELSEWHERE, 253, DATA), 3, 0);
  }

  @Test
  @Requirement("RFC1812-5.2.7.1-01")
  void theCodeNamesTheCause() {
    router.assertError(ipv4(NEAR, ELSEWHERE, 253, DATA), 3, 0);
    router.assertError(ipv4(NEAR, "10.0.0.9", 253, DATA), 3, 1);
    assertThat(router.answer(ipv4(NEAR, FAR, 253, new byte[1261]))[21]).isEqualTo((byte) 4);
  }

  @Test
  @Requirement({"RFC4443-3.1-07", "RFC4443-3.1-08", "RFC4443-3.1-10"})
  void theCodeOfIpv6NamesTheCause() {
    router.assertError(ipv6(NEAR6, "2001:db8:ff::1", 253, DATA), 1, 0);
    router.assertError(ipv6("fe80::2", FAR6, 253, DATA), 1, 2);
  }

  @Test
  @Requirement("RFC4443-3.1-03")
  void aPacketDoesNotReturnToItsPointToPointLink() {
    router.assertError(ipv6(NEAR6, "2001:db8:1::9", 253, DATA), 1, 3);
  }

  @Test
  @Requirement({"RFC1812-5.3.6-01", "RFC6633-4-02"})
  void aFullQueueDropsWhatArrivesInSilence() {
    TestRouter small = TestRouter.reporting(settings -> settings.withQueueLimit(3), FAST);
    small.out1.cancel();
    small.loop.settle();
    for (int i = 0; i < 5; i++) {
      small.receive(ipv4(NEAR, FAR, 253, DATA));
    }
    assertThat(small.drops.get(ForwardDrop.QUEUE_FULL)).isEqualTo(2);
    assertThat(small.sent()).isEmpty();
    small.forwarder.close();
  }

  private List<byte[]> redirects(String source, String destination, int tos) {
    router.receive(router.e0, with(ipv4(source, destination, 253, DATA), 1, tos));
    return router.sent().stream().filter(packet -> packet[9] == 1 && packet[20] == 5).toList();
  }

  @Test
  @Requirement({"RFC1812-5.2.7.2-01", "RFC1812-5.2.7.2-02", "RFC1812-5.2.7.2-04"})
  void redirectsAreForHosts() {
    router.route("203.0.113.0/24", "10.7.0.9", "e0", 0);
    for (int tos : new int[] {0, 0x10}) {
      List<byte[]> redirects = redirects(HOME, ELSEWHERE, tos);
      assertThat(redirects).hasSize(1);
      assertThat(Arrays.copyOfRange(redirects.getFirst(), 20, 22)).isEqualTo(octets(5, 1));
      assertThat(Arrays.copyOfRange(redirects.getFirst(), 24, 28)).isEqualTo(octets(10, 7, 0, 9));
    }
  }

  @Test
  @Requirement({"RFC1812-5.2.7.2-05", "RFC1812-5.2.7.2-06", "RFC1812-5.2.7.2-08"})
  void redirectsAreForNeighborsInThePrefixOfTheNextHop() {
    router.host.network().addAddress("e0", InterfaceAddress.manual(IpPrefix.parse("10.6.0.1/24")));
    router.route("10.6.0.0/24", "10.6.0.1", "e0", 0);
    router.route("203.0.113.0/24", "10.7.0.9", "e0", 0);
    router.route("198.51.100.0/24", "10.6.0.9", "e0", 0);
    assertThat(redirects(HOME, FAR, 0)).as("by another interface").isEmpty();
    assertThat(redirects("10.6.0.2", ELSEWHERE, 0)).as("of another prefix").isEmpty();
    assertThat(redirects("10.5.0.2", ELSEWHERE, 0)).as("of no neighbor").isEmpty();
    assertThat(Arrays.copyOfRange(redirects(HOME, ELSEWHERE, 0).getFirst(), 12, 20))
        .isEqualTo(octets(10, 7, 0, 1, 10, 7, 0, 2));
    assertThat(Arrays.copyOfRange(redirects("10.6.0.2", "198.51.100.7", 0).getFirst(), 12, 20))
        .isEqualTo(octets(10, 6, 0, 1, 10, 6, 0, 2));
  }

  @Test
  @Requirement({"RFC1812-5.2.7.2-07", "RFC1812-5.3.12.1-01"})
  void sourceRoutesAndHostsCauseNoRedirect() {
    router.route("203.0.113.0/24", "10.7.0.9", "e0", 0);
    router.receive(router.e0, ipv4(HOME, ELSEWHERE, 253, DATA, 131, 7, 4, 10, 0, 0, 9, 0));
    router.forwarder.forwarding(false);
    assertThat(redirects(HOME, ELSEWHERE, 0)).isEmpty();
    assertThat(router.redirects).isEmpty();
  }
}
