package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The offsets at which the queued data ended when it was first sent (RFC 9293 MUST-61). */
class PushMarksTest {

  private final PushMarks marks = new PushMarks();

  @Test
  void aSegmentIsPushedIfItContainsThePushedOctet() {
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
  void marksOfAcknowledgedDataAreDropped() {
    marks.add(100);
    marks.add(200);
    marks.discard(100);
    assertThat(marks.isIn(0, 150)).isFalse();
    assertThat(marks.isIn(0, 200)).isTrue();
    marks.discard(199);
    assertThat(marks.isIn(0, 200)).isTrue();
  }

  // An application that writes octet by octet does not fill memory; the latest push is kept because it matters most.
  @Test
  void keepsAtMost64MarksIncludingTheLatest() {
    for (int end = 1; end <= 100; end++) {
      marks.add(end);
    }
    assertThat(marks.isIn(62, 63)).isTrue();
    assertThat(marks.isIn(63, 99)).isFalse();
    assertThat(marks.isIn(63, 100)).isTrue();
  }
}
