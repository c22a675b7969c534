package io.reactorstack.tcp.model;

import io.reactorstack.setting.Checks;
import java.time.Duration;

/**
 * Limits on the work and the packets that an unknown sender can cause.
 *
 * @param synCookies when a listener answers a SYN with a cookie instead of keeping state (RFC 4987)
 * @param challengeAckInterval the shortest time between two acknowledgements that a connection sends in answer to
 *     segments it does not accept; up to 1 h, or zero for no limit (RFC 5961 section 7)
 * @param fastOpen whether a SYN may carry data if its cookie proves that the client has connected before (RFC 7413)
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

  /** Returns a copy with the given {@link #synCookies}. */
  public SecuritySettings withSynCookies(TcpSettings.SynCookies value) {
    return new SecuritySettings(value, challengeAckInterval, fastOpen);
  }

  /** Returns a copy with the given {@link #challengeAckInterval}. */
  public SecuritySettings withChallengeAckInterval(Duration value) {
    return new SecuritySettings(synCookies, value, fastOpen);
  }

  /** Returns a copy with the given {@link #fastOpen}. */
  public SecuritySettings withFastOpen(boolean value) {
    return new SecuritySettings(synCookies, challengeAckInterval, value);
  }
}
