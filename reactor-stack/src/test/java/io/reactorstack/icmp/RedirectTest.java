package io.reactorstack.icmp;

import static io.reactorstack.testing.Packets.icmp;
import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.Route;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestHost;
import io.reactorstack.testing.VirtualLoop;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Redirects of ICMP for IPv4. */
class RedirectTest {

  private static final String OWN = "10.0.0.1";
  private static final String GATEWAY = "10.0.0.254";
  private static final String BETTER = "10.0.0.253";
  private static final String FAR = "203.0.113.9";

  private final VirtualLoop loop = new VirtualLoop();
  private final TestHost host = TestHost.bare(loop, OWN + "/24", IcmpSettings.DEFAULTS.withRedirects(true))
      .gateway(GATEWAY);

  @AfterEach
  void close() {
    host.close();
  }

  private static byte[] redirect(String from, int code, String to, String destination) {
    byte[] quote = ipv4(OWN, destination, 17, udp(OWN, 5000, destination, 9, new byte[0]));
    return ipv4(from, OWN, 1, icmp(5, code, bits(to), quote));
  }

  private static int bits(String address) {
    int bits = 0;
    for (String octet : address.split("\\.")) {
      bits = bits << 8 | Integer.parseInt(octet);
    }
    return bits;
  }

  private String nextHop(String destination) {
    return host.ip.destination(IpAddress.parse(destination)).nextHop().toString();
  }

  private void inject(byte[] packet) {
    host.device.inject(packet);
    loop.settle();
  }

  private void assertRefused(byte[] packet, DropReason reason) {
    long before = host.drops.get(reason);
    inject(packet);
    assertThat(host.drops.get(reason)).isEqualTo(before + 1);
    assertThat(nextHop(FAR)).isEqualTo(GATEWAY);
  }

  @Test
  @Requirement("RFC1122-3.2.2.2-02")
  void packetsGoToTheGatewayThatTheRedirectNames() {
    List<InterfaceEvent> events = new ArrayList<>();
    host.ip.onEvent(events::add);
    Destination inUse = host.ip.destination(IpAddress.parse(FAR));
    assertThat(inUse.nextHop()).isEqualTo(IpAddress.parse(GATEWAY));
    inject(redirect(GATEWAY, 1, BETTER, FAR));
    assertThat(inUse.nextHop()).as("a destination in use").isEqualTo(IpAddress.parse(BETTER));
    assertThat(nextHop(FAR)).isEqualTo(BETTER);
    assertThat(events).containsExactly(
        new InterfaceEvent.Redirected("eth0", IpAddress.parse(FAR), IpAddress.parse(BETTER)));
    inject(redirect(BETTER, 1, "10.0.0.252", FAR));
    assertThat(nextHop(FAR)).as("the new gateway may redirect further").isEqualTo("10.0.0.252");
    inject(redirect(GATEWAY, 1, BETTER, FAR));
    assertThat(nextHop(FAR)).as("the former gateway may not").isEqualTo("10.0.0.252");
    assertThat(host.device.takeSent()).isEmpty();
  }

  @Test
  @Requirement({"RFC1122-3.2.2.2-03", "RFC1122-3.3.1.2-02"})
  void redirectOfANetworkCountsForTheQuotedDestinationOnly() {
    for (int code = 0; code <= 3; code++) {
      String destination = "203.0.113." + (10 + code);
      inject(redirect(GATEWAY, code, BETTER, destination));
      assertThat(nextHop(destination)).as("code " + code).isEqualTo(BETTER);
    }
    assertThat(nextHop("203.0.113.99")).isEqualTo(GATEWAY);
    assertRefused(redirect(GATEWAY, 4, BETTER, FAR), IcmpDrop.UNKNOWN_CODE);
  }

  @Test
  @Requirement("RFC1122-3.2.2.2-04")
  void redirectsToUnsuitableGatewaysOrFromStrangersAreDropped() {
    for (String bad : new String[] {"192.0.2.1", "10.0.0.255", "255.255.255.255", "224.0.0.1", "0.0.0.0", OWN,
        "127.0.0.1"}) {
      assertRefused(redirect(GATEWAY, 1, bad, FAR), IcmpDrop.BAD_REDIRECT);
    }
    assertRefused(redirect("10.0.0.77", 1, BETTER, FAR), IcmpDrop.BAD_REDIRECT);
    assertRefused(redirect("198.51.100.1", 1, BETTER, FAR), IcmpDrop.BAD_REDIRECT);
    assertRefused(redirect(GATEWAY, 1, BETTER, "224.0.0.5"), IcmpDrop.BAD_REDIRECT);
    byte[] foreign = ipv4("10.0.0.77", FAR, 17, udp("10.0.0.77", 5000, FAR, 9, new byte[0]));
    assertRefused(ipv4(GATEWAY, OWN, 1, icmp(5, 1, bits(BETTER), foreign)), IcmpDrop.NOT_OUR_PACKET);
    byte[] quote = ipv4(OWN, FAR, 17, new byte[8]);
    for (int length = 0; length < 20; length++) {
      assertRefused(ipv4(GATEWAY, OWN, 1, icmp(5, 1, bits(BETTER), Arrays.copyOf(quote, length))),
          IcmpDrop.BAD_QUOTE);
    }
  }

  @Test
  void redirectsAreIgnoredByDefault() {
    TestHost plain = TestHost.bare(loop, OWN + "/24").gateway(GATEWAY);
    plain.device.inject(redirect(GATEWAY, 1, BETTER, FAR));
    loop.settle();
    assertThat(plain.ip.destination(IpAddress.parse(FAR)).nextHop()).isEqualTo(IpAddress.parse(GATEWAY));
    assertThat(plain.drops.get(IcmpDrop.IGNORED_TYPE)).isOne();
    plain.close();
  }

  @Test
  void theNumberOfRedirectedDestinationsIsBounded() {
    for (int i = 0; i < 300; i++) {
      inject(redirect(GATEWAY, 1, BETTER, "203.0." + i / 250 + "." + (1 + i % 250)));
    }
    int redirected = 0;
    for (int i = 0; i < 300; i++) {
      redirected += nextHop("203.0." + i / 250 + "." + (1 + i % 250)).equals(BETTER) ? 1 : 0;
    }
    assertThat(redirected).isEqualTo(256);
    assertThat(nextHop("203.0.0.1")).as("the oldest").isEqualTo(GATEWAY);
    assertThat(nextHop("203.0.1.50")).as("the newest").isEqualTo(BETTER);
  }

  @Test
  void redirectsEndWithAChangeOfTheRoutes() {
    inject(redirect(GATEWAY, 1, BETTER, FAR));
    host.ip.network().routes(routes -> routes.with(
        new Route(IpPrefix.parse("198.51.100.0/24"), IpAddress.parse(BETTER), "eth0", 0)));
    assertThat(nextHop(FAR)).isEqualTo(GATEWAY);
  }
}
