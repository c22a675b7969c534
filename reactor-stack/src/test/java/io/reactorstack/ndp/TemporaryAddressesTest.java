package io.reactorstack.ndp;

import static io.reactorstack.ndp.NdpStation.PEER_MAC;
import static io.reactorstack.ndp.NdpStation.link;
import static io.reactorstack.ndp.NdpStation.prefix;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.device.Carrier;
import io.reactorstack.ip.host.InterfaceAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.testing.Requirement;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Temporary addresses (RFC 8981). */
class TemporaryAddressesTest {

  private static final String PREFIX = "2001:db8:0:1::/64";
  private static final long HOUR = 3600;
  private static final long DAY = 24 * HOUR;

  private static NdpStation start(int solicitations) {
    NdpStation station = NdpStation.discovering(
        settings -> settings.withDuplicateAddressDetection(solicitations).withTemporaryAddresses(true));
    station.at(3000).sent();
    return station;
  }

  private static List<InterfaceAddress> temporary(NdpStation station) {
    return Objects.requireNonNull(station.ip().named("eth0")).addresses().stream()
        .filter(InterfaceAddress::isTemporary).toList();
  }

  private static long preferred(NdpStation station, InterfaceAddress own) {
    return (own.lifetimes().preferredUntil() - station.loop.now()) / 1_000_000_000;
  }

  private static long valid(NdpStation station, InterfaceAddress own) {
    return (own.lifetimes().validUntil() - station.loop.now()) / 1_000_000_000;
  }

  @Test
  @Requirement({"RFC8504-6.4-01", "RFC8981-3.4-01", "RFC8981-3.4-02"})
  void eachPrefixHasOneBesidesTheStableAddress() {
    try (NdpStation station = start(0)) {
      station.router("", 65535, link(1, PEER_MAC), prefix(PREFIX, "LA", 30 * DAY, 7 * DAY),
          prefix("2001:db8:0:2::/64", "LA", 30 * DAY, 7 * DAY));
      assertThat(temporary(station)).hasSize(2);
      assertThat(station.status().addresses()).hasSize(4);
      station.router("", 65535, prefix(PREFIX, "LA", 30 * DAY, 7 * DAY));
      assertThat(temporary(station)).as("no further one").hasSize(2);
      InterfaceAddress own = temporary(station).getFirst();
      assertThat(IpPrefix.parse(PREFIX).contains(own.address())).isTrue();
    }
  }

  @Test
  @Requirement({"RFC8981-3.4-03", "RFC8981-3.4-05", "RFC8981-3.3.1-01"})
  void itsLifetimesAreThoseOfThePrefixWithinTwoDaysAndOne() {
    Set<String> identifiers = new LinkedHashSet<>();
    try (NdpStation station = start(0)) {
      station.router("", 65535, prefix(PREFIX, "LA", 30 * DAY, 7 * DAY),
          prefix("2001:db8:0:2::/64", "LA", 6 * HOUR, 3 * HOUR));
      InterfaceAddress first = temporary(station).getFirst();
      assertThat(valid(station, first)).isEqualTo(2 * DAY);
      assertThat(preferred(station, first)).as("a day, less a random part of 40 %").isBetween(DAY * 6 / 10, DAY);
      InterfaceAddress second = temporary(station).getLast();
      assertThat(valid(station, second)).isEqualTo(6 * HOUR);
      assertThat(preferred(station, second)).isEqualTo(3 * HOUR);
      station.at(600_000).router("", 65535, prefix("2001:db8:0:2::/64", "LA", 30 * DAY, 7 * DAY));
      assertThat(valid(station, temporary(station).getLast())).as("not above two days after its creation")
          .isEqualTo(2 * DAY - 597);
      temporary(station).forEach(own -> identifiers.add(own.address().toString().substring(14)));
      assertThat(identifiers).as("random").hasSize(2);
      assertThat(temporary(station)).noneMatch(own -> InterfaceIdentifiers.isReserved(
          ((Ipv6Address) own.address()).low()));
    }
  }

