package io.reactorstack.telemetry;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Draws steps as a sequence diagram: the time on the left, a vertical line for each party, an arrow for each step, and
 * the step's text on the right.
 *
 * @param names display names of parties, by their address
 * @param look the size and style of the drawing
 */
record Diagram(Map<String, String> names, Look look) {

  /**
   * The size and style of a diagram.
   *
   * @param width maximum line length, in characters
   * @param ascii whether only ASCII characters are used
   * @param origin time 0 of the diagram, on the loop's clock in nanoseconds; {@code null} for the time of the first
   *     step
   */
  record Look(int width, boolean ascii, @Nullable Long origin) {

    static final Look DEFAULT = new Look(110, false, null);

    Look width(int columns) {
      return new Look(columns, ascii, origin);
    }

    Look plain() {
      return new Look(width, true, origin);
    }

    Look origin(long nanos) {
      return new Look(width, ascii, nanos);
    }
  }

  /** The shared column of all parties that have no column of their own. */
  private static final String OTHERS = "others";

  private static final int MAX_COLUMNS = 8;
  /** The minimum width of the time column, in characters; the gap after it is {@link #GAP}. */
  private static final int MIN_TIME = 9;

  private static final int GAP = 2;
  private static final int NARROWEST_COLUMN = 6;
  private static final int WIDEST_COLUMN = 18;
  private static final int NARROWEST_TEXT = 36;

  /** Returns an arrow for use within a text. */
  String arrow(boolean toRight) {
    return toRight ? pick("→", "->") : pick("←", "<-");
  }

  /**
   * Returns the columns for {@code parties}: one for each of the first parties, and one shared by all others if there
   * are too many.
   */
  static List<String> columns(Collection<String> parties) {
    if (parties.size() <= MAX_COLUMNS) {
      return List.copyOf(parties);
    }
    List<String> columns = new ArrayList<>(parties.stream().limit(MAX_COLUMNS - 1).toList());
    columns.add(OTHERS);
    return columns;
  }

  /** Returns {@code step} between columns; parties without a column of their own are named in the text. */
  private Step placed(Step step, List<String> columns) {
    boolean everyone = step.to().equals(Step.EVERYONE);
    if (columns.contains(step.from()) && (everyone || columns.contains(step.to()))) {
      return step;
    }
    String from = columns.contains(step.from()) ? step.from() : OTHERS;
    String to = everyone || columns.contains(step.to()) ? step.to() : OTHERS;
    String who = name(step.from()) + (everyone ? ": " : arrow(true) + name(step.to()) + ": ");
    return new Step(step.nanos(), step.number(), from, to, who + step.text(), step.mutual());
  }

  /** Returns the diagram of {@code steps} with the given {@code columns}. */
  String draw(List<String> columns, List<Step> steps) {
    if (steps.isEmpty()) {
      return "";
    }
    long origin = look.origin == null ? steps.getFirst().nanos() : look.origin;
    int left = Math.max(MIN_TIME, time(steps.getLast().nanos() - origin).length());
    int space = columnWidth(columns, left + GAP);
    int textAt = left + GAP + space * Math.max(1, columns.size() - 1) + 6;
    StringBuilder out = new StringBuilder(head(columns, space, left + GAP));
    for (Step told : steps) {
      Step step = placed(told, columns);
      String time = time(step.nanos() - origin);
      List<String> lines = wrap(printable(step.text()), Math.max(NARROWEST_TEXT, look.width - textAt));
      append(out, " ".repeat(left - time.length()) + time, lives(columns, space, step), lines.getFirst());
      for (String more : lines.subList(1, lines.size())) {
        append(out, " ".repeat(left), lives(columns, space, null), "  " + more);
      }
    }
    return out.toString();
  }

  private static String time(long nanos) {
    return String.format(Locale.ROOT, "%.3f", nanos / (double) TimeUnit.MILLISECONDS.toNanos(1));
  }

  private static void append(StringBuilder out, String time, String lives, String text) {
    out.append((time + "  " + lives + "  " + text).stripTrailing()).append('\n');
  }

