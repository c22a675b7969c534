package io.reactorstack.tcp.engine;

import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.wire.TcpOptions;

/**
 * Calculates how much memory unread data may hold: twice the bytes that the application reads in a round trip, and more
 * while that number grows, so that the window never limits the sender (dynamic right-sizing).
 *
 * <p>The receiver measures the round trip by the echo of its timestamps, or else by the time in which a whole window
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
  /** The bytes that the application read in the round trip that last raised the capacity. */
  private long perRoundTrip;
  private long countedFrom;
  private long countedSince;

  /**
   * Creates the tuning up to {@code maxCapacity} bytes. It is off if that is not above {@code capacity}.
   *
   * @param segmentSize the MSS that we announced, in bytes
   */
  ReceiveTuning(Timestamps timestamps, int capacity, int maxCapacity, int segmentSize, long now) {
    this.timestamps = timestamps;
    this.segmentSize = segmentSize;
    this.maxCapacity = maxCapacity;
    this.active = maxCapacity > capacity;
    this.perRoundTrip = Math.min(capacity, INITIAL_SEGMENTS * segmentSize);
    this.countedSince = now;
  }

  /** Stops the tuning because the user has set the capacity. */
  void stop() {
    active = false;
  }

  /** The round-trip time as the receiver measures it, in nanoseconds; 0 while it is not known. */
  long roundTrip() {
    return rtt;
  }

  /**
   * Measures the round trip when data has arrived in order.
   *
   * @param full whether the segment was full-sized
   * @param rcvNxt the sequence number after the data
   * @param edge the right edge of the advertised window
   */
  void onData(TcpOptions options, boolean full, int rcvNxt, int edge, long now) {
    if (timestamps.isActive() && options.hasTimestamps()) {
      if (full && options.tsEcr() != lastEcho) {
        lastEcho = options.tsEcr();
        long sample = timestamps.elapsed(options, now);
        // Smoothed, because the sender may have held the data back for other reasons.
        rtt = rtt == UNKNOWN ? sample : rtt - rtt / 8 + sample / 8;
      }
    } else if (!roundStarted) {
      startRound(edge, now);
    } else if (SequenceNumber.afterOrAt(rcvNxt, roundEnd)) {
      long sample = Math.max(1, now - roundStartedAt);
      // If the sender does not fill the window, the sample is longer than a round trip, so the least one counts.
      rtt = rtt == UNKNOWN ? sample : Math.min(rtt, sample);
      startRound(edge, now);
    }
  }

  private void startRound(int edge, long now) {
    roundStarted = true;
    roundEnd = edge;
    roundStartedAt = now;
  }

  /**
   * Returns the new capacity after a read, at least {@code capacity}; {@code taken} is the total of bytes read so far.
   */
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
    // The sender's rate is growing: expect as much growth again in the next round trip.
    wanted += 2 * (wanted * (copied - perRoundTrip) / perRoundTrip);
    perRoundTrip = copied;
    return (int) Math.min(maxCapacity, Math.max(capacity, wanted));
  }
}
