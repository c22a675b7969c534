package io.reactorstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.tcp.TwoHosts.Pair;
import io.reactorstack.testing.RaceRunner;
import io.reactorstack.testing.UserPublisher;
import io.reactorstack.testing.Witness;
import io.reactorstack.wire.TcpSegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Races between user threads and the loop, on real connections: however calls overlap, each subscriber receives one
 * stream that obeys the rules of {@link Witness}, no byte is lost or duplicated, and every buffer is released.
 */
class TcpRaceTest {

  private static final int ROUNDS = 500;
  private static final int ROUNDS_FOR_LONG = 40_000;

  private static final int MESSAGES = 10;
  private static final int MESSAGE = 100;
  private static final int ROOM = 1 << 20;
  private static final Duration A_WHILE = Duration.ofSeconds(1);

  private final long seed = Long.getLong("seed", new Random().nextLong());
  private final RaceRunner collider = new RaceRunner(seed);
  /** The number of rounds by their outcome. */
  private final Map<String, Integer> outcomes = new TreeMap<>();
  private TwoHosts net;
  private long offset;

  /** One race on a new connection. */
  @FunctionalInterface
  private interface Round {
    void play(Pair pair) throws InterruptedException;
  }

  private Map<String, Round> rounds() {
    return Map.ofEntries(
        Map.entry("request and data", this::requestAndData),
        Map.entry("cancel and data", this::cancelAndData),
        Map.entry("cancel and FIN", this::cancelAndFin),
        Map.entry("request and FIN", this::requestAndFin),
        Map.entry("subscribe and reset", this::subscribeAndReset),
        Map.entry("subscribe and subscribe", this::subscribeTwice),
        Map.entry("send and close", this::sendAndClose),
        Map.entry("close and RST", this::closeAndReset),
        Map.entry("cancel of a send and its acknowledgement", this::cancelAndAcknowledgement),
        Map.entry("cancel of a send and its publisher", this::cancelAndPublisher),
        Map.entry("cancel of a send and its constant", this::cancelAndConstant),
        Map.entry("a bad request and a send", this::badRequestAndSend),
        Map.entry("two sends", this::sendAndSend),
        Map.entry("cancel of an acceptor and SYN", this::cancelAndSyn),
        Map.entry("demand of an acceptor and SYNs", this::requestAndSyns),
        Map.entry("cancel of a connect and SYN-ACK", this::cancelAndSynAck),
        Map.entry("subscriptions and the end of the stack", this::subscribeAndStop));
  }

  @TestFactory
  Stream<DynamicTest> collisions() {
    return rounds().entrySet().stream().sorted(Map.Entry.comparingByKey())
        .map(round -> DynamicTest.dynamicTest(round.getKey(), () -> play(round.getValue(), ROUNDS)));
  }

  @TestFactory
  @Tag("long")
  Stream<DynamicTest> manyMoreCollisions() {
    return rounds().entrySet().stream().sorted(Map.Entry.comparingByKey())
        .map(round -> DynamicTest.dynamicTest(round.getKey(), () -> play(round.getValue(), ROUNDS_FOR_LONG)));
  }

  @AfterEach
  void endTheUsers() {
    collider.close();
  }

  private void play(Round round, int times) throws InterruptedException {
    outcomes.clear();
    newNet();
    for (int i = 0; i < times; i++) {
      offset = 0;
      // A send buffer for all messages of a round: a smaller one would request one message after the other.
      Pair pair = net.open(80, net.client.api.sendBuffer(ROOM), net.server.api.sendBuffer(ROOM));
      try {
        round.play(pair);
        pair.client().abort();
        pair.server().abort();
        net.advance(A_WHILE);
        collider.check();
        assertNothingIsLeft();
      } catch (AssertionError e) {
        throw new AssertionError("seed " + seed + ", round " + i + ", so far " + outcomes + ": " + e.getMessage(), e);
      }
    }
    net.close();
    if (times == ROUNDS_FOR_LONG) {
      // A race with only one outcome is not a race; checked in long runs only, since one processor produces few
      // overlaps.
      assertThat(outcomes).as("outcomes").hasSizeGreaterThan(1);
    }
  }

