package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.icmp.PingReply;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpConnection;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;

/** The library of effects, applied to the traffic of two hosts. */
@Timeout(120)
class EffectsTest {

  private final Lab lab = Lab.virtual(1);
  private final Wire wire = lab.newWire("w", w -> w.delay(Duration.ofMillis(10)));
  private final Host client = lab.host("client").address("10.0.0.1/24").connectTo(wire.left());
  private final Host server = lab.host("server").address("10.0.0.2/24").connectTo(wire.right());
  private final AtomicReference<Throwable> served = new AtomicReference<>();

  @AfterEach
  void close() {
    lab.close();
  }

  /** Starts an echo server on port 7. */
  private void echo() {
    lab.run(() -> server.stack().tcp().listen(7).flatMap(
        connection -> connection.send(connection.receive()).then(connection.close()).doOnError(served::set)
            .onErrorComplete())
        .subscribe());
  }

  /** A connection that records the bytes it receives and the error that ends it. */
  private final class Talk {

    private final StringBuilder got = new StringBuilder();
    private final AtomicReference<Throwable> end = new AtomicReference<>();
    private final TcpConnection connection;

    Talk() {
      connection = lab.await(client.stack().tcp().connect("10.0.0.2", 7));
      lab.run(() -> connection.receive().subscribe(buffer -> {
        got.append(buffer.toString(StandardCharsets.US_ASCII));
        buffer.release();
      }, end::set));
    }

    /** Sends {@code text} and returns the text that comes back within 30 s. */
    String say(String text) {
      got.setLength(0);
      lab.run(() -> connection.send(Mono.just(text(text))).onErrorComplete().subscribe());
      lab.advance(Duration.ofSeconds(30));
      return got.toString();
    }
  }

