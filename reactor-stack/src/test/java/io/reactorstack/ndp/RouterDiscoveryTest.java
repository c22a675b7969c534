package io.reactorstack.ndp;

import static io.reactorstack.ndp.NdpStation.MAC;
import static io.reactorstack.ndp.NdpStation.NODES;
import static io.reactorstack.ndp.NdpStation.PEER_MAC;
import static io.reactorstack.ndp.NdpStation.ROUTER;
import static io.reactorstack.ndp.NdpStation.link;
import static io.reactorstack.ndp.NdpStation.mtu;
import static io.reactorstack.ndp.NdpStation.prefix;
import static io.reactorstack.ndp.NdpStation.route;
import static io.reactorstack.testing.Packets.icmpv6;
import static io.reactorstack.testing.Packets.ipv6;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.neighbor.NeighborCache;
import io.reactorstack.neighbor.NeighborState;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.testing.Requirement;
import io.reactorstack.wire.NdpDefect;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Router advertisements: default routers, prefixes and parameters of the link (RFC 4861 section 6.3). */
class RouterDiscoveryTest {

  private static final String FAR = "2001:db8:ffff::1";
  private static final String OWN = "2001:db8:0:1::a";
  private static final String SECOND = "fe80::2";

  private static NdpStation start() {
    NdpStation station = NdpStation.discovering("fe80::a/64", OWN + "/64");
    station.at(1000).sent();
    return station;
  }

  private static NeighborCache neighbors(NdpStation station) {
    return (NeighborCache) Objects.requireNonNull(station.ip().named("eth0")).neighbors();
  }

  private static IpAddress ip(String text) {
    return IpAddress.parse(text);
  }

  @Test
  @Requirement({"RFC8504-5.4-02", "RFC4861-4.2-03", "RFC4861-6.3.5-01"})
  void aRouterIsUsedUntilItsLifetimeEndsOrItWithdraws() {
    try (NdpStation station = start()) {
      assertThat(station.nextHop(FAR)).isEqualTo("none");
      station.router("", 30, link(1, PEER_MAC));
      assertThat(station.nextHop(FAR)).isEqualTo(ROUTER);
      station.send(FAR);
      assertThat(station.sent()).as("to the router's link address").hasSize(1).first().asString()
          .startsWith(PEER_MAC + " " + OWN + " > " + FAR);
      station.at(20_000).router("", 30);
      station.at(49_000);
      assertThat(station.nextHop(FAR)).as("refreshed").isEqualTo(ROUTER);
      station.at(50_001);
      assertThat(station.nextHop(FAR)).as("expired").isEqualTo("none");
      station.router("", 30);
      assertThat(station.nextHop(FAR)).isEqualTo(ROUTER);
      station.router("", 0);
      assertThat(station.nextHop(FAR)).as("withdrawn").isEqualTo("none");
      assertThat(station.events).contains(
          new InterfaceEvent.RouteRemoved("eth0", IpPrefix.parse("::/0"), ip(ROUTER)));
    }
  }

  @Test
  @Requirement({"RFC4861-6.1.2-01", "RFC4861-6.1.2-02", "RFC4861-6.1.2-03"})
  void invalidAdvertisementsAreDropped() {
    try (NdpStation station = start()) {
      station.assertDropped(NdpDrop.NOT_LINK_LOCAL,
          () -> station.router("2001:db8:0:1::1", "", 1800, 0, 0, 0));
      byte[] routed = ipv6(ROUTER, NODES, 58, icmpv6(ROUTER, NODES, 134, 0, 1800, new byte[8]));
      routed[7] = (byte) 254;
      station.assertDropped(NdpDrop.BAD_HOP_LIMIT, () -> station.receive(routed));
      station.assertDropped(NdpDefect.BAD_OPTION, () -> station.router("", 1800, new byte[8]));
      station.assertDropped(NdpDefect.TOO_SHORT, () -> station.receive(ROUTER, NODES, 134, 1800, new byte[4]));
      byte[] code = ipv6(ROUTER, NODES, 58, icmpv6(ROUTER, NODES, 134, 1, 1800, new byte[8]));
      code[7] = (byte) 255;
      station.assertDropped(NdpDefect.BAD_CODE, () -> station.receive(code));
      byte[] sum = ipv6(ROUTER, NODES, 58, icmpv6(ROUTER, NODES, 134, 0, 1800, new byte[8]));
      sum[7] = (byte) 255;
      sum[42]++;
      station.assertDropped(NdpDefect.BAD_CHECKSUM, () -> station.receive(sum));
      station.assertDropped(NdpDrop.BAD_LINK_ADDRESS,
          () -> station.router("", 1800, link(1, "01:00:00:00:00:01")));
      assertThat(station.routes()).noneMatch(route -> route.startsWith("::/0"));
    }
  }

