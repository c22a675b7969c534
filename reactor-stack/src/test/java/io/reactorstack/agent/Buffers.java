package io.reactorstack.agent;

import io.netty.buffer.UnpooledByteBufAllocator;

/** The buffer allocator of one session; all buffers must be released at the session's end. */
final class Buffers {

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);

  UnpooledByteBufAllocator allocator() {
    return allocator;
  }

  /** The number of bytes in buffers that were not released. */
  long unreleasedBytes() {
    return allocator.metric().usedDirectMemory() + allocator.metric().usedHeapMemory();
  }
}
