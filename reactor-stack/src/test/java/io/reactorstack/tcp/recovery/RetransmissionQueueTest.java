package io.reactorstack.tcp.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class RetransmissionQueueTest {

  private final RetransmissionQueue queue = new RetransmissionQueue();

  private final AckReport report = new AckReport();

  private void acknowledge(int ack) {
    report.begin(queue.isEmpty() ? ack : queue.get(0).seq(), ack, 0, AckReport.NO_ECHO);
    queue.acknowledge(ack, report);
  }

  private void fill(int segments, int length) {
    for (int i = 0; i < segments; i++) {
      queue.add(i * length, (i + 1) * length, false, i);
    }
  }

  @Test
  void aPartlyAcknowledgedSegmentKeepsItsRest() {
    fill(3, 100);
    acknowledge(150);
    assertThat(queue.size()).isEqualTo(2);
    assertThat(queue.get(0).seq()).isEqualTo(150);
    assertThat(queue.get(0).length()).isEqualTo(50);
    assertThat(report.roundTripStart()).isZero();
  }

  @Test
  void aRetransmittedSegmentPreventsTheSample() {
    fill(2, 100);
    queue.onRetransmitted(queue.get(0), 50);
    acknowledge(200);
    assertThat(report.roundTripStart()).isEqualTo(AckReport.NO_SAMPLE);
    assertThat(report.retransmittedAt()).isEqualTo(50);
    queue.add(200, 300, false, 60);
    acknowledge(300);
    assertThat(report.roundTripStart()).isEqualTo(60);
  }

  @Test
  void lostSegmentsAtTheFrontAreJoinedAgain() {
    fill(5, 100);
    queue.markAllLost();
    queue.split(queue.get(0), 60);
    // The last segment is in flight again.
    queue.onRetransmitted(queue.get(4), 9);
    assertThat(queue.lostAtFront(1000)).isEqualTo(300);
    assertThat(queue.lostAtFront(250)).isEqualTo(250);
    queue.coalesce(250);
    assertThat(queue.size()).isEqualTo(4);
    assertThat(queue.get(0).length()).isEqualTo(250);
    assertThat(queue.get(0).isLost()).isTrue();
    assertThat(queue.get(1).seq()).isEqualTo(250);
    assertThat(queue.get(1).length()).isEqualTo(50);
    assertThat(queue.lostSegments()).isEqualTo(4);
    assertThat(queue.lostBytes()).isEqualTo(400);
    assertThat(queue.pipe()).isEqualTo(100);
    queue.onRetransmitted(queue.get(0), 10);
    assertThat(queue.firstLost()).isSameAs(queue.get(1));
    acknowledge(500);
    assertThat(queue.isEmpty()).isTrue();
    assertThat(queue.pipe()).isZero();
  }

  @Test
  void aLostSegmentCanBeSplit() {
    queue.add(0, 1001, true, 7);
    queue.markAllLost();
    queue.split(queue.get(0), 600);
    assertThat(queue.size()).isEqualTo(2);
    assertThat(queue.get(0).dataLength()).isEqualTo(600);
    assertThat(queue.get(0).isFin()).isFalse();
    assertThat(queue.get(1).dataLength()).isEqualTo(400);
    assertThat(queue.get(1).isFin()).isTrue();
    assertThat(queue.lostBytes()).isEqualTo(1001);
    queue.onRetransmitted(queue.get(0), 8);
    assertThat(queue.lostBytes()).isEqualTo(401);
    assertThat(queue.firstLost()).isSameAs(queue.get(1));
  }

  /** Compares with a model that knows only which octets are lost, with sequence numbers that wrap. */
  @Property(tries = 300)
  void lostBytesMatchAModel(@ForAll List<@IntRange(min = 0, max = 5) Integer> steps, @ForAll int start) {
    RetransmissionQueue tested = new RetransmissionQueue();
    Deque<boolean[]> octets = new ArrayDeque<>();
    int una = start;
    int nxt = start;
    for (int step : steps) {
      switch (step) {
        case 0, 1 -> {
          tested.add(nxt, nxt + 10, false, 1);
          nxt += 10;
          for (int i = 0; i < 10; i++) {
            octets.addLast(new boolean[1]);
          }
        }
        case 2 -> {
          int n = Math.min(7, octets.size());
          una += n;
          tested.acknowledge(una, segment -> {});
          for (int i = 0; i < n; i++) {
            octets.removeFirst();
          }
        }
        case 3 -> {
          tested.markAllLost();
          octets.forEach(o -> o[0] = true);
        }
        case 4 -> {
          SentSegment lost = tested.firstLost();
          if (lost != null) {
            List<boolean[]> all = new ArrayList<>(octets);
            for (int i = lost.seq() - una; i < lost.end() - una; i++) {
              assertThat(all.get(i)[0]).isTrue();
              all.get(i)[0] = false;
            }
            tested.onRetransmitted(lost, 2);
          }
        }
        default -> {
          SentSegment lost = tested.firstLost();
          if (lost != null) {
            tested.split(lost, 3);
          }
        }
      }
      assertThat(tested.lostBytes()).isEqualTo((int) octets.stream().filter(o -> o[0]).count());
      assertThat(tested.isEmpty()).isEqualTo(octets.isEmpty());
      int at = una;
      for (int i = 0; i < tested.size(); i++) {
        assertThat(tested.get(i).seq()).isEqualTo(at);
        at = tested.get(i).end();
      }
      assertThat(at).isEqualTo(nxt);
    }
  }
}
