package io.reactorstack.ndp;

import static io.reactorstack.ndp.NdpStation.NODES;
import static io.reactorstack.ndp.NdpStation.PEER_MAC;
import static io.reactorstack.ndp.NdpStation.ROUTER;
import static io.reactorstack.ndp.NdpStation.address;
import static io.reactorstack.ndp.NdpStation.dnsServers;
import static io.reactorstack.ndp.NdpStation.link;
import static io.reactorstack.ndp.NdpStation.mtu;
import static io.reactorstack.ndp.NdpStation.prefix;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.device.Carrier;
import io.reactorstack.icmp.IcmpDrop;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.Requirement;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** A host that forwards is a router towards its neighbours, and no host towards other routers. */
class RouterRoleTest {

  private static final String LINK_LOCAL = "fe80::a";
  private static final String OWN = "2001:db8:1::a";
  private static final String PEER = "fe80::b";
  private static final String FAR = "2001:db8:ffff::1";

  private static NdpStation start() {
    return NdpStation.router(UnaryOperator.identity(), LINK_LOCAL + "/64", OWN + "/64");
  }

  private static void advertise(NdpStation station) {
    station.router(ROUTER, "", 9000, 7, 5_000, 300, link(1, PEER_MAC), mtu(1300),
        prefix("2001:db8:5::/64", "LA", 7200, 7200), dnsServers(600, "2001:db8:5::53"));
  }

  private static List<String> solicitations(NdpStation station) {
    return station.sent().stream().filter(line -> line.contains("are there routers")).toList();
  }

  // ---- no host towards other routers

  @Test
  void itTakesNothingFromOtherRoutersAndSolicitsNone() {
    try (NdpStation station = start()) {
      station.at(100_000);
      assertThat(solicitations(station)).isEmpty();
      List<String> routes = station.routes();
      station.assertDropped(NdpDrop.ROUTER_DISCOVERY_OFF, () -> advertise(station));
      assertThat(station.addresses()).containsExactly(LINK_LOCAL + "/64 PREFERRED", OWN + "/64 PREFERRED");
      assertThat(station.routes()).isEqualTo(routes);
      assertThat(station.stack.dns().servers()).isEmpty();
      assertThat(station.ip().named("eth0").mtuTo(IpAddress.parse(FAR))).isEqualTo(1500);
    }
  }

  @Test
  void itIsAHostOnAnInterfaceThatTheUserNames() {
    try (NdpStation station = NdpStation.router(stack -> stack.slaac("eth0"), LINK_LOCAL + "/64")) {
      station.at(2000);
      assertThat(solicitations(station)).isNotEmpty();
      advertise(station);
      assertThat(station.nextHop(FAR)).isEqualTo(ROUTER);
      assertThat(station.status().isConfigured()).isTrue();
      assertThat(station.stack.slaac("eth0")).isNotNull();
    }
    try (NdpStation station = NdpStation.router(
        stack -> stack.ipv6("eth0", settings -> settings.withRouterDiscovery(true)), LINK_LOCAL + "/64")) {
      station.at(2000);
      advertise(station);
      assertThat(station.nextHop(FAR)).isEqualTo(ROUTER);
    }
    try (NdpStation station = NdpStation.router(
        stack -> stack.ipv6("eth0", settings -> settings.withTemporaryAddresses(true)), LINK_LOCAL + "/64")) {
      station.at(2000);
      station.assertDropped(NdpDrop.ROUTER_DISCOVERY_OFF, () -> advertise(station));
    }
  }

  @Test
  @Requirement("RFC4861-8.2-07")
  void itFollowsNoRedirectsOfIpv6() {
    try (NdpStation station = NdpStation.router(
        stack -> stack.slaac("eth0").ipv6("eth0", settings -> settings.withRedirects(true)), LINK_LOCAL + "/64",
        OWN + "/64")) {
      station.at(2000);
      advertise(station);
      assertThat(station.nextHop(FAR)).isEqualTo(ROUTER);
      station.assertDropped(NdpDrop.REDIRECTS_OFF, () -> redirect(station));
      assertThat(station.nextHop(FAR)).isEqualTo(ROUTER);
      station.stack.forwarding(false).subscribe();
      station.loop.settle();
      redirect(station);
      assertThat(station.nextHop(FAR)).as("as a host").isEqualTo("fe80::2");
    }
  }

