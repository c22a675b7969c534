package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.reactorstack.icmp.Hop;
import io.reactorstack.icmp.IcmpError;
import io.reactorstack.icmp.IcmpMeter;
import io.reactorstack.icmp.PingOptions;
import io.reactorstack.icmp.PingReply;
import io.reactorstack.icmp.PingResult;
import io.reactorstack.icmp.TraceOptions;
import io.reactorstack.ip.IpMeter;
import io.reactorstack.ip.forward.ForwardDrop;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.Requirement;
import io.reactorstack.wire.Ipv4Options;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A client and a server with two routers between them: client - west - east - server. The link between the routers
 * carries packets of 1400 octets.
 */
class RouterInTheLabTest {

  private static final int OCTETS = 300_000;
  private static final IpPrefix EVERYTHING4 = IpPrefix.parse("0.0.0.0/0");
  private static final IpPrefix EVERYTHING6 = IpPrefix.parse("::/0");

  private final Lab lab = Lab.virtual(1);
  private final Switch home = lab.newSwitch("home");
  private final Switch middle = lab.newSwitch("middle");
  private final Switch park = lab.newSwitch("park");
  private final Host west = lab.router("west").on(home, "10.1.0.1/24").mtu(1400).on(middle, "10.2.0.1/24")
      .gateway("10.2.0.2").start();
  private final Host east = lab.router("east").mtu(1400).on(middle, "10.2.0.2/24").on(park, "10.3.0.1/24")
      .gateway("10.2.0.1").start();
  private final Host client = lab.host("client").on(home, "10.1.0.2/24").gateway("10.1.0.1").start();
  private final Host server = lab.host("server").on(park, "10.3.0.2/24").gateway("10.3.0.1").start();

  RouterInTheLabTest() {
    also(west, "if0", "2001:db8:1::1/64", null);
    also(west, "if1", "2001:db8:2::1/64", "2001:db8:2::2");
    also(east, "if0", "2001:db8:2::2/64", "2001:db8:2::1");
    also(east, "if1", "2001:db8:3::1/64", null);
    also(client, "if0", "2001:db8:1::2/64", "2001:db8:1::1");
    also(server, "if0", "2001:db8:3::2/64", "2001:db8:3::1");
  }

  private void also(Host host, String name, String prefix, String gateway) {
    lab.await(host.stack().addAddress(name, IpPrefix.parse(prefix)));
    if (gateway != null) {
      lab.await(host.stack().addRoute(EVERYTHING6, IpAddress.parse(gateway)));
    }
  }

