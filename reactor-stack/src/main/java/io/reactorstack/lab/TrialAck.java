package io.reactorstack.lab;

import io.reactorstack.tcp.congestion.AckSample;
import io.reactorstack.tcp.congestion.CongestionState;

/**
 * The acknowledgements of a {@link CongestionTrial}, on a path that delivers everything after one round trip. One
 * object is reused for all.
 */
final class TrialAck implements AckSample {

  private long now;
  private int sndUna;
  private int sndNxt;
  private int acknowledged;
  private boolean mayGrow;
  private long totalDelivered;
  private long rtt = NO_RTT;
  private long srtt;
  private long minRtt;

  /**
   * Sets the values of the next acknowledgement, and returns this object.
   *
   * @param bytes number of newly acknowledged bytes
   * @param sndUna SND.UNA after the acknowledgement
   * @param rtt the measured round-trip time in nanoseconds, or {@link #NO_RTT}
   */
  TrialAck show(int bytes, int sndUna, int sndNxt, boolean mayGrow, long rtt, long now) {
    this.now = now;
    this.acknowledged = bytes;
    this.sndUna = sndUna;
    this.sndNxt = sndNxt;
    this.mayGrow = mayGrow;
    this.rtt = rtt;
    totalDelivered += bytes;
    if (rtt >= 0) {
      srtt = srtt == 0 ? rtt : srtt + (rtt - srtt) / 8;
      minRtt = minRtt == 0 ? rtt : Math.min(minRtt, rtt);
    }
    return this;
  }

  @Override
  public long now() {
    return now;
  }

  @Override
  public int sndUna() {
    return sndUna;
  }

  @Override
  public int sndNxt() {
    return sndNxt;
  }

  @Override
  public int newlyAcknowledged() {
    return acknowledged;
  }

  @Override
  public int newlySacked() {
    return 0;
  }

  @Override
  public int newlyLost() {
    return 0;
  }

  @Override
  public int delivered() {
    return acknowledged;
  }

  @Override
  public long totalDelivered() {
    return totalDelivered;
  }

  @Override
  public long totalLost() {
    return 0;
  }

  @Override
  public int flightBefore() {
    return inFlight() + acknowledged;
  }

  @Override
  public int inFlightBefore() {
    return flightBefore();
  }

  @Override
  public int inFlight() {
    return sndNxt - sndUna;
  }

  @Override
  public long rtt() {
    return rtt;
  }

  @Override
  public long srtt() {
    return srtt;
  }

  @Override
  public long minRtt() {
    return minRtt;
  }

  @Override
  public long deliveryRate() {
    return rateInterval() == 0 ? 0 : (long) (rateDelivered() * 1e9 / rateInterval());
  }

  /** The data that was in flight before this acknowledgement: one window is delivered per round trip. */
  @Override
  public long rateDelivered() {
    return rateInterval() == 0 ? 0 : flightBefore();
  }

  @Override
  public long rateInterval() {
    return Math.max(rtt, 0);
  }

  @Override
  public boolean isApplicationLimited() {
    return false;
  }

  @Override
  public long deliveredWhenSent() {
    return Math.max(0, totalDelivered - flightBefore());
  }

  @Override
  public int inFlightWhenSent() {
    return flightBefore();
  }

  @Override
  public long lostSinceSent() {
    return 0;
  }

  @Override
  public CongestionState state() {
    return mayGrow ? CongestionState.OPEN : CongestionState.RECOVERY;
  }

  @Override
  public boolean isCongestionEcho() {
    return false;
  }

  @Override
  public boolean mayGrow() {
    return mayGrow;
  }
}