  private static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
  }

  private int transfer(int bytes) {
    return lab.await(client.stack().tcp().connect("10.0.0.2", 7).flatMap(connection -> connection
        .send(Mono.just(Unpooled.buffer().writeZero(bytes))).then(connection.shutdownOutput())
        .then(connection.receive().map(buffer -> {
          int got = buffer.readableBytes();
          buffer.release();
          return got;
        }).reduce(0, Integer::sum))));
  }

  @Test
  void aOneWayCutLetsTheOtherDirectionPass() {
    echo();
    assertThat(new Talk().say("hello")).isEqualTo("hello");
    try (Scope cut = wire.withToLeft(Effects.cut())) {
      assertThatThrownBy(() -> lab.await(client.stack().icmp().ping(server.address()))).isNotNull();
      assertThat(cut).isNotNull();
    }
    assertThat(wire.countersToLeft().cut()).isPositive();
    assertThat(wire.countersToRight().cut()).isZero();
    assertThat(lab.await(client.stack().icmp().ping(server.address())).roundTrip()).isEqualTo(Duration.ofMillis(20));
  }

  @Test
  void aLostSynCostsTheFirstRetransmissionTimeout() {
    echo();
    lab.await(client.stack().icmp().ping(server.address()));
    wire.withToRight(Effects.dropNth(1, Frames.syn()));
    Duration before = lab.now();
    lab.await(client.stack().tcp().connect("10.0.0.2", 7));
    assertThat(lab.now().minus(before)).as("RFC 6298 2.1: one second").isEqualTo(Duration.ofMillis(1020));
    assertThat(wire.countersToRight().drops()).containsExactly(Map.entry("DROPPED", 1L));
  }

  @Test
  void theAcknowledgementOfOneSegmentIsLost() {
    echo();
    List<String> passed = new ArrayList<>();
    Talk talk = new Talk();
    assertThat(talk.say("one")).isEqualTo("one");
    wire.with(Effects.ackOf(2, Frames.data().and(Frames.to(server.address())), Effects.drop()).named("ACK"));
    wire.withToRight((frame, now) -> {
      FrameView.of(frame).tcp(segment -> passed.add(segment.payload().readableBytes() + " B"));
      return Verdict.pass();
    });
    assertThat(talk.say("no")).isEqualTo("no");
    assertThat(talk.say("three")).isEqualTo("three");
    assertThat(talk.say("four")).isEqualTo("four");
    assertThat(wire.countersToLeft().drops()).containsExactly(Map.entry("ACK", 1L));
    assertThat(wire.countersToRight().drops()).isEmpty();
    assertThat(passed).filteredOn("5 B"::equals).as("sent, and again since its acknowledgement was lost").hasSize(2);
    assertThat(passed).filteredOn("4 B"::equals).hasSize(1);
  }

  @Test
  void congestionIsMarkedOnEcnCapablePackets() {
    Wire marking = lab.newWire("marking");
    Host sender = lab.host("sender").stack(s -> s.tcp(t -> t.withWire(w -> w.withEcn(TcpSettings.Ecn.REQUEST))))
        .on(marking.left(), "10.3.0.1/24").start();
    Host receiver = lab.host("receiver").on(marking.right(), "10.3.0.2/24").start();
    marking.withToRight(Effects.nth(3, Frames.data(), Effects.markCongestion()));
    marking.withToRight(Effects.only(Frames.arp().or(Frames.syn()), Effects.markCongestion()));
    Mono<Integer> got = receiver.stack().tcp().listen(80).next()
        .flatMap(connection -> connection.receive().map(buffer -> {
          int bytes = buffer.readableBytes();
          buffer.release();
          return bytes;
        }).reduce(0, Integer::sum));
    Mono<Void> sent = sender.stack().tcp().connect("10.3.0.2", 80).flatMap(connection -> connection
        .send(Mono.just(Unpooled.buffer().writeZero(100_000))).then(connection.shutdownOutput()));
    Integer bytes = lab.await(got.zipWith(sent.thenReturn(1), (all, done) -> all));
    assertThat(bytes).isEqualTo(100_000);
    assertThat(marking.countersToRight().made()).containsExactly(Map.entry("CE_MARKED", 1L));
    assertThat(receiver.stack().drops().snapshot()).as("checksums are right").isEmpty();
  }

  @Test
  void framePredicatesMatchTheirKinds() {
    echo();
    Effect finOnce = Effects.dropNth(1, Frames.fin()).named("FIN");
    Effect ackTwice = Effects.nth(2, Frames.pureAck(), Effects.drop()).named("ACK");
    Effect synAck = Effects.dropNth(1, Frames.synAck()).named("SYN ACK");
    Effect data = Effects.dropNth(2, Frames.data().and(Frames.to(server.address()))).named("DATA");
    Effect arp = Effects.dropNth(1, Frames.arp()).named("ARP");
    Effect other = Effects.only(Frames.port(8).or(Frames.udp()).or(Frames.icmp()).or(Frames.rst())
        .or(Frames.from(IpAddress.parse("10.9.9.9"))).or(Frames.tcp().negate().and(Frames.arp().negate())),
        Effects.drop()).named("OTHER");
    for (Effect effect : List.of(finOnce, ackTwice, synAck, data, arp, other)) {
      wire.with(effect);
    }
    assertThat(transfer(50_000)).isEqualTo(50_000);
    lab.advance(Duration.ofSeconds(10));
    Map<String, Long> all = new TreeMap<>(wire.countersToRight().drops());
    wire.countersToLeft().drops().forEach((cause, count) -> all.merge(cause, count, Long::sum));
    assertThat(all).isEqualTo(Map.of("FIN", 1L, "ACK", 1L, "SYN ACK", 1L, "DATA", 1L, "ARP", 1L));
  }

  @Test
  void stackDetectsAPathMtuBlackHole() {
    echo();
    wire.with(Effects.mtuHole(1200));
    assertThat(transfer(200_000)).isEqualTo(200_000);
    assertThat(wire.countersToRight().dropped("MTU_HOLE")).isPositive();
    assertThat(wire.countersToLeft().made()).isEmpty();
  }

  @Test
  void smallerMtuBehindARouterIsReportedByIcmp() {
    echo();
    wire.with(Effects.mtu(1000, "10.0.0.254"));
    Duration before = lab.now();
    assertThat(transfer(200_000)).isEqualTo(200_000);
    assertThat(lab.now().minus(before)).as("no timeout was needed").isLessThan(Duration.ofMillis(500));
    assertThat(wire.countersToRight().dropped("MTU_TOO_BIG")).isBetween(1L, 20L);
    assertThat(wire.countersToLeft().made()).containsEntry("MTU_TOO_BIG",
        wire.countersToRight().dropped("MTU_TOO_BIG"));
    assertThat(client.stack().drops().snapshot().keySet()).noneMatch(reason -> reason.startsWith("icmp"));
  }

  @ParameterizedTest
  @EnumSource
  void aMiddleboxResetsEitherSideOrBoth(Effects.ResetTo sides) {
    echo();
    Talk talk = new Talk();
    assertThat(talk.say("hello")).isEqualTo("hello");
    try (Scope box = wire.withToRight(Effects.reset(sides, Frames.data().and(Frames.port(7))))) {
      assertThat(talk.say("again")).isEmpty();
      assertThat(box).isNotNull();
    }
    assertThat(wire.countersToRight().dropped("RESET")).isPositive();
    assertThat(wire.countersToRight().made().containsKey("RESET")).isEqualTo(sides != Effects.ResetTo.SENDER);
    assertThat(wire.countersToLeft().made().containsKey("RESET")).isEqualTo(sides != Effects.ResetTo.RECEIVER);
    assertThat(served.get() != null).as("the server was reset").isEqualTo(sides != Effects.ResetTo.SENDER);
    if (sides != Effects.ResetTo.RECEIVER) {
      assertThat(talk.end.get()).hasMessageContaining("reset by peer");
    }
    assertThat(new Talk().say("anew")).isEqualTo("anew");
  }

  @Test
  void middleboxForgetsIdleTcpFlows() {
    echo();
    wire.with(Effects.forgetIdle(Duration.ofMinutes(5)));
    Talk talk = new Talk();
    assertThat(talk.say("one")).isEqualTo("one");
    lab.advance(Duration.ofMinutes(4));
    assertThat(talk.say("two")).isEqualTo("two");
    lab.advance(Duration.ofMinutes(5));
    assertThat(talk.say("three")).isEmpty();
    assertThat(talk.end.get()).isNull();
    assertThat(wire.countersToRight().dropped("FORGOTTEN")).isGreaterThan(3);
    assertThat(new Talk().say("a new one")).isEqualTo("a new one");
  }

  @Test
  void middleboxForgetsIdleUdpFlowsUntilTheOpenerSends() {
    wire.with(Effects.forgetIdle(Duration.ofSeconds(30)));
    List<String> got = new ArrayList<>();
    AtomicReference<Endpoint> peer = new AtomicReference<>();
    var bound = lab.await(server.stack().udp().bind(53));
    lab.run(() -> bound.receive().subscribe(datagram -> {
      peer.set(datagram.remote());
      datagram.payload().release();
    }));
    var socket = lab.await(client.stack().udp().connect(new InetSocketAddress("10.0.0.2", 53)));
    lab.run(() -> socket.receive().subscribe(datagram -> {
      got.add(datagram.payload().toString(StandardCharsets.US_ASCII));
      datagram.payload().release();
    }));
    lab.await(socket.send(Mono.just(Datagram.toPeer(text("hello")))));
    lab.advance(Duration.ofSeconds(20));
    push(bound, peer.get(), "in time");
    lab.advance(Duration.ofSeconds(40));
    push(bound, peer.get(), "too late");
    lab.await(socket.send(Mono.just(Datagram.toPeer(text("again")))));
    lab.advance(Duration.ofSeconds(1));
    push(bound, peer.get(), "once more");
    assertThat(got).containsExactly("in time", "once more");
    assertThat(wire.countersToLeft().dropped("FORGOTTEN")).isEqualTo(1);
  }

  private void push(UdpConnection socket, Endpoint to, String text) {
    lab.await(socket.send(Mono.just(Datagram.to(to, text(text)))));
    lab.advance(Duration.ofMillis(100));
  }

  /** Returns the median round trip of pings, in ms, while a transfer fills the wire. */
  private double underLoad() {
    echo();
    lab.await(client.stack().icmp().ping(server.address()));
    lab.run(() -> client.stack().tcp().connect("10.0.0.2", 7)
        .flatMap(connection -> connection.send(Mono.just(Unpooled.buffer().writeZero(8_000_000)))
            .and(connection.receive().doOnNext(ByteBuf::release)))
        .onErrorComplete().subscribe());
    lab.advance(Duration.ofSeconds(2));
    long[] nanos = IntStream.range(0, 20).mapToObj(i -> {
      lab.advance(Duration.ofMillis(97));
      // The queue may drop a ping.
      return lab.await(client.stack().icmp().ping(server.address()).map(PingReply::roundTrip).onErrorComplete());
    }).filter(Objects::nonNull).mapToLong(Duration::toNanos).sorted().toArray();
    assertThat(nanos).hasSizeGreaterThan(15);
    return nanos[nanos.length / 2] / 1e6;
  }

  @Test
  void codelKeepsTheQueueShort() {
    wire.withToRight(Effects.codel(10_000_000));
    assertThat(underLoad()).isBetween(20.0, 40.0);
    assertThat(wire.countersToRight().dropped("CODEL")).isPositive();
    assertThat(wire.countersToRight().dropped("CODEL_FULL")).isZero();
  }

  @Test
  void withoutCodelTheSameQueueIsLong() {
    wire.impair(w -> w.rate(10_000_000).queue(400_000), w -> w);
    assertThat(underLoad()).isGreaterThan(150);
  }

  @Test
  void slowReceiverLimitsFramesPerSecond() {
    Wire slow = lab.newWire("slow");
    slow.withToRight(Effects.slowReceiver(100, 5));
    Station a = new Station(lab, slow.left());
    Station b = new Station(lab, slow.right());
    Duration start = lab.now();
    for (int i = 0; i < 10; i++) {
      a.send(b.macAddress(), i);
    }
    lab.advance(Duration.ofSeconds(1));
    assertThat(b.arrivals()).extracting(Station.Arrival::number).containsExactly(0, 1, 2, 3, 4, 5);
    assertThat(b.arrivals()).extracting(arrival -> arrival.millis() - start.toMillis())
        .containsExactly(10L, 20L, 30L, 40L, 50L, 60L);
    assertThat(slow.countersToRight().drops()).containsExactly(Map.entry("SLOW_RECEIVER_FULL", 4L));
    slow.cut();
    slow.mend();
    a.send(b.macAddress(), 77);
    lab.advance(Duration.ofMillis(10));
    assertThat(b.numbers()).as("no backlog is left").endsWith(77);
  }

  @Test
  void aBitIsFlippedInACopy() {
    Wire flip = lab.newWire("flip");
    flip.withToRight(Effects.nth(2, Frames.any(), Effects.flipBit(17, 1)));
    Station a = new Station(lab, flip.left());
    Station b = new Station(lab, flip.right());
    for (int i = 0; i < 3; i++) {
      a.send(b.macAddress(), 8);
    }
    lab.advance(Duration.ofMillis(10));
    assertThat(b.numbers()).containsExactly(8, 10, 8);
    assertThat(flip.countersToRight().made()).containsExactly(Map.entry("FLIPPED", 1L));
  }

  @Test
  void tcpRetransmitsADamagedSegment() {
    echo();
    wire.withToRight(Effects.nth(2, Frames.data(), Effects.flipBit(70, 0)));
    assertThat(transfer(50_000)).isEqualTo(50_000);
    assertThat(server.stack().drops().snapshot()).containsEntry("tcp.BAD_CHECKSUM", 1L);
  }

  @Test
  void effectsHaveNames() {
    assertThat(List.of(Effects.cut(), Effects.delay(Duration.ofMillis(1)), Effects.codel(1000), Effects.mtuHole(1000)))
        .extracting(Effect::name).containsExactly("CUT", "DELAYED", "CODEL", "MTU_HOLE");
    assertThat(Effects.drop().named("MINE").name()).isEqualTo("MINE");
  }

  @Test
  void lineFailsAndRecoversAtRandom() {
    wire.with(Effects.outages(Duration.ofSeconds(60), Duration.ofSeconds(20)));
    int answered = 0;
    int changes = 0;
    boolean before = true;
    for (int i = 0; i < 4_000; i++) {
      boolean now = Boolean.TRUE.equals(lab.await(client.stack().icmp().ping(IpAddress.parse("10.0.0.2"))
          .timeout(Duration.ofMillis(500)).map(reply -> true).onErrorReturn(false)));
      answered += now ? 1 : 0;
      changes += now == before ? 0 : 1;
      before = now;
      lab.advance(Duration.ofSeconds(1));
    }
    long there = wire.countersToRight().dropped("OUTAGE");
    long back = wire.countersToLeft().dropped("OUTAGE");
    // About 59 pings per working period and 13 per failure, as an unanswered ping takes longer.
    assertThat(answered).isBetween(2_900, 3_600);
    assertThat(changes).isBetween(70, 160);
    assertThat(there).isGreaterThan(400);
    // An answer is lost only if the line fails just then; the server also sends an ARP request for the client once in a
    // while.
    assertThat(back).as("frames lost in the opposite direction").isLessThan(there / 10);
  }
}