  private void newNet() {
    net = new TwoHosts();
    net.recording = false;
    net.delay = Duration.ofMillis(1);
  }

  private void assertNothingIsLeft() {
    assertThat(net.client.tcp.connections()).as("the client's connections").isZero();
    assertThat(net.server.tcp.connections()).as("the server's connections").isZero();
    assertThat(TwoHosts.heldBy(net.allocator)).as("bytes of buffers given to the stack").isZero();
    assertThat(TwoHosts.heldBy(net.client.memory)).as("bytes of the client's buffers").isZero();
    assertThat(TwoHosts.heldBy(net.server.memory)).as("bytes of the server's buffers").isZero();
  }

  private void met(String outcome) {
    outcomes.merge(outcome, 1, Integer::sum);
  }

  /** Advances time until the segments in flight and the answers to them have arrived. */
  private void arrive() {
    net.advance(net.delay.multipliedBy(3));
  }

  /** Sends messages from the client one after the other, each after the previous one has arrived. */
  private void oneByOne(Pair pair) {
    for (int i = 0; i < MESSAGES; i++) {
      pair.client().send(Mono.just(net.bytes(MESSAGE, (long) i * MESSAGE))).subscribe();
      net.advance(net.delay);
    }
  }

  private Witness<ByteBuf> reader() {
    return new Witness<>(data -> offset += net.checkBytes(data, offset));
  }

  private static <T> Witness<T> ender() {
    return new Witness<T>(nothing -> {}).request(Long.MAX_VALUE);
  }

  private Flux<ByteBuf> messages(int count) {
    return Flux.range(0, count).map(i -> net.bytes(MESSAGE, (long) i * MESSAGE));
  }

  // ---- receiving

  private void requestAndData(Pair pair) throws InterruptedException {
    Witness<ByteBuf> reader = reader();
    pair.server().receive().subscribe(reader);
    collider.collide(() -> oneByOne(pair), () -> {
      reader.request(1);
      reader.request(2);
      reader.request(1);
    }, () -> reader.request(1));
    met(reader.received() + " buffers");
    net.settle();
    reader.check();
    for (int i = 0; i < MESSAGES && offset < MESSAGES * MESSAGE; i++) {
      reader.request(1);
      arrive();
    }
    assertThat(offset).isEqualTo(MESSAGES * MESSAGE);
    reader.check();
  }

  private void cancelAndData(Pair pair) throws InterruptedException {
    Witness<ByteBuf> reader = reader().request(Long.MAX_VALUE);
    pair.server().receive().subscribe(reader);
    Witness<Void> sent = ender();
    collider.collide(() -> oneByOne(pair), reader::cancel);
    pair.client().sendAcknowledged(messages(MESSAGES)).subscribe(sent);
    met(offset + " bytes");
    net.settle();
    reader.silenceNow();
    net.advance(A_WHILE);
    assertThat(sent.check().isCompleted()).as("the peer is not blocked").isTrue();
    assertThat(reader.check().isEnded()).isFalse();
    assertThat(TwoHosts.heldBy(net.server.memory)).isZero();
  }

  private void cancelAndFin(Pair pair) throws InterruptedException {
    Witness<ByteBuf> reader = reader().request(Long.MAX_VALUE);
    pair.server().receive().subscribe(reader);
    pair.client().send(messages(1)).subscribe();
    pair.client().shutdownOutput().subscribe();
    collider.collide(this::arrive, reader::cancel);
    met(offset + " bytes, " + (reader.isEnded() ? "an end" : "no end"));
    net.settle();
    reader.silenceNow();
    net.advance(A_WHILE);
    reader.check();
    assertThat(reader.error()).isNull();
  }

  private void requestAndFin(Pair pair) throws InterruptedException {
    Witness<ByteBuf> reader = reader();
    pair.server().receive().subscribe(reader);
    pair.client().send(messages(1)).subscribe();
    pair.client().shutdownOutput().subscribe();
    collider.collide(this::arrive, () -> reader.request(1));
    met(reader.isEnded() ? "at once" : "afterwards");
    net.settle();
    assertThat(reader.check().isCompleted()).isTrue();
    assertThat(offset).isEqualTo(MESSAGE);
  }

