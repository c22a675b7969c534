package io.reactorstack.ndp;

import static io.reactorstack.ndp.NdpStation.PEER_MAC;
import static io.reactorstack.ndp.NdpStation.link;
import static io.reactorstack.ndp.NdpStation.prefix;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.NetworkStack;
import io.reactorstack.device.Carrier;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.ip.event.Ipv6Status;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestDevice;
import io.reactorstack.testing.VirtualLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Unsolicited advertisements of a host's addresses, and the settings of single interfaces. */
class AddressAnnouncementTest {

  /** Advances to {@code until} in steps of a millisecond, and returns what was announced, with the time. */
  private static List<String> announced(NdpStation station, long from, long until) {
    List<String> announced = new ArrayList<>();
    for (long millis = from; millis <= until; millis++) {
      station.at(millis);
      for (String line : station.sent()) {
        if (line.contains("> ff02::1 NA")) {
          announced.add(millis + " " + line.substring(line.indexOf("NA ")));
        }
      }
    }
    return announced;
  }

  @Test
  @Requirement({"RFC4861-7.2.6-03", "RFC4861-7.2.6-06", "RFC4861-7.2.6-07"})
  void theAddressesOfAnInterfaceAreAnnouncedOneAfterTheOtherWhenTheLinkIsBack() {
    try (NdpStation station = NdpStation.untested("fe80::a/64", "2001:db8::a/64", "2001:db8::b/64")) {
      station.at(5000).sent();
      station.device.carrier(Carrier.DOWN);
      station.at(6000);
      station.device.carrier(Carrier.UP);
      assertThat(announced(station, 6000, 7000)).containsExactly(
          "6000 NA fe80::a O target 02:00:00:00:00:0a", "6020 NA 2001:db8::a O target 02:00:00:00:00:0a",
          "6040 NA 2001:db8::b O target 02:00:00:00:00:0a");
    }
  }

