package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** At most one challenge ACK per interval (RFC 5961 section 7). */
class ChallengeLimitTest {

  @Test
  void allowsOnePerIntervalSinceTheLastOne() {
    ChallengeLimit limit = new ChallengeLimit(100);
    assertThat(limit.take(5)).as("the first, at any time").isTrue();
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
