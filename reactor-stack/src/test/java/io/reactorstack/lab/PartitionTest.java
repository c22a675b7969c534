package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.reactorstack.udp.Datagram;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Partitions, which drop the frames between hosts, and holds, which delay them, whatever lies between the hosts. */
@Timeout(60)
class PartitionTest {

  private final Lab lab = Lab.virtual(1);
  private final Switch lan = lab.newSwitch("lan");
  private final Hub hub = lab.newHub("hub");
  private final Host a = lab.host("a").on(lan, "10.0.0.1/24", w -> w.delay(Duration.ofMillis(5))).start();
  private final Host b = lab.host("b").on(lan, "10.0.0.2/24").start();
  private final Host c = lab.host("c").on(hub, "10.0.0.3/24", w -> w.delay(Duration.ofMillis(5))).start();
  private final Host d = lab.host("d").on(hub, "10.0.0.4/24").start();

  PartitionTest() {
    Wire trunk = lab.newWire("trunk", w -> w.delay(Duration.ofMillis(1)));
    lan.attach(trunk.left());
    hub.attach(trunk.right());
  }

  @AfterEach
  void close() {
    lab.close();
  }

  private boolean reaches(Host from, Host to) {
    return Boolean.TRUE.equals(
        lab.await(from.stack().icmp().ping(to.address()).map(reply -> true).onErrorReturn(false)));
  }

