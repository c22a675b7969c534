package io.reactorstack.tcp.recovery;

/**
 * Estimates the round-trip time and the retransmission timeout (RFC 6298, RFC 7323 appendix G). All times are in
 * nanoseconds.
 */
public final class RttEstimator {

  private final long minRto;
  private final long minVariance;
  private final long maxRto;
  private long undoubled;
  private long srtt;
  private long rttvar;
  private long rto;
  private boolean sampled;
  private int backoffs;

  /**
   * Creates an estimator without samples; its timeout is {@code initialRto}.
   *
   * @param minVariance lower limit of the variance term: at least G, the granularity of the timestamp clock
   */
  public RttEstimator(long initialRto, long minRto, long minVariance, long maxRto) {
    this.minVariance = minVariance;
    this.minRto = minRto;
    this.maxRto = maxRto;
    this.rto = Math.min(initialRto, maxRto);
    this.undoubled = rto;
  }

  /**
   * Updates the estimates with a sample.
   *
   * @param rtt the measured round-trip time
   * @param samplesPerRoundTrip the present number of samples per round trip, at least 1
   */
  public void onSample(long rtt, int samplesPerRoundTrip) {
    if (!sampled) {
      // RFC 6298 (2.2)
      sampled = true;
      srtt = rtt;
      rttvar = rtt / 2;
    } else {
      // RFC 6298 (2.3): the variance first. RFC 7323 4.2: many samples per round trip must not shorten the history.
      rttvar += (Math.abs(srtt - rtt) - rttvar) / (4L * samplesPerRoundTrip);
      srtt += (rtt - srtt) / (8L * samplesPerRoundTrip);
    }
    backoffs = 0;
    rto = Math.clamp(srtt + Math.max(minVariance, 4 * rttvar), minRto, maxRto);
  }

  /** Doubles the timeout after the retransmission timer has expired, until the next sample (RFC 6298 (5.5)). */
  public void backOff() {
    if (backoffs++ == 0) {
      undoubled = rto;
    }
    rto = Math.min(2 * rto, maxRto);
  }

  /** Undoes the doublings since the last sample, because the timeouts were not caused by congestion. */
  public void undoBackOff() {
    if (backoffs > 0) {
      backoffs = 0;
      rto = undoubled;
    }
  }

  /** Raises the timeout to at least {@code least}: a SYN had to be retransmitted (RFC 6298 (5.7)). */
  public void raise(long least) {
    rto = Math.max(rto, Math.min(least, maxRto));
  }

  /** The number of doublings since the last sample. */
  public int backoffs() {
    return backoffs;
  }

  /** The retransmission timeout. */
  public long rto() {
    return rto;
  }

  /** The smoothed round-trip time; 0 before the first sample. */
  public long srtt() {
    return srtt;
  }

  /** The round-trip time variation; 0 before the first sample. */
  public long rttvar() {
    return rttvar;
  }
}
