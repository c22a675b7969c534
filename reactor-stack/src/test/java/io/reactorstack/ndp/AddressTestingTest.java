package io.reactorstack.ndp;

import static io.reactorstack.ndp.NdpStation.NODES;
import static io.reactorstack.ndp.NdpStation.PEER_MAC;
import static io.reactorstack.ndp.NdpStation.link;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.testing.Requirement;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Duplicate address detection of a host on Ethernet, and its link-local address (RFC 4862, RFC 7217). */
class AddressTestingTest {

  private static final String OWN = "fe80::a";
  private static final String GROUP = "ff02::1:ff00:a";
  private static final String GROUP_MAC = "33:33:ff:00:00:0a";
  private static final String PROBE = GROUP_MAC + " :: > " + GROUP + " NS " + OWN + " nonce";
  private static final String JOIN = "33:33:00:00:00:16 :: > ff02::16 MLD";

  private static NdpStation start(String... addresses) {
    return new NdpStation(UnaryOperator.identity(), addresses);
  }

  private static List<InterfaceEvent> addressEvents(NdpStation station) {
    return station.events.stream().filter(event -> !(event instanceof InterfaceEvent.Up)).toList();
  }

  @Test
  @Requirement({"RFC4862-5.4-01", "RFC4862-5.4.2-01", "RFC4862-5.4.2-02"})
  void anAddressIsTestedByOneSolicitationBeforeItIsUsed() {
    try (NdpStation station = start(OWN + "/64")) {
      station.at(1000);
      List<String> sent = station.sent();
      assertThat(sent).hasSizeGreaterThanOrEqualTo(2);
      assertThat(sent.get(0)).startsWith(JOIN).contains(GROUP);
      assertThat(sent).contains(PROBE);
      assertThat(addressEvents(station)).isEmpty();
      station.solicitation("fe80::b", GROUP, OWN, link(1, PEER_MAC));
      assertThat(station.dropped(NdpDrop.NOT_OUR_TARGET)).as("still tentative").isEqualTo(1);
      station.at(2001);
      assertThat(addressEvents(station))
          .containsExactly(new InterfaceEvent.AddressAdded("eth0", IpPrefix.parse(OWN + "/64")));
      assertThat(station.sent()).as("nothing but reports of the group").allMatch(line -> line.contains("MLD"));
      station.solicitation("fe80::b", GROUP, OWN, link(1, PEER_MAC));
      assertThat(station.sent()).hasSize(1).first().asString().contains("NA " + OWN);
      station.at(600_000);
      assertThat(station.sent()).as("no further test").noneMatch(line -> line.contains("nonce"));
    }
  }

  @Test
  @Requirement({"RFC4862-5.4.2-03", "RFC4862-5.4.2-05", "RFC4862-5.4.2-06"})
  void theFirstMessageIsDelayedAtRandomAndFramesAreReceivedBefore() {
    try (NdpStation station = start(OWN + "/64")) {
      assertThat(station.sent()).as("the report of the group waits").isEmpty();
      long delay = 0;
      while (station.at(delay).sent().isEmpty()) {
        delay++;
      }
      assertThat(delay).isBetween(1L, 1000L);
    }
    try (NdpStation station = start(OWN + "/64")) {
      station.solicitation("::", GROUP, OWN);
      assertThat(addressEvents(station)).as("received before the first message is sent")
          .containsExactly(new InterfaceEvent.AddressDuplicate("eth0", IpPrefix.parse(OWN + "/64")));
      assertThat(station.sent()).isEmpty();
    }
  }

  @Test
  @Requirement("RFC4861-4.3-03")
  void moreSolicitationsAreASecondApart() {
    try (NdpStation station = new NdpStation(
        settings -> settings.withDuplicateAddressDetection(3), OWN + "/64")) {
      int probes = 0;
      long first = 0;
      for (long millis = 1; millis <= 6000; millis++) {
        station.at(millis);
        if (station.sent().contains(PROBE)) {
          first = first == 0 ? millis : first;
          assertThat(millis - first).isEqualTo(1000L * probes);
          probes++;
        }
        if (!addressEvents(station).isEmpty()) {
          assertThat(millis - first).isEqualTo(3000);
          break;
        }
      }
      assertThat(probes).isEqualTo(3);
      assertThat(addressEvents(station)).hasSize(1);
    }
  }

  @Test
  @Requirement({"RFC4862-5.4.4-01", "RFC4862-5.4.5-01", "RFC4862-5.4.5-02"})
  void anAdvertisementForATentativeAddressMakesItADuplicate() {
    try (NdpStation station = start(OWN + "/64")) {
      station.at(1100).advertisement(OWN, NODES, OWN, "O", link(2, PEER_MAC));
      assertThat(addressEvents(station))
          .containsExactly(new InterfaceEvent.AddressDuplicate("eth0", IpPrefix.parse(OWN + "/64")));
      station.at(10_000).sent();
      station.solicitation("fe80::b", GROUP, OWN, link(1, PEER_MAC));
      assertThat(station.sent()).as("the address is not used").isEmpty();
    }
  }