  @Test
  @Requirement("RFC8981-3.4-04")
  void noneIsFormedThatWouldNotBePreferred() {
    try (NdpStation station = start(0)) {
      station.router("", 65535, prefix(PREFIX, "LA", DAY, 0), prefix("2001:db8:0:2::/64", "LA", DAY, 1));
      assertThat(station.status().addresses()).hasSize(2);
      assertThat(temporary(station)).isEmpty();
    }
  }

  @Test
  @Requirement({"RFC8981-3.5-01", "RFC8981-3.5-02"})
  void anotherOneFollowsBeforeItIsDeprecated() {
    try (NdpStation station = start(0)) {
      station.router("", 65535, prefix(PREFIX, "LA", 30 * DAY, 7 * DAY));
      InterfaceAddress first = temporary(station).getFirst();
      long end = preferred(station, first);
      station.at(3000 + (end - 3) * 1000);
      assertThat(temporary(station)).hasSize(1);
      station.at(3000 + (end - 1) * 1000);
      assertThat(temporary(station)).as("two seconds before").hasSize(2)
          .allMatch(own -> own.state() == InterfaceAddress.State.PREFERRED);
      station.at(3000 + (end + 1) * 1000);
      assertThat(temporary(station)).extracting(InterfaceAddress::state)
          .containsExactly(InterfaceAddress.State.DEPRECATED, InterfaceAddress.State.PREFERRED);
      station.at(3000 + 2 * DAY * 1000 + 1000);
      assertThat(temporary(station)).extracting(InterfaceAddress::address).doesNotContain(first.address());
      assertThat(temporary(station)).hasSizeBetween(2, 4);
    }
  }

  @Test
  @Requirement({"RFC8981-3.4-06", "RFC8981-3.4-07"})
  void duplicatesAreReplacedThreeTimesAndThenItGivesUp() {
    try (NdpStation station = start(1)) {
      station.router("", 65535, prefix(PREFIX, "LA", 30 * DAY, 7 * DAY));
      String stable = station.addresses().stream().filter(own -> own.startsWith("2001")).findFirst().orElseThrow();
      Set<String> tested = new LinkedHashSet<>();
      for (long millis = 3001; millis < 30_000; millis += 5) {
        station.at(millis);
        for (String line : station.sent()) {
          if (line.contains("NS 2001") && line.contains("nonce")) {
            String own = line.substring(line.indexOf("NS ") + 3, line.indexOf(" nonce"));
            if (!stable.startsWith(own + "/")) {
              tested.add(own);
              station.advertisement(own, "ff02::1", own, "O", link(2, PEER_MAC));
            }
          }
        }
      }
      assertThat(tested).hasSize(1 + TemporaryAddresses.RETRIES);
      assertThat(temporary(station)).isEmpty();
      assertThat(station.status().addresses()).hasSize(1);
      station.router("", 65535, prefix(PREFIX, "LA", 30 * DAY, 7 * DAY)).at(60_000);
      assertThat(station.sent()).noneMatch(line -> line.contains("NS 2001"));
    }
  }

  @Test
  @Requirement({"RFC8981-3.6-01", "RFC8981-3.7-01", "RFC6724-5-05"})
  void aLinkThatComesBackGetsOtherOnesAndTheyAreOffByDefault() {
    try (NdpStation station = start(0)) {
      station.router("", 65535, prefix(PREFIX, "LA", 30 * DAY, 7 * DAY));
      List<Object> before = new ArrayList<>(temporary(station).stream().map(InterfaceAddress::address).toList());
      station.device.carrier(Carrier.DOWN);
      station.at(10_000);
      station.device.carrier(Carrier.UP);
      station.at(12_000);
      assertThat(temporary(station)).as("removed with the link").isEmpty();
      station.router("", 65535, prefix(PREFIX, "LA", 30 * DAY, 7 * DAY));
      assertThat(temporary(station)).hasSize(1).noneMatch(own -> before.contains(own.address()));
    }
    try (NdpStation station = NdpStation.discovering()) {
      station.router("", 65535, prefix(PREFIX, "LA", 30 * DAY, 7 * DAY));
      assertThat(temporary(station)).isEmpty();
    }
  }
}
