package io.reactorstack.packet;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An allocator that keeps direct buffers of the size of a packet for the thread of each event loop. It passes every
 * other request to an underlying allocator.
 *
 * <p>A loop allocates and releases a buffer for nearly every packet. A general allocator serves all sizes and all
 * threads, and costs more than twice as much. Kept are buffers of fixed capacity (initial capacity equal to the maximum)
 * up to the size of a frame on Ethernet, and those that hold a merged frame of 64 KiB. Each loop keeps at most
 * {@link #MOST_KEPT} octets; what it needs in addition comes from the underlying allocator.
 *
 * <p>A kept buffer may be released on any thread: it returns to the loop that allocated it. When the loop's thread ends
 * it frees its buffers, and those in use are freed when they are released.
 *
 * <p>Leak detection: at the level {@code SIMPLE} one of {@value PacketPool#SAMPLING_INTERVAL} kept buffers is tracked,
 * fewer than Netty tracks of other buffers, because the stack allocates them itself for every packet; a composite buffer
 * is tracked by its parts. At the levels
 * {@code ADVANCED} and {@code PARANOID} no buffer is kept, so that Netty tracks all of them.
 *
 * <p>Threading: all methods may be called from any thread. A thread that is no {@link FastThreadLocalThread} gets every
 * buffer from the underlying allocator.
 */
public final class PacketAllocator extends AbstractByteBufAllocator {

  static {
    // A record of a leak begins with the code that asked for the buffer.
    ResourceLeakDetector.addExclusions(PacketAllocator.class, "newDirectBuffer");
    ResourceLeakDetector.addExclusions(PacketPools.class, "take");
    ResourceLeakDetector.addExclusions(PacketPool.class, "take", "track");
  }

  /** The allocator above Netty's default one. */
  public static final PacketAllocator DEFAULT = new PacketAllocator(ByteBufAllocator.DEFAULT);

  /** The octets that one event loop keeps at most, in use or not. */
  public static final int MOST_KEPT = PacketPools.MOST_KEPT;

  private final ByteBufAllocator underlying;
  private final ResourceLeakDetector<PacketBuffer> leaks;
  private final FastThreadLocal<PacketPools> pools = new FastThreadLocal<>() {
    @Override
    protected PacketPools initialValue() {
      return new PacketPools(PacketAllocator.this);
    }

    @Override
    protected void onRemoval(PacketPools ofThread) {
      ofThread.close();
    }
  };

  /**
   * Creates an allocator that keeps buffers of its own and passes other requests to {@code underlying}.
   *
   * @throws NullPointerException if {@code underlying} is {@code null}
   */
  public PacketAllocator(ByteBufAllocator underlying) {
    this(underlying, ResourceLeakDetectorFactory.instance().newResourceLeakDetector(PacketBuffer.class));
  }

  /** Creates an allocator that tracks some of the buffers that it keeps with {@code leaks}. */
  PacketAllocator(ByteBufAllocator underlying, ResourceLeakDetector<PacketBuffer> leaks) {
    super(true);
    this.underlying = Objects.requireNonNull(underlying, "underlying allocator");
    this.leaks = leaks;
  }

  ResourceLeakDetector<PacketBuffer> leaks() {
    return leaks;
  }

  @Override
  protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
    if (initialCapacity == maxCapacity && initialCapacity <= PacketPools.LONGEST && keeps()) {
      PacketPools ofThread = ofThread();
      ByteBuf kept = ofThread == null ? null : ofThread.take(initialCapacity);
      if (kept != null) {
        return kept;
      }
    }
    return underlying.directBuffer(initialCapacity, maxCapacity);
  }

  private static boolean keeps() {
    return ResourceLeakDetector.getLevel().compareTo(ResourceLeakDetector.Level.SIMPLE) <= 0;
  }

  private @Nullable PacketPools ofThread() {
    PacketPools known = pools.getIfExists();
    if (known == null && FastThreadLocalThread.currentThreadWillCleanupFastThreadLocals()) {
      known = pools.get();
    }
    return known;
  }

  @Override
  protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
    return underlying.heapBuffer(initialCapacity, maxCapacity);
  }

  @Override
  public CompositeByteBuf compositeDirectBuffer(int maxNumComponents) {
    return keeps()
        ? new CompositeByteBuf(this, true, maxNumComponents)
        : super.compositeDirectBuffer(maxNumComponents);
  }

  @Override
  public boolean isDirectBufferPooled() {
    return true;
  }

  @Override
  public String toString() {
    return "PacketAllocator above " + underlying;
  }
}
