package io.reactorstack.ip.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.layer.Egress;
import io.reactorstack.neighbor.Neighbor;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestInterfaces;
import io.reactorstack.testing.TestInterfaces.ToldNeighbors;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.wire.IpProtocol;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class IpHostTest {

  private final IpHost host = TestInterfaces.host();
  private final VirtualLoop loop = new VirtualLoop();
  private final ToldNeighbors neighbors = new ToldNeighbors();
  private NetworkInterface eth0;
  private NetworkInterface eth1;

  @BeforeEach
  void attach() {
    TestInterfaces.attachLoopback(host, egress());
    eth0 = TestInterfaces.attach(host, "eth0", 1500, neighbors, egress(), "10.0.0.7/24");
    eth1 = TestInterfaces.attach(host, "eth1", 1400, egress(), "192.168.1.9/16");
    host.network().routes(none -> RoutingTable.of(
        Route.onLink(IpPrefix.parse("10.0.0.0/24"), "eth0"),
        Route.onLink(IpPrefix.parse("192.168.0.0/16"), "eth1"),
        Route.defaultVia(IpAddress.parse("10.0.0.1"), "eth0")));
  }

  private Egress<OutboundPacket> egress() {
    return new Egress<>(loop.newTurn());
  }

  @Test
  @Requirement({"RFC1122-3.3.1.1-01", "RFC1122-3.3.1.2-03"})
  void onLinkDestinationsAreTheNextHopAndOtherOnesUseTheGateway() {
    assertThat(path("10.0.0.99").nextHop()).isEqualTo(IpAddress.parse("10.0.0.99"));
    assertThat(path("192.168.200.1").egress()).isSameAs(eth1.egress());
    assertThat(path("203.0.113.5").nextHop()).isEqualTo(IpAddress.parse("10.0.0.1"));
    assertThat(path("203.0.113.5").egress()).isSameAs(eth0.egress());
  }

  @Test
  @Requirement("RFC1122-3.3.4.2-03")
  void selectsTheSourceInTheNetworkOfTheNextHop() {
    assertThat(path("192.168.3.4").source()).isEqualTo(IpAddress.parse("192.168.1.9"));
    assertThat(path("203.0.113.5").source()).isEqualTo(IpAddress.parse("10.0.0.7"));
  }

  @Test
  void anAddressAddedAtRunTimeIsUsedForTheNextPacket() {
    TestInterfaces.address(host, eth0, "172.16.0.5/12");
    host.network().routes(routes -> routes.with(Route.onLink(IpPrefix.parse("172.16.0.0/12"), "eth0")));

    assertThat(path("172.20.0.1").source()).isEqualTo(IpAddress.parse("172.16.0.5"));
    assertThat(host.isLocal(IpAddress.parse("172.16.0.5"))).isTrue();
  }

  @Test
  void ownAddressesAndAllOf127AreReachedThroughTheLoopback() {
    for (String own : new String[] {"127.0.0.1", "127.9.9.9", "10.0.0.7", "192.168.1.9"}) {
      assertThat(path(own).networkInterface().isLoopback()).as(own).isTrue();
      assertThat(path(own).source()).isEqualTo(IpAddress.parse(own));
    }
  }

  @Test
  @Requirement({"RFC1122-3.3.1.1-02", "RFC1112-6.2-01"})
  void limitedBroadcastAndGroupsNeverGoToAGateway() {
    assertThat(path("255.255.255.255").nextHop()).isEqualTo(IpAddress.parse("255.255.255.255"));
    assertThat(path("224.0.0.251").nextHop()).isEqualTo(IpAddress.parse("224.0.0.251"));
    assertThat(host.onLink(eth1, IpAddress.parse("239.1.2.3")).nextHop()).isEqualTo(IpAddress.parse("239.1.2.3"));
  }

  @Test
  @Requirement("RFC1122-3.3.1.1-03")
  void aDirectedBroadcastLeavesOnItsNetwork() {
    assertThat(path("192.168.255.255").egress()).isSameAs(eth1.egress());
    assertThat(path("192.168.255.255").nextHop()).isEqualTo(IpAddress.parse("192.168.255.255"));
  }

  @Test
  @Requirement("RFC1122-3.3.1.1-04")
  void onlyTheLinkIsReachableWithoutAGateway() {
    host.network().routes(before -> RoutingTable.of(Route.onLink(IpPrefix.parse("10.0.0.0/24"), "eth0")));

    assertThat(path("10.0.0.3")).isNotNull();
    assertThat(host.destination(IpAddress.parse("203.0.113.5"))).isNull();
    assertThat(host.destination(IpAddress.parse("0.0.0.0"))).isNull();
  }

  @Test
  @Requirement({"RFC1122-3.3.1.2-04", "RFC1122-3.3.1.5-01"})
  void aFailedGatewayIsAvoidedIfThereIsAnotherRoute() {
    host.network()
        .routes(routes -> routes.with(new Route(IpPrefix.parse("0.0.0.0/0"), IpAddress.parse("10.0.0.2"), "eth0", 5)));
    assertThat(path("203.0.113.5").nextHop()).isEqualTo(IpAddress.parse("10.0.0.1"));

    fail("10.0.0.1");
    assertThat(path("203.0.113.5").nextHop()).isEqualTo(IpAddress.parse("10.0.0.2"));

    fail("10.0.0.2");
    assertThat(path("203.0.113.5").nextHop()).isEqualTo(IpAddress.parse("10.0.0.1"));
  }

  private void fail(String neighbor) {
    neighbors.failed.add(IpAddress.parse(neighbor));
    host.onNeighborFailureChanged(IpAddress.parse(neighbor));
  }

  @Test
  void aGatewayThatFailedAsANeighborIsAvoided() {
    fail("10.0.0.3");
    host.network().routes(routes -> routes.with(
        new Route(IpPrefix.parse("203.0.113.0/24"), IpAddress.parse("10.0.0.3"), "eth0", 0)));
    assertThat(path("203.0.113.5").nextHop()).isEqualTo(IpAddress.parse("10.0.0.1"));
    neighbors.failed.clear();
    host.onNeighborFailureChanged(IpAddress.parse("10.0.0.3"));
    assertThat(path("203.0.113.5").nextHop()).isEqualTo(IpAddress.parse("10.0.0.3"));
  }

  @Test
  void theLongestPrefixWinsThenTheMetricThenTheFirst() {
    Route wide = Route.onLink(IpPrefix.parse("10.0.0.0/8"), "a");
    Route narrow = Route.onLink(IpPrefix.parse("10.1.0.0/16"), "b");
    Route cheap = new Route(IpPrefix.parse("10.1.0.0/16"), null, "c", 0);
    Route dear = new Route(IpPrefix.parse("10.1.0.0/16"), null, "d", 7);
    RoutingTable table = RoutingTable.of(wide, dear, narrow, cheap);

    assertThat(table.lookup(IpAddress.parse("10.1.2.3"))).isEqualTo(narrow);
    assertThat(table.without(narrow::equals).lookup(IpAddress.parse("10.1.2.3"))).isEqualTo(cheap);
    assertThat(table.lookup(IpAddress.parse("10.2.0.0"))).isEqualTo(wide);
    assertThat(table.lookup(IpAddress.parse("11.0.0.1"))).isNull();
    assertThat(table.lookup(IpAddress.parse("2001:db8::1"))).isNull();
  }

  @Test
  void theRoutesOfADetachedInterfaceAreNotUsed() {
    host.network().detach("eth1");

    assertThat(path("192.168.3.4").egress()).isSameAs(eth0.egress());
  }

  @Test
  @Requirement({"RFC1122-3.2.1.3-02", "RFC1122-3.2.1.3-05"})
  void rejectsInterfaceAddressesThatIdentifyNoHost() {
    for (String bad : new String[] {"0.0.0.0/8", "224.0.0.1/4", "10.0.0.255/24", "10.0.0.0/24", "255.255.255.255/32"}) {
      assertThatThrownBy(() -> TestInterfaces.attach(host, "eth9", 1500, egress(), bad))
          .as(bad)
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(TestInterfaces.attach(host, "p2p", 1500, egress(), "10.0.0.0/31").addresses()).hasSize(1);
  }

  @Test
  void aDestinationFollowsRoutesCarriersAndGatewaysAndCountsItsMoves() {
    Destination far = path("203.0.113.5");
    assertThat(far.moves()).isZero();
    host.network().routes(routes -> routes.with(new Route(IpPrefix.parse("203.0.113.0/24"), null, "eth1", 0)));
    assertThat(far.egress()).isSameAs(eth1.egress());
    assertThat(far.nextHop()).isEqualTo(IpAddress.parse("203.0.113.5"));
    assertThat(far.linkMtu()).isEqualTo(1400);
    assertThat(far.source()).isEqualTo(IpAddress.parse("192.168.1.9"));
    host.network().carrying(eth1.name(), false);
    assertThat(far.nextHop()).isEqualTo(IpAddress.parse("10.0.0.1"));
    host.network().carrying(eth1.name(), true);
    assertThat(far.networkInterface()).isSameAs(eth1);
    assertThat(far.moves()).isEqualTo(3);
    host.network().routes(routes -> routes.without(route -> true));
    assertThat(far.isReachable()).isFalse();
    assertThat(far.networkInterface()).as("keeps its interface without a route").isSameAs(eth1);
    assertThat(far.moves()).isEqualTo(3);
  }

  @Test
  void aDestinationCachesItsNeighborUntilTheNetworkChanges() {
    Destination near = path("10.0.0.99");
    assertThat(near.neighbor()).hasToString("10.0.0.99").isSameAs(near.neighbor());
    Destination far = path("203.0.113.5");
    Neighbor gateway = far.neighbor();
    assertThat(gateway).hasToString("10.0.0.1");
    host.network().routes(routes -> routes.with(new Route(IpPrefix.parse("203.0.113.0/24"), null, "eth0", 0)));
    assertThat(far.neighbor()).hasToString("203.0.113.5");
  }

  @Test
  @Requirement("RFC1122-3.2.1.3-09")
  void aSourceAddressIsValidOnlyWhileTheHostHasIt() {
    IpAddress extra = IpAddress.parse("10.0.0.8");
    Destination far = path("203.0.113.5");
    assertThat(far.maySendFrom(extra, IpProtocol.UDP)).isFalse();
    TestInterfaces.address(host, eth0, "10.0.0.8/24");
    assertThat(far.maySendFrom(extra, IpProtocol.UDP)).isTrue();
    assertThat(far.maySendFrom(extra, IpProtocol.UDP)).as("accepted before").isTrue();
    host.network().removeAddress(eth0.name(), extra);
    assertThat(far.maySendFrom(extra, IpProtocol.UDP)).isFalse();
    assertThat(far.maySendFrom(IpAddress.parse("127.0.0.1"), IpProtocol.UDP)).isFalse();
    assertThat(path("127.0.0.1").maySendFrom(IpAddress.parse("127.0.0.1"), IpProtocol.UDP)).isTrue();
  }

  @Test
  void onlyTheFailureOfAGatewayChangesRoutes() {
    Destination far = path("203.0.113.5");
    host.network()
        .routes(routes -> routes.with(new Route(IpPrefix.parse("0.0.0.0/0"), IpAddress.parse("10.0.0.2"), "eth0", 5)));
    assertThat(far.nextHop()).isEqualTo(IpAddress.parse("10.0.0.1"));
    neighbors.failed.add(IpAddress.parse("10.0.0.1"));
    host.onNeighborFailureChanged(IpAddress.parse("10.0.0.99"));
    assertThat(far.nextHop()).isEqualTo(IpAddress.parse("10.0.0.1"));
    host.onNeighborFailureChanged(IpAddress.parse("10.0.0.1"));
    assertThat(far.nextHop()).isEqualTo(IpAddress.parse("10.0.0.2"));
  }

  @Test
  void prefersAssignedAddressesAndUsesDeprecatedOnesLast() {
    IpPrefix second = IpPrefix.parse("10.0.0.8/24");
    var always = InterfaceAddress.Lifetimes.FOR_EVER;
    var manual = InterfaceAddress.Origin.MANUAL;
    host.network().addAddress(eth0.name(),
        new InterfaceAddress(second, InterfaceAddress.State.TENTATIVE, always, manual));
    assertThat(host.isLocal(second.address())).isFalse();
    host.network().removeAddress(eth0.name(), IpAddress.parse("10.0.0.7"));
    assertThat(path("10.0.0.3").source()).as("the address of eth1").isEqualTo(IpAddress.parse("192.168.1.9"));
    host.network().removeAddress(eth0.name(), second.address());
    host.network().addAddress(eth0.name(),
        new InterfaceAddress(second, InterfaceAddress.State.DEPRECATED, always, manual));
    assertThat(path("10.0.0.3").source()).isEqualTo(second.address());
    TestInterfaces.address(host, eth0, "10.0.0.9/24");
    assertThat(path("10.0.0.3").source()).isEqualTo(IpAddress.parse("10.0.0.9"));
  }

  @Test
  @Requirement({"RFC1122-3.3.1.2-01", "RFC1122-3.3.1.2-05", "RFC1122-3.3.1.3-01"})
  void aSenderKeepsTheRouteOfItsDestinationAndLooksItUpAgainAfterAChange() {
    LastDestination cache = new LastDestination(host);
    Destination kept = cache.to(IpAddress.parse("203.0.113.5"));
    assertThat(cache.to(IpAddress.parse("203.0.113.5"))).isSameAs(kept);
    assertThat(kept.nextHop()).isEqualTo(IpAddress.parse("10.0.0.1"));
    // Static routes to a network and to one host.
    host.network().routes(routes -> routes
        .with(new Route(IpPrefix.parse("203.0.113.0/24"), IpAddress.parse("10.0.0.2"), "eth0", 0))
        .with(new Route(IpPrefix.parse("203.0.113.5/32"), IpAddress.parse("10.0.0.3"), "eth0", 0)));
    assertThat(cache.to(IpAddress.parse("203.0.113.5"))).isSameAs(kept);
    assertThat(kept.nextHop()).isEqualTo(IpAddress.parse("10.0.0.3"));
    assertThat(path("203.0.113.6").nextHop()).isEqualTo(IpAddress.parse("10.0.0.2"));
    assertThat(cache.to(IpAddress.parse("203.0.113.6"))).isNotSameAs(kept);
  }

  @Test
  void gatewaysOfTheSameLinkLocalAddressOnTwoLinksFailSeparately() {
    IpAddress router = IpAddress.parse("fe80::1");
    TestInterfaces.address(host, eth0, "2001:db8:1::7/64");
    TestInterfaces.address(host, eth1, "2001:db8:2::7/64");
    // The neighbours of eth1 never fail in this test.
    host.network().routes(routes -> routes.with(new Route(IpPrefix.parse("::/0"), router, "eth1", 2))
        .with(new Route(IpPrefix.parse("::/0"), router, "eth0", 1)));
    Destination far = path("2001:db8:9::1");
    assertThat(far.networkInterface()).isSameAs(eth0);
    fail("fe80::1");
    assertThat(far.networkInterface()).isSameAs(eth1);
    neighbors.failed.clear();
    host.onNeighborFailureChanged(router);
    assertThat(far.networkInterface()).isSameAs(eth0);
  }

  @Test
  @Requirement("RFC1191-6.2-03")
  void aPathMtuBelongsToItsDestinationAndNeverToTheRoute() {
    path("203.0.113.5").lowerMtu(1000);
    assertThat(path("203.0.113.5").mtu()).isEqualTo(1000);
    assertThat(path("203.0.113.6").mtu()).isEqualTo(1500);
    assertThat(path("10.0.0.1").mtu()).as("the gateway").isEqualTo(1500);
    assertThat(path("203.0.113.5").linkMtu()).isEqualTo(1500);
  }

  @Test
  @Requirement("RFC8201-5.2-02")
  void aPathMtuBelongsToTheLinkOverWhichItWasLearnt() {
    TestInterfaces.address(host, eth0, "2001:db8:1::7/64");
    TestInterfaces.address(host, eth1, "2001:db8:2::7/64");
    Route first = new Route(IpPrefix.parse("::/0"), IpAddress.parse("2001:db8:1::1"), "eth0", 1);
    Route second = new Route(IpPrefix.parse("::/0"), IpAddress.parse("2001:db8:2::1"), "eth1", 2);
    host.network().routes(routes -> routes.with(first).with(second));
    Destination far = path("2001:db8:9::1");
    far.lowerMtu(1300);
    assertThat(far.mtu()).isEqualTo(1300);
    host.network().routes(routes -> routes.without(first::equals));
    assertThat(far.mtu()).as("over eth1").isEqualTo(1400);
    host.network().routes(routes -> routes.with(first));
    assertThat(far.mtu()).as("over eth0 again").isEqualTo(1300);
  }

  private Destination path(String destination) {
    return host.destination(IpAddress.parse(destination));
  }
}
