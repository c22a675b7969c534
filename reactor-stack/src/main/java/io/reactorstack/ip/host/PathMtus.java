package io.reactorstack.ip.host;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.wire.Ipv6Header;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The learnt path MTUs below the link's MTU on one interface, by destination (RFC 1191 section 6.2, RFC 8201 section
 * 5.2).
 *
 * <p>An entry only decreases, and expires some time after its last decrease; then the link's MTU is tried again (RFC
 * 1191 section 6.3, RFC 8201 section 5.3). The number of entries is bounded. The caller of {@link #lower} must have
 * verified that the report belongs to a packet of this host (RFC 5927, RFC 8201 section 4).
 */
final class PathMtus {

  /**
   * The smallest path MTU for IPv4, in bytes. Smaller reports are raised to it, because a forged one would be costly
   * (RFC 1191 section 8).
   */
  static final int MIN_IPV4 = 552;

  /** The default lifetime of an entry (RFC 1191 section 6.3). */
  static final Duration LIFETIME = Duration.ofMinutes(10);

  /** The maximum number of destinations. */
  static final int MOST = 4096;

  private record Learnt(int mtu, long learnedAt) {}

  private final LongSupplier clock;
  private final long lifetime;
  private final Map<IpAddress, Learnt> entries = new LinkedHashMap<>(16, 0.75f, true) {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<IpAddress, Learnt> eldest) {
      return size() > MOST;
    }
  };

  /**
   * Creates an empty cache.
   *
   * @param clock the time in nanoseconds
   * @param lifetime the lifetime of an entry after its last decrease; zero for an unlimited lifetime
   */
  PathMtus(LongSupplier clock, Duration lifetime) {
    this.clock = clock;
    this.lifetime = lifetime.toNanos();
  }

  /** Returns the path MTU to {@code destination} in bytes, or {@code linkMtu} if none was learnt. */
  int of(IpAddress destination, int linkMtu) {
    if (entries.isEmpty()) {
      return linkMtu;
    }
    Learnt entry = entries.get(destination);
    if (entry == null) {
      return linkMtu;
    }
    if (lifetime != 0 && clock.getAsLong() - entry.learnedAt >= lifetime) {
      entries.remove(destination);
      return linkMtu;
    }
    return Math.min(entry.mtu, linkMtu);
  }

  /** Lowers the path MTU to {@code destination}; returns whether the known value has decreased. */
  boolean lower(IpAddress destination, int mtu, int linkMtu) {
    int least = destination.isV4() ? MIN_IPV4 : Ipv6Header.MINIMUM_MTU;
    int bounded = Math.max(least, mtu);
    // RFC 1191 3, RFC 8201 4: a report never raises the estimate.
    if (bounded >= of(destination, linkMtu)) {
      return false;
    }
    entries.put(destination, new Learnt(bounded, clock.getAsLong()));
    return true;
  }

  /** Removes all entries. */
  void clear() {
    entries.clear();
  }

  int size() {
    return entries.size();
  }
}
