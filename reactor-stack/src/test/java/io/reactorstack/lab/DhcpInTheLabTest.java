package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.reactorstack.dhcp.DhcpLease;
import io.reactorstack.dhcp.DhcpStatus;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.telemetry.Story;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.Requirement;
import io.reactorstack.udp.Datagram;
import io.reactorstack.wire.DhcpRoute;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/** Hosts that are configured by DHCP, with the lab's server. */
@Timeout(60)
class DhcpInTheLabTest {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final DhcpServer SERVER = DhcpServer.of("10.0.0.100", "10.0.0.101").router("10.0.0.1")
      .dnsServers("10.0.0.53").leaseTime(Duration.ofSeconds(1000));

  /** The domains eng.example and b.eng.example, the second with a pointer to the first (RFC 3397). */
  private static final byte[] DOMAINS = {
      3, 'e', 'n', 'g', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0, 1, 'b', (byte) 0xc0, 0};

  private final Lab lab = Lab.virtual(5);
  private final Switch lan = lab.newSwitch("lan");
  private final Story story = Story.builder().build();

  @AfterEach
  void close() {
    lab.hosts().stream().filter(host -> host.state() == HostState.RUNNING)
        .forEach(host -> FrameBalance.assertBalanced(host.stack()));
    lab.close();
  }

  private Host server(DhcpServer server) {
    return lab.host("server").on(lan, "10.0.0.1/24").runs(server).start();
  }

  private Host client(String name) {
    return lab.host(name).on(lan).start().observe(story.observer());
  }

  private DhcpLease configured(Host host) {
    lab.await(host.stack().configured(Duration.ofMinutes(5)));
    return lab.await(host.stack().dhcp("if0").lease());
  }

  private List<String> dhcpOf(Story of) {
    return of.text().lines().filter(line -> line.contains("DHCP"))
        .map(line -> line.replaceAll(".*DHCP ", "").replaceAll(" xid.*", "")).toList();
  }

  @Test
  void theServerStartsWhereBlockingIsRefused() {
    Host host = lab.host("server").on(lan, "10.0.0.1/24").start();
    lab.run(() -> SERVER.start(host));
    assertThat(configured(client("client")).address()).hasToString("10.0.0.100/24");
  }

  @Test
  void aServerWithoutAnInterfaceForItsAddressesFailsTheWorld() {
    lab.host("server").on(lan, "10.9.0.1/24").runs(SERVER).start();
    assertThatThrownBy(() -> lab.advance(Duration.ofSeconds(1)))
        .hasMessage("the software of host server failed at PT0S")
        .hasRootCauseMessage("no interface has an address in a network of 10.0.0.100 to 10.0.0.101");
  }

  @Test
  @Requirement({"RFC2131-4.1-01", "RFC2131-4.4.1-11"})
  void hostGetsAddressRoutesAndParameters() {
    server(SERVER);
    Host host = client("client");
    assertThatThrownBy(host::address).isInstanceOf(IllegalStateException.class);
    assertThat(host).hasToString("client DHCP");
    assertThat(lab.report().toString()).contains("client");
    DhcpLease lease = configured(host);
    assertThat(lease).hasToString("10.0.0.100/24 from 10.0.0.1 for 1000 s");
    assertThat(lease.dnsServers()).containsExactly(Ipv4Address.parse("10.0.0.53"));
    assertThat(host.address()).isEqualTo(IpAddress.parse("10.0.0.100"));
    assertThat(host).hasToString("client 10.0.0.100/24");
    assertThat(dhcpOf(story)).containsExactly("discover", "offer 10.0.0.100 from 10.0.0.1 lease 1000 s",
        "request for 10.0.0.100 to 10.0.0.1", "ack 10.0.0.100 from 10.0.0.1 lease 1000 s");
    assertThat(lab.await(host.stack().icmp().ping(IpAddress.parse("10.0.0.1"))).roundTrip()).isNotNull();
    lab.advance(Duration.ofSeconds(3));
    // Three probes, then two announcements.
    String probe = "ARP probe: does anybody have 10.0.0.100?";
    assertThat(story.text()).containsSubsequence("ack 10.0.0.100", probe, probe, probe,
        "ARP announces 10.0.0.100", "ARP announces 10.0.0.100");
  }

  @Test
  @Requirement("RFC2132-8.4-01")
  void aClientThatAsksForVendorInformationWorksWithoutIt() {
    for (DhcpServer server : List.of(SERVER, SERVER.options(options -> options.with(43)))) {
      Host host = server(server);
      Host client = lab.host("client").on(lan)
          .stack(stack -> stack.dhcp("if0", dhcp -> dhcp.withParameters(List.of(1, 3, 43)))).start();
      DhcpLease lease = configured(client);
      assertThat(lease.options().has(43)).isEqualTo(!server.equals(SERVER));
      assertThat(lab.await(client.stack().icmp().ping(IpAddress.parse("10.0.0.1"))).roundTrip()).isNotNull();
      lab.await(client.stop());
      lab.await(host.stop());
    }
  }

