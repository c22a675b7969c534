package io.reactorstack.ndp;

import static io.reactorstack.ndp.NdpStation.NODES;
import static io.reactorstack.ndp.NdpStation.PEER_MAC;
import static io.reactorstack.ndp.NdpStation.ROUTER;
import static io.reactorstack.ndp.NdpStation.link;
import static io.reactorstack.ndp.NdpStation.prefix;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.ip.event.Ipv6Status.Phase;
import io.reactorstack.ip.host.InterfaceAddress;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Addresses from advertised prefixes, and their lifetimes (RFC 4862 section 5.5). */
class AutoAddressesTest {

  private static final String PREFIX = "2001:db8:0:1::/64";
  private static final String FAR = "2001:db8:ffff::1";
  private static final long HOUR = 3600;

  private static NdpStation start() {
    return NdpStation.discovering(settings -> settings.withDuplicateAddressDetection(0)
        .withIdentifiers(Ipv6Settings.Identifiers.EUI_64));
  }

  private static final String FORMED = "2001:db8:0:1:0:ff:fe00:a/64";

  private static InterfaceAddress formed(NdpStation station) {
    return Objects.requireNonNull(
        Objects.requireNonNull(station.ip().named("eth0")).holding(IpPrefix.parse(FORMED).address()));
  }

  /** Returns the seconds for which the address remains valid. */
  private static long valid(NdpStation station) {
    return (formed(station).lifetimes().validUntil() - station.loop.now()) / 1_000_000_000;
  }

  private static long preferred(NdpStation station) {
    return (formed(station).lifetimes().preferredUntil() - station.loop.now()) / 1_000_000_000;
  }

  @Test
  @Requirement({"RFC8504-6.3-01", "RFC4862-5.5.3-05", "RFC8504-6.1-01"})
  void anInterfaceWithoutAnAddressIsConfiguredByARouter() {
    try (NdpStation station = NdpStation.discovering(UnaryOperator.identity())) {
      assertThat(station.status().phase()).isEqualTo(Phase.SOLICITING);
      station.at(2500).router("", 1800, link(1, PEER_MAC), prefix(PREFIX, "LA", HOUR, HOUR));
      assertThat(station.status().phase()).isEqualTo(Phase.TESTING);
      station.at(5000);
      assertThat(station.status().phase()).isEqualTo(Phase.CONFIGURED);
      assertThat(station.status().addresses()).hasSize(1);
      IpPrefix own = station.status().addresses().getFirst();
      assertThat(IpPrefix.parse(PREFIX).contains(own.address())).isTrue();
      assertThat(own.length()).isEqualTo(64);
      station.send(FAR);
      assertThat(station.sent()).anyMatch(line -> line.startsWith(PEER_MAC + " " + own.address() + " > " + FAR));
      String group = ((Ipv6Address) own.address()).solicitedNode().toString();
      station.solicitation(ROUTER, group, own.address().toString(), link(1, PEER_MAC));
      assertThat(station.sent()).anyMatch(line -> line.contains("NA " + own.address() + " SO"));
      List<IpPrefix> reported = new ArrayList<>();
      station.stack.slaac("eth0").addresses().subscribe(reported::addAll);
      List<String> configured = new ArrayList<>();
      station.stack.configured(Duration.ofSeconds(1)).subscribe(any -> {}, any -> {}, () -> configured.add("yes"));
      station.loop.settle();
      assertThat(reported).containsExactly(own);
      assertThat(configured).containsExactly("yes");
    }
  }

  @Test
  @Requirement("RFC4862-5.5-02")
  void anInterfaceWithAnIpv6AddressIsConfiguredByDefault() {
    assertThat(Ipv6Settings.DEFAULTS.routers().discovery()).isTrue();
    try (NdpStation station = new NdpStation(settings -> Ipv6Settings.DEFAULTS.withDuplicateAddressDetection(0),
        "2001:db8:9::1/64")) {
      station.at(1000).router("", 1800, link(1, PEER_MAC), prefix(PREFIX, "LA", HOUR, HOUR));
      assertThat(station.addresses()).anyMatch(own -> own.startsWith("2001:db8:0:1:"));
    }
    try (NdpStation station = new NdpStation(settings -> Ipv6Settings.DEFAULTS, "10.0.0.1/24")) {
      station.at(10_000).router("", 1800, link(1, PEER_MAC), prefix(PREFIX, "LA", HOUR, HOUR));
      assertThat(station.addresses()).as("no IPv6 at all").containsExactly("10.0.0.1/24 PREFERRED");
    }
  }

