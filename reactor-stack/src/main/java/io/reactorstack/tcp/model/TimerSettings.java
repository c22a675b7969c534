package io.reactorstack.tcp.model;

import io.reactorstack.setting.Checks;
import java.time.Duration;

/**
 * How long a connection waits: for acknowledgements of what it has sent (RFC 6298), before it acknowledges, and to fill a
 * segment.
 *
 * @param initialRto retransmission timeout before the first round-trip sample (RFC 6298 section 2.1); 1 ms to {@code maxRto}
 * @param minRto its floor; 1 ms, the granularity of the timestamp clock, to {@code maxRto}
 * @param maxRto its ceiling; 60 s (RFC 6298 section 2.5) to 1 h
 * @param delayedAck longest delay of an acknowledgement; zero to 499 ms, less than half a second (RFC 9293 section 3.8.6.3)
 * @param quickAck whether the first segments of a connection are acknowledged at once, while the sender is in slow start
 * @param noDelay whether small segments go out at once, that is, whether Nagle's algorithm is off (RFC 9293 section 3.7.4)
 * @param synRetries retransmissions of a SYN before the handshake fails, 0 to 127; the default lasts longer than the 3
 *     minutes of RFC 9293 MUST-23
 * @param synAckRetries retransmissions of a SYN-ACK before the handshake fails, 0 to 127; it is a SYN too
 */
public record TimerSettings(
    Duration initialRto,
    Duration minRto,
    Duration maxRto,
    Duration delayedAck,
    boolean quickAck,
    boolean noDelay,
    int synRetries,
    int synAckRetries) {

  private static final Duration GRANULARITY = Duration.ofMillis(1);

  static final TimerSettings DEFAULTS = new TimerSettings(Duration.ofSeconds(1), Duration.ofMillis(200),
      Duration.ofSeconds(120), Duration.ofMillis(40), true, false, 7, 7);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a value is out of its range
   */
  public TimerSettings {
    Checks.range("maxRto", maxRto, Duration.ofSeconds(60), Duration.ofHours(1));
    Checks.range("minRto", minRto, GRANULARITY, maxRto);
    Checks.range("initialRto", initialRto, GRANULARITY, maxRto);
    // RFC 9293 3.8.6.3 MUST-40: less than half a second.
    Checks.range("delayedAck", delayedAck, Duration.ZERO, Duration.ofMillis(499));
    Checks.range("synRetries", synRetries, 0, 127, "retries");
    Checks.range("synAckRetries", synAckRetries, 0, 127, "retries");
  }

  /** These settings with another {@link #initialRto}. */
  public TimerSettings withInitialRto(Duration value) {
    return new TimerSettings(value, minRto, maxRto, delayedAck, quickAck, noDelay, synRetries, synAckRetries);
  }

  /** These settings with another {@link #minRto}. */
  public TimerSettings withMinRto(Duration value) {
    return new TimerSettings(initialRto, value, maxRto, delayedAck, quickAck, noDelay, synRetries, synAckRetries);
  }

  /** These settings with another {@link #maxRto}. */
  public TimerSettings withMaxRto(Duration value) {
    return new TimerSettings(initialRto, minRto, value, delayedAck, quickAck, noDelay, synRetries, synAckRetries);
  }

  /** These settings with another {@link #delayedAck}. */
  public TimerSettings withDelayedAck(Duration value) {
    return new TimerSettings(initialRto, minRto, maxRto, value, quickAck, noDelay, synRetries, synAckRetries);
  }

  /** These settings with another {@link #quickAck}. */
  public TimerSettings withQuickAck(boolean value) {
    return new TimerSettings(initialRto, minRto, maxRto, delayedAck, value, noDelay, synRetries, synAckRetries);
  }

  /** These settings with another {@link #noDelay}. */
  public TimerSettings withNoDelay(boolean value) {
    return new TimerSettings(initialRto, minRto, maxRto, delayedAck, quickAck, value, synRetries, synAckRetries);
  }

  /** These settings with another {@link #synRetries}. */
  public TimerSettings withSynRetries(int value) {
    return new TimerSettings(initialRto, minRto, maxRto, delayedAck, quickAck, noDelay, value, synAckRetries);
  }

  /** These settings with another {@link #synAckRetries}. */
  public TimerSettings withSynAckRetries(int value) {
    return new TimerSettings(initialRto, minRto, maxRto, delayedAck, quickAck, noDelay, synRetries, value);
  }
}
