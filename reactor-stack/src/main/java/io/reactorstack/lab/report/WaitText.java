package io.reactorstack.lab.report;

import java.util.ArrayList;
import java.util.List;

/** Formats the section of a report about the awaited publisher. */
final class WaitText {

  /** The maximum number of threads and of connections shown. */
  private static final int MOST = 6;

  private static final long ROUNDING_NANOS = 1000;

  private final WorldReport world;
  private final StringBuilder text = new StringBuilder();

  private WaitText(WorldReport world) {
    this.world = world;
  }

  static String of(WaitReport wait, WorldReport world) {
    WaitText text = new WaitText(world);
    text.write(wait);
    return text.text.toString();
  }

  private void write(WaitReport wait) {
    if (!wait.publisher().isEmpty()) {
      line("await", (wait.line().isEmpty() ? "" : wait.line() + ", ") + "for " + Spans.text(wait.waited())
          + (wait.limit() == null ? "" : " of at most " + Spans.text(wait.limit())));
      lines("publisher", wait.publisher());
    }
    lines("thread", most(wait.threads()));
    lines("connection", most(connections()));
    line("next", next(wait));
  }

  private void lines(String title, List<String> lines) {
    for (int i = 0; i < lines.size(); i++) {
      line(i == 0 ? title : "", lines.get(i));
    }
  }

  private void line(String title, String words) {
    String margin = words.substring(0, words.length() - words.stripLeading().length());
    TextTable.wrap(text, "  " + title + " ".repeat(12 - title.length()) + margin, words.stripLeading());
  }

  private static List<String> most(List<String> lines) {
    if (lines.size() <= MOST) {
      return lines;
    }
    List<String> first = new ArrayList<>(lines.subList(0, MOST));
    first.add("and " + (lines.size() - MOST) + " more");
    return first;
  }

  private List<String> connections() {
    List<HostReport> hosts = world.hosts().value();
    HostText hostText = new HostText(world);
    return hosts == null
        ? List.of()
        : hosts.stream().flatMap(host -> host.connections().stream().filter(HostText::isPending)
            .map(each -> hostText.line(host, each))).toList();
  }

  /** Returns the next event, and the host that it belongs to. */
  private String next(WaitReport wait) {
    if (wait.next() == Long.MAX_VALUE) {
      return "nothing: no timer is set, and no frame is under way";
    }
    long in = Math.max(0, wait.next() - world.moment().nanos());
    return "at " + Spans.text(world.moment().since(wait.next())) + ", in " + Spans.text(in) + ": " + owner(wait);
  }

  private String owner(WaitReport wait) {
    List<WireReport> wires = world.network().wires().value();
    if (wires != null) {
      for (WireReport wire : wires) {
        if (wire.nextArrival() == wait.next()) {
          return "a frame comes to the end of " + wire.name();
        }
      }
    }
    List<HostReport> hosts = world.hosts().value();
    if (hosts != null) {
      for (HostReport host : hosts) {
        for (HostReport.Connection each : host.connections()) {
          if (isAt(each.timerIn(), wait)) {
            return "the TCP timer of " + host.name() + " " + each.local() + " > " + world.name(each.remote());
          }
        }
        if (isAt(host.timerIn(), wait)) {
          return "a timer of host " + host.name();
        }
      }
    }
    return wait.task().isEmpty() ? "a timer of code that runs in the world" : wait.task();
  }

  /**
   * Returns whether a timer that is due in {@code in} nanoseconds is the next event; tolerates rounding, since the
   * clocks of hosts may run at slightly different speeds.
   */
  private boolean isAt(long in, WaitReport wait) {
    return Math.abs(in - (wait.next() - world.moment().nanos())) <= ROUNDING_NANOS;
  }
}
