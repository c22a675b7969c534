package io.reactorstack.icmp;

import static io.reactorstack.testing.Packets.getShort;
import static io.reactorstack.testing.Packets.icmp;
import static io.reactorstack.testing.Packets.icmpv6;
import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.ipv6;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.pathmtu.PathMtu;
import io.reactorstack.pathmtu.PathMtuSettings;
import io.reactorstack.testing.TestHost;
import io.reactorstack.testing.VirtualLoop;
import java.io.IOException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;

/** The measurement of a path MTU by echo requests (RFC 8899). */
class PathMtuMeasurementTest {

  private static final String OWN = "10.0.0.1";
  private static final String PEER = "10.0.0.2";
  private static final String OWN6 = "2001:db8::1";
  private static final String PEER6 = "2001:db8::2";
  private static final String ROUTER = "10.0.0.254";

  private final VirtualLoop loop = new VirtualLoop();
  private final TestHost host = TestHost.bare(loop, OWN + "/24").address(OWN6 + "/64");
  private final List<PathMtu> results = new ArrayList<>();
  private final List<Throwable> errors = new ArrayList<>();
  private final List<byte[]> sent = new ArrayList<>();

  @AfterEach
  void close() {
    host.close();
    loop.settle();
    assertThat(loop.deadline()).as("timers that are left").isEqualTo(Long.MAX_VALUE);
  }

  private Disposable measure(String target) {
    Disposable measurement = host.icmp.api().pathMtu(IpAddress.parse(target)).subscribe(results::add, errors::add);
    loop.settle();
    return measurement;
  }

  /** Answers requests of up to {@code mtu} octets until the measurement is over. */
  private void answer(int mtu) {
    for (int i = 0; i < 100 && results.isEmpty() && errors.isEmpty(); i++) {
      List<byte[]> requests = host.device.takeSent();
      sent.addAll(requests);
      requests.stream().filter(request -> request.length <= mtu).forEach(request -> host.device.inject(reply(request)));
      loop.settle();
      if (requests.isEmpty()) {
        loop.advance(Duration.ofSeconds(1));
      }
    }
  }

  private static byte[] reply(byte[] request) {
    boolean v4 = request[0] >> 4 == 4;
    int at = v4 ? 20 : 40;
    int rest = getShort(request, at + 4) << 16 | getShort(request, at + 6);
    byte[] data = Arrays.copyOfRange(request, at + 8, request.length);
    return v4
        ? ipv4(PEER, OWN, 1, icmp(0, 0, rest, data))
        : ipv6(PEER6, OWN6, 58, icmpv6(PEER6, OWN6, 129, 0, rest, data));
  }

  @ParameterizedTest
  @ValueSource(ints = {1500, 1492, 1420, 1300, 1000, 576})
  void aPathThatDropsLongPacketsIsMeasured(int mtu) {
    measure(PEER);
    answer(mtu);
    assertThat(results).singleElement().satisfies(found -> assertThat(found.mtu()).isBetween(mtu - 7, mtu));
    assertThat(results.getFirst().maximumPayload()).isEqualTo(results.getFirst().mtu() - 28);
    assertThat(sent).allSatisfy(packet -> assertThat(packet[6] & 0x60).as("DF, and no fragment").isEqualTo(0x40));
    assertThat(host.icmp.isIdle()).isTrue();
  }

  @Test
  void aPathOfIpv6IsMeasured() {
    measure(PEER6);
    answer(1420);
    assertThat(results).singleElement().satisfies(found -> assertThat(found.mtu()).isEqualTo(1420));
    assertThat(sent.getFirst()).hasSize(1280);
  }

  @Test
  void aReportSelectsTheNextProbe() {
    measure(PEER);
    host.device.inject(reply(host.device.takeSent().getFirst()));
    loop.settle();
    byte[] probe = host.device.takeSent().getFirst();
    assertThat(probe).hasSize(1500);
    byte[] forged = probe.clone();
    forged[25] ^= 1;
    host.device.inject(ipv4(ROUTER, OWN, 1, icmp(3, 4, 1300, forged)));
    loop.settle();
    assertThat(host.device.takeSent()).as("another identifier").isEmpty();
    host.device.inject(ipv4(ROUTER, OWN, 1, icmp(3, 4, 1400, probe)));
    loop.settle();
    answer(1400);
    assertThat(sent).extracting(packet -> packet.length).containsExactly(1400);
    assertThat(results).singleElement().satisfies(found -> assertThat(found.mtu()).isEqualTo(1400));
  }

  @Test
  void theKnownPathMtuOfTheHostDoesNotLimitTheMeasurementAndIsNotChanged() {
    host.ip.destination(IpAddress.parse(PEER)).lowerMtu(1000);
    measure(PEER);
    answer(1500);
    assertThat(results.getFirst().mtu()).isEqualTo(1500);
    assertThat(host.ip.destination(IpAddress.parse(PEER)).mtu()).isEqualTo(1000);
  }

  @Test
  void aLateReplyCounts() {
    measure(PEER);
    byte[] first = host.device.takeSent().getFirst();
    loop.advance(Duration.ofMillis(1500));
    assertThat(host.device.takeSent()).hasSize(1);
    host.device.inject(reply(first));
    loop.advance(Duration.ofMillis(1500));
    assertThat(host.device.takeSent()).extracting(packet -> packet.length).containsExactly(1500);
    answer(1500);
  }

  @Test
  void aSilentTargetFails() {
    measure(PEER);
    answer(0);
    assertThat(sent).extracting(packet -> packet.length).containsExactly(1220, 1220, 1220, 576, 576, 576);
    assertThat(errors).singleElement().isInstanceOf(TimeoutException.class);
  }

  @Test
  void anUnreachableTargetFailsAtOnce() {
    measure(PEER);
    host.device.inject(ipv4(ROUTER, OWN, 1, icmp(3, 1, 0, host.device.takeSent().getFirst())));
    loop.settle();
    assertThat(errors).singleElement().isInstanceOf(NoRouteToHostException.class);
    measure("198.51.100.1");
    assertThat(errors).hasSize(2).last().isInstanceOf(NoRouteToHostException.class);
    measure("239.1.1.1");
    measure("10.0.0.255");
    assertThat(errors).hasSize(4).last().isInstanceOf(SocketException.class);
  }

  @Test
  void cancellationEndsTheMeasurement() {
    Disposable measurement = measure(PEER);
    assertThat(host.icmp.isIdle()).isFalse();
    measurement.dispose();
    loop.settle();
    assertThat(host.icmp.isIdle()).isTrue();
    assertThat(loop.deadline()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void aStopOfTheHostEndsTheMeasurement() {
    measure(PEER);
    host.icmp.close();
    loop.settle();
    assertThat(errors).singleElement().isInstanceOf(IOException.class);
    measure(PEER);
    assertThat(errors).hasSize(2);
  }

  @Test
  void theSettingsApply() {
    host.icmp.api().pathMtu(IpAddress.parse(PEER), PathMtuSettings.DEFAULT.withMax(1300).withBase(1000))
        .subscribe(results::add);
    loop.settle();
    answer(1500);
    assertThat(sent).extracting(packet -> packet.length).containsExactly(1020, 1320);
    assertThat(results.getFirst().plpmtu()).isEqualTo(1300);
  }
}