  @Test
  @Requirement("RFC2131-4.1-08")
  void aRoundTripOfThreeSecondsCausesNoRetransmission() {
    server(SERVER);
    for (int i = 0; i < 2; i++) {
      Host client = lab.host("client" + i).wire(wire -> wire.delay(Duration.ofMillis(1490))).on(lan).start()
          .observe(story.observer());
      configured(client);
      assertThat(dhcpOf(story).stream().filter(line -> line.startsWith("discover"))).hasSize(i + 1);
      assertThat(dhcpOf(story).stream().filter(line -> line.startsWith("request"))).hasSize(i + 1);
    }
  }

  @Test
  void theLeaseHasTheDomainsAndTheMtuOfTheNetwork() {
    server(SERVER.options(options -> options.with(119, DOMAINS).withNumber(26, 1400, 2)));
    DhcpLease lease = configured(client("client"));
    assertThat(lease.domainSearch()).containsExactly("eng.example", "b.eng.example");
    assertThat(lease.interfaceMtu()).isEqualTo(1400);
    assertThat(client("other").stack().name()).isEqualTo("other");
  }

  @Test
  void theDefaultRouteLeadsToOtherNetworks() {
    server(SERVER);
    Host client = client("client");
    configured(client);
    client.stack().icmp().ping(IpAddress.parse("192.0.2.1")).onErrorComplete().subscribe();
    lab.advance(Duration.ofSeconds(2));
    assertThat(story.text()).containsSubsequence("ARP who has 10.0.0.1?", "ping 0");
  }

  @Test
  void classlessRoutesAreUsed() {
    server(SERVER.options(options -> options.withRoutes(List.of(
        new DhcpRoute(IpPrefix.parse("198.51.100.0/24"), Ipv4Address.parse("10.0.0.9"))))));
    Host client = client("client");
    List<String> routes = new ArrayList<>();
    client.stack().interfaceEvents().ofType(InterfaceEvent.RouteAdded.class)
        .subscribe(added -> routes.add(added.network() + " via " + added.gateway()));
    configured(client);
    assertThat(routes).containsExactly("10.0.0.100/24 via null", "198.51.100.0/24 via 10.0.0.9");
  }

  @Test
  void hostsGetDifferentAddressesAndTheLastOneNone() {
    server(SERVER);
    Host a = client("a");
    Host b = client("b");
    configured(a);
    configured(b);
    assertThat(List.of(a.address(), b.address())).containsExactlyInAnyOrder(
        IpAddress.parse("10.0.0.100"), IpAddress.parse("10.0.0.101"));
    Host c = client("c");
    assertThatThrownBy(() -> lab.await(c.stack().configured(LIMIT)))
        .hasRootCauseInstanceOf(TimeoutException.class)
        .hasStackTraceContaining("interface if0, carrier up: waits for an answer to DHCPDISCOVER, 5 sent (since 60 s)");
    assertThat(lab.await(a.stack().icmp().ping(b.address())).roundTrip()).isNotNull();
    // An address that is given back is free.
    lab.await(b.stack().dhcp("if0").release());
    assertThat(configured(c).address().address()).isEqualTo(IpAddress.parse("10.0.0.101"));
    assertThat(b.addresses()).isEmpty();
  }

  @Test
  @Requirement({"RFC5227-2.1-02"})
  void theLeaseIsRenewedAndTheConnectionLives() {
    server(SERVER);
    Host client = client("client");
    configured(client);
    List<InterfaceEvent> events = new ArrayList<>();
    client.stack().interfaceEvents().filter(event -> !(event instanceof InterfaceEvent.DhcpChanged))
        .subscribe(events::add);
    lab.advance(Duration.ofSeconds(2000));
    assertThat(dhcpOf(story)).contains("request of 10.0.0.100",
        "ack 10.0.0.100 of 10.0.0.100 from 10.0.0.1 lease 1000 s");
    assertThat(story.text().lines().filter(line -> line.contains("ARP probe"))).hasSize(3);
    assertThat(events).as("no change of addresses and routes").hasSize(1).first().isInstanceOf(InterfaceEvent.Up.class);
    assertThat(client.address()).isEqualTo(IpAddress.parse("10.0.0.100"));
  }

  @Test
  void theAddressEndsWithItsLeaseAndConnectionsEndWithIt() {
    Host server = server(SERVER);
    lab.host("peer").on(lan, "10.0.0.2/24").runs(host -> host.stack().tcp().listen(7).subscribe()).start();
    Host client = client("client");
    configured(client);
    var connection = lab.await(client.stack().tcp().connect("10.0.0.2", 7));
    server.crash();
    lab.advance(Duration.ofSeconds(1010));
    assertThat(client.addresses()).isEmpty();
    assertThat(lab.await(connection.onClose())).asString().contains("10.0.0.100");
    server.restart();
    lab.advance(Duration.ofSeconds(80));
    assertThat(client.address()).as("the same address again").isEqualTo(IpAddress.parse("10.0.0.100"));
  }