  @Test
  @Requirement({"RFC4862-5.4.3-01", "RFC4862-5.4.3-02", "RFC4862-5.4.3-03"})
  void onlyASolicitationFromTheUnspecifiedAddressMakesATentativeAddressADuplicate() {
    try (NdpStation station = start(OWN + "/64")) {
      station.at(1100).sent();
      station.solicitation("fe80::b", GROUP, OWN, link(1, PEER_MAC));
      assertThat(station.sent()).isEmpty();
      assertThat(addressEvents(station)).isEmpty();
      station.solicitation("::", GROUP, OWN);
      assertThat(addressEvents(station)).hasSize(1).first().isInstanceOf(InterfaceEvent.AddressDuplicate.class);
    }
  }

  @Test
  @Requirement({"RFC4862-5.4.3-04", "RFC7527-4.1-01", "RFC7527-4.2-01"})
  void aCopyOfTheOwnSolicitationIsNoDuplicate() {
    try (NdpStation station = start(OWN + "/64")) {
      station.at(1000).sent();
      assertThat(station.nonce).hasSize(8);
      station.solicitation("::", GROUP, OWN, station.nonce);
      assertThat(station.dropped(NdpDrop.OWN_PROBE)).isEqualTo(1);
      station.at(2100);
      assertThat(addressEvents(station)).hasSize(1).first().isInstanceOf(InterfaceEvent.AddressAdded.class);
      byte[] first = station.nonce;
      station.stack.addAddress("eth0", IpPrefix.parse("fe80::b/64")).subscribe();
      station.at(3200).sent();
      assertThat(station.nonce).as("drawn anew").isNotEqualTo(first);
      station.at(5000);
    }
  }

  @Test
  @Requirement({"RFC4862-5.4.1-01", "RFC4862-5.4-06", "RFC4862-5.4-05"})
  void invalidMessagesAndOtherPacketsDoNotDisturbTheTest() {
    try (NdpStation station = start(OWN + "/64")) {
      station.at(1100).sent();
      station.advertisement(OWN, NODES, OWN, "S", link(2, PEER_MAC));
      assertThat(station.dropped(NdpDrop.SOLICITED_TO_GROUP)).isEqualTo(1);
      station.solicitation("::", NODES, OWN);
      assertThat(station.dropped(NdpDrop.BAD_DESTINATION)).isEqualTo(1);
      station.receive("fe80::b", OWN, 128, 1, new byte[8]);
      assertThat(station.sent()).as("a ping is not answered").isEmpty();
      station.at(2100);
      assertThat(addressEvents(station)).hasSize(1).first().isInstanceOf(InterfaceEvent.AddressAdded.class);
    }
  }

  @Test
  @Requirement({"RFC4862-5.3-01", "RFC4862-5.4-03", "RFC4862-5.4-04"})
  void anInterfaceWithAnIpv6AddressFormsALinkLocalOneAndTestsBoth() {
    try (NdpStation station = new NdpStation(
        settings -> settings.withIdentifiers(Ipv6Settings.Identifiers.EUI_64), "2001:db8::ff:fe00:a/64")) {
      station.at(1001);
      // The interface identifiers are the same; each address is tested all the same.
      assertThat(station.sent()).contains(
          GROUP_MAC + " :: > " + GROUP + " NS fe80::ff:fe00:a nonce",
          GROUP_MAC + " :: > " + GROUP + " NS 2001:db8::ff:fe00:a nonce");
      station.at(2001);
      assertThat(addressEvents(station)).containsExactlyInAnyOrder(
          new InterfaceEvent.AddressAdded("eth0", IpPrefix.parse("2001:db8::ff:fe00:a/64")),
          new InterfaceEvent.AddressAdded("eth0", IpPrefix.parse("fe80::ff:fe00:a/64")));
    }
  }

  @Test
  void anInterfaceWithoutAnIpv6AddressDoesNotSpeakIpv6() {
    try (NdpStation station = start("10.0.0.1/24")) {
      station.at(60_000);
      assertThat(station.sent()).isEmpty();
    }
  }

  private static String linkLocal(NdpStation station) {
    return station.events.stream().filter(InterfaceEvent.AddressAdded.class::isInstance)
        .map(event -> ((InterfaceEvent.AddressAdded) event).address().address().toString())
        .filter(text -> text.startsWith("fe80")).findFirst().orElseThrow();
  }

  @Test
  @Requirement({"RFC7217-5-01", "RFC7217-5-09", "RFC7217-5-07"})
  void aStableIdentifierFollowsFromTheSecret() {
    List<String> formed = new ArrayList<>();
    for (int start = 0; start < 3; start++) {
      long key = start == 2 ? 8 : 7;
      try (NdpStation station = new NdpStation(
          settings -> settings.withSecret(new Ipv6Settings.Secret(key, 1)), "2001:db8::5/64")) {
        station.at(3000);
        formed.add(linkLocal(station));
      }
    }
    assertThat(formed.get(1)).isEqualTo(formed.get(0));
    assertThat(formed.get(2)).isNotEqualTo(formed.get(0)).doesNotContain("ff:fe");
    try (NdpStation station = start("2001:db8::5/64")) {
      station.at(3000);
      assertThat(linkLocal(station)).as("a secret is drawn").isNotEqualTo(formed.get(0));
    }
  }

