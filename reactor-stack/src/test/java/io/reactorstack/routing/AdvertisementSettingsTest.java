package io.reactorstack.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** The settings of router advertisements: defaults and limits (RFC 4861 section 6.2.1, RFC 4191, RFC 8106). */
class AdvertisementSettingsTest {

  private static final AdvertisementSettings DEFAULTS = AdvertisementSettings.DEFAULTS;

  private static Duration seconds(long n) {
    return Duration.ofSeconds(n);
  }

  private static void refused(ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }

  @Test
  @Requirement({"RFC4861-6.2.1-03", "RFC4861-6.2.1-04"})
  void theIntervalsAreThoseOfTheRfc() {
    assertThat(DEFAULTS.intervals().maxRtrAdvInterval()).isEqualTo(seconds(600));
    assertThat(DEFAULTS.intervals().minRtrAdvInterval()).isEqualTo(seconds(200));
    assertThat(DEFAULTS.withMaxRtrAdvInterval(seconds(4)).intervals().minRtrAdvInterval()).isEqualTo(seconds(3));
    assertThat(DEFAULTS.withMaxRtrAdvInterval(seconds(1800)).intervals().minRtrAdvInterval()).isEqualTo(seconds(600));
    assertThat(DEFAULTS.withMinRtrAdvInterval(seconds(450)).intervals().minRtrAdvInterval()).isEqualTo(seconds(450));
    refused(() -> DEFAULTS.withMaxRtrAdvInterval(Duration.ofMillis(3999)),
        "maxRtrAdvInterval 3999 ms is out of range: 4 s to 30 min");
    refused(() -> DEFAULTS.withMaxRtrAdvInterval(seconds(1801)),
        "maxRtrAdvInterval 1801 s is out of range: 4 s to 30 min");
    refused(() -> DEFAULTS.withMinRtrAdvInterval(seconds(451)),
        "minRtrAdvInterval 451 s is out of range: 3 s to 450 s");
    refused(() -> DEFAULTS.withMinRtrAdvInterval(Duration.ofMillis(2999)),
        "minRtrAdvInterval 2999 ms is out of range: 3 s to 450 s");
  }

  @Test
  @Requirement("RFC4861-6.2.1-06")
  void theDefaultLifetimeIsThreeIntervalsOrAtLeastOne() {
    assertThat(DEFAULTS.defaultLifetime()).isEqualTo(seconds(1800));
    assertThat(DEFAULTS.withMaxRtrAdvInterval(seconds(4)).defaultLifetime()).isEqualTo(seconds(12));
    assertThat(DEFAULTS.withDefaultLifetime(Duration.ZERO).defaultLifetime()).isZero();
    assertThat(DEFAULTS.withDefaultLifetime(seconds(9000)).defaultLifetime()).isEqualTo(seconds(9000));
    refused(() -> DEFAULTS.withDefaultLifetime(seconds(9001)),
        "defaultLifetime 9001 s is out of range: 0 s to 150 min");
    refused(() -> DEFAULTS.withDefaultLifetime(seconds(599)),
        "defaultLifetime 599 s is out of range: 10 min to 150 min");
    refused(() -> DEFAULTS.withDefaultLifetime(seconds(600)).withMaxRtrAdvInterval(seconds(601)),
        "defaultLifetime 10 min is out of range: 601 s to 150 min");
  }

  @Test
  @Requirement("RFC4861-6.2.1-05")
  void theParametersOfTheLinkAreUnspecifiedByDefaultExceptTheHopLimit() {
    AdvertisementSettings.LinkParameters link = DEFAULTS.link();
    assertThat(link.managed() || link.otherConfig()).isFalse();
    assertThat(link.mtu()).isZero();
    assertThat(link.reachableTime()).isZero();
    assertThat(link.retransTimer()).isZero();
    assertThat(link.curHopLimit()).isEqualTo(64);
    assertThat(DEFAULTS.withReachableTime(Duration.ofHours(1)).link().reachableTime()).isEqualTo(Duration.ofHours(1));
    refused(() -> DEFAULTS.withReachableTime(Duration.ofMillis(3_600_001)),
        "reachableTime 3600001 ms is out of range: 0 s to 1 h");
    refused(() -> DEFAULTS.withLinkMtu(1279), "linkMtu 1279 is out of range: 1280 to 65535 bytes, or 0 for none");
    refused(() -> DEFAULTS.withCurHopLimit(256), "curHopLimit 256 is out of range: 0 to 255 hops");
  }

