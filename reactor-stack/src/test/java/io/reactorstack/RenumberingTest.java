package io.reactorstack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.tcp.CloseReport;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.testing.Inside;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.SeenFrame;
import io.reactorstack.udp.Datagram;
import io.reactorstack.wire.ArpPacket;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/** Changes of addresses and routes of a running host. */
@Timeout(60)
class RenumberingTest {

  private static final String IF = "if0";

  private Lab lab;
  private Host host;
  private Host peer;
  private NetworkStack stack;

  @BeforeEach
  void start() {
    lab = Lab.virtual(3);
    Switch lan = lab.newSwitch("lan");
    host = lab.host("host").address("10.0.0.1/24").wire(w -> w.delay(Duration.ofMillis(1))).connectTo(lan);
    peer = lab.host("peer").address("10.0.0.2/24").connectTo(lan);
    stack = host.stack();
  }

  @AfterEach
  void stop() {
    lab.close();
  }

  private static ByteBuf bytes(int length) {
    return Unpooled.wrappedBuffer(new byte[length]);
  }

  /**
   * Returns a list of the ARP and IPv4 packets sent after this call: {@code arp 1>2} (sender, target) or {@code ip 1}
   * (source), each address by its last octet.
   */
  private List<String> sent() {
    List<String> sent = new ArrayList<>();
    host.observe((direction, frame, nanos) -> {
      SeenFrame seen = SeenFrame.ethernet(frame.payload());
      ArpPacket arp = seen.arp();
      if (direction == FrameObserver.Direction.SENT) {
        sent.add(arp != null
            ? "arp " + last(arp.sender()) + ">" + last(arp.target())
            : "ip " + last(Objects.requireNonNull(seen.ip()).source()));
      }
    });
    return sent;
  }

  private static int last(IpAddress address) {
    byte[] octets = address.bytes();
    return octets[octets.length - 1] & 0xff;
  }

  private List<TcpConnection> listen(NetworkStack on, String address) {
    List<TcpConnection> accepted = new ArrayList<>();
    lab.run(() -> on.tcp().listen(new InetSocketAddress(address, 7)).subscribe(accepted::add));
    return accepted;
  }

  private TcpConnection connect(NetworkStack from, String to) {
    return lab.await(from.tcp().connect(to, 7));
  }

  @Test
  @Requirement("RFC5227-2.3-01")
  void newAddressIsAnnouncedAndUsed() {
    List<TcpConnection> accepted = listen(stack, "0.0.0.0");
    lab.advance(Duration.ofSeconds(1));
    List<String> sent = sent();
    lab.await(stack.addAddress(IF, IpPrefix.parse("10.0.0.77/24")));
    lab.advance(Duration.ofSeconds(5));
    assertThat(sent).containsExactly("arp 77>77", "arp 77>77");
    // A listener on all addresses also accepts connections to the new one.
    TcpConnection opened = connect(peer.stack(), "10.0.0.77");
    lab.advance(Duration.ofMillis(50));
    assertThat(accepted).hasSize(1).first()
        .satisfies(c -> assertThat(c.localAddress().getAddress().getHostAddress()).isEqualTo("10.0.0.77"));
    assertThat(lab.await(peer.stack().icmp().ping(IpAddress.parse("10.0.0.77")))).isNotNull();
    // The first address remains the preferred one.
    assertThat(source("10.0.0.2")).isEqualTo("10.0.0.1");
    lab.await(stack.udp().bind(new InetSocketAddress("10.0.0.77", 9)));
    opened.abort();
  }

  @Test
  void addressInAnotherNetworkAddsItsOnLinkRoute() {
    assertThatThrownBy(() -> connect(stack, "172.16.0.2")).hasRootCauseInstanceOf(NoRouteToHostException.class);
    lab.await(peer.stack().addAddress(IF, IpPrefix.parse("172.16.0.2/16")));
    lab.await(stack.addAddress(IF, IpPrefix.parse("172.16.0.1/16")));
    listen(peer.stack(), "172.16.0.2");
    TcpConnection opened = connect(stack, "172.16.0.2");
    assertThat(opened.localAddress().getAddress().getHostAddress()).isEqualTo("172.16.0.1");
    opened.abort();
  }

