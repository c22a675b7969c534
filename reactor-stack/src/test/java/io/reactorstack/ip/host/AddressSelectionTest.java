package io.reactorstack.ip.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.ip.host.InterfaceAddress.Lifetimes;
import io.reactorstack.ip.host.InterfaceAddress.Origin;
import io.reactorstack.ip.host.InterfaceAddress.State;
import io.reactorstack.layer.Egress;
import io.reactorstack.packet.AddressPolicy;
import io.reactorstack.packet.AddressSelection;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestInterfaces;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.wire.IpProtocol;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Default address selection (RFC 6724); the tables are the examples of its section 10. */
class AddressSelectionTest {

  private final VirtualLoop loop = new VirtualLoop();

  /**
   * Returns a host with the interface eth0, default routes, and these addresses; "deprecated" or "temporary" may follow
   * an address.
   */
  private IpHost host(AddressSelection selection, String... addresses) {
    IpHost host = TestInterfaces.host(selection);
    TestInterfaces.attachLoopback(host, new Egress<>(loop.newTurn()));
    link(host, "eth0", addresses);
    host.network().routes(routes -> routes
        .with(new Route(IpPrefix.parse("::/0"), IpAddress.parse("fe80::ff"), "eth0", 0))
        .with(new Route(IpPrefix.parse("0.0.0.0/0"), IpAddress.parse("10.1.2.254"), "eth0", 0)));
    return host;
  }

  private IpHost host(String... addresses) {
    return host(AddressSelection.DEFAULT, addresses);
  }

  private void link(IpHost host, String name, String... addresses) {
    TestInterfaces.attach(host, name, 1500, new Egress<>(loop.newTurn()));
    for (String each : addresses) {
      String[] words = each.trim().split(" ");
      String length = words[0].contains("/") ? "" : words[0].contains(":") ? "/64" : "/24";
      IpPrefix prefix = IpPrefix.parse(words[0] + length);
      host.network().addAddress(name, new InterfaceAddress(prefix,
          each.contains("deprecated") ? State.DEPRECATED : State.PREFERRED, Lifetimes.FOR_EVER, Origin.MANUAL,
          each.contains("temporary")));
      if (prefix.address().isLinkLocal()) {
        host.network().routes(routes -> routes.with(Route.onLink(prefix.network(), name)));
      }
    }
  }

  private static String source(IpHost host, String destination) {
    return host.destination(IpAddress.parse(destination)).source().toString();
  }

  private static List<String> sorted(IpHost host, String... destinations) {
    return host.now().sorted(Stream.of(destinations).map(IpAddress::parse).toList()).stream()
        .map(IpAddress::toString).toList();
  }

  // ---- sources

  @Test
  @Requirement("RFC8504-5.10-01")
  void sourceIsOfAPrefixThatTheNextHopHasAdvertised() {
    IpHost host = host("2001:db8:1::2", "2001:db8:2::2");
    String far = "2001:db8:1:5::1";
    assertThat(source(host, far)).as("the longest match").isEqualTo("2001:db8:1::2");
    IpAddress router = IpAddress.parse("fe80::ff");
    IpAddress other = IpAddress.parse("fe80::fe");
    host.network().ipv6Link("eth0", new Ipv6Link(1500, 0, Map.of(
        (Ipv6Address) IpAddress.parse("2001:db8:1::"), Set.of(other),
        (Ipv6Address) IpAddress.parse("2001:db8:2::"), Set.of(router))));
    assertThat(source(host, far)).isEqualTo("2001:db8:2::2");
    host.network().routes(routes -> routes.without(route -> router.equals(route.gateway()))
        .with(new Route(IpPrefix.parse("::/0"), other, "eth0", 0)));
    assertThat(source(host, far)).as("over the other router").isEqualTo("2001:db8:1::2");
  }