  private int columnWidth(List<String> columns, int left) {
    int longest = columns.stream().mapToInt(party -> name(party).length()).max().orElse(0);
    int gaps = Math.max(1, columns.size() - 1);
    int affordable = (look.width - left - NARROWEST_TEXT - 6) / gaps;
    return Math.clamp(Math.min(longest + 2, affordable), NARROWEST_COLUMN, WIDEST_COLUMN);
  }

  /** Returns the display name of {@code party}, or {@code party} if it has none. */
  String name(String party) {
    return names.getOrDefault(party, party);
  }

  /** Returns the heading: each name is placed above its line, and is cut before it would reach the next one. */
  private String head(List<String> columns, int space, int left) {
    StringBuilder line = new StringBuilder(" ".repeat(left - 4) + "ms  ");
    for (int i = 0; i < columns.size(); i++) {
      int at = left + i * space;
      line.append(" ".repeat(Math.max(0, at - line.length())));
      String name = name(columns.get(i));
      line.append(i < columns.size() - 1 && name.length() > space - 1 ? name.substring(0, space - 1) : name);
    }
    return line.append('\n').toString();
  }

  private String lives(List<String> columns, int space, @Nullable Step step) {
    char[] line = new char[space * Math.max(1, columns.size() - 1) + 2];
    Arrays.fill(line, ' ');
    char life = pick('│', '|');
    for (int i = 0; i < columns.size(); i++) {
      line[i * space] = life;
    }
    if (step != null) {
      drawArrow(line, columns, space, step);
    }
    return new String(line);
  }

  private void drawArrow(char[] line, List<String> columns, int space, Step step) {
    int from = columns.indexOf(step.from()) * space;
    if (!step.to().equals(Step.EVERYONE)) {
      shaft(line, from, columns.indexOf(step.to()) * space, step.mutual());
      return;
    }
    int last = (columns.size() - 1) * space;
    if (from > 0) {
      shaft(line, from, 0, false);
    }
    if (from < last || last == 0) {
      shaft(line, from, last == 0 ? space : last, false);
    }
    line[from] = from > 0 && from < last ? pick('┼', '+') : line[from];
  }

  private void shaft(char[] line, int from, int to, boolean mutual) {
    if (from == to) {
      line[from + 1] = pick('↺', '@');
      return;
    }
    char shaft = mutual ? pick('┄', '.') : pick('─', '-');
    for (int i = Math.min(from, to) + 1; i < Math.max(from, to); i++) {
      line[i] = shaft;
    }
    boolean right = to > from;
    line[right ? to - 1 : to + 1] = right ? pick('▶', '>') : pick('◀', '<');
    if (mutual) {
      line[right ? from + 1 : from - 1] = right ? pick('◀', '<') : pick('▶', '>');
    } else {
      line[from] = right ? pick('├', '|') : pick('┤', '|');
    }
  }

  private static List<String> wrap(String text, int columns) {
    List<String> lines = new ArrayList<>();
    String rest = text;
    int room = columns;
    while (rest.length() > room) {
      int blank = rest.lastIndexOf(' ', room);
      int cut = blank > 0 ? blank : room;
      lines.add(rest.substring(0, cut));
      rest = rest.substring(cut).stripLeading();
      // Later lines are indented by two.
      room = columns - 2;
    }
    lines.add(rest);
    return lines;
  }

  /** Replaces control characters, since a describer's text may contain any octets from the wire. */
  private String printable(String text) {
    StringBuilder printable = new StringBuilder();
    (look.ascii ? text.replace("…", "...") : text).chars()
        .forEach(c -> printable.append(Character.isISOControl(c) || (look.ascii && c > 0x7f) ? '?' : (char) c));
    return printable.toString();
  }

  private char pick(char unicode, char plain) {
    return look.ascii ? plain : unicode;
  }

  private String pick(String unicode, String plain) {
    return look.ascii ? plain : unicode;
  }
}
