package io.reactorstack.tcp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.layer.Handover;
import io.reactorstack.packet.HostMemory;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;

/**
 * One {@code send}: moves the buffers of one publisher, which may signal on any thread, into the send buffer, and asks the
 * publisher for no more than the send buffer has room for.
 */
final class Send extends Handover<ByteBuf> {

  /** Most buffers that are requested from the publisher and not yet written. */
  static final int MAX_BATCH = 32;

  /** Batches in one turn; more than the largest send buffer takes, unless a publisher emits empty buffers without end. */
  private static final int MAX_BATCHES_IN_A_TURN = 1024;

  /** What a buffer is thought to hold before one was seen. */
  private static final int FIRST_GUESS_BYTES = 16 * 1024;

  private final Outbound outbound;
  private final TcpSocket socket;
  private final boolean untilAcknowledged;

  /** Only the loop reads and writes the rest. */
  private boolean subscribed;
  private @Nullable ByteBuf current;
  /** Buffers requested and not yet taken out of the queue. */
  private int outstanding;
  private int usualBytes = FIRST_GUESS_BYTES;
  private long lastByte;

  Send(
      Outbound outbound,
      TcpSocket socket,
      Publisher<? extends ByteBuf> publisher,
      CoreSubscriber<? super Void> actual,
      boolean untilAcknowledged) {
    super(publisher, actual, MAX_BATCH);
    this.outbound = outbound;
    this.socket = socket;
    this.untilAcknowledged = untilAcknowledged;
  }

  @Override
  protected void wake() {
    outbound.wake(this);
  }

  @Override
  protected void onQueued() {
    if (isCancelled() || isOver()) {
      // The loop may have emptied the queue just before.
      outbound.execute(this::clear);
    } else {
      outbound.wake(this);
    }
  }

  @Override
  protected void release(ByteBuf data) {
    data.release();
  }

  /** Moves what can be moved; returns whether this send is over, so that the next one may begin. */
  boolean advance() {
    boolean ended = move();
    socket.stage(ended ? 0 : staged());
    return ended;
  }

  /** Octets of memory that wait here for room; of buffers that nobody has looked at, by what the last ones had. */
  private long staged() {
    ByteBuf held = current;
    return (held == null ? 0 : HostMemory.pinnedBy(held)) + (long) queue().size() * usualBytes;
  }

  private boolean move() {
    if (!subscribed && !isCancelled()) {
      subscribed = true;
      subscribe();
    }
    for (int batches = 0; !isCancelled(); batches++) {
      if (batches == MAX_BATCHES_IN_A_TURN) {
        outbound.continueInNextTurn();
        return false;
      }
      boolean done = isUpstreamDone();
      if (!writeQueued()) {
        return false;
      }
      if (done && queue().isEmpty()) {
        setOver();
        lastByte = socket.writtenBytes();
        return true;
      }
      if (!requestMore()) {
        return false;
      }
    }
    discard();
    return true;
  }

  /** Writes what the queue holds; returns whether all of it found room. */
  private boolean writeQueued() {
    while (true) {
      ByteBuf data = current;
      if (data == null) {
        data = queue().poll();
        if (data == null) {
          return true;
        }
        outstanding--;
        usualBytes = Math.max(1, (usualBytes * 7 + data.readableBytes()) / 8);
        current = data;
      }
      if (data.isReadable()) {
        socket.write(data);
      }
      if (data.isReadable()) {
        return false;
      }
      current = null;
      data.release();
    }
  }

  /** Requests as many buffers as are likely to find room; returns whether something has come of it already. */
  private boolean requestMore() {
    Subscription source = upstream();
    int room = socket.writableBytes();
    if (source == null || room <= 0) {
      return false;
    }
    int batch = Math.clamp(room / usualBytes, 1, MAX_BATCH);
    if (outstanding > batch / 2) {
      return false;
    }
    int n = batch - outstanding;
    outstanding = batch;
    request(source, n);
    return isUpstreamDone() || !queue().isEmpty();
  }

  /** Whether the subscriber may be told that all went well: everything is accepted or, if so wished, acknowledged. */
  boolean isFulfilled() {
    return hasUpstreamFailed() || !untilAcknowledged || socket.acknowledgedBytes() >= lastByte;
  }

  @Override
  protected void clear() {
    ByteBuf held = current;
    current = null;
    if (held != null) {
      held.release();
    }
    super.clear();
  }
}
