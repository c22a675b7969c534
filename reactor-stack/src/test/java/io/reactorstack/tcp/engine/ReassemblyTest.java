package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Data above a gap: the parts that are stored, their memory, and the ranges that are discarded when memory is short.
 */
class ReassemblyTest {

  private static final int OVERHEAD = ByteQueue.BUFFER_OVERHEAD;
  private static final int PLENTY = 1 << 20;
  /** The end of the window. */
  private static final int EDGE = 100_000;

  private final CountingAllocator allocator = new CountingAllocator();
  private final Reassembly reassembly = new Reassembly(allocator);

  @AfterEach
  void everythingIsReleased() {
    reassembly.release();
    assertThat(reassembly.isEmpty()).isTrue();
    assertThat(reassembly.memory()).isZero();
    assertThat(allocator.live()).isZero();
  }

  /** Inserts the octets from {@code from} to {@code to}; returns how many of them were not stored. */
  private int insert(int from, int to, int budget, int edge) {
    ByteBuf payload = allocator.buffer(to - from);
    for (int at = from; at < to; at++) {
      payload.writeByte(SegmentText.octet(at));
    }
    reassembly.insert(from, payload, budget, edge);
    int left = payload.readableBytes();
    payload.release();
    assertThat(reassembly.memory()).as("memory charged").isGreaterThanOrEqualTo((int) allocator.liveBytes());
    return left;
  }

  private void insert(int from, int to) {
    assertThat(insert(from, to, PLENTY, EDGE)).isZero();
  }

  /** As {@link #insert(int, int)}, but the window ends with the segment, so no memory is allocated ahead of need. */
  private void insertLast(int from, int to) {
    assertThat(insert(from, to, PLENTY, to)).isZero();
  }

  private void take(int at, int expected) {
    ByteQueue stream = new ByteQueue(allocator);
    assertThat(reassembly.takeInOrder(at, stream)).isEqualTo(expected);
    assertThat(stream.length()).isEqualTo(expected);
    for (int i = at; i < at + expected;) {
      ByteBuf piece = stream.take(expected);
      while (piece.isReadable()) {
        assertThat(piece.readByte()).as("octet %d", i).isEqualTo(SegmentText.octet(i++));
      }
      piece.release();
    }
  }

  private int[] blocks(int newest, int most) {
    int[] edges = new int[2 * most];
    int n = reassembly.blocks(newest, edges, 0);
    return Arrays.copyOf(edges, n);
  }

  @Test
  void theGapEndsWhereTheFirstRangeBegins() {
    assertThat(reassembly.gapAfter(10)).isEqualTo(Integer.MAX_VALUE);
    insert(300, 400);
    insert(100, 200);
    assertThat(reassembly.gapAfter(10)).isEqualTo(90);
    assertThat(reassembly.ranges()).isEqualTo(2);
    assertThat(reassembly.end()).isEqualTo(400);
    take(10, 0);
    take(100, 100);
    assertThat(reassembly.gapAfter(200)).isEqualTo(100);
    take(300, 100);
    assertThat(reassembly.memory()).isZero();
    assertThat(reassembly.isEmpty()).isTrue();
  }

  @Test
  void holdsOnlyOctetsOfOneRange() {
    insert(100, 200);
    insert(300, 400);
    assertThat(reassembly.holds(100, 200)).isTrue();
    assertThat(reassembly.holds(150, 151)).isTrue();
    assertThat(reassembly.holds(99, 150)).isFalse();
    assertThat(reassembly.holds(150, 201)).isFalse();
    assertThat(reassembly.holds(200, 201)).isFalse();
    assertThat(reassembly.holds(200, 200)).as("an empty range behind the last octet").isFalse();
    assertThat(reassembly.holds(250, 350)).isFalse();
    assertThat(reassembly.holds(399, 400)).isTrue();
    assertThat(reassembly.holds(400, 401)).isFalse();
  }

  @Test
  void theFirstSegmentOfARangeAllocatesNothingAheadOfNeed() {
    insert(100, 200);
    assertThat(reassembly.memory()).isEqualTo(100 + OVERHEAD);
    // After a second segment in sequence more segments are expected.
    insert(200, 210);
    assertThat(reassembly.memory()).isEqualTo(100 + OVERHEAD + 256 + OVERHEAD);
    insert(210, 456);
    assertThat(reassembly.memory()).isEqualTo(100 + OVERHEAD + 256 + OVERHEAD);
  }

