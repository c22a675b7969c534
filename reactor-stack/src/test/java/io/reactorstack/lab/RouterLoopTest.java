package io.reactorstack.lab;

import static io.reactorstack.lab.AttackedRouter.withHops;
import static io.reactorstack.testing.Packets.ethernet;
import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.reactorstack.device.Frame;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.icmp.IcmpMeter;
import io.reactorstack.icmp.PingOptions;
import io.reactorstack.icmp.PingReply;
import io.reactorstack.ip.forward.ForwardDrop;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.testing.FrameBalance;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

/** Routers of one link whose default routes form a loop. */
@Timeout(60)
class RouterLoopTest {

  private static final String NOWHERE = "198.51.100.7";
  private static final int PACKETS = 500;
  private static final int HOPS = 64;

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void aPacketInALoopEndsWithItsHopLimitAndIsNotMultiplied(int number) {
    try (Lab lab = Lab.virtual(1)) {
      Switch home = lab.newSwitch("home");
      Switch middle = lab.newSwitch("middle");
      Switch park = lab.newSwitch("park");
      List<Host> routers = new ArrayList<>();
      AtomicInteger circulating = new AtomicInteger();
      for (int i = 1; i <= number; i++) {
        HostBuilder described = lab.router("r" + i)
            .on(middle, "10.2.0." + i + "/24", wire -> wire.delay(Duration.ofNanos(100_000)))
            .gateway("10.2.0." + (i % number + 1));
        HostBuilder next = i == 1
            ? described.on(home, "10.1.0.1/24")
            : i == 2 ? described.on(park, "10.3.0.1/24") : described;
        routers.add(next.start().observe((direction, frame, nanos) -> {
          if (direction == FrameObserver.Direction.SENT
              && frame.payload().getInt(frame.payload().readerIndex() + 14 + 16) == 0xc633_6407) {
            circulating.incrementAndGet();
          }
        }));
      }
      lab.await(routers.get(1).stack().addRoute(IpPrefix.parse("10.1.0.0/24"), IpAddress.parse("10.2.0.1")));
      Host client = lab.host("client").on(home, "10.1.0.2/24").gateway("10.1.0.1").start();
      lab.host("server").on(park, "10.3.0.2/24").gateway("10.3.0.1").start();
      Wire wire = lab.newWire("attacker");
      home.attach(wire.right());
      Station attacker = new Station(lab, wire.left());
      byte[] packet = withHops(ipv4("10.1.0.66", NOWHERE, 17, udp("10.1.0.66", 4000, NOWHERE, 9, new byte[4])), HOPS);
      attacker.sendAll(Flux.interval(Duration.ofMillis(1)).take(PACKETS).map(n -> new Frame(
          Unpooled.wrappedBuffer(ethernet("02:00:0a:01:00:01", "02:66:66:66:66:66", 0x0800, packet)),
          PacketFacts.LOCAL)));
      assertThat(lab.await(client.stack().icmp().ping(IpAddress.parse("10.3.0.2"),
          PingOptions.DEFAULT.count(10).interval(Duration.ofMillis(20))).collectList()))
          .hasSize(10).hasOnlyElementsOfType(PingReply.class);
      lab.advance(Duration.ofSeconds(5));
      // Each hop but the last sends the packet on once.
      assertThat(circulating).hasValue(PACKETS * (HOPS - 1));
      assertThat(routers.stream().mapToLong(router -> router.stack().drops().get(ForwardDrop.HOP_LIMIT_EXCEEDED)).sum())
          .isEqualTo(PACKETS);
      assertThat(routers.stream().mapToLong(router -> router.stack().meters().sum(IcmpMeter.ERRORS_SENT)).sum())
          .isBetween(1L, 100L);
      lab.hosts().forEach(host -> FrameBalance.assertBalanced(host.stack()));
    }
  }
}
