package io.reactorstack.lab;

import static io.reactorstack.lab.AttackedRouter.CLIENT;
import static io.reactorstack.lab.AttackedRouter.ROUTER_OUT;
import static io.reactorstack.lab.AttackedRouter.SERVER;
import static io.reactorstack.testing.Packets.fragment;
import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.putShort;
import static io.reactorstack.testing.Packets.udp;
import static io.reactorstack.testing.Packets.udpChecksum;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.icmp.PingOptions;
import io.reactorstack.icmp.PingReply;
import io.reactorstack.nat.NatForwarding;
import io.reactorstack.nat.NatLimits;
import io.reactorstack.nat.NatMapping;
import io.reactorstack.nat.NatProtocol;
import io.reactorstack.nat.engine.NatDrop;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.telemetry.Story;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A NAT router under attack from inside and from outside, while an inside host uses it. */
@Timeout(60)
class NatAttackTest {

  private static final int FLOOD = 100_000;
  private static final String ATTACKER = "10.0.0.66";
  private static final String STRANGER = "203.0.113.5";

  private final AttackedRouter world = new AttackedRouter(router -> router.nat(nat -> nat.withForwardings(List.of(
      NatForwarding.of(NatProtocol.TCP, 8080, new Endpoint(IpAddress.parse(CLIENT), 80))))));

  @AfterEach
  void close() {
    world.close();
  }

  private List<NatMapping> mappings() {
    return world.lab.await(world.router.stack().natMappings()).stream().filter(each -> !each.isForwarding()).toList();
  }

  private long mappingsOf(String address) {
    return mappings().stream().filter(each -> each.inside().address().toString().equals(address)).count();
  }

  private static byte[] datagram(String source, int sourcePort, String destination, int destinationPort) {
    return ipv4(source, destination, 17, udp(source, sourcePort, destination, destinationPort, new byte[4]));
  }

  private static byte[] syn(String source, int sourcePort, String destination, int destinationPort) {
    byte[] segment = ByteBuffer.allocate(20).putShort((short) sourcePort).putShort((short) destinationPort)
        .putInt(sourcePort * 31).putInt(0).putShort((short) 0x5002).putShort((short) 1000).putInt(0).array();
    byte[] packet = ipv4(source, destination, 6, segment);
    // The checksum of UDP's pseudo header differs from that of TCP in the protocol only.
    int sum = udpChecksum(source, destination, segment);
    putShort(packet, 20 + 16, foldedWithProtocol(sum));
    return packet;
  }

  private static int foldedWithProtocol(int complement) {
    int sum = (~complement & 0xffff) + 0xffff - 17 + 6;
    return ~((sum & 0xffff) + (sum >>> 16)) & 0xffff;
  }

  @Test
  void oneHostWithManyUdpFlowsHasItsShareOnly() {
    TcpConnection before = world.connected(SERVER);
    world.assertUnharmed(() -> world.attackFromInside(FLOOD,
        n -> datagram(ATTACKER, 1024 + n % 60_000, "192.0.2.77", 1 + n % 1000)), before);
    int limit = NatLimits.DEFAULT.mappingsOfHost();
    assertThat(mappingsOf(ATTACKER)).isEqualTo(limit);
    // Two rounds over the ports; those of the mappings pass twice unless there are too many sessions.
    assertThat(world.drops(NatDrop.HOST_MAPPING_LIMIT)).isEqualTo(FLOOD - 2L * limit);
    world.assertReachable(SERVER);
    world.lab.advance(Duration.ofMinutes(6));
    assertThat(mappingsOf(ATTACKER)).as("the host may begin again").isZero();
  }

  @Test
  void oneHostWithManySynsHasItsShareOnly() {
    TcpConnection before = world.connected(SERVER);
    world.assertUnharmed(() -> world.attackFromInside(FLOOD,
        n -> syn(ATTACKER, 1024 + n % 60_000, SERVER, 1000 + n % 5)), before);
    int limit = NatLimits.DEFAULT.mappingsOfHost();
    assertThat(mappingsOf(ATTACKER)).isLessThanOrEqualTo(limit);
    assertThat(world.drops(NatDrop.HOST_MAPPING_LIMIT)).isGreaterThan(FLOOD / 2);
    world.assertReachable(SERVER);
    world.lab.advance(Duration.ofMinutes(5));
    assertThat(mappingsOf(ATTACKER)).isZero();
  }

  @Test
  void inventedInsideHostsFillTheTableAndHarmNoExistingFlow() {
    TcpConnection before = world.connected(SERVER);
    world.assertUnharmed(() -> world.attackFromInside(FLOOD,
        n -> datagram("10.0." + (1 + n % 200) + "." + (1 + n % 250), 1024 + n / 100, "192.0.2.77", 9)), before);
    assertThat(mappings()).hasSizeBetween(60_000, NatLimits.DEFAULT.mappings());
    assertThat(world.drops(NatDrop.NO_PORT) + world.drops(NatDrop.MAPPING_LIMIT)).isPositive();
    world.assertReachable(SERVER);
    world.lab.advance(Duration.ofMinutes(6));
    assertThat(mappings()).hasSizeLessThan(10);
    world.assertReachable(SERVER);
  }

