package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.icmp.Hop;
import io.reactorstack.icmp.IcmpError;
import io.reactorstack.icmp.PingOptions;
import io.reactorstack.icmp.PingReply;
import io.reactorstack.icmp.PingResult;
import io.reactorstack.icmp.TraceOptions;
import io.reactorstack.ip.forward.ForwardDrop;
import io.reactorstack.nat.NatForwarding;
import io.reactorstack.nat.NatMapping;
import io.reactorstack.nat.NatProtocol;
import io.reactorstack.nat.engine.NatDrop;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.routing.ReversePath;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.Requirement;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpConnection;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Two hosts at home behind a router that translates addresses, and two servers on the other side of it. */
class NatInTheLabTest {

  private static final String OUTSIDE = "192.0.2.1";
  private static final String SERVER = "192.0.2.10";
  private static final String OTHER = "192.0.2.11";

  private final Lab lab = Lab.virtual(1);
  private final Switch internet = lab.newSwitch("internet");
  private final Switch home = lab.newSwitch("home");
  private final Host router = lab.router("router").on(internet, OUTSIDE + "/24").on(home, "10.0.0.1/24")
      .nat(nat -> nat.withForwardings(List.of(NatForwarding.of(NatProtocol.TCP, 8080,
          new Endpoint(IpAddress.parse("10.0.0.2"), 80)))))
      .start();
  private final Host left = lab.host("left").on(home, "10.0.0.2/24").gateway("10.0.0.1").start();
  private final Host right = lab.host("right").on(home, "10.0.0.3/24").gateway("10.0.0.1").start();
  private final Host server = lab.host("server").on(internet, SERVER + "/24").start();
  private final Host other = lab.host("other").on(internet, OTHER + "/24").start();
  private final List<InetSocketAddress> peers = new ArrayList<>();

  @AfterEach
  void close() {
    lab.advance(Duration.ofSeconds(30));
    for (Host host : lab.hosts()) {
      FrameBalance.assertBalanced(host.stack());
      assertThat(host.stack().drops().snapshot()).as(host.name()).doesNotContainKey("stage.STAGE_FAULT");
    }
    lab.close();
  }

  private void serve(Host host) {
    host.stack().tcp().listen(80).subscribe(connection -> {
      peers.add(connection.remoteAddress());
      connection.send(connection.receive()).then(connection.shutdownOutput()).subscribe(done -> {
      }, lost -> {
      });
    });
  }

  private long echo(Host from, String to, int port, int octets) {
    return lab.await(from.stack().tcp().connect(new InetSocketAddress(to, port)).flatMap(connection -> Mono.zip(
        connection.receive().map(bytes -> {
          long length = bytes.readableBytes();
          bytes.release();
          return length;
        }).reduce(0L, Long::sum),
        connection.send(Flux.range(0, octets / 1000).map(i -> Unpooled.buffer(1000).writeZero(1000)))
            .then(connection.shutdownOutput()).thenReturn(1),
        (received, sent) -> received)), Duration.ofMinutes(5));
  }

  private List<NatMapping> mappings(NatProtocol protocol) {
    return lab.await(router.stack().natMappings()).stream()
        .filter(mapping -> mapping.protocol() == protocol && !mapping.isForwarding()).toList();
  }

  private PingResult ping(Host from, String to, PingOptions options) {
    return lab.await(from.stack().icmp().ping(IpAddress.parse(to), options).next());
  }

  @Test
  void connectionsFromInsideHaveTheRoutersAddress() {
    serve(server);
    router.wires().getFirst().impair(wire -> wire.loss(0.02).delay(Duration.ofMillis(5)));
    assertThat(echo(left, SERVER, 80, 300_000)).isEqualTo(300_000);
    assertThat(echo(right, SERVER, 80, 300_000)).isEqualTo(300_000);
    assertThat(peers).allSatisfy(peer -> assertThat(peer.getAddress().getHostAddress()).isEqualTo(OUTSIDE));
    assertThat(mappings(NatProtocol.TCP)).extracting(mapping -> mapping.inside().address().toString())
        .containsExactlyInAnyOrder("10.0.0.2", "10.0.0.3");
    // RFC 5382 REQ-5: the transitory timeout is four minutes.
    lab.advance(Duration.ofMinutes(10));
    assertThat(mappings(NatProtocol.TCP)).isEmpty();
  }

  @Test
  void pingsAndLongPingsPass() {
    for (int size : new int[] {56, 20_000}) {
      assertThat(ping(left, SERVER, PingOptions.DEFAULT.size(size))).as("%d octets", size)
          .isInstanceOf(PingReply.class);
      assertThat(ping(right, SERVER, PingOptions.DEFAULT.size(size))).isInstanceOf(PingReply.class);
    }
    assertThat(mappings(NatProtocol.ICMP)).isNotEmpty();
  }

