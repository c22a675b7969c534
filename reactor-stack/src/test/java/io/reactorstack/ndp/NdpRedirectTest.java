package io.reactorstack.ndp;

import static io.reactorstack.ndp.NdpStation.PEER_MAC;
import static io.reactorstack.ndp.NdpStation.ROUTER;
import static io.reactorstack.ndp.NdpStation.address;
import static io.reactorstack.ndp.NdpStation.link;
import static io.reactorstack.testing.Packets.concat;
import static io.reactorstack.testing.Packets.icmpv6;
import static io.reactorstack.testing.Packets.ipv6;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.neighbor.NeighborCache;
import io.reactorstack.neighbor.NeighborState;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.Requirement;
import io.reactorstack.wire.NdpDefect;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Redirects of IPv6 routers (RFC 4861 section 8). */
class NdpRedirectTest {

  private static final String FAR = "2001:db8:ffff::1";
  private static final String OWN = "2001:db8:0:1::a";
  private static final String BETTER = "fe80::2";
  private static final String BETTER_MAC = "02:00:00:00:00:0c";

  private static NdpStation start() {
    NdpStation station = NdpStation.discovering(
        settings -> settings.withDuplicateAddressDetection(0).withRedirects(true), "fe80::a/64", OWN + "/64");
    station.at(1000).router("", 9000, link(1, PEER_MAC)).sent();
    return station;
  }

  private static NdpStation redirect(
      NdpStation station, String source, String target, String destination, byte[]... options) {
    return station.receive(source, OWN, 137, 0, address(target), address(destination), concat(options));
  }

  private static NeighborCache neighbors(NdpStation station) {
    return (NeighborCache) Objects.requireNonNull(station.ip().named("eth0")).neighbors();
  }

  @Test
  @Requirement({"RFC8504-5.4-06", "RFC4861-8.3-01", "RFC4861-8.3-06"})
  void packetsGoToTheBetterRouterAtOnce() {
    try (NdpStation station = start()) {
      station.send(FAR);
      assertThat(station.sent()).first().asString().startsWith(PEER_MAC);
      redirect(station, ROUTER, BETTER, FAR, link(2, BETTER_MAC));
      assertThat(station.nextHop(FAR)).isEqualTo(BETTER);
      assertThat(neighbors(station).isRouter(IpAddress.parse(BETTER))).isTrue();
      station.send(FAR);
      assertThat(station.sent()).first().asString().startsWith(BETTER_MAC);
      assertThat(station.nextHop("2001:db8:ffff::2")).as("another destination").isEqualTo(ROUTER);
    }
  }

  @Test
  @Requirement({"RFC4861-8.3-03", "RFC4861-8.3-04", "RFC4861-8.3-02"})
  void theTargetsEntryIsStaleWhetherNewOrChanged() {
    try (NdpStation station = start()) {
      redirect(station, ROUTER, BETTER, FAR, link(2, BETTER_MAC));
      assertThat(station.nextHop(FAR)).as("a destination that was not in use").isEqualTo(BETTER);
      assertThat(neighbors(station).state(IpAddress.parse(BETTER))).isEqualTo(NeighborState.STALE);
      station.advertisement(BETTER, "fe80::a", BETTER, "RSO", link(2, BETTER_MAC));
      assertThat(neighbors(station).state(IpAddress.parse(BETTER))).isEqualTo(NeighborState.REACHABLE);
      redirect(station, BETTER, ROUTER, FAR, link(2, "02:00:00:00:00:99"));
      assertThat(neighbors(station).state(IpAddress.parse(ROUTER))).isEqualTo(NeighborState.STALE);
      assertThat(neighbors(station).linkAddress(IpAddress.parse(ROUTER))).hasToString("02:00:00:00:00:99");
    }
  }

  @Test
  @Requirement({"RFC4861-8.3-05", "RFC4861-8.1-11"})
  void aTargetThatIsTheDestinationIsOnTheLinkEvenOutsideOfItsPrefixes() {
    try (NdpStation station = start()) {
      redirect(station, ROUTER, FAR, FAR, link(2, BETTER_MAC));
      assertThat(station.nextHop(FAR)).isEqualTo(FAR);
      station.send(FAR);
      assertThat(station.sent()).first().asString().startsWith(BETTER_MAC);
    }
  }