  @Test
  void memoryAheadOfNeedEndsAtTheEdgeAndTheBudget() {
    insert(100, 200);
    assertThat(insert(200, 210, PLENTY, 200 + OVERHEAD + 50)).isZero();
    assertThat(reassembly.memory()).isEqualTo(100 + OVERHEAD + 50 + OVERHEAD);
    insert(1000, 1100);
    assertThat(insert(1100, 1110, 20 + OVERHEAD, EDGE)).isZero();
    assertThat(reassembly.memory()).isEqualTo(100 + OVERHEAD + 50 + OVERHEAD + 100 + OVERHEAD + 20 + OVERHEAD);
  }

  @Test
  void memoryAheadOfNeedEndsAtTheNextRange() {
    insert(500, 600);
    insert(100, 200);
    assertThat(insert(200, 210, PLENTY, EDGE)).isZero();
    // Up to 500, less the overhead of the buffer.
    assertThat(reassembly.memory()).isEqualTo(2 * (100 + OVERHEAD) + 300 - OVERHEAD + OVERHEAD);
  }

  @Test
  void aNewRangeTrimsTheMemoryOfTheRangeBefore() {
    insert(100, 200);
    insert(200, 210);
    insert(230, 240);
    // 10 octets, and space for the 20 up to the new range.
    assertThat(reassembly.memory()).isEqualTo(100 + OVERHEAD + 30 + OVERHEAD + 10 + OVERHEAD);
    insert(210, 230);
    assertThat(reassembly.ranges()).isEqualTo(1);
    assertThat(reassembly.memory()).isLessThanOrEqualTo(100 + OVERHEAD + 30 + OVERHEAD + 10 + OVERHEAD);
    take(100, 140);
  }

  @Test
  void dataThatExceedsTheBudgetIsNotStored() {
    assertThat(insert(100, 200, 100 + OVERHEAD - 1, EDGE)).isEqualTo(100);
    assertThat(reassembly.isEmpty()).isTrue();
    assertThat(reassembly.memory()).isZero();
    assertThat(insert(100, 200, 100 + OVERHEAD, EDGE)).isZero();
    assertThat(reassembly.ranges()).isEqualTo(1);
    assertThat(insert(200, 300, 100 + OVERHEAD - 1, EDGE)).as("more data behind the range").isEqualTo(100);
    assertThat(insert(200, 300, 100 + OVERHEAD, EDGE)).isZero();
    assertThat(reassembly.holds(100, 300)).isTrue();
  }

  @Test
  void dataThatFitsIntoAllocatedMemoryCostsNothing() {
    insert(100, 200);
    insert(200, 210);
    int held = reassembly.memory();
    assertThat(insert(210, 456, 0, EDGE)).isZero();
    assertThat(reassembly.memory()).isEqualTo(held);
    assertThat(insert(456, 457, 0, EDGE)).as("the allocated memory is used up").isEqualTo(1);
  }

  @Test
  void aSegmentAcrossRangesIsStoredAsFarAsTheBudgetAllows() {
    insertLast(200, 250);
    insertLast(300, 350);
    int held = reassembly.memory();
    // 50 octets before the first range are stored, none of the 50 between the ranges.
    assertThat(insert(150, 400, 50 + OVERHEAD, EDGE)).isEqualTo(150);
    assertThat(reassembly.holds(150, 250)).isTrue();
    assertThat(reassembly.ranges()).isEqualTo(2);
    assertThat(reassembly.memory()).isEqualTo(held + 50 + OVERHEAD);
    assertThat(insert(150, 400, PLENTY, 400)).isZero();
    assertThat(reassembly.ranges()).isEqualTo(1);
    take(150, 250);
  }

