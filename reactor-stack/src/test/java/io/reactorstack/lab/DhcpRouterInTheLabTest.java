package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.reactorstack.dhcp.DhcpLease;
import io.reactorstack.icmp.PingOptions;
import io.reactorstack.icmp.PingReply;
import io.reactorstack.icmp.PingResult;
import io.reactorstack.nat.NatForwarding;
import io.reactorstack.nat.NatMapping;
import io.reactorstack.nat.NatProtocol;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.telemetry.Story;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpConnection;
import io.reactorstack.udp.UdpDrop;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/**
 * A router that translates addresses as at home: its outside interface gets its address from the provider's DHCP server,
 * and its own server configures the inside hosts.
 */
class DhcpRouterInTheLabTest {

  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final DhcpServer PROVIDER = DhcpServer.of("192.0.2.100", "192.0.2.100").router("192.0.2.1")
      .leaseTime(Duration.ofSeconds(600));
  private static final DhcpServer INSIDE = DhcpServer.of("10.0.0.100", "10.0.0.199").router("10.0.0.1")
      .dnsServers("10.0.0.1");

  private final Lab lab = Lab.virtual(3);
  private final Switch access = lab.newSwitch("access");
  private final Switch home = lab.newSwitch("home");
  private final Story outsideStory = Story.builder().build();
  private final Host server = lab.host("server").on(access, "192.0.2.1/24").start();
  private final List<InetSocketAddress> peers = new ArrayList<>();

  @AfterEach
  void close() {
    lab.advance(Duration.ofSeconds(30));
    for (Host host : lab.hosts()) {
      if (host.state() == HostState.RUNNING) {
        FrameBalance.assertBalanced(host.stack());
        assertThat(host.stack().drops().snapshot()).as(host.name()).doesNotContainKey("stage.STAGE_FAULT");
      }
    }
    lab.close();
  }

  private Host router(DhcpServer inside) {
    return lab.router("router").on(access).on(home, "10.0.0.1/24").nat(nat -> nat.withForwardings(List.of(
        NatForwarding.of(NatProtocol.TCP, 8080, new Endpoint(IpAddress.parse("10.0.0.100"), 80)))))
        .runs(inside).start();
  }

  private Host provider(DhcpServer leases) {
    return lab.host("provider").on(access, "192.0.2.2/24").runs(leases).start().observe(outsideStory.observer());
  }

  private Host client(String name) {
    Host client = lab.host(name).on(home).start();
    lab.await(client.stack().configured(LIMIT));
    return client;
  }

  private void serve(Host host) {
    host.stack().tcp().listen(80).subscribe(connection -> {
      peers.add(connection.remoteAddress());
      connection.send(connection.receive()).then(connection.shutdownOutput()).subscribe(done -> {
      }, lost -> {
      });
    });
  }

  private String echo(Host from, String to, int port) {
    return lab.await(from.stack().tcp().connect(new InetSocketAddress(to, port)).flatMap(connection -> connection
        .send(Mono.just(Unpooled.copiedBuffer(new byte[1000]))).then(connection.shutdownOutput())
        .then(connection.receive().map(bytes -> {
          int length = bytes.readableBytes();
          bytes.release();
          return length;
        }).reduce(0, Integer::sum))).map(octets -> octets + " octets").onErrorResume(e -> Mono.just(e.toString())),
        LIMIT);
  }

  private List<NatMapping> mappings(Host router) {
    return lab.await(router.stack().natMappings()).stream().filter(each -> !each.isForwarding()).toList();
  }

  private PingResult ping(Host from, String to) {
    return lab.await(from.stack().icmp().ping(IpAddress.parse(to), PingOptions.DEFAULT).next());
  }

