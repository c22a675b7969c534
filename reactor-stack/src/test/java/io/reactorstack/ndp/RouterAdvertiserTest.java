package io.reactorstack.ndp;

import static io.reactorstack.ndp.NdpStation.MAC;
import static io.reactorstack.ndp.NdpStation.PEER_MAC;
import static io.reactorstack.ndp.NdpStation.link;
import static io.reactorstack.ndp.NdpStation.mtu;
import static io.reactorstack.ndp.NdpStation.prefix;
import static io.reactorstack.testing.Packets.icmpv6;
import static io.reactorstack.testing.Packets.ipv6;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.NetworkStack;
import io.reactorstack.device.Carrier;
import io.reactorstack.neighbor.NeighborCache;
import io.reactorstack.neighbor.NeighborMeter;
import io.reactorstack.neighbor.NeighborState;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.routing.AdvertisedPrefix;
import io.reactorstack.routing.AdvertisedRoute;
import io.reactorstack.routing.AdvertisementSettings;
import io.reactorstack.testing.Requirement;
import io.reactorstack.wire.Ipv6Header;
import io.reactorstack.wire.NdpDefect;
import io.reactorstack.wire.NdpMessage.RouterAdvertisement;
import io.reactorstack.wire.NdpOption;
import io.reactorstack.wire.NdpOption.PrefixInformation;
import io.reactorstack.wire.RouterPreference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The router advertisements that a host sends (RFC 4861 section 6.2). */
class RouterAdvertiserTest {

  private static final String LINK_LOCAL = "fe80::a";
  private static final String OWN = "2001:db8:1::a";
  private static final String ROUTERS = "ff02::2";
  private static final String PEER = "fe80::b";
  private static final long DAY = 86_400;

  private static NdpStation start(UnaryOperator<AdvertisementSettings> settings) {
    return NdpStation.router(stack -> stack.advertise("eth0", settings), LINK_LOCAL + "/64", OWN + "/64");
  }

  private static NdpStation start() {
    return start(settings -> settings);
  }

  /** The times of the advertisements until {@code end}, in milliseconds after the start. */
  private static List<Long> times(NdpStation station, long end) {
    List<Long> times = new ArrayList<>();
    while (station.millis() < end) {
      station.step(end);
      long now = station.millis();
      station.advertised().forEach(message -> times.add(now));
    }
    return times;
  }

  private static RouterAdvertisement first(NdpStation station) {
    return station.at(500).advertised().getFirst();
  }

  private static NdpStation solicit(NdpStation station, String source, byte[]... options) {
    return station.receive(source, ROUTERS, 133, 0, options);
  }

  private static NeighborCache neighbors(NdpStation station) {
    return (NeighborCache) Objects.requireNonNull(station.ip().named("eth0")).neighbors();
  }

  private static List<NdpOption> withoutLink(RouterAdvertisement message) {
    return message.options().stream().filter(option -> !(option instanceof NdpOption.SourceLinkAddress)).toList();
  }

  // ---- content

  @Test
  @Requirement({"RFC4861-4.2-01", "RFC4861-4.2-09", "RFC4861-2.3-01"})
  void itAdvertisesFromItsLinkLocalAddressToAllNodes() {
    try (NdpStation station = NdpStation.router(stack -> stack.advertise("eth0"), OWN + "/64")) {
      String formed = station.addresses().getLast();
      assertThat(formed).startsWith("fe80::").endsWith("/64 PREFERRED");
      // The station asserts the hop limit of 255.
      List<String> lines = station.at(500).sent().stream().filter(line -> line.contains("NDP router")).toList();
      assertThat(lines).singleElement().asString()
          .startsWith("33:33:00:00:00:01 " + formed.replaceFirst("/.*", "") + " > ff02::1 ");
    }
  }

  @Test
  @Requirement({"RFC4861-6.2.3-02", "RFC4861-4.2-08", "RFC4191-4-01"})
  void itAdvertisesItselfAndTheNetworksOfItsAddresses() {
    try (NdpStation station = start()) {
      RouterAdvertisement message = first(station);
      assertThat(message.routerLifetime()).isEqualTo(1800);
      assertThat(message.preference()).isEqualTo(RouterPreference.MEDIUM);
      assertThat(message.hopLimit()).isEqualTo(64);
      assertThat(message.reachableTime() + message.retransTimer()).isZero();
      assertThat(message.managed() || message.otherConfiguration()).isFalse();
      assertThat(message.options()).containsExactly(new NdpOption.SourceLinkAddress(MacAddress.parse(MAC)),
          new PrefixInformation(IpPrefix.parse("2001:db8:1::/64"), true, true, 30 * DAY, 7 * DAY));
    }
  }

