package io.reactorstack.lab.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A world's look as the text of a report. */
public final class ReportText {

  /** Reports of ended connections that are told. */
  private static final int ENDED_TOLD = 8;

  private final WorldLook look;
  private final StringBuilder text = new StringBuilder(4096);

  private ReportText(WorldLook look) {
    this.look = look;
  }

  /** The text, ending in a line break. */
  public static String of(WorldLook look) {
    ReportText report = new ReportText(look);
    report.write();
    return report.text.toString();
  }

  private void write() {
    head();
    section("waiting for", look.waiting().text(wait -> WaitText.of(wait, look)));
    section("hosts", look.hosts().text(hosts -> HostText.of(hosts, look.nanos())));
    section("connections that have ended", look.hosts().text(this::ended));
    section("wires", look.wires().text(ReportText::wires));
    section("partitions and holds in force", look.barriers().text(ReportText::lines));
    section("escapes", look.escapes().text(ReportText::lines));
  }

  private void head() {
    text.append("the world of seed ").append(look.origin().seed()).append(" at ").append(Spans.text(look.at()))
        .append(" (").append(look.date()).append("); to run it again: ").append(look.origin().again()).append('\n');
    if (!look.how().isEmpty()) {
      text.append(look.how()).append('\n');
    }
  }

  private void section(String title, String lines) {
    if (!lines.isEmpty()) {
      text.append('\n').append(title).append('\n').append(lines);
    }
  }

  private static String lines(List<String> lines) {
    StringBuilder text = new StringBuilder();
    lines.forEach(line -> TextTable.wrap(text, "  ", line));
    return text.toString();
  }

  private String ended(List<HostLook> hosts) {
    StringBuilder text = new StringBuilder();
    for (HostLook host : hosts) {
      List<String> told = host.ended().stream()
          .map(report -> Spans.text(look.nanos() - report.endedAt()) + " ago: " + report).toList();
      told.subList(Math.max(0, told.size() - ENDED_TOLD), told.size())
          .forEach(line -> TextTable.wrap(text, "  " + host.name() + "  ", line));
    }
    return text.toString();
  }

  private static String wires(List<WireLook> wires) {
    TextTable table = new TextTable();
    List<WireLook> quiet = new ArrayList<>();
    for (WireLook wire : wires) {
      if (wire.isQuiet()) {
        quiet.add(wire);
        continue;
      }
      String drops = wire.drops().entrySet().stream().map(drop -> drop.getValue() + " " + drop.getKey())
          .collect(Collectors.joining(", "));
      table.row(wire.name(), wire.sent() + " sent", wire.delivered() + " delivered",
          drops.isEmpty() ? "none dropped" : drops + " dropped",
          (wire.inFlight() == 0 ? "" : wire.inFlight() + " inside, ")
              + (wire.impairment().isEmpty() ? "" : wire.impairment()));
    }
    String text = table.text();
    if (quiet.isEmpty()) {
      return text;
    }
    long frames = quiet.stream().mapToLong(WireLook::sent).sum();
    return text + "    " + (text.isEmpty() ? "" : "the other ") + quiet.size() + " directions: " + frames
        + " frames, all delivered\n";
  }
}
