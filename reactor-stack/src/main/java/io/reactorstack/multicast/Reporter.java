package io.reactorstack.multicast;

import static io.reactorstack.layer.Timers.NEVER;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.wire.Compatibility;
import io.reactorstack.wire.GroupMessage;
import io.reactorstack.wire.GroupRecord;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The host side of IGMP (RFC 3376 sections 5 and 7) or MLD (RFC 3810 sections 6 and 8) on one interface, as a machine
 * without a clock. Its inputs are changes of the interface's filters and queries of routers; it returns the messages to
 * send and the time of the next one.
 *
 * <p>Messages are built when they are {@linkplain #poll polled}, so changes and queries merge while the device has no
 * credit.
 */
public final class Reporter {

  private final ReporterSettings settings;
  private final RandomGenerator random;
  private final ReportPacking packing;
  private final Map<IpAddress, GroupState> groups = new LinkedHashMap<>();
  private final Deque<GroupMessage.Statement> ready = new ArrayDeque<>();
  private int robustness;
  private long generalResponse = NEVER;
  private Compatibility mode = Compatibility.SOURCES;
  private long groupsQuerierUntil = Long.MIN_VALUE;
  private long joinsQuerierUntil = Long.MIN_VALUE;

  /**
   * Creates the reporter of an interface that receives no groups yet.
   *
   * @param packing limits the size of a report
   * @param random spreads responses and repetitions in time
   */
  public Reporter(ReporterSettings settings, ReportPacking packing, RandomGenerator random) {
    this.settings = settings;
    this.packing = packing;
    this.random = random;
    this.robustness = settings.robustness();
  }

  /** Returns whether membership in {@code group} is reported at all (RFC 3376 section 5, RFC 3810 section 6). */
  static boolean isReported(IpAddress group) {
    return switch (group) {
      case Ipv4Address v4 -> v4.bits() != 0xe000_0001;
      // Packets of scopes 0 and 1 do not leave the host; ff02::1 is the group of all nodes.
      case Ipv6Address v6 -> v6.groupScope() > 1
          && !(v6.high() == 0xff02_0000_0000_0000L && v6.low() == 1);
    };
  }

  /** Changes the filter of the interface for {@code group} to {@code next}. */
  public void change(IpAddress group, SourceFilter next, long now) {
    if (!isReported(group)) {
      return;
    }
    adopt(modeAt(now));
    GroupState state = groups.computeIfAbsent(group, GroupState::new);
    if (!state.filter().equals(next)) {
      if (mode == Compatibility.SOURCES) {
        state.change(next, robustness, now);
      } else {
        state.changeWithoutSources(next, robustness, mode == Compatibility.GROUPS, now);
      }
    }
    forgetIdle();
  }

  /**
   * Reports all groups again, for example because the source address of reports has become valid (RFC 3810 section
   * 5.2.13).
   */
  public void retell(long now) {
    adopt(modeAt(now));
    for (GroupState state : groups.values()) {
      SourceFilter filter = state.filter();
      if (filter.isNone()) {
        continue;
      }
      if (mode == Compatibility.SOURCES) {
        state.retell(robustness, now);
      } else {
        state.changeWithoutSources(SourceFilter.NONE, 0, false, now);
        state.changeWithoutSources(filter, robustness, false, now);
      }
    }
  }

  /** Handles a router's query. */
  public void onQuery(GroupMessage.Query query, long now) {
    hearQuerier(query, now);
    adopt(modeAt(now));
    if (query.isGeneral()) {
      onGeneralQuery(query, now);
      return;
    }
    GroupState state = groups.get(query.group());
    if (state == null || state.filter().isNone()) {
      return;
    }
    long due = draw(query.maxResponse(), now);
    if (mode != Compatibility.SOURCES) {
      state.onQueryWithoutSources(due);
    } else if (generalResponse > due) {
      // RFC 3376 5.2 rule 1: otherwise the response to the general query is due earlier and covers this one.
      state.onQuery(query.sources(), due);
    }
  }

  private void onGeneralQuery(GroupMessage.Query query, long now) {
    if (mode == Compatibility.SOURCES) {
      // RFC 3376 5.2 rules 1 and 2: the earlier response answers both queries.
      generalResponse = Math.min(generalResponse, draw(query.maxResponse(), now));
      return;
    }
    for (GroupState state : groups.values()) {
      if (!state.filter().isNone()) {
        state.onQueryWithoutSources(draw(query.maxResponse(), now));
      }
    }
  }

  /** Handles another host's report of {@code group} in a message of an older version. */
  public void onForeignReport(IpAddress group, long now) {
    adopt(modeAt(now));
    GroupState state = groups.get(group);
    // RFC 3376 7.2.2: in the current version hosts do not suppress reports, because routers track each host.
    if (state != null && mode != Compatibility.SOURCES) {
      state.onForeignReport();
    }
  }

  /** Returns the protocol version in use at {@code now}. */
  public Compatibility modeAt(long now) {
    if (joinsQuerierUntil > now) {
      return Compatibility.JOINS;
    }
    return groupsQuerierUntil > now ? Compatibility.GROUPS : Compatibility.SOURCES;
  }

  /** The number of times that a change is reported. */
  int robustness() {
    return robustness;
  }

  /** The number of groups with state. */
  int size() {
    return groups.size();
  }

  // Adopts the querier's version and robustness. RFC 3376 7.2.1: only general queries change the version; RFC 9776
  // 8.12, RFC 3810 9.12: with the default robustness and query interval, because old queries do not contain them.
  private void hearQuerier(GroupMessage.Query query, long now) {
    if (query.generation() == Compatibility.SOURCES) {
      // RFC 3376 4.1.6: all hosts of a link adopt the querier's robustness; 8.1: it must not be 0 and should not be 1.
      robustness = query.robustness() >= 2 ? query.robustness() : settings.robustness();
    } else if (query.isGeneral()) {
      long until = now + settings.robustness() * settings.queryInterval().toNanos()
          + settings.responseFactor() * query.maxResponse();
      if (query.generation() == Compatibility.JOINS) {
        joinsQuerierUntil = until;
      } else {
        groupsQuerierUntil = until;
      }
    }
  }

  // RFC 3376 7.2.1: a change of version cancels all pending reports.
  private void adopt(Compatibility next) {
    if (next != mode) {
      mode = next;
      ready.clear();
      generalResponse = NEVER;
      groups.values().forEach(GroupState::cancel);
      forgetIdle();
    }
  }

  /** Returns the next message that is due, which the caller sends, or {@code null}. */
  public GroupMessage.@Nullable Statement poll(long now) {
    adopt(modeAt(now));
    if (ready.isEmpty()) {
      if (mode == Compatibility.SOURCES) {
        prepareReports(now);
      } else {
        prepareOldReports(now);
      }
      forgetIdle();
    }
    return ready.pollFirst();
  }

  private void prepareReports(long now) {
    List<GroupRecord> changes = new ArrayList<>();
    List<GroupRecord> answers = new ArrayList<>();
    boolean general = generalResponse <= now;
    for (GroupState state : groups.values()) {
      if (state.changeDue() <= now) {
        state.tellChanges(changes, again(settings.unsolicitedReportInterval(), now));
      }
      if (general && !state.filter().isNone()) {
        answers.add(state.filter().modeOf(state.group));
      } else if (state.responseDue() <= now) {
        state.answer(answers);
      }
    }
    if (general) {
      generalResponse = NEVER;
    }
    packing.pack(changes, ready::add);
    packing.pack(answers, ready::add);
  }

  private void prepareOldReports(long now) {
    for (GroupState state : groups.values()) {
      if (state.changeDue() <= now) {
        ready.add(state.takeChange(mode, again(settings.oldUnsolicitedReportInterval(), now)));
      } else if (state.responseDue() <= now) {
        ready.add(state.takeAnswer(mode));
      }
    }
  }

  /** Returns the time of the next {@link #poll}, or {@link io.reactorstack.layer.Timers#NEVER}. */
  public long nextDeadline() {
    if (!ready.isEmpty()) {
      return Long.MIN_VALUE;
    }
    long next = generalResponse;
    for (GroupState state : groups.values()) {
      next = Math.min(next, Math.min(state.changeDue(), state.responseDue()));
    }
    return next;
  }

  private long again(Duration interval, long now) {
    return draw(interval.toNanos(), now);
  }

  /**
   * Returns a random time between 1 and {@code most} nanoseconds from now. RFC 3376 5.2: never immediately, even if the
   * querier allows no delay.
   */
  private long draw(long most, long now) {
    return now + random.nextLong(1, Math.max(1, most) + 1);
  }

  private void forgetIdle() {
    for (Iterator<GroupState> all = groups.values().iterator(); all.hasNext();) {
      if (all.next().isIdle()) {
        all.remove();
      }
    }
  }
}