  @Test
  @Requirement({"RFC4861-6.1.2-07", "RFC4861-6.1.2-08", "RFC4861-4.6.2-03"})
  void reservedBitsAndOtherOptionsAreIgnored() {
    try (NdpStation station = start()) {
      byte[] unknown = {(byte) 200, 1, 9, 9, 9, 9, 9, 9};
      station.router("X", 1800, unknown, link(2, "02:00:00:00:00:99"), link(1, PEER_MAC),
          prefix("2001:db8:0:2::/64", "LR", 600, 600));
      assertThat(station.routes()).contains("::/0 fe80::1 1024", "2001:db8:0:2::/64 link 256");
      assertThat(neighbors(station).linkAddress(ip(ROUTER))).hasToString(PEER_MAC);
    }
  }

  @Test
  @Requirement({"RFC4861-6.3.4-01", "RFC4861-6.3.4-02", "RFC4861-6.3.4-06"})
  void valuesThatAnAdvertisementDoesNotStateRemain() {
    try (NdpStation station = start()) {
      station.router(ROUTER, "", 1800, 17, 20_000, 700, mtu(1400), link(1, PEER_MAC),
          prefix("2001:db8:0:2::/64", "L", 600, 600));
      station.router(SECOND, "", 1800, 0, 0, 0);
      assertThat(station.nextHop("2001:db8:0:2::9")).isEqualTo("2001:db8:0:2::9");
      assertThat(neighbors(station).ipv6RetransTimer()).isEqualTo(700_000_000);
      assertThat(station.ip().destination(ip(FAR)).mtu()).isEqualTo(1400);
      assertThat(station.ip().destination(ip(FAR)).hopLimit()).isEqualTo(17);
      station.device.takeSent();
      station.send(FAR);
      assertThat(station.device.takeSent().getFirst()[14 + 7]).as("hop limit").isEqualTo((byte) 17);
    }
  }

  @Test
  @Requirement({"RFC4861-6.3.4-07", "RFC4861-6.3.4-08", "RFC4861-6.3.4-10"})
  void timesOfReachabilityDetectionAreThoseOfTheRouter() {
    try (NdpStation station = start()) {
      station.router(ROUTER, "", 1800, 0, 4000, 250, link(1, PEER_MAC));
      station.advertisement("fe80::1", "fe80::a", ROUTER, "RSO", link(2, PEER_MAC));
      station.at(1000 + 1999);
      assertThat(neighbors(station).state(ip(ROUTER))).isEqualTo(NeighborState.REACHABLE);
      station.at(1000 + 6001);
      assertThat(neighbors(station).state(ip(ROUTER))).isEqualTo(NeighborState.STALE);
      station.sent();
      station.send("2001:db8:0:1::77");
      List<Long> solicited = new ArrayList<>();
      for (long millis = 7001; millis < 9000; millis += 10) {
        if (station.sent().stream().anyMatch(line -> line.contains("NS 2001:db8:0:1::77"))) {
          solicited.add(millis);
        }
        station.at(millis);
      }
      assertThat(solicited).hasSize(3);
      assertThat(solicited.get(1) - solicited.get(0)).isBetween(240L, 260L);
      station.router(ROUTER, "", 1800, 0, 0x7fff_ffff, 1);
      assertThat(neighbors(station).ipv6RetransTimer()).as("bounded").isEqualTo(100_000_000);
      station.router(ROUTER, "", 1800, 0, 0, 0x7fff_ffff);
      assertThat(neighbors(station).ipv6RetransTimer()).as("bounded").isEqualTo(5_000_000_000L);
    }
  }

  @Test
  @Requirement({"RFC4861-6.3.4-16"})
  void theMtuOptionIsTakenWithinTheBounds() {
    try (NdpStation station = start()) {
      station.router("", 1800, mtu(1279));
      station.router("", 1800, mtu(1501));
      assertThat(station.dropped(NdpDrop.BAD_MTU)).isEqualTo(2);
      assertThat(station.ip().destination(ip(FAR)).mtu()).isEqualTo(1500);
      station.router("", 1800, mtu(1280));
      assertThat(station.ip().destination(ip(FAR)).mtu()).isEqualTo(1280);
      assertThat(station.ip().destination(ip(FAR)).linkMtu()).isEqualTo(1280);
      assertThat(Objects.requireNonNull(station.ip().named("eth0")).mtu()).as("for IPv4").isEqualTo(1500);
    }
  }

