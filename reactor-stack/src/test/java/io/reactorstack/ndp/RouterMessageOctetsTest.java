package io.reactorstack.ndp;

import static io.reactorstack.ndp.NdpStation.PEER_MAC;
import static io.reactorstack.ndp.NdpStation.link;
import static io.reactorstack.testing.Packets.ipv6;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufUtil;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.routing.AdvertisedPrefix;
import io.reactorstack.routing.AdvertisedRoute;
import io.reactorstack.routing.AdvertisementSettings;
import io.reactorstack.testing.Requirement;
import io.reactorstack.wire.RouterPreference;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Every octet of the messages of a router, from the IPv6 header on but for the checksum. */
class RouterMessageOctetsTest {

  private static final String OWN = "2001:db8:1::a";
  private static final String SOURCE_LINK = "0101" + "02000000000a";

  /** Starts a router that advertises no prefixes of its own. */
  private static NdpStation start(UnaryOperator<AdvertisementSettings> change) {
    return NdpStation.router(
        stack -> stack.advertise("eth0", settings -> change.apply(settings.withOwnPrefixes(false)))
            .route("2001:db8:ffff::/48", "fe80::2%eth0"),
        "fe80::a/64", OWN + "/64");
  }

  /** Returns the hexadecimal octets of the sent messages of {@code type}; the checksum is zero. */
  private static List<String> messages(NdpStation station, int type) {
    return station.device.takeSent().stream().filter(frame -> frame[14 + 40] == (byte) type).map(frame -> {
      frame[14 + 42] = 0;
      frame[14 + 43] = 0;
      return ByteBufUtil.hexDump(frame, 14, frame.length - 14);
    }).toList();
  }

  private static String header(int octets, String source, String destination) {
    return String.format("60000000%04x3aff", octets) + hex(source) + hex(destination);
  }

  private static String hex(String address) {
    return ByteBufUtil.hexDump(IpAddress.parse(address).bytes());
  }

  private static void expect(UnaryOperator<AdvertisementSettings> change, String fields, String options) {
    try (NdpStation station = start(change)) {
      String message = "86000000" + fields + SOURCE_LINK + options;
      assertThat(messages(station.at(500), 134))
          .containsExactly(header(message.length() / 2, "fe80::a", "ff02::1") + message);
    }
  }

  @Test
  @Requirement({"RFC4861-4.2-05", "RFC4191-2.1-01"})
  void flagsAndPreferenceShareAnOctet() {
    String times = "0000000000000000";
    expect(settings -> settings, "40000708" + times, "");
    expect(settings -> settings.withPreference(RouterPreference.HIGH), "40080708" + times, "");
    expect(settings -> settings.withPreference(RouterPreference.LOW), "40180708" + times, "");
    expect(settings -> settings.withManagedFlag(true), "40800708" + times, "");
    expect(settings -> settings.withOtherConfigFlag(true).withCurHopLimit(255)
        .withDefaultLifetime(Duration.ofSeconds(9000)).withReachableTime(Duration.ofHours(1))
        .withRetransTimer(Duration.ofMillis(0xffff_ffffL)), "ff402328" + "0036ee80" + "ffffffff", "");
  }

  @Test
  @Requirement("RFC4861-4.6.2-08")
  void thePrefixHasNoBitsBehindItsLength() {
    expect(settings -> settings.withPrefix(AdvertisedPrefix.of(IpPrefix.parse("2001:db8:7:8fff::1/49"))
        .withLifetimes(AdvertisedPrefix.FOREVER, Duration.ofSeconds(0x1234))),
        "40000708" + "00".repeat(8), "030431c0" + "ffffffff" + "00001234" + "00000000" + hex("2001:db8:7:8000::"));
  }

  @Test
  @Requirement({"RFC4191-2.3-01", "RFC4191-2.3-03"})
  void aRouteIsAsLongAsItsPrefixNeeds() {
    String fields = "40000708" + "00".repeat(8);
    expect(settings -> route(settings, "::/0", RouterPreference.HIGH), fields, "18010008" + "00000010");
    expect(settings -> route(settings, "2001:db8:7fff::1/33", RouterPreference.LOW), fields,
        "18022118" + "00000010" + "20010db800000000");
    expect(settings -> route(settings, "2001:db8:1::/64", RouterPreference.MEDIUM), fields,
        "18024000" + "00000010" + "20010db800010000");
    expect(settings -> route(settings, "2001:db8:1:0:ffff::/65", RouterPreference.MEDIUM), fields,
        "18034100" + "00000010" + hex("2001:db8:1:0:8000::"));
  }

  private static AdvertisementSettings route(AdvertisementSettings before, String network,
      RouterPreference preference) {
    return before.withRoute(AdvertisedRoute.of(IpPrefix.parse(network)).withPreference(preference)
        .withLifetime(Duration.ofSeconds(16)));
  }

  @Test
  @Requirement({"RFC8106-5.1-04", "RFC8106-5.2-04", "RFC8106-5.2-05"})
  void dnsServersHaveTheirLengthAndNamesArePaddedAndNotCompressed() {
    expect(settings -> settings.withDnsServers(IpAddress.parse("2001:db8::53"), IpAddress.parse("2001:db8::54"))
        .withSearchDomains("b.lab", "a.b.lab").withDnsLifetime(Duration.ofSeconds(16)),
        "40000708" + "00".repeat(8),
        "19050000" + "00000010" + hex("2001:db8::53") + hex("2001:db8::54")
            + "1f030000" + "00000010" + "0162036c616200" + "01610162036c616200");
    expect(settings -> settings.withSearchDomains("lab").withDnsLifetime(Duration.ofSeconds(16)),
        "40000708" + "00".repeat(8), "1f020000" + "00000010" + "036c616200" + "000000");
  }

  @Test
  @Requirement({"RFC4861-4.5-02", "RFC4861-4.5-03"})
  void aRedirectGoesToTheSourceOfThePacket() {
    String host = "2001:db8:1::b";
    String far = "2001:db8:ffff::1";
    try (NdpStation station = start(settings -> settings)) {
      station.solicitation(host, "ff02::1:ff00:a", OWN, link(1, PEER_MAC));
      byte[] packet = ipv6(host, far, 17, new byte[] {0, 9, 0, 9, 0, 8, 0, 0});
      station.at(1000).receive(packet);
      String message = "89000000" + "00000000" + hex("fe80::2") + hex(far)
          + "0407" + "000000000000" + ByteBufUtil.hexDump(packet);
      assertThat(messages(station, 137))
          .containsExactly(header(message.length() / 2, "fe80::a", host) + message);
    }
  }
}