  @Test
  void packetsFromOutsideCreateNoMappings() {
    TcpConnection before = world.connected(SERVER);
    int mappings = mappings().size();
    world.assertUnharmed(() -> world.attackFromOutside(FLOOD, n -> n % 2 == 0
        ? datagram(STRANGER, 1 + n / 2, ROUTER_OUT, 10_000 + n % 50_000)
        : syn(STRANGER, 1024 + n / 2, ROUTER_OUT, 10_000 + n % 50_000)), before);
    assertThat(mappings()).hasSize(mappings);
    assertThat(world.drops(NatDrop.NO_MAPPING)).isPositive();
    assertThat(world.drops(NatDrop.UNSOLICITED_SYN)).isGreaterThan(FLOOD / 3);
    world.assertReachable(SERVER);
  }

  @Test
  void synsToAForwardedPortLeaveRoomForGuests() {
    world.lab.run(() -> world.client.stack().tcp().listen(80).flatMap(
        connection -> connection.send(connection.receive()).then(connection.close())).subscribe());
    TcpConnection before = world.connected(SERVER);
    world.assertUnharmed(() -> world.attackFromOutside(FLOOD,
        n -> syn("203.0." + (n / 250 % 100) + "." + (1 + n % 250), 1024 + n % 50_000, ROUTER_OUT, 8080)), before);
    NatMapping forwarding = world.lab.await(world.router.stack().natMappings()).stream()
        .filter(NatMapping::isForwarding).findFirst().orElseThrow();
    assertThat(forwarding.sessions()).isBetween(1000, NatLimits.DEFAULT.sessionsOfHost() / 2);
    TcpConnection guest = world.lab.await(world.server.stack().tcp().connect(ROUTER_OUT, 8080), Duration.ofSeconds(10));
    assertThat(guest).as("a guest is admitted without a session").isNotNull();
    world.assertReachable(SERVER);
  }

  @Test
  void fragmentsWithoutTheRestOfTheirDatagramAreForgotten() {
    TcpConnection before = world.connected(SERVER);
    world.assertUnharmed(() -> {
      world.attackFromInside(FLOOD / 2, n -> fragment(ATTACKER, "192.0.2.77", 17, n & 0xffff, n % 2 * 1480, n % 2 == 0,
          n % 2 == 0 ? udp(ATTACKER, 5000, "192.0.2.77", 9, new byte[1472]) : new byte[100]));
      world.attackFromOutside(FLOOD / 2,
          n -> fragment(STRANGER, ROUTER_OUT, 17, n & 0xffff, 1480, true, new byte[1480]));
    }, before);
    assertThat(world.drops(NatDrop.FRAGMENT_LIMIT)).isGreaterThan(FLOOD / 4);
    assertThat(world.lab.await(world.client.stack().icmp()
        .ping(IpAddress.parse(SERVER), PingOptions.DEFAULT.size(20_000)).next())).isInstanceOf(PingReply.class);
    world.assertReachable(SERVER);
    world.lab.advance(Duration.ofMinutes(2));
    assertThat(world.drops(NatDrop.FRAGMENT_TIMEOUT)).isPositive();
  }

  @Test
  void nobodyOutsideUsesInsideAddressesOrThoseOfTheRouter() {
    Story story = Story.builder().build();
    world.client.observe(story.observer());
    TcpConnection before = world.connected(SERVER);
    world.assertUnharmed(() -> world.attackFromOutside(FLOOD / 10, n -> switch (n % 3) {
      case 0 -> datagram(STRANGER, 4000, CLIENT, 5000 + n % 3000);
      case 1 -> datagram(ROUTER_OUT, 4000, ROUTER_OUT, 5000 + n % 3000);
      default -> datagram("10.0.0.1", 4000, ROUTER_OUT, 5000 + n % 3000);
    }), before);
    assertThat(world.drops(NatDrop.INSIDE_DESTINATION)).isGreaterThan(3000);
    assertThat(world.drops(NatDrop.SPOOFED_SOURCE)).isGreaterThan(3000);
    assertThat(story.text()).doesNotContain("UDP");
    world.assertReachable(SERVER);
  }

  @Test
  void damagedPacketsAreDroppedAndNothingFails() {
    TcpConnection before = world.connected(SERVER);
    DamagedPackets damage = new DamagedPackets(new Random(7));
    world.assertUnharmed(() -> {
      world.attackFromInside(FLOOD / 2, n -> damage.of(n % 2 == 0
          ? datagram(ATTACKER, 1024 + n % 60_000, SERVER, 9)
          : syn(ATTACKER, 1024 + n % 60_000, SERVER, 9)));
      world.attackFromOutside(FLOOD / 2, n -> damage.of(n % 2 == 0
          ? datagram(STRANGER, 1024 + n % 60_000, ROUTER_OUT, 9)
          : syn(STRANGER, 1024 + n % 60_000, ROUTER_OUT, 8080)));
    }, before);
    assertThat(world.router.stack().drops().total()).isGreaterThan(FLOOD / 4);
    assertThat(mappingsOf(ATTACKER)).isLessThanOrEqualTo(NatLimits.DEFAULT.mappingsOfHost());
    world.assertReachable(SERVER);
  }
}
