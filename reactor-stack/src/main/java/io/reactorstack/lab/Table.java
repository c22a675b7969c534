package io.reactorstack.lab;

import io.reactorstack.lab.report.TextTable;
import java.util.List;
import java.util.function.Function;

/**
 * A table of a host or of another box: its rows as values, and the columns in which they are printed.
 *
 * @param <R> the type of the rows, such as {@link MacEntry}
 * @param title the name of the table, such as {@code ARP cache}
 * @param type the type of the rows
 * @param rows the rows
 * @param columns the columns of the text, at least one
 */
public record Table<R>(String title, Class<R> type, List<R> rows, List<Column<R>> columns) {

  /**
   * A column of a table's text.
   *
   * @param <R> the type of the rows
   * @param title the heading
   * @param text returns the cell of a row
   */
  public record Column<R>(String title, Function<? super R, String> text) {}

  /** Copies the lists. */
  public Table {
    rows = List.copyOf(rows);
    columns = List.copyOf(columns);
  }

  /** Returns a column. */
  static <R> Column<R> column(String title, Function<? super R, ?> value) {
    return new Column<>(title, row -> String.valueOf(value.apply(row)));
  }

  /** Returns the headings and a line for each row, ending in a line break; without the title. */
  @Override
  public String toString() {
    TextTable text = new TextTable();
    text.row(columns.stream().map(Column::title).toArray(String[]::new));
    for (R row : rows) {
      text.row(columns.stream().map(column -> column.text.apply(row)).toArray(String[]::new));
    }
    return text.text();
  }
}
