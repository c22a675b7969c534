package io.reactorstack.lab;

import static io.reactorstack.lab.AttackedRouter.ATTACKER_MAC;
import static io.reactorstack.lab.AttackedRouter.ROUTER_IN;
import static io.reactorstack.lab.AttackedRouter.ROUTER_IN6;
import static io.reactorstack.lab.AttackedRouter.SERVER;
import static io.reactorstack.lab.AttackedRouter.SERVER6;
import static io.reactorstack.lab.AttackedRouter.withHops;
import static io.reactorstack.testing.Packets.concat;
import static io.reactorstack.testing.Packets.ethernet;
import static io.reactorstack.testing.Packets.icmp;
import static io.reactorstack.testing.Packets.icmpv6;
import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.ipv6;
import static io.reactorstack.testing.Packets.octets;
import static io.reactorstack.testing.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.icmp.IcmpMeter;
import io.reactorstack.ip.forward.ForwardDrop;
import io.reactorstack.ndp.NdpDrop;
import io.reactorstack.neighbor.NeighborDrop;
import io.reactorstack.neighbor.NeighborSettings;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.routing.ReversePath;
import io.reactorstack.tcp.TcpConnection;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A router of both IP versions under attack, while hosts on both sides of it talk with each other. */
@Timeout(60)
class RouterAttackTest {

  private static final int FLOOD = 100_000;
  /** The addresses of a scan: many times as many as the cache of neighbours has entries. */
  private static final int SCAN = 20_000;
  private static final String ATTACKER = "10.0.0.66";
  private static final String ATTACKER6 = "2001:db8:1::66";
  /** The errors of a router in a second: 200 at once and 1000 a second (see {@code IcmpSettings}). */
  private static final int MOST_ERRORS = 1200;

  private final AttackedRouter world = new AttackedRouter(router -> router.stack(stack -> stack.forwarding(
      forwarding -> forwarding.withReversePath(ReversePath.STRICT))));

  @AfterEach
  void close() {
    world.close();
  }

  private static byte[] datagram(String source, String destination) {
    byte[] datagram = udp(source, 4000, destination, 9, new byte[4]);
    return source.contains(":") ? ipv6(source, destination, 17, datagram) : ipv4(source, destination, 17, datagram);
  }

  private long errors() {
    return world.router.stack().meters().sum(IcmpMeter.ERRORS_SENT);
  }

  /** Attacks from inside while the client talks with the server over both IP versions. */
  private void attack(int number, IntFunction<byte[]> packets) {
    world.assertUnharmed(() -> world.attackFromInside(number, packets), world.connected(SERVER),
        world.connected(SERVER6));
    world.assertReachable(SERVER, SERVER6);
  }

  @Test
  void packetsAtTheirLastHopCauseFewErrors() {
    attack(20_000, n -> withHops(n % 4 < 2 ? datagram(ATTACKER, SERVER) : datagram(ATTACKER6, SERVER6), n % 2));
    assertThat(world.drops(ForwardDrop.HOP_LIMIT_EXCEEDED)).isEqualTo(20_000);
    // Two receivers get at most 20 at once and 10 a second.
    assertThat(errors()).isBetween(2L, 2 * 20 + 10L);
    assertThat(world.server.stack().drops().snapshot()).doesNotContainKey("udp.NO_SOCKET");
  }

  @Test
  void errorsForManyInventedSendersAreBoundedInAll() {
    attack(FLOOD, n -> withHops(datagram("10.0.0." + (3 + n % 250), SERVER), 1));
    // The burst is chosen at random, so that nobody can measure the traffic of others by it.
    assertThat(errors()).isBetween(50L, (long) MOST_ERRORS);
  }

  @Test
  void sourcesOfOtherNetworksAreDropped() {
    TcpConnection before = world.connected(SERVER);
    world.assertUnharmed(() -> {
      world.attackFromInside(FLOOD / 10,
          n -> n % 2 == 0 ? datagram("203.0.113." + n % 250, SERVER) : datagram("2001:db8:9::" + n % 250, SERVER6));
      world.attackFromOutside(FLOOD / 10,
          n -> n % 2 == 0 ? datagram(ATTACKER, AttackedRouter.CLIENT) : datagram(ATTACKER6, AttackedRouter.CLIENT6));
    }, before);
    assertThat(world.drops(ForwardDrop.REVERSE_PATH)).isEqualTo(2 * FLOOD / 10);
    assertThat(errors()).isZero();
    for (Host host : List.of(world.client, world.server)) {
      assertThat(host.stack().drops().snapshot()).doesNotContainKey("udp.NO_SOCKET");
    }
    world.assertReachable(SERVER, SERVER6);
  }