  @Test
  @Requirement({"RFC4861-6.2.1-01", "RFC4861-6.2.3-01", "RFC4861-6.2.3-04"})
  void itAdvertisesWhatTheSettingsSay() {
    IpPrefix second = IpPrefix.parse("2001:db8:2::/64");
    IpPrefix far = IpPrefix.parse("2001:db8:ff00::/40");
    try (NdpStation station = start(settings -> settings.withMaxRtrAdvInterval(Duration.ofSeconds(10))
        .withPreference(RouterPreference.HIGH).withManagedFlag(true).withOtherConfigFlag(true).withLinkMtu(1400)
        .withReachableTime(Duration.ofSeconds(20)).withRetransTimer(Duration.ofMillis(500)).withCurHopLimit(61)
        .withDefaultLifetime(Duration.ofSeconds(70))
        .withPrefix(
            AdvertisedPrefix.of(second).withOnLink(false).withLifetimes(AdvertisedPrefix.FOREVER, Duration.ZERO))
        .withPrefix(AdvertisedPrefix.of(IpPrefix.parse(OWN + "/64")).withAutonomous(false))
        .withRoute(AdvertisedRoute.of(far).withPreference(RouterPreference.LOW))
        .withDnsServers(IpAddress.parse("2001:db8:1::53")).withSearchDomains("example.lab"))) {
      RouterAdvertisement message = first(station);
      assertThat(message).isEqualTo(new RouterAdvertisement(61, true, true, RouterPreference.HIGH, 70, 20_000, 500,
          message.options()));
      assertThat(withoutLink(message)).containsExactly(new NdpOption.Mtu(1400),
          new PrefixInformation(second, false, true, NdpOption.FOREVER, 0),
          new PrefixInformation(IpPrefix.parse("2001:db8:1::/64"), true, false, 30 * DAY, 7 * DAY),
          new NdpOption.RouteInformation(far, RouterPreference.LOW, 30),
          new NdpOption.RecursiveDnsServers(30, List.of((Ipv6Address) IpAddress.parse("2001:db8:1::53"))),
          new NdpOption.DnsSearchList(30, List.of("example.lab")));
    }
  }

  @Test
  @Requirement({"RFC4861-6.2.3-03", "RFC4861-4.2-07"})
  void theMtuIsAnOptionIfTheSettingsStateOne() {
    try (NdpStation station = start()) {
      assertThat(first(station).option(NdpOption.Mtu.class)).isNull();
      station.stack.advertise("eth0", settings -> settings.withLinkMtu(1280)).subscribe();
      assertThat(station.at(4_000).advertised().getLast().option(NdpOption.Mtu.class))
          .isEqualTo(new NdpOption.Mtu(1280));
    }
  }

  @Test
  @Requirement({"RFC8106-5.1-03", "RFC8106-5.2-03", "RFC4191-4-03"})
  void lifetimesAreThreeIntervalsUnlessTheyAreSet() {
    UnaryOperator<AdvertisementSettings> change = settings -> settings.withMaxRtrAdvInterval(Duration.ofSeconds(100))
        .withDnsServers(IpAddress.parse("2001:db8::53")).withSearchDomains("example.lab")
        .withRoute(AdvertisedRoute.of(IpPrefix.parse("2001:db8:7::/48")).withPreference(RouterPreference.HIGH))
        .withPreference(RouterPreference.LOW);
    try (NdpStation station = start(change)) {
      RouterAdvertisement message = first(station);
      assertThat(message.preference()).isEqualTo(RouterPreference.LOW);
      NdpOption.RouteInformation route = message.option(NdpOption.RouteInformation.class);
      assertThat(route.preference()).isEqualTo(RouterPreference.HIGH);
      assertThat(List.of(route.lifetime(), message.option(NdpOption.RecursiveDnsServers.class).lifetime(),
          message.option(NdpOption.DnsSearchList.class).lifetime())).containsOnly(300L);
    }
    try (NdpStation station = start(settings -> change.apply(settings).withDnsLifetime(Duration.ofSeconds(70)))) {
      RouterAdvertisement message = first(station);
      assertThat(message.option(NdpOption.RecursiveDnsServers.class).lifetime()).isEqualTo(70);
      assertThat(message.option(NdpOption.DnsSearchList.class).lifetime()).isEqualTo(70);
    }
  }

