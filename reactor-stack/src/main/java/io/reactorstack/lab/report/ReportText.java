package io.reactorstack.lab.report;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Formats the snapshot of a world as the text of a report. */
public final class ReportText {

  /** The maximum number of lines of the story. */
  private static final int STORY_LINES = 40;

  /** The maximum number of lines of the log. */
  private static final int LOG_LINES = 15;

  private final WorldReport look;
  private final StringBuilder text = new StringBuilder(4096);

  private ReportText(WorldReport look) {
    this.look = look;
  }

  /** Returns the text, ending in a line break. */
  public static String of(WorldReport look) {
    ReportText report = new ReportText(look);
    report.write();
    return report.text.toString();
  }

  private void write() {
    head();
    HostText hostText = new HostText(look);
    section("waiting for", look.waiting().text(wait -> WaitText.of(wait, look)));
    section("hosts", look.hosts().text(hostText::tables));
    if (look.hosts().value() != null) {
      section("connections that have ended", look.hosts().text(hostText::ended));
    }
    section("wires", look.network().wires().text(ReportText::wires));
    section("partitions and holds in force", look.network().barriers().text(ReportText::lines));
    section("escapes", look.traces().escapes().text(ReportText::lines));
    section("story", look.traces().frames().text(this::story));
    section("log", look.traces().log().text(this::log));
  }

  private void head() {
    text.append("the world of seed ").append(look.run().seed()).append(" at ").append(Spans.text(look.moment().at()))
        .append(" (").append(look.moment().date()).append("); to run it again: ").append(look.run().again())
        .append('\n');
    if (!look.moment().how().isEmpty()) {
      text.append(look.moment().how()).append('\n');
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

  private String story(KeptFrames.View view) {
    if (view.limit() == 0) {
      return "  none: this world keeps no frames, keepFrames(0)\n";
    }
    Replay replay = new Replay(view);
    List<String> lines = replay.story(look.names(), look.moment().origin()).lines().toList();
    StringBuilder text = new StringBuilder();
    if (view.forgotten() > 0) {
      text.append("  (the first ").append(view.forgotten())
          .append(" frames that hosts sent or received were not kept, ")
          .append("for want of room: keepFrames)\n");
    }
    if (lines.size() > 1 + STORY_LINES) {
      text.append("  (the last ").append(STORY_LINES).append(" of ").append(lines.size() - 1).append(" lines)\n");
    }
    lines.stream().limit(1).forEach(line -> text.append(line).append('\n'));
    lines.stream().skip(Math.max(1, lines.size() - STORY_LINES)).forEach(line -> text.append(line).append('\n'));
    return text.toString();
  }

  private String log(List<LogLine> lines) {
    StringBuilder text = new StringBuilder();
    if (lines.size() > LOG_LINES) {
      text.append("  (the last ").append(LOG_LINES).append(" lines)\n");
    }
    for (LogLine line : lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size())) {
      String logger = line.logger().substring(line.logger().lastIndexOf('.') + 1);
      String head = String.format(Locale.ROOT, "%9.3f  %-7s  ", look.moment().since(line.nanos()) / 1e6, line.level());
      TextTable.wrap(text, head, (line.host() == null ? "" : line.host() + "  ") + logger + ": "
          + line.message().lines().findFirst().orElse(""));
    }
    return text.toString();
  }

  /** Returns the files of the report by name, each with its content. */
  public static Map<String, FileContent> files(WorldReport look) {
    Map<String, FileContent> files = new LinkedHashMap<>();
    files.put("report.txt", out -> out.write(of(look).getBytes(StandardCharsets.UTF_8)));
    KeptFrames.View view = look.traces().frames().value();
    if (view != null && view.limit() > 0) {
      Replay replay = new Replay(view);
      files.put("story.txt",
          out -> out.write(replay.story(look.names(), look.moment().origin()).getBytes(StandardCharsets.UTF_8)));
      files.put("capture.pcapng", out -> replay.capture(out, look.moment().epochOffset(), look.moment().nanos()));
    }
    return files;
  }

  /** The content of a file. */
  @FunctionalInterface
  public interface FileContent {

    /** Writes the content to {@code out}, which the caller closes. */
    void writeTo(OutputStream out) throws IOException;
  }

  private static String wires(List<WireReport> wires) {
    TextTable table = new TextTable();
    List<WireReport> quiet = new ArrayList<>();
    for (WireReport wire : wires) {
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
    long frames = quiet.stream().mapToLong(WireReport::sent).sum();
    return text + "    " + (text.isEmpty() ? "" : "the other ") + quiet.size() + " directions: " + frames
        + " frames, all delivered\n";
  }
}
