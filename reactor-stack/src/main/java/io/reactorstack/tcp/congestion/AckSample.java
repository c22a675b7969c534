package io.reactorstack.tcp.congestion;

/**
 * The measurements of the path that one acknowledgement gives: the argument of {@link CongestionControl#onAck}.
 *
 * <p>One object serves all acknowledgements of a connection. Its answers are good until {@code onAck} returns; an algorithm
 * keeps values and never the sample. All sizes are bytes, all times nanoseconds, all rates bytes a second.
 */
public interface AckSample {

  /** {@link #rtt} of an acknowledgement that measures none. */
  long NO_RTT = -1;

  /** When the acknowledgement arrived. */
  long now();

  // ---- the sequence space

  /** SND.UNA after this acknowledgement. */
  int sndUna();

  /** SND.NXT. */
  int sndNxt();

  /** Bytes that SND.UNA has advanced. */
  int newlyAcknowledged();

  /** Bytes that are newly reported as received out of order (RFC 2018). */
  int newlySacked();

  /** Bytes that are newly taken for lost because of this acknowledgement. */
  int newlyLost();

  /**
   * DeliveredData of RFC 9937 section 6.2: bytes that are now known to be received and were not before, in order or out of
   * order.
   */
  int delivered();

  /** Bytes delivered since the connection began, those of this acknowledgement included. */
  long totalDelivered();

  /** Bytes taken for lost since the connection began, rightly or not; each time that a retransmission is lost it counts again. */
  long totalLost();

  // ---- what is in flight

  /** FlightSize of RFC 5681, SND.NXT - SND.UNA, before this acknowledgement. */
  int flightBefore();

  /** Bytes thought to be in the network before this acknowledgement: neither received, nor lost and not yet sent again. */
  int inFlightBefore();

  /** Bytes thought to be in the network now. */
  int inFlight();

  // ---- round trips

  /** The round-trip time that this acknowledgement measures; {@link #NO_RTT} or another negative number if it measures none. */
  long rtt();

  /** The smoothed round-trip time (RFC 6298), this measure included; 0 before the first one. */
  long srtt();

  /** The least round-trip time of the last minutes, this measure included; 0 before the first one. */
  long minRtt();

  // ---- the delivery rate (draft-ietf-ccwg-bbr section 4.1)

  /**
   * The delivery rate that this acknowledgement measures; 0 if it measures none. It measures none when it delivers nothing, or
   * when the time it covers is shorter than {@link #minRtt}.
   */
  long deliveryRate();

  /** Bytes that were delivered in {@link #rateInterval}; 0 without a {@link #deliveryRate}. */
  long rateDelivered();

  /** The time that {@link #deliveryRate} covers; 0 without one. */
  long rateInterval();

  /** Whether the application had too little to send when the segment was sent that {@link #deliveryRate} is measured by. */
  boolean isApplicationLimited();

  /**
   * {@link #totalDelivered} when the segment was sent that this acknowledgement measures the rate by; a round trip has passed when
   * it reaches what {@code totalDelivered} was at the round's beginning. Valid if this acknowledgement {@link #delivered} anything.
   */
  long deliveredWhenSent();

  /** {@link #inFlight} after that segment was sent, with it. */
  int inFlightWhenSent();

  /** Bytes taken for lost since that segment was sent. */
  long lostSinceSent();

  // ---- loss recovery

  /** How the network is seen after this acknowledgement. */
  CongestionState state();

  /** Whether the peer tells of congestion with this acknowledgement (RFC 3168). */
  boolean isCongestionEcho();

  /**
   * Whether RFC 5681 lets the window grow by this acknowledgement: it acknowledges new data, losses are not being repaired by fast
   * recovery, no reduction is under way, and the peer tells of no congestion.
   */
  boolean mayGrow();
}
