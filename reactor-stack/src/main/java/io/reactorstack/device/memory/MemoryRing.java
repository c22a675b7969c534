package io.reactorstack.device.memory;

import io.netty.channel.IoEventLoop;
import io.reactorstack.device.Frame;
import io.reactorstack.packet.Offload;
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
 * One direction of a cable: a bounded queue of frames from the sender's loop to the receiver's loop. Credit flows back
 * to the sender.
 *
 * <p>Each batch of frames costs one task on the receiver's loop and, if the loops differ, one task on the sender's loop
 * for the credit. A single frame within a batch costs no task.
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
      throw new IllegalArgumentException("a ring of " + capacity + " frames; at least 1 is needed");
    }
    this.capacity = capacity;
    this.frames = Queues.<Frame>get(capacity).get();
  }

  int capacity() {
    return capacity;
  }

  /** The offloads of the receiving end; none before it is opened. */
  Offload offload() {
    MemoryDevice to = receiver;
    return to == null ? Offload.NONE : to.capabilities().offload();
  }

  void sender(MemoryDevice device) {
    if (sender != null) {
      throw new IllegalStateException("this end of the cable is already open");
    }
    sender = device;
  }

  synchronized void receiver(MemoryDevice device) {
    receiver = device;
    wakeReceiver();
  }

  /**
   * Called on the sender's loop when its device is closed. If no receiver was ever opened, the queued frames are
   * discarded here.
   */
  synchronized void senderGone() {
    if (receiver == null) {
      closed = true;
      discard(Objects.requireNonNull(sender).loop());
    }
  }

  /** Queues {@code frame}, or returns false if the receiver is closed; called on the sender's loop. */
  boolean put(Frame frame) {
    if (closed) {
      return false;
    }
    if (!frames.offer(frame)) {
      throw new IllegalStateException("more frames than slots");
    }
    MemoryDevice to = receiver;
    if (to == null || !to.loop().equals(Objects.requireNonNull(sender).loop())) {
      // The queue publishes frames with release semantics only: without a full fence the flag could be read before the
      // frame is visible.
      VarHandle.fullFence();
    }
    wakeReceiver();
    return true;
  }

  /** Schedules a delivery on the receiver's loop, unless there is no receiver or a delivery is already scheduled. */
  void wakeReceiver() {
    MemoryDevice to = receiver;
    if (to == null || deliveryDue.get() || !deliveryDue.compareAndSet(false, true)) {
      return;
    }
    try {
      to.loop().execute(deliver);
    } catch (RejectedExecutionException e) {
      // The receiver's loop has terminated, so it will not take any more frames out of the queue.
      closed = true;
      discard(Objects.requireNonNull(sender).loop());
    }
  }

  /** Closes the ring and discards its frames; called on the receiver's loop when the receiver is closed. */
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
      // Frames that arrive during the delivery belong to the next batch, so a fast sender cannot occupy the loop.
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