  /**
   * Returns the pairs of hosts that can ping each other, as text, after waiting until failed neighbours are resolved
   * again.
   */
  private String reach() {
    lab.advance(Duration.ofSeconds(30));
    List<Host> all = List.of(a, b, c, d);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < all.size(); i++) {
      for (int j = i + 1; j < all.size(); j++) {
        text.append(reaches(all.get(i), all.get(j)) ? all.get(i).name() + all.get(j).name() + " " : "");
      }
    }
    return text.toString().strip();
  }

  @Test
  void partitionSeparatesOnlyTheTwoHosts() {
    assertThat(reach()).isEqualTo("ab ac ad bc bd cd");
    lab.partition(a, c);
    lab.partition(c, d);
    assertThat(reach()).isEqualTo("ab ad bc bd");
    assertThat(c.wire().countersToLeft().dropped(WireDrop.PARTITIONED.name())).isPositive();
    assertThat(b.wire().countersToLeft().dropped(WireDrop.PARTITIONED.name())).isZero();
    lab.repair(a, c);
    assertThat(reach()).isEqualTo("ab ac ad bc bd");
    lab.repair();
    assertThat(reach()).isEqualTo("ab ac ad bc bd cd");
  }

  @Test
  void setsOfHostsArePartitionedHeldAndRepaired() {
    lab.partitionOneWay(Set.of(a, c), Set.of(b, d));
    assertThat(reach()).isEqualTo("ac bd");
    lab.repairOneWay(a, b);
    assertThat(reach()).isEqualTo("ab ac bd");
    lab.repair(Set.of(a, c), Set.of(d));
    assertThat(reach()).isEqualTo("ab ac ad bd cd");
    lab.repair();
    lab.hold(Set.of(a), Set.of(b, c));
    assertThat(reach()).isEqualTo("ad bc bd cd");
    lab.release(Set.of(a), Set.of(b));
    assertThat(reach()).isEqualTo("ab ad bc bd cd");
    lab.releaseOneWay(a, c);
    assertThat(reach()).as("answers are still held").isEqualTo("ab ad bc bd cd");
    lab.releaseOneWay(c, a);
    assertThat(reach()).isEqualTo("ab ac ad bc bd cd");
  }

  @Test
  void aHostCountsItsOpenConnections() {
    b.stack().tcp().listen(7).flatMap(connection -> connection.receive().then(connection.close())).subscribe();
    var connection = lab.await(a.stack().tcp().connect("10.0.0.2", 7));
    assertThat(a.openConnections()).isEqualTo(1);
    assertThat(b.openConnections()).isEqualTo(1);
    lab.run(() -> connection.close().subscribe());
    lab.advance(Duration.ofSeconds(1));
    assertThat(a.openConnections()).isZero();
    b.crash();
    assertThat(b.openConnections()).isZero();
  }

  @Test
  void aHostWithFewPortsRunsOutOfThem() {
    Host few = lab.host("few").on(lan, "10.0.0.9/24").stack(s -> s.ephemeralPorts(5000, 5002)).start();
    b.stack().tcp().listen(7).subscribe();
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      ports.add(lab.await(few.stack().tcp().connect("10.0.0.2", 7)).localAddress().getPort());
    }
    assertThat(ports).containsExactlyInAnyOrder(5000, 5001, 5002);
    assertThatThrownBy(() -> lab.await(few.stack().tcp().connect("10.0.0.2", 7)))
        .hasMessageContaining("No local port is free");
    for (int i = 0; i < 3; i++) {
      lab.await(few.stack().udp().bind(0));
    }
    assertThatThrownBy(() -> lab.await(few.stack().udp().bind(0))).hasMessageContaining("no port is free");
  }

  @Test
  void partitionAlsoDropsArp() {
    lab.partition(a, c);
    assertThat(reaches(a, c)).as("ARP frames are dropped too").isFalse();
    assertThat(reaches(a, d)).isTrue();
  }

  @Test
  void partitionOfSetsEndsWithItsScope() {
    try (Scope split = lab.partition(Set.of(a, c), Set.of(b, d))) {
      assertThat(reach()).isEqualTo("ac bd");
      assertThat(split).isNotNull();
    }
    assertThat(reach()).isEqualTo("ab ac ad bc bd cd");
  }

  @Test
  void oneWayPartitionDropsOneDirection() {
    reach();
    List<String> heard = new ArrayList<>();
    for (Host host : List.of(a, c)) {
      var socket = lab.await(host.stack().udp().bind(9));
      lab.run(() -> socket.receive().subscribe(datagram -> {
        heard.add(host.name());
        datagram.payload().release();
      }));
    }
    lab.partitionOneWay(a, c);
    say(a, c);
    say(c, a);
    assertThat(heard).containsExactly("a");
    lab.repair();
    say(a, c);
    assertThat(heard).containsExactly("a", "c");
  }

  private void say(Host from, Host to) {
    lab.await(from.stack().udp().connect(new InetSocketAddress(to.address().toString(), 9))
        .flatMap(socket -> socket.send(Mono.just(Datagram.toPeer(Unpooled.copyInt(1))))));
    lab.advance(Duration.ofMillis(100));
  }

  @Test
  void partitionDropsFramesInTransit() {
    reach();
    var pinging = a.stack().icmp().ping(c.address()).map(reply -> "answered").onErrorReturn("lost").toFuture();
    lab.advance(Duration.ofMillis(3));
    lab.partition(a, c);
    lab.advance(Duration.ofMillis(20));
    lab.repair();
    lab.advance(Duration.ofSeconds(5));
    assertThat(pinging).isCompletedWithValue("lost");
    assertThat(reaches(a, c)).isTrue();
  }

  @Test
  void transferSurvivesAPartition() {
    Mono<Integer> received = c.stack().tcp().listen(80).next()
        .flatMap(connection -> connection.receive().map(buffer -> {
          int bytes = buffer.readableBytes();
          buffer.release();
          return bytes;
        }).reduce(0, Integer::sum));
    Mono<Void> sent = a.stack().tcp().connect("10.0.0.3", 80).flatMap(connection -> connection
        .send(Flux.range(0, 50).delayElements(Duration.ofMillis(10), lab.scheduler())
            .map(i -> Unpooled.buffer().writeZero(10_000)))
        .then(connection.shutdownOutput()));
    lab.run(() -> lab.loop().schedule(() -> lab.partition(a, c), 200, TimeUnit.MILLISECONDS));
    lab.run(() -> lab.loop().schedule(() -> lab.repair(), 4200, TimeUnit.MILLISECONDS));
    Integer bytes = lab.await(received.zipWith(sent.thenReturn(1), (got, done) -> got));
    assertThat(bytes).isEqualTo(500_000);
    assertThat(lab.now()).isGreaterThan(Duration.ofMillis(4200));
  }

  @Test
  void heldFramesWaitAndArriveInTheirOrderWhenTheyAreReleased() {
    reach();
    List<String> heard = new ArrayList<>();
    var socket = lab.await(c.stack().udp().bind(9));
    lab.run(() -> socket.receive().subscribe(datagram -> {
      heard.add(datagram.remote().address().equals(a.address()) ? "a" + datagram.payload().readInt() : "b");
      datagram.payload().release();
    }));
    lab.hold(a, c);
    var sender = lab.await(a.stack().udp().connect(new InetSocketAddress("10.0.0.3", 9)));
    lab.await(sender.send(Flux.range(0, 600).delayElements(Duration.ofNanos(20_000), lab.scheduler())
        .map(i -> Datagram.toPeer(Unpooled.copyInt(i)))));
    say(b, c);
    lab.advance(Duration.ofMinutes(1));
    assertThat(heard).containsExactly("b");
    long held = c.wire().countersToLeft().inFlight();
    assertThat(held).as("and perhaps an ARP request").isBetween(600L, 610L);
    assertThat((long) lab.framesInside()).as("in both directions").isBetween(held, held + 10);
    lab.hold(b, d).close();
    assertThat(c.wire().countersToLeft().inFlight()).as("another release does not free them").isEqualTo(held);
    lab.release(c, a);
    lab.await(sender.send(Mono.just(Datagram.toPeer(Unpooled.copyInt(600)))));
    lab.advance(Duration.ofSeconds(1));
    assertThat(heard.subList(1, heard.size())).isEqualTo(IntStream.rangeClosed(0, 600).mapToObj(i -> "a" + i).toList());
    assertThat(c.wire().countersToLeft().dropped()).as("none is lost").isZero();
  }

  @Test
  void oneWayHoldsAndReleaseOfAll() {
    reach();
    lab.holdOneWay(c, a);
    var pinging = a.stack().icmp().ping(c.address()).map(reply -> reply.roundTrip().toMillis()).onErrorReturn(-1L)
        .toFuture();
    lab.advance(Duration.ofMillis(500));
    assertThat(pinging).isNotDone();
    lab.release();
    lab.advance(Duration.ofMillis(100));
    assertThat(pinging).isCompletedWithValue(500L);
  }

  @Test
  void partitionDropsHeldFramesAndCloseReleasesOthers() {
    reach();
    lab.hold(a, c);
    lab.hold(b, d);
    for (Host[] pair : new Host[][] {{a, c}, {b, d}}) {
      var socket = lab.await(pair[0].stack().udp().connect(
          new InetSocketAddress(pair[1].address().toString(), 9)));
      lab.await(socket.send(Mono.just(Datagram.toPeer(Unpooled.copyInt(1)))));
    }
    lab.advance(Duration.ofMillis(50));
    lab.partition(a, c);
    lab.release();
    assertThat(c.wire().countersToLeft().dropped("PARTITIONED")).isEqualTo(1);
    lab.hold(b, d);
    var socket = lab.await(b.stack().udp().connect(new InetSocketAddress("10.0.0.4", 9)));
    lab.await(socket.send(Mono.just(Datagram.toPeer(Unpooled.copyInt(1)))));
    lab.advance(Duration.ofMillis(50));
    lab.close();
    assertThat(d.wire().framesInside()).isZero();
  }

  @Test
  void partitionAppliesToAllWiresOfAHost() {
    Switch storage = lab.newSwitch("storage");
    Host two = lab.host("two").on(lan, "10.0.0.7/24").on(storage, "10.1.0.7/24").start();
    Host disk = lab.host("disk").on(storage, "10.1.0.8/24").start();
    assertThat(reaches(two, a)).isTrue();
    assertThat(reaches(two, disk)).isTrue();
    lab.partition(Set.of(two), Set.of(disk, a));
    assertThat(reaches(two, a)).isFalse();
    assertThat(reaches(two, disk)).isFalse();
    assertThat(reaches(two, b)).isTrue();
  }

  @Test
  void partitionRejectsHostsOnBothSidesAndOfOtherLabs() {
    assertThatThrownBy(() -> lab.partition(a, a)).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("host a is on both sides");
    assertThatThrownBy(() -> lab.partition(Set.of(a, b), Set.of(c, b))).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("host b is on both sides");
    try (Lab other = Lab.virtual(2)) {
      Host stranger = other.host("stranger").on(other.newSwitch("x"), "10.0.0.9/24").start();
      assertThatThrownBy(() -> lab.hold(a, stranger)).isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("host stranger is not in this lab");
    }
    assertThat(reach()).as("an error changes nothing").isEqualTo("ab ac ad bc bd cd");
  }

  @Test
  void partitionAndHoldWorkInRealTime() {
    try (Lab real = Lab.realTime(1)) {
      Switch here = real.newSwitch("here");
      Host one = real.host("one").on(here, "10.0.0.1/24").start();
      Host two = real.host("two").on(here, "10.0.0.2/24").start();
      real.await(one.stack().icmp().ping(two.address()));
      try (Scope parted = real.partition(one, two)) {
        assertThatThrownBy(() -> real.await(one.stack().icmp().ping(two.address()), Duration.ofMillis(100)))
            .isInstanceOf(StalledException.class);
        assertThat(parted).isNotNull();
      }
      Scope held = real.hold(one, two);
      Mono<Duration> waiting = one.stack().icmp().ping(two.address()).map(reply -> reply.roundTrip()).cache();
      real.run(waiting::subscribe);
      real.advance(Duration.ofMillis(50));
      held.close();
      assertThat(real.await(waiting)).isGreaterThanOrEqualTo(Duration.ofMillis(50));
    }
  }

  @Test
  void runsWithHoldsAreRepeatable() {
    assertThat(run()).isEqualTo(run());
  }

  private static List<String> run() {
    try (Lab lab = Lab.virtual(7)) {
      Switch lan = lab.newSwitch("lan");
      List<Host> hosts = new ArrayList<>();
      List<String> heard = new ArrayList<>();
      for (int i = 1; i <= 5; i++) {
        Host host = lab.host("h" + i).on(lan, "10.0.0." + i + "/24", w -> w.delay("3ms 2ms")).start();
        hosts.add(host);
        host.observe((direction, frame, nanos) -> heard.add(host.name() + direction + nanos));
      }
      lab.hold(hosts.get(0), hosts.get(1));
      lab.hold(hosts.get(2), hosts.get(1));
      lab.hold(hosts.get(3), hosts.get(4));
      for (Host from : hosts) {
        for (Host to : hosts) {
          from.stack().icmp().ping(to.address()).onErrorComplete().subscribe();
        }
      }
      lab.advance(Duration.ofMillis(300));
      lab.release();
      lab.advance(Duration.ofSeconds(3));
      return heard;
    }
  }
}