  @Test
  void theFirstOfSeveralDuplicatePartsIsReported() {
    insert(200, 250);
    assertThat(reassembly.duplicateStart()).isEqualTo(reassembly.duplicateEnd());
    insert(300, 350);
    insert(150, 400);
    assertThat(reassembly.duplicateStart()).isEqualTo(200);
    assertThat(reassembly.duplicateEnd()).isEqualTo(250);
    insert(390, 410);
    assertThat(reassembly.duplicateStart()).isEqualTo(390);
    assertThat(reassembly.duplicateEnd()).isEqualTo(400);
    insert(410, 420);
    assertThat(reassembly.duplicateStart()).isEqualTo(reassembly.duplicateEnd());
  }

  @Test
  void theNumberOfRangesIsLimited() {
    for (int i = 0; i < Reassembly.MAX_RANGES; i++) {
      insert(100 + 4 * i, 102 + 4 * i);
    }
    assertThat(insert(0, 2, PLENTY, EDGE)).isEqualTo(2);
    assertThat(insert(50_000, 50_002, PLENTY, EDGE)).isEqualTo(2);
    assertThat(reassembly.ranges()).isEqualTo(Reassembly.MAX_RANGES);
    // Octets that extend a range, or join two, are stored.
    insert(102, 103);
    assertThat(reassembly.holds(100, 103)).isTrue();
    insert(103, 104);
    assertThat(reassembly.ranges()).isEqualTo(Reassembly.MAX_RANGES - 1);
    insert(50_000, 50_002);
    assertThat(reassembly.ranges()).isEqualTo(Reassembly.MAX_RANGES);
  }

  @Test
  void adjacentRangesAreJoined() {
    insertLast(100, 200);
    insertLast(300, 400);
    int held = reassembly.memory();
    assertThat(insert(200, 300, PLENTY, EDGE)).isZero();
    assertThat(reassembly.ranges()).isEqualTo(1);
    assertThat(reassembly.memory()).isEqualTo(held + 100 + OVERHEAD);
    take(100, 300);
  }

  // RFC 2018 4: the block of the newest segment first, then the most recently reported ones.
  @Test
  void theLatestRangesAreReportedFirst() {
    insert(100, 200);
    insert(300, 400);
    insert(500, 600);
    assertThat(blocks(500, 3)).containsExactly(500, 600, 300, 400, 100, 200);
    insert(350, 360);
    assertThat(blocks(350, 3)).as("touched by a duplicate").containsExactly(300, 400, 500, 600, 100,
        200);
    assertThat(blocks(100, 2)).containsExactly(100, 200, 300, 400);
    assertThat(blocks(250, 3)).as("the newest segment was dropped").containsExactly(300, 400, 500, 600, 100, 200);
    insert(200, 210);
    insert(400, 500);
    assertThat(blocks(400, 3)).containsExactly(300, 600, 100, 210);
  }

  @Test
  void blocksAreWrittenBehindExistingEntries() {
    insert(100, 200);
    int[] edges = {7, 8, 0, 0, 0, 0};
    assertThat(reassembly.blocks(100, edges, 2)).isEqualTo(4);
    assertThat(edges).containsExactly(7, 8, 100, 200, 0, 0);
  }

  @Test
  void pruneDiscardsTheFurthestRangesFirst() {
    insertLast(100, 200);
    insertLast(300, 410);
    insertLast(500, 620);
    int held = reassembly.memory();
    reassembly.prune(120 + OVERHEAD);
    assertThat(reassembly.memory()).isEqualTo(held - 120 - OVERHEAD);
    assertThat(reassembly.end()).isEqualTo(410);
    // Discarding one range is not enough.
    reassembly.prune(110 + OVERHEAD + 1);
    assertThat(reassembly.isEmpty()).isTrue();
    reassembly.prune(1);
    assertThat(reassembly.memory()).isZero();
    assertThat(allocator.live()).isZero();
  }

  @Test
  void sequenceNumbersWrap() {
    int start = Integer.MAX_VALUE - 50;
    ByteBuf payload = allocator.buffer(100).writeZero(100);
    reassembly.insert(start, payload, PLENTY, start + 1000);
    payload.release();
    assertThat(reassembly.gapAfter(start - 10)).isEqualTo(10);
    assertThat(reassembly.holds(start, start + 100)).isTrue();
    assertThat(reassembly.end()).isEqualTo(start + 100);
  }
}
