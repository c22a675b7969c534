package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.reactorstack.InterfaceInfo;
import io.reactorstack.InterfaceInfo.Capability;
import io.reactorstack.PathInfo;
import io.reactorstack.device.FrameObserver.Direction;
import io.reactorstack.name.NameResolver;
import io.reactorstack.packet.AddressPolicy;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.telemetry.Story;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.SeenFrame;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpConnection;
import io.reactorstack.udp.UdpSettings;
import io.reactorstack.wire.IpProtocol;
import java.net.BindException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Hosts of the lab with addresses of both IP versions, and with several of one. */
@Timeout(60)
class AddressSelectionInTheLabTest {

  private static final String V4 = "10.0.0.2";
  private static final String V6 = "2001:db8::2";

  private Lab lab;
  private Switch lan;
  private Host client;
  private Host server;
  private final List<IpAddress> answer = new ArrayList<>();

  @BeforeEach
  void start() {
    lab = Lab.virtual(1);
    lan = lab.newSwitch("lan");
    server = lab.host("server").address("10.0.0.2/24").connectTo(lan);
    lab.await(server.stack().addAddress("if0", IpPrefix.parse(V6 + "/64")));
    client = lab.host("client").address("10.0.0.1/24").stack(s -> s.resolver(started -> names())).connectTo(lan);
    server.stack().tcp().listen(7).subscribe(connection -> connection.close().subscribe());
    answer.addAll(List.of(IpAddress.parse(V4), IpAddress.parse(V6)));
  }

  private NameResolver names() {
    return name -> Flux.defer(() -> Flux.fromIterable(List.copyOf(answer)));
  }

  @AfterEach
  void close() {
    lab.close();
  }

  private List<String> resolved() {
    return lab.await(client.stack().resolver().resolve("server.example").collectList()).stream()
        .map(IpAddress::toString).toList();
  }

  @Test
  @Requirement("RFC6724-8-01")
  void theOrderFollowsTheAddressesOfTheHost() {
    assertThat(resolved()).containsExactly(V4, V6);
    lab.await(client.stack().addAddress("if0", IpPrefix.parse("2001:db8::1/64")));
    assertThat(resolved()).containsExactly(V6, V4);
    assertThat(lab.await(client.stack().sorted(answer))).hasToString("[2001:db8::2, 10.0.0.2]");
    lab.await(client.stack().removeAddress(IpAddress.parse("2001:db8::1")));
    assertThat(resolved()).containsExactly(V4, V6);
  }

  @Test
  @Requirement("RFC6724-2-01")
  void aClientTriesTheNextAddressIfTheFirstDoesNotAnswer() {
    lab.await(client.stack().addAddress("if0", IpPrefix.parse("2001:db8::1/64")));
    answer.set(1, IpAddress.parse("2001:db8::99"));
    TcpConnection connection = lab.await(client.stack().tcp().connect("server.example", 7));
    assertThat(connection.remoteAddress().getAddress().getHostAddress()).isEqualTo(V4);
  }

  @Test
  @Requirement({"RFC6724-1-01", "RFC6724-4-05"})
  void theSourceThatTheApplicationHasChosenIsUsed() {
    lab.await(client.stack().addAddress("if0", IpPrefix.parse("2001:db8::1/64")));
    lab.await(client.stack().addAddress("if0", IpPrefix.parse("fd00::1/64")));
    lab.await(client.stack().addRoute(IpPrefix.parse("::/0"), IpAddress.parse(V6)));
    lab.await(server.stack().addRoute(IpPrefix.parse("fd00::/64"), IpAddress.parse("2001:db8::1")));
    assertThat(local(lab.await(client.stack().tcp().connect(V6, 7)))).isEqualTo("2001:db8:0:0:0:0:0:1");
    assertThat(local(lab.await(client.stack().tcp().bindAddress(
        new Endpoint(IpAddress.parse("fd00::1"), 0).toInetSocketAddress()).connect(V6, 7))))
        .isEqualTo("fd00:0:0:0:0:0:0:1");
  }

  private static String local(TcpConnection connection) {
    return connection.localAddress().getAddress().getHostAddress();
  }

