package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** Byte queue and reassembly against models that are plain arrays. */
class ByteQueueTest {

  private static final int STREAM = 200_000;

  private static byte octet(int at) {
    return (byte) (at * 31 ^ at >>> 8);
  }

  private static ByteBuf bytes(CountingAllocator memory, int from, int n) {
    ByteBuf buffer = memory.buffer(Math.max(1, n));
    for (int i = 0; i < n; i++) {
      buffer.writeByte(octet(from + i));
    }
    return buffer;
  }

  @Property(tries = 300, shrinking = ShrinkingMode.OFF)
  void bytesComeOutAsTheyWentIn(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    CountingAllocator memory = new CountingAllocator();
    ByteQueue queue = new ByteQueue(memory);
    int in = 0;
    int out = 0;
    for (int step = 0; step < 200 && in < STREAM; step++) {
      int n = random.nextInt(random.nextBoolean() ? 10 : 3000);
      switch (random.nextInt(7)) {
        case 0, 1 -> {
          ByteBuf data = bytes(memory, in, n);
          queue.append(data, n, random.nextBoolean() ? Integer.MAX_VALUE : 0);
          data.release();
          in += n;
        }
        case 2 -> {
          queue.appendWhole(bytes(memory, in, n + 1));
          in += n + 1;
        }
        case 3 -> {
          ByteQueue other = new ByteQueue(memory);
          ByteBuf data = bytes(memory, in, n);
          other.append(data, n, Integer.MAX_VALUE);
          data.release();
          queue.takeAll(other);
          assertThat(other.length()).isZero();
          assertThat(other.memory()).isZero();
          in += n;
        }
        case 4 -> {
          int discarded = Math.min(n, in - out);
          queue.discard(discarded);
          out += discarded;
        }
        case 5 -> {
          int before = queue.memory();
          queue.trim(random.nextInt(300));
          assertThat(queue.memory()).isLessThanOrEqualTo(before);
        }
        default -> {
          if (in > out) {
            ByteBuf data = queue.take(n + 1);
            while (data.isReadable()) {
              assertThat(data.readByte()).as("seed %d, octet %d", seed, out).isEqualTo(octet(out));
              out++;
            }
            data.release();
          }
        }
      }
      assertThat(queue.length()).as("seed %d", seed).isEqualTo(in - out);
      assertThat(queue.memory()).as("seed %d", seed).isGreaterThanOrEqualTo(in - out);
      assertThat(queue.memory() == 0).isEqualTo(memory.live() == 0);
      if (in > out) {
        int offset = random.nextInt(in - out);
        int length = random.nextInt(in - out - offset + 1);
        ByteBuf copy = memory.buffer(length + 1);
        queue.copyTo(offset, length, copy);
        for (int i = 0; i < length; i++) {
          assertThat(copy.getByte(i)).as("seed %d", seed).isEqualTo(octet(out + offset + i));
        }
        copy.release();
      }
    }
    queue.release();
    assertThat(queue.memory()).isZero();
    assertThat(memory.live()).as("seed %d: buffers not released", seed).isZero();
  }

  @Property(tries = 300, shrinking = ShrinkingMode.OFF)
  void piecesInAnyOrderMakeTheStream(@ForAll long seed, @ForAll int start) {
    SplittableRandom random = new SplittableRandom(seed);
    CountingAllocator memory = new CountingAllocator();
    Reassembly reassembly = new Reassembly(memory);
    ByteQueue stream = new ByteQueue(memory);
    int size = 1 + random.nextInt(5000);
    boolean[] there = new boolean[size];
    int next = 0;
    for (int step = 0; step < 100; step++) {
      int from = next + random.nextInt(size - next + 1);
      int n = Math.min(random.nextInt(400), size - from);
      ByteBuf piece = bytes(memory, from, n);
      reassembly.insert(start + from, piece, Integer.MAX_VALUE / 2, start + size);
      piece.release();
      for (int i = from; i < from + n; i++) {
        there[i] = true;
      }
      if (random.nextInt(4) == 0) {
        int moved = reassembly.takeInOrder(start + next, stream);
        int expected = next;
        while (expected < size && there[expected]) {
          expected++;
        }
        assertThat(next + moved).as("seed %d", seed).isEqualTo(expected);
        next = expected;
      }
    }
    assertThat(stream.length()).isEqualTo(next);
    for (int at = 0; at < next;) {
      ByteBuf data = stream.take(1000);
      while (data.isReadable()) {
        assertThat(data.readByte()).as("seed %d", seed).isEqualTo(octet(at++));
      }
      data.release();
    }
    if (reassembly.isEmpty()) {
      assertThat(reassembly.memory()).isZero();
    }
    reassembly.release();
    assertThat(reassembly.memory()).isZero();
    assertThat(memory.live()).as("seed %d: buffers not released", seed).isZero();
  }
}
