package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.netty.StackAddressResolverGroup;
import io.reactorstack.netty.StackLoopResources;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.MulticastGroup;
import io.reactorstack.udp.UdpConnection;
import io.reactorstack.udp.UdpSettings;
import java.net.BindException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.tcp.TcpClient;
import reactor.netty.udp.UdpClient;

/**
 * A host on two links with the same prefix fe80::/64; on each link there is a station with the address fe80::2 (RFC
 * 4007).
 */
@Timeout(60)
class ZonesTest {

  private Lab lab;
  private Host host;
  private Host left;
  private Host right;

  @BeforeEach
  void start() {
    lab = Lab.virtual(1);
    Switch leftLan = lab.newSwitch("leftLan");
    Switch rightLan = lab.newSwitch("rightLan");
    host = lab.host("host").on(leftLan, "fe80::1/64").on(rightLan, "fe80::11/64").start();
    left = lab.host("left").on(leftLan, "fe80::2/64").start();
    right = lab.host("right").on(rightLan, "fe80::2/64").start();
    serve(left, "left");
    serve(right, "right");
  }

  @AfterEach
  void close() {
    lab.close();
  }

  private static ByteBuf bytes(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
  }

  private static String text(Datagram datagram) {
    String text = datagram.payload().toString(StandardCharsets.US_ASCII);
    datagram.release();
    return text;
  }

  /** Starts a TCP server that sends its name and closes. */
  private static void serve(Host on, String name) {
    on.stack().tcp().listen(7).subscribe(
        connection -> connection.send(Mono.just(bytes(name))).then(Mono.defer(connection::close)).subscribe());
  }

  private String named(TcpConnection connection) {
    return lab.await(connection.receive().map(buffer -> {
      String part = buffer.toString(StandardCharsets.US_ASCII);
      buffer.release();
      return part;
    }).reduce("", String::concat));
  }

  private TcpConnection connect(String to) {
    return lab.await(host.stack().tcp().connect(to, 7));
  }

  private static Endpoint endpoint(String address, int port) {
    return new Endpoint(IpAddress.parse(address), port);
  }

