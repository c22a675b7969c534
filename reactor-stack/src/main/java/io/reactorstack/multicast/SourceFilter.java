package io.reactorstack.multicast;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.wire.GroupRecord;
import io.reactorstack.wire.GroupRecord.Kind;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The sources from which packets to a group are accepted (RFC 3376 section 2, RFC 3810 section 3): either
 * {@code sources} only, or all but {@code sources}.
 *
 * @param excludes true if all but {@code sources} are accepted (filter mode EXCLUDE)
 * @param sources the addresses, in order of their addition
 */
public record SourceFilter(boolean excludes, Set<IpAddress> sources) {

  /** Accepts no packets: the filter of a group that was not joined. */
  public static final SourceFilter NONE = new SourceFilter(false, Set.of());

  /** Accepts the packets of all sources. */
  public static final SourceFilter ANY = new SourceFilter(true, Set.of());

  /** Copies the set and keeps its order, so that runs repeat exactly. */
  public SourceFilter {
    sources = Collections.unmodifiableSet(new LinkedHashSet<>(sources));
  }

  /** Returns whether packets from {@code source} are accepted. */
  public boolean accepts(IpAddress source) {
    return sources.contains(source) != excludes;
  }

  /** Returns whether no packets are accepted. */
  public boolean isNone() {
    return !excludes && sources.isEmpty();
  }

  /** Returns a copy with one more address in its list. */
  SourceFilter with(IpAddress source) {
    Set<IpAddress> more = new LinkedHashSet<>(sources);
    more.add(source);
    return new SourceFilter(excludes, more);
  }

  /** Returns a copy without {@code source} in its list. */
  SourceFilter without(IpAddress source) {
    Set<IpAddress> fewer = new LinkedHashSet<>(sources);
    fewer.remove(source);
    return new SourceFilter(excludes, fewer);
  }

  /** Returns the record that reports this filter as the current state of {@code group}. */
  GroupRecord modeOf(IpAddress group) {
    return new GroupRecord(excludes ? Kind.MODE_IS_EXCLUDE : Kind.MODE_IS_INCLUDE, group, List.copyOf(sources));
  }

  /** Returns the record that reports a change of the filter mode of {@code group} to this filter. */
  GroupRecord changeTo(IpAddress group) {
    return new GroupRecord(excludes ? Kind.CHANGE_TO_EXCLUDE : Kind.CHANGE_TO_INCLUDE, group, List.copyOf(sources));
  }

  /**
   * Returns the filter of an interface that accepts all packets that any of {@code filters} accepts (RFC 3376 section
   * 3.2).
   */
  static SourceFilter merge(Collection<SourceFilter> filters) {
    Set<IpAddress> included = new LinkedHashSet<>();
    Set<IpAddress> excluded = null;
    for (SourceFilter filter : filters) {
      if (!filter.excludes) {
        included.addAll(filter.sources);
      } else if (excluded == null) {
        excluded = new LinkedHashSet<>(filter.sources);
      } else {
        excluded.retainAll(filter.sources);
      }
    }
    if (excluded == null) {
      return new SourceFilter(false, included);
    }
    excluded.removeAll(included);
    return new SourceFilter(true, excluded);
  }
}
