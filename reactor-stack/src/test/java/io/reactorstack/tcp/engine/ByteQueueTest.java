package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** Byte queue and reassembly, compared with models that are plain arrays. */
class ByteQueueTest {

  private static final int STREAM = 200_000;

  /** The octets of the stream; a step may start just before its end and add 3,000. */
  private static final ByteBuf OCTETS = octets(STREAM + 3000);

  private static ByteBuf octets(int n) {
    byte[] octets = new byte[n];
    for (int at = 0; at < n; at++) {
      octets[at] = (byte) (at * 31 ^ at >>> 8);
    }
    return Unpooled.wrappedBuffer(octets).asReadOnly();
  }

  private static ByteBuf bytes(CountingAllocator memory, int from, int n) {
    return memory.buffer(Math.max(1, n)).writeBytes(OCTETS, from, n);
  }

  private static void check(ByteBuf data, int from, long seed) {
    int n = data.readableBytes();
    assertThat(ByteBufUtil.equals(data, data.readerIndex(), OCTETS, from, n)).as("seed %d, octets %d to %d", seed, from,
        from + n).isTrue();
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
            check(data, out, seed);
            out += data.readableBytes();
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
        assertThat(copy.readableBytes()).isEqualTo(length);
        check(copy, out + offset, seed);
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
      check(data, at, seed);
      at += data.readableBytes();
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
