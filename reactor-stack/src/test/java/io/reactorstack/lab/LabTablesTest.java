package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.tcp.TcpConnection;
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
