package io.reactorstack.lab.report;

import java.util.ArrayList;
import java.util.List;

/** A table of text: each column is as wide as its widest cell; the last column takes the remaining width and wraps. */
public final class TextTable {

  /** The line length in characters, equal to that of a story. */
  static final int WIDTH = 110;

  private static final String INDENT = "    ";
  private static final String GAP = "  ";

  private final List<List<String>> rows = new ArrayList<>();

  /** Adds a row, or the headings. */
  public TextTable row(String... cells) {
    rows.add(List.of(cells));
    return this;
  }

  /** Returns the text, one line for each row; a last cell that is too long continues below itself. */
  public String text() {
    int columns = rows.stream().mapToInt(List::size).max().orElse(0);
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < row.size() - 1; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder(INDENT);
      for (int i = 0; i < row.size() - 1; i++) {
        line.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length())).append(GAP);
      }
      wrap(text, line.toString(), row.getLast());
    }
    return text.toString();
  }

  /**
   * Appends {@code before} and {@code words}; if they exceed the line, {@code words} continues below its own beginning.
   */
  public static void wrap(StringBuilder text, String before, String words) {
    int room = Math.max(40, WIDTH - before.length());
    String head = before;
    String rest = words;
    while (rest.length() > room) {
      int blank = rest.lastIndexOf(' ', room);
      int cut = blank > 0 ? blank : room;
      line(text, head + rest.substring(0, cut));
      rest = rest.substring(cut).stripLeading();
      head = " ".repeat(before.length());
    }
    line(text, head + rest);
  }

  private static void line(StringBuilder text, String line) {
    text.append(line.stripTrailing()).append('\n');
  }
}
