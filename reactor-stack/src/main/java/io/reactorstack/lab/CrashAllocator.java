package io.reactorstack.lab;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.UnpooledHeapByteBuf;

/**
 * The memory of a host that may crash: a crash drops its buffers unreleased, so they are on the heap, belong to no pool, and no leak
 * detector watches them.
 */
final class CrashAllocator extends AbstractByteBufAllocator {

  /** Parts of a composite buffer before it is consolidated, if its user says nothing: Netty's own number. */
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
