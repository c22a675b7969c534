package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The memory of a byte queue: the size of its chunks, copies that join small pieces, and memory that is freed. */
class ByteQueueMemoryTest {

  private static final int OVERHEAD = ByteQueue.BUFFER_OVERHEAD;
  private static final int PLENTY = 1 << 30;

  private final CountingAllocator allocator = new CountingAllocator();
  private final ByteQueue queue = new ByteQueue(allocator);
  private int in;
  private int out;

  @AfterEach
  void everythingIsReleased() {
    queue.release();
    assertThat(queue.length()).isZero();
    assertThat(queue.memory()).isZero();
    assertThat(queue.room()).isZero();
    assertThat(allocator.live()).isZero();
  }

  private ByteBuf octets(int n) {
    ByteBuf data = allocator.buffer(n, n);
    for (int i = 0; i < n; i++) {
      data.writeByte(SegmentText.octet(in++));
    }
    return data;
  }

  private void append(ByteQueue to, int n, int budget) {
    ByteBuf data = octets(n);
    to.append(data, n, budget);
    assertThat(data.isReadable()).isFalse();
    data.release();
  }

  private void append(int n, int budget) {
    append(queue, n, budget);
  }

  /** Creates a queue of two chunks. */
  private ByteQueue other(int first, int second, int budget) {
    ByteQueue other = new ByteQueue(allocator);
    append(other, first, 0);
    append(other, second, budget);
    return other;
  }

  private void take(int n) {
    ByteBuf data = queue.take(n);
    assertThat(data.readableBytes()).isEqualTo(n);
    while (data.isReadable()) {
      assertThat(data.readByte()).as("octet %d", out).isEqualTo(SegmentText.octet(out++));
    }
    data.release();
  }

  private void costs(int memory) {
    assertThat(queue.memory()).isEqualTo(memory);
    assertThat(allocator.liveBytes()).as("chunks, without their overhead").isLessThanOrEqualTo(memory);
  }

  // ---- chunks

  @Test
  void withoutABudgetAChunkIsAsLargeAsItsBytes() {
    append(10, 0);
    costs(10 + OVERHEAD);
    assertThat(queue.room()).isZero();
    append(7, OVERHEAD + 7);
    costs(17 + 2 * OVERHEAD);
    append(7, OVERHEAD + 8);
    costs(25 + 3 * OVERHEAD);
    assertThat(queue.room()).isOne();
    take(10);
    take(7);
    take(7);
  }

  @Test
  void aChunkIsAsLargeAsTheQueueWithinBounds() {
    append(10, PLENTY);
    costs(256 + OVERHEAD);
    assertThat(queue.room()).isEqualTo(246);
    append(247, PLENTY);
    // The first chunk is full, and the last octet needs another one, as large as the length of the queue.
    costs(256 + 256 + 2 * OVERHEAD);
    append(255 + 1, PLENTY);
    costs(256 + 256 + 512 + 3 * OVERHEAD);
    append(511, PLENTY);
    append(100_000, PLENTY);
    assertThat(queue.room()).as("a chunk is at least as large as the data").isZero();
    int held = queue.memory();
    append(1, PLENTY);
    costs(held + 64 * 1024 + OVERHEAD);
    assertThat(queue.length()).isEqualTo(in);
  }

  @Test
  void aBufferIsChargedUntilItsLastByteIsTaken() {
    append(1000, 0);
    append(500, 0);
    take(999);
    costs(1500 + 2 * OVERHEAD);
    assertThat(queue.length()).isEqualTo(501);
    take(1);
    costs(500 + OVERHEAD);
    queue.discard(499);
    costs(500 + OVERHEAD);
    queue.discard(1);
    costs(0);
  }

  @Test
  void nothingIsAppendedToAChunkThatWasTaken() {
    append(10, PLENTY);
    take(10);
    assertThat(queue.room()).isZero();
    costs(0);
    append(5, 0);
    costs(5 + OVERHEAD);
    take(5);
  }

  @Test
  void discardsAcrossSeveralBuffers() {
    for (int i = 0; i < 9; i++) {
      append(100, 0);
    }
    queue.discard(350);
    out += 350;
    assertThat(queue.length()).isEqualTo(550);
    costs(6 * (100 + OVERHEAD));
    take(50);
    queue.discard(0);
    take(100);
    costs(4 * (100 + OVERHEAD));
  }

  @Test
  void copiesFromAnyOffset() {
    for (int i = 0; i < 6; i++) {
      append(10, 0);
    }
    queue.discard(15);
    for (int offset = 0; offset < 45; offset++) {
      for (int length : new int[] {0, 1, 5, 10, 45 - offset}) {
        int n = Math.min(length, 45 - offset);
        ByteBuf copy = allocator.buffer(50);
        queue.copyTo(offset, n, copy);
        assertThat(copy.readableBytes()).isEqualTo(n);
        for (int i = 0; i < n; i++) {
          assertThat(copy.readByte()).isEqualTo(SegmentText.octet(15 + offset + i));
        }
        copy.release();
      }
    }
  }

