package io.reactorstack.benchmarks.dns;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs each resolver for a fraction of a second. The values mean nothing; that there are values does. */
class DnsSpeedSmokeTest {

  @TempDir
  private Path folder;

  @Test
  void eachResolverHasValues() throws IOException {
    Optional<String> missing = NameServer.missing();
    if (missing.isPresent()) {
      System.out.println("SKIPPED: " + missing.get());
    }
    Assumptions.assumeTrue(missing.isEmpty(), () -> missing.orElse(""));
    Path file = folder.resolve("dns.json");

    assertThat(DnsSpeed.run("--smoke", "--out", file.toString())).as("status of the command").isZero();

    JsonNode results = new ObjectMapper().readTree(file.toFile());
    boolean isRoot = "root".equals(System.getProperty("user.name"));
    for (int outstanding : new int[] {1, 100}) {
      assertThat(namesWithRates(results.get("rates").get("queries, " + outstanding + " outstanding")))
          .containsExactlyInAnyOrderElementsOf(Stream.of(UncachedResolver.values())
              .filter(resolver -> isRoot || resolver != UncachedResolver.OURS_TAP).map(Enum::name).toList());
    }
    for (String work : List.of("1 names, threads 1", "100 names, threads 2")) {
      assertThat(namesWithRates(results.get("rates").get("look-ups of " + work)))
          .containsExactlyInAnyOrderElementsOf(Stream.of(CachedLookup.values()).map(Enum::name).toList());
    }
    assertThat(results.get("memory")).hasSize(6)
        .allSatisfy(one -> assertThat(one.get("bytes").asDouble()).isGreaterThan(100));
  }

  private static List<String> namesWithRates(JsonNode work) {
    List<String> names = new ArrayList<>();
    work.properties().iterator().forEachRemaining(entry -> {
      assertThat(entry.getValue().get(0).asDouble()).as(entry.getKey()).isPositive();
      names.add(entry.getKey());
    });
    return names;
  }
}
