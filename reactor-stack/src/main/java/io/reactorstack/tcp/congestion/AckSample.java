package io.reactorstack.tcp.congestion;

/**
 * The measurements that one acknowledgement provides: the argument of {@link CongestionControl#onAck}.
 *
 * <p>One object is reused for all acknowledgements of a connection. Its values are valid until {@code onAck} returns;
 * an algorithm stores values, never the sample. All sizes are in bytes, all times in nanoseconds, all rates in bytes
 * per second.
 */
public interface AckSample {

  /** The value of {@link #rtt} if the acknowledgement measures no round-trip time. */
  long NO_RTT = -1;

  /** The time at which the acknowledgement arrived. */
  long now();

  // ---- the sequence space

  /** SND.UNA after this acknowledgement. */
  int sndUna();

  /** SND.NXT. */
  int sndNxt();

  /** Bytes by which SND.UNA has advanced. */
  int newlyAcknowledged();

  /** Bytes that are newly reported as received out of order (RFC 2018). */
  int newlySacked();

  /** Bytes newly considered lost because of this acknowledgement. */
  int newlyLost();

  /**
   * DeliveredData of RFC 9937 section 6.2: bytes that this acknowledgement newly reports as received, in order or out
   * of order.
   */
  int delivered();

  /** Bytes delivered since the connection began, including those of this acknowledgement. */
  long totalDelivered();

  /**
   * Bytes considered lost since the connection began, rightly or not; bytes whose retransmission is lost too are
   * counted again.
   */
  long totalLost();

  // ---- what is in flight

  /** FlightSize of RFC 5681, SND.NXT - SND.UNA, before this acknowledgement. */
  int flightBefore();

  /**
   * Bytes estimated to be in the network before this acknowledgement: sent, not received, and not lost without having
   * been retransmitted.
   */
  int inFlightBefore();

  /** Bytes estimated to be in the network after this acknowledgement. */
  int inFlight();

  // ---- round trips

  /**
   * The round-trip time that this acknowledgement measures; {@link #NO_RTT} or another negative number if it measures
   * none.
   */
  long rtt();

  /** The smoothed round-trip time (RFC 6298), including this measurement; 0 before the first one. */
  long srtt();

  /** The smallest round-trip time of the last minutes, including this measurement; 0 before the first one. */
  long minRtt();

  // ---- the delivery rate (draft-ietf-ccwg-bbr section 4.1)

  /**
   * The delivery rate that this acknowledgement measures; 0 if it measures none. It measures none when it delivers
   * nothing, or when the time it covers is shorter than {@link #minRtt}.
   */
  long deliveryRate();

  /** Bytes that were delivered in {@link #rateInterval}; 0 without a {@link #deliveryRate}. */
  long rateDelivered();

  /** The time that {@link #deliveryRate} covers; 0 without one. */
  long rateInterval();

  /**
   * Returns whether the application had too little to send when the segment that {@link #deliveryRate} is measured by
   * was sent.
   */
  boolean isApplicationLimited();

  /**
   * {@link #totalDelivered} at the time when the segment that this acknowledgement measures the rate by was sent. A
   * round trip has passed when this value reaches the {@code totalDelivered} of the round's beginning. Valid only if
   * {@link #delivered} is not 0.
   */
  long deliveredWhenSent();

  /** {@link #inFlight} just after that segment was sent, including it. */
  int inFlightWhenSent();

  /** Bytes considered lost since that segment was sent. */
  long lostSinceSent();

  // ---- loss recovery

  /** The congestion state after this acknowledgement. */
  CongestionState state();

  /** Returns whether this acknowledgement carries the peer's congestion echo, ECE (RFC 3168). */
  boolean isCongestionEcho();

  /**
   * Returns whether RFC 5681 lets the window grow by this acknowledgement: it acknowledges new data, fast recovery is
   * not repairing losses, no reduction is in progress, and the peer echoes no congestion.
   */
  boolean mayGrow();
}
