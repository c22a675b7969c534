package io.reactorstack.dns.cache;

import io.reactorstack.dns.outcome.DnsException.Reason;

/**
 * The recent failure to resolve a name and type, which is not tried again for a while (RFC 9520 section 3.2).
 *
 * @param reason the reason of the failure
 * @param times the number of failures in a row
 * @param expiry the time at which the next try may start, in nanoseconds of the clock
 */
public record Failure(Reason reason, int times, long expiry) implements Known {

  /** The estimated size in octets. */
  static final int WEIGHT = 48;
}
