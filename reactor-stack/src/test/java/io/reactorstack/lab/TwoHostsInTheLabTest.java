package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.Capture;
import io.reactorstack.icmp.PingReply;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.telemetry.Story;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.function.Tuple2;

@Timeout(300)
class TwoHostsInTheLabTest {

  private static final int PIECE = 16 * 1024;

  @Test
  void pingTakesTheDelaysOfBothDirections() {
    try (Lab lab = Lab.virtual(1)) {
      Switch lan = lab.newSwitch("lan");
      Host client = lab.host("client").address("10.0.0.1/24").wire(w -> w.delay(Duration.ofMillis(15))).connectTo(lan);
      Host server = lab.host("server").address("10.0.0.2/24").wire(w -> w.delay(Duration.ofMillis(5))).connectTo(lan);

      lab.await(client.stack().icmp().ping(server.address()));
      PingReply reply = lab.await(client.stack().icmp().ping(server.address()));

      assertThat(reply.roundTrip()).isEqualTo(Duration.ofMillis(40));
      assertThat(client.macAddress()).isEqualTo(MacAddress.parse("02:00:0a:00:00:01"));
      assertThat(lan.learned()).containsExactlyInAnyOrder(client.macAddress(), server.macAddress());
    }
  }

  @Test
  void hostNeedsAnAddressAndAUniqueName() {
    try (Lab lab = Lab.virtual(1)) {
      Switch lan = lab.newSwitch("lan");
      assertThatThrownBy(() -> lab.host("a").connectTo(lan)).isInstanceOf(IllegalStateException.class);
      lab.host("b").address("10.0.0.1/24").connectTo(lan);
      assertThatThrownBy(() -> lab.host("b").address("10.0.0.2/24").connectTo(lan))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(lab.hosts()).hasSize(1).first().extracting(Host::address).isEqualTo(Ipv4Address.parse("10.0.0.1"));
    }
  }

  @Test
  void tenMegabytesOverABadLineAreTheSameEachTime() {
    Result first = transfer(42, 10_000_000, TwoHostsInTheLabTest::badLine);
    Result second = transfer(42, 10_000_000, TwoHostsInTheLabTest::badLine);
    Result other = transfer(43, 1_000_000, TwoHostsInTheLabTest::badLine);

    assertThat(first.received).isEqualTo(first.sent);
    assertThat(second).isEqualTo(first);
    assertThat(other.received).isEqualTo(other.sent);
    assertThat(first.out.lost()).isBetween(100L, 300L);
    assertThat(first.out.reordered()).isPositive();
  }

  @Test
  void anotherSeedIsAnotherRun() {
    Result first = transfer(1, 100_000, TwoHostsInTheLabTest::badLine);
    Result other = transfer(2, 100_000, TwoHostsInTheLabTest::badLine);
    assertThat(first.received).isEqualTo(first.sent).isNotEqualTo(other.received);
    assertThat(other.received).isEqualTo(other.sent);
    assertThat(other.capture).isNotEqualTo(first.capture);
  }

  @Test
  void anotherHostDoesNotChangeTheRandomNumbersOfThisOne() {
    List<String> alone = firstFrames(false);
    assertThat(firstFrames(true)).isEqualTo(alone);
    assertThat(alone).isNotEmpty();
  }

  /** Returns the frames of the client's handshake: its port, initial sequence number and timestamps are random. */
  private static List<String> firstFrames(boolean company) {
    try (Lab lab = Lab.virtual(9)) {
      Switch lan = lab.newSwitch("lan");
      if (company) {
        lab.host("first").address("10.0.0.9/24").connectTo(lan);
      }
      Host client = lab.host("client").address("10.0.0.1/24").connectTo(lan);
      lab.host("server").address("10.0.0.2/24").connectTo(lan);
      List<String> frames = new ArrayList<>();
      client.observe((direction, frame, nanos) -> frames.add(direction + ByteBufUtil.hexDump(frame.payload())));
      assertThatThrownBy(() -> lab.await(client.stack().tcp().connect("10.0.0.2", 80))).hasMessageContaining("refused");
      return frames;
    }
  }

  @Test
  void theStoryOfAConnectionInTheLab() {
    try (Lab lab = Lab.virtual(1)) {
      Switch lan = lab.newSwitch("lan");
      Host client = lab.host("client").address("10.0.0.1/24").wire(w -> w.delay(Duration.ofMillis(10))).connectTo(lan);
      Host server = lab.host("server").address("10.0.0.2/24").connectTo(lan);
      Story story = Story.builder().names(lab).build();
      client.observe(story.observer());
      server.observe(story.observer());
      Mono<Void> served = server.stack().tcp().listen(7).next()
          .flatMap(connection -> connection.send(connection.receive()).then(Mono.defer(connection::close)));
      lab.run(served::subscribe);

      String echo = lab.await(client.stack().tcp().connect("10.0.0.2", 7).flatMap(connection -> connection
          .send(Mono.just(Unpooled.copiedBuffer("hello", StandardCharsets.US_ASCII)))
          .then(Mono.defer(connection::shutdownOutput))
          .then(connection.receive().map(TwoHostsInTheLabTest::text).reduce("", String::concat))));

      assertThat(echo).isEqualTo("hello");
      assertThat(story.text().lines().findFirst()).contains("       ms  client  server");
      assertThat(story.text()).containsSubsequence(
          "0.000  ├──────▶│   ARP who has 10.0.0.2?", "10.000  │◀──────┤   ARP 10.0.0.2 is at 02:00:0a:00:00:02",
          "20.000  ├──────▶│   TCP#1 SYN", "30.000  │◀──────┤   TCP#1 SYN ACK 7>",
          "├──────▶│   TCP#1 FIN data 5 B seq=1", "◀──────┤   TCP#1 FIN data 5 B seq=1",
          "60.000  ├──────▶│   TCP#1 ACK ack=7");
      assertThat(story.text()).doesNotContain("retransmission", "malformed");
    }
  }