  @Test
  @Requirement({"RFC4861-8.1-01", "RFC4861-8.1-02", "RFC4861-8.1-03"})
  void invalidRedirectsAreDropped() {
    try (NdpStation station = start()) {
      station.assertDropped(NdpDrop.NOT_LINK_LOCAL, () -> redirect(station, "2001:db8:0:1::1", BETTER, FAR));
      byte[] packet = ipv6(ROUTER, OWN, 58, icmpv6(ROUTER, OWN, 137, 0, 0, concat(address(BETTER), address(FAR))));
      packet[7] = (byte) 254;
      station.assertDropped(NdpDrop.BAD_HOP_LIMIT, () -> station.receive(packet));
      station.assertDropped(NdpDefect.BAD_OPTION, () -> redirect(station, ROUTER, BETTER, FAR, new byte[8]));
      station.assertDropped(NdpDefect.BAD_TARGET, () -> redirect(station, ROUTER, "2001:db8::7", FAR));
      station.assertDropped(NdpDefect.BAD_DESTINATION, () -> redirect(station, ROUTER, BETTER, "ff0e::1"));
      station.assertDropped(NdpDrop.BAD_REDIRECT, () -> redirect(station, ROUTER, "fe80::a", FAR));
      assertThat(station.nextHop(FAR)).isEqualTo(ROUTER);
    }
  }

  @Test
  @Requirement("RFC4861-8.1-05")
  void onlyTheCurrentFirstHopMayRedirect() {
    try (NdpStation station = start()) {
      station.assertDropped(NdpDrop.NOT_FIRST_HOP, () -> redirect(station, "fe80::66", BETTER, FAR));
      redirect(station, ROUTER, BETTER, FAR, link(2, BETTER_MAC));
      station.assertDropped(NdpDrop.NOT_FIRST_HOP, () -> redirect(station, ROUTER, "fe80::66", FAR));
      station.assertDropped(NdpDrop.NOT_FIRST_HOP, () -> redirect(station, ROUTER, BETTER, "2001:db8:0:1::9"));
      station.assertDropped(NdpDrop.NOT_FIRST_HOP, () -> redirect(station, ROUTER, BETTER, OWN));
    }
  }

  @Test
  @Requirement("RFC4861-8.3-07")
  void aHostDoesNotSendRedirects() {
    try (NdpStation station = start()) {
      byte[] packet = ipv6("2001:db8:0:1::b", FAR, 17, new byte[] {0, 9, 0, 9, 0, 8, 0, 0});
      for (int i = 0; i < 3; i++) {
        station.receive(packet);
      }
      station.at(5000);
      assertThat(station.sent()).noneMatch(line -> line.contains("redirect")).noneMatch(line -> line.contains(FAR));
    }
  }

  @Test
  void aTargetThatDoesNotAnswerOrIsNoRouterAnyMoreIsNotUsed() {
    try (NdpStation station = start()) {
      redirect(station, ROUTER, BETTER, FAR);
      station.send(FAR).at(5000);
      assertThat(station.nextHop(FAR)).as("it does not answer").isEqualTo(ROUTER);
      redirect(station, ROUTER, "fe80::3", FAR, link(2, BETTER_MAC));
      assertThat(station.nextHop(FAR)).isEqualTo("fe80::3");
      station.advertisement("fe80::3", "ff02::1", "fe80::3", "O", link(2, BETTER_MAC));
      assertThat(station.nextHop(FAR)).as("a host").isEqualTo(ROUTER);
    }
  }

  @Test
  void theyAreBoundedAndOffByDefault() {
    try (NdpStation station = start()) {
      for (int i = 0; i < 5000; i++) {
        redirect(station, ROUTER, BETTER, "2001:db8:ffff::1:" + Integer.toHexString(i), link(2, BETTER_MAC));
      }
      int redirected = 0;
      for (int i = 0; i < 5000; i++) {
        redirected += station.nextHop("2001:db8:ffff::1:" + Integer.toHexString(i)).equals(BETTER) ? 1 : 0;
      }
      assertThat(redirected).isBetween(1, 256);
    }
    try (NdpStation station = NdpStation.discovering(OWN + "/64")) {
      station.router("", 9000, link(1, PEER_MAC)).at(1000);
      station.assertDropped(NdpDrop.REDIRECTS_OFF, () -> redirect(station, ROUTER, BETTER, FAR));
    }
  }
}
