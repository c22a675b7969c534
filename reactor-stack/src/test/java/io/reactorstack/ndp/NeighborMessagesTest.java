package io.reactorstack.ndp;

import static io.reactorstack.ndp.NdpStation.MAC;
import static io.reactorstack.ndp.NdpStation.NODES;
import static io.reactorstack.ndp.NdpStation.PEER_MAC;
import static io.reactorstack.ndp.NdpStation.address;
import static io.reactorstack.ndp.NdpStation.link;
import static io.reactorstack.testing.Packets.concat;
import static io.reactorstack.testing.Packets.ethernet;
import static io.reactorstack.testing.Packets.icmpv6;
import static io.reactorstack.testing.Packets.ipv6;
import static io.reactorstack.testing.Packets.octets;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.icmp.IcmpDrop;
import io.reactorstack.icmp.IcmpError;
import io.reactorstack.icmp.PingOptions;
import io.reactorstack.icmp.PingResult;
import io.reactorstack.ip.IpDrop;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.testing.Requirement;
import io.reactorstack.wire.NdpDefect;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Solicitations and advertisements between a host and the stations of its link (RFC 4861 section 7). */
class NeighborMessagesTest {

  private static final String OWN = "fe80::a";
  private static final String PEER = "fe80::b";
  private static final String OTHER_MAC = "02:00:00:00:00:0c";
  private static final String GROUP = "ff02::1:ff00:a";
  private static final String PEER_GROUP = "33:33:ff:00:00:0b " + OWN + " > ff02::1:ff00:b ";
  private static final String QUESTION = PEER_GROUP + "NS " + PEER + " source " + MAC;
  private static final String ANSWER = PEER_MAC + " " + OWN + " > " + PEER + " NA " + OWN + " SO target " + MAC;
  private static final String PING = " " + OWN + " > " + PEER + " ICMPv6 128";

  private final NdpStation station = NdpStation.untested(OWN + "/64");
  private final List<Object> results = new ArrayList<>();

  @BeforeEach
  void start() {
    station.at(60_000).sent();
  }

  @AfterEach
  void stop() {
    station.close();
  }

  private void ping() {
    station.stack.icmp().ping(IpAddress.parse(PEER)).subscribe(results::add, results::add);
    station.loop.settle();
  }

  /** Resolves the peer: it is reachable from 60,000 ms on. */
  private void resolve() {
    ping();
    assertThat(station.sent()).containsExactly(QUESTION);
    station.advertisement(PEER, OWN, PEER, "SO", link(2, PEER_MAC));
    assertThat(station.sent()).containsExactly(PEER_MAC + PING);
  }

  // ---- answers

  @Test
  @Requirement({"RFC4861-7.2.4-02", "RFC4861-7.2.4-05", "RFC4861-7.2.4-07"})
  void aSolicitationToTheGroupIsAnsweredWithTheLinkAddress() {
    station.solicitation(PEER, GROUP, OWN, link(1, PEER_MAC));
    assertThat(station.sent()).containsExactly(ANSWER);
  }

  @Test
  @Requirement({"RFC4861-4.4-03", "RFC4861-4.4-06", "RFC4861-4.4-07"})
  void aProbeIsAnsweredWithTheLinkAddressToo() {
    station.solicitation(PEER, OWN, OWN, link(1, PEER_MAC));
    assertThat(station.sent()).containsExactly(ANSWER);
    station.solicitation(PEER, GROUP, OWN, link(1, PEER_MAC));
    assertThat(station.sent()).containsExactly(ANSWER);
  }

  @Test
  @Requirement({"RFC4861-7.2.4-06", "RFC4861-4.4-01", "RFC4861-7.2.3-07"})
  void aTestForADuplicateIsAnsweredToAllNodes() {
    station.solicitation("::", GROUP, OWN);
    assertThat(station.sent()).containsExactly(
        "33:33:00:00:00:01 " + OWN + " > " + NODES + " NA " + OWN + " O target " + MAC);
    assertThat(neighbors()).isZero();
  }