  @Test
  void aRouterGetsItsOwnAddressAndAssignsThoseOfItsNetwork() {
    provider(PROVIDER);
    Host router = router(INSIDE);
    lab.await(router.stack().configured(LIMIT));
    assertThat(router.addresses()).containsExactly(IpAddress.parse("192.0.2.100"), IpAddress.parse("10.0.0.1"));
    Host left = client("left");
    Host right = client("right");
    DhcpLease lease = lab.await(left.stack().dhcp("if0").lease());
    assertThat(lease).hasToString("10.0.0.100/24 from 10.0.0.1 for 3600 s");
    assertThat(lease.dnsServers()).containsExactly(Ipv4Address.parse("10.0.0.1"));
    assertThat(right.address()).isEqualTo(IpAddress.parse("10.0.0.101"));
    serve(server);
    assertThat(echo(left, "192.0.2.1", 80)).isEqualTo("1000 octets");
    assertThat(echo(right, "192.0.2.1", 80)).isEqualTo("1000 octets");
    assertThat(peers).allSatisfy(peer -> assertThat(peer.getHostString()).isEqualTo("192.0.2.100"));
    serve(left);
    assertThat(echo(server, "192.0.2.100", 8080)).as("a forwarded port").isEqualTo("1000 octets");
    assertThat(outsideStory.text()).doesNotContain("10.0.0.");
    lab.advance(Duration.ofHours(2));
    assertThat(left.address()).as("both leases are renewed").isEqualTo(IpAddress.parse("10.0.0.100"));
    assertThat(echo(left, "192.0.2.1", 80)).isEqualTo("1000 octets");
  }

  @Test
  void requestsFromOtherNetworksAreNotAnswered() {
    Host router = router(INSIDE);
    Host outsider = lab.host("outsider").on(access).start();
    assertThatThrownBy(() -> lab.await(outsider.stack().configured(Duration.ofSeconds(30))))
        .hasStackTraceContaining("waits for an answer to DHCPDISCOVER");
    assertThat(router.stack().drops().get(UdpDrop.NO_SOCKET)).isPositive();
    assertThat(client("inside").address()).isEqualTo(IpAddress.parse("10.0.0.100"));
  }

  @Test
  void twoServersServeTwoNetworksOfARouter() {
    Switch guests = lab.newSwitch("guests");
    lab.router("router").on(home, "10.0.0.1/24").on(guests, "10.0.1.1/24").runs(INSIDE)
        .runs(DhcpServer.of("10.0.1.50", "10.0.1.99").router("10.0.1.1").on("if1")).start();
    Host inside = client("inside");
    Host guest = lab.host("guest").on(guests).start();
    lab.await(guest.stack().configured(LIMIT));
    assertThat(List.of(inside.address(), guest.address())).containsExactly(
        IpAddress.parse("10.0.0.100"), IpAddress.parse("10.0.1.50"));
    assertThat(ping(guest, "10.0.0.100")).isInstanceOf(PingReply.class);
  }

  @Test
  void aServerNeedsAnInterfaceInTheNetworkOfItsAddresses() {
    for (DhcpServer wrong : List.of(INSIDE.on("if0"), INSIDE.on("if7"), DhcpServer.of("10.9.0.1", "10.9.0.9"),
        DhcpServer.of("10.0.0.200", "10.0.1.20"))) {
      Host host = lab.host("host").on(access, "192.0.2.9/24").on(home, "10.0.0.1/24").start();
      assertThatThrownBy(() -> lab.await(wrong.serve(host.stack()))).isInstanceOf(IllegalStateException.class)
          .hasMessageMatching("no interface has an address in .*|the interface if. has no address in .*");
      lab.await(host.stop());
    }
  }

  @Test
  void packetsFromInsideAreRefusedUntilTheOutsideAddressComes() {
    Host router = router(INSIDE);
    Host left = client("left");
    serve(server);
    assertThat(ping(left, "192.0.2.1")).isNotInstanceOf(PingReply.class);
    assertThat(mappings(router)).isEmpty();
    provider(PROVIDER);
    lab.advance(Duration.ofMinutes(2));
    assertThat(ping(left, "192.0.2.1")).isInstanceOf(PingReply.class);
    assertThat(echo(left, "192.0.2.1", 80)).isEqualTo("1000 octets");
  }

