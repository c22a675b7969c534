package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.nat.NatForwarding;
import io.reactorstack.nat.NatMapping;
import io.reactorstack.nat.NatProtocol;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.wire.DhcpAddresses;
import io.reactorstack.wire.DhcpMessage;
import io.reactorstack.wire.DhcpOptions;
import io.reactorstack.wire.DhcpType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/** The tables of a lab, as values and as text. */
@Timeout(60)
class LabTablesTest {

  private static final Path EXPECTED = Path.of("src/test/resources/io/reactorstack/lab/tables.txt");

  /**
   * Two switches with a trunk, a hub, and hosts in two VLANs: one crashed, one with IPv6, one that DHCP has
   * configured.
   */
  private static Lab office() {
    Lab lab = Lab.virtual(7);
    Switch ground = lab.newSwitch("ground");
    Switch first = lab.newSwitch("first");
    Hub hub = lab.newHub("hub");
    Wire uplink = lab.newWire("uplink", wire -> wire.delay(Duration.ofMillis(1)));
    ground.newPort(PortMode.trunk(10, 20).withNative(1)).attach(uplink.left());
    first.newPort(PortMode.trunk(10, 20).withNative(1)).attach(uplink.right());
    Wire cable = lab.newWire("cable");
    first.access(20).attach(cable.left());
    hub.attach(cable.right());
    Host shop = lab.host("shop").on(ground.access(10), "10.0.10.1/24").gateway("10.0.10.254").start();
    Host bank = lab.host("bank").address("10.0.10.2/24").on(first.access(10))
        .on(ground.access(20), "fd00::2/64").start();
    Host till = lab.host("till").on(hub, "fd00::3/64").start();
    Host dead = lab.host("dead").on(hub, "10.0.20.4/24").start();
    lab.host("server").on(hub, "10.0.20.1/24").runs(DhcpServer.of("10.0.20.100", "10.0.20.101")).start();
    Host guest = lab.host("guest").on(hub).start();
    lab.await(guest.stack().configured(Duration.ofMinutes(1)));
    dead.crash();
    lab.run(() -> bank.stack().tcp().listen(80).flatMap(TcpConnection::receive)
        .subscribe(ByteBuf::release));
    TcpConnection connection = lab.await(shop.stack().tcp().connect("10.0.10.2", 80));
    lab.await(connection.send(Mono.just(Unpooled.wrappedBuffer(new byte[100]))));
    lab.await(shop.stack().udp().bind(53));
    lab.await(till.stack().icmp().ping(IpAddress.parse("fd00::2")));
    lab.await(shop.stack().icmp().ping(IpAddress.parse("10.0.10.9")).onErrorComplete());
    Wire probe = lab.newWire("probe");
    ground.attach(probe.left());
    ground.port("shop-ground").mirrorTo(ground.port("probe"));
    return lab;
  }

  /** {@code -Dgolden.write=true} writes the expected file again. */
  @Test
  void textIsTheSameForTheSameSeed() throws IOException {
    String text;
    try (Lab lab = office()) {
      text = lab.tables().toString();
    }
    try (Lab again = office()) {
      assertThat(again.tables()).hasToString(text);
    }
    if (Boolean.getBoolean("golden.write")) {
      Files.writeString(EXPECTED, text);
    }
    assertThat(text).isEqualTo(Files.readString(EXPECTED));
  }

