package io.reactorstack.ip.host;

import io.reactorstack.packet.IpAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The destinations for which a gateway has named a better next hop: the redirected host routes of both IP versions (RFC
 * 1122 section 3.2.2.2, RFC 4861 section 8.3). Immutable. At most {@link #LIMIT} are kept; a further one replaces the
 * oldest.
 */
final class Redirects {

  /** The maximum number of redirected destinations. */
  static final int LIMIT = 256;

  /** No redirects. */
  static final Redirects NONE = new Redirects(Map.of());

  /** The hops by destination, oldest first. */
  private final Map<IpAddress, HostSnapshot.Hop> hops;

  private Redirects(Map<IpAddress, HostSnapshot.Hop> hops) {
    this.hops = hops;
  }

  /** Returns the hop to which {@code destination} was redirected, or {@code null}. */
  HostSnapshot.@Nullable Hop of(IpAddress destination) {
    return hops.get(destination);
  }

  /** Returns a copy in which {@code destination} is reached over {@code hop}. */
  Redirects with(IpAddress destination, HostSnapshot.Hop hop) {
    Map<IpAddress, HostSnapshot.Hop> more = new LinkedHashMap<>(hops);
    more.remove(destination);
    if (more.size() >= LIMIT) {
      more.remove(more.keySet().iterator().next());
    }
    more.put(destination, hop);
    return new Redirects(more);
  }

  /** Returns a copy without the redirects to hops that {@code unwanted} matches; this object if there is none. */
  Redirects without(Predicate<? super HostSnapshot.Hop> unwanted) {
    if (hops.values().stream().noneMatch(unwanted)) {
      return this;
    }
    Map<IpAddress, HostSnapshot.Hop> fewer = new LinkedHashMap<>(hops);
    fewer.values().removeIf(unwanted);
    return new Redirects(fewer);
  }

  /** The number of redirected destinations. */
  int size() {
    return hops.size();
  }
}
