package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.icmp.Hop;
import io.reactorstack.icmp.IcmpError;
import io.reactorstack.icmp.TraceOptions;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import java.net.NoRouteToHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;

/** Traces of paths through simulated routers. */
class TraceTest {

  private static final Duration WIRE = Duration.ofMillis(10);
  private static final String[] ROUTERS = {"192.0.2.1", "192.0.2.2", "192.0.2.3"};
  private static final String[] ROUTERS_V6 = {"2001:db8:ff::1", "2001:db8:ff::2", "2001:db8:ff::3"};

  private final Lab lab = Lab.virtual(1);
  private final Switch lan = lab.newSwitch("lan");
  private final Host client = host("client", 1);
  private final Host server = host("server", 2);
  private final Wire wire = client.wire();

  private Host host(String name, int number) {
    Host host = lab.host(name).address("10.0.0." + number + "/24").wire(impairment -> impairment.delay(WIRE))
        .connectTo(lan);
    lab.await(host.stack().addAddress("if0", IpPrefix.parse("2001:db8::" + number + "/64")));
    return host;
  }

  @AfterEach
  void close() {
    lab.close();
  }

  private List<Hop> trace(String target, TraceOptions options) {
    return lab.await(client.stack().icmp().trace(IpAddress.parse(target), options).collectList());
  }

  private void routers() {
    wire.withToRight(Effects.routers(ROUTERS));
    wire.withToRight(Effects.routers(ROUTERS_V6));
  }

  static Stream<TraceOptions> protocols() {
    TraceOptions some = TraceOptions.DEFAULT;
    return Stream.of(some, some.icmp(), some.tcp(), some.tcp(443), some.parallel(1), some.hops(1, 30, 1).parallel(64));
  }

  @ParameterizedTest
  @MethodSource("protocols")
  void eachRouterIsAHopAndTheTargetTheLast(TraceOptions options) {
    routers();
    server.stack().tcp().listen(443).subscribe();
    for (String[] path : new String[][] {{"10.0.0.2", ROUTERS[0], ROUTERS[1], ROUTERS[2]},
        {"2001:db8::2", ROUTERS_V6[0], ROUTERS_V6[1], ROUTERS_V6[2]}}) {
      List<Hop> hops = trace(path[0], options);
      assertThat(hops).extracting(Hop::distance).containsExactly(1, 2, 3, 4);
      for (int i = 0; i < 3; i++) {
        assertThat(hops.get(i).hosts()).containsExactly(IpAddress.parse(path[i + 1]));
        assertThat(hops.get(i).answers()).hasSize(options.hops().probes()).allSatisfy(
            answer -> assertThat(((Hop.Reported) answer).failure()).isInstanceOf(IcmpError.TimeExceeded.class));
        assertThat(hops.get(i).isLast()).isFalse();
      }
      assertThat(hops.getLast().hosts()).containsExactly(IpAddress.parse(path[0]));
      assertThat(hops.getLast().isLast()).isTrue();
      assertThat(hops.getLast().answers()).allSatisfy(answer -> {
        if (options.protocol() == TraceOptions.Protocol.UDP) {
          assertThat(((Hop.Reported) answer).failure().kind()).isEqualTo(IcmpError.Kind.PORT_UNREACHABLE);
        } else {
          assertThat(answer).isInstanceOf(Hop.Reached.class);
        }
      });
    }
    assertThat(client.stack().drops().snapshot().keySet()).noneMatch(reason -> reason.startsWith("stage"));
  }

  @Test
  void roundTripsAreMeasured() {
    routers();
    // The first packet resolves the address.
    lab.await(client.stack().icmp().ping(server.address()));
    Hop last = trace("10.0.0.2", TraceOptions.DEFAULT.icmp()).getLast();
    assertThat(last.answers()).allSatisfy(
        answer -> assertThat(((Hop.Reached) answer).roundTrip()).isEqualTo(WIRE.multipliedBy(4)));
  }

  @Test
  void silentHopsAreGapsAndTheLastHopEndsTheTrace() {
    routers();
    wire.withToLeft(Effects.only(Frames.icmp(), Effects.drop()));
    List<Hop> hops = trace("10.0.0.2", TraceOptions.DEFAULT.hops(1, 5, 2).timeout(Duration.ofSeconds(1)));
    assertThat(hops).hasSize(5).allSatisfy(
        hop -> assertThat(hop.answers()).containsExactly(new Hop.Silent(), new Hop.Silent()));
    assertThat(hops.getLast().hosts()).isEmpty();
  }

