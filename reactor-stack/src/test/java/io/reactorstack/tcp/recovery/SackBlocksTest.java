package io.reactorstack.tcp.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/**
 * Which blocks of a SACK option are accepted, and which is a D-SACK. SND.UNA is 1000 and SND.NXT 9000 unless a test
 * sets others; blocks are written left, right, left, right.
 */
class SackBlocksTest {

  private static final int UNA = 1000;
  private static final int NXT = 9000;

  private final SackBlocks blocks = new SackBlocks();

  private String read(int ack, int... edges) {
    return readAt(ack, UNA, NXT, 1 << 16, edges);
  }

  private String readAt(int ack, int sndUna, int sndNxt, int maxWindow, int... edges) {
    blocks.read(edges, ack, sndUna, sndNxt, maxWindow);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < blocks.count(); i++) {
      text.append(blocks.left(i)).append('-').append(blocks.right(i)).append(' ');
    }
    if (blocks.hasDuplicate()) {
      text.append("D ").append(blocks.duplicateLeft()).append('-').append(blocks.duplicateRight());
    }
    return text.toString().trim();
  }

  @Test
  void blocksAreReturnedInAscendingOrder() {
    assertThat(read(UNA, 7000, 8000, 3000, 4000, 5000, 6000)).isEqualTo("3000-4000 5000-6000 7000-8000");
    assertThat(read(UNA, 3000, 4000, 5000, 6000)).isEqualTo("3000-4000 5000-6000");
  }

  @Test
  void anOptionHasAtMostFourBlocks() {
    assertThat(read(UNA, 2000, 2100, 3000, 3100, 4000, 4100, 5000, 5100, 6000, 6100))
        .isEqualTo("2000-2100 3000-3100 4000-4100 5000-5100");
    assertThat(read(UNA)).isEmpty();
  }

  @Test
  void anEarlierOptionLeavesNothingBehind() {
    assertThat(read(UNA, 500, 600, 3000, 4000)).isEqualTo("3000-4000 D 500-600");
    assertThat(read(UNA, 5000, 6000)).isEqualTo("5000-6000");
  }

  // Data that was never sent cannot have been received (RFC 2018 section 5.1); RFC 5961 protects against blind senders.
  @Test
  void aBlockBeyondSndNxtIsIgnored() {
    assertThat(read(UNA, 8000, NXT)).isEqualTo("8000-9000");
    assertThat(read(UNA, 8000, NXT + 1)).isEmpty();
  }

  @Test
  void anEmptyOrReversedBlockIsIgnored() {
    assertThat(read(UNA, 4000, 4000)).isEmpty();
    assertThat(read(UNA, 4000, 3000)).isEmpty();
  }

  // Each edge alone looks right: the left one is after SND.UNA, the right one before SND.NXT and after the left one.
  @Test
  void aBlockThatGoesRoundTheSequenceSpaceIsIgnored() {
    int left = UNA + 1_667_000_000;
    assertThat(read(UNA, left, left + 1_760_000_000)).isEmpty();
    assertThat(read(UNA, NXT + 1, NXT + 1 + Integer.MAX_VALUE)).isEmpty();
    // As a D-SACK.
    int early = UNA - (1 << 16);
    assertThat(read(UNA, early, early + Integer.MAX_VALUE)).isEmpty();
    assertThat(read(UNA, UNA - 10, UNA - 10 + 2_000_000_000)).isEmpty();
  }

  @Property
  void acceptedBlocksAreInFlight(@ForAll int una, @ForAll @IntRange(max = 1 << 30) int flight, @ForAll int left,
      @ForAll int right, @ForAll @IntRange(max = 1 << 30) int window) {
    readAt(una, una, una + flight, window, left, right);
    for (int i = 0; i < blocks.count(); i++) {
      assertThat(blocks.left(i) - una).isNotNegative().isLessThan(blocks.right(i) - una);
      assertThat(blocks.right(i) - una).isLessThanOrEqualTo(flight);
    }
    if (blocks.hasDuplicate()) {
      long oldest = -(long) Math.max(window, 1 << 16);
      assertThat((long) blocks.duplicateLeft() - una << 32 >> 32).isGreaterThanOrEqualTo(oldest);
      assertThat(blocks.duplicateRight() - blocks.duplicateLeft()).isPositive();
    }
  }

  // The octet at the acknowledgement number is missing by definition.
  @Test
  void aBlockAtTheAcknowledgementNumberIsIgnored() {
    assertThat(read(UNA, UNA, 2000)).isEmpty();
    assertThat(read(UNA, UNA + 1, 2000)).isEqualTo("1001-2000");
  }

  // The segment was overtaken by one that acknowledges more.
  @Test
  void acknowledgedOctetsAreCutOff() {
    assertThat(read(500, 600, 2000)).isEqualTo("1000-2000");
    assertThat(read(500, 600, UNA)).isEmpty();
  }

  // RFC 2883 section 4: a first block below the acknowledgement number reports a duplicate.
  @Test
  void aFirstBlockBelowTheAcknowledgementNumberIsADuplicate() {
    assertThat(read(UNA, 500, 600)).isEqualTo("D 500-600");
    assertThat(read(UNA, UNA - 1, UNA)).isEqualTo("D 999-1000");
  }

  // RFC 2883 section 4.2: so does a first block inside the second.
  @Test
  void aFirstBlockInsideTheSecondIsADuplicate() {
    assertThat(read(UNA, 3000, 3500, 2000, 5000)).isEqualTo("2000-5000 D 3000-3500");
    assertThat(read(UNA, 2000, 5000, 2000, 5000)).as("the whole second block").isEqualTo("2000-5000 D 2000-5000");
    assertThat(read(UNA, 3000, 5001, 2000, 5000)).as("not inside").isEqualTo("2000-5000 3000-5001");
    assertThat(read(UNA, 1999, 5000, 2000, 5000)).as("not inside").isEqualTo("1999-5000 2000-5000");
  }

  // A report from more than a window ago is of an old segment, or forged.
  @Test
  void aDuplicateFromMoreThanAWindowAgoIsIgnored() {
    int una = 1_000_000;
    assertThat(readAt(una, una, una + 10, 1 << 17, una - (1 << 17), una - 100)).startsWith("D ");
    assertThat(readAt(una, una, una + 10, 1 << 17, una - (1 << 17) - 1, una - 100)).isEmpty();
    assertThat(readAt(una, una, una + 10, 10, una - (1 << 16), una - 100)).as("at least 64 KiB").startsWith("D ");
  }

  @Test
  void aDuplicateOfDataNeverSentIsIgnored() {
    assertThat(read(UNA, 500, NXT)).isEqualTo("D 500-9000");
    assertThat(read(UNA, 500, NXT + 1)).isEmpty();
    assertThat(read(UNA, 600, 600)).isEmpty();
  }

  @Test
  void sequenceNumbersWrap() {
    assertThat(readAt(-100, -100, 100, 1 << 16, 10, 20, -50, 5)).isEqualTo("-50-5 10-20");
  }
}
