package io.reactorstack.dns;

import io.reactorstack.packet.IpAddress;
import java.time.Duration;
import java.util.List;

/**
 * The addresses of a name.
 *
 * @param canonicalName the name that the addresses belong to, without a trailing dot: the name asked for, or the last
 *     of its aliases (RFC 1034 section 5.2.2)
 * @param addresses the addresses in the order of the answer; at least one
 * @param timeToLive the time for which they may be reused; zero if they must not be, {@link #FOREVER} if no query was
 *     needed
 */
public record HostAddresses(String canonicalName, List<IpAddress> addresses, Duration timeToLive) {

  /** The time to live of literal addresses, hosts entries and names of special use. */
  public static final Duration FOREVER = Duration.ofSeconds(Integer.MAX_VALUE);

  /** Copies the list of addresses. */
  public HostAddresses {
    addresses = List.copyOf(addresses);
    if (addresses.isEmpty()) {
      throw new IllegalArgumentException("no address for " + canonicalName);
    }
  }
}
