package io.reactorstack.test;

import io.reactorstack.lab.Lab;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.DynamicTestInvocationContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/**
 * A JUnit extension that passes a {@link Lab} in virtual time to a test, closes it after the test, and adds a report on
 * it to failures.
 *
 * <pre>{@code
 * @ExtendWith(LabExtension.class)
 * class ShopTest {
 *   @BeforeEach
 *   void connect(Lab lab) { … }
 *
 *   @Test
 *   void takesOrders(Lab lab) { … }
 * }
 * }</pre>
 *
 * <p>A test has one lab: the constructor, the {@code @BeforeEach} and {@code @AfterEach} methods and the test itself,
 * also in {@code @Nested} classes, receive the same instance. It is created when the first of them has a parameter of
 * type {@code Lab}. It is closed after the {@code @AfterEach} methods, before the callbacks of extensions that were
 * registered earlier than this one. Methods that run once for a class, and constructors of a class with
 * {@code @TestInstance(PER_CLASS)}, cannot receive a lab.
 *
 * <p>The seed is 0, or the value of {@code -Dlab.seed}; for many seeds see {@link LabTest}. {@link LabSettings} has the
 * other settings. Labs are strict by default.
 *
 * <p>An exception that leaves the test keeps its type. The extension puts the seed and the command that runs it again
 * in front of the exception's message. This needs a JVM that opens {@code java.lang} to this code ({@code --add-opens
 * java.base/java.lang=ALL-UNNAMED}), or an exception that is an assertion of JUnit or a plain {@code AssertionError}.
 * The extension also adds the report on the world as a suppressed exception, which JUnit and Maven print below the
 * stack trace. It publishes the files of the report to JUnit's output directory. A test that passes prints and writes
 * nothing.
 */
public final class LabExtension implements ParameterResolver, InvocationInterceptor, AfterEachCallback {

  @Override
  public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
    // The constructor receives the lab of its test.
    return ExtensionContextScope.TEST_METHOD;
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return isLab(parameter) || Arguments.of(context).has(parameter, context);
  }

  @Override
  public @Nullable Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    if (!isLab(parameter)) {
      return Arguments.of(context).get(parameter);
    }
    if (context.getTestMethod().isEmpty()) {
      throw new ParameterResolutionException(
          "a Lab belongs to one test: take it as a parameter of the test, of a @BeforeEach or @AfterEach method or, without"
              + " @TestInstance(PER_CLASS), of the constructor; for a whole class make one with Lab.virtual(seed) in"
              + " @BeforeAll and close it in @AfterAll");
    }
    return TestWorld.of(context).lab();
  }

  private static boolean isLab(ParameterContext parameter) {
    return parameter.getParameter().getType() == Lab.class;
  }

  /**
   * Adds explanations to failures that other extensions or JUnit's own time limits caused, and closes the lab. JUnit
   * calls this method after the {@code @AfterEach} methods.
   */
  @Override
  public void afterEach(ExtensionContext context) {
    TestWorld world = TestWorld.existing(context);
    if (world != null) {
      context.getExecutionException().ifPresent(world::explain);
      world.close();
    }
  }

  @Override
  public <T> T interceptTestClassConstructor(
      Invocation<T> invocation, ReflectiveInvocationContext<Constructor<T>> called, ExtensionContext context)
      throws Throwable {
    return explaining(invocation, context);
  }

  @Override
  public void interceptBeforeEachMethod(
      Invocation<Void> invocation, ReflectiveInvocationContext<Method> called, ExtensionContext context)
      throws Throwable {
    explaining(invocation, context);
  }

  @Override
  public void interceptTestMethod(
      Invocation<Void> invocation, ReflectiveInvocationContext<Method> called, ExtensionContext context)
      throws Throwable {
    explaining(invocation, context);
  }

  @Override
  public void interceptTestTemplateMethod(
      Invocation<Void> invocation, ReflectiveInvocationContext<Method> called, ExtensionContext context)
      throws Throwable {
    explaining(invocation, context);
  }

  @Override
  public <T> T interceptTestFactoryMethod(
      Invocation<T> invocation, ReflectiveInvocationContext<Method> called, ExtensionContext context)
      throws Throwable {
    return explaining(invocation, context);
  }

  @Override
  public void interceptDynamicTest(
      Invocation<Void> invocation, DynamicTestInvocationContext called, ExtensionContext context) throws Throwable {
    explaining(invocation, context);
  }

  @Override
  public void interceptAfterEachMethod(
      Invocation<Void> invocation, ReflectiveInvocationContext<Method> called, ExtensionContext context)
      throws Throwable {
    explaining(invocation, context);
  }

  private static <T> T explaining(Invocation<T> invocation, ExtensionContext context) throws Throwable {
    try {
      return invocation.proceed();
    } catch (Throwable failure) {
      TestWorld world = TestWorld.existing(context);
      throw world == null ? failure : world.explained(failure);
    }
  }
}
