package io.reactorstack.lab;

import io.reactorstack.tcp.congestion.AckSample;
import io.reactorstack.tcp.congestion.CongestionState;

/** The acknowledgements of a {@link CongestionTrial}, on a path that delivers what was sent a round trip ago; one object for all. */
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
   * Shows the next acknowledgement.
   *
   * @param bytes newly acknowledged
   * @param sndUna after it
   * @param rtt the round-trip time that it measures in nanoseconds, or {@link #NO_RTT}
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

  /** A round trip ago what is in flight now was not yet sent, and what was in flight then has been delivered since. */
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