  @Test
  @Requirement("RFC6724-4-04")
  void aSourceThatIsNoCandidateIsRefused() {
    Switch second = lab.newSwitch("second");
    Host two = lab.host("two").on(lan, "fe80::21/64").on(second, "fe80::22/64").start();
    Endpoint wrong = new Endpoint(IpAddress.parse("fe80::21"), 0);
    assertThatThrownBy(() -> lab.await(two.stack().tcp().bindAddress(wrong.toInetSocketAddress())
        .connect("fe80::9%if1", 7))).hasRootCauseInstanceOf(BindException.class)
        .hasRootCauseMessage("Cannot assign requested address: fe80::21");
    UdpConnection socket = lab.await(two.stack().udp().bind(wrong, UdpSettings.DEFAULT));
    Datagram datagram = Datagram.to(new Endpoint(IpAddress.parse("fe80::9%if1"), 7), Unpooled.buffer());
    assertThatThrownBy(() -> lab.await(socket.send(Mono.just(datagram))))
        .hasRootCauseInstanceOf(SocketException.class)
        .hasRootCauseMessage("Invalid argument: fe80::21 cannot leave this host");
  }

  @Test
  @Requirement("RFC4443-2.2-04")
  void anEchoRequestHasTheSourceThatAddressSelectionChooses() {
    lab.await(client.stack().addAddress("if0", IpPrefix.parse("2001:db8::1/64")));
    lab.await(client.stack().addAddress("if0", IpPrefix.parse("fd00::1/64")));
    lab.await(server.stack().addAddress("if0", IpPrefix.parse("fd00::2/64")));
    List<String> sources = new ArrayList<>();
    client.observe((direction, frame, nanos) -> {
      var ip = SeenFrame.ethernet(frame.payload()).ip();
      if (direction == Direction.SENT && ip != null
          && ip.protocol() == IpProtocol.ICMPV6 && ip.destination().toString().startsWith("fd00")) {
        sources.add(ip.source().toString());
      }
    });
    assertThat(lab.await(client.stack().icmp().ping("fd00::2")).from()).hasToString("fd00::2");
    assertThat(sources).isNotEmpty().containsOnly("fd00::1");
  }

  @Test
  void theConfigurationChangesThePolicy() {
    Host v4First = lab.host("v4First").address("10.0.0.3/24")
        .stack(s -> s.resolver(started -> names()).addressSelection(a -> a.withPolicy(
            AddressPolicy.DEFAULT.with(IpPrefix.parse("0.0.0.0/0"), 100, 4))))
        .connectTo(lan);
    lab.await(v4First.stack().addAddress("if0", IpPrefix.parse("2001:db8::3/64")));
    assertThat(lab.await(v4First.stack().resolver().resolve("server.example").collectList()))
        .hasToString("[10.0.0.2, 2001:db8::2]");
  }

  // ---- interfaces and paths

  @Test
  @Requirement("RFC1122-3.3.7-04")
  void interfacesTellWhatTheyCanDo() {
    List<InterfaceInfo> interfaces = lab.await(client.stack().interfaces());
    assertThat(interfaces).extracting(InterfaceInfo::name).containsExactly("lo", "if0");
    assertThat(interfaces).extracting(InterfaceInfo::index).containsExactly(1, 2);
    InterfaceInfo lo = interfaces.get(0);
    InterfaceInfo if0 = interfaces.get(1);
    assertThat(lo.capabilities()).containsExactlyInAnyOrder(Capability.UP, Capability.LOOPBACK, Capability.MULTICAST);
    assertThat(if0.capabilities()).containsExactlyInAnyOrder(Capability.UP, Capability.BROADCAST,
        Capability.MULTICAST);
    assertThat(if0.macAddress()).isEqualTo(client.macAddress());
    assertThat(if0.addresses()).contains(IpPrefix.parse("10.0.0.1/24"));
    client.wire().unplug();
    assertThat(lab.await(client.stack().interfaces()).get(1).capabilities()).doesNotContain(Capability.UP);
  }

  @Test
  @Requirement({"RFC1122-3.3.2-04", "RFC1122-3.3.3-05"})
  void aTransportLearnsTheLongestMessagesAndTheMtuIsASetting() {
    Host small = lab.host("small").address("10.0.0.4/24").stack(s -> s.mtu("if0", 1300)).connectTo(lan);
    PathInfo path = lab.await(small.stack().path(IpAddress.parse(V4)));
    assertThat(path).isEqualTo(new PathInfo("if0", IpAddress.parse(V4), IpAddress.parse("10.0.0.4"),
        IpAddress.parse("10.0.0.4"), 1300, 1280, 65515));
    assertThat(lab.await(small.stack().interfaces()).get(1).mtu()).isEqualTo(1300);
    assertThat(lab.await(client.stack().path(IpAddress.parse(V4))).mtu()).isEqualTo(1500);
    lab.await(small.stack().addAddress("if0", IpPrefix.parse("2001:db8::4/64")));
    PathInfo v6 = lab.await(small.stack().path(IpAddress.parse(V6)));
    assertThat(v6.maximumSent()).isEqualTo(1260);
    assertThat(v6.maximumReceived()).isEqualTo(65535);
    // The longest packets that leave are as long as the setting says.
    List<Integer> lengths = new ArrayList<>();
    small.observe((direction, frame, nanos) -> lengths.add(frame.payload().readableBytes() - 14));
    UdpConnection socket = lab.await(small.stack().udp().bind(0));
    lab.await(
        socket.send(Mono.just(Datagram.to(new Endpoint(IpAddress.parse(V4), 9), Unpooled.buffer().writeZero(5000)))));
    lab.advance(Duration.ofSeconds(1));
    assertThat(lengths.stream().mapToInt(each -> each).max().orElse(0)).isBetween(1293, 1300);
  }