  private void subscribeAndReset(Pair pair) throws InterruptedException {
    Witness<ByteBuf> reader = reader().request(Long.MAX_VALUE);
    pair.client().abort();
    collider.collide(this::arrive, () -> pair.server().receive().subscribe(reader));
    met(reader.isEnded() ? "at once" : "afterwards");
    net.settle();
    assertThat(reader.check().error()).isInstanceOf(TcpException.class);
  }

  private void subscribeTwice(Pair pair) throws InterruptedException {
    List<Witness<ByteBuf>> readers = List.of(reader().anywhere().request(Long.MAX_VALUE),
        reader().anywhere().request(Long.MAX_VALUE));
    pair.client().send(messages(MESSAGES)).subscribe();
    pair.client().shutdownOutput().subscribe();
    collider.collide(this::arrive, () -> pair.server().receive().subscribe(readers.get(0)),
        () -> pair.server().receive().subscribe(readers.get(1)));
    net.settle();
    readers.forEach(Witness::check);
    int refused = readers.get(0).error() != null ? 0 : 1;
    met(refused + " refused");
    assertThat(readers.get(refused).error()).isInstanceOf(IllegalStateException.class);
    assertThat(readers.get(1 - refused).isCompleted()).isTrue();
    assertThat(offset).isEqualTo(MESSAGES * MESSAGE);
  }

  // ---- sending

  private void sendAndClose(Pair pair) throws InterruptedException {
    Witness<ByteBuf> reader = reader().request(Long.MAX_VALUE);
    pair.server().receive().subscribe(reader);
    Witness<Void> sent = ender();
    Witness<Void> closed = ender();
    collider.collide(this::arrive, () -> pair.client().send(messages(MESSAGES)).subscribe(sent),
        () -> pair.client().close().subscribe(closed));
    net.advance(A_WHILE);
    assertThat(sent.check().isEnded()).isTrue();
    met(sent.isCompleted() ? "sent" : "too late");
    assertThat(reader.check().isCompleted()).isTrue();
    if (sent.isCompleted()) {
      assertThat(offset).as("what was accepted is sent").isEqualTo(MESSAGES * MESSAGE);
    } else {
      assertThat(sent.error()).isInstanceOf(TcpException.class);
    }
    pair.server().close().subscribe();
    net.advance(A_WHILE);
    assertThat(closed.check().isCompleted()).isTrue();
  }

  private void closeAndReset(Pair pair) throws InterruptedException {
    Witness<Void> closed = ender();
    Witness<CloseReport> end = ender();
    pair.client().onClose().subscribe(end);
    Witness<ByteBuf> reader = reader().request(Long.MAX_VALUE);
    pair.client().receive().subscribe(reader);
    pair.server().abort();
    boolean[] fin = {false};
    net.lost = segment -> {
      fin[0] |= segment.has(TcpSegment.FIN);
      return false;
    };
    collider.collide(this::arrive, () -> pair.client().close().subscribe(closed.anywhere()));
    net.advance(A_WHILE);
    met(fin[0] ? "closed first" : "reset first");
    assertThat(closed.check().isCompleted()).isTrue();
    assertThat(end.check().received()).isOne();
    assertThat(reader.check().isEnded()).isTrue();
  }

  private void cancelAndAcknowledgement(Pair pair) throws InterruptedException {
    Witness<ByteBuf> reader = reader().request(Long.MAX_VALUE);
    pair.server().receive().subscribe(reader);
    Witness<Void> sent = ender();
    pair.client().sendAcknowledged(messages(1)).subscribe(sent);
    net.settle();
    collider.collide(() -> net.advance(Duration.ofMillis(100)), sent::cancel);
    met(sent.isEnded() ? "acknowledged" : "cancelled");
    net.settle();
    sent.silenceNow();
    net.advance(A_WHILE);
    assertThat(sent.check().error()).isNull();
    assertThat(offset).as("what was accepted is sent").isEqualTo(MESSAGE);
  }