  @Test
  @Requirement("RFC5227-2.4-10")
  void removingAnAddressResetsItsConnectionsAndSendsNothingAfterwards() {
    lab.await(stack.addAddress(IF, IpPrefix.parse("10.0.0.77/24")));
    List<TcpConnection> served = listen(stack, "0.0.0.0");
    TcpConnection moving = connect(peer.stack(), "10.0.0.77");
    TcpConnection staying = connect(peer.stack(), "10.0.0.1");
    lab.run(() -> moving.receive().subscribe(ByteBuf::release, error -> {}));
    lab.run(() -> served.getFirst().send(Mono.just(bytes(2_000_000))).subscribe(done -> {}, error -> {}));
    lab.advance(Duration.ofMillis(3));
    List<String> sent = sent();

    lab.await(stack.removeAddress(IpAddress.parse("10.0.0.77")));
    CloseReport report = lab.await(served.getFirst().onClose());
    assertThat(report.cause()).isEqualTo(CloseCause.ADDRESS_REMOVED);
    assertThat(report.endedBy()).isEqualTo(CloseReport.Party.STACK);
    assertThat(report.toString()).startsWith("Our address was removed");
    assertThat(lab.await(moving.onClose()).cause()).isEqualTo(CloseCause.RESET_BY_PEER);
    // Nothing follows the reset.
    sent.clear();
    lab.advance(Duration.ofMinutes(2));
    assertThat(sent).noneMatch(frame -> frame.contains("77"));
    // The other connection and the listener are not affected.
    assertThat(served).hasSize(2);
    lab.run(() -> served.get(1).receive().subscribe(ByteBuf::release, error -> {}));
    lab.await(staying.sendAcknowledged(Mono.just(bytes(1))));
    connect(peer.stack(), "10.0.0.1").abort();
    assertThatThrownBy(() -> connect(peer.stack(), "10.0.0.77")).hasMessageContaining("No route to host");
  }

  @Test
  void socketsBoundToARemovedAddressWorkAgainAfterItsReturn() {
    lab.await(stack.addAddress(IF, IpPrefix.parse("10.0.0.77/24")));
    List<TcpConnection> served = listen(stack, "10.0.0.77");
    var bound = lab.await(stack.udp().bind(new InetSocketAddress("10.0.0.77", 9)));
    lab.await(stack.removeAddress(IpAddress.parse("10.0.0.77")));
    var to = new InetSocketAddress("10.0.0.2", 9);
    assertThatThrownBy(() -> lab.await(bound.send(Mono.just(Datagram.to(to, bytes(1))))))
        .hasRootCauseInstanceOf(BindException.class).hasMessageContaining("Cannot assign requested address");
    assertThatThrownBy(() -> lab.await(stack.tcp().listen(new InetSocketAddress("10.0.0.77", 8)).next()))
        .hasRootCauseInstanceOf(BindException.class);

    lab.await(stack.addAddress(IF, IpPrefix.parse("10.0.0.77/24")));
    lab.advance(Duration.ofSeconds(3));
    TcpConnection opened = connect(peer.stack(), "10.0.0.77");
    lab.advance(Duration.ofMillis(50));
    assertThat(served).hasSize(1);
    opened.abort();
    lab.await(bound.send(Mono.just(Datagram.to(to, bytes(1)))));
  }

  @Test
  void removingTheLastAddressOfANetworkRemovesItsRoutes() {
    lab.await(stack.addAddress(IF, IpPrefix.parse("172.16.0.1/16")));
    lab.await(stack.addRoute(IpPrefix.parse("0.0.0.0/0"), IpAddress.parse("172.16.0.9")));
    lab.await(stack.addRoute(IpPrefix.parse("198.51.100.0/24"), IpAddress.parse("10.0.0.2")));
    assertThat(source("203.0.113.1")).isEqualTo("172.16.0.1");
    assertThat(source("198.51.100.1")).isEqualTo("10.0.0.1");

    lab.await(stack.removeAddress(IpAddress.parse("172.16.0.1")));
    assertThatThrownBy(() -> source("203.0.113.1")).hasRootCauseInstanceOf(NoRouteToHostException.class);
    assertThatThrownBy(() -> source("172.16.0.2")).hasRootCauseInstanceOf(NoRouteToHostException.class);
    assertThat(source("198.51.100.1")).isEqualTo("10.0.0.1");
    lab.await(stack.removeRoute(IpPrefix.parse("198.51.100.0/24"), IpAddress.parse("10.0.0.2")));
    assertThatThrownBy(() -> source("198.51.100.1")).hasRootCauseInstanceOf(NoRouteToHostException.class);
  }

  @Test
  void anotherAddressOfTheNetworkKeepsItsRoutes() {
    lab.await(stack.addRoute(IpPrefix.parse("0.0.0.0/0"), IpAddress.parse("10.0.0.2")));
    lab.await(stack.addAddress(IF, IpPrefix.parse("10.0.0.77/24")));
    lab.await(stack.removeAddress(IpAddress.parse("10.0.0.1")));
    assertThat(source("10.0.0.2")).isEqualTo("10.0.0.77");
    assertThat(source("203.0.113.1")).isEqualTo("10.0.0.77");
    assertThat(lab.await(stack.icmp().ping(IpAddress.parse("10.0.0.2")))).isNotNull();
  }