  @AfterEach
  void close() {
    lab.advance(Duration.ofSeconds(5));
    for (Host host : lab.hosts()) {
      FrameBalance.assertBalanced(host.stack());
      assertThat(host.stack().drops().snapshot()).as(host.name()).doesNotContainKey("stage.STAGE_FAULT");
    }
    lab.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.3.0.2", "2001:db8:3::2"})
  void eachRouterIsAHop(String target) {
    boolean v4 = target.startsWith("10");
    server.stack().tcp().listen(80).subscribe();
    for (TraceOptions options : List.of(TraceOptions.DEFAULT, TraceOptions.DEFAULT.icmp(),
        TraceOptions.DEFAULT.tcp())) {
      List<Hop> hops = lab.await(client.stack().icmp().trace(IpAddress.parse(target), options).collectList());
      assertThat(hops.stream().flatMap(hop -> hop.hosts().stream())).containsExactly(
          IpAddress.parse(v4 ? "10.1.0.1" : "2001:db8:1::1"), IpAddress.parse(v4 ? "10.2.0.2" : "2001:db8:2::2"),
          IpAddress.parse(target));
    }
  }

  private List<PingResult> ping(Host from, String target, PingOptions options) {
    return lab.await(from.stack().icmp().ping(IpAddress.parse(target), options).collectList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.3.0.2", "2001:db8:3::2"})
  void longPingsCrossInFragments(String target) {
    // The first answer may be an error about a packet that was too long: the path MTU is known then.
    ping(client, target, PingOptions.DEFAULT.size(1450));
    List<PingResult> results = ping(client, target, PingOptions.DEFAULT.size(60_000).count(3));
    // Over IPv6, the first reply is too long for the link between the routers, and the server learns that.
    assertThat(results).hasSize(3).last().isInstanceOf(PingReply.class);
    assertThat(results).filteredOn(PingReply.class::isInstance).hasSize(target.startsWith("10") ? 3 : 2);
  }

  @Test
  void aRouterCutsWhatItsSenderPermitsToCut() {
    long before = west.stack().meters().sum(IpMeter.PACKETS_FRAGMENTED);
    assertThat(ping(client, "10.3.0.2", PingOptions.DEFAULT.size(1450).dontFragment(false))).first()
        .isInstanceOf(PingReply.class);
    assertThat(west.stack().meters().sum(IpMeter.PACKETS_FRAGMENTED)).isEqualTo(before + 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.3.0.2", "2001:db8:3::2"})
  void aConnectionCrossesALossyPathAndLearnsItsMtu(String target) {
    server.stack().tcp().listen(80).subscribe(connection -> connection.send(connection.receive())
        .then(connection.shutdownOutput()).subscribe());
    west.wires().getLast().impair(wire -> wire.loss(0.02).delay(Duration.ofMillis(5)));
    long received = lab.await(client.stack().tcp().connect(new InetSocketAddress(target, 80))
        .flatMap(connection -> Mono.zip(
            connection.receive().map(bytes -> {
              long length = bytes.readableBytes();
              bytes.release();
              return length;
            }).reduce(0L, Long::sum),
            connection.send(Flux.range(0, OCTETS / 1000).map(i -> Unpooled.buffer(1000).writeZero(1000)))
                .then(connection.shutdownOutput()).thenReturn(1),
            (octets, sent) -> octets)),
        Duration.ofMinutes(5));
    assertThat(received).isEqualTo(OCTETS);
    assertThat(lab.await(client.stack().icmp().pathMtu(IpAddress.parse(target))).mtu()).isEqualTo(1400);
    assertThat(west.stack().drops().get(ForwardDrop.TOO_BIG)).isPositive();
  }

  private static IcmpError error(List<PingResult> results) {
    assertThat(results).first().isInstanceOf(PingResult.Failed.class);
    return (IcmpError) ((PingResult.Failed) results.getFirst()).failure();
  }

  @Test
  void theRouterThatKnowsNoWayIsNamed() {
    lab.await(east.stack().removeRoute(EVERYTHING4, IpAddress.parse("10.2.0.1")));
    lab.await(east.stack().addRoute(IpPrefix.parse("10.1.0.0/24"), IpAddress.parse("10.2.0.1")));
    lab.await(east.stack().removeRoute(EVERYTHING6, IpAddress.parse("2001:db8:2::1")));
    lab.await(east.stack().addRoute(IpPrefix.parse("2001:db8:1::/64"), IpAddress.parse("2001:db8:2::1")));
    IcmpError v4 = error(ping(client, "198.51.100.7", PingOptions.DEFAULT));
    assertThat(v4.reporter()).isEqualTo(IpAddress.parse("10.2.0.2"));
    assertThat(v4.kind()).isEqualTo(IcmpError.Kind.NETWORK_UNREACHABLE);
    IcmpError v6 = error(ping(client, "2001:db8:9::7", PingOptions.DEFAULT));
    assertThat(v6.reporter()).isEqualTo(IpAddress.parse("2001:db8:2::2"));
    assertThat(v6.kind()).isEqualTo(IcmpError.Kind.NETWORK_UNREACHABLE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.3.0.77", "2001:db8:3::77"})
  @Requirement({"RFC1812-4.3.3.1-02", "RFC1812-5.2.7.1-06", "RFC4443-3.1-11"})
  void aSilentHostIsReportedByTheLastRouter(String target) {
    IcmpError error = error(ping(client, target, PingOptions.DEFAULT.timeout(Duration.ofSeconds(10))));
    assertThat(error).isInstanceOfSatisfying(IcmpError.DestinationUnreachable.class,
        unreachable -> assertThat(unreachable.code()).isEqualTo(target.startsWith("10") ? 1 : 3));
    assertThat(error.reporter()).isEqualTo(IpAddress.parse(target.startsWith("10") ? "10.2.0.2" : "2001:db8:2::2"));
  }

  @Test
  @Requirement("RFC4861-7.2.2-13")
  void theSenderLearnsThatResolutionHasFailed() {
    IcmpError error = error(ping(client, "2001:db8:3::77", PingOptions.DEFAULT.timeout(Duration.ofSeconds(10))));
    assertThat(error).isInstanceOfSatisfying(IcmpError.DestinationUnreachable.class,
        unreachable -> assertThat(unreachable.code()).isEqualTo(3));
  }

  @Test
  @Requirement({"RFC1812-3.3.2-01", "RFC1812-3.3.2-02"})
  void packetsWaitUntilTheNextHopIsKnown() {
    List<PingResult> results = ping(client, "10.3.0.2", PingOptions.DEFAULT.count(3).interval(Duration.ZERO));
    assertThat(results).hasSize(3).allSatisfy(result -> assertThat(result).isInstanceOf(PingReply.class));
  }

  @Test
  @Requirement({"RFC1812-4.3.3.6-02", "RFC1812-4.3.3.6-05"})
  void aRouterAnswersFromTheRequestedAddress() {
    for (int size : new int[] {56, 548, 1472, 3000}) {
      for (String own : new String[] {"10.1.0.1", "10.2.0.1"}) {
        assertThat(ping(client, own, PingOptions.DEFAULT.size(size))).first().isInstanceOfSatisfying(PingReply.class,
            reply -> {
              assertThat(reply.from()).isEqualTo(IpAddress.parse(own));
              assertThat(reply.size()).isEqualTo(size);
            });
      }
    }
  }

  @Test
  void aLoopEndsWithTheHopLimit() {
    // Both routers send unknown destinations to each other.
    IcmpError error = error(ping(client, "198.51.100.7", PingOptions.DEFAULT));
    assertThat(error.kind()).isEqualTo(IcmpError.Kind.HOP_LIMIT_EXCEEDED);
    error = error(ping(client, "2001:db8:9::7", PingOptions.DEFAULT));
    assertThat(error.kind()).isEqualTo(IcmpError.Kind.HOP_LIMIT_EXCEEDED);
  }

  @Test
  void routersRecordThemselves() {
    List<PingResult> results = ping(client, "10.3.0.2", PingOptions.DEFAULT.options(Ipv4Options.recordRoute(9)));
    assertThat(results).first().isInstanceOf(PingReply.class);
    assertThat(((PingReply) results.getFirst()).options().recordedRoute().stream().map(Object::toString))
        .containsExactly("10.2.0.1", "10.3.0.1", "10.3.0.2", "10.2.0.2", "10.1.0.1");
  }

  @Test
  void aSenderLearnsABetterFirstHop() {
    Host other = lab.host("other").on(home, "10.1.0.3/24").gateway("10.1.0.1")
        .stack(stack -> stack.icmp(icmp -> icmp.withRedirects(true))).start();
    Host shortcut = lab.router("shortcut").on(home, "10.1.0.4/24").on(park, "10.3.0.4/24").start();
    lab.await(west.stack().addRoute(IpPrefix.parse("10.3.0.0/24"), IpAddress.parse("10.1.0.4")));
    lab.await(server.stack().addRoute(IpPrefix.parse("10.1.0.0/24"), IpAddress.parse("10.3.0.4")));
    assertThat(ping(other, "10.3.0.2", PingOptions.DEFAULT.count(3))).allSatisfy(
        result -> assertThat(result).isInstanceOf(PingReply.class));
    assertThat(other.stack().meters().sum(IcmpMeter.REDIRECTS_FOLLOWED)).isEqualTo(1);
    List<Hop> hops = lab.await(
        other.stack().icmp().trace(IpAddress.parse("10.3.0.2"), TraceOptions.DEFAULT.icmp()).collectList());
    assertThat(hops.getFirst().hosts()).containsExactly(shortcut.addresses().getFirst());
  }

  @Test
  void aRouterThatCrashesIsSilentUntilItIsBack() {
    west.crash();
    assertThat(ping(client, "10.3.0.2", PingOptions.DEFAULT)).first().isNotInstanceOf(PingReply.class);
    west.restart();
    lab.advance(Duration.ofSeconds(30));
    assertThat(ping(client, "10.3.0.2", PingOptions.DEFAULT)).first().isInstanceOf(PingReply.class);
  }
}
