package io.reactorstack.tcp.engine;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledHeapByteBuf;
import java.util.ArrayList;
import java.util.List;

/**
 * An allocator that records every buffer it allocates, to find those that are never released. Its "direct" buffers are
 * on the heap: the engine makes no difference, and a random test can allocate millions of them.
 */
final class CountingAllocator extends AbstractByteBufAllocator {

  private final List<ByteBuf> given = new ArrayList<>();

  @Override
  protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
    ByteBuf buffer = new UnpooledHeapByteBuf(this, initialCapacity, maxCapacity);
    if (given.size() >= 4096) {
      given.removeIf(b -> b.refCnt() == 0);
    }
    given.add(buffer);
    return buffer;
  }

  @Override
  protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
    return newHeapBuffer(initialCapacity, maxCapacity);
  }

  @Override
  public boolean isDirectBufferPooled() {
    return false;
  }

  /** The number of buffers still referenced. */
  long live() {
    return given.stream().filter(b -> b.refCnt() > 0).count();
  }

  /** The bytes of memory still referenced. */
  long liveBytes() {
    return given.stream().filter(b -> b.refCnt() > 0).mapToLong(ByteBuf::capacity).sum();
  }
}
