package io.reactorstack.tcp;

import static io.reactorstack.tcp.TwoHosts.SERVER;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.tcp.TwoHosts.Pair;
import io.reactorstack.tcp.TwoHosts.Seen;
import io.reactorstack.testing.Requirement;
import io.reactorstack.wire.TcpSegment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;

/**
 * The receive law: advertised window = capacity − memory held, emission needs demand, the right edge never moves left. The
 * test draws demand, window and memory over time into {@code target/receive-law-….txt} and checks the bounds at each point.
 */
class ReceiveLawTest {

  /** Long enough for retransmission timeouts that have backed off. */
  private static final Duration WITH_LOSS = Duration.ofMinutes(10);

  private final TwoHosts net = new TwoHosts();
  private final List<Point> drawing = new ArrayList<>();
  private Duration step = Duration.ofMillis(1);

  /** How things stood at one instant: bytes, except {@code requested} and {@code emitted} (buffers). */
  private record Point(long millis, long requested, long emitted, long window, long held) {}

  private static final class Reader extends BaseSubscriber<ByteBuf> {

    private final TwoHosts net;
    long requested;
    long emitted;
    long bytes;

    Reader(TwoHosts net) {
      this.net = net;
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
      // No demand until the test says so.
    }

    @Override
    protected void hookOnNext(ByteBuf data) {
      emitted++;
      bytes += net.checkBytes(data, bytes);
    }

    @Override
    protected void hookOnError(Throwable cause) {
      // The test ends the connection with a reset.
    }

    void ask(long buffers) {
      requested += buffers;
      request(buffers);
    }
  }

  @AfterEach
  void nothingIsLeft() {
    net.close();
  }

  @ParameterizedTest(name = "buffers of {0} bytes, one segment in {1} lost")
  @Requirement("SHLD-14")
  @CsvSource({"10000, 0", "1460, 0", "100, 0", "1000, 20", "300, 10"})
  void demandOpensTheWindowAndNoDemandClosesIt(int writeBytes, int lossOneIn) throws IOException {
    int capacity = 64 * 1024;
    // The buffers of what was promised, and the rest of one behind a hole that is filled, cost a little beside it.
    int bound = capacity + capacity / 32;
    int total = 600_000;
    Pair pair = net.open(80, net.client.api.noDelay(true), net.server.api.receiveBuffer(capacity));
    if (lossOneIn > 0) {
      net.lost = segment -> net.random.nextInt(lossOneIn) == 0;
      step = Duration.ofMillis(5);
    }
    Reader reader = new Reader(net);
    pair.server().receive().subscribe(reader);
    pair.client().send(Flux.range(0, total / writeBytes).map(i -> net.bytes(writeBytes, (long) i * writeBytes)))
        .subscribe();
    long expected = total / writeBytes * (long) writeBytes;

    draw(reader, bound, lossOneIn > 0 ? WITH_LOSS : Duration.ofSeconds(5));
    assertThat(reader.emitted).as("emitted without demand").isZero();
    checkThatTheWindowIsClosed(lossOneIn);
    long stalled = last().held;
    assertThat(stalled).as("the peer has filled the window").isGreaterThan(capacity / 2);
    draw(reader, bound, Duration.ofSeconds(1));
    assertThat(lossOneIn > 0 || last().held == stalled).as("nothing grows").isTrue();

    for (int burst : new int[] {1, 3, 10}) {
      long before = reader.emitted;
      reader.ask(burst);
      draw(reader, bound, lossOneIn > 0 ? WITH_LOSS : Duration.ofSeconds(2));
      assertThat(reader.emitted).as("exactly what was requested").isEqualTo(before + burst);
      checkThatTheWindowIsClosed(lossOneIn);
    }
    long rightEdge = rightEdge();
    reader.ask(Long.MAX_VALUE / 2);
    draw(reader, bound, step.multipliedBy(2));
    assertThat(rightEdge()).as("the window opens at once").isGreaterThan(rightEdge);
    draw(reader, bound, Duration.ofSeconds(1));
    net.lost = segment -> false;
    net.advance(Duration.ofMinutes(20));
    assertThat(reader.bytes).as("all that was sent, seed %d: %s", net.seed, pair.client().info()).isEqualTo(expected);
    assertThat(TwoHosts.heldBy(net.server.memory)).as("held once all is read").isZero();
    checkThatTheRightEdgeNeverMovesLeft();
    write(capacity, writeBytes, lossOneIn);
    pair.client().abort();
  }

  /** Lets time pass in small steps, and checks the bound at each of them. */
  private void draw(Reader reader, int bound, Duration duration) {
    for (Duration passed = Duration.ZERO; passed.compareTo(duration) < 0; passed = passed.plus(step)) {
      net.advance(step);
      long held = TwoHosts.heldBy(net.server.memory);
      Point point = new Point(net.loop.now() / 1_000_000, reader.requested, reader.emitted, window(), held);
      drawing.add(point);
      assertThat(held).as("memory held at %s, seed %d", point, net.seed).isLessThanOrEqualTo(bound);
      assertThat(reader.emitted).as("demand at %s", point).isLessThanOrEqualTo(reader.requested);
    }
  }

  /** With loss the peer may still be waiting for a timeout before it sends what the window allows. */
  private void checkThatTheWindowIsClosed(int lossOneIn) {
    if (lossOneIn == 0) {
      assertThat(last().window).as("window without demand").isLessThan(1460);
    }
  }

  private Point last() {
    return drawing.getLast();
  }

  private List<Seen> acknowledgements() {
    return net.from(SERVER);
  }

  private int scale() {
    return acknowledgements().getFirst().scale();
  }

  private long windowOf(Seen segment) {
    return segment.has(TcpSegment.SYN) ? segment.window() : (long) segment.window() << scale();
  }

  private long window() {
    return windowOf(acknowledgements().getLast());
  }

  /** In bytes of the stream, counted from its beginning. */
  private long rightEdgeOf(Seen segment) {
    int first = acknowledgements().getFirst().ack();
    return (segment.ack() - first) + windowOf(segment);
  }

  private long rightEdge() {
    return rightEdgeOf(acknowledgements().getLast());
  }

  /** But for the granularity of the scaled field (RFC 7323 section 2.4), which the receiver makes up for by what it accepts. */
  private void checkThatTheRightEdgeNeverMovesLeft() {
    long edge = 0;
    for (Seen segment : acknowledgements()) {
      assertThat(rightEdgeOf(segment)).as("right edge of %s, seed %d", segment, net.seed)
          .isGreaterThan(edge - (1L << scale()));
      edge = Math.max(edge, rightEdgeOf(segment));
    }
  }

  private void write(int capacity, int writeBytes, int lossOneIn) throws IOException {
    StringBuilder text = new StringBuilder(
        "      ms  requested   emitted    window      held  (capacity " + capacity + ")\n");
    Point before = null;
    for (Point p : drawing) {
      boolean news = before == null || p.requested != before.requested || p.emitted != before.emitted
          || p.window != before.window || p.held != before.held;
      if (news) {
        text.append(String.format("%8d %10s %9d %9d %9d  %s%n", p.millis,
            p.requested > 1_000_000_000 ? "unbounded" : p.requested, p.emitted, p.window, p.held,
            "w".repeat((int) (p.window * 30 / capacity)) + "#".repeat((int) (p.held * 30 / capacity))));
      }
      before = p;
    }
    Files.writeString(Path.of("target", "receive-law-" + writeBytes + "-" + lossOneIn + ".txt"), text);
  }
}
