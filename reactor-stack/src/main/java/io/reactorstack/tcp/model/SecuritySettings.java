package io.reactorstack.tcp.model;

import io.reactorstack.setting.Checks;
import java.time.Duration;

/**
 * How much a stranger can make the host do.
 *
 * @param synCookies what a listener does when its SYN queue is full (RFC 4987)
 * @param challengeAckInterval least time between two acknowledgements that segments without use draw, zero for no limit, to 1 h
 *     (RFC 5961 section 7)
 * @param fastOpen whether data may travel with the SYN, where a cookie shows that the client has been here before (RFC 7413)
 */
public record SecuritySettings(TcpSettings.SynCookies synCookies, Duration challengeAckInterval, boolean fastOpen) {

  static final SecuritySettings DEFAULTS = new SecuritySettings(TcpSettings.SynCookies.ON_OVERFLOW,
      Duration.ofMillis(500), false);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a value is out of its range
   */
  public SecuritySettings {
    Checks.given("synCookies", synCookies);
    Checks.range("challengeAckInterval", challengeAckInterval, Duration.ZERO, Duration.ofHours(1));
  }

  /** These settings with another {@link #synCookies}. */
  public SecuritySettings withSynCookies(TcpSettings.SynCookies value) {
    return new SecuritySettings(value, challengeAckInterval, fastOpen);
  }

  /** These settings with another {@link #challengeAckInterval}. */
  public SecuritySettings withChallengeAckInterval(Duration value) {
    return new SecuritySettings(synCookies, value, fastOpen);
  }

  /** These settings with another {@link #fastOpen}. */
  public SecuritySettings withFastOpen(boolean value) {
    return new SecuritySettings(synCookies, challengeAckInterval, value);
  }
}
