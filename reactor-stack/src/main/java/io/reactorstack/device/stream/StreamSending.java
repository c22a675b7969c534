package io.reactorstack.device.stream;

import io.reactorstack.device.DeviceDrop;
import io.reactorstack.device.Frame;
import io.reactorstack.device.polled.Sending;
import reactor.core.CoreSubscriber;

/**
 * The sending direction of a stream device.
 *
 * <p>It requests new frames only when the socket has taken all earlier ones, so a segment is built shortly before it
 * can be sent.
 */
final class StreamSending extends Sending {

  private final StreamDevice device;
  private final FrameWriter writer;
  private int spent;

  StreamSending(StreamDevice device, FrameWriter writer, CoreSubscriber<? super Void> actual) {
    super(device, actual);
    this.device = device;
    this.writer = writer;
  }

  @Override
  protected void accept(Frame frame) {
    if (spent == CREDIT) {
      overflow(frame);
      return;
    }
    spent++;
    if (frame.payload().readableBytes() > device.longest()) {
      device.drops().drop(frame, DeviceDrop.TOO_LONG);
    } else if (waiting().isEmpty() && writer.put(frame.payload())) {
      frame.release();
    } else {
      waiting().addLast(frame);
    }
    device.flushSoon();
  }

  /** Called when the socket has taken all bytes of the writer. */
  @Override
  protected void onWritable() {
    if (refill()) {
      device.flushSoon();
    } else if (!completeIfDrained() && spent > 0) {
      int n = spent;
      spent = 0;
      requestMore(n);
    }
  }

  /** Moves queued frames into the empty writer; returns whether any were queued. */
  private boolean refill() {
    boolean any = false;
    for (Frame next = waiting().peekFirst(); next != null && writer.put(next.payload()); next = waiting().peekFirst()) {
      waiting().removeFirst().release();
      any = true;
    }
    return any;
  }

  @Override
  protected boolean isDrained() { return waiting().isEmpty() && writer.isEmpty(); }
}
