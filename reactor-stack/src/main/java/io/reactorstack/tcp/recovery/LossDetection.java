package io.reactorstack.tcp.recovery;

/** Decides when a segment in flight is lost; what to do about it is {@link LossRecovery}'s. */
public interface LossDetection {

  /**
   * A duplicate acknowledgement arrived (RFC 5681 section 2).
   *
   * @return whether the earliest segment in flight is now taken for lost
   */
  boolean onDuplicateAck();

  /** New data was acknowledged, or the retransmission timer expired. */
  void onProgress();

  /** Segments that may be sent beyond the congestion window meanwhile (limited transmit, RFC 3042). */
  int extraSegments();
}
