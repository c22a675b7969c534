package io.reactorstack.test;

import io.reactorstack.lab.Lab;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Marks a test that runs once for each of many seeds, each time in a new world.
 *
 * <pre>{@code
 * @LabTest(seeds = 200)
 * void ordersSurviveALossyNetwork(Lab lab) {
 *   …
 * }
 * }</pre>
 *
 * <p>Parameters of type {@link Lab}, also those of {@code @BeforeEach} and {@code @AfterEach} methods, receive the
 * world of the seed as {@link LabExtension} describes. {@link LabSettings} on the method or its class configures it.
 *
 * <p>{@code mvn test -Dlab.seed=17} runs seed 17 only; {@code -Dlab.seeds=1000} runs 1000 seeds, beginning with the
 * first one; and {@code -Dlab.seeds=500-999} runs the seeds from 500 to 999. Both properties may also be configuration
 * parameters of JUnit.
 *
 * <p>Seeds run in parallel on all cores, also with other {@code @LabTest} methods of the class. The methods must
 * therefore share no mutable state: no static fields, and with {@code @TestInstance(PER_CLASS)} no fields.
 * {@code @Execution(SAME_THREAD)} on the method runs its seeds one after the other. If the build does not configure
 * parallel tests, this artefact enables JUnit's parallel execution for tests that request it; all other tests run as
 * before.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@TestTemplate
@ExtendWith({LabExtension.class, LabInvocations.class})
@Execution(ExecutionMode.CONCURRENT)
public @interface LabTest {

  /** The number of seeds, at least one. */
  int seeds() default 100;

  /** The first seed; the following seeds count up from it. */
  long firstSeed() default 1;

  /**
   * The names of methods that supply arguments; each argument set is run with each seed.
   *
   * <p>A name is that of a method of the test class, or {@code org.example.Arguments#name} for a method of another
   * class. The method is static unless the class has {@code @TestInstance(PER_CLASS)}. It returns a stream, a
   * collection, an iterator or an array. An element is one argument, or several if it is an {@code Object[]} or an
   * {@code Arguments} of JUnit. The arguments go, in order, to the test's parameters that are not of type {@link Lab};
   * other extensions resolve the remaining parameters. A {@code Named} is shown by its name.
   */
  String[] arguments() default {};
}