  private static void redirect(NdpStation station) {
    station.receive(ROUTER, OWN, 137, 0, address("fe80::2"), address(FAR));
  }

  @Test
  @Requirement("RFC1812-4.3.3.2-01")
  void itFollowsNoRedirectsOfIpv4() {
    try (NdpStation station = NdpStation.router(
        stack -> stack.gateway("10.0.0.1").icmp(icmp -> icmp.withRedirects(true)), "10.0.0.7/24")) {
      station.assertDropped(IcmpDrop.IGNORED_TYPE, () -> redirectOfIpv4(station));
      assertThat(station.nextHop("192.0.2.1")).isEqualTo("10.0.0.1");
      station.stack.forwarding(false).subscribe();
      station.loop.settle();
      redirectOfIpv4(station);
      assertThat(station.nextHop("192.0.2.1")).as("as a host").isEqualTo("10.0.0.2");
    }
  }

  @Test
  @Requirement("RFC1812-5.3.12.1-01")
  void itSendsNoRedirectsOfIpv4WhenItForwardsNoMore() {
    try (NdpStation station = NdpStation.router(stack -> stack.gateway("10.0.0.1"), "10.0.0.7/24")) {
      station.device.inject(Packets.ethernet(
          NdpStation.MAC, PEER_MAC, 0x806, Packets.arp(1, PEER_MAC, "10.0.0.9", "00:00:00:00:00:00", "10.0.0.7")));
      station.loop.settle();
      assertThat(redirectsAboutATransitOfIpv4(station)).isEqualTo(1);
      station.stack.forwarding(false).subscribe();
      station.loop.settle();
      assertThat(redirectsAboutATransitOfIpv4(station)).isZero();
    }
  }

  /** The number of redirects that the station sends about a packet to be returned to its link. */
  private static long redirectsAboutATransitOfIpv4(NdpStation station) {
    station.device.takeSent();
    station.device.inject(Packets.ethernet(NdpStation.MAC, PEER_MAC, 0x800,
        Packets.ipv4("10.0.0.9", "192.0.2.1", 17, new byte[] {0, 9, 0, 9, 0, 8, 0, 0})));
    station.loop.settle();
    return station.device.takeSent().stream()
        .filter(frame -> frame.length > 34 && frame[12] == 8 && frame[13] == 0 && frame[23] == 1 && frame[34] == 5)
        .count();
  }

  private static void redirectOfIpv4(NdpStation station) {
    byte[] quote = Packets.ipv4("10.0.0.7", "192.0.2.1", 17, new byte[] {0, 9, 0, 9, 0, 8, 0, 0});
    byte[] message = Packets.icmp(5, 1, 0x0a000002, quote);
    station.device.inject(Packets.ethernet(
        NdpStation.MAC, PEER_MAC, 0x800, Packets.ipv4("10.0.0.1", "10.0.0.7", 1, message)));
    station.loop.settle();
  }

  // ---- a router towards its neighbours

  @Test
  @Requirement("RFC4861-7.2.6-08")
  void itAnnouncesItsAddressesAsARouter() {
    try (NdpStation station = start()) {
      station.at(1000).device.carrier(Carrier.DOWN);
      station.at(2000).sent();
      station.device.carrier(Carrier.UP);
      assertThat(station.at(3000).sent()).anyMatch(line -> line.contains("> " + NODES + " NA " + OWN + " RO"))
          .anyMatch(line -> line.contains("> " + NODES + " NA " + LINK_LOCAL + " RO"));
    }
  }

