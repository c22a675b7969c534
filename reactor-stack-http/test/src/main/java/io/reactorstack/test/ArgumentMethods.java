package io.reactorstack.test;

import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.BaseStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/** Finds and calls the methods named by {@link LabTest#arguments}. */
final class ArgumentMethods {

  private ArgumentMethods() {}

  /** Returns the argument sets that all named methods supply, in order. */
  static List<Arguments> call(String[] names, ExtensionContext context) {
    return Arrays.stream(names).flatMap(name -> sets(name, context)).toList();
  }

  private static Stream<Arguments> sets(String name, ExtensionContext context) {
    Method method = find(name, context);
    Object instance = context.getTestInstance().orElse(null);
    if (!Modifier.isStatic(method.getModifiers()) && instance == null) {
      throw new ExtensionConfigurationException(
          "the method " + name
              + ", which supplies arguments, must be static, or its class must have @TestInstance(PER_CLASS)");
    }
    Object supplied = context.getExecutableInvoker().invoke(method, instance);
    return elements(name, supplied).map(ArgumentMethods::set);
  }

  private static Method find(String name, ExtensionContext context) {
    int end = name.indexOf('#');
    Class<?> type = end < 0 ? context.getRequiredTestClass() : load(name.substring(0, end), context);
    String simple = name.substring(end + 1);
    List<Method> found = ReflectionSupport.findMethods(type,
        method -> method.getName().equals(simple) && !method.equals(context.getRequiredTestMethod()),
        HierarchyTraversalMode.BOTTOM_UP);
    if (found.size() != 1) {
      throw new ExtensionConfigurationException(
          "@LabTest(arguments = …) names " + name + ", but " + type.getName() + " has "
              + (found.isEmpty() ? "no method" : "several methods") + " of the name " + simple);
    }
    return found.getFirst();
  }

  private static Class<?> load(String name, ExtensionContext context) {
    ClassLoader loader = context.getRequiredTestClass().getClassLoader();
    return ReflectionSupport.tryToLoadClass(name, loader).getOrThrow(
        e -> new ExtensionConfigurationException(
            "@LabTest(arguments = …) names the class " + name + ", which does not exist", e));
  }

  private static Stream<?> elements(String name, @Nullable Object supplied) {
    return switch (supplied) {
      case Stream<?> stream -> stream;
      case BaseStream<?, ?> numbers -> stream(numbers.iterator());
      case Iterable<?> iterable -> stream(iterable.iterator());
      case Iterator<?> iterator -> stream(iterator);
      case Object array when array.getClass().isArray() ->
        IntStream.range(0, Array.getLength(array)).mapToObj(i -> Array.get(array, i));
      case null, default -> throw new ExtensionConfigurationException("the method " + name
          + ", which supplies arguments, must return a stream, a collection, an iterator or an array, but returned "
          + supplied);
    };
  }

  private static Stream<?> stream(Iterator<?> elements) {
    return StreamSupport.stream(Spliterators.spliteratorUnknownSize(elements, Spliterator.ORDERED), false);
  }

  private static Arguments set(@Nullable Object element) {
    if (element instanceof Object[] several) {
      return new Arguments(several);
    }
    @Nullable
    Object[] given = ParamsArguments.PRESENT ? ParamsArguments.values(element) : null;
    return new Arguments(given != null ? given : new @Nullable Object[] {element});
  }

  /** Reads the {@code Arguments} type of junit-jupiter-params, an optional dependency. */
  private static final class ParamsArguments {

    static final boolean PRESENT = isPresent();

    private static boolean isPresent() {
      try {
        Class.forName("org.junit.jupiter.params.provider.Arguments", false, ParamsArguments.class.getClassLoader());
        return true;
      } catch (ClassNotFoundException e) {
        return false;
      }
    }

    static @Nullable Object @Nullable [] values(@Nullable Object element) {
      return element instanceof org.junit.jupiter.params.provider.Arguments arguments ? arguments.get() : null;
    }
  }
}
