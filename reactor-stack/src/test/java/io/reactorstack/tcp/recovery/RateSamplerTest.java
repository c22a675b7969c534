package io.reactorstack.tcp.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The delivery rate (draft-ietf-ccwg-bbr section 4.1), sample by sample; times in milliseconds. */
class RateSamplerTest {

  private static final long MIN_RTT = 50;

  private final RateSampler sampler = new RateSampler(new RetransmissionQueue());
  private int seq;

  /** Sends 1000 octets; {@code idle} is true if nothing else is in flight. */
  private SentSegment send(long millis, boolean idle) {
    SentSegment segment = new SentSegment();
    segment.seq = seq;
    seq += 1000;
    segment.end = seq;
    segment.lastSentAt = nanos(millis);
    sampler.onSent(segment, idle, nanos(millis));
    return segment;
  }

  private void acknowledge(long millis, SentSegment... segments) {
    sampler.begin(nanos(millis));
    for (SentSegment segment : segments) {
      sampler.onDelivered(segment);
    }
    sampler.end(1000 * segments.length, nanos(MIN_RTT));
  }

  private static long nanos(long millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }

  @Test
  void beforeTheFirstAcknowledgementThereIsNoRate() {
    send(0, true);
    assertThat(sampler.rate()).isZero();
    assertThat(sampler.isRateLimitedByApplication()).isFalse();
  }

  @Test
  void theRateCountsDeliveriesSinceTheSegmentWasSent() {
    SentSegment first = send(0, true);
    SentSegment second = send(10, false);
    acknowledge(100, first);
    assertThat(sampler.rate()).as("1000 octets in 100 ms").isEqualTo(10_000);
    acknowledge(125, second);
    assertThat(sampler.rate()).as("2000 octets in 125 ms").isEqualTo(16_000);
    SentSegment third = send(125, false);
    acknowledge(250, third);
    assertThat(sampler.rate()).as("1000 octets in 125 ms").isEqualTo(8_000);
    assertThat(sampler.delivered()).isEqualTo(3000);
  }

  // Section 4.1.2.2: compressed acknowledgements show no rate above that at which the segments were sent.
  @Test
  void theRateDoesNotExceedTheSendRate() {
    SentSegment first = send(0, true);
    acknowledge(100, first);
    SentSegment second = send(100, false);
    SentSegment third = send(150, false);
    acknowledge(200, second, third);
    // Sent in the 150 ms since the flight of the first started, acknowledged in 100 ms.
    assertThat(sampler.rate()).isEqualTo(2000 * 1000 / 150);
  }

  @Test
  void aSampleShorterThanTheMinimumRoundTripIsIgnored() {
    acknowledge(100, send(0, true));
    acknowledge(200 + MIN_RTT - 1, send(200, true));
    assertThat(sampler.rate()).isEqualTo(10_000);
    assertThat(sampler.delivered()).as("still counted as delivered").isEqualTo(2000);
  }

  @Test
  void aSampleOfExactlyTheMinimumRoundTripCounts() {
    acknowledge(100, send(0, true));
    acknowledge(200 + MIN_RTT, send(200, true));
    assertThat(sampler.rate()).isEqualTo(20_000);
  }

  @Test
  void aSampleOfNoTimeGivesNoRate() {
    SentSegment segment = send(0, true);
    sampler.begin(0);
    sampler.onDelivered(segment);
    sampler.end(1000, 0);
    assertThat(sampler.rate()).isZero();
  }

  // If an acknowledgement delivers several segments, the one sent last makes the sample, in any order of delivery.
  @Test
  void theSegmentSentLastMakesTheSample() {
    SentSegment first = send(0, true);
    acknowledge(100, first);
    SentSegment old = send(100, false);
    acknowledge(200, send(110, false));
    SentSegment newest = send(200, false);
    acknowledge(300, newest, old);
    // Since 200 ms, when newest was sent, newest and old were delivered.
    assertThat(sampler.rate()).isEqualTo(20_000);
  }

  @Test
  void ofSegmentsSentTogetherTheLastOneMakesTheSample() {
    SentSegment low = send(100, true);
    SentSegment high = send(100, false);
    high.applicationLimited = true;
    acknowledge(200, high, low);
    assertThat(sampler.isRateLimitedByApplication()).as("the flag of the later segment").isTrue();
    SentSegment below = send(300, true);
    SentSegment above = send(300, false);
    above.applicationLimited = true;
    acknowledge(350, below, above);
    assertThat(sampler.rate()).isEqualTo(40_000);
    assertThat(sampler.isRateLimitedByApplication()).as("in any order").isTrue();
  }

  @Test
  void anAcknowledgementThatDeliversNothingChangesNothing() {
    acknowledge(100, send(0, true));
    sampler.begin(nanos(500));
    sampler.end(0, nanos(MIN_RTT));
    assertThat(sampler.rate()).isEqualTo(10_000);
    acknowledge(1200, send(500, false));
    // The interval starts at 100 ms, when the last octet was delivered, not at 500 ms.
    assertThat(sampler.rate()).isEqualTo(1000 * 1000 / 1100);
  }

  // Section 4.1.2.4: an application with nothing to send does not lower the rate, but may raise it.
  @Test
  void anApplicationLimitedSampleCountsOnlyIfItIsNotSlower() {
    acknowledge(100, send(0, true));
    sampler.onApplicationLimited(0);
    acknowledge(400, send(200, true));
    assertThat(sampler.rate()).as("5000 per second is not the network's rate").isEqualTo(10_000);
    assertThat(sampler.isRateLimitedByApplication()).isFalse();

    sampler.onApplicationLimited(0);
    acknowledge(600, send(500, true));
    assertThat(sampler.isRateLimitedByApplication()).as("as fast as before").isTrue();
    sampler.onApplicationLimited(0);
    acknowledge(780, send(700, true));
    assertThat(sampler.rate()).isEqualTo(12_500);
  }

  @Test
  void theFirstSampleCountsAlthoughTheApplicationLimitsIt() {
    sampler.onApplicationLimited(0);
    acknowledge(100, send(0, true));
    assertThat(sampler.rate()).isEqualTo(10_000);
    assertThat(sampler.isRateLimitedByApplication()).isTrue();
  }

  // The limit holds until the data that was in flight when the application paused has been delivered.
  @Test
  void theApplicationLimitEndsWhenItsFlightIsDelivered() {
    SentSegment first = send(0, true);
    SentSegment second = send(10, false);
    sampler.onApplicationLimited(2000);
    assertThat(sampler.isApplicationLimited()).isTrue();
    acknowledge(100, first);
    acknowledge(110, second);
    assertThat(sampler.isApplicationLimited()).as("2000 octets delivered").isTrue();
    acknowledge(220, send(120, true));
    assertThat(sampler.isApplicationLimited()).as("more than 2000").isFalse();
  }

  @Test
  void countsDeliveredAndMarkedSegments() {
    acknowledge(100, send(0, true));
    sampler.onCongestionEcho();
    acknowledge(200, send(100, true), send(100, false));
    assertThat(sampler.segments()).as("with the SYN").isEqualTo(4);
    assertThat(sampler.segmentsMarked()).isEqualTo(1);
    sampler.onCongestionEcho();
    assertThat(sampler.segmentsMarked()).isEqualTo(3);
  }
}