  @Test
  void fragmentsForTheRouterItselfMayArriveInAnyOrder() {
    // Each second frame overtakes the one before. An odd number of fragments changes which ones that are next time.
    server.wires().getFirst().impair(wire -> wire.delay(Duration.ofMillis(5)).reorder("100% gap 2"));
    left.wires().getFirst().impair(wire -> wire.delay(Duration.ofMillis(5)).reorder("100% gap 2"));
    for (int size : new int[] {2000, 3500, 2000, 3500, 2000}) {
      assertThat(ping(server, OUTSIDE, PingOptions.DEFAULT.size(size))).as("%d octets", size)
          .isInstanceOf(PingReply.class);
      assertThat(ping(left, OUTSIDE, PingOptions.DEFAULT.size(size))).as("%d octets from inside", size)
          .isInstanceOf(PingReply.class);
    }
    assertThat(router.stack().drops().snapshot()).isEmpty();
  }

  @Test
  void theRouterIsAHopAndKeepsItsOwnTraffic() {
    serve(server);
    serve(router);
    List<Hop> hops = lab.await(left.stack().icmp().trace(IpAddress.parse(SERVER), TraceOptions.DEFAULT).collectList());
    assertThat(hops.stream().flatMap(hop -> hop.hosts().stream()).map(IpAddress::toString))
        .containsExactly("10.0.0.1", SERVER);
    assertThat(ping(router, SERVER, PingOptions.DEFAULT)).isInstanceOf(PingReply.class);
    assertThat(ping(router, "10.0.0.2", PingOptions.DEFAULT)).isInstanceOf(PingReply.class);
    assertThat(ping(server, OUTSIDE, PingOptions.DEFAULT)).isInstanceOf(PingReply.class);
    assertThat(echo(router, SERVER, 80, 10_000)).isEqualTo(10_000);
    assertThat(echo(left, OUTSIDE, 80, 10_000)).as("the router's own server").isEqualTo(10_000);
    assertThat(echo(server, OUTSIDE, 80, 10_000)).isEqualTo(10_000);
  }

  @Test
  void nobodyOutsideReachesAnInsideHostUninvited() {
    serve(left);
    lab.await(server.stack().addRoute(IpPrefix.parse("10.0.0.0/24"), IpAddress.parse(OUTSIDE)));
    assertThat(ping(server, "10.0.0.2", PingOptions.DEFAULT)).isNotInstanceOf(PingReply.class);
    assertThat(lab.await(server.stack().tcp().connect(new InetSocketAddress("10.0.0.2", 80)).map(c -> "connected")
        .onErrorReturn("refused"), Duration.ofMinutes(5))).isEqualTo("refused");
    assertThat(left.stack().drops().snapshot()).isEmpty();
    assertThat(router.stack().drops().get(NatDrop.INSIDE_DESTINATION)).isPositive();
  }

  @Test
  @Requirement("RFC5382-REQ4-03")
  void anUnsolicitedSynIsAnsweredAfterSixSeconds() {
    long start = lab.now().toMillis();
    String outcome = lab.await(server.stack().tcp().connect(new InetSocketAddress(OUTSIDE, 9999)).map(c -> "connected")
        .onErrorResume(error -> Mono.just(error.toString())), Duration.ofMinutes(5));
    assertThat(outcome).containsIgnoringCase("refused");
    assertThat(lab.now().toMillis() - start).isBetween(6000L, 20_000L);
  }

  @Test
  void aForwardedPortIsReachedFromBothSides() {
    serve(left);
    assertThat(echo(server, OUTSIDE, 8080, 10_000)).isEqualTo(10_000);
    assertThat(peers.getLast().getAddress().getHostAddress()).isEqualTo(SERVER);
    // Hairpinning: the client inside is seen with the outside address (RFC 4787 REQ-9).
    assertThat(echo(right, OUTSIDE, 8080, 10_000)).isEqualTo(10_000);
    assertThat(peers.getLast().getAddress().getHostAddress()).isEqualTo(OUTSIDE);
  }

  @Test
  void datagramsReturnOnlyFromTheAddressThatWasAsked() {
    List<String> seen = new ArrayList<>();
    UdpConnection asked = lab.await(server.stack().udp().bind(53));
    UdpConnection stranger = lab.await(other.stack().udp().bind(0));
    asked.receive().subscribe(datagram -> {
      seen.add(datagram.remote().toString());
      stranger.send(Mono.just(Datagram.to(datagram.remote(), Unpooled.copiedBuffer(new byte[] {9})))).subscribe();
      asked.send(Mono.just(datagram.reply(Unpooled.copiedBuffer(new byte[] {1})))).subscribe();
      datagram.release();
    });
    UdpConnection socket = lab.await(left.stack().udp().bind(4000));
    List<Byte> answers = new ArrayList<>();
    socket.receive().subscribe(datagram -> {
      answers.add(ByteBufUtil.getBytes(datagram.payload())[0]);
      datagram.release();
    });
    lab.await(socket.send(Mono.just(Datagram.to(new Endpoint(IpAddress.parse(SERVER), 53),
        Unpooled.copiedBuffer(new byte[] {0})))));
    lab.advance(Duration.ofSeconds(1));
    // RFC 4787 REQ-3: the port is kept.
    assertThat(seen).containsExactly(OUTSIDE + ":4000");
    assertThat(answers).containsExactly((byte) 1);
    lab.advance(Duration.ofMinutes(4));
    assertThat(mappings(NatProtocol.UDP)).hasSize(1);
    lab.advance(Duration.ofMinutes(2));
    assertThat(mappings(NatProtocol.UDP)).isEmpty();
  }

