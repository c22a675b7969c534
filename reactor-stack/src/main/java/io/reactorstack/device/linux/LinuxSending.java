package io.reactorstack.device.linux;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.device.DeviceDrop;
import io.reactorstack.device.Frame;
import io.reactorstack.device.polled.Sending;
import reactor.core.CoreSubscriber;

/**
 * The sending direction of a Linux device.
 *
 * <p>Credit is returned to the publisher as frames are written. While the kernel's queue is full, at most
 * {@link #CREDIT} frames wait in this object.
 */
final class LinuxSending extends Sending {

  private static final int REPLENISH = CREDIT * 3 / 4;

  private final LinuxDevice device;
  private int spent;

  LinuxSending(LinuxDevice device, CoreSubscriber<? super Void> actual) {
    super(device, actual);
    this.device = device;
  }

  @Override
  protected void accept(Frame frame) {
    if (waiting().size() == CREDIT) {
      overflow(frame);
    } else if (!waiting().isEmpty() || !put(frame)) {
      waiting().addLast(frame);
      device.awaitWritable(true);
    }
  }

  /** Called when the kernel's queue has room again. */
  @Override
  protected void onWritable() {
    while (!waiting().isEmpty()) {
      // Remove the frame before it is written: an error while writing releases all queued frames.
      Frame frame = waiting().removeFirst();
      if (!put(frame)) {
        waiting().addFirst(frame);
        return;
      }
    }
    if (!isDone()) {
      device.awaitWritable(false);
      completeIfDrained();
    }
  }

  @Override
  protected boolean isDrained() { return waiting().isEmpty(); }

  /** Writes and releases {@code frame}, or returns false if the kernel's queue is full. */
  private boolean put(Frame frame) {
    int length = frame.payload().readableBytes();
    int result = length > device.io().maxFrameBytes() ? -Errno.EMSGSIZE : write(frame.payload(), length);
    if (result == -Errno.EAGAIN) {
      return false;
    }
    frame.release();
    if (result < 0) {
      device.drops().count(reason(-result));
      if (result != -Errno.EMSGSIZE && result != -Errno.EINVAL) {
        device.onError(-result);
      }
    }
    replenish();
    return true;
  }

  private int write(ByteBuf payload, int length) {
    if (payload.hasMemoryAddress()) {
      return device.io().write(payload, payload.readerIndex(), length);
    }
    // The payload has several parts or is on the heap: a copy costs less than describing the parts to the kernel.
    ByteBuf copy;
    try {
      copy = ByteBufAllocator.DEFAULT.directBuffer(length, length);
    } catch (VirtualMachineError e) {
      // Handled like the kernel's own lack of memory: this frame is dropped, and its credit is returned.
      return -Errno.ENOMEM;
    }
    try {
      copy.writeBytes(payload, payload.readerIndex(), length);
      return device.io().write(copy, 0, length);
    } finally {
      copy.release();
    }
  }

  private static DeviceDrop reason(int errno) {
    return switch (errno) {
      case Errno.EMSGSIZE -> DeviceDrop.TOO_LONG;
      case Errno.EIO, Errno.ENETDOWN -> DeviceDrop.INTERFACE_DOWN;
      case Errno.ENOBUFS, Errno.ENOMEM -> DeviceDrop.NO_BUFFERS;
      default -> DeviceDrop.REFUSED;
    };
  }

  private void replenish() {
    if (!isDone() && ++spent == REPLENISH) {
      spent = 0;
      requestMore(REPLENISH);
    }
  }
}
