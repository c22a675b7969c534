package io.reactorstack.agent;

import io.netty.buffer.UnpooledByteBufAllocator;

/** The buffers of one session, of which none may be left at its end. */
final class Buffers {

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);

  UnpooledByteBufAllocator allocator() {
    return allocator;
  }

  /** Bytes in buffers that were not released. */
  long unreleasedBytes() {
    return allocator.metric().usedDirectMemory() + allocator.metric().usedHeapMemory();
  }
}
