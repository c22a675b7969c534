package io.reactorstack.lab;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.UnpooledHeapByteBuf;

/**
 * The buffer allocator of a host that may crash. A crash drops the host's buffers without releasing them, so these are
 * unpooled heap buffers that no leak detector watches.
 */
final class CrashAllocator extends AbstractByteBufAllocator {

  /** Default number of components of a composite buffer before it is consolidated, the same as Netty's. */
  private static final int PARTS = 16;

  CrashAllocator() {
    super(false);
  }

  @Override
  protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
    return new UnpooledHeapByteBuf(this, initialCapacity, maxCapacity);
  }

  @Override
  protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
    return newHeapBuffer(initialCapacity, maxCapacity);
  }

  @Override
  public CompositeByteBuf compositeHeapBuffer(int maxNumComponents) {
    return new CompositeByteBuf(this, false, maxNumComponents);
  }

  @Override
  public CompositeByteBuf compositeDirectBuffer(int maxNumComponents) {
    return compositeHeapBuffer(maxNumComponents);
  }

  @Override
  public CompositeByteBuf compositeBuffer() {
    return compositeHeapBuffer(PARTS);
  }

  @Override
  public boolean isDirectBufferPooled() { return false; }
}
