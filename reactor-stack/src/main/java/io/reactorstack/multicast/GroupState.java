package io.reactorstack.multicast;

import static io.reactorstack.layer.Timers.NEVER;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.wire.Compatibility;
import io.reactorstack.wire.GroupMessage;
import io.reactorstack.wire.GroupRecord;
import io.reactorstack.wire.GroupRecord.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The state of one group on an interface: its filter, and the reports still to be sent. */
final class GroupState {

  /** The maximum number of queried sources to remember; above it the whole group is reported (RFC 9776 section 9.1). */
  static final int MAX_QUERIED_SOURCES = 256;

  final IpAddress group;
  private SourceFilter filter = SourceFilter.NONE;

  // Changes that are still to be reported (RFC 3376 section 5.1).
  private long changeDue = NEVER;
  private int modeReports;
  private final Map<IpAddress, Integer> sourceReports = new LinkedHashMap<>();

  // A query that is still to be answered (RFC 3376 section 5.2).
  private long responseDue = NEVER;
  private final Set<IpAddress> queried = new LinkedHashSet<>();

  // State for older protocol versions (RFC 2236 section 6).
  private int joinReports;
  private boolean leaving;
  private boolean lastReporter;

  GroupState(IpAddress group) {
    this.group = group;
  }

  SourceFilter filter() {
    return filter;
  }

  long changeDue() {
    return changeDue;
  }

  long responseDue() {
    return responseDue;
  }

  /** Returns whether this state can be discarded: nothing is received, and nothing is to be sent. */
  boolean isIdle() {
    return filter.isNone() && changeDue == NEVER && responseDue == NEVER;
  }

  /** Cancels all pending reports (RFC 3376 section 7.2.1: the compatibility mode has changed). */
  void cancel() {
    changeDue = NEVER;
    modeReports = 0;
    sourceReports.clear();
    joinReports = 0;
    leaving = false;
    forgetQuery();
  }

  // Current versions (IGMPv3, MLDv2)

  /**
   * Changes the filter. RFC 3376 5.1: the change is reported immediately, together with earlier ones whose repetition
   * is due.
   */
  void change(SourceFilter next, int reports, long now) {
    if (next.excludes() != filter.excludes()) {
      modeReports = reports;
      // A mode change is reported with the complete source list.
      sourceReports.clear();
    } else {
      symmetricDifference(filter.sources(), next.sources()).forEach(source -> sourceReports.put(source, reports));
    }
    filter = next;
    changeDue = now;
  }

  /** Reports the current filter as if it were a change. */
  void retell(int reports, long now) {
    if (filter.excludes()) {
      modeReports = reports;
      sourceReports.clear();
    } else {
      filter.sources().forEach(source -> sourceReports.put(source, reports));
    }
    changeDue = now;
  }

  private static Set<IpAddress> symmetricDifference(Set<IpAddress> one, Set<IpAddress> other) {
    Set<IpAddress> difference = new LinkedHashSet<>(one);
    difference.removeAll(other);
    other.stream().filter(source -> !one.contains(source)).forEach(difference::add);
    return difference;
  }

  /**
   * Adds records of the changes to {@code records}, and counts down their repetitions; the next is due at {@code next}.
   */
  void tellChanges(List<GroupRecord> records, long next) {
    if (modeReports > 0) {
      modeReports--;
      records.add(filter.changeTo(group));
    } else {
      tellSources(records);
    }
    sourceReports.replaceAll((source, left) -> left - 1);
    sourceReports.values().removeIf(left -> left == 0);
    changeDue = modeReports > 0 || !sourceReports.isEmpty() ? next : NEVER;
  }

  private void tellSources(List<GroupRecord> records) {
    List<IpAddress> allowed = new ArrayList<>();
    List<IpAddress> blocked = new ArrayList<>();
    sourceReports.keySet().forEach(source -> (filter.accepts(source) ? allowed : blocked).add(source));
    if (!allowed.isEmpty()) {
      records.add(new GroupRecord(Kind.ALLOW_NEW_SOURCES, group, List.copyOf(allowed)));
    }
    if (!blocked.isEmpty()) {
      records.add(new GroupRecord(Kind.BLOCK_OLD_SOURCES, group, List.copyOf(blocked)));
    }
  }

  /** Merges a query for this group into the pending response, due at the earlier time (RFC 3376 5.2, rules 3 to 5). */
  void onQuery(List<IpAddress> sources, long due) {
    boolean whole = sources.isEmpty() || (responseDue != NEVER && queried.isEmpty());
    responseDue = Math.min(responseDue, due);
    if (whole || queried.size() + sources.size() > MAX_QUERIED_SOURCES) {
      queried.clear();
    } else {
      queried.addAll(sources);
    }
  }

  /** Adds the response to the pending query, which is empty if no queried source is received. */
  void answer(List<GroupRecord> records) {
    if (!filter.isNone()) {
      if (queried.isEmpty()) {
        records.add(filter.modeOf(group));
      } else {
        List<IpAddress> wanted = queried.stream().filter(filter::accepts).toList();
        if (!wanted.isEmpty()) {
          records.add(new GroupRecord(Kind.MODE_IS_INCLUDE, group, List.copyOf(wanted)));
        }
      }
    }
    forgetQuery();
  }

  private void forgetQuery() {
    responseDue = NEVER;
    queried.clear();
  }

  // Older versions (IGMPv1, IGMPv2, MLDv1)

  /**
   * Changes the filter. RFC 2236 6: a join is reported immediately and repeated; a leave is reported only if this host
   * was the last to report the group.
   */
  void changeWithoutSources(SourceFilter next, int reports, boolean leaves, long now) {
    boolean was = !filter.isNone();
    boolean is = !next.isNone();
    filter = next;
    if (is && !was) {
      joinReports = reports;
      leaving = false;
      changeDue = now;
    } else if (was && !is) {
      joinReports = 0;
      forgetQuery();
      leaving = leaves && lastReporter;
      changeDue = leaving ? now : NEVER;
    }
  }

  void onQueryWithoutSources(long due) {
    responseDue = Math.min(responseDue, due);
  }

  /** Cancels a pending report, because another host has sent the same one (RFC 2236 6). */
  void onForeignReport() {
    lastReporter = false;
    forgetQuery();
    if (!leaving) {
      joinReports = 0;
      changeDue = NEVER;
    }
  }

  /** Returns the next report of a change; its repetition is due at {@code next}. */
  GroupMessage.Statement takeChange(Compatibility generation, long next) {
    if (leaving) {
      leaving = false;
      changeDue = NEVER;
      return new GroupMessage.Left(group);
    }
    joinReports--;
    changeDue = joinReports > 0 ? next : NEVER;
    return joined(generation);
  }

  GroupMessage.Statement takeAnswer(Compatibility generation) {
    forgetQuery();
    return joined(generation);
  }

  private GroupMessage.Statement joined(Compatibility generation) {
    lastReporter = true;
    return new GroupMessage.Joined(generation, group);
  }
}
