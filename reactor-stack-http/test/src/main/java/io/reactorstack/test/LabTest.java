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
 * A test that runs once for each of many seeds, each time in a world of its own.
 *
 * <pre>{@code
 * @LabTest(seeds = 200)
 * void ordersSurviveALossyNetwork(Lab lab) {
 *   …
 * }
 * }</pre>
 *
 * <p>The method's parameter of type {@link Lab}, and those of {@code @BeforeEach} and {@code @AfterEach} methods, get the world of the seed
 * as {@link LabExtension} describes. {@link LabSettings} on the method or its class changes it.
 *
 * <p>{@code mvn test -Dlab.seed=17} runs the seed 17 only; {@code -Dlab.seeds=1000} as many seeds from the first one on; and
 * {@code -Dlab.seeds=500-999} those from 500 to 999. All three may also be configuration parameters of JUnit.
 *
 * <p>Seeds run at the same time on all cores, also with other {@code @LabTest} methods of the class, which must therefore share nothing
 * that changes: no static fields, and with {@code @TestInstance(PER_CLASS)} no fields. {@code @Execution(SAME_THREAD)} on the method lets them
 * run one after the other. Where the build says nothing about parallel tests, this artefact enables JUnit's parallel execution for
 * tests that ask for it; others stay as they are.
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

  /** The first seed; those that follow count up from it. */
  long firstSeed() default 1;

  /**
   * Names of methods that supply arguments; each set of arguments is run with each seed.
   *
   * <p>A name is that of a method of the test class, or {@code org.example.Arguments#name} for one of another class. The method is static
   * unless the class has {@code @TestInstance(PER_CLASS)}. It returns a stream, a collection, an iterator or an array; an element is one
   * argument, or several if it is an {@code Object[]} or an {@code Arguments} of JUnit. They are given in their order to the parameters of
   * the test that are no {@link Lab}; parameters that remain are resolved by other extensions. A {@code Named} is shown by its name.
   */
  String[] arguments() default {};
}
