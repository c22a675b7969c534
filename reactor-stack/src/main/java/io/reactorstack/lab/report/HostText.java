package io.reactorstack.lab.report;

import io.reactorstack.tcp.CloseReport;
import io.reactorstack.tcp.TcpStage;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.tcp.model.TcpState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.StringJoiner;

/**
 * The text of a report's hosts: for each a table of its sockets, as {@code ss} shows them, and its ended connections.
 */
final class HostText {

  /** The maximum number of hosts shown. */
  private static final int HOSTS = 8;

  /** The maximum number of connections shown for one host. */
  private static final int CONNECTIONS = 12;

  /** The number of abnormally ended connections whose full report is shown, of all hosts together. */
  private static final int WHOLE = 3;

  private final WorldReport world;

  HostText(WorldReport world) {
    this.world = world;
  }

  /**
   * Returns the tables of all hosts if there are few; of many, only of those that have pending connections or are not
   * running.
   */
  String tables(List<HostReport> hosts) {
    List<HostReport> told = hosts.size() <= HOSTS
        ? hosts
        : hosts.stream().filter(host -> host.connections().stream().anyMatch(HostText::isPending)
            || !host.description().endsWith("running")).limit(HOSTS).toList();
    StringBuilder all = new StringBuilder();
    told.forEach(host -> all.append(table(host)));
    if (told.size() < hosts.size()) {
      all.append("  and ").append(hosts.size() - told.size()).append(" more hosts\n");
    }
    return all.toString();
  }

  private String table(HostReport host) {
    TextTable table = new TextTable();
    List<HostReport.Connection> connections = host.connections().stream().filter(each -> !isOver(each)).toList();
    boolean any = !host.listeners().isEmpty() || !connections.isEmpty() || !host.sockets().isEmpty();
    if (any) {
      table.row("State", "Recv-Q", "Send-Q", "Local", "Peer", "");
    }
    for (HostReport.Listener each : host.listeners()) {
      table.row("LISTEN", String.valueOf(each.waiting()), String.valueOf(each.backlog()), world.name(each.local()), "*",
          "");
    }
    connections.stream().limit(CONNECTIONS).forEach(each -> table.row(state(each.info()),
        String.valueOf(each.unread()), String.valueOf(each.unacknowledged()), each.local().toString(),
        world.name(each.remote()), details(each)));
    for (HostReport.Datagrams each : host.sockets()) {
      table.row("UDP", String.valueOf(each.unread()), "0", world.name(each.local()), world.name(each.remote()), "");
    }
    StringJoiner more = new StringJoiner(", ", "    and ", "\n").setEmptyValue("");
    count(more, connections.size() - CONNECTIONS, "more connections");
    count(more, host.connections().size() - connections.size(), "in TIME-WAIT");
    return "  " + host.name() + "  " + host.description() + "\n" + table.text() + more;
  }

  private static void count(StringJoiner words, int count, String what) {
    if (count > 0) {
      words.add(count + " " + what);
    }
  }

  private static boolean isOver(HostReport.Connection connection) {
    return connection.info().state() == TcpState.TIME_WAIT;
  }

  private static String state(TcpInfo info) {
    return info.state().name().replace('_', '-');
  }

  private String details(HostReport.Connection each) {
    TcpInfo info = each.info();
    StringJoiner words = new StringJoiner(", ");
    if (info.timing().retransmits() > 0) {
      words.add(info.timing().retransmits() + " timeouts in a row");
    }
    if (info.retransmissions() > 0) {
      words.add(info.retransmissions() + " retransmitted");
    }
    if (info.sendWindow() == 0 && info.state().isSynchronized()) {
      words.add("peer's window closed");
    }
    if (each.timerIn() != Long.MAX_VALUE) {
      words.add("timer in " + Spans.text(each.timerIn()));
    }
    age(words, "sent", info.sent().dataSegsOut(), info.timing().lastsnd());
    age(words, "received", info.received().dataSegsIn(), info.timing().lastrcv());
    return words.toString();
  }

  private static void age(StringJoiner words, String what, long segments, Duration since) {
    if (segments > 0) {
      words.add("data " + what + " " + Spans.text(since) + " ago");
    }
  }

  /** Returns whether a connection is being opened or closed, or waits for acknowledgements. */
  static boolean isPending(HostReport.Connection each) {
    TcpState state = each.info().state();
    return state != TcpState.TIME_WAIT && state != TcpState.CLOSED
        && (state != TcpState.ESTABLISHED || each.unacknowledged() > 0);
  }

  /** Returns a connection and its state on one line. */
  String line(HostReport host, HostReport.Connection each) {
    StringJoiner words = new StringJoiner(", ");
    words.add(host.name() + " " + each.local() + " > " + world.name(each.remote()) + " " + state(each.info()));
    if (each.unacknowledged() > 0) {
      words.add(each.unacknowledged() + " bytes not acknowledged");
    }
    String details = details(each);
    return details.isEmpty() ? words.toString() : words.add(details).toString();
  }

  /** A connection that has ended, and the time of its end in nanoseconds since the beginning of the world. */
  private record Ended(CloseReport report, long at) {}

  private Ended ended(HostReport host, CloseReport report) {
    return new Ended(report, world.moment().at().toNanos() - (host.now() - report.endedAt()));
  }

  /**
   * Returns the connections that have ended: the full reports of the last ones that ended abnormally, one line for each
   * earlier one, and the number of those that closed in order.
   */
  String ended(List<HostReport> hosts) {
    StringBuilder text = new StringBuilder();
    List<Ended> disorderly = new ArrayList<>();
    for (HostReport host : hosts) {
      List<Ended> all = host.ended().stream().map(report -> ended(host, report)).toList();
      List<Ended> inOrder = all.stream().filter(each -> isInOrder(each.report)).toList();
      all.stream().filter(each -> !isInOrder(each.report)).forEach(disorderly::add);
      if (!inOrder.isEmpty()) {
        Ended last = inOrder.getLast();
        TextTable.wrap(text, "  " + host.name() + "  ", (inOrder.size() == TcpStage.REPORTS ? "at least " : "")
            + inOrder.size() + " closed in order, the last with " + world.name(last.report.remote()) + " at "
            + Spans.text(last.at));
      }
    }
    disorderly.sort(Comparator.comparingLong(Ended::at));
    int whole = Math.max(0, disorderly.size() - WHOLE);
    for (Ended each : disorderly.subList(0, whole)) {
      TextTable.wrap(text, at(each), each.report.local() + " > " + world.name(each.report.remote()) + " "
          + each.report.cause());
    }
    disorderly.subList(whole, disorderly.size())
        .forEach(each -> TextTable.wrap(text, at(each), each.report.toString()));
    return text.toString();
  }

  private static String at(Ended ended) {
    return "  at " + Spans.text(ended.at) + "  ";
  }

  private static boolean isInOrder(CloseReport report) {
    return report.cause() == CloseCause.FINISHED;
  }
}
