package io.reactorstack.ndp;

import static io.reactorstack.ndp.NdpStation.PEER_MAC;
import static io.reactorstack.ndp.NdpStation.link;
import static io.reactorstack.testing.Packets.icmpv6;
import static io.reactorstack.testing.Packets.ipv6;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.StackConfiguration;
import io.reactorstack.icmp.IcmpMeter;
import io.reactorstack.neighbor.NeighborMeter;
import io.reactorstack.testing.Requirement;
import io.reactorstack.wire.Ipv6Header;
import io.reactorstack.wire.NdpMessage.Redirect;
import io.reactorstack.wire.NdpOption;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** The redirects that a router sends (RFC 4861 section 8.2). */
class RouterRedirectTest {

  private static final String LINK_LOCAL = "fe80::a";
  private static final String OWN = "2001:db8:1::a";
  private static final String HOST = "2001:db8:1::b";
  private static final String OTHER_ROUTER = "fe80::2";
  private static final String OTHER_MAC = "02:00:00:00:00:0c";
  private static final String FAR = "2001:db8:ffff::1";

  /** Starts a router that sends packets for {@link #FAR} to another router of the link, and knows the sender. */
  private static NdpStation start(UnaryOperator<StackConfiguration> change) {
    NdpStation station = NdpStation.router(
        stack -> change.apply(stack.route("2001:db8:ffff::/48", OTHER_ROUTER + "%eth0")
            .route("2001:db8:eeee::/48", "2001:db8:1::2")),
        LINK_LOCAL + "/64", OWN + "/64", "2001:db8:2::a/64");
    station.solicitation(HOST, "ff02::1:ff00:a", OWN, link(1, PEER_MAC));
    station.at(1000).sent();
    return station;
  }

  private static NdpStation start() {
    return start(stack -> stack);
  }

  private static byte[] datagram(String source, String destination, int octets) {
    byte[] udp = new byte[8 + octets];
    Arrays.fill(udp, 8, udp.length, (byte) 7);
    udp[1] = 9;
    udp[3] = 9;
    udp[4] = (byte) (udp.length >> 8);
    udp[5] = (byte) udp.length;
    return ipv6(source, destination, 17, udp);
  }

  private static void expectNone(NdpStation station, byte[] packet) {
    station.receive(packet).at(station.millis() + 1);
    assertThat(station.redirected()).isEmpty();
  }

  @Test
  @Requirement({"RFC4861-8.2-01", "RFC4861-4.5-01", "RFC4861-4.5-04"})
  void theSenderLearnsTheRouterOfTheSameLink() {
    try (NdpStation station = start()) {
      station.solicitation(OTHER_ROUTER, "ff02::1:ff00:a", LINK_LOCAL, link(1, OTHER_MAC)).sent();
      byte[] packet = datagram(HOST, FAR, 44);
      station.receive(packet);
      List<String> sent = station.sent();
      assertThat(sent.getFirst()).startsWith(PEER_MAC + " " + LINK_LOCAL + " > " + HOST + " NDP redirect " + FAR
          + " to " + OTHER_ROUTER + " target " + OTHER_MAC);
      assertThat(sent.getLast()).as("the packet itself").isEqualTo(
          OTHER_MAC + " " + HOST + " > " + FAR + " protocol 17");
      station.receive(packet);
      Redirect redirect = station.redirected().getFirst();
      ByteBuffer quoted = redirect.option(NdpOption.RedirectedHeader.class).packet();
      assertThat(quoted).as("whole units of 8 octets").isEqualTo(ByteBuffer.wrap(packet, 0, 88));
      assertThat(station.stack.meters().sum(NeighborMeter.REDIRECTS_SENT)).isEqualTo(2);
    }
  }

  @Test
  @Requirement({"RFC4861-8.2-05", "RFC4861-9-06"})
  void theQuoteFillsTheMinimumMtu() {
    try (NdpStation station = start()) {
      byte[] packet = datagram(HOST, FAR, 1400);
      station.receive(packet);
      Redirect redirect = station.redirected().getFirst();
      assertThat(redirect.length() + Ipv6Header.LENGTH).isEqualTo(1280);
      ByteBuffer quoted = redirect.option(NdpOption.RedirectedHeader.class).packet();
      assertThat(quoted).isEqualTo(ByteBuffer.wrap(packet, 0, quoted.remaining()));
      assertThat(redirect.targetLinkAddress()).as("not known yet").isNull();
    }
  }

  @Test
  @Requirement("RFC4861-8.2-04")
  void aDestinationOnTheLinkIsItsOwnTarget() {
    try (NdpStation station = start()) {
      String near = "2001:db8:2::77";
      station.receive(datagram(HOST, near, 10));
      Redirect redirect = station.redirected().getFirst();
      assertThat(redirect.target()).hasToString(near);
      assertThat(redirect.destination()).hasToString(near);
    }
  }

  @Test
  @Requirement({"RFC4861-8.2-02", "RFC4861-8.2-03"})
  void onlyNeighborsAreRedirectedAndOnlyToLinkLocalRouters() {
    try (NdpStation station = start()) {
      expectNone(station, datagram("2001:db8:99::1", FAR, 10));
      expectNone(station, datagram(HOST, "2001:db8:eeee::1", 10));
      expectNone(station, datagram(HOST, OWN, 10));
      expectNone(station, datagram(HOST, "ff0e::1", 10));
      expectNone(station, ipv6(HOST, FAR, 58, icmpv6(HOST, FAR, 1, 0, 0, datagram(FAR, HOST, 10))));
      station.receive(datagram(HOST, FAR, 10));
      assertThat(station.redirected()).as("but others are").singleElement()
          .satisfies(each -> assertThat(each.target()).hasToString(OTHER_ROUTER));
    }
  }

  @Test
  void noneAreSentIfTheSettingsSaySo() {
    try (NdpStation station = start(stack -> stack.forwarding(settings -> settings.withRedirects(false)))) {
      expectNone(station, datagram(HOST, FAR, 10));
    }
  }

  @Test
  @Requirement("RFC4861-8.2-06")
  void theirRateIsThatOfErrors() {
    try (NdpStation station = start(stack -> stack.icmp(settings -> settings.withErrorRateToOne(2, 4)))) {
      for (int i = 0; i < 100; i++) {
        station.receive(datagram(HOST, FAR, 10));
      }
      assertThat(station.redirected()).hasSizeBetween(3, 4);
      assertThat(station.stack.meters().sum(IcmpMeter.ERRORS_SUPPRESSED)).isGreaterThanOrEqualTo(96);
      for (int i = 0; i < 20; i++) {
        // The sender is resolved again, because the test does not answer probes.
        station.at(11_000 + 500 * i).solicitation(HOST, "ff02::1:ff00:a", OWN, link(1, PEER_MAC))
            .receive(datagram(HOST, FAR, 10));
      }
      assertThat(station.redirected()).as("two in a second").hasSizeBetween(18, 20);
    }
  }
}
