package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.wire.TcpOptions;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Dynamic right-sizing step by step: segments of 1000 octets, 10,000 octets of capacity; times in milliseconds. */
class ReceiveTuningStepsTest {

  private static final int CAPACITY = 10_000;
  private static final int MOST = 1_000_000;

  private final Timestamps timestamps = new Timestamps(0);
  private final ReceiveTuning tuning = new ReceiveTuning(timestamps, CAPACITY, MOST, 1000, 0);

  private static long millis(long n) {
    return Duration.ofMillis(n).toNanos();
  }

  /** Receives data up to {@code rcvNxt} while the window ends at {@code edge}. */
  private void data(int rcvNxt, int edge, long millis) {
    tuning.onData(TcpOptions.NONE, true, rcvNxt, edge, millis(millis));
  }

  /** Receives a segment, full-sized if {@code full}, that echoes our timestamp of the time {@code echoed}. */
  private void echo(long echoed, boolean full, long millis) {
    tuning.onData(TcpOptions.timestamps(1, timestamps.clock(millis(echoed))), full, 0, 0, millis(millis));
  }

  /** Lets the tuning measure a round trip of 100 ms. */
  private void roundTrip() {
    data(0, 1000, 0);
    data(1000, 2000, 100);
  }

  @Test
  void withoutTimestampsARoundTripIsTheTimeOfOneWindow() {
    data(1000, 11_000, 0);
    assertThat(tuning.roundTrip()).isZero();
    data(10_999, 20_000, 90);
    assertThat(tuning.roundTrip()).as("only a part of the window").isZero();
    data(11_000, 21_000, 100);
    assertThat(tuning.roundTrip()).isEqualTo(millis(100));
  }

  // A window that the sender did not fill took longer than a round trip.
  @Test
  void theFastestOfSeveralWindowsCounts() {
    roundTrip();
    data(2000, 3000, 400);
    assertThat(tuning.roundTrip()).isEqualTo(millis(100));
    data(3000, 4000, 450);
    assertThat(tuning.roundTrip()).isEqualTo(millis(50));
    data(4000, 5000, 450);
    assertThat(tuning.roundTrip()).as("a window that arrives in no time").isEqualTo(1);
  }

  @Test
  void withTimestampsTheEchoOfAFullSegmentMeasuresTheRoundTrip() {
    timestamps.activate();
    echo(100, false, 120);
    assertThat(tuning.roundTrip()).as("a small segment may have waited").isZero();
    echo(100, true, 140);
    assertThat(tuning.roundTrip()).isEqualTo(millis(40));
    echo(100, true, 160);
    assertThat(tuning.roundTrip()).as("the same echo again").isEqualTo(millis(40));
    echo(150, true, 270);
    assertThat(tuning.roundTrip()).as("7/8 of 40 and 1/8 of 120").isEqualTo(millis(50));
  }

  @Test
  void withoutARoundTripTheCapacityDoesNotGrow() {
    assertThat(tuning.onRead(500_000, CAPACITY, millis(1000))).isEqualTo(CAPACITY);
  }

  @Test
  void theCapacityGrowsWithTheBytesReadPerRoundTrip() {
    roundTrip();
    assertThat(tuning.onRead(20_000, CAPACITY, millis(99))).as("not yet a round trip").isEqualTo(CAPACITY);
    // Twice 20,000 and 16 segments, plus twice that again because the reader has doubled its rate.
    assertThat(tuning.onRead(20_000, CAPACITY, millis(100))).isEqualTo(3 * 56_000);
    assertThat(tuning.onRead(60_000, 168_000, millis(199))).isEqualTo(168_000);
    assertThat(tuning.onRead(40_000, 168_000, millis(200))).as("as much as before").isEqualTo(168_000);
    // 30,000 against 20,000: 76,000, and as much again.
    assertThat(tuning.onRead(70_000, 10, millis(300))).isEqualTo(2 * 76_000);
  }

  @Test
  void readingTheFirstWindowIsNotGrowth() {
    roundTrip();
    assertThat(tuning.onRead(CAPACITY, CAPACITY, millis(100))).isEqualTo(CAPACITY);
    assertThat(tuning.onRead(2 * CAPACITY + 1, CAPACITY, millis(200))).isGreaterThan(CAPACITY);
  }

  @Test
  void theCapacityNeverFallsAndIsBounded() {
    roundTrip();
    assertThat(tuning.onRead(20_000, 500_000, millis(100))).isEqualTo(500_000);
    assertThat(tuning.onRead(2_000_000, 500_000, millis(200))).isEqualTo(MOST);
  }

  @Test
  void aFixedCapacityDoesNotChange() {
    roundTrip();
    tuning.stop();
    assertThat(tuning.onRead(500_000, CAPACITY, millis(1000))).isEqualTo(CAPACITY);
    ReceiveTuning fixed = new ReceiveTuning(timestamps, CAPACITY, CAPACITY, 1000, 0);
    fixed.onData(TcpOptions.NONE, true, 0, 1000, 0);
    fixed.onData(TcpOptions.NONE, true, 1000, 2000, millis(100));
    assertThat(fixed.onRead(500_000, CAPACITY - 1, millis(1000))).isEqualTo(CAPACITY - 1);
  }
}