  @Test
  @Requirement({"RFC4861-6.3.4-11", "RFC4861-6.3.4-12", "RFC4861-6.3.4-14"})
  void theRoutersLinkAddressIsStoredAsStaleEntryOfARouter() {
    try (NdpStation station = start()) {
      station.router("", 0, link(1, PEER_MAC));
      assertThat(neighbors(station).state(ip(ROUTER))).isEqualTo(NeighborState.STALE);
      assertThat(neighbors(station).linkAddress(ip(ROUTER))).hasToString(PEER_MAC);
      assertThat(neighbors(station).isRouter(ip(ROUTER))).isTrue();
    }
  }

  @Test
  @Requirement({"RFC4861-6.3.4-15", "RFC4861-7.3.3-08", "RFC4861-7.3.3-11"})
  void anotherLinkAddressMakesTheEntryStaleAndTheSameOneConfirmsNothing() {
    try (NdpStation station = start()) {
      station.router("", 1800, link(1, PEER_MAC));
      station.advertisement(ROUTER, "fe80::a", ROUTER, "RSO", link(2, PEER_MAC));
      assertThat(neighbors(station).state(ip(ROUTER))).isEqualTo(NeighborState.REACHABLE);
      station.router("", 1800, link(1, "02:00:00:00:00:99"));
      assertThat(neighbors(station).state(ip(ROUTER))).isEqualTo(NeighborState.STALE);
      assertThat(neighbors(station).linkAddress(ip(ROUTER))).hasToString("02:00:00:00:00:99");
      station.router("", 1800, link(1, "02:00:00:00:00:99"));
      assertThat(neighbors(station).state(ip(ROUTER))).as("not confirmed").isEqualTo(NeighborState.STALE);
    }
  }

  @Test
  @Requirement({"RFC4861-6.3.4-13", "RFC4861-7.2.3-05", "RFC4861-7.2.3-06"})
  void onlyAdvertisementsSayWhetherAStationIsARouter() {
    try (NdpStation station = start()) {
      station.solicitation(ROUTER, "fe80::a", "fe80::a", link(1, PEER_MAC));
      assertThat(neighbors(station).isRouter(ip(ROUTER))).isFalse();
      station.router("", 1800);
      assertThat(neighbors(station).isRouter(ip(ROUTER))).isTrue();
      station.solicitation(ROUTER, "fe80::a", "fe80::a", link(1, PEER_MAC));
      assertThat(neighbors(station).isRouter(ip(ROUTER))).isTrue();
    }
  }

  @Test
  @Requirement({"RFC4861-7.2.5-10", "RFC4861-7.2.5-11", "RFC4861-7.3.3-10"})
  void aRouterThatBecomesAHostIsUsedNoLonger() {
    try (NdpStation station = start()) {
      station.router(SECOND, "L", 1800, 0, 0, 0, link(1, "02:00:00:00:00:0c"));
      station.router("", 1800, link(1, PEER_MAC), route("2001:db8:77::/48", 0, 1800));
      assertThat(station.nextHop(FAR)).isEqualTo(ROUTER);
      station.advertisement(ROUTER, NODES, ROUTER, "RO", link(2, PEER_MAC));
      assertThat(station.nextHop(FAR)).isEqualTo(ROUTER);
      station.advertisement(ROUTER, NODES, ROUTER, "O", link(2, PEER_MAC));
      assertThat(station.nextHop(FAR)).isEqualTo(SECOND);
      assertThat(station.routes()).noneMatch(route -> route.contains(ROUTER + " "));
      assertThat(neighbors(station).isRouter(ip(ROUTER))).isFalse();
    }
  }

  @Test
  @Requirement("RFC4861-7.3.3-09")
  void anUnchangedRouterFlagOfAHostChangesNothing() {
    try (NdpStation station = start()) {
      station.router("", 1800, link(1, PEER_MAC));
      station.solicitation("fe80::77", "fe80::a", "fe80::a", link(1, PEER_MAC));
      station.advertisement("fe80::77", NODES, "fe80::77", "O", link(2, PEER_MAC));
      assertThat(station.nextHop(FAR)).isEqualTo(ROUTER);
    }
  }