  @Test
  void valuesHaveTheirTypes() {
    try (Lab lab = office()) {
      NodeTables shop = lab.tables().of("shop");
      assertThat(shop.kind()).isEqualTo("host");
      assertThat(shop.state()).isEqualTo("running");
      assertThat(shop.rows(RouteEntry.class)).contains(
          new RouteEntry(IpPrefix.parse("0.0.0.0/0"), IpAddress.parse("10.0.10.254"), "if0", 0));
      assertThat(shop.rows(NeighborEntry.class)).extracting(NeighborEntry::address)
          .containsExactly(IpAddress.parse("10.0.10.2"), IpAddress.parse("10.0.10.9"));
      assertThat(shop.rows(SocketEntry.class)).contains(
          new SocketEntry("UDP", 0, 0, new Endpoint(IpAddress.parse("0.0.0.0"), 53), null));
      assertThat(lab.tables().of("bank").rows(InterfaceEntry.class)).extracting(InterfaceEntry::name)
          .containsExactly("lo", "if0", "if1");
      assertThat(lab.tables().of("dead").tables()).isEmpty();
      assertThat(lab.tables().of("dead").rows(MacEntry.class)).isEmpty();
      assertThat(lab.tables().nodes()).extracting(NodeTables::name)
          .containsExactly("ground", "first", "hub", "shop", "bank", "till", "dead", "server", "guest");
      assertThat(lab.hosts().getFirst().tables()).hasToString(shop.toString());
      assertThatThrownBy(() -> lab.tables().of("nobody")).isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the lab has no host or junction named nobody");
    }
  }

  /** A router that translates, with a DHCP server inside, and two inside hosts. */
  private static Lab home() {
    Lab lab = Lab.virtual(7);
    Switch access = lab.newSwitch("access");
    Switch lan = lab.newSwitch("lan");
    Host server = lab.host("server").on(access, "192.0.2.10/24").start();
    Host router = lab.router("router").on(access, "192.0.2.1/24").on(lan, "10.0.0.1/24")
        .nat(nat -> nat.withForwardings(
            List.of(NatForwarding.of(NatProtocol.TCP, 8080, new Endpoint(IpAddress.parse("10.0.0.2"), 80)))))
        .runs(DhcpServer.of("10.0.0.100", "10.0.0.199").router("10.0.0.1").leaseTime(Duration.ofMinutes(10))).start();
    Host left = lab.host("left").on(lan).start();
    Host right = lab.host("right").on(lan).start();
    lab.await(left.stack().configured(Duration.ofMinutes(1)));
    lab.await(right.stack().configured(Duration.ofMinutes(1)));
    lab.run(() -> server.stack().tcp().listen(80).flatMap(TcpConnection::receive).subscribe(ByteBuf::release));
    TcpConnection connection = lab.await(left.stack().tcp().connect("192.0.2.10", 80));
    lab.await(connection.send(Mono.just(Unpooled.wrappedBuffer(new byte[100]))));
    lab.await(right.stack().icmp().ping(IpAddress.parse("192.0.2.10")));
    lab.await(left.stack().dhcp("if0").renew());
    lab.advance(Duration.ofSeconds(1));
    assertThat(router.state()).isEqualTo(HostState.RUNNING);
    return lab;
  }

  @Test
  void aRouterShowsItsMappingsAndLeases() {
    try (Lab lab = home()) {
      String text = lab.tables().of("router").toString();
      assertThat(text).startsWith("NAT router router  running\n");
      // The ports that the hosts choose at random do not matter.
      assertThat(
          text.substring(text.indexOf("  NAT mappings")).replaceAll(" +", " ").replaceAll(":[1-9]\\d{3,}", ":port"))
          .isEqualTo("""
               NAT mappings
               Protocol Inside Outside State Peers Sent Received Ends in
               TCP 10.0.0.2:80 192.0.2.1:port forwarding, idle 0 0 0 -
               TCP 10.0.0.100:port 192.0.2.1:port established 1 3 2 2 h 3 min 59 s
               ICMP 10.0.0.101:port 192.0.2.1:port active 1 1 1 59 s
               DHCP leases on if1
               Address Client State Ends in
               10.0.0.100 02:ad:a2:04:1c:b0 leased 9 min 59 s
               10.0.0.101 02:53:57:14:d8:05 leased 9 min 53.02 s
               empty: ND cache
              """);
    }
  }