  @Test
  @Requirement("RFC4861-4.6.2-09")
  void onlyGlobalNetworksOf64BitsAreAdvertisedUnasked() {
    try (NdpStation station = NdpStation.router(stack -> stack.advertise("eth0"), "fe80::a/64", "10.0.0.1/24",
        "2001:db8:5::1/48", "2001:db8:6::1/64", "2001:db8:6::2/64")) {
      assertThat(withoutLink(first(station))).singleElement()
          .matches(option -> ((PrefixInformation) option).prefix().equals(IpPrefix.parse("2001:db8:6::/64")));
    }
    try (NdpStation station = start(settings -> settings.withOwnPrefixes(false))) {
      assertThat(withoutLink(first(station))).isEmpty();
    }
  }

  @Test
  @Requirement("RFC4191-4-04")
  void thePreferenceDoesNotDependOnTheRoutesOfTheRouter() {
    for (int metric : new int[] {0, 1, 5000}) {
      try (NdpStation station = NdpStation.router(
          stack -> stack.gateway("2001:db8:1::1", metric).advertise("eth0"), LINK_LOCAL + "/64", OWN + "/64")) {
        assertThat(first(station).preference()).isEqualTo(RouterPreference.MEDIUM);
      }
    }
  }

  @Test
  @Requirement("RFC4861-6.2.3-07")
  void optionsThatAreTooLongForOnePacketAreSpreadOverSeveral() {
    try (NdpStation station = start(settings -> {
      AdvertisementSettings all = settings;
      for (int i = 0; i < 60; i++) {
        all = all.withPrefix(AdvertisedPrefix.of(IpPrefix.parse("2001:db8:7:" + i + "::/64")));
      }
      return all.withDnsServers(IntStream.range(1, 128).mapToObj(i -> IpAddress.parse("2001:db8::" + i))
          .toArray(IpAddress[]::new));
    })) {
      List<RouterAdvertisement> parts = station.at(500).advertised();
      assertThat(parts).hasSize(3).allSatisfy(part -> {
        assertThat(part.length() + Ipv6Header.LENGTH).isBetween(100, 1500);
        assertThat(part.routerLifetime()).isEqualTo(1800);
      });
      assertThat(parts.stream().flatMap(part -> part.options().stream())
          .filter(PrefixInformation.class::isInstance)).hasSize(61);
      assertThat(parts.stream().flatMap(part -> part.options().stream())
          .filter(NdpOption.RecursiveDnsServers.class::isInstance)
          .flatMap(option -> ((NdpOption.RecursiveDnsServers) option).servers().stream())).hasSize(127);
      assertThat(station.stack.meters().sum(NeighborMeter.ROUTER_ADVERTISEMENTS_SENT)).isEqualTo(3);
    }
  }

  @Test
  @Requirement("RFC4191-2.2-01")
  void aHostThatDoesNotForwardIsNoDefaultRouter() {
    try (NdpStation station = new NdpStation(1, settings -> settings.withDuplicateAddressDetection(0),
        stack -> stack.advertise("eth0", settings -> settings.withPreference(RouterPreference.HIGH)
            .withRoute(AdvertisedRoute.of(IpPrefix.parse("2001:db8:7::/48")))),
        OWN + "/64")) {
      RouterAdvertisement message = first(station);
      assertThat(message.routerLifetime()).isZero();
      assertThat(message.preference()).as("RFC 4191 2.2").isEqualTo(RouterPreference.MEDIUM);
      assertThat(message.option(NdpOption.RouteInformation.class).lifetime()).isZero();
      assertThat(message.option(PrefixInformation.class)).isNotNull();
      solicit(station, "::");
      assertThat(station.at(4000).advertised()).as("an answer").hasSize(1);
    }
  }

  @Test
  @Requirement({"RFC4861-6.2.1-02", "RFC4861-6.2.2-01"})
  void noInterfaceAdvertisesUnasked() {
    try (NdpStation station = NdpStation.router(UnaryOperator.identity(), LINK_LOCAL + "/64", OWN + "/64")) {
      assertThat(station.at(3_600_000).advertised()).isEmpty();
      station.assertDropped(NdpDrop.NOT_ADVERTISING, () -> solicit(station, PEER, link(1, PEER_MAC)));
      assertThat(station.at(3_610_000).advertised()).isEmpty();
    }
  }