  @Test
  @Requirement({"RFC4861-7.2.6-02", "RFC4861-7.2.6-04", "RFC4861-7.2.6-05"})
  void twoAdvertisementsOfOneAddressAreRetransTimerApart() {
    try (NdpStation station = NdpStation.untested("fe80::a/64")) {
      station.at(5000).sent();
      List<String> all = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        station.device.carrier(Carrier.DOWN);
        station.device.carrier(Carrier.UP);
        all.addAll(announced(station, 5001 + i * 100, 5100 + i * 100));
      }
      assertThat(all).hasSizeBetween(2, 3).allMatch(line -> line.contains("NA fe80::a O target"));
      long gap = time(all.get(1)) - time(all.get(0));
      assertThat(gap).as("the first is found a millisecond late").isGreaterThanOrEqualTo(999);
    }
  }

  private static long time(String line) {
    return Long.parseLong(line.substring(0, line.indexOf(' ')));
  }

  @Test
  @Requirement({"RFC4862-5.4.5-03"})
  void aDuplicateOfTheHardwareAddressSwitchesIpv6OffOnTheInterface() {
    try (NdpStation station = NdpStation.discovering(
        settings -> settings.withIdentifiers(Ipv6Settings.Identifiers.EUI_64), "2001:db8::a/64")) {
      String formed = "fe80::ff:fe00:a";
      station.at(1100).advertisement(formed, "ff02::1", formed, "O", link(2, PEER_MAC));
      station.at(3000);
      assertThat(station.addresses()).isEmpty();
      assertThat(station.status().phase()).isEqualTo(Ipv6Status.Phase.DISABLED);
      station.sent();
      station.assertDropped(NdpDrop.INTERFACE_DISABLED,
          () -> station.router("", 1800, link(1, PEER_MAC), prefix("2001:db8:1::/64", "LA", 3600, 3600)));
      station.solicitation("fe80::b", "ff02::1:ff00:a", "2001:db8::a", link(1, PEER_MAC));
      station.send("2001:db8::9").at(30_000);
      assertThat(station.sent()).as("silent").isEmpty();
      List<String> failures = new ArrayList<>();
      station.stack.addAddress("eth0", io.reactorstack.packet.IpPrefix.parse("2001:db8::c/64"))
          .subscribe(any -> {}, failure -> failures.add(failure.getMessage()));
      station.loop.settle();
      assertThat(failures).hasSize(1).first().asString().contains("does not use IPv6");
    }
  }

  @Test
  @Requirement("RFC4862-5.4.5-04")
  void aDuplicateOfAStableIdentifierLeavesIpv6Running() {
    try (NdpStation station = NdpStation.discovering(settings -> settings, "2001:db8::a/64")) {
      for (long millis = 1; millis < 20_000; millis += 10) {
        station.at(millis);
        for (String line : station.sent()) {
          if (line.contains("NS fe80") && line.contains("nonce")) {
            String tested = line.substring(line.indexOf("NS ") + 3, line.indexOf(" nonce"));
            station.advertisement(tested, "ff02::1", tested, "O", link(2, PEER_MAC));
          }
        }
      }
      assertThat(station.addresses()).containsExactly("2001:db8::a/64 PREFERRED");
      station.solicitation("2001:db8::b", "ff02::1:ff00:a", "2001:db8::a", link(1, PEER_MAC));
      assertThat(station.sent()).anyMatch(line -> line.contains("NA 2001:db8::a"));
    }
  }

  @Test
  @Requirement("RFC4862-5.1-01")
  void theNumberOfSolicitationsIsASettingOfEachInterface() {
    VirtualLoop loop = new VirtualLoop();
    List<TestDevice> devices = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      devices.add(new TestDevice(
          loop.newTurn(), DeviceCapabilities.ethernet(new MacAddress(0x0200_0000_0010L + i), 1500)));
    }
    NetworkStack stack = NetworkStack.create().runOn(loop).random(new Random(1))
        .device("eth0", any -> devices.get(0), "fe80::a0/64")
        .device("eth1", any -> devices.get(1), "fe80::a1/64")
        .ipv6("eth1", settings -> settings.withDuplicateAddressDetection(3))
        .ipv6(settings -> settings.withRouterDiscovery(false)).startNow();
    loop.advance(Duration.ofSeconds(10));
    for (int i = 0; i < 2; i++) {
      long solicitations = devices.get(i).takeSent().stream()
          .filter(frame -> frame[14 + 6] == 58 && (frame[54] & 0xff) == 135).count();
      assertThat(solicitations).isEqualTo(i == 0 ? 1 : 3);
    }
    stack.dispose();
    loop.settle();
  }

  @Test
  @Requirement("RFC8504-5.4-05")
  void aSilentNeighborIsAskedAtGrowingIntervals() {
    try (NdpStation station = NdpStation.untested("2001:db8::a/64")) {
      List<Long> rounds = new ArrayList<>();
      long last = -10_000;
      for (long millis = 0; millis < 200_000; millis += 100) {
        station.at(millis).send("2001:db8::77");
        if (station.sent().stream().anyMatch(line -> line.contains("NS 2001:db8::77"))) {
          if (millis - last > 1100) {
            rounds.add(millis);
          }
          last = millis;
        }
      }
      List<Long> gaps = new ArrayList<>();
      for (int i = 1; i < rounds.size(); i++) {
        gaps.add(rounds.get(i) - rounds.get(i - 1));
      }
      assertThat(gaps).as("three seconds of requests and a pause that doubles to a minute")
          .containsExactly(4000L, 5000L, 7000L, 11_000L, 19_000L, 35_000L, 63_000L);
      station.advertisement("2001:db8::77", "ff02::1", "2001:db8::77", "O", link(2, PEER_MAC));
      station.solicitation("2001:db8::77", "2001:db8::a", "2001:db8::a", link(1, PEER_MAC));
      station.sent();
      station.send("2001:db8::77");
      assertThat(station.sent()).as("known again").first().asString().startsWith(PEER_MAC);
    }
  }

  @Test
  @Requirement("RFC4861-7.2.2-01")
  void aNeighborIsSolicitedFromTheSourceOfThePacketThatWaits() {
    try (NdpStation station = NdpStation.untested("fe80::a/64", "2001:db8::a/64", "2001:db8::b/64")) {
      station.sent();
      station.sendFrom(io.reactorstack.packet.IpAddress.parse("2001:db8::b"), "2001:db8::77");
      assertThat(station.sent()).anyMatch(line -> line.contains(" 2001:db8::b > ") && line.contains("NS 2001:db8::77"));
      station.sendFrom(io.reactorstack.packet.IpAddress.parse("2001:db8::a"), "2001:db8::78");
      assertThat(station.sent()).anyMatch(line -> line.contains(" 2001:db8::a > ") && line.contains("NS 2001:db8::78"));
    }
  }
}
