package io.reactorstack.tcp.congestion;

/**
 * How much may be in flight: the congestion window and how it moves (RFC 5681).
 *
 * <p>It neither detects losses nor chooses what to retransmit; {@code tcp.recovery} does and reports here. All sizes are
 * bytes.
 */
public interface CongestionControl {

  /** Makes the congestion control of one connection. */
  interface Factory {

    /** The algorithm's name as other stacks have it, for example {@code reno}. */
    String name();

    /** One in slow start with an initial window of {@code initialWindow} bytes and segments of {@code segmentSize}. */
    CongestionControl create(int segmentSize, int initialWindow);
  }

  /** The congestion window {@code cwnd}. */
  int window();

  /** The slow start threshold {@code ssthresh}. */
  int slowStartThreshold();

  /** The sender's segment size SMSS. */
  int segmentSize();

  /**
   * New data was acknowledged outside of fast recovery.
   *
   * @param bytes newly acknowledged
   * @param flightSize in flight before this acknowledgement
   */
  void onAcknowledged(int bytes, int flightSize, long now);

  /** Duplicate acknowledgements told of a loss: {@link #slowStartThreshold} falls. */
  void onLoss(int flightSize, long now);

  /**
   * The retransmission timer expired.
   *
   * @param repeated whether it had already expired for the same segment
   */
  void onTimeout(int flightSize, boolean repeated, long now);

  /**
   * The last {@link #onLoss} or {@link #onTimeout} that was not a repetition was unfounded: the network had only delayed or
   * reordered (RFC 4015, RFC 5682). Window and threshold are again at least what they were before it; the second call for
   * the same event does nothing.
   */
  void onSpurious(long now);

  /** Sending resumes after the connection was idle for longer than the retransmission timeout. */
  void onIdle();

  /** The recovery algorithm's own window while it inflates, deflates or ends. */
  void setWindow(int bytes);

  /** The path's segment size has changed. */
  void onSegmentSize(int bytes);
}