  private String source(String to) {
    var socket = lab.await(stack.udp().connect(new InetSocketAddress(to, 9)));
    lab.await(socket.close());
    return socket.localAddress().getAddress().getHostAddress();
  }

  @Test
  void removingANetworkForgetsItsNeighboursAndPathMtus() {
    IpAddress other = IpAddress.parse("172.16.0.2");
    lab.await(peer.stack().addAddress(IF, IpPrefix.parse("172.16.0.2/16")));
    lab.await(stack.addAddress(IF, IpPrefix.parse("172.16.0.1/16")));
    lab.await(stack.icmp().ping(other));
    lab.run(() -> {
      Inside.shard(stack).ip().destination(other).lowerMtu(1000);
      assertThat(Inside.shard(stack).ip().destination(other).mtu()).isEqualTo(1000);
    });
    lab.await(stack.removeAddress(IpAddress.parse("172.16.0.1")));
    lab.await(stack.addAddress(IF, IpPrefix.parse("172.16.0.1/16")));
    List<String> sent = sent();
    lab.run(() -> assertThat(Inside.shard(stack).ip().destination(other).mtu()).isEqualTo(1500));
    assertThat(lab.await(stack.icmp().ping(other))).isNotNull();
    assertThat(sent).contains("arp 1>2");
  }

  @Test
  void invalidChangesFailAndChangeNothing() {
    refused(stack.addAddress("if9", IpPrefix.parse("10.0.0.77/24")), "no interface if9");
    refused(stack.addAddress("lo", IpPrefix.parse("10.0.0.77/24")), "no interface lo");
    refused(stack.addAddress(IF, IpPrefix.parse("10.0.0.1/24")), "already");
    refused(stack.addAddress(IF, IpPrefix.parse("127.0.0.5/8")), "already");
    refused(stack.addAddress(IF, IpPrefix.parse("10.0.0.255/24")), "cannot have");
    refused(stack.removeAddress(IpAddress.parse("10.0.0.77")), "not an address of this host");
    refused(stack.addRoute(IpPrefix.parse("0.0.0.0/0"), IpAddress.parse("172.16.0.9")), "not on the link");
    refused(stack.removeRoute(IpPrefix.parse("0.0.0.0/0"), IpAddress.parse("10.0.0.2")), "no route");
    assertThatThrownBy(() -> IpPrefix.parse("nonsense")).isInstanceOf(IllegalArgumentException.class);
    assertThat(lab.await(stack.icmp().ping(peer.address()))).isNotNull();
  }

  private void refused(Mono<Void> change, String why) {
    int routes = lab.call(() -> Inside.shard(stack).ip().routes().routes().size());
    assertThatThrownBy(() -> lab.await(change)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(why);
    assertThat(lab.call(() -> Inside.shard(stack).ip().routes().routes())).hasSize(routes);
  }

  @Test
  void changesOfAStoppedHostFail() {
    lab.await(stack.stop());
    assertThatThrownBy(() -> lab.await(stack.addAddress(IF, IpPrefix.parse("10.0.0.77/24"))))
        .hasRootCauseInstanceOf(IOException.class).hasMessageContaining("Network stack stopped");
  }

  @Test
  void removingAnAddressTwiceConcurrentlySucceeds() {
    lab.await(stack.addAddress(IF, IpPrefix.parse("10.0.0.77/24")));
    lab.await(Mono.when(stack.removeAddress(IpAddress.parse("10.0.0.77")),
        stack.removeAddress(IpAddress.parse("10.0.0.77"))));
    assertThat(lab.call(() -> Inside.shard(stack).ip().isLocal(IpAddress.parse("10.0.0.77")))).isFalse();
  }

  @Test
  void aHandshakeFromARemovedAddressFails() {
    lab.await(stack.addAddress(IF, IpPrefix.parse("10.0.0.77/24")));
    host.wire().cut();
    Mono<TcpConnection> opening = stack.tcp().bindAddress(new InetSocketAddress("10.0.0.77", 0)).connect("10.0.0.2", 7)
        .cache();
    lab.run(() -> opening.subscribe(c -> {}, e -> {}));
    lab.advance(Duration.ofMillis(10));
    lab.await(stack.removeAddress(IpAddress.parse("10.0.0.77")));
    assertThatThrownBy(() -> lab.await(opening)).hasMessageContaining("Software caused connection abort");
    host.wire().mend();
  }
}
