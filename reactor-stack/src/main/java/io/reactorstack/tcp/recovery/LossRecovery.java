package io.reactorstack.tcp.recovery;

/**
 * What is retransmitted, and how much may be sent meanwhile, until every loss of a window is repaired. It marks segments
 * in the {@link RetransmissionQueue} as lost; the sender sends those before anything new.
 */
public interface LossRecovery {

  /** A duplicate acknowledgement of {@code sndUna} arrived. */
  void onDuplicateAck(int sndUna, int sndNxt, long now);

  /**
   * New data was acknowledged, and the queue knows it.
   *
   * @param sndUna after this acknowledgement
   * @param bytes newly acknowledged
   * @param flightSize bytes in flight before it
   * @return whether the retransmission timer is to be restarted
   */
  boolean onAcknowledged(int sndUna, int sndNxt, int bytes, int flightSize, long now);

  /** The retransmission timer expired. */
  void onTimeout(int sndUna, int sndNxt, long now);

  /** Whether the earliest lost segment is to be sent now, whatever the congestion window. */
  boolean isRetransmissionForced();

  /** The earliest lost segment was sent. */
  void onRetransmitted();

  /** New data was sent. */
  void onSent(int bytes, int flightSize);

  /** Bytes that may be in flight now. */
  int allowedFlight();

  /** Whether losses are being repaired by fast recovery. */
  boolean isRecovering();
}
