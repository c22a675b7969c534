package io.reactorstack.icmp;

import static io.reactorstack.testing.Packets.icmp;
import static io.reactorstack.testing.Packets.ipv4;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.layer.Rejection;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.TestHost;
import io.reactorstack.testing.VirtualLoop;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.test.StepVerifier;

/** The results of pings as values, and their demand, on a host with a bare IP device. */
class PingTest {

  private static final String OWN = "10.0.0.1";
  private static final String PEER = "10.0.0.2";
  private static final String ROUTER = "10.0.0.254";
  private static final IpAddress TARGET = IpAddress.parse(PEER);

  private final VirtualLoop loop = new VirtualLoop();
  private final TestHost host = TestHost.bare(loop, OWN + "/24").gateway(ROUTER);
  private final List<Object> results = new ArrayList<>();

  @AfterEach
  void close() {
    host.close();
  }

  private void ping(PingOptions options) {
    host.icmp.api().ping(TARGET, options).subscribe(results::add, results::add, () -> results.add("end"));
    loop.settle();
  }

  private List<byte[]> sent() {
    loop.settle();
    return host.device.takeSent();
  }

  private void answer(String from, byte[] request) {
    byte[] reply = Packets.from(request, 20);
    reply[0] = 0;
    Packets.putShort(reply, 2, 0);
    Packets.putShort(reply, 2, Packets.checksum(reply, 0, reply.length, 0));
    host.device.inject(ipv4(from, OWN, 1, reply));
    loop.settle();
  }

  private void report(int type, int code, int rest, byte[] about) {
    host.device.inject(ipv4(ROUTER, OWN, 1, icmp(type, code, rest, about)));
    loop.settle();
  }

  @Test
  void pingsAndTracesUseNoReservedIdentifier() {
    host.ip.reserve((protocol, address, identifier) -> protocol == 1 && identifier != 7);
    ping(PingOptions.DEFAULT.count(1));
    host.icmp.api().trace(TARGET, TraceOptions.DEFAULT.icmp()).subscribe(results::add, results::add);
    assertThat(sent()).hasSizeGreaterThan(1)
        .allSatisfy(request -> assertThat(Packets.getShort(request, 24)).isEqualTo(7));
    results.clear();
    host.ip.reserve((protocol, address, identifier) -> true);
    ping(PingOptions.DEFAULT.count(1));
    host.icmp.api().trace(TARGET, TraceOptions.DEFAULT.icmp()).subscribe(results::add, results::add);
    assertThat(sent()).isEmpty();
    assertThat(results).filteredOn(SocketException.class::isInstance).hasSize(2);
  }

