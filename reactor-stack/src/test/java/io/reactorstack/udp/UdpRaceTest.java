package io.reactorstack.udp;

import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.RaceRunner;
import io.reactorstack.testing.TestHost;
import io.reactorstack.testing.UserPublisher;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.testing.Witness;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
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
 * Races of users' threads with the loop on a UDP socket: each subscriber sees one stream by the rules of
 * {@link Witness}, datagrams remain in order, none is duplicated, and every buffer is released.
 */
class UdpRaceTest {

  private static final int ROUNDS = 1000;
  private static final int ROUNDS_FOR_LONG = 100_000;

  private static final String OWN = "10.0.0.1";
  private static final String PEER = "10.0.0.2";
  private static final Endpoint TO_PEER = new Endpoint(IpAddress.parse(PEER), 4000);
  private static final int PAYLOAD = 20 + 8;
  private static final int MANY = 10;

  private final long seed = Long.getLong("seed", new Random().nextLong());
  private final SplittableRandom random = new SplittableRandom(seed);
  private final RaceRunner collider = new RaceRunner(seed);
  private final VirtualLoop loop = new VirtualLoop();
  private final TestHost host = TestHost.bare(loop, OWN + "/24");
  /** Allocates the buffers that the test passes to the stack. */
  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);
  private final Map<String, Integer> outcomes = new TreeMap<>();
  private final List<Integer> heard = new ArrayList<>();

  /** One race on a new socket. */
  @FunctionalInterface
  private interface Round {
    void play(UdpConnection socket) throws InterruptedException;
  }

  private Map<String, Round> rounds() {
    return Map.of(
        "close and datagrams", this::closeAndDatagrams,
        "cancel and datagrams", this::cancelAndDatagrams,
        "request and datagrams", this::requestAndDatagrams,
        "subscribe and close", this::subscribeAndClose,
        "one receiver after the other", this::cancelAndSubscribe,
        "send and close", this::sendAndClose,
        "cancel of a send and its publisher", this::cancelAndPublisher,
        "cancel of a send and its constant", this::cancelAndConstant,
        "two sends", this::sendAndSend);
  }

  @TestFactory
  Stream<DynamicTest> collisions() {
    return tests(ROUNDS);
  }

  @TestFactory
  @Tag("long")
  Stream<DynamicTest> manyMoreCollisions() {
    return tests(ROUNDS_FOR_LONG);
  }

  private Stream<DynamicTest> tests(int times) {
    return rounds().entrySet().stream().sorted(Map.Entry.comparingByKey())
        .map(round -> DynamicTest.dynamicTest(round.getKey(), () -> play(round.getValue(), times)));
  }

  @AfterEach
  void close() {
    collider.close();
    host.close();
    loop.settle();
  }

  private void play(Round round, int times) throws InterruptedException {
    outcomes.clear();
    for (int i = 0; i < times; i++) {
      heard.clear();
      UdpConnection[] socket = {null};
      host.udp.api().bind(53).subscribe(opened -> socket[0] = opened);
      try {
        round.play(socket[0]);
        socket[0].close().subscribe();
        loop.settle();
        host.device.takeSent();
        collider.check();
        assertThat(allocator.metric().usedDirectMemory()).as("bytes of unreleased buffers").isZero();
      } catch (AssertionError e) {
        throw new AssertionError(
            "seed " + seed + ", round " + i + ", so far " + outcomes + ": " + e.getMessage(), e);
      }
    }
    if (times == ROUNDS_FOR_LONG) {
      // If all rounds have the same outcome, there was no race; short runs on one processor may have too few to tell.
      assertThat(outcomes).as("different outcomes").hasSizeGreaterThan(1);
    }
  }

  private void met(String outcome) {
    outcomes.merge(outcome, 1, Integer::sum);
  }

  private void arrive() {
    for (int i = 0; i < MANY; i++) {
      host.device.inject(ipv4(PEER, OWN, 17, udp(PEER, 4000, OWN, 53, new byte[] {(byte) i})));
      loop.settle();
    }
  }

  private Witness<Datagram> receiver() {
    return new Witness<>(datagram -> {
      heard.add((int) datagram.payload().getByte(datagram.payload().readerIndex()));
      datagram.release();
    });
  }

  private static <T> Witness<T> ender() {
    return new Witness<T>(nothing -> {}).request(Long.MAX_VALUE);
  }

  private Datagram datagram(int number) {
    return Datagram.to(TO_PEER, allocator.directBuffer(1).writeByte(number));
  }

  private List<Integer> sent() {
    return host.device.takeSent().stream().map(packet -> (int) packet[PAYLOAD]).toList();
  }

  private static List<Integer> firstOf(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  // ---- receiving

  private void closeAndDatagrams(UdpConnection socket) throws InterruptedException {
    Witness<Datagram> receiver = receiver().request(Long.MAX_VALUE);
    socket.receive().subscribe(receiver);
    Witness<Void> closed = ender();
    collider.collide(this::arrive, () -> socket.close().subscribe(closed));
    met(heard.size() + " received");
    loop.settle();
    assertThat(receiver.check().isCompleted()).isTrue();
    assertThat(closed.check().isCompleted()).isTrue();
    assertThat(heard).isEqualTo(firstOf(heard.size()));
  }

  private void cancelAndDatagrams(UdpConnection socket) throws InterruptedException {
    Witness<Datagram> receiver = receiver().request(Long.MAX_VALUE);
    socket.receive().subscribe(receiver);
    collider.collide(this::arrive, receiver::cancel);
    met(heard.size() + " received");
    loop.settle();
    receiver.silenceNow();
    Witness<Datagram> next = receiver().request(Long.MAX_VALUE);
    socket.receive().subscribe(next);
    loop.settle();
    assertThat(receiver.check().isEnded()).isFalse();
    next.check();
    assertThat(heard).as("the next subscriber receives the datagrams that the first did not").isEqualTo(firstOf(MANY));
  }

  private void requestAndDatagrams(UdpConnection socket) throws InterruptedException {
    Witness<Datagram> receiver = receiver();
    socket.receive().subscribe(receiver);
    collider.collide(this::arrive, () -> {
      receiver.request(1);
      receiver.request(2);
    }, () -> receiver.request(2));
    met(heard.size() + " at once");
    loop.settle();
    assertThat(receiver.check().received()).isEqualTo(5);
    receiver.request(MANY);
    loop.settle();
    assertThat(heard).isEqualTo(firstOf(MANY));
    receiver.check();
  }

  private void subscribeAndClose(UdpConnection socket) throws InterruptedException {
    Witness<Datagram> receiver = receiver().request(Long.MAX_VALUE);
    arrive();
    collider.collide(loop::settle, () -> socket.receive().subscribe(receiver), () -> socket.close().subscribe());
    loop.settle();
    met(heard.size() + " received");
    assertThat(receiver.check().isCompleted()).isTrue();
  }

  private void cancelAndSubscribe(UdpConnection socket) throws InterruptedException {
    Witness<Datagram> first = receiver().request(Long.MAX_VALUE);
    Witness<Datagram> second = receiver().request(Long.MAX_VALUE);
    socket.receive().subscribe(first);
    collider.collide(this::arrive, first::cancel, () -> socket.receive().subscribe(second));
    loop.settle();
    first.silenceNow().check();
    met(second.check().isEnded() ? "too early" : "in turn");
    if (second.isEnded()) {
      assertThat(second.error()).isInstanceOf(IllegalStateException.class);
      assertThat(heard).isEqualTo(firstOf(heard.size()));
    } else {
      assertThat(heard).isEqualTo(firstOf(MANY));
    }
  }

  // ---- sending

  private void sendAndClose(UdpConnection socket) throws InterruptedException {
    Witness<Void> sending = ender();
    collider.collideWhile(loop::settle,
        () -> socket.send(Flux.range(0, MANY).map(this::datagram)).subscribe(sending),
        () -> socket.close().subscribe());
    loop.settle();
    met(sending.isCompleted() ? "sent" : "too late");
    List<Integer> sent = sent();
    assertThat(sent).isEqualTo(firstOf(sent.size()));
    assertThat(sending.check().isEnded()).isTrue();
    if (!sending.isCompleted()) {
      assertThat(sending.error()).isInstanceOf(ClosedChannelException.class);
    }
  }

  private void cancelAndPublisher(UdpConnection socket) throws InterruptedException {
    Witness<Void> sending = ender();
    UserPublisher<Datagram> source = new UserPublisher<>(MANY, this::datagram);
    socket.send(source).subscribe(sending);
    collider.collideWhile(loop::settle, source::emitAll, sending::cancel);
    loop.settle();
    sending.silenceNow();
    List<Integer> sent = sent();
    met(sent.size() + " sent");
    assertThat(sent).isEqualTo(firstOf(sent.size()));
    assertThat(sending.check().error()).isNull();
    assertThat(allocator.metric().usedDirectMemory()).isZero();
  }

  private void cancelAndConstant(UdpConnection socket) throws InterruptedException {
    Witness<Void> sending = ender();
    Datagram constant = datagram(0);
    int pauses = random.nextInt(1 << random.nextInt(14));
    collider.collideWhile(loop::settle, () -> {
      socket.send(Mono.just(constant)).subscribe(sending);
      for (int i = pauses; i > 0; i--) {
        Thread.onSpinWait();
      }
      sending.cancel();
    });
    loop.settle();
    sending.silenceNow();
    met(sent().size() + " sent, " + (sending.isEnded() ? "an end" : "no end"));
    assertThat(sending.check().error()).isNull();
    assertThat(constant.payload().refCnt()).isZero();
  }

  private void sendAndSend(UdpConnection socket) throws InterruptedException {
    List<Witness<Void>> sending = List.of(ender(), ender());
    collider.collideWhile(loop::settle,
        () -> socket.send(Flux.range(0, MANY).map(this::datagram)).subscribe(sending.get(0)),
        () -> socket.send(Flux.range(MANY, MANY).map(this::datagram)).subscribe(sending.get(1)));
    loop.settle();
    sending.forEach(end -> assertThat(end.check().isCompleted()).isTrue());
    List<Integer> sent = sent();
    met(sent.getFirst() == 0 ? "the one first" : "the other first");
    assertThat(sent.stream().filter(number -> number < MANY)).isEqualTo(firstOf(MANY));
    assertThat(sent.stream().filter(number -> number >= MANY).map(number -> number - MANY)).isEqualTo(firstOf(MANY));
  }
}