  private static String text(ByteBuf buffer) {
    try {
      return buffer.toString(StandardCharsets.US_ASCII);
    } finally {
      buffer.release();
    }
  }

  @Test
  void transferSurvivesACutWire() {
    try (Lab lab = Lab.virtual(5)) {
      Switch lan = lab.newSwitch("lan");
      Host server = lab.host("server").address("10.0.0.2/24").connectTo(lan);
      Host client = lab.host("client").address("10.0.0.1/24").wire(w -> w.delay(Duration.ofMillis(5))).connectTo(lan);
      Mono<String> received = server.stack().tcp().listen(80).next()
          .flatMap(connection -> digest(connection.receive()));
      MessageDigest sent = sha256();
      Mono<Void> sending = client.stack().tcp().connect("10.0.0.2", 80)
          .flatMap(connection -> connection.send(pieces(lab.random("data"), 2_000_000, sent))
              .then(Mono.defer(connection::shutdownOutput)));
      Mono<Void> trouble = Mono.delay(Duration.ofMillis(30), lab.scheduler()).doOnNext(n -> client.wire().cut())
          .then(Mono.delay(Duration.ofSeconds(3), lab.scheduler())).doOnNext(n -> client.wire().mend()).then();
      String sum = lab.await(Mono.zip(received, sending.thenReturn(1), trouble.thenReturn(1)).map(Tuple2::getT1));
      assertThat(sum).isEqualTo(hex(sent));
      assertThat(lab.now()).isGreaterThan(Duration.ofSeconds(3));
      assertThat(client.wire().countersToRight().cut()).isPositive();
    }
  }

  @Test
  void theSameNetworkInRealTime() {
    try (Lab lab = Lab.realTime(1)) {
      Switch lan = lab.newSwitch("lan");
      Host server = lab.host("server").address("10.0.0.2/24").connectTo(lan);
      Host client = lab.host("client").address("10.0.0.1/24").wire(w -> w.delay(Duration.ofMillis(1))).connectTo(lan);
      PingReply reply = lab.await(client.stack().icmp().ping(server.address()));
      assertThat(reply.roundTrip()).isGreaterThanOrEqualTo(Duration.ofMillis(2));
      Mono<String> received = server.stack().tcp().listen(80).next()
          .flatMap(connection -> digest(connection.receive()));
      MessageDigest sent = sha256();
      Mono<Void> sending = client.stack().tcp().connect("10.0.0.2", 80)
          .flatMap(connection -> connection.send(pieces(lab.random("data"), 1_000_000, sent))
              .then(Mono.defer(connection::shutdownOutput)));
      String sum = lab.await(received.zipWith(sending.thenReturn(1), (digest, done) -> digest));
      assertThat(sum).isEqualTo(hex(sent));
    }
  }

  private static Impairment badLine(Impairment wire) {
    return wire.delay(Duration.ofMillis(40)).loss(0.02).reorder(0.05, Duration.ofMillis(3));
  }

  /** The values that must be equal in two runs. */
  private record Result(String sent, String received, String capture, Duration took, WireCounters out,
      WireCounters in) {}

  /** The client sends random bytes over its wire, chosen by the seed; the server hashes the bytes that it receives. */
  private static Result transfer(long seed, int bytes, UnaryOperator<Impairment> impairment) {
    MessageDigest file = sha256();
    Capture capture = Capture.inVirtualTime(new DigestOutputStream(OutputStream.nullOutputStream(), file));
    try (capture; Lab lab = Lab.virtual(seed)) {
      Switch lan = lab.newSwitch("lan");
      Host server = lab.host("server").address("10.0.0.2/24").connectTo(lan);
      Host client = lab.host("client").address("10.0.0.1/24").wire(impairment).connectTo(lan);
      client.capture(capture);
      Story story = Story.builder().names(lab).build();
      client.observe(story.observer());

      Mono<String> received = server.stack().tcp().listen(80).next()
          .flatMap(connection -> digest(connection.receive()).flatMap(sum -> connection.close().thenReturn(sum)));
      MessageDigest sent = sha256();
      Flux<ByteBuf> data = pieces(lab.random("data"), bytes, sent);
      Mono<Void> sending = client.stack().tcp().connect("10.0.0.2", 80)
          .flatMap(connection -> connection.send(data).then(Mono.defer(connection::close)));
      String sum;
      try {
        sum = lab.await(received.zipWith(sending.thenReturn(true), (s, done) -> s));
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + " at " + lab.now() + "\n" + story, e);
      }
      return new Result(hex(sent), sum, hex(file), lab.now(), client.wire().countersToRight(),
          client.wire().countersToLeft());
    }
  }

  private static Flux<ByteBuf> pieces(RandomGenerator random, int bytes, MessageDigest sum) {
    return Flux.range(0, (bytes + PIECE - 1) / PIECE).map(n -> {
      byte[] piece = new byte[Math.min(PIECE, bytes - n * PIECE)];
      random.nextBytes(piece);
      sum.update(piece);
      return PooledByteBufAllocator.DEFAULT.directBuffer(piece.length).writeBytes(piece);
    });
  }

  private static Mono<String> digest(Flux<ByteBuf> data) {
    MessageDigest sum = sha256();
    return data.doOnNext(buffer -> {
      sum.update(buffer.nioBuffer());
      buffer.release();
    }).then(Mono.fromCallable(() -> hex(sum)));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }
}
