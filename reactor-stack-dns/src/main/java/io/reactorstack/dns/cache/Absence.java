package io.reactorstack.dns.cache;

import org.jspecify.annotations.Nullable;

/**
 * The knowledge that a name, or records of one type of it, do not exist (RFC 2308).
 *
 * @param isNameError whether the name does not exist; otherwise it exists without records of the type
 * @param soa the SOA record of the zone that says so, or {@code null} if the server has not sent it
 * @param expiry the time at which the knowledge ends, in nanoseconds of the clock
 */
public record Absence(boolean isNameError, @Nullable RRset soa, long expiry) implements Known {

  /** Returns this knowledge with an end that is not after {@code latest}. */
  Absence endingBy(long latest) {
    return expiry - latest <= 0 ? this : new Absence(isNameError, soa, latest);
  }

  /** Returns this knowledge, which has ended, for {@code seconds} from {@code now} on (RFC 8767 section 4). */
  public Absence revived(long seconds, long now) {
    return new Absence(isNameError, soa == null ? null : soa.revived(seconds, now), now + seconds * 1_000_000_000L);
  }

  /** The estimated size in octets. */
  int weight() {
    return 40 + (soa == null ? 0 : soa.weight());
  }
}