  @Test
  @Requirement({"RFC2464-7-01", "RFC2464-3-01", "RFC4861-4.4-08"})
  void groupsHaveTheirMacAddressesAndFramesTheirType() {
    byte[] message = icmpv6(PEER, GROUP, 135, 0, 0, concat(address(OWN), link(1, PEER_MAC)));
    byte[] packet = ipv6(PEER, GROUP, 58, message);
    packet[7] = (byte) 255;
    byte[] padded = Arrays.copyOf(packet, packet.length + 5);
    station.receive(padded);
    assertThat(station.sent()).as("padding is ignored").containsExactly(ANSWER);
    station.solicitation("::", GROUP, OWN);
    byte[] frame = station.device.takeSent().getFirst();
    assertThat(Arrays.copyOf(frame, 6)).containsExactly(0x33, 0x33, 0, 0, 0, 1);
    assertThat(Arrays.copyOfRange(frame, 12, 15)).isEqualTo(octets(0x86, 0xdd, 0x60));
  }

  @Test
  void theSenderOfASolicitationWithoutALinkAddressIsResolvedFirst() {
    station.solicitation(PEER, OWN, OWN);
    assertThat(station.sent()).containsExactly(QUESTION);
    station.advertisement(PEER, OWN, PEER, "SO", link(2, PEER_MAC));
    assertThat(station.sent()).containsExactly(ANSWER);
  }

  @Test
  @Requirement({"RFC4861-7.2.3-01", "RFC4861-7.2.4-03", "RFC4861-4.4-05"})
  void onlyOwnTargetsAreAnswered() {
    station.assertDropped(
        NdpDrop.NOT_OUR_TARGET, () -> station.solicitation(PEER, GROUP, "2001:db8::a", link(1, PEER_MAC)));
    station.assertDropped(NdpDrop.NOT_OUR_TARGET, () -> station.solicitation("::", GROUP, "2001:db8::a"));
    station.assertDropped(
        NdpDefect.BAD_TARGET, () -> station.solicitation(PEER, GROUP, NODES, link(1, PEER_MAC)));
    station.solicitation(PEER, GROUP, OWN, link(1, PEER_MAC));
    assertThat(station.sent().toString()).contains("NA " + OWN + " SO").doesNotContain(" R");
  }

  private long neighbors() {
    return station.stack.meters().samples().stream()
        .filter(sample -> sample.name().endsWith("neighbors")).mapToLong(sample -> sample.value()).sum();
  }

  // ---- validation

  @Test
  @Requirement({"RFC4861-7.1.1-01", "RFC4861-7.1.1-02", "RFC4861-7.1.2-02"})
  void messagesThatHavePassedARouterAreDropped() {
    for (int type : new int[] {135, 136}) {
      byte[] data = concat(address(OWN), link(type == 135 ? 1 : 2, PEER_MAC));
      byte[] packet = ipv6(PEER, OWN, 58, icmpv6(PEER, OWN, type, 0, 0, data));
      packet[7] = (byte) 254;
      station.assertDropped(NdpDrop.BAD_HOP_LIMIT, () -> station.receive(packet));
    }
    assertThat(neighbors()).isZero();
  }

  @Test
  @Requirement({"RFC4861-7.1.1-06", "RFC4861-7.1.1-07", "RFC4861-7.1.2-05"})
  void theAddressesOfThePacketFitTheMessage() {
    station.assertDropped(NdpDrop.BAD_DESTINATION, () -> station.solicitation("::", NODES, OWN));
    station.assertDropped(
        NdpDrop.LINK_ADDRESS_WITHOUT_SOURCE, () -> station.solicitation("::", GROUP, OWN, link(1, PEER_MAC)));
    station.assertDropped(
        NdpDrop.SOLICITED_TO_GROUP, () -> station.advertisement(PEER, NODES, PEER, "SO", link(2, PEER_MAC)));
  }

