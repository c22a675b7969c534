package io.reactorstack.tcp.model;

import io.reactorstack.setting.Checks;
import java.time.Duration;

/**
 * The timers of a connection: retransmission (RFC 6298), delayed acknowledgements, and Nagle's algorithm.
 *
 * @param retransmission the retransmission timer
 * @param delayedAck longest delay of an acknowledgement; zero to 499 ms, less than half a second (RFC 9293 section
 *     3.8.6.3)
 * @param quickAck whether the first segments of a connection, and of a burst after a pause, are acknowledged
 *     immediately, because the peer is in slow start
 * @param noDelay whether small segments are sent immediately, that is, whether Nagle's algorithm is off (RFC 9293
 *     section 3.7.4)
 */
public record TimerSettings(Retransmission retransmission, Duration delayedAck, boolean quickAck, boolean noDelay) {

  private static final Duration GRANULARITY = Duration.ofMillis(1);

  /**
   * The retransmission timeout, and the number of retransmissions of a SYN.
   *
   * @param initialRto retransmission timeout before the first round-trip sample (RFC 6298 section 2.1); 1 ms to
   *     {@code maxRto}
   * @param minRto the smallest retransmission timeout; 1 ms, the granularity of the timestamp clock, to {@code maxRto}
   * @param maxRto the largest retransmission timeout; 60 s (RFC 6298 section 2.5) to 1 h
   * @param synRetries retransmissions of a SYN before the handshake fails, 0 to 127; with the default they take longer
   *     than the 3 minutes of RFC 9293 MUST-23
   * @param synAckRetries retransmissions of a SYN-ACK before the handshake fails, 0 to 127; MUST-23 applies to it too
   */
  public record Retransmission(
      Duration initialRto, Duration minRto, Duration maxRto, int synRetries, int synAckRetries) {

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if a value is out of its range
     */
    public Retransmission {
      Checks.range("maxRto", maxRto, Duration.ofSeconds(60), Duration.ofHours(1));
      Checks.range("minRto", minRto, GRANULARITY, maxRto);
      Checks.range("initialRto", initialRto, GRANULARITY, maxRto);
      Checks.range("synRetries", synRetries, 0, 127, "retries");
      Checks.range("synAckRetries", synAckRetries, 0, 127, "retries");
    }
  }

  static final TimerSettings DEFAULTS = new TimerSettings(
      new Retransmission(Duration.ofSeconds(1), Duration.ofMillis(200), Duration.ofSeconds(120), 7, 7),
      Duration.ofMillis(40), true, false);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a value is out of its range
   */
  public TimerSettings {
    Checks.given("retransmission", retransmission);
    // RFC 9293 3.8.6.3 MUST-40: less than half a second.
    Checks.range("delayedAck", delayedAck, Duration.ZERO, Duration.ofMillis(499));
  }

  /** Returns {@link Retransmission#initialRto}. */
  public Duration initialRto() {
    return retransmission.initialRto;
  }

  /** Returns {@link Retransmission#minRto}. */
  public Duration minRto() {
    return retransmission.minRto;
  }

  /** Returns {@link Retransmission#maxRto}. */
  public Duration maxRto() {
    return retransmission.maxRto;
  }

  /** Returns {@link Retransmission#synRetries}. */
  public int synRetries() {
    return retransmission.synRetries;
  }

  /** Returns {@link Retransmission#synAckRetries}. */
  public int synAckRetries() {
    return retransmission.synAckRetries;
  }

  /** Returns a copy with the given {@link #retransmission}. */
  public TimerSettings withRetransmission(Retransmission value) {
    return new TimerSettings(value, delayedAck, quickAck, noDelay);
  }

  /** Returns a copy with the given {@link #initialRto}. */
  public TimerSettings withInitialRto(Duration value) {
    return withRetransmission(new Retransmission(value, minRto(), maxRto(), synRetries(), synAckRetries()));
  }

  /** Returns a copy with the given {@link #minRto}. */
  public TimerSettings withMinRto(Duration value) {
    return withRetransmission(new Retransmission(initialRto(), value, maxRto(), synRetries(), synAckRetries()));
  }

  /** Returns a copy with the given {@link #maxRto}. */
  public TimerSettings withMaxRto(Duration value) {
    return withRetransmission(new Retransmission(initialRto(), minRto(), value, synRetries(), synAckRetries()));
  }

  /** Returns a copy with the given {@link #delayedAck}. */
  public TimerSettings withDelayedAck(Duration value) {
    return new TimerSettings(retransmission, value, quickAck, noDelay);
  }

  /** Returns a copy with the given {@link #quickAck}. */
  public TimerSettings withQuickAck(boolean value) {
    return new TimerSettings(retransmission, delayedAck, value, noDelay);
  }

  /** Returns a copy with the given {@link #noDelay}. */
  public TimerSettings withNoDelay(boolean value) {
    return new TimerSettings(retransmission, delayedAck, quickAck, value);
  }

  /** Returns a copy with the given {@link #synRetries}. */
  public TimerSettings withSynRetries(int value) {
    return withRetransmission(new Retransmission(initialRto(), minRto(), maxRto(), value, synAckRetries()));
  }

  /** Returns a copy with the given {@link #synAckRetries}. */
  public TimerSettings withSynAckRetries(int value) {
    return withRetransmission(new Retransmission(initialRto(), minRto(), maxRto(), synRetries(), value));
  }
}
