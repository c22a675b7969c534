package io.reactorstack.tcp.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The least round-trip time of the last two and a half to five minutes. */
class MinimumRoundTripTest {

  private final MinimumRoundTrip minimum = new MinimumRoundTrip();

  private void sample(long rtt, long seconds) {
    minimum.onSample(rtt, TimeUnit.SECONDS.toNanos(seconds));
  }

  @Test
  void beforeTheFirstSampleTheMinimumIsUnknown() {
    assertThat(minimum.isKnown()).isFalse();
    assertThat(minimum.value()).isZero();
  }

  @Test
  void theLeastSampleCounts() {
    sample(50, 1000);
    sample(30, 1001);
    sample(70, 1002);
    assertThat(minimum.isKnown()).isTrue();
    assertThat(minimum.value()).isEqualTo(30);
  }

  // RFC 8985 6.2: the minimum follows a path that has become longer.
  @Test
  void aSampleIsForgottenAfterTwoSpans() {
    sample(30, 1000);
    sample(50, 1150);
    assertThat(minimum.value()).as("within the first span").isEqualTo(30);
    sample(60, 1151);
    assertThat(minimum.value()).as("the minimum of the span before").isEqualTo(30);
    sample(70, 1302);
    assertThat(minimum.value()).as("the minimum of the two spans since").isEqualTo(60);
  }

  @Test
  void aLongPauseForgetsBothSpans() {
    sample(30, 1000);
    sample(60, 1301);
    assertThat(minimum.value()).isEqualTo(60);
  }

  @Test
  void exactlyTwoSpansAreRemembered() {
    sample(30, 1000);
    sample(60, 1300);
    assertThat(minimum.value()).isEqualTo(30);
  }
}