  private void cancelAndPublisher(Pair pair) throws InterruptedException {
    Witness<ByteBuf> reader = reader().request(Long.MAX_VALUE);
    pair.server().receive().subscribe(reader);
    Witness<Void> sent = ender();
    UserPublisher<ByteBuf> source = new UserPublisher<>(MESSAGES, i -> net.bytes(MESSAGE, (long) i * MESSAGE));
    pair.client().send(source).subscribe(sent);
    collider.collideWhile(net::settle, source::emitAll, sent::cancel);
    net.settle();
    sent.silenceNow();
    net.advance(A_WHILE);
    met(offset + " bytes, " + (sent.isEnded() ? "an end" : "no end"));
    assertThat(sent.check().error()).isNull();
    assertThat(offset % MESSAGE).as("whole buffers").isZero();
    assertThat(offset).isLessThanOrEqualTo(source.emitted() * MESSAGE);
    assertThat(TwoHosts.heldBy(net.allocator)).isZero();
  }

  private void cancelAndConstant(Pair pair) throws InterruptedException {
    Witness<ByteBuf> reader = reader().request(Long.MAX_VALUE);
    pair.server().receive().subscribe(reader);
    Witness<Void> sent = ender();
    ByteBuf constant = net.bytes(MESSAGE, 0);
    int pauses = net.random.nextInt(1 << net.random.nextInt(14));
    collider.collideWhile(net::settle, () -> {
      pair.client().send(Mono.just(constant)).subscribe(sent);
      for (int i = pauses; i > 0; i--) {
        Thread.onSpinWait();
      }
      sent.cancel();
    });
    net.settle();
    sent.silenceNow();
    net.advance(A_WHILE);
    met(offset + " bytes, " + (sent.isEnded() ? "an end" : "no end"));
    assertThat(sent.check().error()).isNull();
    assertThat(constant.refCnt()).isZero();
  }

  private void badRequestAndSend(Pair pair) throws InterruptedException {
    Witness<ByteBuf> reader = reader().request(Long.MAX_VALUE);
    pair.server().receive().subscribe(reader);
    Witness<Void> sent = ender();
    UserPublisher<ByteBuf> source = new UserPublisher<>(MESSAGES, i -> net.bytes(MESSAGE, (long) i * MESSAGE));
    pair.client().send(source).subscribe(sent);
    collider.collideWhile(net::settle, source::emitAll, () -> sent.request(-1));
    net.advance(A_WHILE);
    met(sent.isCompleted() ? "sent" : "refused");
    assertThat(sent.check().isEnded()).isTrue();
  }

  private void sendAndSend(Pair pair) throws InterruptedException {
    List<Byte> first = new ArrayList<>();
    Witness<ByteBuf> reader = new Witness<ByteBuf>(data -> {
      while (data.isReadable()) {
        first.add(data.readByte());
      }
      data.release();
    }).request(Long.MAX_VALUE);
    pair.server().receive().subscribe(reader);
    List<Witness<Void>> sent = List.of(ender(), ender());
    collider.collide(this::arrive,
        () -> pair.client().send(letters('a')).subscribe(sent.get(0)),
        () -> pair.client().send(letters('b')).subscribe(sent.get(1)));
    net.advance(A_WHILE);
    sent.forEach(end -> assertThat(end.check().isCompleted()).isTrue());
    reader.check();
    byte leader = first.getFirst();
    met((char) leader + " first");
    assertThat(first).hasSize(2 * MESSAGES * MESSAGE);
    assertThat(first.subList(0, MESSAGES * MESSAGE)).containsOnly(leader);
    assertThat(first.subList(MESSAGES * MESSAGE, 2 * MESSAGES * MESSAGE)).doesNotContain(leader);
  }

  private Flux<ByteBuf> letters(char letter) {
    return Flux.range(0, MESSAGES).map(i -> net.buffer(String.valueOf(letter).repeat(MESSAGE)));
  }

