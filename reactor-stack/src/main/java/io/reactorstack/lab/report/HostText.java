package io.reactorstack.lab.report;

import io.reactorstack.packet.Endpoint;
import io.reactorstack.tcp.model.TcpInfo;
import java.time.Duration;
import java.util.List;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** The hosts of a report, each with a table of its sockets as {@code ss} shows them. */
final class HostText {

  private final long now;

  private HostText(long now) {
    this.now = now;
  }

  static String of(List<HostLook> hosts, long now) {
    HostText text = new HostText(now);
    StringBuilder all = new StringBuilder();
    hosts.forEach(host -> all.append(text.host(host)));
    return all.toString();
  }

  private String host(HostLook host) {
    TextTable table = new TextTable();
    for (HostLook.Listener each : host.listeners()) {
      table.row("LISTEN", String.valueOf(each.waiting()), String.valueOf(each.backlog()), end(each.local()), "*", "");
    }
    for (HostLook.Connection each : host.connections()) {
      table.row(state(each.info()), String.valueOf(each.unread()), String.valueOf(each.unacknowledged()),
          end(each.local()), end(each.remote()), details(each));
    }
    for (HostLook.Datagrams each : host.sockets()) {
      table.row("UDP", String.valueOf(each.unread()), "0", end(each.local()), end(each.remote()), "");
    }
    return "  " + host.name() + "  " + host.description() + "\n" + table.text();
  }

  private static String state(TcpInfo info) {
    return info.state().name().replace('_', '-');
  }

  private static String end(@Nullable Endpoint end) {
    return end == null ? "*" : end.toString();
  }

  private String details(HostLook.Connection each) {
    TcpInfo info = each.info();
    StringJoiner words = new StringJoiner(", ");
    if (info.timing().retransmits() > 0) {
      words.add(info.timing().retransmits() + " timeouts in a row");
    }
    if (each.deadline() != Long.MAX_VALUE) {
      words.add("timer in " + Spans.text(Math.max(0, each.deadline() - now)));
    }
    if (info.retransmissions() > 0) {
      words.add(info.retransmissions() + " retransmitted");
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
}
