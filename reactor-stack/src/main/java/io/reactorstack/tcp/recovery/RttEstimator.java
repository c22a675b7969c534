package io.reactorstack.tcp.recovery;

/** Smoothed round-trip time and retransmission timeout (RFC 6298, RFC 7323 appendix G); all times are nanoseconds. */
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
   * No sample yet: the timeout is {@code initialRto}.
   *
   * @param minVariance floor of the variance term: at least the clock granularity G, that of the timestamp clock
   */
  public RttEstimator(long initialRto, long minRto, long minVariance, long maxRto) {
    this.minVariance = minVariance;
    this.minRto = minRto;
    this.maxRto = maxRto;
    this.rto = Math.min(initialRto, maxRto);
    this.undoubled = rto;
  }

  /**
   * Takes a sample.
   *
   * @param rtt measured round-trip time
   * @param samplesPerRoundTrip how many samples a round trip gives at present, at least 1
   */
  public void onSample(long rtt, int samplesPerRoundTrip) {
    if (!sampled) {
      // RFC 6298 (2.2)
      sampled = true;
      srtt = rtt;
      rttvar = rtt / 2;
    } else {
      // RFC 6298 (2.3), the variance first; RFC 7323 4.2: many samples a round trip must not shorten the memory.
      rttvar += (Math.abs(srtt - rtt) - rttvar) / (4L * samplesPerRoundTrip);
      srtt += (rtt - srtt) / (8L * samplesPerRoundTrip);
    }
    backoffs = 0;
    rto = Math.clamp(srtt + Math.max(minVariance, 4 * rttvar), minRto, maxRto);
  }

  /** The retransmission timer expired: the timeout doubles until the next sample (RFC 6298 (5.5)). */
  public void backOff() {
    if (backoffs++ == 0) {
      undoubled = rto;
    }
    rto = Math.min(2 * rto, maxRto);
  }

  /** What the timeouts since the last sample were due to was not congestion: they count no more. */
  public void undoBackOff() {
    if (backoffs > 0) {
      backoffs = 0;
      rto = undoubled;
    }
  }

  /** A SYN had to be retransmitted: data transmission begins with at least {@code rto} (RFC 6298 (5.7)). */
  public void raise(long least) {
    rto = Math.max(rto, Math.min(least, maxRto));
  }

  /** How often the timeout was doubled since the last sample. */
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

  /** The round-trip time's variation; 0 before the first sample. */
  public long rttvar() {
    return rttvar;
  }
}
