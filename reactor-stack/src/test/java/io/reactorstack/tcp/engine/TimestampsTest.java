package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.recovery.AckReport;
import io.reactorstack.wire.TcpOptions;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The timestamps option: our clock, the value to echo, PAWS, and round trips measured by an echo (RFC 7323). */
class TimestampsTest {

  private static final long NOW = Duration.ofDays(100).toNanos();

  private final Timestamps timestamps = new Timestamps(7);

  private static long millis(long n) {
    return Duration.ofMillis(n).toNanos();
  }

  private static TcpOptions peer(int value) {
    return TcpOptions.timestamps(value, 0);
  }

  /** Returns the options in which the peer echoes our clock of {@code time}. */
  private TcpOptions echo(long time) {
    return TcpOptions.timestamps(1, timestamps.clock(time));
  }

  @Test
  void theClockTicksOnceAMillisecondFromItsOffset() {
    assertThat(timestamps.clock(0)).isEqualTo(7);
    assertThat(timestamps.clock(millis(5) - 1)).isEqualTo(11);
    assertThat(timestamps.clock(millis(5))).isEqualTo(12);
  }

  @Test
  void withoutAgreementTheOptionIsUnused() {
    assertThat(timestamps.isActive()).isFalse();
    assertThat(timestamps.optionBytes()).isZero();
    assertThat(timestamps.option(NOW)).isSameAs(TcpOptions.NONE);
    timestamps.onAccepted(peer(50), NOW);
    assertThat(timestamps.recent()).isZero();
    assertThat(timestamps.isOld(peer(1), NOW)).isFalse();
    assertThat(timestamps.echoedAt(echo(NOW), NOW)).isEqualTo(AckReport.NO_ECHO);
    assertThat(timestamps.roundTrip(echo(NOW), 0, NOW)).isNegative();
  }

  @Test
  void everySegmentCarriesTheClockAndTheEcho() {
    timestamps.activate();
    timestamps.onAccepted(peer(50), NOW);
    assertThat(timestamps.optionBytes()).isEqualTo(12);
    assertThat(timestamps.option(NOW).tsVal()).isEqualTo(timestamps.clock(NOW));
    assertThat(timestamps.option(NOW).tsEcr()).isEqualTo(50);
  }

  // RFC 7323 5.3 R1.
  @Test
  void aValueBelowTheLatestIsOld() {
    timestamps.activate();
    assertThat(timestamps.isOld(peer(-5), NOW)).as("nothing to compare with").isFalse();
    timestamps.onAccepted(peer(50), NOW);
    assertThat(timestamps.isOld(peer(49), NOW)).isTrue();
    assertThat(timestamps.isOld(peer(50), NOW)).isFalse();
    assertThat(timestamps.isOld(TcpOptions.NONE, NOW)).isFalse();
    timestamps.onAccepted(peer(49), NOW);
    assertThat(timestamps.recent()).as("an old value is not stored").isEqualTo(50);
    timestamps.onAccepted(TcpOptions.NONE, NOW);
    assertThat(timestamps.recent()).isEqualTo(50);
  }

  // RFC 7323 5.5: after 24 days the peer's clock may have advanced by half of its range.
  @Test
  void aValueIsNotComparedWithOneFromMoreThan24DaysAgo() {
    timestamps.activate();
    timestamps.onAccepted(peer(50), NOW);
    long later = NOW + Duration.ofDays(24).toNanos();
    assertThat(timestamps.isOld(peer(49), later)).isTrue();
    assertThat(timestamps.isOld(peer(49), later + 1)).isFalse();
  }

  @Test
  void anEchoMeasuresTheRoundTrip() {
    timestamps.activate();
    assertThat(timestamps.roundTrip(echo(NOW - millis(30)), NOW - millis(30), NOW)).isEqualTo(millis(30));
    assertThat(timestamps.elapsed(echo(NOW - millis(30)), NOW)).isEqualTo(millis(30));
  }

  @Test
  void aRoundTripWithinOneTickIsNotZero() {
    timestamps.activate();
    assertThat(timestamps.roundTrip(echo(NOW), NOW, NOW)).isEqualTo(1);
    assertThat(timestamps.elapsed(echo(NOW), NOW)).isEqualTo(millis(1));
  }

  // An echo of a value never sent must not change the timeout.
  @Test
  void anEchoFromBeforeTheSegmentOrFromTheFutureIsNotCredible() {
    timestamps.activate();
    assertThat(timestamps.roundTrip(echo(NOW - millis(31)), NOW - millis(30), NOW)).isNegative();
    assertThat(timestamps.roundTrip(echo(NOW + millis(1)), NOW - millis(30), NOW)).isNegative();
    assertThat(timestamps.roundTrip(TcpOptions.NONE, 0, NOW)).isNegative();
  }

  @Test
  void anEchoShowsTheLatestTransmissionTime() {
    timestamps.activate();
    assertThat(timestamps.echoedAt(echo(NOW - millis(30)), NOW)).isEqualTo(NOW - millis(30) + millis(1) - 1);
    assertThat(timestamps.echoedAt(echo(NOW), NOW)).isEqualTo(NOW + millis(1) - 1);
    assertThat(timestamps.echoedAt(echo(NOW + millis(1)), NOW)).as("from the future").isEqualTo(AckReport.NO_ECHO);
    assertThat(timestamps.echoedAt(TcpOptions.NONE, NOW)).isEqualTo(AckReport.NO_ECHO);
  }
}
