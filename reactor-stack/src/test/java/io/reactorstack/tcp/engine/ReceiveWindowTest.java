package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The receive window and its updates (RFC 9293 section 3.8.6.2.2, RFC 7323 section 2). RCV.NXT starts at 1000. */
class ReceiveWindowTest {

  private static final int NXT = 1000;
  private static final int SEGMENT = 1460;

  private static ReceiveWindow window(int capacity) {
    ReceiveWindow window = new ReceiveWindow(capacity, NXT, SEGMENT);
    window.open();
    return window;
  }

  // RFC 7323 2.3.
  @Test
  void theScaleIsTheSmallestForTheCapacity() {
    assertThat(ReceiveWindow.scaleFor(65_535)).isZero();
    assertThat(ReceiveWindow.scaleFor(65_536)).isEqualTo(1);
    assertThat(ReceiveWindow.scaleFor(65_535 << 3)).isEqualTo(3);
    assertThat(ReceiveWindow.scaleFor(Integer.MAX_VALUE)).isEqualTo(14);
  }

  @Test
  void theWindowIsTheCapacityLessTheMemoryHeld() {
    ReceiveWindow window = window(10_000);
    assertThat(window.advertise(NXT, 0)).isEqualTo(10_000);
    assertThat(window.edge()).isEqualTo(NXT + 10_000);
    assertThat(window.segmentSize()).isEqualTo(SEGMENT);
    assertThat(window.capacity()).isEqualTo(10_000);
    assertThat(window.advertise(NXT + 4_000, 4_000)).isEqualTo(6_000);
    assertThat(window.advertise(NXT + 4_000, 0)).as("all read").isEqualTo(10_000);
  }

  // RFC 9293 3.8.6 SHLD-14: the right edge does not move left.
  @Test
  void theRightEdgeDoesNotMoveLeft() {
    ReceiveWindow window = window(10_000);
    window.advertise(NXT, 0);
    window.capacity(3_000);
    assertThat(window.advertise(NXT, 0)).isEqualTo(10_000);
    assertThat(window.advertise(NXT + 9_000, 9_000)).isEqualTo(1_000);
    assertThat(window.edge()).isEqualTo(NXT + 10_000);
  }

  // MUST-39.
  @Test
  void theEdgeMovesByAtLeastASegment() {
    ReceiveWindow window = window(10_000);
    window.advertise(NXT, 0);
    assertThat(window.advertise(NXT + 5_000, 5_000 - SEGMENT + 1)).isEqualTo(5_000);
    assertThat(window.advertise(NXT + 5_000, 5_000 - SEGMENT)).isEqualTo(5_000 + SEGMENT);
  }

  @Test
  void withASmallBufferTheEdgeMovesByHalfTheBuffer() {
    ReceiveWindow window = window(1_000);
    window.advertise(NXT, 0);
    assertThat(window.advertise(NXT + 1_000, 501)).isZero();
    assertThat(window.advertise(NXT + 1_000, 500)).isEqualTo(500);
  }

  @Test
  void withoutScalingTheFieldLimitsTheWindow() {
    assertThat(window(100_000).advertise(NXT, 0)).isEqualTo(65_535);
  }

  @Test
  void theScaledFieldCountsInUnitsOfTheScale() {
    ReceiveWindow window = window(100_001);
    window.agree(1);
    assertThat(window.advertise(NXT, 0)).isEqualTo(50_000);
    assertThat(window.edge()).as("the edge is what the field shows").isEqualTo(NXT + 100_000);
  }

  // A SYN-ACK, whose field is never scaled, may have to advertise the same window again.
  @Test
  void duringTheHandshakeTheWindowFitsAnUnscaledField() {
    ReceiveWindow window = new ReceiveWindow(1 << 20, NXT, SEGMENT);
    window.agree(5);
    assertThat(window.advertise(NXT, 0) << 5).isBetween(65_535 - 31, 65_535);
    window.open();
    assertThat(window.advertise(NXT, 0)).isEqualTo((1 << 20) >> 5);
  }

  @Test
  void theFieldOfASynIsNotScaled() {
    ReceiveWindow window = new ReceiveWindow(1 << 20, NXT, SEGMENT);
    window.agree(5);
    assertThat(window.advertiseUnscaled(NXT, 1 << 20)).isEqualTo(65_535);
    assertThat(new ReceiveWindow(40_000, NXT, SEGMENT).advertiseUnscaled(NXT, 30_000)).isEqualTo(30_000);
    ReceiveWindow small = new ReceiveWindow(20_000, NXT, SEGMENT);
    assertThat(small.advertiseUnscaled(NXT, 30_000)).isEqualTo(20_000);
    assertThat(small.edge()).isEqualTo(NXT + 20_000);
  }

  @Test
  void theFieldOfARepeatedSynKeepsTheEdge() {
    ReceiveWindow window = new ReceiveWindow(40_000, NXT, SEGMENT);
    window.promise(NXT, 35_000);
    assertThat(window.edge()).isEqualTo(NXT + 35_000);
    assertThat(window.advertiseUnscaled(NXT, 30_000)).isEqualTo(35_000);
    window.promise(NXT, 100);
    assertThat(window.edge()).isEqualTo(NXT + 35_000);
  }

  // A growth of two segments causes an update; while the window is closed, one segment does.
  @Test
  void anUpdateIsDueWhenTheWindowHasGrownByTwoSegments() {
    ReceiveWindow window = window(20_000);
    window.advertise(NXT, 0);
    int nxt = NXT + 10_000;
    assertThat(window.isUpdateDue(nxt, 10_000)).isFalse();
    assertThat(window.isUpdateDue(nxt, 10_000 - 2 * SEGMENT + 1)).isFalse();
    assertThat(window.isUpdateDue(nxt, 10_000 - 2 * SEGMENT)).isTrue();
  }

  @Test
  void aClosedWindowIsReopenedByOneSegment() {
    ReceiveWindow window = window(20_000);
    window.advertise(NXT, 0);
    int nxt = NXT + 20_000;
    assertThat(window.isUpdateDue(nxt, 20_000 - SEGMENT + 1)).isFalse();
    assertThat(window.isUpdateDue(nxt, 20_000 - SEGMENT)).isTrue();
  }

  @Test
  void aWindowBelowOneUnitCountsAsClosed() {
    ReceiveWindow window = window(1 << 20);
    window.agree(5);
    window.advertise(NXT, 0);
    int nxt = window.edge() - 31;
    int held = (1 << 20) - 31 - SEGMENT;
    assertThat(window.isUpdateDue(nxt, held)).isTrue();
    assertThat(window.isUpdateDue(nxt - 1, held - 1)).as("one unit is left").isFalse();
  }

  @Test
  void halfOfASmallBufferCausesAnUpdate() {
    ReceiveWindow window = window(1_000);
    window.advertise(NXT, 0);
    assertThat(window.isUpdateDue(NXT + 1_000, 501)).isFalse();
    assertThat(window.isUpdateDue(NXT + 1_000, 500)).isTrue();
  }
}
