package io.reactorstack.tcp.recovery;

/**
 * What is known about a segment that was sent and not yet acknowledged. The bytes themselves stay in the send buffer.
 *
 * <p>Objects are reused by their queue: none may be kept beyond the call that gave it.
 */
public final class SentSegment {

  int seq;
  int end;
  boolean fin;
  boolean lost;
  long firstSentAt;
  long lastSentAt;
  int transmissions;
  int timeouts;

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

  /** Whether the segment is taken for lost and waits for its retransmission. */
  public boolean isLost() {
    return lost;
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
}
