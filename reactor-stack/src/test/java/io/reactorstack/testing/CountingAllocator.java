package io.reactorstack.testing;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.netty.buffer.UnpooledHeapByteBuf;
import io.netty.util.internal.OutOfDirectMemoryError;

/**
 * An allocator that counts its allocations and fails at those that a test selects, as Netty's allocators do when direct
 * memory is exhausted. Not pooled, so that buffers that are not released are detected.
 */
public final class CountingAllocator extends AbstractByteBufAllocator {

  private long allocations;
  private long failFrom = Long.MAX_VALUE;
  private long failTo = Long.MAX_VALUE;
  private long failures;
  private long live;

  /** Creates an allocator that does not fail yet. */
  public CountingAllocator() {
    super(true);
  }

  /** Makes the {@code n}-th allocation after this call fail, counted from 1, and no other. */
  public void failAt(long n) {
    failBetween(n, n);
  }

  /** Makes all allocations from the {@code first} to the {@code last} after this call fail, counted from 1. */
  public void failBetween(long first, long last) {
    failFrom = allocations + first;
    failTo = allocations + last;
    failures = 0;
  }

  /** Ends the failures. */
  public void recover() {
    failFrom = Long.MAX_VALUE;
    failTo = Long.MAX_VALUE;
  }

  /** The number of allocations requested so far. */
  public long allocations() {
    return allocations;
  }

  /** Returns whether an allocation has failed since {@link #failAt} or {@link #failBetween}. */
  public boolean hasFailed() {
    return failures > 0;
  }

  /** The number of buffers allocated and not released. */
  public long live() {
    return live;
  }

  private void count() {
    allocations++;
    if (allocations >= failFrom && allocations <= failTo) {
      failures++;
      throw exhausted();
    }
  }

  /** Netty's own error has no public constructor; Netty and Reactor treat it only by its superclass. */
  private static OutOfMemoryError exhausted() {
    return new OutOfMemoryError("thrown by the test, like " + OutOfDirectMemoryError.class.getSimpleName());
  }

  @Override
  protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
    count();
    live++;
    return new UnpooledHeapByteBuf(this, initialCapacity, maxCapacity) {
      @Override
      protected void deallocate() {
        live--;
        super.deallocate();
      }
    };
  }

  @Override
  protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
    count();
    live++;
    return new UnpooledDirectByteBuf(this, initialCapacity, maxCapacity) {
      @Override
      protected void deallocate() {
        live--;
        super.deallocate();
      }
    };
  }

  @Override
  public boolean isDirectBufferPooled() {
    return false;
  }
}
