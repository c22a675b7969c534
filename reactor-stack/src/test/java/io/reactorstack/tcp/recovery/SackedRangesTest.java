package io.reactorstack.tcp.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The ranges that the peer has sacked, compared with a set of octets. */
class SackedRangesTest {

  private final SackedRanges ranges = new SackedRanges();

  private String text() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < ranges.count(); i++) {
      text.append(i == 0 ? "" : " ").append(ranges.left(i)).append('-').append(ranges.right(i));
    }
    return text.toString();
  }

  @Test
  void rangesAreSortedAndAdjacentOnesJoined() {
    ranges.add(30, 40);
    ranges.add(10, 20);
    assertThat(text()).isEqualTo("10-20 30-40");
    ranges.add(20, 25);
    assertThat(text()).isEqualTo("10-25 30-40");
    ranges.add(28, 30);
    assertThat(text()).isEqualTo("10-25 28-40");
    ranges.add(25, 28);
    assertThat(text()).isEqualTo("10-40");
    assertThat(ranges.highest()).isEqualTo(40);
  }

  @Test
  void findsTheFirstRangeThatEndsAfterANumber() {
    ranges.add(10, 20);
    ranges.add(30, 40);
    assertThat(ranges.firstEndingAfter(5)).isZero();
    assertThat(ranges.firstEndingAfter(19)).isZero();
    assertThat(ranges.firstEndingAfter(20)).isEqualTo(1);
    assertThat(ranges.firstEndingAfter(40)).isEqualTo(2);
  }

  @Test
  void acknowledgedRangesAreRemoved() {
    ranges.add(10, 20);
    ranges.add(30, 40);
    ranges.discardBefore(15);
    assertThat(text()).isEqualTo("15-20 30-40");
    ranges.discardBefore(20);
    assertThat(text()).isEqualTo("30-40");
    ranges.discardBefore(25);
    assertThat(text()).isEqualTo("30-40");
    ranges.discardBefore(40);
    assertThat(ranges.isEmpty()).isTrue();
  }

  @Test
  void clearRemovesAllRanges() {
    ranges.add(10, 20);
    ranges.clear();
    assertThat(ranges.isEmpty()).isTrue();
    assertThat(ranges.count()).isZero();
  }

  @Test
  void rangesMatchASetOfOctets() {
    for (long seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      BitSet octets = new BitSet();
      // The numbers wrap within the test.
      int origin = -1000;
      int una = 0;
      ranges.clear();
      for (int step = 0; step < 400; step++) {
        if (random.nextInt(20) == 0) {
          una += random.nextInt(50);
          octets.clear(0, una);
          ranges.discardBefore(origin + una);
        } else {
          int left = una + random.nextInt(1000);
          int right = left + 1 + random.nextInt(6);
          if (octets.get(left, right).isEmpty()) {
            octets.set(left, right);
            ranges.add(origin + left, origin + right);
          }
        }
        assertThat(text()).as("seed %d, step %d", seed, step).isEqualTo(text(octets, origin));
      }
    }
  }

  private static String text(BitSet octets, int origin) {
    StringBuilder text = new StringBuilder();
    for (int left = octets.nextSetBit(0); left >= 0;) {
      int right = octets.nextClearBit(left);
      text.append(text.isEmpty() ? "" : " ").append(origin + left).append('-').append(origin + right);
      left = octets.nextSetBit(right);
    }
    return text.toString();
  }
}
