package io.reactorstack.tcp.recovery;

import io.reactorstack.packet.SequenceNumber;
import org.jspecify.annotations.Nullable;

/**
 * What is known about a segment that was sent and not yet acknowledged. The bytes themselves stay in the send buffer.
 *
 * <p>Objects are reused by their queue: none may be kept beyond the call that gave it.
 */
public final class SentSegment {

  int seq;
  int end;
  boolean fin;
  boolean sacked;
  boolean lost;
  /** Whether a retransmission is in flight that is not itself taken for lost. */
  boolean resent;
  long firstSentAt;
  long lastSentAt;
  /** Number of the last transmission among all of the connection: finer than any clock. */
  long transmission;
  int transmissions;
  /** Whether it, or an octet of it, has probed a closed window: when that opens and takes it tells nothing about the path. */
  boolean probe;
  int timeouts;

  /** The connection's delivered bytes, and when the last of them was delivered, as this segment was last sent. */
  long delivered;

  long deliveredAt;
  /** When the flight began that this segment belongs to. */
  long flightStartedAt;
  /** Bytes in the network, and the bytes lost since the connection began, as this segment was last sent. */
  int inFlight;

  long totalLost;
  boolean applicationLimited;

  /** Neighbours in {@link TransmissionOrder}. */
  @Nullable
  SentSegment earlier;

  @Nullable
  SentSegment later;
  boolean ordered;

  SentSegment() {}

  /** Sequence number of the first octet. */
  public int seq() {
    return seq;
  }

  /** Sequence number after the last octet, the FIN included. */
  public int end() {
    return end;
  }

  /** Sequence numbers this segment takes. */
  public int length() {
    return end - seq;
  }

  /** Octets of data, without the FIN. */
  public int dataLength() {
    return end - seq - (fin ? 1 : 0);
  }

  /** Whether the segment ends with FIN. */
  public boolean isFin() {
    return fin;
  }

  /** Whether the peer has reported it as received out of order. */
  public boolean isSacked() {
    return sacked;
  }

  /** Whether the segment is taken for lost and waits for its retransmission. */
  public boolean isLost() {
    return lost && !resent;
  }

  /** When it was sent the first time, in nanoseconds. */
  public long firstSentAt() {
    return firstSentAt;
  }

  /** When it was sent the last time, in nanoseconds. */
  public long lastSentAt() {
    return lastSentAt;
  }

  /** How often it was sent, the first time included. */
  public int transmissions() {
    return transmissions;
  }

  /** How often the retransmission timer expired for it. */
  public int timeouts() {
    return timeouts;
  }

  /**
   * Whether it was sent after {@code other}. RFC 8985 6.2 compares times, and numbers when these are equal; the order of
   * transmission itself needs no such help.
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

  /** Takes over everything but the sequence numbers and the place in any order. */
  void copyHistory(SentSegment other) {
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
