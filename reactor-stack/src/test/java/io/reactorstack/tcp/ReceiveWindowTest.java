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
 * The rules of the receive window: the advertised window is the capacity minus the memory held, emission needs demand,
 * and the right edge never moves left. The test plots demand, window and memory over time in
 * {@code target/receive-law-….txt} and checks the bounds at each point.
 */
class ReceiveWindowTest {

  /** Long enough for retransmission timeouts that have backed off. */
  private static final Duration WITH_LOSS = Duration.ofMinutes(10);

  private final TwoHosts net = new TwoHosts();
  private final List<Point> drawing = new ArrayList<>();
  private Duration step = Duration.ofMillis(1);

  /**
   * A sample at one instant: {@code requested} and {@code emitted} in buffers, {@code window} and {@code held} in
   * bytes.
   */
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
      // The test requests later.
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
    // The overhead of the buffers within the advertised window, and a partly used buffer behind a filled gap, may
    // exceed the capacity slightly.
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
    assertThat(lossOneIn > 0 || last().held == stalled).as("memory does not grow").isTrue();

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
    assertThat(rightEdge()).as("the window opens immediately").isGreaterThan(rightEdge);
    draw(reader, bound, Duration.ofSeconds(1));
    net.lost = segment -> false;
    net.advance(Duration.ofMinutes(20));
    assertThat(reader.bytes).as("all bytes sent, seed %d: %s", net.seed, pair.client().info()).isEqualTo(expected);
    assertThat(TwoHosts.heldBy(net.server.memory)).as("held once all is read").isZero();
    checkThatTheRightEdgeNeverMovesLeft();
    write(capacity, writeBytes, lossOneIn);
    pair.client().abort();
  }

  /** Advances time in small steps, records a sample after each, and checks the bounds. */
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

  /**
   * Checks that the peer has filled the window; not with loss, when the peer may still wait for a retransmission
   * timeout.
   */
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

  /** Returns the right edge in bytes from the beginning of the stream. */
  private long rightEdgeOf(Seen segment) {
    int first = acknowledgements().getFirst().ack();
    return (segment.ack() - first) + windowOf(segment);
  }

  private long rightEdge() {
    return rightEdgeOf(acknowledgements().getLast());
  }

  /**
   * Checks the right edge with a tolerance of one unit of the scaled field (RFC 7323 section 2.4); the receiver still
   * accepts data up to the largest edge advertised.
   */
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
