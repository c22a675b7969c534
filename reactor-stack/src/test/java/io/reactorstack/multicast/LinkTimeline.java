package io.reactorstack.multicast;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.wire.Compatibility;
import io.reactorstack.wire.GroupMessage;
import io.reactorstack.wire.GroupRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * A reporter with a clock that the test advances: the test passes changes and queries to it, and reads the messages
 * sent with their times.
 */
final class LinkTimeline {

  /** The protocols, which behave in the same way. */
  enum Family {
    IGMP("239.1.2.", "10.0.0.", ReporterSettings.IGMP, 4),
    MLD("ff15::", "fe80::", ReporterSettings.MLD, 16);

    private final String groups;
    private final String hosts;
    private final ReporterSettings settings;
    private final int addressLength;

    Family(String groups, String hosts, ReporterSettings settings, int addressLength) {
      this.groups = groups;
      this.hosts = hosts;
      this.settings = settings;
      this.addressLength = addressLength;
    }

    IpAddress group(int number) {
      return IpAddress.parse(groups + number);
    }

    IpAddress host(int number) {
      return IpAddress.parse(hosts + number);
    }

    IpAddress unspecified() {
      return IpAddress.parse(this == IGMP ? "0.0.0.0" : "::");
    }
  }

  /** A message sent, and its time after the start. */
  record Said(long nanos, GroupMessage.Statement message) {

    double seconds() {
      return nanos / 1e9;
    }
  }

  final Family family;
  final Reporter reporter;
  final List<Said> said = new ArrayList<>();
  /** Not 0, since no code may rely on the clock's origin. */
  private long now = 777_000_000_000L;
  private final long start = now;

  LinkTimeline(Family family, long seed) {
    this(family, seed, 1500);
  }

  LinkTimeline(Family family, long seed, int mtu) {
    this.family = family;
    int ipHeader = family == Family.IGMP ? 24 : 48;
    reporter = new Reporter(
        family.settings, ReportPacking.of(mtu, ipHeader, family.addressLength), new Random(seed));
  }

  /** Returns a filter that accepts all hosts except these numbers. */
  SourceFilter exclude(int... hosts) {
    return new SourceFilter(true, sources(hosts));
  }

  /** Returns a filter that accepts only hosts with these numbers. */
  SourceFilter include(int... hosts) {
    return new SourceFilter(false, sources(hosts));
  }

  private LinkedHashSet<IpAddress> sources(int... hosts) {
    return Arrays.stream(hosts).mapToObj(family::host).collect(Collectors.toCollection(LinkedHashSet::new));
  }

  LinkTimeline change(int group, SourceFilter filter) {
    reporter.change(family.group(group), filter, now);
    return run();
  }

  /** A query of the current version, with a maximum response time of ten seconds. */
  LinkTimeline query(int... groupAndSources) {
    return query(Compatibility.SOURCES, 10_000, 2, groupAndSources);
  }

  LinkTimeline query(Compatibility generation, int millis, int robustness, int... groupAndSources) {
    IpAddress group = groupAndSources.length == 0 ? family.unspecified() : family.group(groupAndSources[0]);
    List<IpAddress> sources = Arrays.stream(groupAndSources).skip(1).mapToObj(family::host).toList();
    reporter.onQuery(
        new GroupMessage.Query(generation, group, sources, millis * 1_000_000L, robustness), now);
    return run();
  }

  LinkTimeline foreignReport(int group) {
    reporter.onForeignReport(family.group(group), now);
    return run();
  }

  LinkTimeline retell() {
    reporter.retell(now);
    return run();
  }

  /** Advances the time and sends messages as they become due. */
  LinkTimeline pass(long millis) {
    long end = now + Duration.ofMillis(millis).toNanos();
    while (reporter.nextDeadline() <= end) {
      now = Math.max(now, reporter.nextDeadline());
      run();
    }
    now = end;
    return this;
  }

  /** Advances the time without polling the reporter, as while the device has no credit. */
  LinkTimeline passBlocked(long millis) {
    now += Duration.ofMillis(millis).toNanos();
    return this;
  }

  /** Polls the messages that are due. */
  LinkTimeline run() {
    for (GroupMessage.Statement message = reporter.poll(now); message != null; message = reporter.poll(now)) {
      said.add(new Said(now - start, message));
    }
    return this;
  }

  Compatibility mode() {
    return reporter.modeAt(now);
  }

  double seconds() {
    return (now - start) / 1e9;
  }

  /** Returns and clears the messages sent, in short form: {@code TO_EX 1 (7 8)} for hosts 7 and 8 in group 1. */
  List<String> take() {
    List<String> texts = said.stream().map(s -> text(s.message())).toList();
    said.clear();
    return texts;
  }

  private String text(GroupMessage.Statement message) {
    return switch (message) {
      case GroupMessage.Report report -> report.records().stream().map(this::text).collect(Collectors.joining(", "));
      case GroupMessage.Joined joined ->
        (joined.generation() == Compatibility.JOINS ? "v1 " : "v2 ") + number(joined.group());
      case GroupMessage.Left left -> "leave " + number(left.group());
    };
  }

  private String text(GroupRecord record) {
    String kind = switch (record.kind()) {
      case MODE_IS_INCLUDE -> "IS_IN";
      case MODE_IS_EXCLUDE -> "IS_EX";
      case CHANGE_TO_INCLUDE -> "TO_IN";
      case CHANGE_TO_EXCLUDE -> "TO_EX";
      case ALLOW_NEW_SOURCES -> "ALLOW";
      case BLOCK_OLD_SOURCES -> "BLOCK";
    };
    return kind + " " + number(record.group())
        + record.sources().stream().map(LinkTimeline::number).collect(Collectors.joining(" ", " (", ")"));
  }

  private static String number(IpAddress address) {
    return address.toString().replaceAll(".*[.:]", "");
  }
}