  @ParameterizedTest
  @Requirement("RFC6724-5-03")
  @CsvSource({
      // destination, the better source, the other one, in the order of the rules
      "2001:db8:1::1, 2001:db8:3::1, fe80::1",
      "ff05::1, 2001:db8:3::1, fe80::1",
      "fe80::1, fe80::2 deprecated, 2001:db8:1::1",
      "2001:db8:1::9, 2001:db8:1::2, 2001:db8:1::3 deprecated",
      "2002:c633:6401::1, 2002:c633:6401::d5e3:7953:13eb:22e8 temporary, 2001:db8:1::2",
      "fd00:1::1, fd00:2::2, 2001:db8:1::2 temporary",
      "2001:db8:1::d5e3:0:0:1, 2001:db8:1::d5e3:7953:13eb:22e8 temporary, 2001:db8:1::2",
      "2001:db8:1::1, 2001:db8:9::1 temporary, 2001:db8:1::2",
      "2001:db8:1::1, 2001:db8:1::2, 2001:db8:3::2",
      "2001:db8:1::1, 2001:db8:1::2, 2001:db8:1::3"})
  void theBetterSourceWins(String destination, String better, String other) {
    String expected = IpAddress.parse(better.split(" ")[0]).toString();
    assertThat(source(host(better, other), destination)).isEqualTo(expected);
    boolean tie = better.equals("2001:db8:1::2") && other.equals("2001:db8:1::3");
    assertThat(source(host(other, better), destination)).isEqualTo(tie ? other : expected);
  }

  @Test
  void theCommonPrefixEndsWithThePrefixOfTheSource() {
    // All bits behind the /64 are the host's own choice: the first one wins.
    assertThat(source(host("2001:db8:1::ff00", "2001:db8:1::1:2"), "2001:db8:1::1:3")).isEqualTo("2001:db8:1::ff00");
  }

  @Test
  void addressesOfTheOutgoingInterfaceComeBeforeOthersAndUnnumberedInterfacesUseThose() {
    IpHost host = host("2001:db8:1::2");
    link(host, "eth1", "fe80::11");
    host.network().routes(routes -> routes.with(
        new Route(IpPrefix.parse("2001:db8:7::/48"), IpAddress.parse("fe80::99"), "eth1", 0)));
    assertThat(source(host, "2001:db8:7::1")).as("the only address of eth1").isEqualTo("fe80::11");
    host.network().removeAddress("eth1", IpAddress.parse("fe80::11"));
    assertThat(source(host, "2001:db8:7::1")).isEqualTo("2001:db8:1::2");
    host.network().addAddress("eth1", InterfaceAddress.manual(IpPrefix.parse("2001:db8:8::2/64")));
    assertThat(source(host, "2001:db8:7::1")).isEqualTo("2001:db8:8::2");
  }