  @Test
  void aSourceThatIsNotOfTheOutsideLinkReachesNoForwardedPort() {
    Host strict = lab.router("strict").on(internet, "192.0.2.2/24").on(home, "10.0.0.254/24")
        .nat(nat -> nat.withForwardings(List.of(NatForwarding.of(NatProtocol.UDP, 8053,
            new Endpoint(IpAddress.parse("10.0.0.2"), 53)))))
        .stack(stack -> stack.forwarding(settings -> settings.withReversePath(ReversePath.STRICT)))
        .start();
    // Two addresses that belong to the inside: of a host, and of the router itself.
    Host spoofer = lab.host("spoofer").on(internet, "192.0.2.12/24").start();
    lab.await(spoofer.stack().addAddress("if0", IpPrefix.parse("10.0.0.3/32")));
    lab.await(spoofer.stack().addAddress("if0", IpPrefix.parse("10.0.0.254/32")));
    List<String> seen = new ArrayList<>();
    lab.await(left.stack().udp().bind(53)).receive().subscribe(datagram -> {
      seen.add(datagram.remote().address().toString());
      datagram.release();
    });
    for (String source : new String[] {"10.0.0.3", "10.0.0.254", "192.0.2.12"}) {
      lab.await(lab.await(spoofer.stack().udp().bind(new InetSocketAddress(source, 4000))).send(Mono.just(
          Datagram.to(new Endpoint(IpAddress.parse("192.0.2.2"), 8053), Unpooled.copiedBuffer(new byte[] {0})))));
      lab.advance(Duration.ofSeconds(1));
    }
    assertThat(seen).containsExactly("192.0.2.12");
    assertThat(strict.stack().drops().get(ForwardDrop.REVERSE_PATH)).isEqualTo(1);
    assertThat(strict.stack().drops().get(ForwardDrop.MARTIAN_SOURCE)).isEqualTo(1);
    // Hairpinning: the source that the router has put in is its own.
    lab.await(lab.await(right.stack().udp().bind(4000)).send(Mono.just(
        Datagram.to(new Endpoint(IpAddress.parse("192.0.2.2"), 8053), Unpooled.copiedBuffer(new byte[] {0})))));
    lab.advance(Duration.ofSeconds(1));
    assertThat(seen).hasSize(2);
  }

  @Test
  void anErrorFromBeyondReachesTheInsideHost() {
    IcmpError error = (IcmpError) ((PingResult.Failed) ping(left, "192.0.2.77",
        PingOptions.DEFAULT.timeout(Duration.ofSeconds(10)))).failure();
    assertThat(error.kind()).isEqualTo(IcmpError.Kind.HOST_UNREACHABLE);
    assertThat(error.quote().source()).isEqualTo(IpAddress.parse("10.0.0.2"));
    List<IcmpError> errors = new ArrayList<>();
    UdpConnection socket = lab.await(left.stack().udp().bind(4000));
    socket.icmpErrors().subscribe(errors::add);
    lab.await(socket.send(Mono.just(Datagram.to(new Endpoint(IpAddress.parse(SERVER), 9), Unpooled.copiedBuffer(
        new byte[] {0})))));
    lab.advance(Duration.ofSeconds(1));
    assertThat(errors).extracting(IcmpError::kind).containsExactly(IcmpError.Kind.PORT_UNREACHABLE);
    assertThat(errors.getFirst().quote().source()).isEqualTo(IpAddress.parse("10.0.0.2"));
  }

  @Test
  void theRoutersErrorsQuoteWhatTheirReceiverHasSent() {
    UdpConnection socket = lab.await(left.stack().udp().bind(4000));
    socket.receive().subscribe(Datagram::release);
    UdpConnection asked = lab.await(server.stack().udp().bind(53));
    List<IcmpError> errors = new ArrayList<>();
    asked.icmpErrors().subscribe(errors::add);
    asked.receive().subscribe(datagram -> {
      asked.send(Mono.just(datagram.reply(Unpooled.copiedBuffer(new byte[] {1})).withHopLimit(1))).subscribe();
      datagram.release();
    });
    lab.await(socket.send(Mono.just(Datagram.to(new Endpoint(IpAddress.parse(SERVER), 53),
        Unpooled.copiedBuffer(new byte[] {0})))));
    lab.advance(Duration.ofSeconds(1));
    assertThat(errors).extracting(IcmpError::kind).containsExactly(IcmpError.Kind.HOP_LIMIT_EXCEEDED);
    assertThat(errors.getFirst().quote().destination()).isEqualTo(IpAddress.parse(OUTSIDE));
  }

  @Test
  void aRouterThatRestartsHasForgottenTheMappings() {
    serve(server);
    assertThat(echo(left, SERVER, 80, 1000)).isEqualTo(1000);
    router.restart();
    assertThat(mappings(NatProtocol.TCP)).isEmpty();
    assertThat(echo(left, SERVER, 80, 1000)).isEqualTo(1000);
  }
}