  @Test
  @Requirement("RFC4861-7.2.4-09")
  void itsNeighborAdvertisementsSayThatItIsARouter() {
    try (NdpStation station = start()) {
      station.at(1000).sent();
      station.solicitation(PEER, "ff02::1:ff00:a", OWN, link(1, PEER_MAC));
      assertThat(station.sent()).singleElement().asString().contains("NA " + OWN + " RSO");
      station.solicitation("::", "ff02::1:ff00:a", OWN);
      assertThat(station.sent()).singleElement().asString().contains("> ff02::1 NA " + OWN + " RO");
    }
  }

  @Test
  @Requirement({"RFC4291-2.8-02", "RFC4861-6.2.2-02", "RFC4861-6.2.5-02"})
  void itReceivesTheMessagesToAllRouters() {
    try (NdpStation station = start()) {
      station.at(10_000);
      assertThat(station.sent()).anyMatch(line -> line.contains("ff02::16") && line.contains("ff02::2"));
      assertThat(station.ip().named("eth0").listensTo(IpAddress.parse("ff02::2"))).isTrue();
      station.stack.forwarding(false).subscribe();
      station.at(20_000);
      assertThat(station.ip().named("eth0").listensTo(IpAddress.parse("ff02::2"))).isFalse();
    }
    try (NdpStation host = NdpStation.untested(LINK_LOCAL + "/64")) {
      assertThat(host.at(10_000).ip().named("eth0").listensTo(IpAddress.parse("ff02::2"))).isFalse();
      host.stack.advertise("eth0", settings -> settings).subscribe();
      host.loop.settle();
      assertThat(host.ip().named("eth0").listensTo(IpAddress.parse("ff02::2"))).as("it advertises").isTrue();
    }
  }

  @Test
  @Requirement({"RFC4861-6.2.5-03", "RFC4861-6.2.5-04"})
  void neighborsSeeThatItHasBecomeAHost() {
    try (NdpStation station = NdpStation.router(stack -> stack.advertise("eth0"), LINK_LOCAL + "/64", OWN + "/64")) {
      station.at(100_000).sent();
      station.stack.forwarding(false).subscribe();
      station.at(101_000);
      List<String> sent = station.sent();
      assertThat(sent).anyMatch(line -> line.contains("> " + NODES + " NA " + LINK_LOCAL + " O"));
      assertThat(sent).anyMatch(line -> line.contains("> " + NODES + " NA " + OWN + " O"));
      assertThat(sent).anyMatch(line -> line.contains("NDP router, lifetime 0 s"))
          .noneMatch(line -> line.contains("lifetime 1800"));
      station.solicitation(PEER, "ff02::1:ff00:a", OWN, link(1, PEER_MAC));
      assertThat(station.sent()).singleElement().asString().contains("NA " + OWN + " SO");
      station.stack.forwarding(true).subscribe();
      assertThat(station.at(105_000).sent()).anyMatch(line -> line.contains("NA " + OWN + " RO"))
          .anyMatch(line -> line.contains("NDP router, lifetime 1800 s"));
    }
  }

  @Test
  void aHostThatBecomesARouterForgetsWhatItHasLearntAndLearnsItAgainAsAHost() {
    try (NdpStation station = NdpStation.discovering(LINK_LOCAL + "/64")) {
      station.at(2000);
      advertise(station);
      List<String> addresses = station.addresses();
      assertThat(addresses).hasSize(2);
      assertThat(station.nextHop(FAR)).isEqualTo(ROUTER);
      station.stack.forwarding(true).subscribe();
      station.at(100_000).sent();
      assertThat(station.nextHop(FAR)).isEqualTo("none");
      assertThat(station.stack.dns().servers()).isEmpty();
      assertThat(station.status().routers()).isEmpty();
      assertThat(station.addresses()).as("open connections keep their address").isEqualTo(addresses);
      station.assertDropped(NdpDrop.ROUTER_DISCOVERY_OFF, () -> advertise(station));
      station.stack.forwarding(false).subscribe();
      station.at(102_000);
      assertThat(solicitations(station)).hasSize(1);
      advertise(station);
      assertThat(station.nextHop(FAR)).isEqualTo(ROUTER);
    }
  }
}
