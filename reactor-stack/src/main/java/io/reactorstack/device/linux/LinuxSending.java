package io.reactorstack.device.linux;

import io.reactorstack.device.DeviceDrop;
import io.reactorstack.device.Frame;
import io.reactorstack.device.polled.Sending;
import reactor.core.CoreSubscriber;

/**
 * The sending direction of a Linux device.
 *
 * <p>A descriptor that takes several frames in one system call gets those that the publisher emits in one turn of the
 * loop together; all others get each frame at once. Credit is returned to the publisher as frames are written. While the
 * kernel's queue is full, at most {@link #CREDIT} frames wait in this object.
 */
final class LinuxSending extends Sending {

  private static final int REPLENISH = CREDIT * 3 / 4;

  private final LinuxDevice device;
  private final int batch;
  private final Runnable endOfTurn = this::onEndOfTurn;
  private int spent;
  private boolean writing;
  private boolean blocked;
  private boolean endOfTurnDue;

  LinuxSending(LinuxDevice device, CoreSubscriber<? super Void> actual) {
    super(device, actual);
    this.device = device;
    this.batch = device.io().batch();
  }

  @Override
  protected void accept(Frame frame) {
    if (waiting().size() == CREDIT) {
      overflow(frame);
      return;
    }
    waiting().addLast(frame);
    if (blocked || writing) {
      return;
    }
    if (waiting().size() >= batch) {
      writeAll();
    } else if (!endOfTurnDue) {
      endOfTurnDue = device.execute(endOfTurn);
      if (!endOfTurnDue) {
        writeAll();
      }
    }
  }

  private void onEndOfTurn() {
    endOfTurnDue = false;
    if (!blocked && !isDone()) {
      writeAll();
      completeIfDrained();
    }
  }

  /** Called when the kernel's queue has room again. */
  @Override
  protected void onWritable() {
    if (blocked) {
      blocked = false;
      writeAll();
    }
    if (!blocked && !isDone()) {
      device.awaitWritable(false);
      completeIfDrained();
    }
  }

  @Override
  protected boolean isDrained() { return waiting().isEmpty(); }

  /** Writes the waiting frames, and those that the publisher emits meanwhile, until the kernel's queue is full. */
  private void writeAll() {
    writing = true;
    try {
      while (!blocked && !waiting().isEmpty()) {
        write();
      }
    } finally {
      writing = false;
    }
  }

  private void write() {
    int result = device.io().write(waiting());
    if (result > 0) {
      release(result);
    } else if (result == -Errno.EAGAIN) {
      blocked = true;
      device.awaitWritable(true);
    } else {
      drop(-result);
    }
  }

  private void release(int written) {
    for (int i = 0; i < written; i++) {
      // The frame leaves the queue first: an error while writing releases all queued frames.
      waiting().removeFirst().release();
    }
    replenish(written);
  }

  private void drop(int errno) {
    waiting().removeFirst().release();
    device.drops().count(reason(errno));
    if (errno != Errno.EMSGSIZE && errno != Errno.EINVAL) {
      device.onError(errno);
    }
    replenish(1);
  }

  private static DeviceDrop reason(int errno) {
    return switch (errno) {
      case Errno.EMSGSIZE -> DeviceDrop.TOO_LONG;
      case Errno.EIO, Errno.ENETDOWN -> DeviceDrop.INTERFACE_DOWN;
      case Errno.ENOBUFS, Errno.ENOMEM -> DeviceDrop.NO_BUFFERS;
      default -> DeviceDrop.REFUSED;
    };
  }

  private void replenish(int frames) {
    spent += frames;
    if (!isDone() && spent >= REPLENISH) {
      int returned = spent;
      spent = 0;
      requestMore(returned);
    }
  }
}