  @Test
  @Requirement({"RFC4861-6.2.1-07", "RFC4861-6.2.1-08", "RFC4861-4.6.2-07"})
  void aPrefixHasTheDefaultsOfTheRfcAndIsNeverLinkLocal() {
    AdvertisedPrefix prefix = AdvertisedPrefix.of(IpPrefix.parse("2001:db8::7/64"));
    assertThat(prefix.prefix()).hasToString("2001:db8::/64");
    assertThat(prefix.onLink() && prefix.autonomous()).isTrue();
    assertThat(prefix.validLifetime()).isEqualTo(Duration.ofDays(30));
    assertThat(prefix.preferredLifetime()).isEqualTo(Duration.ofDays(7));
    refused(() -> prefix.withLifetimes(seconds(10), seconds(11)),
        "preferredLifetime 11 s is out of range: 0 s to 10 s");
    for (String bad : new String[] {"fe80::/64", "ff02::/16", "10.0.0.0/8"}) {
      refused(() -> AdvertisedPrefix.of(IpPrefix.parse(bad)), "prefix " + bad
          + " cannot be advertised: expected an IPv6 network that is neither link-local nor of groups");
    }
    refused(() -> AdvertisedPrefix.of(IpPrefix.parse("::/0")), "length of the prefix 0 is out of range: 1 to 128 bits");
    assertThat(AdvertisedRoute.of(IpPrefix.parse("::/0")).network()).as("a default route").hasToString("::/0");
  }

  @Test
  @Requirement("RFC4191-2.3-02")
  void aPrefixOrRouteOfTheSameNetworkReplacesTheEarlierOne() {
    AdvertisedPrefix prefix = AdvertisedPrefix.of(IpPrefix.parse("2001:db8::/64"));
    AdvertisementSettings changed = DEFAULTS.withPrefix(prefix).withPrefix(prefix.withOnLink(false))
        .withRoute(AdvertisedRoute.of(IpPrefix.parse("2001:db8:7::/48")))
        .withRoute(AdvertisedRoute.of(IpPrefix.parse("2001:db8:7::1/48")).withLifetime(seconds(7)));
    assertThat(changed.prefixes()).containsExactly(prefix.withOnLink(false));
    assertThat(changed.routes()).hasSize(1);
    assertThat(changed.lifetimeOf(changed.routes().getFirst())).isEqualTo(seconds(7));
    assertThat(changed.lifetimeOf(AdvertisedRoute.of(IpPrefix.parse("::/0")))).isEqualTo(seconds(1800));
  }

  @Test
  @Requirement("RFC4191-4-02")
  void aLinkHasAtMostSeventeenRoutes() {
    AdvertisementSettings full = IntStream.range(0, 17).boxed().reduce(DEFAULTS,
        (settings, i) -> settings.withRoute(AdvertisedRoute.of(IpPrefix.parse("2001:db8:" + i + "::/48"))),
        (first, second) -> second);
    refused(() -> full.withRoute(AdvertisedRoute.of(IpPrefix.parse("2001:db8:ff::/48"))),
        "number of routes 18 is out of range: 0 to 17 routes (RFC 4191 section 4)");
  }

  @Test
  void dnsServersAreSingleHostsOfIpv6AndDomainsAreNames() {
    AdvertisementSettings dns = DEFAULTS.withDnsServers(IpAddress.parse("2001:db8::53"), IpAddress.parse("fe80::53"))
        .withSearchDomains("example.lab");
    assertThat(dns.dns().servers()).hasSize(2);
    assertThat(dns.dnsLifetime()).isEqualTo(seconds(1800));
    assertThat(dns.withDnsLifetime(seconds(5)).dnsLifetime()).isEqualTo(seconds(5));
    Stream.of("10.0.0.53", "ff02::1", "::", "::1", "fe80::53%eth0").forEach(bad -> assertThatThrownBy(
        () -> DEFAULTS.withDnsServers(IpAddress.parse(bad))).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(bad));
    refused(() -> DEFAULTS.withSearchDomains("no name"), "not a list of domain names: [no name]");
  }
}