  @Test
  @Requirement({"RFC6724-4-02", "RFC6724-4-03"})
  void linkLocalDestinationsAndGroupsHaveSourcesOfTheirLinkOnly() {
    IpHost host = host("2001:db8:1::2", "fe80::2");
    link(host, "eth1", "fe80::11", "2001:db8:8::2");
    NetworkInterface eth1 = host.named("eth1");
    eth1.join(IpAddress.parse("ff02::77"));
    assertThat(source(host, "fe80::7%eth1")).isEqualTo("fe80::11");
    assertThat(source(host, "ff02::77%eth1")).isEqualTo("fe80::11");
    assertThat(source(host, "ff05::77%eth1")).isEqualTo("2001:db8:8::2");
    assertThat(host.onLink(eth1, IpAddress.parse("ff0e::77")).source()).hasToString("2001:db8:8::2");
    host.network().removeAddress("eth1", IpAddress.parse("fe80::11"));
    host.network().removeAddress("eth1", IpAddress.parse("2001:db8:8::2"));
    assertThat(host.destination(IpAddress.parse("fe80::7%eth1"))).isNull();
    assertThat(host.onLink(eth1, IpAddress.parse("ff02::77")).source().isUnspecified()).isTrue();
    for (String never : new String[] {"ff02::77/128", "::/128"}) {
      assertThatThrownBy(() -> host.network().addAddress("eth1", InterfaceAddress.manual(IpPrefix.parse(never))))
          .as(never).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void onlyCandidatesMayBeTheSource() {
    IpHost host = host("2001:db8:1::2", "fe80::2");
    link(host, "eth1", "fe80::11");
    Destination neighbor = host.destination(IpAddress.parse("fe80::7%eth1"));
    assertThat(neighbor.maySendFrom(IpAddress.parse("fe80::11"), IpProtocol.UDP)).isTrue();
    assertThat(neighbor.maySendFrom(IpAddress.parse("fe80::2"), IpProtocol.UDP)).isFalse();
    assertThat(neighbor.maySendFrom(IpAddress.parse("2001:db8:1::2"), IpProtocol.UDP)).isFalse();
    Destination far = host.destination(IpAddress.parse("2001:db8:5::1"));
    assertThat(far.maySendFrom(IpAddress.parse("fe80::2"), IpProtocol.UDP)).isTrue();
    assertThat(far.maySendFrom(IpAddress.parse("fe80::11"), IpProtocol.UDP)).isFalse();
  }

  @Test
  @Requirement("RFC6724-5-04")
  void publicAddressesAreUsedIfTheyArePreferred() {
    String[] both = {"2001:db8:1::2", "2001:db8:1::77 temporary"};
    AddressSelection stable = AddressSelection.DEFAULT.withPublicPreferred(true);
    assertThat(source(host(both), "2001:db8:9::1")).isEqualTo("2001:db8:1::77");
    assertThat(source(host(stable, both), "2001:db8:9::1")).isEqualTo("2001:db8:1::2");
    assertThat(host(both).now().sourceFor(IpAddress.parse("2001:db8:9::1"), true)).hasToString("2001:db8:1::2");
    assertThat(host(stable, both).now().sourceFor(IpAddress.parse("2001:db8:9::1"), false))
        .hasToString("2001:db8:1::77");
  }

  // ---- destinations

  @ParameterizedTest
  @Requirement({"RFC6724-6-01", "RFC6724-6-02"})
  @CsvSource({
      // the addresses of the host; the destination to try first; the other one
      "2001:db8:1::2; 169.254.13.78, 2001:db8:1::1, 198.51.100.121",
      "fe80::1; 198.51.100.117, 198.51.100.121, 2001:db8:1::1",
      "2001:db8:1::2; fe80::1; 10.1.2.4, 2001:db8:1::1, 10.1.2.3",
      "2001:db8:1::2; fe80::2, fe80::1, 2001:db8:1::1",
      "2001:db8:1::2; fe80::2 deprecated, 2001:db8:1::1, fe80::1",
      "2001:db8:1::2; 2001:db8:3f44::2; fe80::2, 2001:db8:1::1, 2001:db8:3ffe::1",
      "2002:c633:6401::2; fe80::2, 2002:c633:6401::1, 2001:db8:1::1",
      "2002:c633:6401::2; 2001:db8:1::2; fe80::2, 2001:db8:1::1, 2002:c633:6401::1",
      "10.1.2.4, 203.0.113.9, 2001:db8:1::1", // rule 1: there is no source for IPv6
      "2001:db8:1::2 deprecated; 10.1.2.4, 203.0.113.9, 2001:db8:1::1", // rule 3 before rule 6
      "2001:db8:1::2; 10.1.2.4, 10.9.9.9, fd00:7::1"}) // rule 5: the label of fd00::/8 is not the source's
  void theBetterDestinationComesFirst(String own, String first, String second) {
    IpHost host = host(own.split(";"));
    assertThat(sorted(host, first, second)).containsExactly(first, second);
    assertThat(sorted(host, second, first)).containsExactly(first, second);
  }

  @Test
  @Requirement("RFC6724-6-03")
  void equalDestinationsKeepTheirOrderAndIpv4AddressesBehindARouterAreEqual() {
    IpHost host = host("10.1.2.4", "2001:db8:1::2");
    // The bits of 10.128.0.1 agree with the source's less than those of 10.1.3.1.
    assertThat(sorted(host, "10.128.0.1", "10.1.3.1", "203.0.113.1"))
        .containsExactly("10.128.0.1", "10.1.3.1", "203.0.113.1");
    assertThat(sorted(host, "203.0.113.1", "10.1.2.77")).containsExactly("10.1.2.77", "203.0.113.1");
    assertThat(sorted(host, "2001:db8:1::9", "2001:db8:1::8")).containsExactly("2001:db8:1::9", "2001:db8:1::8");
  }

  @Test
  void aZoneDecidesWhetherALinkLocalDestinationCanBeReached() {
    IpHost host = host("2001:db8:1::2", "fe80::2");
    link(host, "eth1", "fe80::11");
    assertThat(sorted(host, "2001:db8:1::1", "fe80::7%eth1", "fe80::7", "fe80::7%eth7"))
        .containsExactly("fe80::7%eth1", "2001:db8:1::1", "fe80::7", "fe80::7%eth7");
  }

  // ---- the policy table

  @Test
  @Requirement("RFC6724-2.1-02")
  void theDefaultTableIsThatOfTheRfc() {
    assertThat(AddressPolicy.DEFAULT.entries()).extracting(each -> each.precedence() + " " + each.label())
        .containsExactlyInAnyOrder("50 0", "40 1", "35 4", "30 2", "5 5", "3 13", "1 3", "1 11", "1 12");
    String[][] rows = {{"::1", "50", "0"}, {"2001:db8::1", "40", "1"}, {"192.0.2.1", "35", "4"}, {"2002::1", "30", "2"},
        {"2001::1", "5", "5"}, {"fc00::1", "3", "13"}, {"fd00::1", "3", "13"}, {"::2", "1", "3"},
        {"fec0::1", "1", "11"}, {"3ffe::1", "1", "12"}, {"fe80::1", "40", "1"}};
    for (String[] row : rows) {
      IpAddress address = IpAddress.parse(row[0]);
      assertThat(AddressPolicy.DEFAULT.precedence(address)).as(row[0]).isEqualTo(Integer.parseInt(row[1]));
      assertThat(AddressPolicy.DEFAULT.label(address)).as(row[0]).isEqualTo(Integer.parseInt(row[2]));
    }
  }

  @Test
  @Requirement("RFC6724-2.1-01")
  void theTableCanBeChanged() {
    String[] own = {"2001:db8:1::2", "10.1.2.4"};
    AddressSelection v4First = AddressSelection.DEFAULT.withPolicy(
        AddressPolicy.DEFAULT.with(IpPrefix.parse("0.0.0.0/0"), 100, 4));
    assertThat(sorted(host(own), "203.0.113.9", "2001:db8:2::1")).containsExactly("2001:db8:2::1", "203.0.113.9");
    assertThat(sorted(host(v4First, own), "2001:db8:2::1", "203.0.113.9"))
        .containsExactly("203.0.113.9", "2001:db8:2::1");
    AddressSelection site = AddressSelection.DEFAULT.withPolicy(AddressPolicy.DEFAULT
        .with(IpPrefix.parse("2001:db8:1::/48"), 45, 14).with(IpPrefix.parse("2001:db8:5::/48"), 45, 14));
    String[] two = {"2001:db8:1::2", "2001:db8:4::2"};
    assertThat(source(host(two), "2001:db8:5::1")).isEqualTo("2001:db8:4::2");
    assertThat(source(host(site, two), "2001:db8:5::1")).isEqualTo("2001:db8:1::2");
    assertThat(AddressPolicy.of().precedence(IpAddress.parse("::1"))).isZero();
    assertThatThrownBy(() -> AddressPolicy.DEFAULT.with(IpPrefix.parse("::/0"), -1, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  @Requirement({"RFC6724-3.2-01", "RFC6724-4.2.2.11-01", "RFC6724-3.4-01"})
  void ipv4AndLoopbackAddressesTakePartInTheRules() {
    AddressPolicy policy = AddressPolicy.of(new AddressPolicy.Entry(IpPrefix.parse("10.0.0.0/8"), 7, 8),
        new AddressPolicy.Entry(IpPrefix.parse("::/0"), 1, 1));
    assertThat(policy.precedence(IpAddress.parse("10.2.3.4"))).isEqualTo(7);
    assertThat(policy.label(IpAddress.parse("11.2.3.4"))).isEqualTo(1);
    assertThat(AddressSelection.scope(IpAddress.parse("10.1.2.3"))).isEqualTo(14);
    assertThat(AddressSelection.scope(IpAddress.parse("169.254.1.1"))).isEqualTo(2);
    assertThat(AddressSelection.scope(IpAddress.parse("127.0.0.1"))).isEqualTo(2);
    assertThat(AddressSelection.scope(IpAddress.parse("::1"))).isEqualTo(2);
    assertThat(AddressSelection.scope(IpAddress.parse("fec0::1"))).isEqualTo(5);
    assertThat(AddressSelection.scope(IpAddress.parse("ff0f::1"))).isEqualTo(14);
    // Rule 3: the source of the IPv4 destination counts as preferred, and so does ::1, the source for itself.
    IpHost host = host("2001:db8:1::2 deprecated", "10.1.2.4");
    assertThat(sorted(host, "2001:db8:2::1", "203.0.113.9", "::1"))
        .containsExactly("::1", "203.0.113.9", "2001:db8:2::1");
  }
}
