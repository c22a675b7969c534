package io.reactorstack.multicast;

import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.packet.IpAddress;
import java.net.SocketException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The multicast memberships of one socket (RFC 3376 section 3.1). For each interface and group, the socket receives
 * either from all sources except the blocked ones, or from the joined sources only. The two modes do not mix, as in the
 * JDK's channels.
 */
public final class SocketGroups {

  /** The maximum number of groups that a socket joins, over all interfaces. */
  static final int MAX_GROUPS = 256;

  /** The maximum number of sources in one list; RFC 3376 section 2 requires at least 64. */
  static final int MAX_SOURCES = 128;

  private record Place(NetworkInterface networkInterface, IpAddress group) {}

  private final GroupHost host;
  private final Map<Place, SourceFilter> filters = new LinkedHashMap<>();

  SocketGroups(GroupHost host) {
    this.host = host;
  }

  /**
   * Returns whether this socket receives a packet from {@code source} to {@code group} that arrived on
   * {@code networkInterface}.
   */
  public boolean accepts(@Nullable NetworkInterface networkInterface, IpAddress group, IpAddress source) {
    return networkInterface != null && !filters.isEmpty() && filter(networkInterface, group).accepts(source);
  }

  /** Returns the filter for {@code group} on {@code networkInterface}. */
  public SourceFilter filter(NetworkInterface networkInterface, IpAddress group) {
    return filters.getOrDefault(new Place(networkInterface, group), SourceFilter.NONE);
  }

  /**
   * Joins {@code group} for all sources, or adds {@code source} to the sources from which the socket receives. Joining
   * twice has no effect.
   *
   * @throws IllegalArgumentException if {@code group} is not a multicast address, or {@code source} is not a unicast
   * address of the same IP version
   * @throws IllegalStateException if the group was joined in the other mode
   * @throws SocketException if there are too many groups or sources, or the interface does not carry the group's IP
   * version
   */
  public void join(NetworkInterface networkInterface, IpAddress group, @Nullable IpAddress source)
      throws SocketException {
    check(group, source);
    SourceFilter before = filter(networkInterface, group);
    if (source == null) {
      if (!before.excludes()) {
        checkMode(before.isNone(), group);
        set(networkInterface, group, SourceFilter.ANY);
      }
      return;
    }
    checkMode(!before.excludes(), group);
    set(networkInterface, group, before.with(source));
  }

  /**
   * Reverses a {@link #join} with the same arguments; leaving a group or source that was not joined has no effect.
   *
   * @throws IllegalArgumentException as {@link #join}
   */
  public void leave(NetworkInterface networkInterface, IpAddress group, @Nullable IpAddress source)
      throws SocketException {
    check(group, source);
    SourceFilter before = filter(networkInterface, group);
    if (source == null) {
      if (before.excludes()) {
        set(networkInterface, group, SourceFilter.NONE);
      }
    } else if (!before.excludes()) {
      set(networkInterface, group, before.without(source));
    }
  }

  /**
   * Blocks the packets of {@code source} to a group that was joined for all sources.
   *
   * @throws IllegalArgumentException as {@link #join}
   * @throws IllegalStateException if the group was not joined, or only for single sources
   * @throws SocketException if there are too many sources
   */
  public void block(NetworkInterface networkInterface, IpAddress group, IpAddress source) throws SocketException {
    check(group, source);
    SourceFilter before = filter(networkInterface, group);
    checkMode(before.excludes(), group);
    set(networkInterface, group, before.with(source));
  }

  /**
   * Reverses a {@link #block}.
   *
   * @throws IllegalArgumentException as {@link #join}
   * @throws IllegalStateException if {@code source} is not blocked
   */
  public void unblock(NetworkInterface networkInterface, IpAddress group, IpAddress source) throws SocketException {
    check(group, source);
    SourceFilter before = filter(networkInterface, group);
    if (!before.excludes() || !before.sources().contains(source)) {
      throw new IllegalStateException(source + " is not blocked in " + group);
    }
    set(networkInterface, group, before.without(source));
  }

  /** Leaves all groups. */
  public void close() {
    for (Place place : List.copyOf(filters.keySet())) {
      try {
        set(place.networkInterface, place.group, SourceFilter.NONE);
      } catch (SocketException e) {
        throw new AssertionError("leaving a group must not exceed a limit", e);
      }
    }
  }

  private void set(NetworkInterface networkInterface, IpAddress group, SourceFilter next) throws SocketException {
    Place place = new Place(networkInterface, group);
    SourceFilter before = filter(networkInterface, group);
    boolean longer = next.sources().size() > before.sources().size();
    if ((longer && next.sources().size() > MAX_SOURCES)
        || (before.isNone() && !next.isNone() && filters.size() >= MAX_GROUPS)) {
      // RFC 3376 2: the call fails, and nothing has changed.
      throw new SocketException("No buffer space available");
    }
    host.listen(this, networkInterface, group, next);
    if (next.isNone()) {
      filters.remove(place);
    } else {
      filters.put(place, next);
    }
  }

  private static void check(IpAddress group, @Nullable IpAddress source) {
    if (!group.isMulticast()) {
      throw new IllegalArgumentException(group + " is not a multicast address");
    }
    if (source != null && (source.isV4() != group.isV4() || source.isMulticast() || source.isUnspecified())) {
      throw new IllegalArgumentException(source + " cannot send to " + group);
    }
  }

  private static void checkMode(boolean fits, IpAddress group) {
    if (!fits) {
      throw new IllegalStateException(group + " was joined in the other filter mode, or not at all");
    }
  }
}