  private void closeWhatCame(List<TcpConnection> connections) {
    connections.forEach(TcpConnection::abort);
    net.advance(A_WHILE);
  }

  // ---- opening

  private void cancelAndSyn(Pair unused) throws InterruptedException {
    List<TcpConnection> opened = new ArrayList<>();
    Witness<TcpConnection> acceptor = new Witness<TcpConnection>(opened::add).request(Long.MAX_VALUE);
    net.server.api.listen(90).subscribe(acceptor);
    Witness<TcpConnection> connector = new Witness<TcpConnection>(opened::add).request(1);
    net.client.api.connect(TwoHosts.SERVER.toString(), 90).subscribe(connector);
    net.advance(net.delay.multipliedBy(2));
    collider.collide(this::arrive, acceptor::cancel);
    net.settle();
    acceptor.silenceNow().check();
    net.advance(A_WHILE);
    met(acceptor.received() + " accepted, " + (connector.error() != null ? "refused" : "connected"));
    assertThat(connector.check().isEnded()).isTrue();
    assertThat(net.server.tcp.connections()).as("connections nobody has, beside that of the round")
        .isEqualTo(1 + acceptor.received());
    closeWhatCame(opened);
  }

  private void requestAndSyns(Pair unused) throws InterruptedException {
    List<TcpConnection> opened = new ArrayList<>();
    Witness<TcpConnection> acceptor = new Witness<>(opened::add);
    net.server.api.listen(90).subscribe(acceptor);
    IntStream.range(0, 3).forEach(i -> net.client.api.connect(TwoHosts.SERVER.toString(), 90).subscribe(opened::add));
    net.advance(net.delay);
    collider.collide(this::arrive, () -> acceptor.request(1), () -> acceptor.request(1));
    met(acceptor.received() + " at once");
    net.advance(A_WHILE);
    assertThat(acceptor.check().received()).isEqualTo(2);
    acceptor.request(1);
    net.settle();
    assertThat(acceptor.check().received()).isEqualTo(3);
    acceptor.cancel();
    closeWhatCame(opened);
  }

  private void cancelAndSynAck(Pair unused) throws InterruptedException {
    List<TcpConnection> opened = new ArrayList<>();
    Witness<TcpConnection> acceptor = new Witness<TcpConnection>(opened::add).request(Long.MAX_VALUE);
    net.server.api.listen(90).subscribe(acceptor);
    Witness<TcpConnection> connector = new Witness<TcpConnection>(opened::add).request(1);
    net.client.api.connect(TwoHosts.SERVER.toString(), 90).subscribe(connector);
    net.advance(net.delay);
    collider.collide(this::arrive, connector::cancel);
    net.settle();
    connector.silenceNow().check();
    net.advance(A_WHILE);
    met(connector.received() + " opened");
    assertThat(net.client.tcp.connections()).as("connections nobody has, beside that of the round")
        .isEqualTo(1 + connector.received());
    acceptor.check().cancel();
    closeWhatCame(opened);
  }

  private void subscribeAndStop(Pair pair) throws InterruptedException {
    Witness<ByteBuf> reader = reader().anywhere().request(Long.MAX_VALUE);
    Witness<Void> sent = ender();
    Witness<TcpConnection> connector = ender();
    Witness<TcpConnection> acceptor = ender();
    collider.collide(() -> {
      net.settle();
      net.client.tcp.stop();
    }, () -> {
      pair.client().receive().subscribe(reader);
      pair.client().send(messages(MESSAGES)).subscribe(sent);
    }, () -> {
      net.client.api.connect(TwoHosts.SERVER.toString(), 90).subscribe(connector);
      net.client.api.listen(91).subscribe(acceptor);
    });
    net.advance(A_WHILE);
    met(sent.isCompleted() ? "sent" : "stopped");
    for (Witness<?> witness : List.of(reader, sent, connector, acceptor)) {
      assertThat(witness.check().isEnded()).isTrue();
    }
    pair.server().abort();
    net.close();
    newNet();
  }
}
