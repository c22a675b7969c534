package io.reactorstack.benchmarks.suite;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs each group of the suite for a fraction of a second. The values mean nothing; that there are values does. */
class SuiteSmokeTest {

  @TempDir
  private Path folder;

  @Test
  void eachGroupHasValuesOrSaysWhyItCannotRun() throws IOException {
    assertThat(Suite.run("--smoke", "--out", folder.toString())).as("status of the command").isZero();

    JsonNode groups = new ObjectMapper().readTree(folder.resolve("results.json").toFile()).get("groups");
    List<String> names = new ArrayList<>();
    for (JsonNode group : groups) {
      String name = group.get("group").asText();
      names.add(name);
      if (group.get("failure").isNull()) {
        assertThat(group.get("measured")).as(name).isNotEmpty().allSatisfy(SuiteSmokeTest::hasPositiveValues);
        assertThat(plotsOf(name)).as("plots of " + name).isNotEmpty();
      } else {
        System.out.println("SKIPPED " + name + ": " + group.get("failure").get("reason").asText());
      }
    }
    assertThat(names).containsExactlyElementsOf(Groups.ALL.stream().map(Group::name).toList());
  }

  private static void hasPositiveValues(JsonNode measured) {
    assertThat(measured.get("series")).isNotEmpty().allSatisfy(
        series -> assertThat(series.get("values")).isNotEmpty().allSatisfy(
            value -> assertThat(value.asDouble()).as(measured.get("quantity").toString()).isPositive()));
  }

  private List<Path> plotsOf(String group) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.getFileName().toString().startsWith(group))
          .filter(file -> file.toString().endsWith(".svg")).toList();
    }
  }

  @Test
  void aProfileNamesThePartsInWhichTheStackSpendsItsTime() throws IOException {
    assertThat(Suite.run("--group", "memory-cut", "--profile", "--windows", "1", "--seconds", "2", "--warm-up", "1",
        "--out", folder.toString())).isZero();
    JsonNode group = new ObjectMapper().readTree(folder.resolve("results.json").toFile()).get("groups").get(0);
    List<String> notes = new ArrayList<>();
    group.get("notes").forEach(note -> notes.add(note.asText()));
    assertThat(notes).anyMatch(note -> note.startsWith("where the time of stack goes, of "))
        .anyMatch(note -> note.matches(" +[0-9.]+ % +tcp\\.engine"));
  }

  @Test
  void anUnknownGroupIsAnError() {
    assertThat(Suite.run("--group", "no-such-group", "--out", folder.toString())).isNotZero();
  }
}
