package io.reactorstack.packet;

import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakTracker;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The buffers of one size that one thread keeps.
 *
 * <p>The thread takes buffers out and gives them back without synchronization. Another thread puts a released buffer on
 * a stack, which the owner takes as a whole when it has no buffer left.
 */
final class PacketPool {

  /** One of this many buffers is tracked at the leak-detection level {@code SIMPLE}. */
  static final int SAMPLING_INTERVAL = 4096;

  private static final VarHandle RETURNED;

  static {
    try {
      RETURNED = MethodHandles.lookup().findVarHandle(PacketPool.class, "returned", PacketBuffer.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final PacketAllocator allocator;
  private final Thread owner = Thread.currentThread();
  private final int size;
  private final int most;
  private int made;
  private int taken;
  private @Nullable PacketBuffer free;
  /** The buffers that other threads have released, the last one first. */
  private volatile @Nullable PacketBuffer returned;
  private volatile boolean closed;

  /**
   * Creates a pool of the calling thread.
   *
   * @param size the octets of each buffer
   * @param most the number of buffers made at most
   */
  PacketPool(PacketAllocator allocator, int size, int most) {
    this.allocator = allocator;
    this.size = size;
    this.most = most;
  }

  /** Returns a buffer of {@code length} octets; {@code null} if all are in use. Called on the owner's thread. */
  @Nullable
  PacketBuffer take(int length) {
    PacketBuffer first = free;
    if (first == null) {
      first = (PacketBuffer) RETURNED.getAndSet(this, null);
      if (first == null) {
        first = make();
        if (first == null) {
          return null;
        }
      }
    }
    free = first.next();
    first.open(length, ++taken % SAMPLING_INTERVAL == 0 ? track(first) : null);
    return first;
  }

  private @Nullable PacketBuffer make() {
    if (made == most || closed) {
      return null;
    }
    made++;
    return new PacketBuffer(allocator, this, size);
  }

  private @Nullable ResourceLeakTracker<PacketBuffer> track(PacketBuffer buffer) {
    return ResourceLeakDetector.isEnabled() ? allocator.leaks().trackForcibly(buffer) : null;
  }

  /** Takes a released buffer back; called on any thread. */
  void give(PacketBuffer buffer) {
    if (owner.equals(Thread.currentThread()) && !closed) {
      buffer.next(free);
      free = buffer;
      return;
    }
    PacketBuffer before;
    do {
      before = returned;
      buffer.next(before);
    } while (!RETURNED.compareAndSet(this, before, buffer));
    if (closed) {
      freeReturned();
    }
  }

  /** Frees the buffers that are not in use; called on the owner's thread, once. */
  void close() {
    closed = true;
    freeAll(free);
    free = null;
    freeReturned();
  }

  private void freeReturned() {
    freeAll((PacketBuffer) RETURNED.getAndSet(this, null));
  }

  private static void freeAll(@Nullable PacketBuffer first) {
    PacketBuffer each = first;
    while (each != null) {
      PacketBuffer next = each.next();
      each.free();
      each = next;
    }
  }
}
