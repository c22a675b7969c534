package io.reactorstack.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A table of results under {@code src/test/resources/golden}: one line per case, with the case's name before the first
 * colon.
 *
 * <p>{@code mvn -pl reactor-stack test -Plong -Dtest='Golden*' -Dgolden.write=true} rewrites the tables; any other run
 * compares.
 */
final class Table {

  private static final boolean WRITE = Boolean.getBoolean("golden.write");

  private final Path file;
  private final Map<String, String> known = new TreeMap<>();

  Table(String name) {
    file = Path.of("src/test/resources/golden", name + ".txt");
    for (String line : lines()) {
      if (!line.startsWith("#")) {
        known.put(key(line), line);
      }
    }
  }

  private List<String> lines() {
    try {
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String key(String line) {
    return line.substring(0, line.indexOf(':'));
  }

  /** Compares {@code results} with the table's lines of the same cases, or writes them as the whole table. */
  void check(String heading, List<String> results) {
    if (WRITE) {
      List<String> all = new ArrayList<>(List.of("# " + heading.replace("\n", "\n# ")));
      all.addAll(results);
      try {
        Files.createDirectories(file.getParent());
        Files.write(file, all);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return;
    }
    List<String> expected = results.stream().map(line -> known.getOrDefault(key(line), "absent " + key(line))).toList();
    assertThat(results).as("%s; -Dgolden.write=true rewrites it", file).isEqualTo(expected);
  }

  static boolean isWriting() {
    return WRITE;
  }
}
