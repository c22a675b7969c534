package io.reactorstack.tcp.recovery;

import io.reactorstack.packet.SequenceNumber;
import org.jspecify.annotations.Nullable;

/**
 * A record of a segment that was sent and not yet acknowledged. The bytes themselves are in the send buffer.
 *
 * <p>The queue reuses its records: a caller must not keep one after the call in which it received it.
 */
public final class SentSegment {

  int seq;
  int end;
  boolean fin;
  /** The octets of data in each of several segments that were sent together; 0 for a single segment. */
  int segmentSize;
  boolean sacked;
  boolean lost;
  /** True if a retransmission is in flight that is not itself marked as lost. */
  boolean resent;
  long firstSentAt;
  long lastSentAt;
  /**
   * The number of the last transmission, counted over the connection; it orders transmissions more finely than any
   * clock.
   */
  long transmission;
  int transmissions;
  /**
   * True if the segment, or an octet of it, has probed a closed window. The time of its acknowledgement does not
   * measure the path, because it depends on when the peer opens its window.
   */
  boolean probe;
  int timeouts;

  /** The bytes that the connection had delivered at the last transmission of this segment. */
  long delivered;
  /** The time of the delivery that {@link #delivered} includes as its last, in nanoseconds. */
  long deliveredAt;
  /** The time at which the flight of this segment began, in nanoseconds. */
  long flightStartedAt;
  /** The bytes in the network at the last transmission. */
  int inFlight;
  /** The total bytes lost on the connection until the last transmission. */
  long totalLost;
  boolean applicationLimited;

  /** The neighbours in {@link TransmissionOrder}. */
  @Nullable
  SentSegment earlier;

  @Nullable
  SentSegment later;
  boolean ordered;

  SentSegment() {}

  /** The sequence number of the first octet. */
  public int seq() {
    return seq;
  }

  /** The sequence number after the last octet, including a FIN. */
  public int end() {
    return end;
  }

  /** The length in sequence numbers. */
  public int length() {
    return end - seq;
  }

  /** The octets of data, without the FIN. */
  public int dataLength() {
    return end - seq - (fin ? 1 : 0);
  }

  /** The number of segments that this record stands for. */
  int count() {
    return segmentSize == 0 ? 1 : Math.max(1, Math.ceilDiv(dataLength(), segmentSize));
  }

  /** Makes this record that of the part of {@code whole} from {@code at} on; {@code whole} keeps the part before. */
  void takeEnd(SentSegment whole, int at) {
    seq = at;
    end = whole.end;
    fin = whole.fin;
    segmentSize = whole.segmentSize;
    copyHistory(whole);
    whole.end = at;
    whole.fin = false;
  }

  /** Returns whether the segment ends with a FIN. */
  public boolean isFin() {
    return fin;
  }

  /** Returns whether the peer has reported the segment as received out of order. */
  public boolean isSacked() {
    return sacked;
  }

  /** Returns whether the segment is marked as lost and waits for its retransmission. */
  public boolean isLost() {
    return lost && !resent;
  }

  /** The time of the first transmission, in nanoseconds. */
  public long firstSentAt() {
    return firstSentAt;
  }

  /** The time of the last transmission, in nanoseconds. */
  public long lastSentAt() {
    return lastSentAt;
  }

  /** The number of transmissions, including the first. */
  public int transmissions() {
    return transmissions;
  }

  /** The number of retransmission timeouts of this segment. */
  public int timeouts() {
    return timeouts;
  }

  /**
   * Returns whether this segment was sent after {@code other}. RFC 8985 6.2 compares times, and sequence numbers if the
   * times are equal. Here the numbers of transmission replace the times; pieces of one segment share theirs.
   */
  boolean isSentAfter(SentSegment other) {
    return transmission > other.transmission
        || transmission == other.transmission && SequenceNumber.after(end, other.end);
  }

  boolean isRetransmitted() {
    return transmissions > 1;
  }

  boolean isProbe() {
    return probe;
  }

  /** Copies everything except the sequence numbers, the lengths and the place in {@link TransmissionOrder}. */
  private void copyHistory(SentSegment other) {
    sacked = other.sacked;
    lost = other.lost;
    resent = other.resent;
    firstSentAt = other.firstSentAt;
    lastSentAt = other.lastSentAt;
    transmission = other.transmission;
    transmissions = other.transmissions;
    probe = other.probe;
    timeouts = other.timeouts;
    delivered = other.delivered;
    deliveredAt = other.deliveredAt;
    flightStartedAt = other.flightStartedAt;
    inFlight = other.inFlight;
    totalLost = other.totalLost;
    applicationLimited = other.applicationLimited;
  }
}
