package io.reactorstack.ip.host;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.wire.Ipv6Header;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The path MTUs that were found smaller than the link's, by destination, for one interface (RFC 1191 section 6.2, RFC 8201
 * section 5.2).
 *
 * <p>What is kept here only ever shrinks, and is forgotten some time after it has shrunk last: then the link's own MTU is
 * tried again (RFC 1191 section 6.3, RFC 8201 section 5.3). The number of entries is bounded. Whoever lowers an entry has
 * made sure that the report belongs to something that was sent (RFC 5927, RFC 8201 section 4).
 */
final class PathMtus {

  /** Smaller reports are not followed to the letter: a forged one would cost too much (RFC 1191 section 8). */
  static final int LEAST_IPV4 = 552;

  /** RFC 1191 section 6.3. */
  static final Duration LIFETIME = Duration.ofMinutes(10);

  /** Most destinations. */
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
   * An empty cache.
   *
   * @param clock the time in nanoseconds
   * @param lifetime how long an entry is kept after it has shrunk; zero for ever
   */
  PathMtus(LongSupplier clock, Duration lifetime) {
    this.clock = clock;
    this.lifetime = lifetime.toNanos();
  }

  /** Largest packet that passes to {@code destination}, in bytes, as far as is known; {@code linkMtu} if nothing is. */
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

  /** Takes in that only {@code mtu} bytes pass to {@code destination}; returns whether less was known to pass until now. */
  boolean lower(IpAddress destination, int mtu, int linkMtu) {
    int least = destination.isV4() ? LEAST_IPV4 : Ipv6Header.MINIMUM_MTU;
    int bounded = Math.max(least, mtu);
    // RFC 1191 3, RFC 8201 4: a report never raises the estimate.
    if (bounded >= of(destination, linkMtu)) {
      return false;
    }
    entries.put(destination, new Learnt(bounded, clock.getAsLong()));
    return true;
  }

  /** Forgets everything. */
  void clear() {
    entries.clear();
  }

  int size() {
    return entries.size();
  }
}
