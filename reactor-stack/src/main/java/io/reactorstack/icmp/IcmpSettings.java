package io.reactorstack.icmp;

import io.reactorstack.setting.Checks;

/**
 * The ICMP and ICMPv6 settings of a host. Immutable: each method returns a changed copy of {@link #DEFAULTS}.
 *
 * @param acceptsRedirects whether the host follows redirects of ICMP for IPv4 (RFC 1122 section 3.2.2.2)
 * @param sendsUnreachables whether the host reports packets to unknown ports and protocols to their senders (RFC 1122
 *     section 3.2.2.1, RFC 4443 section 3.1)
 * @param answersEcho whether the host answers echo requests (RFC 1122 section 3.2.2.6, RFC 4443 section 4.2)
 * @param errors the rate limit of all errors that the host sends, together
 * @param errorsToOne the rate limit of the errors that the host sends to one receiver
 */
public record IcmpSettings(boolean acceptsRedirects, boolean sendsUnreachables, boolean answersEcho, Rate errors,
    Rate errorsToOne) {

  /**
   * A limit of rate and burst: a token bucket (RFC 4443 section 2.4 (f)).
   *
   * @param perSecond the number of messages a second, over a longer time; 1 to 1000000
   * @param burst the number of messages at once; 1 to 1000000
   */
  public record Rate(int perSecond, int burst) {

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    public Rate {
      Checks.range("perSecond", perSecond, 1, MAXIMUM, "messages a second");
      Checks.range("burst", burst, 1, MAXIMUM, "messages");
    }
  }

  private static final int MAXIMUM = 1_000_000;

  /**
   * No redirects; unreachable messages and echo replies are sent; 1000 errors a second in bursts of up to 200, of which
   * 10 a second, in bursts of up to 20, to one receiver.
   */
  public static final IcmpSettings DEFAULTS = new IcmpSettings(false, true, true, new Rate(1000, 200),
      new Rate(10, 20));

  /** Checks the values. */
  public IcmpSettings {
    Checks.given("errors", errors);
    Checks.given("errorsToOne", errorsToOne);
  }

  /**
   * Sets whether the host follows redirects of ICMP for IPv4; not by default. Only the current first-hop gateway of a
   * destination can redirect it, and only to a gateway on the same link, but any station of the link can forge its
   * messages.
   */
  public IcmpSettings withRedirects(boolean accept) {
    return new IcmpSettings(accept, sendsUnreachables, answersEcho, errors, errorsToOne);
  }

  /**
   * Sets whether the host reports packets to unknown ports and protocols to their senders; it does by default. Without
   * the reports a sender waits for its own timeout.
   */
  public IcmpSettings withUnreachables(boolean send) {
    return new IcmpSettings(acceptsRedirects, send, answersEcho, errors, errorsToOne);
  }

  /**
   * Sets whether the host answers echo requests, which pings send; it does by default (RFC 1812 section 4.3.3.6). Requests
   * without an answer are counted as {@code icmp.ECHO_IGNORED}.
   */
  public IcmpSettings withEchoReplies(boolean answer) {
    return new IcmpSettings(acceptsRedirects, sendsUnreachables, answer, errors, errorsToOne);
  }

  /**
   * Sets the rate limit of all errors that the host sends, for both IP versions together; 1000 a second in bursts of up
   * to 200 by default. The actual burst varies by a quarter, at random.
   *
   * @param perSecond 1 to 1000000
   * @param burst 1 to 1000000
   * @throws IllegalArgumentException if a value is out of range
   */
  public IcmpSettings withErrorRate(int perSecond, int burst) {
    return new IcmpSettings(acceptsRedirects, sendsUnreachables, answersEcho, new Rate(perSecond, burst), errorsToOne);
  }

  /**
   * Sets the rate limit of the errors to one receiver; 10 a second in bursts of up to 20 by default. The actual burst
   * varies by a quarter, at random.
   *
   * @param perSecond 1 to 1000000
   * @param burst 1 to 1000000
   * @throws IllegalArgumentException if a value is out of range
   */
  public IcmpSettings withErrorRateToOne(int perSecond, int burst) {
    return new IcmpSettings(acceptsRedirects, sendsUnreachables, answersEcho, errors, new Rate(perSecond, burst));
  }
}
