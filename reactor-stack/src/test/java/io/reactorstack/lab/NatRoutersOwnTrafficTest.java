package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.reactorstack.icmp.Hop;
import io.reactorstack.icmp.IcmpError;
import io.reactorstack.icmp.PingOptions;
import io.reactorstack.icmp.PingReply;
import io.reactorstack.icmp.TraceOptions;
import io.reactorstack.nat.NatFiltering;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpConnection;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A router that translates addresses shares the ports of its outside address with the hosts behind it. */
class NatRoutersOwnTrafficTest {

  private static final String OUTSIDE = "192.0.2.1";
  private static final String SERVER = "192.0.2.10";
  private static final int FIRST = 5000;
  private static final int LAST = 5004;

  private final Lab lab = Lab.virtual(1);
  private final Switch internet = lab.newSwitch("internet");
  private final Switch home = lab.newSwitch("home");
  private final Host router = lab.router("router").on(internet, OUTSIDE + "/24").on(home, "10.0.0.1/24")
      .nat(nat -> nat.withFiltering(NatFiltering.ENDPOINT_INDEPENDENT))
      .stack(stack -> stack.ephemeralPorts(FIRST, LAST)).start();
  private final Host left = lab.host("left").on(home, "10.0.0.2/24").gateway("10.0.0.1").start();
  private final Host right = lab.host("right").on(home, "10.0.0.3/24").gateway("10.0.0.1").start();
  private final Host server = lab.host("server").on(internet, SERVER + "/24").start();

  @AfterEach
  void close() {
    lab.advance(Duration.ofSeconds(30));
    for (Host host : lab.hosts()) {
      FrameBalance.assertBalanced(host.stack());
      assertThat(host.stack().drops().snapshot()).as(host.name()).doesNotContainKey("stage.STAGE_FAULT");
    }
    lab.close();
  }

  private static Datagram datagram(String to, int port) {
    return Datagram.to(new Endpoint(IpAddress.parse(to), port), Unpooled.copiedBuffer(new byte[] {1}));
  }

  /** Sends a datagram to the server from {@code port} of {@code host}, so that the router has a mapping. */
  private UdpConnection map(Host host, int port) {
    UdpConnection socket = lab.await(host.stack().udp().bind(port));
    lab.await(socket.send(Mono.just(datagram(SERVER, 9))));
    lab.advance(Duration.ofMillis(10));
    return socket;
  }

  @Test
  void socketsOfTheRouterGetNoPortWithAMapping() {
    for (int port = FIRST; port < LAST; port++) {
      map(left, port);
    }
    UdpConnection own = lab.await(router.stack().udp().bind(0));
    assertThat(own.localAddress().getPort()).isEqualTo(LAST);
    assertThatThrownBy(() -> lab.await(router.stack().udp().bind(0))).hasRootCauseInstanceOf(BindException.class);
    // The port of a mapping is free on the inside address.
    InetSocketAddress inside = new InetSocketAddress("10.0.0.1", 0);
    assertThat(lab.await(router.stack().udp().bind(inside)).localAddress().getPort()).isBetween(FIRST, LAST - 1);
  }

  @Test
  void connectionsOfTheRouterGetNoPortWithAMapping() {
    server.stack().tcp().listen(80).subscribe(connection -> connection.send(connection.receive()).subscribe());
    InetSocketAddress web = new InetSocketAddress(SERVER, 80);
    for (int port = FIRST; port < LAST; port++) {
      lab.await(left.stack().tcp().bindAddress(new InetSocketAddress("10.0.0.2", port)).connect(web));
    }
    assertThat(lab.await(router.stack().tcp().connect(web)).localAddress().getPort()).isEqualTo(LAST);
    assertThatThrownBy(() -> lab.await(router.stack().tcp().connect(web))).hasRootCauseInstanceOf(BindException.class);
  }

  @Test
  void aPortWithAMappingIsInUse() {
    map(left, FIRST);
    server.stack().tcp().listen(80).subscribe();
    InetSocketAddress web = new InetSocketAddress(SERVER, 80);
    lab.await(left.stack().tcp().bindAddress(new InetSocketAddress("10.0.0.2", FIRST)).connect(web));
    InetSocketAddress taken = new InetSocketAddress(OUTSIDE, FIRST);
    assertThatThrownBy(() -> lab.await(router.stack().udp().bind(taken)))
        .hasRootCauseInstanceOf(BindException.class).hasMessageContaining("in use");
    assertThatThrownBy(() -> lab.await(router.stack().tcp().bindAddress(taken).connect(web)))
        .hasRootCauseInstanceOf(BindException.class).hasMessageContaining("in use");
  }

  @Test
  void hostsPingWhileTheRouterTraces() {
    List<Hop> hops = new ArrayList<>();
    router.stack().icmp().trace(IpAddress.parse("192.0.2.77"), TraceOptions.DEFAULT.icmp()).subscribe(hops::add);
    lab.advance(Duration.ofMillis(100));
    assertThat(lab.await(left.stack().icmp().ping(IpAddress.parse(SERVER), PingOptions.DEFAULT).next()))
        .isInstanceOf(PingReply.class);
    assertThat(hops).isEmpty();
  }

  @Test
  void errorsOfTheRouterAboutHairpinnedPacketsReachTheirSender() {
    map(right, 6000);
    UdpConnection socket = lab.await(left.stack().udp().bind(4000));
    List<IcmpError> errors = new ArrayList<>();
    socket.icmpErrors().subscribe(errors::add);
    lab.await(socket.send(Mono.just(datagram(OUTSIDE, 6000).withHopLimit(1))));
    lab.advance(Duration.ofSeconds(1));
    assertThat(errors).extracting(IcmpError::kind).containsExactly(IcmpError.Kind.HOP_LIMIT_EXCEEDED);
    right.wires().getFirst().cut();
    lab.advance(Duration.ofMinutes(2));
    lab.await(socket.send(Flux.just(datagram(OUTSIDE, 6000))));
    lab.advance(Duration.ofSeconds(10));
    assertThat(errors).extracting(IcmpError::kind)
        .containsExactly(IcmpError.Kind.HOP_LIMIT_EXCEEDED, IcmpError.Kind.HOST_UNREACHABLE);
    assertThat(errors).allSatisfy(error -> {
      assertThat(error.quote().source()).isEqualTo(IpAddress.parse("10.0.0.2"));
      assertThat(error.quote().sourcePort()).isEqualTo(4000);
      assertThat(error.quote().destination()).isEqualTo(IpAddress.parse(OUTSIDE));
      assertThat(error.quote().destinationPort()).isEqualTo(6000);
    });
  }
}
