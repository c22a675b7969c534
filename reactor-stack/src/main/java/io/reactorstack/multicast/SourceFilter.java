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
 * The senders whose packets to a group are wanted (RFC 3376 section 2, RFC 3810 section 3): those of {@code sources} only, or those of
 * everybody but {@code sources}.
 *
 * @param excludes whether {@code sources} are the ones not wanted (filter mode EXCLUDE)
 * @param sources the addresses, in order of their addition
 */
public record SourceFilter(boolean excludes, Set<IpAddress> sources) {

  /** Nobody's packets: the state of a group that was not joined. */
  public static final SourceFilter NONE = new SourceFilter(false, Set.of());

  /** Everybody's packets. */
  public static final SourceFilter ANY = new SourceFilter(true, Set.of());

  /** Copies the set; its order stays, so that runs repeat exactly. */
  public SourceFilter {
    sources = Collections.unmodifiableSet(new LinkedHashSet<>(sources));
  }

  /** Whether packets from {@code source} are wanted. */
  public boolean accepts(IpAddress source) {
    return sources.contains(source) != excludes;
  }

  /** Whether nobody's packets are wanted. */
  public boolean isNone() {
    return !excludes && sources.isEmpty();
  }

  /** This filter with one more address in its list. */
  SourceFilter with(IpAddress source) {
    Set<IpAddress> more = new LinkedHashSet<>(sources);
    more.add(source);
    return new SourceFilter(excludes, more);
  }

  /** This filter with one address less in its list. */
  SourceFilter without(IpAddress source) {
    Set<IpAddress> fewer = new LinkedHashSet<>(sources);
    fewer.remove(source);
    return new SourceFilter(excludes, fewer);
  }

  /** The record that tells how things are for {@code group}, which has this filter. */
  GroupRecord modeOf(IpAddress group) {
    return new GroupRecord(excludes ? Kind.MODE_IS_EXCLUDE : Kind.MODE_IS_INCLUDE, group, List.copyOf(sources));
  }

  /** The record that tells that {@code group} has changed its filter mode, and now has this filter. */
  GroupRecord changeTo(IpAddress group) {
    return new GroupRecord(excludes ? Kind.CHANGE_TO_EXCLUDE : Kind.CHANGE_TO_INCLUDE, group, List.copyOf(sources));
  }

  /** The filter of an interface by which each of {@code filters} gets its share (RFC 3376 section 3.2). */
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
