package io.reactorstack.tcp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.layer.Handover;
import io.reactorstack.packet.HostMemory;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;

/**
 * One call of {@code send}: moves the buffers of one publisher, which may signal on any thread, into the send buffer,
 * and requests only as many buffers as the send buffer is likely to have space for.
 */
final class Send extends Handover<ByteBuf> {

  /** The maximum number of buffers that are requested from the publisher and not yet written. */
  static final int MAX_BATCH = 32;

  /**
   * The maximum number of batches in one turn. The largest send buffer is full before that, unless a publisher emits
   * empty buffers without end.
   */
  private static final int MAX_BATCHES_IN_A_TURN = 1024;

  /** The size assumed for a buffer before the first one has arrived, in bytes. */
  private static final int FIRST_GUESS_BYTES = 16 * 1024;

  private final SendQueue outbound;
  private final TcpSocket socket;
  private final boolean untilAcknowledged;

  // The following fields are confined to the loop.
  private boolean subscribed;
  private @Nullable ByteBuf current;
  /** Buffers requested and not yet taken out of the queue. */
  private int outstanding;
  private int usualBytes = FIRST_GUESS_BYTES;
  private long lastByte;

  Send(
      SendQueue outbound,
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
      // The loop may have cleared the queue before this buffer was added.
      outbound.execute(this::clear);
    } else {
      outbound.wake(this);
    }
  }

  @Override
  protected void release(ByteBuf data) {
    data.release();
  }

  /**
   * Moves buffers while the send buffer has space; returns whether this send is over, so that the next one may begin.
   */
  boolean advance() {
    boolean ended = move();
    socket.stage(ended ? 0 : staged());
    return ended;
  }

  /**
   * Returns the octets of memory that wait for space in the send buffer; queued buffers are estimated by the recent
   * sizes.
   */
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

  /** Writes the queued buffers; returns whether the send buffer had space for all of them. */
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

  /**
   * Requests as many buffers as the send buffer is likely to have space for; returns whether the publisher has already
   * answered with a buffer or its end.
   */
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

  /**
   * Returns whether the subscriber can be signalled: the publisher has failed, or all data is accepted and, for {@code
   * sendAcknowledged}, acknowledged.
   */
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