  @Test
  void anAddressInUseIsDeclined() {
    server(SERVER);
    lab.host("squatter").on(lan, "10.0.0.100/24").start();
    Host client = client("client");
    assertThat(configured(client).address().address()).isEqualTo(IpAddress.parse("10.0.0.101"));
    assertThat(dhcpOf(story)).contains("decline for 10.0.0.100 to 10.0.0.1");
  }

  @Test
  void bothHostsThatProbeOneAddressWithdraw() {
    Host a = lab.host("a").on(lan).start();
    Host b = lab.host("b").on(lan).start();
    // Two servers that do not know of each other assign the same address.
    lab.host("one").on(lan, "10.0.0.1/24").runs(DhcpServer.of("10.0.0.100", "10.0.0.100")).start();
    lab.await(Mono.when(a.stack().configured(Duration.ofSeconds(120)).onErrorComplete(),
        b.stack().configured(Duration.ofSeconds(120)).onErrorComplete()));
    assertThat(a.addresses().size() + b.addresses().size()).isEqualTo(1);
  }

  @Test
  void theLeaseIsVerifiedWhenTheWireIsBack() {
    server(SERVER);
    Host client = client("client");
    configured(client);
    client.wire().unplug();
    lab.advance(Duration.ofSeconds(5));
    client.wire().plug();
    lab.advance(Duration.ofSeconds(5));
    assertThat(dhcpOf(story)).endsWith("request for 10.0.0.100", "ack 10.0.0.100 from 10.0.0.1 lease 1000 s");
  }

  @Test
  @Requirement({"RFC2131-4.4.3-02"})
  void aHostWithAnAddressAsksForParametersOnly() {
    server(SERVER);
    Host client = lab.host("client").on(lan, "10.0.0.2/24")
        .stack(stack -> stack.dhcp("if0", settings -> settings)).start().observe(story.observer());
    DhcpLease parameters = configured(client);
    assertThat(parameters.dnsServers()).containsExactly(Ipv4Address.parse("10.0.0.53"));
    assertThat(dhcpOf(story)).containsExactly("inform of 10.0.0.2", "ack of 10.0.0.2 from 10.0.0.1");
    assertThat(client.addresses()).containsExactly(IpAddress.parse("10.0.0.2"));
  }

  @Test
  void lossDelaysTheConfigurationOnly() {
    server(SERVER);
    for (int i = 0; i < 2; i++) {
      Host client = lab.host("client" + i).wire(wire -> wire.loss(0.3)).on(lan).start();
      lab.await(client.stack().configured(Duration.ofMinutes(10)));
    }
  }

  @Test
  void malformedMessagesAreCountedAndChangeNothing() {
    Host server = server(SERVER);
    Host client = client("client");
    configured(client);
    lab.await(client.stack().dhcp("if0").renew());
    lab.await(server.stack().udp().bind(0).flatMap(socket -> socket.send(Mono.just(Datagram.to(
        new Endpoint(client.address(), 68), Unpooled.wrappedBuffer(new byte[300]))))));
    lab.advance(Duration.ofSeconds(1));
    assertThat(client.stack().drops().snapshot()).containsEntry("dhcp.DHCP_BAD_HARDWARE", 1L);
    assertThat(client.address()).isEqualTo(IpAddress.parse("10.0.0.100"));
  }

  @Test
  void aStoppingHostDoesNotWaitForItsClient() {
    server(SERVER);
    Host client = client("client");
    configured(client);
    Duration before = lab.now();
    lab.await(client.stack().stop(Duration.ofSeconds(10), Duration.ofSeconds(100)));
    assertThat(lab.now().minus(before)).isLessThan(Duration.ofSeconds(1));
    Host waiting = client("waiting");
    lab.await(waiting.stack().stop());
    assertThatThrownBy(() -> lab.await(waiting.stack().dhcp("if0").lease())).hasStackTraceContaining("stopped");
  }

  @Test
  void theStatusIsReported() {
    Host client = client("client");
    List<String> phases = new ArrayList<>();
    client.stack().dhcp("if0").status().map(DhcpStatus::phase).map(Enum::name).distinctUntilChanged()
        .subscribe(phases::add);
    server(SERVER);
    configured(client);
    assertThat(phases).endsWith("SELECTING", "REQUESTING", "CHECKING", "BOUND");
    assertThatThrownBy(() -> client.stack().dhcp("if1")).isInstanceOf(IllegalArgumentException.class);
  }
}