  @Test
  @Requirement({"RFC8504-5.4-03", "RFC4861-6.3.4-18", "RFC4861-4.6.2-04"})
  void addressesOfAnAdvertisedPrefixAreOnTheLinkForItsLifetime() {
    try (NdpStation station = start()) {
      station.router("", 1800, link(1, PEER_MAC), prefix("2001:db8:0:2:3:4:5:6/64", "L", 60, 60));
      String near = "2001:db8:0:2::9";
      assertThat(station.nextHop(near)).isEqualTo(near);
      station.at(61_001);
      assertThat(station.nextHop(near)).as("expired").isEqualTo(ROUTER);
      station.router("", 1800, prefix("2001:db8:0:2::/64", "L", -1, -1));
      station.at(2_000_000).router("", 1800);
      assertThat(station.nextHop(near)).as("without an end").isEqualTo(near);
      station.router("", 1800, prefix("2001:db8:0:2::/64", "L", 0, 0));
      assertThat(station.nextHop(near)).as("timed out at once").isEqualTo(ROUTER);
    }
  }

  @Test
  @Requirement({"RFC4861-4.6.2-01", "RFC4861-4.6.2-02", "RFC4861-6.3.4-17"})
  void aPrefixWithoutTheFlagSaysNothingAboutTheLink() {
    try (NdpStation station = start()) {
      station.router("", 1800, link(1, PEER_MAC), prefix("2001:db8:0:1::/64", "", 600, 600));
      assertThat(station.nextHop("2001:db8:0:1::9")).as("configured by the user").isEqualTo("2001:db8:0:1::9");
      station.router("", 1800, prefix("2001:db8:0:2::/64", "L", 600, 600));
      station.router("", 1800, prefix("2001:db8:0:2::/64", "", 0, 0));
      assertThat(station.nextHop("2001:db8:0:2::9")).isEqualTo("2001:db8:0:2::9");
    }
  }

  @Test
  @Requirement({"RFC4861-4.6.2-05", "RFC4861-5.1-01"})
  void theLinkLocalPrefixCannotBeChanged() {
    try (NdpStation station = start()) {
      List<String> before = station.routes();
      station.router("", 0, prefix("fe80::/64", "LA", 0, 0), prefix("fe80::/10", "LA", 600, 600),
          prefix("ff02::/16", "LA", 600, 600), prefix("::/0", "L", 600, 600));
      assertThat(station.routes()).isEqualTo(before);
      assertThat(station.nextHop("fe80::9")).isEqualTo("fe80::9");
      assertThat(station.dropped(NdpDrop.BAD_PREFIX)).isPositive();
    }
  }

  @Test
  @Requirement({"RFC8504-5.9-01", "RFC4861-6.3.6-01"})
  void aPreferredRouterIsUsedUnlessItDoesNotAnswer() {
    try (NdpStation station = start()) {
      station.router(SECOND, "L", 1800, 0, 0, 0, link(1, "02:00:00:00:00:0c"));
      station.router("fe80::3", "", 1800, 0, 0, 0, link(1, "02:00:00:00:00:0d"));
      station.router("H", 1800);
      assertThat(station.nextHop(FAR)).isEqualTo(ROUTER);
      assertThat(station.status().routers()).extracting(Object::toString)
          .containsExactly(ROUTER, "fe80::3", SECOND);
      station.send(FAR);
      station.at(4500);
      assertThat(station.nextHop(FAR)).as("not resolved within three seconds").isEqualTo("fe80::3");
      station.router("L", 1800, link(1, PEER_MAC));
      assertThat(station.nextHop(FAR)).as("another preference").isEqualTo("fe80::3");
      station.router("H", 1800, link(1, PEER_MAC));
      assertThat(station.nextHop(FAR)).as("it is back").isEqualTo(ROUTER);
    }
  }