  @Test
  @Requirement({"RFC7217-6-01", "RFC7217-6-03", "RFC7217-6-04"})
  void aDuplicateLinkLocalAddressIsReplacedThreeTimes() {
    try (NdpStation station = start("2001:db8::5/64")) {
      List<String> tried = new ArrayList<>();
      for (long millis = 10; millis <= 30_000; millis += 10) {
        station.at(millis);
        for (String line : station.sent()) {
          if (line.contains("NS fe80")) {
            String target = line.split(" ")[5];
            tried.add(target);
            station.advertisement(target, NODES, target, "O", link(2, PEER_MAC));
          }
        }
      }
      assertThat(tried).hasSize(4).doesNotHaveDuplicates();
      assertThat(station.events).filteredOn(InterfaceEvent.AddressDuplicate.class::isInstance).hasSize(4);
    }
  }

  @Test
  @Requirement("RFC7217-6-05")
  void aDuplicateEui64AddressIsNotReplaced() {
    try (NdpStation station = new NdpStation(
        settings -> settings.withIdentifiers(Ipv6Settings.Identifiers.EUI_64), "2001:db8::5/64")) {
      String formed = "fe80::ff:fe00:a";
      station.at(1001).advertisement(formed, NODES, formed, "O", link(2, PEER_MAC));
      station.sent();
      station.at(30_000);
      assertThat(station.sent()).noneMatch(line -> line.contains("NS fe80"));
    }
  }

  @Test
  void addAddressCompletesAfterTheTestOrFails() {
    try (NdpStation station = start("10.0.0.1/24")) {
      List<Object> results = new ArrayList<>();
      station.stack.addAddress("eth0", IpPrefix.parse("fe80::1/64"))
          .subscribe(nothing -> {}, results::add, () -> results.add("unique"));
      station.stack.addAddress("eth0", IpPrefix.parse("fe80::1/64"))
          .subscribe(nothing -> {}, error -> results.add(error.getClass()));
      assertThat(results).containsExactly(IllegalArgumentException.class);
      station.at(2001);
      assertThat(results).endsWith("unique").hasSize(2);
      station.stack.addAddress("eth0", IpPrefix.parse("fe80::2/64"))
          .subscribe(nothing -> {}, error -> results.add(error.getClass()));
      station.at(2200).solicitation("::", "ff02::1:ff00:2", "fe80::2");
      assertThat(results).endsWith(IOException.class).hasSize(3);
      station.stack.addAddress("eth0", IpPrefix.parse("fe80::3/64"))
          .subscribe(nothing -> {}, error -> results.add(error.getMessage()));
      station.stack.removeAddress(IpAddress.parse("fe80::3")).subscribe();
      station.at(2300);
      assertThat(results).endsWith("fe80::3 was removed").hasSize(4);
      station.stack.addAddress("eth0", IpPrefix.parse("fe80::4/64"))
          .subscribe(nothing -> {}, error -> results.add(error.getMessage()));
      station.stack.dispose();
      station.loop.settle();
      assertThat(results).hasSize(5);
    }
  }

  @Test
  @Requirement({"RFC4861-7.2.1-01", "RFC4861-7.2.1-02", "RFC4861-7.2.1-03"})
  void solicitedNodeGroupsFollowTheAddresses() {
    try (NdpStation station = NdpStation.untested("2001:db8::5/64", OWN + "/64")) {
      assertThat(station.sent().toString()).contains("ff02::1:ff00:5", GROUP);
      station.stack.addAddress("eth0", IpPrefix.parse("2001:db8::a/64")).subscribe();
      station.at(60_000).sent();
      station.solicitation("fe80::b", GROUP, "2001:db8::a", link(1, PEER_MAC));
      assertThat(station.sent().toString()).contains("NA 2001:db8::a");
      station.stack.removeAddress(IpAddress.parse("2001:db8::a")).subscribe();
      station.at(120_000);
      assertThat(station.sent()).as("another address is in the group").noneMatch(line -> line.contains("MLD"));
      station.solicitation("fe80::b", GROUP, OWN, link(1, PEER_MAC));
      assertThat(station.sent().toString()).contains("NA " + OWN);
      station.stack.removeAddress(IpAddress.parse("2001:db8::5")).subscribe();
      station.at(180_000);
      assertThat(station.sent().toString()).contains("ff02::1:ff00:5");
      long unwanted = station.stack.drops().total();
      station.solicitation("fe80::b", "ff02::1:ff00:5", "2001:db8::5", link(1, PEER_MAC));
      assertThat(station.stack.drops().total()).as("not accepted by the filter").isEqualTo(unwanted + 1);
    }
  }
}
