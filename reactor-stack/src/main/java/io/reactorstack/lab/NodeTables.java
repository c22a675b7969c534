package io.reactorstack.lab;

import io.reactorstack.lab.report.TextTable;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The tables of a host or of another box at one instant. {@link #toString} is the text to read.
 *
 * @param kind the kind of the box, {@code host}, {@code router}, {@code NAT router}, {@code switch} or {@code hub}
 * @param name its name
 * @param state its state, such as {@code running} or {@code crashed}
 * @param tables its tables, in the order of the text; none if it does not run
 */
public record NodeTables(String kind, String name, String state, List<Table<?>> tables) {

  /** Copies the list. */
  public NodeTables {
    tables = List.copyOf(tables);
  }

  /**
   * Returns the rows of all tables with rows of {@code type}, in the order of the tables; empty if there is no such
   * table.
   */
  public <R> List<R> rows(Class<R> type) {
    return tables.stream().filter(table -> table.type().equals(type)).flatMap(table -> table.rows().stream())
        .map(type::cast).toList();
  }

  /** Returns a line with kind, name and state, then each table that is not empty, and the titles of the empty ones. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(kind + " " + name + "  " + state + "\n");
    for (Table<?> table : tables) {
      if (!table.rows().isEmpty()) {
        text.append("  ").append(table.title()).append('\n').append(table);
      }
    }
    String empty = tables.stream().filter(table -> table.rows().isEmpty()).map(Table::title)
        .collect(Collectors.joining(", "));
    if (!empty.isEmpty()) {
      TextTable.wrap(text, "  empty: ", empty);
    }
    return text.toString();
  }
}
