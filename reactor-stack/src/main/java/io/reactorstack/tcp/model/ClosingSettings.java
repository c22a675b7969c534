package io.reactorstack.tcp.model;

import io.reactorstack.setting.Checks;
import java.time.Duration;

/**
 * When a peer that does not acknowledge is given up, and how long a connection that is closed lives on.
 *
 * @param userTimeout how long sent data may stay unacknowledged before the connection is given up (R2 of RFC 9293 section
 *     3.8.3, RFC 5482); zero for ever, else to 365 d
 * @param userTimeoutOption whether the user timeout is announced to the peer, ENABLED of RFC 5482 section 3
 * @param userTimeoutChangeable whether the peer's announcement changes ours, CHANGEABLE of RFC 5482 section 3
 * @param timeWait how long TIME-WAIT lasts, 2 MSL; zero to 1 h
 * @param timeWaitReuse whether a connection in TIME-WAIT gives way to a new one of either side when timestamps show that it is
 *     newer (RFC 6191)
 * @param finWait2 how long FIN-WAIT-2 lasts when nobody reads any more; zero to 365 d
 * @param orphan how long a connection that its user has closed may wait for a peer that answers but takes no data; zero to
 *     365 d
 */
public record ClosingSettings(
    Duration userTimeout,
    boolean userTimeoutOption,
    boolean userTimeoutChangeable,
    Duration timeWait,
    boolean timeWaitReuse,
    Duration finWait2,
    Duration orphan) {

  static final ClosingSettings DEFAULTS = new ClosingSettings(Duration.ofMinutes(15), false, true,
      Duration.ofSeconds(60), true, Duration.ofSeconds(60), Duration.ofMinutes(3));

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a value is out of its range
   */
  public ClosingSettings {
    Checks.zeroOrMore("userTimeout", userTimeout);
    Checks.range("timeWait", timeWait, Duration.ZERO, Duration.ofHours(1));
    Checks.zeroOrMore("finWait2", finWait2);
    Checks.zeroOrMore("orphan", orphan);
  }

  /** These settings with another {@link #userTimeoutOption}. */
  public ClosingSettings withUserTimeoutOption(boolean value) {
    return new ClosingSettings(userTimeout, value, userTimeoutChangeable, timeWait, timeWaitReuse, finWait2, orphan);
  }

  /** These settings with another {@link #userTimeoutChangeable}. */
  public ClosingSettings withUserTimeoutChangeable(boolean value) {
    return new ClosingSettings(userTimeout, userTimeoutOption, value, timeWait, timeWaitReuse, finWait2, orphan);
  }

  /** These settings with another {@link #timeWait}. */
  public ClosingSettings withTimeWait(Duration value) {
    return new ClosingSettings(userTimeout, userTimeoutOption, userTimeoutChangeable, value, timeWaitReuse, finWait2,
        orphan);
  }

  /** These settings with another {@link #timeWaitReuse}. */
  public ClosingSettings withTimeWaitReuse(boolean value) {
    return new ClosingSettings(userTimeout, userTimeoutOption, userTimeoutChangeable, timeWait, value, finWait2,
        orphan);
  }

  /** These settings with another {@link #finWait2}. */
  public ClosingSettings withFinWait2(Duration value) {
    return new ClosingSettings(userTimeout, userTimeoutOption, userTimeoutChangeable, timeWait, timeWaitReuse, value,
        orphan);
  }

  /** These settings with another {@link #orphan}. */
  public ClosingSettings withOrphan(Duration value) {
    return new ClosingSettings(userTimeout, userTimeoutOption, userTimeoutChangeable, timeWait, timeWaitReuse, finWait2,
        value);
  }

  /** These settings with another {@link #userTimeout}, which is then not {@link #userTimeoutChangeable} (RFC 5482 section 3). */
  public ClosingSettings withUserTimeout(Duration value) {
    return new ClosingSettings(value, userTimeoutOption, false, timeWait, timeWaitReuse, finWait2, orphan);
  }
}
