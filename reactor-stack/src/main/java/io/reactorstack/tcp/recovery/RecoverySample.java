package io.reactorstack.tcp.recovery;

import io.reactorstack.tcp.congestion.AckSample;
import io.reactorstack.tcp.congestion.CongestionState;

/**
 * The view of an acknowledgement for the congestion control. Each connection has one. It reads the values from the
 * parts of recovery only when it is queried, so an algorithm pays only for the values it uses.
 */
final class RecoverySample implements AckSample {

  private final RetransmissionQueue queue;
  private final RateSampler sampler;
  private final AckReport report;
  private final MinimumRoundTrip minimum;
  private final RttEstimator rtt;
  private final LossRecovery recovery;
  private long now;
  private int inFlightBefore;
  private long lostBefore;
  private long roundTrip;

  RecoverySample(
      RetransmissionQueue queue,
      RateSampler sampler,
      AckReport report,
      MinimumRoundTrip minimum,
      RttEstimator rtt,
      LossRecovery recovery) {
    this.queue = queue;
    this.sampler = sampler;
    this.report = report;
    this.minimum = minimum;
    this.rtt = rtt;
    this.recovery = recovery;
  }

  /** Starts processing an acknowledgement. */
  void begin(long now) {
    this.now = now;
    inFlightBefore = queue.pipe();
    lostBefore = queue.totalLost();
  }

  /**
   * Completes the sample after recovery; {@code roundTrip} is the measured round-trip time in nanoseconds, or negative.
   */
  void end(long roundTrip) {
    this.roundTrip = roundTrip;
  }

  @Override
  public long now() {
    return now;
  }

  @Override
  public int sndUna() {
    return report.sndUna();
  }

  @Override
  public int sndNxt() {
    return report.sndNxt();
  }

  @Override
  public int newlyAcknowledged() {
    return report.acked();
  }

  @Override
  public int newlySacked() {
    return report.newlySacked();
  }

  @Override
  public int newlyLost() {
    return (int) (queue.totalLost() - lostBefore);
  }

  @Override
  public int delivered() {
    return report.delivered();
  }

  @Override
  public long totalDelivered() {
    return sampler.delivered();
  }

  @Override
  public long totalLost() {
    return queue.totalLost();
  }

  @Override
  public int flightBefore() {
    return report.flightBefore();
  }

  @Override
  public int inFlightBefore() {
    return inFlightBefore;
  }

  @Override
  public int inFlight() {
    return queue.pipe();
  }

  @Override
  public long rtt() {
    return roundTrip;
  }

  @Override
  public long srtt() {
    return rtt.srtt();
  }

  @Override
  public long minRtt() {
    return minimum.value();
  }

  @Override
  public long deliveryRate() {
    return sampler.sampleRate();
  }

  @Override
  public long rateDelivered() {
    return sampler.sampleDelivered();
  }

  @Override
  public long rateInterval() {
    return sampler.sampleInterval();
  }

  @Override
  public boolean isApplicationLimited() {
    return sampler.isSampleLimitedByApplication();
  }

  @Override
  public long deliveredWhenSent() {
    return sampler.deliveredWhenSent();
  }

  @Override
  public int inFlightWhenSent() {
    return sampler.inFlightWhenSent();
  }

  @Override
  public long lostSinceSent() {
    return sampler.lostSinceSent();
  }

  @Override
  public CongestionState state() {
    return recovery.state();
  }

  @Override
  public boolean isCongestionEcho() {
    return report.echoesCongestion();
  }

  @Override
  public boolean mayGrow() {
    return report.mayGrow();
  }
}