  @Test
  void theKindOfAHostIsWhatItDoes() {
    try (Lab lab = home()) {
      Host plain = lab.router("plain").on(lab.newSwitch("other"), "10.9.0.1/24").start();
      assertThat(plain.tables().kind()).isEqualTo("router");
      lab.await(plain.stack().forwarding(false));
      assertThat(plain.tables().kind()).isEqualTo("host");
      Host router = lab.hosts().get(1);
      assertThat(router.tables().rows(LeaseEntry.class)).extracting(LeaseEntry::state)
          .containsExactly("leased", "leased");
      router.crash();
      assertThat(router.tables()).hasToString("NAT router router  crashed\n");
      router.restart();
      assertThat(router.tables().rows(LeaseEntry.class)).isEmpty();
      lab.advance(Duration.ofSeconds(1));
      assertThat(router.tables().rows(NatMapping.class)).singleElement().matches(NatMapping::isForwarding);
      assertThat(router.tables().tables()).extracting(Table::title)
          .endsWith("NAT mappings", "DHCP leases on if1");
      lab.await(router.stop());
      assertThat(router.tables()).hasToString("NAT router router  stopped\n");
    }
  }

  @Test
  void theLeasesShowTheStateOfEachAddress() {
    DhcpLeases leases = new DhcpLeases(IpPrefix.parse("10.0.0.1/24"), Ipv4Address.parse("10.0.0.100"),
        Ipv4Address.parse("10.0.0.101"), Duration.ofMinutes(10), DhcpOptions.NONE);
    long second = 1_000_000_000L;
    DhcpOptions toServer = DhcpOptions.NONE.withAddress(DhcpOptions.SERVER_ID, Ipv4Address.parse("10.0.0.1"))
        .withAddress(DhcpOptions.REQUESTED_ADDRESS, Ipv4Address.parse("10.0.0.100"));
    leases.answer(message(1, DhcpType.DISCOVER, DhcpOptions.NONE), 0);
    assertThat(states(leases, second)).containsExactly("10.0.0.100 offered PT59S");
    leases.answer(message(1, DhcpType.REQUEST, toServer), 2 * second);
    leases.answer(message(1, DhcpType.DISCOVER, DhcpOptions.NONE), 3 * second);
    assertThat(states(leases, 3 * second)).containsExactly("10.0.0.100 leased PT9M59S");
    leases.answer(message(2, DhcpType.DISCOVER, DhcpOptions.NONE), 3 * second);
    assertThat(states(leases, 700 * second)).containsExactly("10.0.0.100 expired PT0S", "10.0.0.101 expired PT0S");
    leases.answer(message(1, DhcpType.DISCOVER, DhcpOptions.NONE), 700 * second);
    leases.answer(message(1, DhcpType.DECLINE, toServer), 701 * second);
    assertThat(states(leases, 701 * second)).containsExactly("10.0.0.100 declined PT10M", "10.0.0.101 expired PT0S");
  }

  private static List<String> states(DhcpLeases leases, long now) {
    return leases.entries(now).stream().map(each -> each.address() + " " + each.state() + " " + each.remaining())
        .toList();
  }

  private static DhcpMessage message(int client, DhcpType type, DhcpOptions options) {
    return new DhcpMessage(type, 0, 1, 0, false, new DhcpAddresses(Ipv4Address.UNSPECIFIED, Ipv4Address.UNSPECIFIED,
        Ipv4Address.UNSPECIFIED, Ipv4Address.UNSPECIFIED), new MacAddress(0x0200_0000_0000L + client), options);
  }

  @Test
  void anyBoxCanHaveAnyTable() {
    record Mapping(String inside, int port) {}
    Table<Mapping> mappings = new Table<>("mappings", Mapping.class, List.of(new Mapping("10.0.0.1:80", 4000)),
        List.of(Table.column("Inside", Mapping::inside), Table.column("Port", Mapping::port)));
    NodeTables router = new NodeTables("router", "r", "running", List.of(mappings,
        RouteEntry.table(List.of()), SocketEntry.table(List.of())));
    assertThat(router.rows(Mapping.class)).containsExactly(new Mapping("10.0.0.1:80", 4000));
    assertThat(router).hasToString("""
        router r  running
          mappings
            Inside       Port
            10.0.0.1:80  4000
          empty: routes, sockets
        """);
  }
}