  @Test
  void aDatagramInReplyReachesTheTarget() {
    routers();
    server.stack().udp().bind(7).subscribe(socket -> socket.send(socket.receive().map(
        datagram -> datagram.reply(datagram.payload()))).subscribe());
    List<Hop> hops = trace("10.0.0.2", TraceOptions.DEFAULT.udp(7).hops(1, 9, 1).parallel(1));
    assertThat(hops).hasSize(4);
    // The fourth probe goes to port 10, where nothing listens.
    assertThat(hops.getLast().answers()).singleElement().isInstanceOf(Hop.Reported.class);
    List<Hop> direct = trace("10.0.0.2", TraceOptions.DEFAULT.udp(7).hops(4, 9, 1).parallel(1));
    assertThat(direct).hasSize(1);
    assertThat(direct.getLast().answers()).singleElement().isInstanceOf(Hop.Reached.class);
  }

  @ParameterizedTest
  @MethodSource("protocols")
  void thePathMtuIsFoundWithTheRouterThatLimitsIt(TraceOptions options) {
    if (options.protocol() == TraceOptions.Protocol.TCP) {
      assertThatThrownBy(() -> options.discoverMtu(true)).isInstanceOf(IllegalArgumentException.class);
      return;
    }
    wire.withToRight(Effects.routers("192.0.2.1", "192.0.2.2"));
    wire.withToRight(Effects.mtu(1400, "192.0.2.2"));
    wire.withToRight(Effects.routers("192.0.2.3"));
    wire.withToRight(Effects.mtu(1300, "192.0.2.3"));
    List<Hop> hops = trace("10.0.0.2", options.discoverMtu(true));
    assertThat(hops).hasSize(4);
    assertThat(hops).extracting(Hop::pathMtu).last().isEqualTo(1300);
    assertThat(hops).flatExtracting(Hop::mtus).containsExactly(
        new Hop.MtuReport(IpAddress.parse("192.0.2.2"), 1400), new Hop.MtuReport(IpAddress.parse("192.0.2.3"), 1300));
    assertThat(hops.get(2).mtus()).as("the hop behind the router").hasSize(1);
    assertThat(hops).allSatisfy(hop -> assertThat(hop.hosts()).hasSize(1));
  }

  @Test
  void hopsAreProbedOnDemandAndProbesUnderWayAreBounded() {
    routers();
    List<Hop> hops = new ArrayList<>();
    BaseSubscriber<Hop> subscriber = new BaseSubscriber<>() {
      @Override
      protected void hookOnSubscribe(Subscription subscription) {
        subscription.request(1);
      }

      @Override
      protected void hookOnNext(Hop hop) {
        hops.add(hop);
      }
    };
    client.stack().icmp().trace(IpAddress.parse("10.0.0.2"), TraceOptions.DEFAULT.parallel(2)).subscribe(subscriber);
    lab.advance(Duration.ofSeconds(30));
    assertThat(hops).hasSize(1);
    assertThat(wire.countersToRight().dropped("HOP_LIMIT")).as("three probes to the first hop").isEqualTo(3);
    subscriber.request(1);
    lab.advance(Duration.ofMillis(1));
    lab.advance(Duration.ofSeconds(30));
    assertThat(wire.countersToRight().dropped("HOP_LIMIT")).isEqualTo(6);
    subscriber.cancel();
    lab.advance(Duration.ofSeconds(30));
    assertThat(hops).hasSize(2);
    assertThat(wire.countersToRight().dropped("HOP_LIMIT")).isEqualTo(6);
  }

  @Test
  void aTraceToAMissingNeighborEndsAtThisHost() {
    List<Hop> hops = trace("10.0.0.9", TraceOptions.DEFAULT);
    assertThat(hops).singleElement().satisfies(hop -> {
      assertThat(hop.hosts()).containsExactly(client.address());
      assertThat(hop.answers()).allSatisfy(answer -> assertThat(((Hop.Reported) answer).failure().kind())
          .isEqualTo(IcmpError.Kind.HOST_UNREACHABLE));
    });
    Flux<Hop> nowhere = client.stack().icmp().trace(IpAddress.parse("198.51.100.1"), TraceOptions.DEFAULT);
    assertThatThrownBy(() -> lab.await(nowhere.collectList())).hasRootCauseInstanceOf(NoRouteToHostException.class);
  }
}
