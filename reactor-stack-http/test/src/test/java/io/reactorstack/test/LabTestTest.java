package io.reactorstack.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.lab.Lab;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.platform.testkit.engine.EngineExecutionResults;

/** Tests the runs of a {@link LabTest}: seeds, arguments and parallelism. */
class LabTestTest {

  /** The first random number of each world, by the name of its test. */
  private static final Map<String, Long> DRAWN = new ConcurrentHashMap<>();

  /** The arguments of tests, in the order of the runs. */
  private static final List<List<Object>> GIVEN = Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void forget() {
    DRAWN.clear();
    GIVEN.clear();
  }

  private static long draw(Lab lab) {
    return lab.random("draw").nextLong();
  }

  private static long draw(long seed) {
    try (Lab lab = Lab.virtual(seed)) {
      return draw(lab);
    }
  }

  @Sample
  static class Seeds {

    private Lab before;

    @BeforeEach
    void before(Lab lab) {
      before = lab;
    }

    @LabTest(seeds = 5)
    void draws(Lab lab, TestInfo info) {
      assertThat(lab).isSameAs(before);
      DRAWN.put(info.getDisplayName(), draw(lab));
    }
  }

  @Sample
  static class LaterSeeds {

    @LabTest(seeds = 2, firstSeed = -1)
    void draws(Lab lab) {}
  }

  @Sample
  static class Usual {

    @LabTest
    void draws() {}
  }

  private static List<String> names(LongStream seeds) {
    return seeds.mapToObj(seed -> "seed " + seed).toList();
  }

  @Test
  void eachSeedRunsInItsOwnWorld() {
    EngineExecutionResults results = Samples.run(Seeds.class);
    assertThat(Samples.failures(results)).isEmpty();
    assertThat(Samples.names(results)).isEqualTo(names(LongStream.rangeClosed(1, 5)));
    assertThat(DRAWN).hasSize(5).allSatisfy(
        (name, drawn) -> assertThat(drawn).isEqualTo(draw(Long.parseLong(name.substring("seed ".length())))));
  }

  @Test
  void firstSeedMayBeAnyNumberAndOneHundredSeedsAreTheDefault() {
    assertThat(Samples.names(Samples.run(LaterSeeds.class))).isEqualTo(names(LongStream.rangeClosed(-1, 0)));
    assertThat(Samples.names(Samples.run(Usual.class))).isEqualTo(names(LongStream.rangeClosed(1, 100)));
  }

  @Test
  void runMayChooseOneSeed() {
    assertThat(Samples.names(Samples.run(Seeds.class, "lab.seed", " 17"))).containsExactly("seed 17");
    assertThat(Samples.names(Samples.run(Seeds.class, "lab.seed", "-1", "lab.seeds", "9"))).containsExactly("seed -1");
    assertThat(DRAWN).containsEntry("seed 17", draw(17)).containsEntry("seed -1", draw(-1));
  }

  @Test
  void runMayChooseTheNumberOfSeedsOrARange() {
    assertThat(Samples.names(Samples.run(Seeds.class, "lab.seeds", "7")))
        .isEqualTo(names(LongStream.rangeClosed(1, 7)));
    assertThat(Samples.names(Samples.run(Seeds.class, "lab.seeds", "8-10")))
        .isEqualTo(names(LongStream.rangeClosed(8, 10)));
  }

  @Sample
  static class None {

    @LabTest(seeds = 0)
    void draws(Lab lab) {}
  }

  @Test
  void wrongNumbersOfSeedsAreRejected() {
    assertThat(Samples.failure(None.class)).hasMessageContaining("@LabTest(seeds = 0) has no seed");
    assertThat(Samples.failure(Seeds.class, "lab.seeds", "9-8")).hasMessageContaining("lab.seeds=9-8 has no seed");
    assertThat(Samples.failure(Seeds.class, "lab.seeds", "many")).hasMessageContaining(
        "lab.seeds must be a whole number, or a range such as 1-1000, but is many");
    assertThat(Samples.failure(Seeds.class, "lab.seed", "1-2")).hasMessageContaining("lab.seed must be a whole number");
  }

  // ---- arguments

  @Sample
  static class WithArguments {

    static Stream<Object> delays() {
      return Stream.of(Named.of("short", Duration.ofMillis(1)), Duration.ofSeconds(1));
    }

    @LabTest(seeds = 2, arguments = "delays")
    void one(Lab lab, Duration delay) {
      lab.advance(delay);
      GIVEN.add(List.of(delay, draw(lab)));
    }
  }

  @Test
  void eachSetOfArgumentsRunsWithEachSeed() {
    EngineExecutionResults results = Samples.run(WithArguments.class);
    assertThat(Samples.failures(results)).isEmpty();
    assertThat(Samples.names(results)).containsExactly("seed 1, short", "seed 2, short", "seed 1, PT1S",
        "seed 2, PT1S");
    assertThat(GIVEN).containsExactly(
        List.of(Duration.ofMillis(1), draw(1)), List.of(Duration.ofMillis(1), draw(2)),
        List.of(Duration.ofSeconds(1), draw(1)), List.of(Duration.ofSeconds(1), draw(2)));
  }

