package io.reactorstack.ip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.layer.Egress;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.VirtualLoop;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class IpHostTest {

  private final IpHost host = new IpHost();
  private final VirtualLoop loop = new VirtualLoop();
  private IpHost.Attachment eth0;
  private IpHost.Attachment eth1;

  @BeforeEach
  void attach() {
    host.attach(IpInterface.loopback(), egress());
    eth0 = host.attach(IpInterface.of("eth0", 1500, null, IpPrefix.parse("10.0.0.7/24")), egress());
    eth1 = host.attach(IpInterface.of("eth1", 1400, null, IpPrefix.parse("192.168.1.9/16")), egress());
    host.routes(
        RoutingTable.of(
            Route.onLink(IpPrefix.parse("10.0.0.0/24"), "eth0"),
            Route.onLink(IpPrefix.parse("192.168.0.0/16"), "eth1"),
            Route.defaultVia(IpAddress.parse("10.0.0.1"), "eth0")));
  }

  private Egress<IpPacket> egress() {
    return new Egress<>(loop.newTurn());
  }

  @Test
  @Requirement({"RFC1122-3.3.1.1-01", "RFC1122-3.3.1.2-03"})
  void onLinkDestinationsAreTheirOwnNextHopAndOthersGoToTheGateway() {
    assertThat(path("10.0.0.99").nextHop()).isEqualTo(IpAddress.parse("10.0.0.99"));
    assertThat(path("192.168.200.1").egress()).isSameAs(eth1.egress());
    assertThat(path("203.0.113.5").nextHop()).isEqualTo(IpAddress.parse("10.0.0.1"));
    assertThat(path("203.0.113.5").egress()).isSameAs(eth0.egress());
  }

  @Test
  @Requirement("RFC1122-3.3.4.2-03")
  void theSourceIsTheAddressInTheNextHopsNetwork() {
    assertThat(path("192.168.3.4").source()).isEqualTo(IpAddress.parse("192.168.1.9"));
    assertThat(path("203.0.113.5").source()).isEqualTo(IpAddress.parse("10.0.0.7"));
  }

  @Test
  void anAddressAddedAtRunTimeIsUsedFromTheNextPacketOn() {
    eth0.update(eth0.current().withAddress(IpPrefix.parse("172.16.0.5/12")));
    host.routes(host.routes().with(Route.onLink(IpPrefix.parse("172.16.0.0/12"), "eth0")));

    assertThat(path("172.20.0.1").source()).isEqualTo(IpAddress.parse("172.16.0.5"));
    assertThat(host.isLocal(IpAddress.parse("172.16.0.5"))).isTrue();
  }

  @Test
  void ownAddressesAndAllOf127AreReachedThroughTheLoopback() {
    for (String own : new String[] {"127.0.0.1", "127.9.9.9", "10.0.0.7", "192.168.1.9"}) {
      assertThat(path(own).attachment().current().isLoopback()).as(own).isTrue();
      assertThat(path(own).source()).isEqualTo(IpAddress.parse(own));
    }
  }

  @Test
  @Requirement({"RFC1122-3.3.1.1-02", "RFC1112-6.2-01"})
  void limitedBroadcastAndGroupsNeverGoToAGateway() {
    assertThat(path("255.255.255.255").nextHop()).isEqualTo(IpAddress.parse("255.255.255.255"));
    assertThat(path("224.0.0.251").nextHop()).isEqualTo(IpAddress.parse("224.0.0.251"));
    assertThat(host.nextHop(eth1, IpAddress.parse("239.1.2.3"))).isEqualTo(IpAddress.parse("239.1.2.3"));
  }

  @Test
  @Requirement("RFC1122-3.3.1.1-03")
  void aDirectedBroadcastLeavesOnItsNetwork() {
    assertThat(path("192.168.255.255").egress()).isSameAs(eth1.egress());
    assertThat(path("192.168.255.255").nextHop()).isEqualTo(IpAddress.parse("192.168.255.255"));
  }

  @Test
  @Requirement("RFC1122-3.3.1.1-04")
  void withoutAGatewayOnlyTheLinkIsReached() {
    host.routes(RoutingTable.of(Route.onLink(IpPrefix.parse("10.0.0.0/24"), "eth0")));

    assertThat(path("10.0.0.3")).isNotNull();
    assertThat(host.pathTo(IpAddress.parse("203.0.113.5"))).isNull();
    assertThat(host.pathTo(IpAddress.parse("0.0.0.0"))).isNull();
  }

  @Test
  @Requirement({"RFC1122-3.3.1.2-04", "RFC1122-3.3.1.5-01"})
  void aFailedGatewayIsPassedOverWhileAnotherLeadsToTheDestination() {
    host.routes(host.routes().with(new Route(IpPrefix.parse("0.0.0.0/0"), IpAddress.parse("10.0.0.2"), "eth0", 5)));
    assertThat(path("203.0.113.5").nextHop()).isEqualTo(IpAddress.parse("10.0.0.1"));

    host.onGatewayFailure(gateway -> gateway.equals(IpAddress.parse("10.0.0.1")));
    assertThat(path("203.0.113.5").nextHop()).isEqualTo(IpAddress.parse("10.0.0.2"));

    host.onGatewayFailure(gateway -> true);
    assertThat(path("203.0.113.5").nextHop()).isEqualTo(IpAddress.parse("10.0.0.1"));
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
  void aDetachedInterfacesRoutesAreNotUsed() {
    host.detach(eth1);

    assertThat(path("192.168.3.4").egress()).isSameAs(eth0.egress());
  }

  @Test
  @Requirement({"RFC1122-3.2.1.3-02", "RFC1122-3.2.1.3-05"})
  void noInterfaceTakesAnAddressThatNamesNoHost() {
    for (String bad : new String[] {"0.0.0.0/8", "224.0.0.1/4", "10.0.0.255/24", "10.0.0.0/24", "255.255.255.255/32"}) {
      assertThatThrownBy(() -> IpInterface.of("eth9", 1500, null, IpPrefix.parse(bad)))
          .as(bad)
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(IpInterface.of("p2p", 1500, null, IpPrefix.parse("10.0.0.0/31")).addresses()).hasSize(1);
  }

  private IpHost.Path path(String destination) {
    return host.pathTo(IpAddress.parse(destination));
  }
}
