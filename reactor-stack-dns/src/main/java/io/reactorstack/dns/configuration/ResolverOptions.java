package io.reactorstack.dns.configuration;

import io.reactorstack.setting.Checks;
import java.time.Duration;

/**
 * The options of a stub resolver, as in the {@code options} lines of {@code resolv.conf}.
 *
 * @param ndots a name with at least this many dots is first tried as it is, before the search domains: 0 to 15
 * @param timeout the time to wait for the answer of one server: 1 to 30 s
 * @param attempts the number of rounds through the servers: 1 to 5
 * @param rotate true to begin with another server for each question
 * @param overTcp true to query over TCP only ({@code use-vc})
 * @param edns0 true to add an OPT record to queries (RFC 6891)
 * @param noAaaa true to query no AAAA records
 * @param trustAd true to trust the AD bit of the servers' answers (RFC 6840 section 5.7)
 */
public record ResolverOptions(int ndots, Duration timeout, int attempts, boolean rotate, boolean overTcp, boolean edns0,
    boolean noAaaa, boolean trustAd) {

  static final int MAX_NDOTS = 15;
  static final int MAX_TIMEOUT = 30;
  static final int MAX_ATTEMPTS = 5;

  /** The options of a file without {@code options}: one dot, 5 s, two attempts, nothing else set. */
  public static final ResolverOptions DEFAULT = new ResolverOptions(1, Duration.ofSeconds(5), 2, false, false, false,
      false, false);

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public ResolverOptions {
    Checks.range("ndots", ndots, 0, MAX_NDOTS, "dots");
    Checks.range("timeout", timeout, Duration.ofSeconds(1), Duration.ofSeconds(MAX_TIMEOUT));
    Checks.range("attempts", attempts, 1, MAX_ATTEMPTS, "rounds");
  }

  /** Returns a copy changed by {@code option}, a word such as {@code ndots:2}; an unknown word changes nothing. */
  ResolverOptions with(String option) {
    int colon = option.indexOf(':');
    String number = option.substring(colon + 1);
    return switch (colon < 0 ? option : option.substring(0, colon + 1)) {
      case "ndots:" -> new ResolverOptions(number(number, 0, MAX_NDOTS), timeout, attempts, rotate, overTcp, edns0,
          noAaaa, trustAd);
      case "timeout:" ->
        new ResolverOptions(ndots, Duration.ofSeconds(number(number, 1, MAX_TIMEOUT)), attempts, rotate,
            overTcp, edns0, noAaaa, trustAd);
      case "attempts:" -> new ResolverOptions(ndots, timeout, number(number, 1, MAX_ATTEMPTS), rotate, overTcp, edns0,
          noAaaa, trustAd);
      case "rotate" -> new ResolverOptions(ndots, timeout, attempts, true, overTcp, edns0, noAaaa, trustAd);
      case "use-vc" -> new ResolverOptions(ndots, timeout, attempts, rotate, true, edns0, noAaaa, trustAd);
      case "edns0" -> new ResolverOptions(ndots, timeout, attempts, rotate, overTcp, true, noAaaa, trustAd);
      case "no-aaaa" -> new ResolverOptions(ndots, timeout, attempts, rotate, overTcp, edns0, true, trustAd);
      case "trust-ad" -> new ResolverOptions(ndots, timeout, attempts, rotate, overTcp, edns0, noAaaa, true);
      default -> this;
    };
  }

  /** Reads the digits at the beginning of {@code text}, as C's {@code atoi} does; none are a zero. */
  private static int number(String text, int least, int most) {
    int value = 0;
    for (int i = 0; i < text.length() && text.charAt(i) >= '0' && text.charAt(i) <= '9' && value <= most; i++) {
      value = 10 * value + text.charAt(i) - '0';
    }
    return Math.clamp(value, least, most);
  }
}
