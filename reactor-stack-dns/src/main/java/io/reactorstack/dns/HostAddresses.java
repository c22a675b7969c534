package io.reactorstack.dns;

import io.reactorstack.packet.IpAddress;
import java.time.Duration;
import java.util.List;

/**
 * What a name stands for.
 *
 * @param canonicalName the name that the addresses belong to, without a trailing dot: the one asked for, or the last of
 *     its aliases (RFC 1034 section 5.2.2)
 * @param addresses the addresses in the order of the answer; at least one
 * @param timeToLive how long they may still be used; zero for this once only, {@link #FOREVER} for what needed no question
 */
public record HostAddresses(String canonicalName, List<IpAddress> addresses, Duration timeToLive) {

  /** The time to live of literals, hosts entries and names of special use. */
  public static final Duration FOREVER = Duration.ofSeconds(Integer.MAX_VALUE);

  /** Copies the list. */
  public HostAddresses {
    addresses = List.copyOf(addresses);
    if (addresses.isEmpty()) {
      throw new IllegalArgumentException("no address for " + canonicalName);
    }
  }
}