  @Test
  @Requirement("RFC4861-6.3.6-02")
  void routersThatDoNotAnswerAreTriedInTurn() {
    try (NdpStation station = start()) {
      station.router("", 9000);
      station.router(SECOND, "", 9000, 0, 0, 0);
      station.router("fe80::3", "", 9000, 0, 0, 0);
      List<String> tried = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        station.send(FAR);
        station.at(2000 + i * 1000);
        for (String line : station.sent()) {
          int at = line.indexOf("NS fe80::");
          if (at >= 0) {
            String router = line.substring(at + 3, line.indexOf(' ', at + 3));
            if (tried.isEmpty() || !tried.getLast().equals(router)) {
              tried.add(router);
            }
          }
        }
      }
      assertThat(tried).startsWith(ROUTER, SECOND, "fe80::3", ROUTER, SECOND, "fe80::3", ROUTER);
    }
  }

  @Test
  @Requirement("RFC8504-5.9-02")
  void routeInformationIsUsedBeforeTheDefaultRoute() {
    try (NdpStation station = start()) {
      station.router("H", 1800, link(1, PEER_MAC));
      station.router(SECOND, "", 0, 0, 0, 0, link(1, "02:00:00:00:00:0c"), route("2001:db8:ffff::/48", 0, 600),
          route("2001:db8:fff0::/44", 0b10, 600), route("fe80::/64", 0, 600));
      assertThat(station.nextHop(FAR)).isEqualTo(SECOND);
      assertThat(station.nextHop("2001:db8:fff1::1")).as("reserved preference").isEqualTo(ROUTER);
      assertThat(station.nextHop("fe80::9")).isEqualTo("fe80::9");
      station.router("H", 1800, route("2001:db8:ffff::/48", 0b01, 600));
      assertThat(station.nextHop(FAR)).as("more preferred").isEqualTo(ROUTER);
      station.router("H", 1800, route("2001:db8:ffff::/48", 0b01, 0));
      assertThat(station.nextHop(FAR)).isEqualTo(SECOND);
      station.at(602_000);
      assertThat(station.nextHop(FAR)).isEqualTo(ROUTER);
      station.router(SECOND, "H", 1800, 0, 0, 0, route("::/0", 0b11, 100));
      assertThat(station.routes()).as("overrides the header").contains("::/0 fe80::2 2048");
    }
  }

  @Test
  @Requirement({"RFC4861-6.3.4-03", "RFC4861-6.3.4-04", "RFC4861-6.3.4-05"})
  void tablesAreBoundedAndAFailedRouterMakesRoom() {
    try (NdpStation station = start()) {
      station.router("", 9000);
      station.send(FAR).at(5000);
      assertThat(neighbors(station).hasFailed(ip(ROUTER))).isTrue();
      for (int i = 0; i < 1000; i++) {
        String router = "fe80::1:" + Integer.toHexString(i);
        station.router(router, "", 9000, 0, 0, 0, link(1, PEER_MAC),
            prefix("2001:db8:1:" + Integer.toHexString(i) + "::/64", "LA", 6000, 6000),
            route("2001:db9:" + Integer.toHexString(i) + "::/48", 0, 6000));
      }
      assertThat(station.status().routers()).hasSize(16).extracting(Object::toString).doesNotContain(ROUTER)
          .contains("fe80::1:0", "fe80::1:f");
      assertThat(station.routes()).hasSizeLessThan(100);
      assertThat(station.addresses()).hasSize(2 + AutoAddresses.MOST);
      assertThat(station.dropped(NdpDrop.TOO_MANY_ADVERTISED)).isGreaterThan(2000);
      assertThat(station.nextHop(FAR)).isEqualTo("fe80::1:0");
      assertThat(neighbors(station).size()).isLessThanOrEqualTo(1024);
      station.router("fe80::99", "H", 9000, 0, 0, 0);
      assertThat(station.nextHop(FAR)).as("a more preferred one makes room").isEqualTo("fe80::99");
    }
  }

  @Test
  void flagsForDhcpAreReported() {
    try (NdpStation station = start()) {
      station.router("MO", 1800);
      assertThat(station.status().managed()).isTrue();
      assertThat(station.status().otherConfiguration()).isTrue();
      station.router("", 1800);
      assertThat(station.status().managed()).isFalse();
    }
  }

  @Test
  @Requirement({"RFC4861-9-07", "RFC6980-5-01"})
  void messagesFitTheSmallestLinkInOnePacket() {
    try (NdpStation station = NdpStation.discovering(settings -> settings)) {
      station.at(500).router("", 1800, link(1, PEER_MAC), mtu(1280), prefix("2001:db8:1::/64", "LA", 3600, 1800));
      station.at(5000).send(FAR).at(20_000);
      List<byte[]> frames = station.device.takeSent();
      assertThat(frames).hasSizeGreaterThan(4).allMatch(frame -> frame.length <= 14 + 1280);
      assertThat(frames).as("no fragment header").allMatch(frame -> frame[14 + 6] != 44);
      assertThat(MAC).isNotEmpty();
    }
  }
}
