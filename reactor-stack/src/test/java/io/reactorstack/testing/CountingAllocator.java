package io.reactorstack.testing;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.netty.buffer.UnpooledHeapByteBuf;
import io.netty.util.internal.OutOfDirectMemoryError;

/**
 * An allocator that counts its allocations and fails at those that a test names, as Netty's do when direct memory is
 * exhausted. Not pooled: what is not released shows.
 */
public final class CountingAllocator extends AbstractByteBufAllocator {

  private long allocations;
  private long failFrom = Long.MAX_VALUE;
  private long failTo = Long.MAX_VALUE;
  private long failures;
  private long live;

  /** An allocator that does not fail yet. */
  public CountingAllocator() {
    super(true);
  }

  /** The {@code n}-th allocation from now on fails, counted from 1, and no other. */
  public void failAt(long n) {
    failBetween(n, n);
  }

  /** All allocations from the {@code first} to the {@code last} from now on fail, counted from 1. */
  public void failBetween(long first, long last) {
    failFrom = allocations + first;
    failTo = allocations + last;
    failures = 0;
  }

  /** Memory is there again. */
  public void recover() {
    failFrom = Long.MAX_VALUE;
    failTo = Long.MAX_VALUE;
  }

  /** Allocations asked for so far. */
  public long allocations() {
    return allocations;
  }

  /** Whether an allocation has failed since {@link #failAt} or {@link #failBetween}. */
  public boolean hasFailed() {
    return failures > 0;
  }

  /** Buffers that are allocated and not released. */
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

  /** Netty's own error has no public constructor; what Netty and Reactor do with it depends on its superclass alone. */
  private static OutOfMemoryError exhausted() {
    return new OutOfMemoryError("the test's own: as " + OutOfDirectMemoryError.class.getSimpleName());
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