  // ---- freeing memory

  @Test
  void trimFreesUnusedRoom() {
    append(10, PLENTY);
    queue.trim(246);
    costs(256 + OVERHEAD);
    queue.trim(20);
    costs(30 + OVERHEAD);
    assertThat(queue.room()).isEqualTo(20);
    append(20, 0);
    costs(30 + OVERHEAD);
    take(30);
  }

  @Test
  void trimKeepsALittleUnusedRoom() {
    append(10, PLENTY);
    // The 32nd part of the chunk.
    queue.trim(246 - 8);
    costs(256 + OVERHEAD);
    queue.trim(246 - 9);
    costs(247 + OVERHEAD);
  }

  @Test
  void trimDoesNotShrinkASharedChunk() {
    append(10, PLENTY);
    ByteBuf part = queue.take(5);
    queue.trim(0);
    costs(256 + OVERHEAD);
    part.release();
    queue.trim(0);
    costs(5 + OVERHEAD);
    out = 5;
    take(5);
  }

  @Test
  void trimDoesNotShrinkAFullOrForeignBuffer() {
    append(1000, 0);
    queue.trim(0);
    costs(1000 + OVERHEAD);
    queue.appendWhole(allocator.buffer(4000, 4000).writeZero(10));
    queue.trim(0);
    costs(1000 + 4000 + 2 * OVERHEAD);
  }

  @Test
  void compactReplacesALargeChunkWithFewBytes() {
    append(4096 - OVERHEAD, 0);
    append(10, 0);
    // Exactly an eighth of the chunk's charge is left.
    queue.discard(4096 - OVERHEAD - 512);
    queue.compact();
    costs(4096 + 10 + OVERHEAD);
    queue.discard(1);
    queue.compact();
    costs(511 + OVERHEAD + 10 + OVERHEAD);
    out = 4096 - OVERHEAD - 511;
    take(511);
    take(10);
    queue.compact();
  }

  @Test
  void compactKeepsASmallChunk() {
    append(4095 - OVERHEAD, 0);
    queue.discard(4090 - OVERHEAD);
    queue.compact();
    costs(4095);
  }

  @Test
  void aCompactedChunkTakesNoMoreBytes() {
    append(10, 0);
    take(10);
    append(4000, 0);
    append(3000, 4096 + OVERHEAD);
    assertThat(queue.room()).isEqualTo(1000);
    queue.discard(4000);
    // The only chunk, which still has room.
    queue.discard(2950);
    queue.compact();
    costs(50 + OVERHEAD);
    assertThat(queue.room()).isZero();
    out = 10 + 6950;
    take(50);
  }

  @Test
  void compactingTheFirstChunkLeavesTheLastOneOpen() {
    append(5000, 0);
    append(10, PLENTY);
    int room = queue.room();
    assertThat(room).isPositive();
    queue.discard(4990);
    queue.compact();
    assertThat(queue.room()).isEqualTo(room);
    out = 4990;
    take(10);
    take(10);
  }

  // ---- whole buffers and whole queues

  @Test
  void aWholeBufferIsChargedWithItsCapacity() {
    append(10, PLENTY);
    ByteBuf large = allocator.buffer(3000, 3000);
    queue.appendWhole(large.writeZero(100));
    costs(256 + 3000 + 2 * OVERHEAD);
    assertThat(queue.room()).as("nothing is appended to a foreign buffer").isZero();
    assertThat(queue.length()).isEqualTo(110);
  }

  @Test
  void takeAllCopiesBytesThatFitIntoTheLastChunk() {
    append(10, PLENTY);
    ByteQueue other = other(46, 200, 0);
    queue.takeAll(other);
    costs(256 + OVERHEAD);
    assertThat(queue.room()).isZero();
    assertThat(other.memory()).isZero();
    assertThat(other.length()).isZero();
    take(256);
  }

  @Test
  void takeAllMovesBuffersThatDoNotFit() {
    append(10, PLENTY);
    queue.takeAll(other(247, 3, 256 + OVERHEAD));
    // Its last chunk still has room, as in the other queue.
    costs(256 + OVERHEAD + 247 + OVERHEAD + 256 + OVERHEAD);
    assertThat(queue.room()).isEqualTo(253);
    append(253, 0);
    costs(256 + OVERHEAD + 247 + OVERHEAD + 256 + OVERHEAD);
    take(10);
    take(247);
    take(256);
  }

  @Test
  void aQueueThatEndsWithAForeignBufferTakesNoMoreBytes() {
    ByteQueue other = new ByteQueue(allocator);
    append(other, 10, PLENTY);
    other.appendWhole(octets(20));
    queue.takeAll(other);
    assertThat(queue.room()).isZero();
    costs(256 + OVERHEAD + 20 + OVERHEAD);
    take(10);
    take(20);
  }
}