  @Test
  void eachProbeHasOneResult() {
    ping(PingOptions.DEFAULT.count(4));
    List<byte[]> probes = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      assertThat(sent()).as("probe " + i).hasSize(1).allSatisfy(probes::add);
      if (i == 0) {
        loop.advance(Duration.ofMillis(7));
        answer(PEER, probes.get(0));
        loop.advance(Duration.ofMillis(993));
      } else if (i == 1) {
        report(3, 1, 0, Arrays.copyOf(probes.get(1), 28));
        loop.advance(Duration.ofSeconds(1));
      } else {
        loop.advance(Duration.ofSeconds(1));
      }
    }
    assertThat(results).hasSize(5).last().isEqualTo("end");
    assertThat(results.get(0)).isInstanceOfSatisfying(PingReply.class, reply -> {
      assertThat(reply.roundTrip()).isEqualTo(Duration.ofMillis(7));
      assertThat(reply.duplicate()).isFalse();
    });
    assertThat(results.get(1)).isInstanceOfSatisfying(PingResult.Failed.class, failed -> {
      assertThat(failed.failure()).isInstanceOfSatisfying(IcmpError.DestinationUnreachable.class, error -> {
        assertThat(error.kind()).isEqualTo(IcmpError.Kind.HOST_UNREACHABLE);
        assertThat(error.code()).isOne();
        assertThat(error.reporter()).isEqualTo(IpAddress.parse(ROUTER));
        assertThat(error.quote().octets()).isEqualTo(Arrays.copyOf(probes.get(1), 28));
      });
    });
    assertThat(results.subList(2, 4)).containsExactly(new PingResult.TimedOut(2), new PingResult.TimedOut(3));
  }

  @Test
  void probesAreSentAtTheirIntervalWithoutWaitingForReplies() {
    ping(PingOptions.DEFAULT.count(5).interval(Duration.ofMillis(200)).timeout(Duration.ofSeconds(3)));
    List<byte[]> probes = new ArrayList<>(sent());
    for (int i = 1; i < 5; i++) {
      loop.advance(Duration.ofMillis(199));
      assertThat(sent()).isEmpty();
      loop.advance(Duration.ofMillis(1));
      probes.addAll(sent());
    }
    assertThat(probes).hasSize(5);
    answer(PEER, probes.get(3));
    answer(PEER, probes.get(1));
    assertThat(results).extracting(each -> ((PingReply) each).sequence()).containsExactly(3, 1);
  }

  @Test
  void withoutAnIntervalTheNextProbeFollowsTheResult() {
    ping(PingOptions.DEFAULT.count(3).interval(Duration.ZERO));
    for (int i = 0; i < 3; i++) {
      List<byte[]> probe = sent();
      assertThat(probe).hasSize(1);
      answer(PEER, probe.getFirst());
    }
    assertThat(results).hasSize(4);
  }

  @Test
  void aSlowSubscriberDelaysTheProbes() {
    BaseSubscriber<PingResult> subscriber = new BaseSubscriber<>() {
      @Override
      protected void hookOnSubscribe(Subscription subscription) {
        // No demand yet.
      }

      @Override
      protected void hookOnNext(PingResult result) {
        results.add(result);
      }
    };
    host.icmp.api().ping(TARGET, PingOptions.DEFAULT.count(10).timeout(Duration.ofMinutes(2))).subscribe(subscriber);
    loop.advance(Duration.ofSeconds(20));
    assertThat(sent()).isEmpty();
    subscriber.request(2);
    List<byte[]> first = sent();
    assertThat(first).hasSize(1);
    answer(PEER, first.getFirst());
    answer(PEER, first.getFirst());
    loop.advance(Duration.ofSeconds(20));
    assertThat(sent()).as("the duplicate has taken the demand of the second probe").isEmpty();
    assertThat(results).hasSize(2);
    subscriber.request(1);
    assertThat(sent()).hasSize(1);
    loop.advance(Duration.ofSeconds(20));
    assertThat(sent()).as("the demand belongs to the probe under way").isEmpty();
    subscriber.cancel();
    loop.advance(Duration.ofSeconds(20));
    assertThat(sent()).isEmpty();
    assertThat(host.icmp.isIdle()).isTrue();
  }

  @Test
  void duplicatesAreMarkedUntilTheTimeToWaitIsOver() {
    ping(PingOptions.DEFAULT.count(2).timeout(Duration.ofSeconds(2)).interval(Duration.ofSeconds(5)));
    byte[] probe = sent().getFirst();
    answer(PEER, probe);
    answer(PEER, probe);
    assertThat(results).extracting(each -> ((PingReply) each).duplicate()).containsExactly(false, true);
    loop.advance(Duration.ofSeconds(2));
    answer(PEER, probe);
    assertThat(results).hasSize(2);
    assertThat(host.drops.get(IcmpDrop.UNKNOWN_ECHO)).isOne();
  }

  @Test
  void duplicatesWithoutDemandAreBoundedAndCounted() {
    BaseSubscriber<PingResult> none = new BaseSubscriber<>() {
      @Override
      protected void hookOnSubscribe(Subscription subscription) {
        subscription.request(1);
      }
    };
    host.icmp.api().ping(TARGET, PingOptions.DEFAULT.count(2)).subscribe(none);
    byte[] probe = sent().getFirst();
    for (int i = 0; i < 1000; i++) {
      answer(PEER, probe);
    }
    assertThat(host.drops.get(IcmpDrop.UNKNOWN_ECHO)).isBetween(900L, 940L);
    none.cancel();
  }

  @Test
  void probeHasTheFieldsAndThePatternOfItsOptions() {
    ping(PingOptions.DEFAULT.size(20).pattern("c0ffee").hopLimit(9).trafficClass(0xb8).dontFragment(true));
    byte[] probe = sent().getFirst();
    assertThat(probe[1]).isEqualTo((byte) 0xb8);
    assertThat(probe[8]).isEqualTo((byte) 9);
    assertThat(probe[6]).as("DF").isEqualTo((byte) 0x40);
    assertThat(Packets.from(probe, 36)).isEqualTo(
        Packets.octets(0xee, 0xc0, 0xff, 0xee, 0xc0, 0xff, 0xee, 0xc0, 0xff, 0xee, 0xc0, 0xff));
    assertThatThrownBy(() -> PingOptions.DEFAULT.pattern("xy")).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("hexadecimal");
  }

  @Test
  void packetTooBigLowersThePathMtu() {
    ping(PingOptions.DEFAULT.count(2).size(1472).dontFragment(true));
    byte[] probe = sent().getFirst();
    report(3, 4, 1400, Arrays.copyOf(probe, 28));
    loop.advance(Duration.ofSeconds(1));
    assertThat(results).hasSize(3);
    assertThat(results.get(0)).isInstanceOfSatisfying(PingResult.Failed.class,
        failed -> assertThat(failed.failure()).isInstanceOfSatisfying(IcmpError.PacketTooBig.class,
            error -> assertThat(error.mtu()).isEqualTo(1400)));
    assertThat(results.get(1)).isEqualTo(new PingResult.Failed(1,
        new DeliveryFailure.Unsent(Rejection.tooBig(1400), IpAddress.parse(OWN)), Duration.ZERO));
    assertThat(sent()).isEmpty();
  }

  @Test
  void aQuoteWithOtherDataIsNoErrorOfTheProbe() {
    ping(PingOptions.DEFAULT);
    byte[] forged = sent().getFirst().clone();
    forged[30] ^= 1;
    report(3, 1, 0, forged);
    assertThat(results).isEmpty();
  }

  @Test
  void aHostWithoutARouteReportsEachProbe() {
    StepVerifier.create(host.icmp.api().ping(IpAddress.parse("2001:db8::1"), PingOptions.DEFAULT.count(2)
        .interval(Duration.ofMillis(5)))).then(() -> loop.advance(Duration.ofSeconds(1)))
        .assertNext(result -> assertThat(((PingResult.Failed) result).failure().kind())
            .isEqualTo(IcmpError.Kind.NETWORK_UNREACHABLE))
        .expectNextCount(1).verifyComplete();
  }

  @Test
  void pingsEndWithTheStackAndBeyondTheLimit() {
    ping(PingOptions.DEFAULT.count(PingOptions.ENDLESS).interval(Duration.ofMillis(1)).timeout(Duration.ofDays(1)));
    loop.advance(Duration.ofMillis(1100));
    assertThat(results).singleElement().isInstanceOf(SocketException.class);
    assertThat(sent()).hasSize(Pings.UNDER_WAY);
    ping(PingOptions.DEFAULT.count(2).interval(Duration.ofDays(1)));
    host.icmp.close();
    loop.settle();
    assertThat(results).last().isInstanceOfSatisfying(IOException.class,
        e -> assertThat(e).hasMessage("Network stack stopped"));
  }

  @Test
  void theMonoFailsWithTheErrorAsItsCause() {
    List<Throwable> failures = new ArrayList<>();
    host.icmp.api().ping(TARGET).subscribe(reply -> {}, failures::add);
    report(11, 0, 0, sent().getFirst());
    assertThat(failures).singleElement().extracting(Throwable::getCause).isInstanceOfSatisfying(
        DeliveryException.class,
        cause -> assertThat(cause.failure()).isInstanceOfSatisfying(IcmpError.TimeExceeded.class,
            error -> assertThat(error.quote().destination()).isEqualTo(Ipv4Address.parse(PEER))));
  }
}