  @Test
  void linkAddressesThatNoStationHasAreDropped() {
    for (String mac : new String[] {"33:33:00:00:00:01", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00"}) {
      station.assertDropped(
          NdpDrop.BAD_LINK_ADDRESS, () -> station.solicitation(PEER, GROUP, OWN, link(1, mac)));
      station.assertDropped(
          NdpDrop.BAD_LINK_ADDRESS, () -> station.advertisement(PEER, OWN, PEER, "SO", link(2, mac)));
    }
    assertThat(neighbors()).isZero();
  }

  @Test
  @Requirement("RFC6980-5-02")
  void aMessageWithAFragmentHeaderIsDropped() {
    byte[] message = icmpv6(PEER, GROUP, 135, 0, 0, concat(address(OWN), link(1, PEER_MAC)));
    byte[] packet = ipv6(PEER, GROUP, 44, concat(octets(58, 0, 0, 0, 0, 0, 0, 7), message));
    packet[7] = (byte) 255;
    station.assertDropped(IpDrop.FRAGMENTED_DISCOVERY, () -> station.receive(packet));
    byte[] behindOptions = ipv6(PEER, GROUP, 60,
        concat(octets(44, 0, 1, 4, 0, 0, 0, 0), octets(58, 0, 0, 0, 0, 0, 0, 7), message));
    behindOptions[7] = (byte) 255;
    station.assertDropped(IpDrop.FRAGMENTED_DISCOVERY, () -> station.receive(behindOptions));
    byte[] options = ipv6(PEER, GROUP, 60, concat(octets(58, 0, 1, 4, 0, 0, 0, 0), message));
    options[7] = (byte) 255;
    station.receive(options);
    assertThat(station.sent()).as("other headers are allowed").containsExactly(ANSWER);
  }

  @Test
  @Requirement({"RFC4861-7.1.1-08", "RFC4861-9-08", "RFC4861-7.1.2-01"})
  void reservedBitsAndUnknownOptionsDoNotInvalidateAMessage() {
    byte[] unknown = octets(200, 1, 1, 2, 3, 4, 5, 6);
    station.receive(PEER, GROUP, 135, -1, address(OWN), unknown, link(1, PEER_MAC));
    assertThat(station.sent()).containsExactly(ANSWER);
    ping();
    station.sent();
    station.assertDropped(
        NdpDefect.BAD_OPTION, () -> station.receive(PEER, OWN, 136, 0x7fff_ffff, address(PEER), octets(200, 0)));
    station.receive(PEER, OWN, 136, 0x7fff_ffff, address(PEER), unknown, link(2, OTHER_MAC));
    ping();
    assertThat(station.sent()).containsExactly(OTHER_MAC + PING);
  }

  @Test
  @Requirement({"RFC4443-2.4-06", "RFC4443-2.4-08", "RFC4443-2.4-09"})
  void redirectsAndGroupFramesCauseNoErrors() {
    byte[] unknownOption = octets(58, 0, 0x80, 4, 0, 0, 0, 0);
    byte[] redirect = ipv6(PEER, OWN, 60,
        concat(unknownOption, icmpv6(PEER, OWN, 137, 0, 0, concat(address(PEER), address(PEER)))));
    station.solicitation(PEER, GROUP, OWN, link(1, PEER_MAC)).sent();
    station.receive(redirect);
    assertThat(station.sent()).isEmpty();
    byte[] datagram = octets(0, 9, 0, 99, 0, 8, 0, 0);
    byte[] packet = ipv6(PEER, NODES, 17, datagram);
    byte[] unicast = ipv6(PEER, OWN, 200, datagram);
    for (String group : new String[] {"33:33:00:00:00:01", "ff:ff:ff:ff:ff:ff"}) {
      station.device.inject(ethernet(group, PEER_MAC, 0x86dd, packet));
      station.device.inject(ethernet(group, PEER_MAC, 0x86dd, unicast));
      station.loop.settle();
      assertThat(station.sent()).isEmpty();
    }
    station.receive(unicast);
    assertThat(station.sent()).as("but a unicast packet does").containsExactly(
        PEER_MAC + " " + OWN + " > " + PEER + " ICMPv6 4");
    station.receive(ipv6(PEER, OWN, 60, concat(unknownOption, icmpv6(PEER, OWN, 128, 0, 0, new byte[8]))));
    assertThat(station.sent()).containsExactly(PEER_MAC + " " + OWN + " > " + PEER + " ICMPv6 4");
  }

  @Test
  @Requirement({"RFC4861-6.1.1-01", "RFC4861-6.2.6-01", "RFC4861-6.2.4-01"})
  void aHostIgnoresRouterSolicitations() {
    station.assertDropped(NdpDrop.NOT_ADVERTISING, () -> station.receive(PEER, NODES, 133, 0, link(1, PEER_MAC)));
  }

  // ---- the neighbour cache

  @Test
  @Requirement({"RFC4861-4.3-04", "RFC4861-7.2.2-02", "RFC4861-7.2.2-05"})
  void aPacketWaitsWhileTheNeighborIsSolicited() {
    resolve();
  }

  @Test
  @Requirement({"RFC4861-7.2.2-09", "RFC4861-7.2.2-10", "RFC4861-7.2.2-11"})
  void threeSolicitationsASecondApartDecide() {
    station.stack.icmp().ping(IpAddress.parse(PEER), PingOptions.DEFAULT.timeout(Duration.ofSeconds(9)))
        .subscribe(results::add, results::add);
    station.loop.settle();
    assertThat(station.sent()).containsExactly(QUESTION);
    station.at(60_999);
    assertThat(station.sent()).isEmpty();
    station.at(61_000);
    assertThat(station.sent()).containsExactly(QUESTION);
    station.at(62_000);
    assertThat(station.sent()).containsExactly(QUESTION);
    station.at(62_999);
    assertThat(results).isEmpty();
    station.at(63_000);
    assertThat(station.sent()).isEmpty();
    assertThat(results).hasSize(1).first().isInstanceOfSatisfying(PingResult.Failed.class,
        failed -> assertThat(failed.failure().kind()).isEqualTo(IcmpError.Kind.HOST_UNREACHABLE));
  }

  @Test
  @Requirement({"RFC4861-7.2.3-02", "RFC4861-7.2.3-03", "RFC4861-7.3.3-04"})
  void aSolicitationMakesAnEntryThatIsProbed() {
    station.solicitation(PEER, GROUP, OWN, link(1, PEER_MAC));
    station.sent();
    ping();
    assertThat(station.sent()).as("the address is known").containsExactly(PEER_MAC + PING);
    station.at(64_999);
    station.sent();
    station.at(65_001);
    assertThat(station.sent()).as("but not confirmed")
        .containsExactly(PEER_MAC + " " + OWN + " > " + PEER + " NS " + PEER + " source " + MAC);
  }

  @Test
  @Requirement({"RFC4861-4.3-05", "RFC4861-7.2.2-03", "RFC4861-7.3.3-05"})
  void aProbeIsSentToTheStationThreeTimes() {
    resolve();
    station.at(100_000);
    ping();
    station.sent();
    List<String> probes = new ArrayList<>();
    for (long millis = 100_001; millis < 120_000; millis += 500) {
      station.at(millis);
      station.sent().stream().filter(line -> line.contains("NS")).forEach(probes::add);
    }
    assertThat(probes).hasSize(3)
        .containsOnly(PEER_MAC + " " + OWN + " > " + PEER + " NS " + PEER + " source " + MAC);
    ping();
    assertThat(station.sent()).as("the entry is given up").containsExactly(QUESTION);
  }

  @Test
  @Requirement({"RFC4861-7.2.3-04", "RFC4861-7.3.3-03"})
  void aSolicitationWithAnotherLinkAddressReplacesTheKnownOne() {
    resolve();
    station.solicitation(PEER, OWN, OWN, link(1, OTHER_MAC));
    station.sent();
    ping();
    assertThat(station.sent()).containsExactly(OTHER_MAC + PING);
    station.at(65_001);
    assertThat(station.sent().toString()).as("stale").contains(OTHER_MAC + " " + OWN + " > " + PEER + " NS");
  }

  @Test
  @Requirement({"RFC4861-7.2-01", "RFC4861-7.2.5-01"})
  void anAdvertisementOfAStrangerMakesNoEntry() {
    station.assertDropped(
        NdpDrop.UNKNOWN_NEIGHBOR, () -> station.advertisement(PEER, NODES, PEER, "O", link(2, PEER_MAC)));
    assertThat(neighbors()).isZero();
  }

  @Test
  @Requirement({"RFC4861-7.2.5-02", "RFC4861-9-04"})
  void anAdvertisementWithoutALinkAddressResolvesNothing() {
    ping();
    station.sent();
    station.advertisement(PEER, OWN, PEER, "SO");
    assertThat(station.sent()).isEmpty();
    station.at(61_000);
    assertThat(station.sent()).containsExactly(QUESTION);
  }

  @Test
  @Requirement({"RFC4861-7.2.5-03", "RFC4861-7.3.1-02"})
  void theFirstAdvertisementIsUsedWithoutOverride() {
    ping();
    station.sent();
    station.advertisement(PEER, NODES, PEER, "", link(2, PEER_MAC));
    assertThat(station.sent()).containsExactly(PEER_MAC + PING);
    station.at(65_001);
    assertThat(station.sent().toString()).as("unsolicited, so not confirmed").contains(" NS ");
  }

  @Test
  @Requirement({"RFC4861-7.2.5-04", "RFC4861-7.2.5-05"})
  void anotherLinkAddressWithoutOverrideOnlyRaisesDoubt() {
    resolve();
    station.advertisement(PEER, OWN, PEER, "S", link(2, OTHER_MAC));
    ping();
    assertThat(station.sent()).containsExactly(PEER_MAC + PING);
    station.advertisement(PEER, OWN, PEER, "S", link(2, OTHER_MAC));
    station.at(65_001);
    assertThat(station.sent()).as("a probe to the known station, which the second one has not prevented")
        .containsExactly(PEER_MAC + " " + OWN + " > " + PEER + " NS " + PEER + " source " + MAC);
  }

  @Test
  @Requirement({"RFC4861-7.2.5-06", "RFC4861-7.2.5-07", "RFC4861-7.2.5-09"})
  void anUnsolicitedOverrideReplacesTheLinkAddress() {
    resolve();
    station.advertisement(PEER, NODES, PEER, "O", link(2, PEER_MAC));
    station.at(69_000);
    ping();
    station.sent();
    station.at(75_000);
    assertThat(station.sent()).as("the same address left the entry reachable").isEmpty();
    station.advertisement(PEER, NODES, PEER, "O", link(2, OTHER_MAC));
    ping();
    assertThat(station.sent()).containsExactly(OTHER_MAC + PING);
    station.at(80_001);
    assertThat(station.sent().toString()).as("another one made it stale").contains(" NS ");
  }

  @Test
  @Requirement("RFC4861-7.2.5-08")
  void aSolicitedAdvertisementConfirmsAndReplaces() {
    station.solicitation(PEER, GROUP, OWN, link(1, PEER_MAC));
    station.sent();
    station.advertisement(PEER, OWN, PEER, "S");
    ping();
    assertThat(station.sent()).containsExactly(PEER_MAC + PING);
    station.at(65_500);
    assertThat(station.sent()).as("confirmed without a link-layer address").isEmpty();
    station.advertisement(PEER, OWN, PEER, "SO", link(2, OTHER_MAC));
    ping();
    assertThat(station.sent()).containsExactly(OTHER_MAC + PING);
    station.at(71_000);
    assertThat(station.sent()).isEmpty();
  }

  @Test
  void anAdvertisementForAnOwnAddressIsAConflict() {
    station.advertisement(PEER, NODES, OWN, "O", link(2, PEER_MAC));
    assertThat(station.dropped(NdpDrop.ADDRESS_CONFLICT)).isEqualTo(1);
    assertThat(station.events).contains(
        new InterfaceEvent.AddressConflict("eth0", IpAddress.parse(OWN), MacAddress.parse(PEER_MAC)));
  }

  @Test
  void aFloodOfSolicitationsHasBoundedEffects() {
    Random random = new Random(3);
    for (int i = 0; i < 20_000; i++) {
      String source = "fe80::" + Integer.toHexString(random.nextInt(1, 0xffff)) + ":1";
      station.solicitation(source, GROUP, OWN, link(1, PEER_MAC));
      if (i % 64 == 0) {
        station.sent();
      }
    }
    station.sent();
    assertThat(neighbors()).isLessThanOrEqualTo(1024);
    resolve();
  }
}
