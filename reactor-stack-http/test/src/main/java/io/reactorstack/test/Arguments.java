package io.reactorstack.test;

import io.reactorstack.lab.Lab;
import java.lang.reflect.Parameter;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;

/**
 * One argument set of a {@link LabTest}. The values go, in order, to the test's parameters that are not of type
 * {@link Lab}.
 */
final class Arguments {

  static final Arguments NONE = new Arguments(new Object[0]);

  private final @Nullable Object[] values;

  Arguments(@Nullable Object[] values) {
    this.values = values.clone();
  }

  /** Stores these arguments for an invocation. */
  void put(ExtensionContext context) {
    context.getStore(TestWorld.NAMESPACE).put(Arguments.class, this);
  }

  static Arguments of(ExtensionContext context) {
    return context.getStore(TestWorld.NAMESPACE).getOrDefault(Arguments.class, Arguments.class, NONE);
  }

  /** Returns whether this set has a value for {@code parameter}. */
  boolean has(ParameterContext parameter, ExtensionContext context) {
    return values.length > 0 && parameter.getParameter().getType() != Lab.class && index(parameter) < values.length
        && context.getTestMethod().filter(parameter.getDeclaringExecutable()::equals).isPresent();
  }

  @Nullable
  Object get(ParameterContext parameter) {
    Object value = values[index(parameter)];
    return value instanceof Named<?> named ? named.getPayload() : value;
  }

  private static int index(ParameterContext parameter) {
    Parameter[] all = parameter.getDeclaringExecutable().getParameters();
    return (int) Arrays.stream(all, 0, parameter.getIndex()).filter(before -> before.getType() != Lab.class).count();
  }

  /** Returns the text that follows the seed in the name of an invocation. */
  @Override
  public String toString() {
    return Stream.of(values).map(value -> ", " + text(value)).collect(Collectors.joining());
  }

  private static String text(@Nullable Object value) {
    if (value instanceof Named<?> named) {
      return named.getName();
    }
    if (value != null && value.getClass().isArray()) {
      String listed = Arrays.deepToString(new @Nullable Object[] {value});
      return listed.substring(1, listed.length() - 1);
    }
    return String.valueOf(value);
  }
}