  @Test
  @Requirement("RFC8200-5-02")
  void anMtuBelow1280IsRefusedWithAnIpv6Address() {
    assertThatThrownBy(() -> lab.host("v6").address("2001:db8::5/64").stack(s -> s.mtu("if0", 1279)).connectTo(lan))
        .hasStackTraceContaining("needs an MTU of 1280, and the interface has 1279");
    Host least = lab.host("least").address("2001:db8::6/64").stack(s -> s.mtu("if0", 1280)).connectTo(lan);
    assertThat(lab.await(least.stack().icmp().ping(V6)).from()).hasToString(V6);
    assertThatThrownBy(() -> lab.host("large").address("10.0.0.9/24").stack(s -> s.mtu("if0", 1501)).connectTo(lan))
        .hasStackTraceContaining("mtu 1501 is out of range: 68 to 1500 bytes, the MTU of the device");
    assertThatThrownBy(() -> lab.host("none").address("10.0.0.9/24").stack(s -> s.mtu("if7", 1400)).connectTo(lan))
        .hasStackTraceContaining("there is no interface if7");
  }

  @Test
  @Requirement({"RFC1122-3.3.1.6-01", "RFC1122-3.3.1.6-02", "RFC1122-3.3.1.4-02"})
  void theDefaultGatewayOfTheLowestMetricIsUsedWhileItAnswers() {
    Host first = lab.host("first").address("10.0.0.11/24").connectTo(lan);
    lab.host("second").address("10.0.0.12/24").connectTo(lan);
    Host guest = lab.host("guest").address("10.0.0.13/24")
        .stack(s -> s.gateway("10.0.0.12", 20).gateway("10.0.0.11", 10)).connectTo(lan);
    IpAddress far = IpAddress.parse("203.0.113.1");
    assertThat(lab.await(guest.stack().path(far)).nextHop()).hasToString("10.0.0.11");
    first.wire().cut();
    UdpConnection socket = lab.await(guest.stack().udp().bind(0));
    for (int i = 0; i < 20; i++) {
      lab.await(socket.send(Mono.just(Datagram.to(new Endpoint(far, 9), Unpooled.buffer().writeZero(10)))));
      lab.advance(Duration.ofSeconds(1));
    }
    assertThat(lab.await(guest.stack().path(far)).nextHop()).hasToString("10.0.0.12");
    lab.await(guest.stack().addRoute(IpPrefix.parse("0.0.0.0/0"), IpAddress.parse(V4), 5));
    assertThat(lab.await(guest.stack().path(far)).nextHop()).hasToString(V4);
  }

  @Test
  @Requirement({"RFC1122-3.3.1.4-03", "RFC1122-3.3.1.4-04"})
  void gatewaysAreNotPingedWhetherOrNotTheyAreUsed() {
    Story story = Story.create();
    Host gateway = lab.host("gateway").address("10.0.0.11/24").connectTo(lan);
    Host guest = lab.host("guest").address("10.0.0.13/24").gateway("10.0.0.11").connectTo(lan);
    guest.observe(story.observer());
    UdpConnection socket = lab.await(guest.stack().udp().bind(0));
    IpAddress far = IpAddress.parse("203.0.113.1");
    for (int i = 0; i < 200; i++) {
      if (i == 100) {
        gateway.wire().cut();
      }
      lab.await(socket.send(Mono.just(Datagram.to(new Endpoint(far, 9), Unpooled.buffer().writeZero(10)))));
      lab.advance(Duration.ofSeconds(1));
    }
    lab.advance(Duration.ofHours(1));
    assertThat(story.text()).contains("203.0.113.1").doesNotContain("ping ");
    guest.stack().icmp().ping(IpAddress.parse(V4)).subscribe(reply -> {}, timeout -> {});
    lab.advance(Duration.ofSeconds(1));
    assertThat(story.text()).as("what the user pings").contains("ping ");
  }
}