  @Test
  void theMappingsEndWithTheOutsideAddress() {
    Host provider = provider(PROVIDER);
    Host router = router(INSIDE);
    lab.await(router.stack().configured(LIMIT));
    Host left = client("left");
    serve(server);
    serve(left);
    TcpConnection open = lab.await(left.stack().tcp().connect(new InetSocketAddress("192.0.2.1", 80)));
    UdpConnection asked = lab.await(server.stack().udp().bind(53));
    List<Endpoint> askers = new ArrayList<>();
    asked.receive().subscribe(datagram -> {
      askers.add(datagram.remote());
      datagram.release();
    });
    UdpConnection asking = lab.await(left.stack().udp().connect(new InetSocketAddress("192.0.2.1", 53)));
    lab.await(asking.send(Mono.just(Datagram.toPeer(Unpooled.copiedBuffer(new byte[] {1})))));
    lab.advance(Duration.ofSeconds(1));
    assertThat(mappings(router)).hasSize(2);

    lab.await(router.stack().dhcp("if0").release());
    lab.advance(Duration.ofSeconds(3));
    assertThat(mappings(router)).as("the address is given back").isEmpty();
    assertThat(lab.await(router.stack().natMappings())).as("the forwarding waits for an address").isEmpty();
    lab.await(provider.stop());
    provider(DhcpServer.of("192.0.2.101", "192.0.2.101").router("192.0.2.1"));
    lab.await(router.stack().dhcp("if0").renew());
    lab.advance(Duration.ofMinutes(1));
    assertThat(router.addresses()).containsExactly(IpAddress.parse("192.0.2.101"), IpAddress.parse("10.0.0.1"));

    // Everything has a new mapping at once, but the peer knows the old connection by the old address only.
    lab.await(asking.send(Mono.just(Datagram.toPeer(Unpooled.copiedBuffer(new byte[] {2})))));
    assertThat(echo(left, "192.0.2.1", 80)).isEqualTo("1000 octets");
    assertThat(askers).extracting(asker -> asker.address().toString()).containsExactly("192.0.2.100", "192.0.2.101");
    assertThat(peers.getLast().getHostString()).isEqualTo("192.0.2.101");
    assertThat(mappings(router)).allSatisfy(
        each -> assertThat(each.outside().address()).isEqualTo(IpAddress.parse("192.0.2.101")));
    assertThat(echo(server, "192.0.2.101", 8080)).isEqualTo("1000 octets");
    open.send(Mono.just(Unpooled.copiedBuffer(new byte[] {1}))).subscribe(done -> {
    }, lost -> {
    });
    assertThat(lab.await(open.onClose(), Duration.ofMinutes(30))).asString()
        .startsWith("Peer 192.0.2.1:80 reset the connection 0 µs after our last data");
  }

  @Test
  void theMappingsEndWithTheLease() {
    Host provider = provider(PROVIDER);
    Host router = router(INSIDE);
    lab.await(router.stack().configured(LIMIT));
    Host left = client("left");
    serve(server);
    TcpConnection open = lab.await(left.stack().tcp().connect(new InetSocketAddress("192.0.2.1", 80)));
    provider.crash();
    lab.advance(Duration.ofSeconds(500));
    assertThat(mappings(router)).hasSize(1);
    lab.advance(Duration.ofSeconds(110));
    assertThat(router.addresses()).containsExactly(IpAddress.parse("10.0.0.1"));
    assertThat(mappings(router)).isEmpty();
    assertThat(open.localAddress()).isNotNull();
    provider.restart();
    lab.advance(Duration.ofMinutes(6));
    assertThat(echo(left, "192.0.2.1", 80)).isEqualTo("1000 octets");
  }
}
