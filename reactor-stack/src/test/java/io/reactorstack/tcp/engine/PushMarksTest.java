package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Where the data ended when it was sent first (RFC 9293 MUST-61); numbers are offsets in the stream. */
class PushMarksTest {

  private final PushMarks marks = new PushMarks();

  @Test
  void aPushIsInTheSegmentThatHoldsThePushedOctet() {
    marks.add(100);
    marks.add(200);
    assertThat(marks.isIn(0, 99)).isFalse();
    assertThat(marks.isIn(0, 100)).isTrue();
    assertThat(marks.isIn(99, 100)).isTrue();
    assertThat(marks.isIn(100, 199)).isFalse();
    assertThat(marks.isIn(100, 200)).isTrue();
    assertThat(marks.isIn(200, 300)).isFalse();
  }

  @Test
  void whatIsAcknowledgedIsForgotten() {
    marks.add(100);
    marks.add(200);
    marks.discard(100);
    assertThat(marks.isIn(0, 150)).isFalse();
    assertThat(marks.isIn(0, 200)).isTrue();
    marks.discard(199);
    assertThat(marks.isIn(0, 200)).isTrue();
  }

  // Somebody who writes octet by octet does not fill memory; the latest push is the one that counts.
  @Test
  void atMost64AreKeptAndTheLatestAmongThem() {
    for (int end = 1; end <= 100; end++) {
      marks.add(end);
    }
    assertThat(marks.isIn(62, 63)).isTrue();
    assertThat(marks.isIn(63, 99)).isFalse();
    assertThat(marks.isIn(63, 100)).isTrue();
  }
}