  @Test
  void theMtuOfTheLinkIsNotAboveThatOfTheInterface() {
    assertThatThrownBy(() -> start(settings -> settings.withLinkMtu(1501)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("linkMtu 1501 is above the MTU of the interface eth0, 1500");
    assertThatThrownBy(() -> NetworkStack.create().advertise("eth7"))
        .isInstanceOf(IllegalArgumentException.class).hasMessage("there is no interface eth7 to advertise on");
  }

  // ---- times

  @Test
  @Requirement({"RFC4861-6.2.4-03", "RFC4861-6.2.6-07"})
  void theFirstThreeFollowQuicklyTheOthersAtRandomIntervals() {
    List<Long> intervals = new ArrayList<>();
    for (int seed = 1; seed <= 5; seed++) {
      try (NdpStation station = new NdpStation(seed, settings -> settings.withDuplicateAddressDetection(0),
          stack -> stack.forwarding().advertise("eth0"), LINK_LOCAL + "/64")) {
        List<Long> times = times(station, 7_200_000);
        assertThat(times.getFirst()).isBetween(0L, 500L);
        assertThat(times.get(1) - times.get(0)).as("the first interval").isEqualTo(16_000);
        assertThat(times.get(2) - times.get(1)).as("the second interval").isEqualTo(16_000);
        for (int i = 3; i < times.size(); i++) {
          intervals.add(times.get(i) - times.get(i - 1));
        }
      }
    }
    assertThat(intervals).hasSizeGreaterThan(50).allSatisfy(each -> assertThat(each).isBetween(200_000L, 600_000L));
    assertThat(intervals).anyMatch(each -> each < 260_000).anyMatch(each -> each > 540_000);
    assertThat(intervals).doesNotHaveDuplicates();
    assertThat(intervals.stream().mapToLong(each -> each).average().orElseThrow()).isBetween(360_000.0, 440_000.0);
  }

  @Test
  @Requirement("RFC4861-6.2.4-02")
  void eachInterfaceHasTimesOfItsOwn() {
    try (NdpStation station = NdpStation.router(stack -> stack.vlan("eth0", 10, "2001:db8:10::a/64")
        .advertise("eth0", settings -> settings.withMaxRtrAdvInterval(Duration.ofSeconds(10)))
        .advertise("eth0.10", settings -> settings.withMaxRtrAdvInterval(Duration.ofSeconds(40))
            .withMinRtrAdvInterval(Duration.ofSeconds(30))),
        LINK_LOCAL + "/64")) {
      List<Long> untagged = new ArrayList<>();
      List<Long> tagged = new ArrayList<>();
      while (station.millis() < 400_000) {
        station.step(400_000);
        for (byte[] frame : station.device.takeSent()) {
          boolean isTagged = frame[12] == (byte) 0x81;
          if (frame[(isTagged ? 18 : 14) + 40] == (byte) 134) {
            (isTagged ? tagged : untagged).add(station.millis());
          }
        }
      }
      assertThat(intervals(untagged)).hasSizeGreaterThan(50)
          .allSatisfy(each -> assertThat(each).isBetween(3_333L, 10_000L));
      assertThat(intervals(tagged.subList(2, tagged.size()))).hasSizeGreaterThan(8)
          .allSatisfy(each -> assertThat(each).isBetween(30_000L, 40_000L));
    }
  }

  private static List<Long> intervals(List<Long> times) {
    return IntStream.range(1, times.size()).mapToObj(i -> times.get(i) - times.get(i - 1)).toList();
  }

  @Test
  @Requirement({"RFC4861-6.2.6-02", "RFC4861-6.2.3-05"})
  void anAnswerHasAllOptions() {
    try (NdpStation station = start(settings -> settings.withLinkMtu(1400)
        .withDnsServers(IpAddress.parse("2001:db8::53")))) {
      RouterAdvertisement first = first(station);
      assertThat(first.options()).hasSize(4);
      times(station, 60_000);
      assertThat(solicit(station, PEER).at(60_500).advertised()).containsExactly(first);
    }
  }

  @Test
  @Requirement("RFC4861-6.2.6-05")
  void aSolicitationIsAnsweredToAllNodesWithinHalfASecond() {
    List<Long> delays = new ArrayList<>();
    for (int seed = 1; seed <= 10; seed++) {
      try (NdpStation station = new NdpStation(seed, settings -> settings.withDuplicateAddressDetection(0),
          stack -> stack.forwarding().advertise("eth0"), LINK_LOCAL + "/64")) {
        times(station, 60_000);
        List<Long> times = times(solicit(station, PEER, link(1, PEER_MAC)), 60_050);
        times.addAll(times(solicit(station, "::"), 63_000));
        assertThat(times).hasSize(1);
        delays.add(times.getFirst() - 60_000);
      }
    }
    assertThat(delays).allSatisfy(each -> assertThat(each).isBetween(0L, 500L))
        .anyMatch(each -> each > 300).anyMatch(each -> each < 200).doesNotHaveDuplicates();
  }

  @Test
  void anAdvertisementThatIsDueBeforeTheDelayHasPassedIsTheAnswer() {
    List<Long> expected;
    try (NdpStation station = start()) {
      expected = times(station, 2_000_000);
    }
    long due = expected.get(3);
    try (NdpStation station = start()) {
      assertThat(times(station, due - 1)).isEqualTo(expected.subList(0, 3));
      assertThat(times(solicit(station, PEER), due + 1_000)).containsExactly(due);
    }
  }

  @Test
  @Requirement("RFC4861-6.2.6-04")
  void theIntervalBeginsAnewAfterAnAnswer() {
    try (NdpStation station = start(settings -> settings.withMaxRtrAdvInterval(Duration.ofSeconds(100))
        .withMinRtrAdvInterval(Duration.ofSeconds(75)))) {
      List<Long> before = times(station, 120_000);
      long next = before.getLast() + 75_000;
      station.at(next - 1);
      long answered = times(solicit(station, PEER), next + 600).getLast();
      assertThat(times(station, answered + 74_999)).as("after the answer").isEmpty();
      assertThat(times(station, answered + 100_001)).hasSize(1);
    }
  }

  @Test
  @Requirement("RFC4861-6.2.6-06")
  void multicastAnswersAreThreeSecondsApart() {
    try (NdpStation station = start()) {
      times(station, 60_000);
      List<Long> answers = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        solicit(station, "fe80::" + Integer.toHexString(0x100 + i), link(1, PEER_MAC));
        answers.addAll(times(station, 60_000 + (i + 1) * 100));
      }
      assertThat(answers).hasSizeBetween(8, 10);
      for (int i = 1; i < answers.size(); i++) {
        assertThat(answers.get(i) - answers.get(i - 1)).isBetween(3_000L, 3_600L);
      }
    }
  }

  @Test
  void nothingIsSentWithoutACarrierAndTheFirstOnesAreQuickAgain() {
    try (NdpStation station = start()) {
      assertThat(times(station, 100_000)).hasSize(3);
      station.device.carrier(Carrier.DOWN);
      assertThat(times(station, 4_000_000)).isEmpty();
      station.device.carrier(Carrier.UP);
      assertThat(times(station, 4_100_000)).hasSize(3);
    }
  }

  // ---- solicitations

  @Test
  @Requirement({"RFC4861-6.1.1-03", "RFC4861-6.1.1-04", "RFC4861-6.1.1-05"})
  void invalidSolicitationsAreDropped() {
    try (NdpStation station = start()) {
      times(station, 60_000);
      byte[] packet = ipv6(PEER, ROUTERS, 58, icmpv6(PEER, ROUTERS, 133, 0, 0, new byte[0]));
      packet[7] = (byte) 254;
      station.assertDropped(NdpDrop.BAD_HOP_LIMIT, () -> station.receive(packet));
      byte[] code = ipv6(PEER, ROUTERS, 58, icmpv6(PEER, ROUTERS, 133, 1, 0, new byte[0]));
      code[7] = (byte) 255;
      station.assertDropped(NdpDefect.BAD_CODE, () -> station.receive(code));
      byte[] sum = ipv6(PEER, ROUTERS, 58, icmpv6(PEER, ROUTERS, 133, 0, 0, new byte[0]));
      sum[7] = (byte) 255;
      sum[42] ^= 1;
      station.assertDropped(NdpDefect.BAD_CHECKSUM, () -> station.receive(sum));
      byte[] whole = icmpv6(PEER, ROUTERS, 133, 0, 0, new byte[0]);
      byte[] cut = ipv6(PEER, ROUTERS, 58, Arrays.copyOf(whole, 6));
      cut[7] = (byte) 255;
      station.receive(cut);
      station.assertDropped(NdpDefect.BAD_OPTION, () -> solicit(station, PEER, new byte[8]));
      assertThat(station.at(70_000).advertised()).isEmpty();
    }
  }

  @Test
  @Requirement({"RFC4861-6.1.1-02", "RFC4861-6.1.1-06"})
  void aLinkLayerAddressIsThatOfAStationWithAnAddress() {
    try (NdpStation station = start()) {
      times(station, 60_000);
      station.assertDropped(NdpDrop.LINK_ADDRESS_WITHOUT_SOURCE, () -> solicit(station, "::", link(1, PEER_MAC)));
      station.assertDropped(
          NdpDrop.BAD_LINK_ADDRESS, () -> solicit(station, PEER, link(1, "33:33:00:00:00:01")));
      assertThat(station.at(70_000).advertised()).isEmpty();
      assertThat(neighbors(station).size()).isZero();
    }
  }

  @Test
  @Requirement({"RFC4861-6.1.1-07", "RFC4861-6.1.1-08"})
  void unknownOptionsAndThoseOfOtherMessagesDoNotMatter() {
    try (NdpStation station = start()) {
      times(station, 60_000);
      station.receive(PEER, ROUTERS, 133, 0x12345678, new byte[] {(byte) 200, 1, 0, 0, 0, 0, 0, 0}, mtu(1300),
          prefix("2001:db8:66::/64", "LA", 7000, 7000));
      assertThat(station.at(60_500).advertised()).hasSize(1);
    }
  }

  @Test
  @Requirement({"RFC4861-6.2.6-08", "RFC4861-6.2.6-12"})
  void theSenderOfASolicitationIsAHost() {
    try (NdpStation station = start()) {
      times(station, 60_000);
      IpAddress peer = IpAddress.parse(PEER);
      solicit(station, "::");
      solicit(station, PEER);
      assertThat(neighbors(station).size()).as("without a link-layer address").isZero();
      solicit(station, PEER, link(1, PEER_MAC));
      assertThat(neighbors(station).isRouter(peer)).isFalse();
      station.advertisement(PEER, LINK_LOCAL, PEER, "RSO", link(2, PEER_MAC));
      assertThat(neighbors(station).isRouter(peer)).isTrue();
      solicit(station, "::");
      assertThat(neighbors(station).isRouter(peer)).isTrue();
      solicit(station, PEER);
      assertThat(neighbors(station).isRouter(peer)).isFalse();
    }
  }

  @Test
  @Requirement({"RFC4861-6.2.6-09", "RFC4861-6.2.6-10", "RFC4861-6.2.6-11"})
  void theLinkLayerAddressOfASolicitationIsUnconfirmed() {
    try (NdpStation station = start()) {
      times(station, 60_000);
      IpAddress peer = IpAddress.parse(PEER);
      solicit(station, PEER, link(1, PEER_MAC));
      assertThat(neighbors(station).state(peer)).isEqualTo(NeighborState.STALE);
      assertThat(neighbors(station).linkAddress(peer)).hasToString(PEER_MAC);
      station.advertisement(PEER, LINK_LOCAL, PEER, "SO", link(2, PEER_MAC));
      assertThat(neighbors(station).state(peer)).isEqualTo(NeighborState.REACHABLE);
      solicit(station, PEER, link(1, PEER_MAC));
      assertThat(neighbors(station).state(peer)).as("nothing has changed").isEqualTo(NeighborState.REACHABLE);
      solicit(station, PEER, link(1, "02:00:00:00:00:99"));
      assertThat(neighbors(station).state(peer)).isEqualTo(NeighborState.STALE);
      assertThat(neighbors(station).linkAddress(peer)).hasToString("02:00:00:00:00:99");
    }
  }

  // ---- changes

  @Test
  @Requirement({"RFC4861-6.2.4-04", "RFC4191-4-06"})
  void aChangeIsAdvertisedQuicklyAndWhatHasGoneEnds() {
    try (NdpStation station = start(settings -> settings.withDnsServers(IpAddress.parse("2001:db8::53"),
        IpAddress.parse("2001:db8::54")).withSearchDomains("example.lab")
        .withRoute(AdvertisedRoute.of(IpPrefix.parse("2001:db8:7::/48"))))) {
      times(station, 100_000);
      station.stack.advertise("eth0", settings -> settings.withDnsServers(IpAddress.parse("2001:db8::54"))
          .withSearchDomains().withOwnPrefixes(false).withPreference(RouterPreference.LOW)
          .withPrefix(AdvertisedPrefix.of(IpPrefix.parse("2001:db8:2::/64")))).subscribe();
      RouterAdvertisement message = station.at(100_500).advertised().getFirst();
      assertThat(message.preference()).isEqualTo(RouterPreference.LOW);
      assertThat(withoutLink(message)).containsExactly(
          new PrefixInformation(IpPrefix.parse("2001:db8:2::/64"), true, true, 30 * DAY, 7 * DAY),
          new NdpOption.RouteInformation(IpPrefix.parse("2001:db8:7::/48"), RouterPreference.MEDIUM, 1800),
          new NdpOption.RecursiveDnsServers(1800, List.of((Ipv6Address) IpAddress.parse("2001:db8::54"))),
          new PrefixInformation(IpPrefix.parse("2001:db8:1::/64"), true, true, 0, 0),
          new NdpOption.RecursiveDnsServers(0, List.of((Ipv6Address) IpAddress.parse("2001:db8::53"))),
          new NdpOption.DnsSearchList(0, List.of("example.lab")));
      List<RouterAdvertisement> further = station.at(135_000).advertised();
      assertThat(further).hasSize(2).allSatisfy(each -> assertThat(each.options()).isEqualTo(message.options()));
      assertThat(station.at(1_000_000).advertised()).first().satisfies(
          each -> assertThat(withoutLink(each)).hasSize(3));
    }
  }

  @Test
  void anAddressThatComesOrGoesChangesThePrefixes() {
    try (NdpStation station = start()) {
      times(station, 100_000);
      station.stack.addAddress("eth0", IpPrefix.parse("2001:db8:2::a/64")).subscribe();
      assertThat(prefixes(station.at(100_500))).containsExactly("2001:db8:1::/64 2592000", "2001:db8:2::/64 2592000");
      station.at(200_000).advertised();
      station.stack.removeAddress(IpAddress.parse(OWN)).subscribe();
      assertThat(prefixes(station.at(200_500))).containsExactly("2001:db8:2::/64 2592000", "2001:db8:1::/64 0");
      station.at(300_000).advertised();
      station.stack.addAddress("eth0", IpPrefix.parse("10.0.0.1/24")).subscribe();
      assertThat(station.at(310_000).advertised()).as("no change of the content").isEmpty();
    }
  }

  private static List<String> prefixes(NdpStation station) {
    return station.advertised().getFirst().options().stream().filter(PrefixInformation.class::isInstance)
        .map(PrefixInformation.class::cast).map(each -> each.prefix() + " " + each.validLifetime()).toList();
  }

  @Test
  @Requirement({"RFC4861-6.2.8-01", "RFC4861-6.2.8-02"})
  void hostsLearnAChangedLinkLocalAddress() {
    try (NdpStation station = start()) {
      times(station, 100_000);
      station.stack.addAddress("eth0", IpPrefix.parse("fe80::c/64")).subscribe();
      station.stack.removeAddress(IpAddress.parse(LINK_LOCAL)).subscribe();
      station.loop.settle();
      String end = " fe80::a > ff02::1 NDP router, lifetime 0 s";
      String begin = " fe80::c > ff02::1 NDP router, lifetime 1800 s";
      assertThat(advertisements(station.at(100_000))).hasSize(1).first().asString().contains(end);
      assertThat(advertisements(station.at(100_500))).satisfiesExactly(
          line -> assertThat(line).contains(end), line -> assertThat(line).contains(begin));
      assertThat(advertisements(station.at(120_000))).satisfiesExactly(
          line -> assertThat(line).contains(end), line -> assertThat(line).contains(begin));
      assertThat(advertisements(station.at(140_000))).singleElement().asString().contains(begin);
    }
  }

  private static List<String> advertisements(NdpStation station) {
    return station.sent().stream().filter(line -> line.contains("NDP router")).toList();
  }

  // ---- the end

  @Test
  @Requirement({"RFC4861-6.2.5-01", "RFC4191-4-05"})
  void theLastOnesSayThatTheRouterIsOne() {
    try (NdpStation station = start(settings -> settings
        .withPreference(RouterPreference.HIGH).withRoute(AdvertisedRoute.of(IpPrefix.parse("2001:db8:7::/48"))))) {
      times(station, 100_000);
      station.stack.stopAdvertising("eth0").subscribe();
      station.loop.settle();
      station.assertDropped(NdpDrop.NOT_ADVERTISING, () -> solicit(station, PEER, link(1, PEER_MAC)));
      List<RouterAdvertisement> last = new ArrayList<>();
      List<Long> times = new ArrayList<>();
      while (station.millis() < 110_000) {
        for (RouterAdvertisement each : station.step(110_000).advertised()) {
          last.add(each);
          times.add(station.millis());
        }
      }
      assertThat(last).hasSizeBetween(1, 3).allSatisfy(each -> {
        assertThat(each.routerLifetime()).isZero();
        assertThat(each.preference()).isEqualTo(RouterPreference.MEDIUM);
        assertThat(each.option(NdpOption.RouteInformation.class).lifetime()).isZero();
        assertThat(each.option(PrefixInformation.class).validLifetime()).isEqualTo(30 * DAY);
      });
      for (int i = 1; i < times.size(); i++) {
        assertThat(times.get(i) - times.get(i - 1)).isEqualTo(3000);
      }
      assertThat(station.at(4_000_000).advertised()).isEmpty();
    }
  }

  @Test
  void theHostSaysSoWhenItStops() {
    try (NdpStation station = start()) {
      times(station, 100_000);
      station.stack.stop().subscribe();
      station.loop.settle();
      assertThat(station.advertised()).singleElement().satisfies(each -> assertThat(each.routerLifetime()).isZero());
    }
    try (NdpStation station = start()) {
      station.device.carrier(Carrier.DOWN);
      station.at(10).stack.stop().subscribe();
      station.loop.settle();
      assertThat(station.advertised()).as("nobody has heard of the router").isEmpty();
    }
  }

  // ---- other routers

  @Test
  @Requirement({"RFC4861-6.2.7-01", "RFC4861-6.2.7-03", "RFC4861-6.2.7-04"})
  void contradictionsOfOtherRoutersAreCounted() {
    try (NdpStation station = start(settings -> settings.withReachableTime(Duration.ofSeconds(20)).withLinkMtu(1400)
        .withRetransTimer(Duration.ofMillis(500)))) {
      station.at(1000);
      byte[] same = prefix("2001:db8:1::/64", "LA", 30 * DAY, 7 * DAY);
      expectConflicts(station, 0, () -> station.router("", 9000, same, mtu(1400)));
      expectConflicts(station, 0, () -> station.router(NdpStation.ROUTER, "H", 0, 64, 20_000, 500));
      expectConflicts(station, 0, () -> station.router("", 9000, prefix("2001:db8:9::/64", "LA", 60, 60)));
      expectConflicts(station, 1, () -> station.router("M", 9000));
      expectConflicts(station, 1, () -> station.router("O", 9000));
      expectConflicts(station, 1, () -> station.router(NdpStation.ROUTER, "", 9000, 63, 0, 0));
      expectConflicts(station, 1, () -> station.router(NdpStation.ROUTER, "", 9000, 0, 19_999, 0));
      expectConflicts(station, 1, () -> station.router(NdpStation.ROUTER, "", 9000, 0, 0, 501));
      expectConflicts(station, 1, () -> station.router("", 9000, mtu(1500)));
      expectConflicts(station, 1, () -> station.router("", 9000, prefix("2001:db8:1::/64", "LA", 60, 60)));
      assertThat(station.dropped(NdpDrop.ROUTER_DISCOVERY_OFF)).as("it was used").isZero();
      station.stack.stopAdvertising("eth0").subscribe();
      station.loop.settle();
      station.assertDropped(NdpDrop.ROUTER_DISCOVERY_OFF, () -> station.router("M", 9000));
      assertThat(station.dropped(NdpDrop.INCONSISTENT_ADVERTISEMENT)).isEqualTo(7);
    }
  }

  @Test
  @Requirement("RFC4861-6.2.7-02")
  void aContradictionIsLoggedOnceForEachRouter() {
    List<String> logged = new ArrayList<>();
    Handler handler = new Handler() {
      @Override
      public void publish(LogRecord entry) {
        logged.add(entry.getLevel() + " " + entry.getMessage());
      }

      @Override
      public void flush() {
        // Nothing is buffered.
      }

      @Override
      public void close() {
        // Nothing is open.
      }
    };
    Logger logger = Logger.getLogger(RouterAdvertiser.class.getName());
    logger.addHandler(handler);
    try (NdpStation station = start()) {
      station.at(1000);
      for (int i = 0; i < 3; i++) {
        station.router("", 9000, prefix("2001:db8:9::/64", "LA", 60, 60)).router("M", 9000);
      }
      station.router("fe80::2", "M", 9000, 0, 0, 0);
    } finally {
      logger.removeHandler(handler);
    }
    assertThat(logged).containsExactly(
        "WARNING the router fe80::1 on the link of eth0 contradicts the advertisements of this host: managed flag",
        "WARNING the router fe80::2 on the link of eth0 contradicts the advertisements of this host: managed flag");
  }

  private static void expectConflicts(NdpStation station, int expected, Runnable receiving) {
    long before = station.dropped(NdpDrop.INCONSISTENT_ADVERTISEMENT);
    receiving.run();
    assertThat(station.dropped(NdpDrop.INCONSISTENT_ADVERTISEMENT) - before).isEqualTo(expected);
  }
}
