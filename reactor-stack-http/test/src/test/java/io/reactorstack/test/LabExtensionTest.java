package io.reactorstack.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.lab.EscapeException;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.StalledException;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

/** Tests the lab of one test: the parameters that receive it, its settings, and its end. */
class LabExtensionTest {

  /** The labs of the last sample. */
  private static final List<Lab> LABS = new CopyOnWriteArrayList<>();

  @BeforeEach
  void forget() {
    LABS.clear();
  }

  @Sample
  @ExtendWith(LabExtension.class)
  static class OneLab {

    OneLab(Lab lab) {
      LABS.add(lab);
    }

    @BeforeEach
    void before(Lab lab) {
      LABS.add(lab);
    }

    @Test
    void test(TestInfo info, Lab lab) {
      lab.advance(Duration.ofHours(1));
      LABS.add(lab);
    }

    @AfterEach
    void after(Lab lab) {
      assertThat(lab.now()).isEqualTo(Duration.ofHours(1));
      LABS.add(lab);
    }

    @Nested
    class Inside {

      @BeforeEach
      void beforeInside(Lab lab) {
        lab.advance(Duration.ofHours(1));
        LABS.add(lab);
      }

      @Test
      void testInside(Lab lab) {
        LABS.add(lab);
      }
    }
  }

  @Test
  void constructorLifecycleMethodsAndTestShareOneLab() {
    assertThat(Samples.passed(OneLab.class)).isEqualTo(2);
    assertThat(LABS).hasSize(4 + 5);
    assertThat(Set.copyOf(LABS.subList(0, 4))).hasSize(1);
    assertThat(Set.copyOf(LABS.subList(4, 9))).hasSize(1).isNotEqualTo(Set.copyOf(LABS.subList(0, 4)));
  }

  @Test
  void labIsClosedAfterTheTest() {
    Samples.passed(OneLab.class);
    assertThat(LABS).isNotEmpty()
        .allSatisfy(lab -> assertThatIllegalStateException().isThrownBy(lab::now).withMessage("the lab is closed"));
  }

  @Sample
  @ExtendWith(LabExtension.class)
  static class Many {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void parameterized(int hours, Lab lab) {
      assertThat(lab.now()).isZero();
      lab.advance(Duration.ofHours(hours));
      LABS.add(lab);
    }

    @RepeatedTest(2)
    void repeated(Lab lab) {
      LABS.add(lab);
    }

    @TestFactory
    Stream<DynamicTest> dynamic(Lab lab) {
      LABS.add(lab);
      return Stream.of("one", "two").map(name -> DynamicTest.dynamicTest(name, () -> lab.advance(Duration.ofHours(1))));
    }
  }

  @Test
  void eachInvocationHasItsOwnLabAndDynamicTestsShareTheirFactorys() {
    assertThat(Samples.passed(Many.class)).isEqualTo(3 + 2 + 2);
    assertThat(new HashSet<>(LABS)).hasSize(3 + 2 + 1);
  }

  @Sample
  @ExtendWith(LabExtension.class)
  static class ForTheClass {

    @BeforeAll
    static void beforeAll(Lab lab) {
      LABS.add(lab);
    }

    @Test
    void test() {}
  }

  @Sample
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  @ExtendWith(LabExtension.class)
  static class OneInstance {

    OneInstance(Lab lab) {
      LABS.add(lab);
    }

    @Test
    void test() {}
  }

  @Test
  void methodsThatRunOncePerClassCannotReceiveALab() {
    for (Class<?> sample : List.of(ForTheClass.class, OneInstance.class)) {
      assertThat(Samples.failure(sample)).isInstanceOf(ParameterResolutionException.class)
          .hasMessageContaining("a Lab belongs to one test").hasMessageContaining("Lab.virtual(seed)");
    }
    assertThat(LABS).isEmpty();
  }

  @Sample
  @ExtendWith(LabExtension.class)
  static class Seeded {

    static long drawn;

    @Test
    void draws(Lab lab) {
      drawn = draw(lab);
    }
  }

  private static long draw(Lab lab) {
    return lab.random("draw").nextLong();
  }

  private static long draw(long seed) {
    try (Lab lab = Lab.virtual(seed)) {
      return draw(lab);
    }
  }

  @Test
  void seedIsZeroUnlessTheRunSetsIt() {
    Samples.passed(Seeded.class);
    assertThat(Seeded.drawn).isEqualTo(draw(0));
    Samples.passed(Seeded.class, "lab.seed", "-17");
    assertThat(Seeded.drawn).isEqualTo(draw(-17));
    assertThat(Samples.failure(Seeded.class, "lab.seed", "seventeen"))
        .hasStackTraceContaining("lab.seed must be a whole number, but is seventeen");
  }

  @Retention(RetentionPolicy.RUNTIME)
  @LabSettings(limit = "PT5S")
  @interface Hasty {}

  @Sample
  @LabSettings(startsAt = "2001-02-03T04:05:06Z", strict = false)
  @ExtendWith(LabExtension.class)
  static class Set1 {

    @Test
    void ofTheClass(Lab lab) {
      assertThat(lab.clock().instant()).isEqualTo(Instant.parse("2001-02-03T04:05:06Z"));
      escape(lab);
      assertThat(lab.escapes()).hasSize(1);
      assertThat(lab.decisions().toString()).isEmpty();
    }

    @Test
    @Hasty
    void ofTheMethod(Lab lab) {
      assertThat(lab.clock().instant()).isEqualTo(Instant.parse("2026-01-01T00:00:00Z"));
      assertThatThrownBy(() -> lab.await(Mono.delay(Duration.ofSeconds(6)))).isInstanceOf(StalledException.class)
          .hasMessageContaining("PT5S");
    }

    @Nested
    class Inside {

      @Test
      void ofTheEnclosingClass(Lab lab) {
        assertThat(lab.clock().instant()).isEqualTo(Instant.parse("2001-02-03T04:05:06Z"));
      }
    }
  }

  /** Completes, from a thread outside the world, a publisher that the world awaits. */
  private static void escape(Lab lab) {
    lab.await(Mono.create(sink -> Thread.ofPlatform().start(sink::success)));
  }

  @Test
  void closestSettingsApply() {
    assertThat(Samples.passed(Set1.class)).isEqualTo(3);
  }

  @Sample
  @ExtendWith(LabExtension.class)
  static class Unset {

    @Test
    void listensToAnotherThread(Lab lab) {
      escape(lab);
    }
  }

  @Test
  void labIsStrictByDefault() {
    assertThat(Samples.failure(Unset.class)).isInstanceOf(EscapeException.class);
  }

  @Sample
  @LabSettings(limit = "1h")
  @ExtendWith(LabExtension.class)
  static class WronglySet {

    @Test
    void test(Lab lab) {}
  }

  @Test
  void invalidSettingIsNamed() {
    assertThat(Samples.failure(WronglySet.class))
        .hasStackTraceContaining("@LabSettings(limit = \"1h\") is not of the form PT1H");
  }
}
