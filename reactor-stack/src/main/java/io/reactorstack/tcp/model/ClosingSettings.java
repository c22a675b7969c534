package io.reactorstack.tcp.model;

import io.reactorstack.setting.Checks;
import java.time.Duration;

/**
 * The timeouts that end a connection: of a peer that does not acknowledge, and of each closing state.
 *
 * @param userTimeout how long sent data may remain unacknowledged before the connection is aborted (R2 of RFC 9293
 *     section 3.8.3, RFC 5482); up to 365 d, or zero for no limit
 * @param userTimeoutOption whether the user timeout is announced to the peer, ENABLED of RFC 5482 section 3
 * @param userTimeoutChangeable whether the peer's announcement changes the local user timeout, CHANGEABLE of RFC 5482
 *     section 3
 * @param timeWait how long TIME-WAIT lasts, 2 MSL; zero to 1 h
 * @param timeWaitReuse whether a connection in TIME-WAIT is replaced by a new one, opened by either side, when
 *     timestamps show that the new one is newer (RFC 6191)
 * @param finWait2 how long FIN-WAIT-2 lasts once the application has stopped reading; zero to 365 d
 * @param orphan how long a connection that the application has closed waits for a peer that answers but accepts no
 *     data; zero to 365 d
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

  /** Returns a copy with the given {@link #userTimeoutOption}. */
  public ClosingSettings withUserTimeoutOption(boolean value) {
    return new ClosingSettings(userTimeout, value, userTimeoutChangeable, timeWait, timeWaitReuse, finWait2, orphan);
  }

  /** Returns a copy with the given {@link #userTimeoutChangeable}. */
  public ClosingSettings withUserTimeoutChangeable(boolean value) {
    return new ClosingSettings(userTimeout, userTimeoutOption, value, timeWait, timeWaitReuse, finWait2, orphan);
  }

  /** Returns a copy with the given {@link #timeWait}. */
  public ClosingSettings withTimeWait(Duration value) {
    return new ClosingSettings(userTimeout, userTimeoutOption, userTimeoutChangeable, value, timeWaitReuse, finWait2,
        orphan);
  }

  /** Returns a copy with the given {@link #timeWaitReuse}. */
  public ClosingSettings withTimeWaitReuse(boolean value) {
    return new ClosingSettings(userTimeout, userTimeoutOption, userTimeoutChangeable, timeWait, value, finWait2,
        orphan);
  }

  /** Returns a copy with the given {@link #finWait2}. */
  public ClosingSettings withFinWait2(Duration value) {
    return new ClosingSettings(userTimeout, userTimeoutOption, userTimeoutChangeable, timeWait, timeWaitReuse, value,
        orphan);
  }

  /** Returns a copy with the given {@link #orphan}. */
  public ClosingSettings withOrphan(Duration value) {
    return new ClosingSettings(userTimeout, userTimeoutOption, userTimeoutChangeable, timeWait, timeWaitReuse, finWait2,
        value);
  }

  /**
   * Returns a copy with the given {@link #userTimeout} and with {@link #userTimeoutChangeable} off: RFC 5482 section 3
   * lets a timeout that the user sets take precedence over the peer's.
   */
  public ClosingSettings withUserTimeout(Duration value) {
    return new ClosingSettings(value, userTimeoutOption, false, timeWait, timeWaitReuse, finWait2, orphan);
  }
}
