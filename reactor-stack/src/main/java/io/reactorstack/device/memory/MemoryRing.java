package io.reactorstack.device.memory;

import io.netty.channel.IoEventLoop;
import io.reactorstack.device.Frame;
import io.reactorstack.packet.PacketFacts;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import reactor.util.concurrent.Queues;

/**
 * One direction of a cable: a bounded queue from the sender's loop to the receiver's, with credit flowing back.
 *
 * <p>A batch costs one task on the receiver's loop and, between two loops, one on the sender's for the credit; a frame
 * within a batch costs none.
 */
final class MemoryRing {

  private final Queue<Frame> frames;
  private final int capacity;
  private final AtomicBoolean deliveryDue = new AtomicBoolean();
  private final AtomicLong freed = new AtomicLong();
  private final Runnable deliver = this::deliver;
  private final Runnable returnCredit = this::returnCredit;
  private volatile @Nullable MemoryDevice sender;
  private volatile @Nullable MemoryDevice receiver;
  private volatile boolean closed;

  MemoryRing(int capacity) {
    if (capacity < 1) {
      throw new IllegalArgumentException("a ring of " + capacity + " frames");
    }
    this.capacity = capacity;
    this.frames = Queues.<Frame>get(capacity).get();
  }

  int capacity() {
    return capacity;
  }

  void sender(MemoryDevice device) {
    if (sender != null) {
      throw new IllegalStateException("this end of the cable is open already");
    }
    sender = device;
  }

  synchronized void receiver(MemoryDevice device) {
    receiver = device;
    wakeReceiver();
  }

  /** The sender is gone; on its loop. If there has never been a receiver, nobody else frees what waits for one. */
  synchronized void senderGone() {
    if (receiver == null) {
      closed = true;
      discard(Objects.requireNonNull(sender).loop());
    }
  }

  /** Takes {@code frame} unless the receiver is gone; called on the sender's loop. */
  boolean put(Frame frame) {
    if (closed) {
      return false;
    }
    if (!frames.offer(frame)) {
      throw new IllegalStateException("more frames than slots");
    }
    MemoryDevice to = receiver;
    if (to == null || !to.loop().equals(Objects.requireNonNull(sender).loop())) {
      // The queue publishes with release only: without a full fence the flag could be read before the frame is seen.
      VarHandle.fullFence();
    }
    wakeReceiver();
    return true;
  }

  /** Sees to it that a delivery runs on the receiver's loop, if there is a receiver. */
  void wakeReceiver() {
    MemoryDevice to = receiver;
    if (to == null || deliveryDue.get() || !deliveryDue.compareAndSet(false, true)) {
      return;
    }
    try {
      to.loop().execute(deliver);
    } catch (RejectedExecutionException e) {
      // The receiver's loop has ended, so that nobody else takes frames out any more.
      closed = true;
      discard(Objects.requireNonNull(sender).loop());
    }
  }

  /** Closes the ring for its receiver, on the receiver's loop. */
  void close() {
    closed = true;
    VarHandle.fullFence();
    discard(Objects.requireNonNull(receiver).loop());
  }

  private void deliver() {
    MemoryDevice to = Objects.requireNonNull(receiver);
    ReceivePort port = to.receivePort();
    int taken = 0;
    try {
      // What arrives meanwhile is for the next batch, so that a fast sender cannot hold the loop.
      int batch = port.isReady() ? frames.size() : 0;
      if (batch > 0) {
        PacketFacts now = PacketFacts.receivedAt(to.loop().ticker().nanoTime());
        while (taken < batch && port.isReady()) {
          Frame frame = Objects.requireNonNull(frames.poll());
          taken++;
          port.emit(to.arrived(frame, now));
        }
      }
    } finally {
      deliveryDue.set(false);
      freed(taken, to.loop());
      if (closed) {
        discard(to.loop());
      }
    }
    if (port.isReady() && !frames.isEmpty()) {
      wakeReceiver();
    }
  }

  private void discard(IoEventLoop here) {
    int discarded = 0;
    for (Frame frame = frames.poll(); frame != null; frame = frames.poll()) {
      frame.release();
      discarded++;
    }
    freed(discarded, here);
  }

  private void freed(int n, IoEventLoop here) {
    MemoryDevice from = sender;
    if (n == 0 || from == null) {
      return;
    }
    if (from.loop().equals(here)) {
      from.transmitPort().free(n);
    } else if (freed.getAndAdd(n) == 0) {
      try {
        from.loop().execute(returnCredit);
      } catch (RejectedExecutionException e) {
        freed.set(0);
      }
    }
  }

  private void returnCredit() {
    Objects.requireNonNull(sender).transmitPort().free(freed.getAndSet(0));
  }
}