  @Test
  @Requirement({"RFC4862-5.5.3-01", "RFC4862-5.5.3-02", "RFC4862-5.5.3-03"})
  void prefixesThatAreNotForAddressesFormNone() {
    try (NdpStation station = start()) {
      List<String> before = station.addresses();
      station.router("", 1800, prefix(PREFIX, "L", HOUR, HOUR), prefix("fe80::/64", "LA", HOUR, HOUR),
          prefix("2001:db8:0:2::/64", "LA", 100, 101), prefix("2001:db8:0:3::/64", "LA", 0, 0),
          prefix("ff0e::/64", "A", HOUR, HOUR), prefix("::/64", "A", HOUR, HOUR));
      assertThat(station.addresses()).isEqualTo(before);
      assertThat(station.dropped(NdpDrop.BAD_PREFIX)).isGreaterThanOrEqualTo(3);
      assertThat(station.status().phase()).isEqualTo(Phase.NO_PREFIX);
    }
  }

  @Test
  @Requirement({"RFC2464-4-04", "RFC4862-5.5.3-06", "RFC4862-5.5.3-07"})
  void aPrefixOfAnotherLengthFormsNoAddressAndIsCounted() {
    try (NdpStation station = start()) {
      List<String> before = station.addresses();
      station.router("", 1800, prefix("2001:db8:0:1::/63", "LA", HOUR, HOUR),
          prefix("2001:db8:0:2::/80", "LA", HOUR, HOUR), prefix("2001:db8::/0", "A", HOUR, HOUR));
      assertThat(station.addresses()).isEqualTo(before);
      assertThat(station.dropped(NdpDrop.BAD_PREFIX_LENGTH) + station.dropped(NdpDrop.BAD_PREFIX)).isEqualTo(3);
      assertThat(station.nextHop("2001:db8:0:2::9")).as("still on the link").isEqualTo("2001:db8:0:2::9");
    }
  }

  @Test
  @Requirement("RFC4862-5.5.3-04")
  void inconsistentLifetimesAreCounted() {
    try (NdpStation station = start()) {
      station.router("", 1800, prefix(PREFIX, "LA", 100, 101));
      assertThat(station.dropped(NdpDrop.BAD_PREFIX_LIFETIME)).isEqualTo(1);
    }
  }

  @Test
  @Requirement({"RFC4862-5.5.3-09", "RFC4862-5.5.3-10", "RFC4862-5.5.3-12"})
  void laterAdvertisementsChangeTheLifetimes() {
    try (NdpStation station = start()) {
      station.router("", 1800, prefix(PREFIX, "LA", 10 * HOUR, 5 * HOUR));
      assertThat(station.addresses()).contains(FORMED + " PREFERRED");
      station.at(10_000).router("", 1800, prefix(PREFIX, "LA", 3 * HOUR, HOUR));
      assertThat(valid(station)).as("above two hours").isEqualTo(3 * HOUR);
      assertThat(preferred(station)).isEqualTo(HOUR);
      station.router("", 1800, prefix(PREFIX, "LA", 60, 30));
      assertThat(valid(station)).as("not below two hours").isEqualTo(2 * HOUR);
      assertThat(preferred(station)).isEqualTo(30);
      station.router("", 1800, prefix(PREFIX, "LA", 2 * HOUR + 100, HOUR));
      assertThat(valid(station)).as("above the remaining time").isEqualTo(2 * HOUR + 100);
    }
  }

  @Test
  @Requirement("RFC4862-5.5.3-11")
  void anAdvertisementCannotShortenTheLastTwoHours() {
    try (NdpStation station = start()) {
      station.router("", 1800, prefix(PREFIX, "LA", HOUR, HOUR));
      station.at(600_000).router("", 1800, prefix(PREFIX, "LA", 10, 10));
      assertThat(valid(station)).isEqualTo(HOUR - 600);
      station.router("", 1800, prefix(PREFIX, "LA", 0, 0));
      assertThat(valid(station)).isEqualTo(HOUR - 600);
      assertThat(preferred(station)).isZero();
      station.router("", 1800, prefix(PREFIX, "LA", HOUR, HOUR));
      assertThat(valid(station)).as("extended").isEqualTo(HOUR);
    }
  }

  @Test
  @Requirement({"RFC4862-5.5.4-02", "RFC4862-5.5.4-04", "RFC4862-5.5.4-07"})
  void anAddressIsDeprecatedThenRemoved() {
    try (NdpStation station = start()) {
      station.router("", 65535, link(1, PEER_MAC), prefix(PREFIX, "LA", 100, 50));
      station.router("", 65535, prefix("2001:db8:0:2::/64", "LA", 200, 100));
      station.at(50_001);
      assertThat(station.addresses()).contains(FORMED + " DEPRECATED");
      assertThat(station.events)
          .contains(new InterfaceEvent.AddressDeprecated("eth0", IpPrefix.parse(FORMED)));
      station.sent();
      station.send(FAR);
      assertThat(station.sent()).as("the preferred one")
          .anyMatch(line -> line.contains(" 2001:db8:0:2:0:ff:fe00:a > "));
      station.receive(FAR, IpPrefix.parse(FORMED).address().toString(), 128, 7);
      assertThat(station.sent()).as("it still receives").anyMatch(
          line -> line.contains(IpPrefix.parse(FORMED).address() + " > " + FAR + " ICMPv6 129"));
      station.router("", 65535, prefix("2001:db8:0:2::/64", "LA", 20, 0));
      station.at(100_001);
      assertThat(station.addresses()).noneMatch(own -> own.startsWith("2001:db8:0:1"));
      assertThat(station.events).contains(new InterfaceEvent.AddressRemoved("eth0", IpPrefix.parse(FORMED)));
      station.receive(ROUTER, IpPrefix.parse(FORMED).address().toString(), 128, 7);
      assertThat(station.sent()).noneMatch(line -> line.contains("ICMPv6 129"));
      station.send("2001:db8:0:1::77");
      assertThat(station.sent()).as("no source any more").noneMatch(line -> line.contains("2001:db8:0:1:0:ff"));
      station.router("", 65535, prefix("2001:db8:0:2::/64", "LA", 9 * HOUR, 9 * HOUR));
      assertThat(station.events)
          .contains(new InterfaceEvent.AddressPreferred("eth0", IpPrefix.parse("2001:db8:0:2:0:ff:fe00:a/64")));
    }
  }