  private static InetSocketAddress scoped(String address, int index, int port) {
    try {
      return new InetSocketAddress(Inet6Address.getByAddress(null, IpAddress.parse(address).bytes(), index), port);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aZoneSelectsTheLinkOfAPing() {
    assertThat(lab.await(host.stack().icmp().ping("fe80::2%if0")).from()).hasToString("fe80::2%if0");
    assertThat(lab.await(host.stack().icmp().ping("fe80::2%if1")).from()).hasToString("fe80::2%if1");
    // The loopback interface has index 1.
    assertThat(lab.await(host.stack().icmp().ping("fe80::2%3")).from()).hasToString("fe80::2%if1");
    assertThat(lab.await(host.stack().icmp().ping("ff02::1%if1")).from()).hasToString("fe80::2%if1");
  }

  @Test
  void withoutAZoneTheErrorNamesTheInterfaces() {
    String fault = "No route to host: fe80::2 may be on the link of if0 or if1: name it, as in fe80::2%if0";
    assertThatThrownBy(() -> lab.await(host.stack().icmp().ping("fe80::2")))
        .cause().isInstanceOf(NoRouteToHostException.class).hasMessage(fault);
    assertThatThrownBy(() -> connect("fe80::2")).hasStackTraceContaining(fault);
    UdpConnection socket = lab.await(host.stack().udp().bind(0));
    assertThatThrownBy(() -> lab.await(socket.send(Mono.just(
        Datagram.to(new Endpoint(IpAddress.parse("fe80::2"), 7), bytes("?")))))).hasStackTraceContaining(fault);
    assertThatThrownBy(() -> connect("fe80::2%eth9"))
        .hasRootCauseMessage("No route to host: there is no interface eth9 for fe80::2%eth9");
  }

  @Test
  void aHostOnOneLinkNeedsNoZone() {
    assertThat(lab.await(left.stack().icmp().ping("fe80::1")).from()).hasToString("fe80::1%if0");
    assertThat(lab.await(left.stack().icmp().ping("fe80::2")).from()).hasToString("fe80::2");
    assertThat(lab.await(left.stack().icmp().ping("fe80::2%if0")).from()).hasToString("fe80::2");
  }

  @Test
  void connectionsToTheSameAddressInTwoZonesAreTwoConnections() {
    TcpConnection toLeft = connect("fe80::2%if0");
    TcpConnection toRight = connect("fe80::2%3");
    assertThat(toLeft.remoteAddress().getAddress().getHostAddress()).isEqualTo("fe80:0:0:0:0:0:0:2%2");
    assertThat(toRight.remoteAddress().getAddress().getHostAddress()).isEqualTo("fe80:0:0:0:0:0:0:2%3");
    assertThat(toLeft.localAddress().getAddress().getHostAddress()).isEqualTo("fe80:0:0:0:0:0:0:1");
    assertThat(toRight.localAddress().getAddress().getHostAddress()).isEqualTo("fe80:0:0:0:0:0:0:11");
    assertThat(named(toLeft)).isEqualTo("left");
    assertThat(named(toRight)).isEqualTo("right");
  }

  @Test
  void anAcceptedConnectionHasThePeersZone() {
    List<String> peers = new ArrayList<>();
    host.stack().tcp().listen(8).subscribe(connection -> {
      peers.add(connection.remoteAddress().getAddress().getHostAddress());
      connection.send(Mono.just(bytes("host"))).then(Mono.defer(connection::close)).subscribe();
    });
    assertThat(named(lab.await(right.stack().tcp().connect("fe80::11", 8)))).isEqualTo("host");
    assertThat(named(lab.await(left.stack().tcp().connect("fe80::1", 8)))).isEqualTo("host");
    assertThat(peers).containsExactly("fe80:0:0:0:0:0:0:2%3", "fe80:0:0:0:0:0:0:2%2");
  }

  @Test
  void aDatagramIsAnsweredOnTheLinkOnWhichItCame() {
    UdpConnection socket = lab.await(host.stack().udp().bind(9));
    List<String> senders = new ArrayList<>();
    lab.run(() -> socket.send(socket.receive().map(datagram -> {
      senders.add(datagram.remote().address().toString());
      return datagram.reply(datagram.payload());
    })).subscribe());
    for (Host from : List.of(right, left)) {
      String own = from == left ? "fe80::1" : "fe80::11";
      UdpConnection asking = lab.await(from.stack().udp().connect(own, 9));
      lab.await(asking.send(Mono.just(Datagram.toPeer(bytes(from.name())))));
      assertThat(text(lab.await(asking.receive().next()))).isEqualTo(from.name());
    }
    assertThat(senders).containsExactly("fe80::2%if1", "fe80::2%if0");
  }

  @Test
  void aConnectedSocketReceivesFromItsZoneOnly() {
    UdpConnection toRight = lab.await(host.stack().udp().connect("fe80::2%if1", 9));
    UdpConnection leftSocket = lab.await(left.stack().udp().bind(9));
    UdpConnection rightSocket = lab.await(right.stack().udp().bind(9));
    int port = toRight.localAddress().getPort();
    List<String> got = new ArrayList<>();
    lab.run(() -> toRight.receive().subscribe(datagram -> got.add(text(datagram))));
    lab.await(leftSocket.send(Mono.just(Datagram.to(new Endpoint(IpAddress.parse("fe80::1"), port), bytes("left")))));
    lab.await(
        rightSocket.send(Mono.just(Datagram.to(new Endpoint(IpAddress.parse("fe80::11"), port), bytes("right")))));
    lab.advance(Duration.ofSeconds(1));
    assertThat(got).containsExactly("right");
  }

  @Test
  void anIcmpErrorFindsTheSocketOfItsZone() {
    UdpConnection toRight = lab.await(host.stack().udp().connect("fe80::2%if1", 99));
    lab.await(toRight.send(Mono.just(Datagram.toPeer(bytes("?")))));
    lab.advance(Duration.ofSeconds(1));
    assertThatThrownBy(() -> lab.await(toRight.send(Mono.just(Datagram.toPeer(bytes("?"))))))
        .cause().isInstanceOf(PortUnreachableException.class);
  }

  @Test
  void aGroupIsJoinedAndAddressedInOneZone() {
    UdpConnection member = lab.await(host.stack().udp().bind(5353));
    lab.await(member.join(MulticastGroup.of("ff02::77%if1")));
    List<String> got = new ArrayList<>();
    lab.run(() -> member.receive()
        .subscribe(datagram -> got.add(datagram.remote().address() + " " + text(datagram))));
    for (Host from : List.of(left, right)) {
      UdpConnection socket = lab.await(from.stack().udp().bind(0));
      lab.await(
          socket.send(Mono.just(Datagram.to(new Endpoint(IpAddress.parse("ff02::77"), 5353), bytes(from.name())))));
    }
    lab.advance(Duration.ofSeconds(1));
    assertThat(got).containsExactly("fe80::2%if1 right");

    UdpConnection onRight = lab.await(right.stack().udp().bind(5354));
    UdpConnection onLeft = lab.await(left.stack().udp().bind(5354));
    lab.await(onRight.join(MulticastGroup.of("ff02::77")));
    lab.await(onLeft.join(MulticastGroup.of("ff02::77")));
    List<String> heard = new ArrayList<>();
    lab.run(() -> onRight.receive().subscribe(datagram -> heard.add("right " + text(datagram))));
    lab.run(() -> onLeft.receive().subscribe(datagram -> heard.add("left " + text(datagram))));
    lab.await(member.send(Mono.just(Datagram.to(new Endpoint(IpAddress.parse("ff02::77%if0"), 5354), bytes("hello")))));
    lab.advance(Duration.ofSeconds(1));
    assertThat(heard).containsExactly("left hello");
  }

  @Test
  void ownAddressesAreBoundInTheirZone() {
    UdpConnection bound = lab.await(host.stack().udp().bind(endpoint("fe80::11%if1", 77), UdpSettings.DEFAULT));
    assertThat(bound.localAddress()).isEqualTo(endpoint("fe80::11", 77).toInetSocketAddress());
    assertThatThrownBy(() -> lab.await(host.stack().udp().bind(endpoint("fe80::11%if0", 78), UdpSettings.DEFAULT)))
        .hasRootCauseInstanceOf(BindException.class);
    assertThatThrownBy(() -> lab.await(host.stack().tcp().listen(scoped("fe80::11", 2, 78))
        .next())).hasRootCauseInstanceOf(SocketException.class);
  }

  @Test
  void theScopeOfASocketAddressIsTheIndexOfTheInterface() {
    for (int index : new int[] {2, 3}) {
      InetSocketAddress remote = scoped("fe80::2", index, 7);
      Connection connection = lab.await(TcpClient.create(ConnectionProvider.newConnection())
          .runOn(StackLoopResources.of(host.stack())).remoteAddress(() -> remote).connect());
      String name = lab.await(connection.inbound().receive().asString().reduce("", String::concat));
      assertThat(name).isEqualTo(index == 2 ? "left" : "right");
      connection.dispose();
    }
  }

  @Test
  void theScopeSelectsTheLinkOfADatagramChannel() {
    for (Host on : List.of(left, right)) {
      UdpConnection socket = lab.await(on.stack().udp().bind(9));
      lab.run(() -> socket.send(socket.receive().map(datagram -> {
        datagram.release();
        return datagram.reply(bytes(on.name()));
      })).subscribe(sent -> {
      }, stopped -> {
      }));
    }
    for (int index : new int[] {2, 3}) {
      Connection channel = lab.await(UdpClient.create().runOn(StackLoopResources.of(host.stack()))
          .remoteAddress(() -> scoped("fe80::2", index, 9)).connect());
      lab.await(channel.outbound().sendString(Mono.just("who?")).then());
      assertThat(lab.await(channel.inbound().receive().asString().next())).isEqualTo(index == 2 ? "left" : "right");
      channel.dispose();
    }
  }

  @Test
  void aNameOfAZoneIsResolvedForChannels() {
    Connection connection = lab.await(TcpClient.create(ConnectionProvider.newConnection())
        .runOn(StackLoopResources.of(host.stack())).resolver(
            StackAddressResolverGroup.of(host.stack()))
        .remoteAddress(() -> InetSocketAddress.createUnresolved("fe80::2%if1", 7)).connect());
    assertThat(lab.await(connection.inbound().receive().asString().reduce("", String::concat))).isEqualTo("right");
    connection.dispose();
  }

  @Test
  void aLinkLocalGatewayIsNamedWithItsZone() {
    lab.await(host.stack().addRoute(IpPrefix.parse("2001:db8::/32"),
        IpAddress.parse("fe80::2%if1")));
    lab.await(right.stack().addAddress("if0", IpPrefix.parse("2001:db8::5/128")));
    lab.await(host.stack().addAddress("if1", IpPrefix.parse("2001:db8:9::1/128")));
    lab.await(right.stack().addRoute(IpPrefix.parse("2001:db8:9::1/128"),
        IpAddress.parse("fe80::11")));
    assertThat(lab.await(host.stack().icmp().ping("2001:db8::5")).from()).hasToString("2001:db8::5");
    assertThatThrownBy(() -> lab.await(host.stack().addRoute(
        IpPrefix.parse("2001:db9::/32"), IpAddress.parse("fe80::2%eth9"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the gateway fe80::2%eth9 is not on the link of any interface");
  }
}
