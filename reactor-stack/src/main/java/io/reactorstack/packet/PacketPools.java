package io.reactorstack.packet;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** The pools of one thread, one for each size of buffer. */
final class PacketPools {

  /** The length of the longest buffer that is kept, in octets: a merged frame of 64 KiB with headroom and a reserve. */
  static final int LONGEST = 65_536 + 256;

  /** The length of the longest buffer for an ordinary frame, in octets. */
  private static final int LONGEST_ORDINARY = 2048;

  /** The length of the shortest buffers, as a power of two. */
  private static final int SHORTEST_BITS = 8;

  /** Shorter requests than this fraction of {@link #LONGEST} would waste more than they use. */
  private static final int SHORTEST_MERGED = LONGEST / 2;

  private static final int MERGED_KEPT = 64;

  /** The octets that one thread keeps of each ordinary size. */
  private static final int KEPT_OF_EACH_SIZE = 2 << 20;

  private static final int ORDINARY_SIZES = Integer.numberOfTrailingZeros(LONGEST_ORDINARY) - SHORTEST_BITS + 1;

  /** The octets that one thread keeps at most. */
  static final int MOST_KEPT = ORDINARY_SIZES * KEPT_OF_EACH_SIZE + MERGED_KEPT * LONGEST;

  /** Of 256, 512, 1024 and 2048 octets. */
  private final PacketPool[] ordinary = new PacketPool[ORDINARY_SIZES];
  private final PacketPool merged;

  PacketPools(PacketAllocator allocator) {
    for (int i = 0; i < ORDINARY_SIZES; i++) {
      int size = 1 << (SHORTEST_BITS + i);
      ordinary[i] = new PacketPool(allocator, size, KEPT_OF_EACH_SIZE / size);
    }
    merged = new PacketPool(allocator, LONGEST, MERGED_KEPT);
  }

  /** Returns a buffer of {@code length} octets, at most {@link #LONGEST}; {@code null} if none of that size is kept. */
  @Nullable
  ByteBuf take(int length) {
    if (length <= LONGEST_ORDINARY) {
      int bits = Math.max(SHORTEST_BITS, Integer.SIZE - Integer.numberOfLeadingZeros(length - 1));
      return ordinary[bits - SHORTEST_BITS].take(length);
    }
    return length < SHORTEST_MERGED ? null : merged.take(length);
  }

  /** Frees the buffers that are not in use; the others are freed when they are released. */
  void close() {
    for (PacketPool pool : ordinary) {
      pool.close();
    }
    merged.close();
  }
}