  @Test
  @Requirement({"RFC4862-5.5.4-03", "RFC4862-5.5.4-06"})
  void aDeprecatedAddressThatTheApplicationNamesIsUsed() {
    try (NdpStation station = start()) {
      station.router("", 65535, link(1, PEER_MAC), prefix(PREFIX, "LA", 1000, 0),
          prefix("2001:db8:0:2::/64", "LA", 1000, 1000));
      assertThat(station.addresses()).contains(FORMED + " DEPRECATED");
      station.at(1000).sent();
      station.sendFrom(IpPrefix.parse(FORMED).address(), FAR);
      assertThat(station.sent()).anyMatch(line -> line.contains(" 2001:db8:0:1:0:ff:fe00:a > " + FAR));
    }
  }

  @Test
  @Requirement({"RFC4862-5.4.2-04", "RFC7217-6-02", "RFC8504-6.3-02"})
  void aDuplicateIsReplacedByAnotherStableIdentifierAfterARandomDelay() {
    try (NdpStation station = NdpStation.discovering(UnaryOperator.identity())) {
      station.at(3000).sent();
      station.router("", 1800, link(1, PEER_MAC), prefix(PREFIX, "LA", HOUR, HOUR));
      assertThat(station.sent()).as("the group is not joined at once").isEmpty();
      Set<String> tested = new java.util.LinkedHashSet<>();
      long refused = 0;
      for (long millis = 3001; millis < 20_000; millis++) {
        station.at(millis);
        for (String line : station.sent()) {
          if (line.contains("NS 2001") && line.contains("nonce")) {
            String own = line.substring(line.indexOf("NS ") + 3, line.indexOf(" nonce"));
            tested.add(own);
            assertThat(millis - refused).as("not in the same instant").isGreaterThan(0);
            refused = millis;
            station.advertisement(own, NODES, own, "O", link(2, PEER_MAC));
          }
        }
      }
      assertThat(tested).as("IDGEN_RETRIES").hasSize(4);
      assertThat(station.status().addresses()).isEmpty();
      assertThat(station.addresses()).noneMatch(own -> own.startsWith("2001"));
      station.router("", 1800, prefix(PREFIX, "LA", HOUR, HOUR));
      station.at(30_000);
      assertThat(station.sent()).as("no more attempts").noneMatch(line -> line.contains("NS 2001"));
    }
  }

  @Test
  @Requirement("RFC7217-5-08")
  void anIdentifierInUseIsNotTakenAgain() {
    Ipv6Settings.Secret secret = new Ipv6Settings.Secret(1, 2);
    String first;
    try (NdpStation station = NdpStation.discovering(
        settings -> settings.withDuplicateAddressDetection(0).withSecret(secret))) {
      station.router("", 1800, prefix(PREFIX, "LA", HOUR, HOUR));
      first = station.status().addresses().getFirst().address().toString();
    }
    try (NdpStation station = NdpStation.discovering(
        settings -> settings.withDuplicateAddressDetection(0).withSecret(secret), first + "/64")) {
      station.router("", 1800, prefix(PREFIX, "LA", HOUR, HOUR));
      assertThat(station.status().addresses()).hasSize(1).first().asString().startsWith("2001:db8:0:1:")
          .isNotEqualTo(first + "/64");
    }
  }

  @Test
  void anAddressThatTheUserRemovesIsNotFormedAgain() {
    try (NdpStation station = start()) {
      station.router("", 1800, prefix(PREFIX, "LA", HOUR, HOUR));
      IpAddress own = IpPrefix.parse(FORMED).address();
      station.stack.removeAddress(own).subscribe();
      station.at(1000).router("", 1800, prefix(PREFIX, "LA", HOUR, HOUR));
      assertThat(station.addresses()).noneMatch(each -> each.startsWith("2001"));
      assertThat(station.status().phase()).isEqualTo(Phase.NO_PREFIX);
      assertThat(station.nextHop("2001:db8:0:1::9")).as("the prefix is still on the link")
          .isEqualTo("2001:db8:0:1::9");
    }
  }
}
