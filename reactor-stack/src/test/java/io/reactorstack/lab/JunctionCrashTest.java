package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.tcp.TcpConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Switches and hubs that lose their power. */
@Timeout(60)
class JunctionCrashTest {

  private final Lab lab = Lab.virtual(1);

  @AfterEach
  void close() {
    lab.close();
  }

  private void settle() {
    lab.advance(Duration.ofMillis(1));
  }

  private Station station(Junction junction, String name) {
    Wire wire = lab.newWire(name);
    junction.attach(wire.right());
    return new Station(lab, wire.left());
  }

  @Test
  void aCrashedSwitchForwardsNothingAndForgetsItsTable() {
    Switch lan = lab.newSwitch("lan");
    Station a = station(lan.access(10), "a");
    Station b = station(lan.access(10), "b");
    Station c = station(lan.access(20), "c");
    b.send(MacAddress.BROADCAST, 1);
    settle();
    lan.crash();
    assertThat(lan.table()).isEmpty();
    assertThat(lan.tables().state()).isEqualTo("crashed");
    a.send(b.macAddress(), 2);
    settle();
    assertThat(b.numbers()).isEmpty();
    assertThat(lan.drops().snapshot()).containsEntry("junction.NO_POWER", 1L);
    lan.restart();
    assertThat(lan.tables().state()).isEqualTo("running");
    a.send(MacAddress.BROADCAST, 3);
    settle();
    assertThat(b.numbers()).containsExactly(3);
    assertThat(c.numbers()).as("the modes of the ports remain").isEmpty();
    assertThat(lan.learned()).containsExactly(a.macAddress());
    lan.restart();
    assertThat(lan.learned()).as("a restart begins with a crash").isEmpty();
  }

  @Test
  void framesInTheQueuesAreLost() {
    Switch lan = lab.newSwitch("lan");
    Station a = station(lan, "a");
    Station b = station(lan, "b");
    Station c = station(lan, "c");
    c.send(MacAddress.BROADCAST, 0);
    settle();
    // Two senders need more than the capacity of one port.
    for (Station each : List.of(a, b)) {
      each.sendAll(Flux.range(1, 600).map(n -> Station.frame(each.macAddress(), c.macAddress(), n, 1500)));
    }
    lab.advance(Duration.ofNanos(500_000));
    int inside = lab.call(() -> Ports.of(lan).framesInside());
    assertThat(inside).isPositive();
    lan.crash();
    assertThat(Ports.of(lan).framesInside()).isZero();
    assertThat(lan.drops().snapshot()).containsEntry("junction.LOST_IN_CRASH", (long) inside);
    int arrived = c.numbers().size();
    lan.restart();
    lab.advance(Duration.ofSeconds(1));
    c.send(a.macAddress(), 9);
    settle();
    assertThat(a.numbers()).endsWith(9);
    assertThat(c.numbers().size()).isGreaterThanOrEqualTo(arrived).isLessThan(1200);
  }

  @Test
  void aHubCrashesLikewise() {
    Hub hub = lab.newHub("hub");
    Station a = station(hub, "a");
    Station b = station(hub, "b");
    a.send(b.macAddress(), 1);
    settle();
    hub.crash();
    assertThat(hub.tables().state()).isEqualTo("crashed");
    a.send(b.macAddress(), 2);
    settle();
    hub.restart();
    a.send(b.macAddress(), 3);
    settle();
    assertThat(b.numbers()).containsExactly(1, 3);
    assertThat(hub.drops().snapshot()).containsEntry("junction.NO_POWER", 1L);
  }

  @Test
  void connectionsSurviveAShortCrash() {
    Switch lan = lab.newSwitch("lan");
    Host a = lab.host("a").on(lan, "10.0.0.1/24").start();
    Host b = lab.host("b").on(lan, "10.0.0.2/24").start();
    List<Integer> received = new ArrayList<>();
    lab.run(() -> b.stack().tcp().listen(7).flatMap(connection -> connection.receive().doOnNext(bytes -> {
      received.add(bytes.readableBytes());
      bytes.release();
    }).onErrorComplete()).subscribe());
    TcpConnection connection = lab.await(a.stack().tcp().connect("10.0.0.2", 7));
    lab.at(lab.now().plusSeconds(1)).run(lan::crash);
    lab.at(lab.now().plusSeconds(3)).run(lan::restart);
    lab.await(connection.send(Flux.interval(Duration.ofMillis(500)).take(10)
        .map(tick -> Unpooled.wrappedBuffer(new byte[100]))));
    lab.advance(Duration.ofSeconds(10));
    assertThat(received.stream().mapToInt(Integer::intValue).sum()).isEqualTo(1000);
    assertThat(lab.call(connection::info).retransmissions()).isPositive();
    lan.crash();
    assertThat(lab.<Boolean>await(a.stack().icmp().ping(IpAddress.parse("10.0.0.2")).map(reply -> true)
        .timeout(Duration.ofSeconds(3)).onErrorResume(e -> Mono.just(false)))).isFalse();
  }
}
