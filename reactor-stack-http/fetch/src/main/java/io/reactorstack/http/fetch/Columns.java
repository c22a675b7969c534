package io.reactorstack.http.fetch;

import java.util.List;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.TextTable;

/** Prints rows of text in columns that are as wide as their longest cell. */
final class Columns {

  private static final int GAP = 2;

  private Columns() {}

  /** Returns a line for each row, without a line break; each row has the same number of cells. */
  static List<String> lines(List<List<String>> rows) {
    return rows.isEmpty() ? List.of() : text(rows).lines().toList();
  }

  /** Returns the lines, each with a line break. */
  static String text(List<List<String>> rows) {
    int[] widths = new int[rows.getFirst().size()];
    for (int i = 0; i < widths.length; i++) {
      int column = i;
      widths[i] = GAP + rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
    }
    TextTable table = TextTable.forColumnWidths(Help.defaultColorScheme(Ansi.OFF), widths);
    rows.forEach(row -> table.addRowValues(row.toArray(String[]::new)));
    return table.toString();
  }
}
