package io.reactorstack.ndp;

import static io.reactorstack.ndp.NdpStation.MAC;
import static io.reactorstack.ndp.NdpStation.NODES;
import static io.reactorstack.ndp.NdpStation.PEER_MAC;
import static io.reactorstack.ndp.NdpStation.link;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.device.Carrier;
import io.reactorstack.testing.Requirement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** The times and the contents of router solicitations (RFC 4861 section 6.3.7, RFC 7559). */
class RouterSolicitationTest {

  private static final String SOLICITATION = "33:33:00:00:00:02 fe80::a > ff02::2 NDP are there routers? source " + MAC;

  /** Advances to {@code until}, and returns the milliseconds at which a router was solicited. */
  private static List<Long> times(NdpStation station, long from, long until, long step) {
    List<Long> times = new ArrayList<>();
    for (long millis = from; millis <= until; millis += step) {
      station.at(millis);
      for (String line : station.sent()) {
        if (line.contains("are there routers")) {
          times.add(millis);
        }
      }
    }
    return times;
  }

  @Test
  @Requirement({"RFC4861-6.3.7-03", "RFC4861-6.3.7-02", "RFC4861-4.1-03"})
  void theFirstSolicitationIsDelayedAtRandomAndContainsTheLinkAddress() {
    try (NdpStation station = NdpStation.discovering("fe80::a/64")) {
      assertThat(station.sent()).as("not at once").noneMatch(line -> line.contains("routers"));
      List<Long> times = times(station, 1, 999, 1);
      assertThat(times).hasSize(1);
    }
    try (NdpStation station = NdpStation.discovering("fe80::a/64")) {
      station.at(1000);
      assertThat(station.sent()).contains(SOLICITATION);
    }
  }

  @Test
  @Requirement({"RFC7559-2-01", "RFC7559-2-02", "RFC4861-6.3.7-01"})
  void intervalsDoubleFromFourSecondsToAnHourAndDoNotEnd() {
    try (NdpStation station = NdpStation.discovering("fe80::a/64")) {
      List<Long> times = times(station, 1, 200_000, 10);
      times.addAll(times(station, 200_001, 40_000_000, 5_000));
      assertThat(times).hasSizeGreaterThan(16);
      double interval = 4000;
      for (int i = 1; i < times.size(); i++) {
        long gap = times.get(i) - times.get(i - 1);
        assertThat((double) gap).as("gap %d of %s", i, times).isBetween(interval * 0.899 - 5000 * (i > 5 ? 1 : 0),
            interval * 1.101 + 5000 * (i > 5 ? 1 : 0) + 10);
        interval = Math.min(3_600_000, gap * 2.0);
      }
      assertThat(times.get(1) - times.get(0)).as("at least four seconds").isBetween(3990L, 4410L);
    }
  }

  @Test
  @Requirement({"RFC7559-2.1-01", "RFC4861-6.3.7-06"})
  void anAdvertisementOfADefaultRouterEndsTheSolicitations() {
    try (NdpStation station = NdpStation.discovering("fe80::a/64")) {
      assertThat(times(station, 1, 1000, 10)).hasSize(1);
      station.router("", 1800, link(1, PEER_MAC));
      assertThat(times(station, 1010, 600_000, 100)).isEmpty();
    }
  }

  @Test
  @Requirement({"RFC7559-2.1-02", "RFC7559-3-01"})
  void aRouterThatIsNoDefaultRouterDoesNotEndThem() {
    try (NdpStation station = NdpStation.discovering("fe80::a/64")) {
      assertThat(times(station, 1, 1000, 10)).hasSize(1);
      station.router("", 0, link(1, PEER_MAC));
      assertThat(times(station, 1010, 20_000, 100)).hasSize(2);
    }
  }

  @Test
  @Requirement("RFC4861-6.3.7-07")
  void oneIsSentEvenIfARouterHasAdvertisedItselfBefore() {
    try (NdpStation station = NdpStation.discovering("fe80::a/64")) {
      station.router("", 1800, link(1, PEER_MAC));
      assertThat(times(station, 1, 20_000, 10)).hasSize(1);
    }
  }

  @Test
  @Requirement("RFC4861-6.3.7-04")
  void itFollowsTheTestOfTheLinkLocalAddressWithoutAnotherDelay() {
    try (NdpStation station = NdpStation.discovering(UnaryOperator.identity(), "fe80::a/64")) {
      long assigned = 0;
      for (long millis = 1; millis < 2100; millis++) {
        station.at(millis);
        List<String> sent = station.sent();
        if (assigned == 0 && station.ip().now().isLocal(io.reactorstack.packet.IpAddress.parse("fe80::a"))) {
          assigned = millis;
        }
        assertThat(sent.contains(SOLICITATION)).as("at %d", millis).isEqualTo(assigned == millis && millis > 0);
      }
      assertThat(assigned).isPositive();
    }
  }

  @Test
  @Requirement("RFC4861-6.3.7-05")
  void theLinkThatComesBackIsAskedAgain() {
    try (NdpStation station = NdpStation.discovering("fe80::a/64")) {
      station.at(1000).router("", 1800, link(1, PEER_MAC)).sent();
      station.device.carrier(Carrier.DOWN);
      station.at(5000);
      assertThat(station.sent()).isEmpty();
      station.device.carrier(Carrier.UP);
      assertThat(times(station, 5001, 6001, 1)).hasSize(1);
    }
  }

  @Test
  @Requirement("RFC4861-4.1-02")
  void withoutAnAddressItComesFromTheUnspecifiedAddressWithoutTheLinkAddress() {
    try (NdpStation station = NdpStation.discovering(UnaryOperator.identity())) {
      List<String> routers = new ArrayList<>();
      for (long millis = 1; millis < 20_000; millis += 10) {
        station.at(millis);
        for (String line : station.sent()) {
          if (line.contains("nonce")) {
            String tested = line.substring(line.indexOf("NS ") + 3, line.indexOf(" nonce"));
            station.advertisement(tested, NODES, tested, "O", link(2, PEER_MAC));
          }
          if (line.contains("routers")) {
            routers.add(line);
          }
        }
      }
      assertThat(routers).isNotEmpty().first().isEqualTo("33:33:00:00:00:02 :: > ff02::2 NDP are there routers?");
    }
  }

  @Test
  @Requirement("RFC4862-5.5-01")
  void discoveryCanBeSwitchedOff() {
    try (NdpStation station = new NdpStation(settings -> settings.withRouterDiscovery(false), "fe80::a/64")) {
      assertThat(times(station, 1, 20_000, 10)).isEmpty();
      station.assertDropped(NdpDrop.ROUTER_DISCOVERY_OFF, () -> station.router("", 1800));
    }
    try (NdpStation station = NdpStation.discovering(
        settings -> settings.withDuplicateAddressDetection(0).withAddressConfiguration(false))) {
      station.router("", 1800, NdpStation.prefix("2001:db8:1::/64", "LA", 3600, 1800));
      assertThat(station.addresses()).noneMatch(own -> own.startsWith("2001"));
      assertThat(station.nextHop("2001:db8:2::1")).isEqualTo("fe80::1");
    }
  }
}
