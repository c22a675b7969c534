package io.reactorstack.tcp.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** A queue whose segments share records answers every question as one with a record for each segment. */
class SharedRecordsTest {

  private static final int SIZE = 100;

  private final RetransmissionQueue shared = new RetransmissionQueue();
  private final RetransmissionQueue single = new RetransmissionQueue();
  private final long[] delivered = new long[2];
  private final long[] segments = new long[2];
  private int una;
  private int next;
  private long now;

  @Property(tries = 2000, shrinking = ShrinkingMode.OFF)
  void answersAreEqual(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    una = random.nextInt();
    next = una;
    for (int i = 0; i < 40; i++) {
      now += random.nextInt(1000);
      step(random);
      assertThat(describe(shared)).as("seed %d, step %d", seed, i).isEqualTo(describe(single));
      assertThat(delivered[0]).as("octets delivered, seed %d", seed).isEqualTo(delivered[1]);
      assertThat(segments[0]).as("segments delivered, seed %d", seed).isEqualTo(segments[1]);
    }
    for (int i = 0; i < single.size(); i++) {
      assertThat(shared.get(i).seq()).isEqualTo(single.get(i).seq());
      assertThat(shared.get(i).end()).isEqualTo(single.get(i).end());
      assertThat(shared.get(i).lastSentAt()).isEqualTo(single.get(i).lastSentAt());
      assertThat(shared.get(i).isSacked()).isEqualTo(single.get(i).isSacked());
      assertThat(shared.get(i).isLost()).isEqualTo(single.get(i).isLost());
    }
    SentSegment a = shared.order().first();
    SentSegment b = single.order().first();
    while (a != null && b != null) {
      assertThat(a.seq()).as("order of transmission").isEqualTo(b.seq());
      a = a.later;
      b = b.later;
    }
    assertThat(a == null).isEqualTo(b == null);
  }

  private void step(SplittableRandom random) {
    switch (random.nextInt(12)) {
      case 0, 1, 2, 3 -> send(1 + random.nextInt(random.nextBoolean() ? 150 : 2000), random.nextInt(20) == 0);
      case 4, 5, 6, 7 -> acknowledge(una + (next == una ? 0 : random.nextInt(next - una + 1)));
      case 8, 9 -> {
        if (next - una > 2) {
          int left = una + 1 + random.nextInt(next - una - 1);
          int right = left + 1 + random.nextInt(next - left);
          shared.sack(left, right, 1 << 20, segment -> onDelivered(0, segment));
          single.sack(left, right, 1 << 20, segment -> onDelivered(1, segment));
        }
      }
      case 10 -> {
        shared.markFirstLost();
        single.markFirstLost();
      }
      default -> resend();
    }
  }

  private void send(int data, boolean fin) {
    int end = next + data + (fin ? 1 : 0);
    shared.add(next, end, fin, data > SIZE ? SIZE : 0, now);
    for (int at = next; at < next + data; at += SIZE) {
      boolean last = next + data - at <= SIZE;
      single.add(at, last ? end : at + SIZE, fin && last, now);
    }
    next = end;
  }

  private void acknowledge(int ack) {
    una = ack;
    shared.acknowledge(ack, segment -> onDelivered(0, segment));
    single.acknowledge(ack, segment -> onDelivered(1, segment));
  }

  private void onDelivered(int queue, SentSegment segment) {
    delivered[queue] += segment.length();
    segments[queue] += segment.count();
  }

  private void resend() {
    SentSegment lost = single.firstLost();
    SentSegment same = shared.firstLost();
    assertThat(same == null).isEqualTo(lost == null);
    if (lost != null && same != null) {
      single.onRetransmitted(lost, now);
      shared.onRetransmitted(same, now);
    }
  }

  private static String describe(RetransmissionQueue queue) {
    return String.join(" ", "size " + queue.size(), "bytes " + queue.bytes(), "pipe " + queue.pipe(),
        "sacked " + queue.sackedBytes() + "/" + queue.sackedSegments(), "lost " + queue.lostBytes() + "/"
            + queue.lostSegments(),
        "resent " + queue.resentBytes() + "/" + queue.resentSegments(), "total " + queue.totalLost());
  }
}
