package io.reactorstack.tcp.engine;

import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.wire.TcpOptions;

/**
 * How much memory unread data should be allowed to hold: twice what the application takes in a round trip, and more while
 * that grows, so that the window never limits the sender (dynamic right-sizing).
 *
 * <p>The round trip is that which the receiver sees: by the echo of its timestamps, or the time in which a whole window
 * arrives.
 */
final class ReceiveTuning {

  private static final long UNKNOWN = 0;
  private static final int CUSHION_SEGMENTS = 16;
  private static final int INITIAL_SEGMENTS = 10;

  private final Timestamps timestamps;
  private final int segmentSize;
  private final int maxCapacity;
  private boolean active;
  private long rtt = UNKNOWN;
  private int lastEcho;
  private boolean roundStarted;
  private int roundEnd;
  private long roundStartedAt;
  /** What the application has taken in the last round trip that counts. */
  private long perRoundTrip;
  private long countedFrom;
  private long countedSince;

  /**
   * Right-sizing up to {@code maxCapacity} bytes; none if that is not above {@code capacity}.
   *
   * @param segmentSize the MSS that we announced
   */
  ReceiveTuning(Timestamps timestamps, int capacity, int maxCapacity, int segmentSize, long now) {
    this.timestamps = timestamps;
    this.segmentSize = segmentSize;
    this.maxCapacity = maxCapacity;
    this.active = maxCapacity > capacity;
    this.perRoundTrip = Math.min(capacity, INITIAL_SEGMENTS * segmentSize);
    this.countedSince = now;
  }

  /** The user has decided. */
  void stop() {
    active = false;
  }

  /** The round-trip time as the receiver sees it, in nanoseconds; 0 while it is not known. */
  long roundTrip() {
    return rtt;
  }

  /** Data arrived in order up to {@code rcvNxt}; {@code edge} is the end of the window that was promised. */
  void onData(TcpOptions options, boolean full, int rcvNxt, int edge, long now) {
    if (timestamps.isActive() && options.hasTimestamps()) {
      if (full && options.tsEcr() != lastEcho) {
        lastEcho = options.tsEcr();
        long sample = timestamps.elapsed(options, now);
        // Smoothed: data may have waited at its sender for other reasons.
        rtt = rtt == UNKNOWN ? sample : rtt - rtt / 8 + sample / 8;
      }
    } else if (!roundStarted) {
      startRound(edge, now);
    } else if (SequenceNumber.afterOrAt(rcvNxt, roundEnd)) {
      long sample = Math.max(1, now - roundStartedAt);
      // A window that was not filled took longer than a round trip.
      rtt = rtt == UNKNOWN ? sample : Math.min(rtt, sample);
      startRound(edge, now);
    }
  }

  private void startRound(int edge, long now) {
    roundStarted = true;
    roundEnd = edge;
    roundStartedAt = now;
  }

  /** The application has now taken {@code taken} bytes in all; returns the capacity to have, at least {@code capacity}. */
  int onRead(long taken, int capacity, long now) {
    if (!active || rtt == UNKNOWN || now - countedSince < rtt) {
      return capacity;
    }
    long copied = taken - countedFrom;
    countedFrom = taken;
    countedSince = now;
    if (copied <= perRoundTrip) {
      return capacity;
    }
    long wanted = 2 * copied + CUSHION_SEGMENTS * (long) segmentSize;
    // The sender is growing: by the next round trip as much again.
    wanted += 2 * (wanted * (copied - perRoundTrip) / perRoundTrip);
    perRoundTrip = copied;
    return (int) Math.min(maxCapacity, Math.max(capacity, wanted));
  }
}