  @Test
  void oneSeedRunsWithEachSetOfArguments() {
    assertThat(Samples.names(Samples.run(WithArguments.class, "lab.seed", "17")))
        .containsExactly("seed 17, short", "seed 17, PT1S");
  }

  static Iterator<Object[]> elsewhere() {
    return List.of(new Object[] {"text", null}, new Object[] {"more", 2}).iterator();
  }

  @Sample
  static class OtherForms {

    private static Arguments[] several() {
      return new Arguments[] {Arguments.of("a", new int[] {1, 2})};
    }

    @LabTest(seeds = 1, arguments = "several")
    void array(String first, Lab lab, int[] second, TestInfo info) {
      GIVEN.add(List.of(first, second.length, info.getDisplayName()));
    }

    static IntStream numbers() {
      return IntStream.of(3, 4);
    }

    static List<Long> list() {
      return List.of(5L);
    }

    @LabTest(seeds = 1, arguments = {"numbers", "list"})
    void number(Number given) {
      GIVEN.add(List.of(given));
    }

    @LabTest(seeds = 1, arguments = "io.reactorstack.test.LabTestTest#elsewhere")
    void ofAnotherClass(String first, Integer second) {
      GIVEN.add(List.of(first, String.valueOf(second)));
    }
  }

  @Test
  void methodsSupplyArgumentsInManyForms() {
    assertThat(Samples.passed(OtherForms.class)).isEqualTo(1 + 3 + 2);
    assertThat(GIVEN).containsExactlyInAnyOrder(List.of("a", 2, "seed 1, a, [1, 2]"), List.of(3), List.of(4),
        List.of(5L),
        List.of("text", "null"), List.of("more", "2"));
  }

  @Sample
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  static class OneInstance {

    private final String field = "of the instance";

    Stream<String> texts() {
      return Stream.of(field);
    }

    @LabTest(seeds = 1, arguments = "texts")
    void text(String given) {
      GIVEN.add(List.of(given));
    }
  }

  @Test
  void instanceMethodSuppliesArgumentsWithPerClassLifecycle() {
    assertThat(Samples.passed(OneInstance.class)).isEqualTo(1);
    assertThat(GIVEN).containsExactly(List.of("of the instance"));
  }

  @Sample
  static class Missing {

    @LabTest(arguments = "nowhere")
    void test(Lab lab, int given) {}
  }

  @Sample
  static class Twice {

    static Stream<Integer> twice() {
      return Stream.of(1);
    }

    static Stream<Integer> twice(TestInfo info) {
      return Stream.of(2);
    }

    @LabTest(arguments = "twice")
    void test(Lab lab, int given) {}
  }

  @Sample
  static class OfTheInstance {

    Stream<Integer> numbers() {
      return Stream.of(1);
    }

    @LabTest(arguments = "numbers")
    void test(Lab lab, int given) {}
  }

  @Sample
  static class NoStream {

    static String text() {
      return "text";
    }

    @LabTest(arguments = "text")
    void test(Lab lab, String given) {}
  }

  @Sample
  static class Empty {

    static List<String> texts() {
      return List.of();
    }

    @LabTest(arguments = "texts")
    void test(Lab lab, String given) {}
  }

  @Sample
  static class NoClass {

    @LabTest(arguments = "org.example.Absent#texts")
    void test(Lab lab, String given) {}
  }

  @Test
  void invalidArgumentMethodsAreNamed() {
    assertThat(Samples.failure(Missing.class)).hasMessageContaining("has no method of the name nowhere");
    assertThat(Samples.failure(Twice.class)).hasMessageContaining("has several methods of the name twice");
    assertThat(Samples.failure(OfTheInstance.class)).hasMessageContaining("must be static");
    assertThat(Samples.failure(NoStream.class)).hasMessageContaining("but returned text");
    assertThat(Samples.failure(Empty.class)).hasMessageContaining("supplied no arguments");
    assertThat(Samples.failure(NoClass.class)).hasMessageContaining("org.example.Absent, which does not exist");
  }

  // ---- parallel runs

  @Sample
  static class Meeting {

    static final CyclicBarrier BOTH = new CyclicBarrier(2);

    @LabTest(seeds = 2)
    void meets(Lab lab) throws Exception {
      lab.advance(Duration.ofDays(1));
      // The real time is short if the other seed runs in parallel; otherwise this wait fails.
      BOTH.await(1, TimeUnit.MINUTES);
      assertThat(lab.now()).isEqualTo(Duration.ofDays(1));
    }
  }

  @Test
  void twoSeedsRunInParallel() {
    assertThat(Samples.passed(Meeting.class, "junit.jupiter.execution.parallel.enabled", "true",
        "junit.jupiter.execution.parallel.config.strategy", "fixed",
        "junit.jupiter.execution.parallel.config.fixed.parallelism", "2")).isEqualTo(2);
  }
}
