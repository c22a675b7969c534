package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** One challenge ACK in an interval (RFC 5961 section 7). */
class ChallengeLimitTest {

  @Test
  void oneInAnIntervalThatCountsFromTheLastOneTaken() {
    ChallengeLimit limit = new ChallengeLimit(100);
    assertThat(limit.take(5)).as("the first, whatever the time").isTrue();
    assertThat(limit.take(104)).isFalse();
    assertThat(limit.take(105)).isTrue();
    assertThat(limit.take(204)).isFalse();
    assertThat(limit.take(205)).isTrue();
  }

  @Test
  void withoutAnIntervalThereIsNoLimit() {
    ChallengeLimit limit = new ChallengeLimit(0);
    assertThat(limit.take(5)).isTrue();
    assertThat(limit.take(5)).isTrue();
  }
}
