package io.reactorstack.tcp.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The segments in flight and their sums, step by step. Segments of 100 octets from 0 on are sent at 0, 1, 2 …. The text
 * of the queue contains each segment with its marks: {@code S} sacked, {@code L} lost and not resent, {@code R} lost
 * and resent.
 */
class InFlightTest {

  private static final int ANY_NUMBER = 1000;

  private final RetransmissionQueue queue = new RetransmissionQueue();
  private final List<String> delivered = new ArrayList<>();
  private final Deliveries deliveries = segment -> delivered.add(segment.seq() + "-" + segment.end());

  private void send(int segments) {
    for (int i = 0; i < segments; i++) {
      queue.add(100 * i, 100 * (i + 1), false, i);
    }
  }

  private void sack(int left, int right) {
    queue.sack(left, right, ANY_NUMBER, deliveries);
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < queue.size(); i++) {
      SentSegment s = queue.get(i);
      text.append(i == 0 ? "" : " ").append(s.seq()).append('-').append(s.end())
          .append(s.isSacked() ? "S" : s.isLost() ? "L" : s.resent ? "R" : "").append(s.isFin() ? "F" : "");
    }
    return text.toString();
  }

  /** The segments in the network, in the order of their last transmission. */
  private String order() {
    StringBuilder text = new StringBuilder();
    for (SentSegment s = queue.order().first(); s != null; s = s.later) {
      text.append(text.isEmpty() ? "" : " ").append(s.seq());
    }
    return text.toString();
  }

  @Test
  void nothingIsInFlightAtFirst() {
    assertThat(queue.isEmpty()).isTrue();
    assertThat(queue.bytes()).isZero();
    assertThat(queue.pipe()).isZero();
    assertThat(queue.first()).isNull();
    assertThat(queue.last()).isNull();
    assertThat(queue.firstLost()).isNull();
    assertThat(queue.highestSacked()).isZero();
  }

  @Test
  void sentSegmentsAreInFlight() {
    send(3);
    assertThat(queue.bytes()).isEqualTo(300);
    assertThat(queue.pipe()).isEqualTo(300);
    assertThat(queue.first().seq()).isZero();
    assertThat(queue.last().seq()).isEqualTo(200);
    assertThat(queue.highestSacked()).as("SND.UNA").isZero();
    assertThat(order()).isEqualTo("0 100 200");
  }

  @Test
  void sackedSegmentsLeaveThePipeOnce() {
    send(5);
    sack(200, 400);
    sack(100, 400);
    assertThat(text()).isEqualTo("0-100 100-200S 200-300S 300-400S 400-500");
    assertThat(delivered).containsExactly("200-300", "300-400", "100-200");
    assertThat(queue.sackedBytes()).isEqualTo(300);
    assertThat(queue.sackedSegments()).isEqualTo(3);
    assertThat(queue.pipe()).isEqualTo(200);
    assertThat(queue.highestSacked()).isEqualTo(400);
    assertThat(order()).isEqualTo("0 400");
  }

  @Test
  void aBlockOverSeveralRangesFillsTheGapsBetween() {
    send(6);
    sack(100, 200);
    sack(300, 400);
    delivered.clear();
    sack(0, 500);
    assertThat(delivered).containsExactly("0-100", "200-300", "400-500");
    assertThat(queue.ranges().count()).isEqualTo(1);
    assertThat(queue.sackedBytes()).isEqualTo(500);
  }

  // A peer may report a part of a segment, for example if the segment was split on the path.
  @Test
  void aSegmentPartlyCoveredByABlockIsSplit() {
    send(3);
    sack(150, 250);
    assertThat(text()).isEqualTo("0-100 100-150 150-200S 200-250S 250-300");
    assertThat(queue.pipe()).isEqualTo(200);
    assertThat(order()).as("split in place").isEqualTo("0 100 250");
  }

  // Limits the records that a peer can make us keep by reporting tiny blocks.
  @Test
  void aboveTheLimitSegmentsAreNotSplit() {
    send(3);
    queue.sack(150, 300, 3, deliveries);
    assertThat(text()).isEqualTo("0-100 100-200 200-300S");
    queue.sack(0, 150, 3, deliveries);
    assertThat(text()).isEqualTo("0-100S 100-200 200-300S");
    assertThat(queue.ranges().count()).isEqualTo(2);
    queue.sack(120, 180, 3, deliveries);
    assertThat(text()).as("inside one segment").isEqualTo("0-100S 100-200 200-300S");
  }

  @Test
  void acknowledgedSegmentsAreRemovedAndDeliveredOnce() {
    send(4);
    sack(100, 200);
    delivered.clear();
    queue.acknowledge(300, deliveries);
    assertThat(delivered).containsExactly("0-100", "200-300");
    assertThat(text()).isEqualTo("300-400");
    assertThat(queue.sackedBytes()).isZero();
    assertThat(queue.ranges().isEmpty()).isTrue();
    assertThat(queue.pipe()).isEqualTo(100);
    assertThat(order()).isEqualTo("300");
  }

  @Test
  void aPartlyAcknowledgedSegmentKeepsItsRest() {
    send(2);
    queue.markFirstLost();
    queue.acknowledge(30, deliveries);
    assertThat(text()).isEqualTo("30-100L 100-200");
    assertThat(queue.lostBytes()).isEqualTo(70);
    assertThat(delivered).isEmpty();
    queue.acknowledge(30, deliveries);
    assertThat(text()).isEqualTo("30-100L 100-200");
  }

  @Test
  void lostSegmentsWaitAndResentSegmentsAreInFlight() {
    send(4);
    assertThat(queue.markLost(queue.get(1))).isTrue();
    assertThat(queue.markLost(queue.get(1))).as("marked already").isFalse();
    assertThat(queue.markLost(queue.get(0))).isTrue();
    assertThat(text()).isEqualTo("0-100L 100-200L 200-300 300-400");
    assertThat(queue.lostBytes()).isEqualTo(200);
    assertThat(queue.lostSegments()).isEqualTo(2);
    assertThat(queue.pipe()).isEqualTo(200);
    assertThat(queue.firstLost().seq()).isZero();
    assertThat(order()).isEqualTo("200 300");

    queue.onRetransmitted(queue.get(0), 10);
    assertThat(text()).isEqualTo("0-100R 100-200L 200-300 300-400");
    assertThat(queue.lostBytes()).isEqualTo(100);
    assertThat(queue.lostSegments()).isEqualTo(2);
    assertThat(queue.resentBytes()).isEqualTo(100);
    assertThat(queue.resentSegments()).isEqualTo(1);
    assertThat(queue.pipe()).isEqualTo(300);
    assertThat(queue.firstLost().seq()).isEqualTo(100);
    assertThat(order()).isEqualTo("200 300 0");
    assertThat(queue.get(0).transmissions()).isEqualTo(2);
    assertThat(queue.get(0).lastSentAt()).isEqualTo(10);
    assertThat(queue.get(3).firstSentAt()).isEqualTo(3);
    assertThat(queue.get(0).firstSentAt()).isZero();
  }

  @Test
  void aRetransmissionCanBeLostToo() {
    send(2);
    queue.markFirstLost();
    queue.onRetransmitted(queue.get(0), 10);
    assertThat(queue.markLost(queue.get(0))).isTrue();
    assertThat(text()).isEqualTo("0-100L 100-200");
    assertThat(queue.resentBytes()).isZero();
    assertThat(queue.pipe()).isEqualTo(100);
  }

  @Test
  void aSackedSegmentIsNoLongerLost() {
    send(3);
    queue.markLost(queue.get(0));
    queue.markLost(queue.get(1));
    queue.onRetransmitted(queue.get(0), 10);
    sack(0, 200);
    assertThat(text()).isEqualTo("0-100S 100-200S 200-300");
    assertThat(queue.lostSegments()).isZero();
    assertThat(queue.resentSegments()).isZero();
    assertThat(queue.pipe()).isEqualTo(100);
    assertThat(queue.firstLost()).isNull();
  }

  @Test
  void sackedSegmentsAreNotMarkedLost() {
    send(3);
    sack(100, 200);
    queue.markAllLost();
    assertThat(text()).isEqualTo("0-100L 100-200S 200-300L");
    assertThat(queue.pipe()).isZero();
  }

  // After a lower path MTU, larger segments have not got through.
  @Test
  void segmentsAboveASizeAreMarkedLost() {
    send(2);
    queue.add(200, 250, false, 2);
    queue.add(250, 351, true, 3);
    queue.markLostAbove(99);
    assertThat(text()).isEqualTo("0-100L 100-200L 200-250 250-351LF");
    assertThat(queue.get(3).dataLength()).as("without the FIN").isEqualTo(100);
    assertThat(new RetransmissionQueue().firstLost()).isNull();
  }

  @Test
  void aSegmentOfExactlyTheSizeIsNotMarkedLost() {
    send(1);
    queue.markLostAbove(100);
    assertThat(text()).isEqualTo("0-100");
  }

  // After a spurious timeout nothing was lost.
  @Test
  void lossMarksCanBeCleared() {
    send(3);
    queue.markAllLost();
    queue.onRetransmitted(queue.get(0), 10);
    queue.unmarkLost();
    assertThat(queue.lostSegments()).isZero();
    assertThat(queue.lostBytes()).isZero();
    assertThat(order()).as("by their last transmission").isEqualTo("100 200 0");
  }

  // RFC 2018 section 8: a peer may drop data that it has reported.
  @Test
  void sackMarksCanBeCleared() {
    send(3);
    sack(100, 300);
    queue.forgetSacked();
    assertThat(text()).isEqualTo("0-100 100-200 200-300");
    assertThat(queue.sackedBytes()).isZero();
    assertThat(queue.ranges().isEmpty()).isTrue();
    assertThat(order()).isEqualTo("0 100 200");
  }

  @Test
  void clearingSackMarksKeepsLossMarks() {
    send(3);
    queue.markFirstLost();
    sack(100, 200);
    queue.forgetSacked();
    assertThat(text()).isEqualTo("0-100L 100-200 200-300");
    assertThat(queue.lostBytes()).isEqualTo(100);
    assertThat(queue.pipe()).isEqualTo(200);
  }

  @Test
  void clearingLossMarksKeepsSackMarks() {
    send(3);
    sack(100, 200);
    queue.markAllLost();
    assertThat(queue.markLost(queue.get(1))).as("a segment that has arrived").isFalse();
    queue.unmarkLost();
    assertThat(text()).isEqualTo("0-100 100-200S 200-300");
    assertThat(queue.sackedBytes()).isEqualTo(100);
    assertThat(queue.pipe()).isEqualTo(200);
  }

  // The records of the ring are reused: marks of former segments do not count.
  @Test
  void reusedRecordsKeepNoMarks() {
    send(16);
    queue.acknowledge(1600, deliveries);
    queue.markFirstLost();
    queue.markAllLost();
    assertThat(queue.lostSegments()).isZero();
    queue.add(1600, 1700, false, 20);
    queue.markLostAbove(0);
    assertThat(queue.lostBytes()).isEqualTo(100);
    queue.unmarkLost();
    queue.forgetSacked();
    queue.markAllLost();
    assertThat(queue.lostBytes()).isEqualTo(100);
    assertThat(queue.lostSegments()).isOne();
    assertThat(queue.highestSacked()).isEqualTo(1600);
  }

  @Test
  void aSegmentCanBeSplitForItsRetransmission() {
    queue.add(0, 1001, true, 0);
    queue.markAllLost();
    queue.split(queue.get(0), 600);
    assertThat(text()).isEqualTo("0-600L 600-1001LF");
    assertThat(queue.lostSegments()).isEqualTo(2);
    assertThat(queue.lostBytes()).isEqualTo(1001);
    queue.split(queue.get(0), 600);
    queue.splitAt(queue.get(0), 0);
    queue.splitAt(queue.get(0), 600);
    assertThat(queue.size()).as("nothing to split").isEqualTo(2);
    queue.splitAt(queue.get(0), 599);
    assertThat(text()).isEqualTo("0-599L 599-600L 600-1001LF");
  }

  // Many small lost segments at the front can be sent again as one.
  @Test
  void countsLostOctetsAtTheFront() {
    send(5);
    assertThat(queue.lostAtFront(1000)).isZero();
    for (int i : new int[] {0, 1, 3}) {
      queue.markLost(queue.get(i));
    }
    assertThat(queue.lostAtFront(1000)).as("up to the gap").isEqualTo(200);
    assertThat(queue.lostAtFront(150)).isEqualTo(150);
    assertThat(queue.lostAtFront(100)).isEqualTo(100);
    queue.markAllLost();
    assertThat(queue.lostAtFront(1000)).isEqualTo(500);
    assertThat(new RetransmissionQueue().lostAtFront(1000)).isZero();
  }

  @Test
  void aFinIsNotSentAgainWithTheDataBeforeIt() {
    send(2);
    queue.add(200, 251, true, 2);
    queue.markAllLost();
    assertThat(queue.lostAtFront(1000)).isEqualTo(200);
  }

  @Test
  void lostSegmentsAtTheFrontAreJoined() {
    send(5);
    for (int i = 0; i < 4; i++) {
      queue.markLost(queue.get(i));
    }
    queue.coalesce(300);
    assertThat(text()).isEqualTo("0-300L 300-400L 400-500");
    assertThat(queue.lostBytes()).isEqualTo(400);
    assertThat(queue.lostSegments()).isEqualTo(2);
    assertThat(queue.pipe()).isEqualTo(100);
    assertThat(queue.firstLost().end()).isEqualTo(300);
    queue.add(500, 600, false, 5);
    assertThat(text()).as("the records are reused").isEqualTo("0-300L 300-400L 400-500 500-600");
  }

  @Test
  void joiningKeepsTheRestOfTheLastSegment() {
    send(3);
    queue.markAllLost();
    queue.coalesce(150);
    assertThat(text()).isEqualTo("0-150L 150-200L 200-300L");
    assertThat(queue.lostBytes()).isEqualTo(300);
    assertThat(queue.lostSegments()).isEqualTo(3);
    queue.coalesce(150);
    assertThat(text()).as("nothing to add").isEqualTo("0-150L 150-200L 200-300L");
  }

  // The position at which the search for lost segments starts moves with the segments.
  @Test
  void theFirstLostSegmentIsFoundAfterCutsAndAcknowledgements() {
    send(6);
    queue.markLost(queue.get(4));
    assertThat(queue.firstLost().seq()).isEqualTo(400);
    sack(150, 160);
    assertThat(queue.firstLost().seq()).isEqualTo(400);
    queue.acknowledge(100, deliveries);
    assertThat(queue.firstLost().seq()).isEqualTo(400);
    queue.markLost(queue.get(0));
    assertThat(queue.firstLost().seq()).isEqualTo(100);
  }

  @Test
  void aProbeOfAnOctetKeepsTheSegmentInFlight() {
    send(2);
    queue.onProbed(queue.get(0), 10);
    assertThat(queue.pipe()).isEqualTo(200);
    assertThat(order()).isEqualTo("100 0");
    queue.markFirstLost();
    queue.onProbed(queue.get(0), 20);
    assertThat(order()).as("a waiting segment is not in the order").isEqualTo("100");
    assertThat(queue.get(0).transmissions()).isEqualTo(3);
  }

  @Test
  void theTimeoutsOfTheEarliestSegmentAreCounted() {
    queue.onTimeout();
    send(2);
    queue.onTimeout();
    queue.onTimeout();
    assertThat(queue.get(0).timeouts()).isEqualTo(2);
    assertThat(queue.get(1).timeouts()).isZero();
  }

  // The ring grows with its head at any position, and its records are reused.
  @Test
  void manySegmentsFitAndKeepTheirOrder() {
    int sent = 0;
    int acknowledged = 0;
    for (int round = 0; round < 40; round++) {
      for (int i = 0; i < 10; i++) {
        queue.add(100 * sent, 100 * (sent + 1), false, sent);
        sent++;
      }
      acknowledged += 7;
      queue.acknowledge(100 * acknowledged, deliveries);
      assertThat(queue.size()).isEqualTo(sent - acknowledged);
      for (int i = 0; i < queue.size(); i++) {
        assertThat(queue.get(i).seq()).isEqualTo(100 * (acknowledged + i));
        assertThat(queue.position(queue.get(i).seq())).isEqualTo(i);
        assertThat(queue.position(queue.get(i).end() - 1)).isEqualTo(i);
      }
    }
    assertThat(delivered).hasSize(280);
  }

  @Test
  void transmissionNumbersOrderTheSegments() {
    send(2);
    assertThat(queue.get(1).isSentAfter(queue.get(0))).isTrue();
    assertThat(queue.get(0).isSentAfter(queue.get(1))).isFalse();
    queue.onRetransmitted(queue.get(0), 1);
    assertThat(queue.get(0).isSentAfter(queue.get(1))).as("at the same time, but later in order").isTrue();
    queue.splitAt(queue.get(0), 50);
    assertThat(queue.get(1).isSentAfter(queue.get(0))).as("sent together: the higher octets").isTrue();
    assertThat(queue.get(0).isSentAfter(queue.get(1))).isFalse();
  }
}
