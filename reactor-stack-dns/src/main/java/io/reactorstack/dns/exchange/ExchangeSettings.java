package io.reactorstack.dns.exchange;

import io.reactorstack.setting.Checks;

/**
 * The settings of exchanges.
 *
 * @param udpSize the size of the largest response over UDP that servers may send, 512 to 4096 octets (RFC 6891
 *     section 6.2.3)
 * @param edns whether to send an OPT record
 * @param randomCase whether to draw the letter case of the names in queries
 * @param cookies whether to send cookies (RFC 7873)
 * @param tcpOnly whether to send all queries over TCP
 */
public record ExchangeSettings(int udpSize, boolean edns, boolean randomCase, boolean cookies, boolean tcpOnly) {

  /** RFC 9715 section 3.2: a response of 1232 octets is not fragmented. */
  public static final ExchangeSettings DEFAULTS = new ExchangeSettings(1232, true, true, true, false);

  /** Checks the range of the size. */
  public ExchangeSettings {
    Checks.range("udpSize", udpSize, 512, 4096, "octets");
  }

  /** Returns a copy with another {@code udpSize}. */
  public ExchangeSettings udpSize(int value) {
    return new ExchangeSettings(value, edns, randomCase, cookies, tcpOnly);
  }

  /** Returns a copy with another {@code edns}. */
  public ExchangeSettings edns(boolean value) {
    return new ExchangeSettings(udpSize, value, randomCase, cookies, tcpOnly);
  }

  /** Returns a copy with another {@code randomCase}. */
  public ExchangeSettings randomCase(boolean value) {
    return new ExchangeSettings(udpSize, edns, value, cookies, tcpOnly);
  }

  /** Returns a copy with another {@code cookies}. */
  public ExchangeSettings cookies(boolean value) {
    return new ExchangeSettings(udpSize, edns, randomCase, value, tcpOnly);
  }

  /** Returns a copy with another {@code tcpOnly}. */
  public ExchangeSettings tcpOnly(boolean value) {
    return new ExchangeSettings(udpSize, edns, randomCase, cookies, value);
  }
}