  @Test
  void martiansAreDroppedInSilence() {
    List<String> sources = List.of("0.1.2.3", "127.0.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", ROUTER_IN,
        "10.0.0.255", "::1", "::", "ff02::1", "::ffff:10.0.0.66", ROUTER_IN6);
    List<String> destinations = List.of("127.0.0.1", "240.0.0.1", "0.0.0.0", "192.0.2.0", "192.0.2.255", "::1",
        "100::7",
        "::ffff:192.0.2.10");
    int each = FLOOD / 10;
    TcpConnection before = world.connected(SERVER);
    world.assertUnharmed(() -> {
      world.attackFromInside(each, n -> {
        String source = sources.get(n % sources.size());
        return datagram(source, source.contains(":") ? SERVER6 : SERVER);
      });
      world.attack(world.station(world.inside, "second"), each, n -> {
        String destination = destinations.get(n % destinations.size());
        return world.toRouter(true, datagram(destination.contains(":") ? ATTACKER6 : ATTACKER, destination));
      });
    }, before);
    assertThat(errors()).isZero();
    assertThat(world.drops(ForwardDrop.MARTIAN_SOURCE)).isEqualTo(each);
    assertThat(world.drops(ForwardDrop.MARTIAN_DESTINATION) + world.drops(ForwardDrop.DIRECTED_BROADCAST))
        .isGreaterThan(each / 2);
    assertThat(world.server.stack().drops().snapshot()).doesNotContainKey("udp.NO_SOCKET");
    world.assertReachable(SERVER, SERVER6);
  }

  @Test
  void aRouterFollowsNeitherRedirectsNorAdvertisements() {
    String linkLocal = "fe80::66";
    List<RouteEntry> routes = world.router.tables().rows(RouteEntry.class);
    byte[] quoted = datagram(ROUTER_IN, "198.51.100.7");
    byte[] redirect6 = icmpv6(linkLocal, ROUTER_IN6, 137, 0, 0, concat(address("fe80::66"), address(SERVER6)));
    byte[] advertisement = icmpv6(linkLocal, "ff02::1", 134, 0, 0x4000_0708, concat(octets(0, 0, 0, 0, 0, 0, 0, 0),
        octets(3, 4, 64, 0xc0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0), address("2001:db8:bad::")));
    TcpConnection before = world.connected(SERVER);
    world.assertUnharmed(() -> {
      world.attackFromInside(FLOOD / 10, n -> n % 2 == 0
          ? ipv4("10.0.0.2", ROUTER_IN, 1, icmp(5, 1, 0x0a00_0042, quoted))
          : withHops(ipv6(linkLocal, ROUTER_IN6, 58, redirect6), 255));
      world.attack(world.station(world.inside, "second"), FLOOD / 100, n -> ethernet(
          "33:33:00:00:00:01", ATTACKER_MAC, 0x86dd, withHops(ipv6(linkLocal, "ff02::1", 58, advertisement), 255)));
    }, before);
    assertThat(world.drops(NdpDrop.REDIRECTS_OFF)).isEqualTo(FLOOD / 20);
    assertThat(world.drops(NdpDrop.ROUTER_DISCOVERY_OFF)).isEqualTo(FLOOD / 100);
    assertThat(world.router.stack().meters().sum(IcmpMeter.REDIRECTS_FOLLOWED)).isZero();
    assertThat(world.router.tables().rows(RouteEntry.class)).isEqualTo(routes);
    assertThat(world.router.tables().rows(InterfaceEntry.class).stream().flatMap(each -> each.addresses().stream()))
        .noneMatch(own -> own.prefix().toString().contains("bad"));
    world.assertReachable(SERVER, SERVER6);
  }

  private static byte[] address(String text) {
    return IpAddress.parse(text).toInetAddress().getAddress();
  }

  @Test
  void aScanOfAnAttachedNetworkLeavesTheNeighborsAlone() {
    world.lab.await(world.router.stack().addAddress("if0", IpPrefix.parse("198.18.0.1/15")));
    int most = NeighborSettings.DEFAULT.keeping().entries();
    attack(SCAN, n -> n % 2 == 0
        ? datagram(ATTACKER, "198.18." + (n / 2 / 250 % 250) + "." + (2 + n / 2 % 250))
        : datagram(ATTACKER6, "2001:db8:2::" + Integer.toHexString(0x1000 + n / 2)));
    assertThat(world.router.tables().rows(NeighborEntry.class)).hasSizeLessThanOrEqualTo(2 * most)
        .extracting(NeighborEntry::address)
        .contains(IpAddress.parse(SERVER), IpAddress.parse(SERVER6), IpAddress.parse(AttackedRouter.CLIENT));
    assertThat(world.drops(NeighborDrop.ENTRY_REMOVED) + world.drops(NeighborDrop.WAITING_QUEUE_FULL)
        + world.drops(NeighborDrop.NEXT_HOP_UNREACHABLE) + world.drops(NeighborDrop.OWN_QUEUE_FULL))
        .isGreaterThan(SCAN / 2);
    assertThat(errors()).isLessThanOrEqualTo(MOST_ERRORS);
    world.lab.advance(Duration.ofMinutes(2));
    world.assertReachable(SERVER, SERVER6);
  }

  @Test
  void damagedPacketsAreDroppedAndNothingFails() {
    DamagedPackets damage = new DamagedPackets(new Random(11));
    attack(FLOOD, n -> damage.of(n % 2 == 0 ? datagram(ATTACKER, SERVER) : datagram(ATTACKER6, SERVER6)));
    assertThat(world.router.stack().drops().total()).isGreaterThan(FLOOD / 4);
    assertThat(errors()).isLessThanOrEqualTo(MOST_ERRORS);
  }
}
