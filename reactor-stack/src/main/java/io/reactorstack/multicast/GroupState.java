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

/** The state of one group on an interface: the sources that it listens to, and the reports that it still has to send. */
final class GroupState {

  /** More queried sources than this are not remembered: then the whole group is reported (RFC 9776 section 9.1). */
  static final int MOST_QUERIED_SOURCES = 256;

  final IpAddress group;
  private SourceFilter filter = SourceFilter.NONE;

  // Changes that are still to be told (RFC 3376 section 5.1).
  private long changeDue = NEVER;
  private int modeReports;
  private final Map<IpAddress, Integer> sourceReports = new LinkedHashMap<>();

  // A query that is still to be answered (RFC 3376 section 5.2).
  private long responseDue = NEVER;
  private final Set<IpAddress> queried = new LinkedHashSet<>();

  // Older versions (RFC 2236 section 6).
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

  /** Whether nothing is left that anybody would miss. */
  boolean isIdle() {
    return filter.isNone() && changeDue == NEVER && responseDue == NEVER;
  }

  /** Forgets all that was to be said (RFC 3376 section 7.2.1: the compatibility mode has changed). */
  void cancel() {
    changeDue = NEVER;
    modeReports = 0;
    sourceReports.clear();
    joinReports = 0;
    leaving = false;
    forgetQuery();
  }

  // This version

  /** RFC 3376 5.1: the change goes out at once, merged with those whose repetition is still due. */
  void change(SourceFilter next, int reports, long now) {
    if (next.excludes() != filter.excludes()) {
      modeReports = reports;
      // The whole list goes with the mode.
      sourceReports.clear();
    } else {
      symmetricDifference(filter.sources(), next.sources()).forEach(source -> sourceReports.put(source, reports));
    }
    filter = next;
    changeDue = now;
  }

  /** Tells the state as if it had just come about. */
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

  /** Adds the records that tell of the changes, and counts them as told once more. */
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

  /** RFC 3376 5.2, rules 3 to 5: a query for this group. */
  void onQuery(List<IpAddress> sources, long due) {
    boolean whole = sources.isEmpty() || (responseDue != NEVER && queried.isEmpty());
    responseDue = Math.min(responseDue, due);
    if (whole || queried.size() + sources.size() > MOST_QUERIED_SOURCES) {
      queried.clear();
    } else {
      queried.addAll(sources);
    }
  }

  /** Adds the answer to the query, if there is one to give. */
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

  // Older versions

  /** RFC 2236 6: joining is told at once and again; leaving, if we were the one who was heard last. */
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

  /** RFC 2236 6: somebody else has said what we were about to say. */
  void onForeignReport() {
    lastReporter = false;
    forgetQuery();
    if (!leaving) {
      joinReports = 0;
      changeDue = NEVER;
    }
  }

  /** Takes what is to be told of the change. */
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
