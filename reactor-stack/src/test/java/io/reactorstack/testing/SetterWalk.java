package io.reactorstack.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Calls every public setter of a module with wrong values, and expects each call to fail with a helpful message.
 *
 * <p>Setters are found by reflection in the exported packages: methods that return their own type or another that has
 * setters, {@code with…} and {@code set…} methods, all methods of types called {@code …Options} or {@code …Settings},
 * and the constructors and static factories of all types. A call fails as expected by an {@code
 * IllegalArgumentException} that names the setting and, for numbers and durations, the range, or by a {@code
 * NullPointerException} that names it. A call that is accepted must be in {@link #valid} with its reason; a type or
 * method that is not a setting must be in {@link #outside}. Entries that no longer apply fail the test, as do types
 * without an {@link #instance} and parameters without a {@link #sample}, so that a new setter cannot be missed.
 */
public final class SetterWalk {

  private static final Pattern EXPORT = Pattern.compile("(?m)^\\s*exports ([\\w.]+);");
  private static final Pattern SETTER = Pattern.compile("(with|set)[A-Z].*");
  private static final Pattern OPTIONS = Pattern.compile(".*(Options|Settings)");
  private static final Pattern RANGE = Pattern.compile("(?i).*(\\bto\\b|at least|at most|expected).*", Pattern.DOTALL);

  /** A wrong value, and its label in the tables. */
  private record Wrong(String label, @Nullable Object value) {}

  private final Class<?> anchor;
  private final Map<Class<?>, Supplier<?>> instances = new LinkedHashMap<>();
  private final Map<String, Supplier<?>> samples = new LinkedHashMap<>();
  private final Map<String, String> valid = new LinkedHashMap<>();
  private final Map<String, String> outside = new LinkedHashMap<>();
  private final Set<String> used = new TreeSet<>();
  private final List<String> complaints = new ArrayList<>();
  private int calls;

  private SetterWalk(Class<?> anchor) {
    this.anchor = anchor;
  }

  /** Creates a walk over the module that contains {@code anchor}; tests run in the module's folder. */
  public static SetterWalk over(Class<?> anchor) {
    return new SetterWalk(anchor);
  }

  /** Sets the supplier of the instances of {@code type} on which setters are called. */
  public <T> SetterWalk instance(Class<T> type, Supplier<? extends T> supplier) {
    instances.put(type, supplier);
    return this;
  }

  /** Sets the valid argument for every parameter of {@code type}. */
  public <T> SetterWalk sample(Class<T> type, Supplier<? extends T> supplier) {
    samples.put(type.getName(), supplier);
    return this;
  }

  /** Sets the valid argument for one parameter, such as {@code Zone.of(origin)}. */
  public SetterWalk sample(String parameter, Supplier<?> supplier) {
    samples.put(parameter, supplier);
    return this;
  }

  /** Declares calls as valid although the value looks wrong, such as {@code Tcp.connectTimeout(timeout=zero)}. */
  public SetterWalk valid(String reason, String... accepted) {
    for (String call : accepted) {
      valid.put(call, reason);
    }
    return this;
  }

  /** Excludes packages, types, or methods ({@code Type.method}) whose arguments are not settings. */
  public SetterWalk outside(String reason, String... names) {
    for (String name : names) {
      outside.put(name, reason);
    }
    return this;
  }

  /** Calls all setters, and fails with a list of all problems. */
  public void walk() {
    for (Class<?> type : publicTypes()) {
      for (Executable setter : setters(type)) {
        String name = nameOf(setter);
        if (outside.containsKey(type.getPackageName())) {
          used.add(type.getPackageName());
        } else if (outside.containsKey(typeName(type))) {
          used.add(typeName(type));
        } else if (outside.containsKey(name)) {
          used.add(name);
        } else {
          call(setter);
        }
      }
    }
    Set<String> stale = new TreeSet<>(valid.keySet());
    stale.addAll(outside.keySet());
    stale.removeAll(used);
    stale.forEach(entry -> complaints.add("an entry that is no longer needed: " + entry));
    assertThat(complaints).as("wrong values without a helpful error, of %s calls", calls).isEmpty();
    assertThat(calls).as("calls").isPositive();
  }

  // ---- finding the setters

  private List<Class<?>> publicTypes() {
    try {
      Path root = Path.of(anchor.getProtectionDomain().getCodeSource().getLocation().toURI());
      List<Class<?>> types = new ArrayList<>();
      var exports = EXPORT.matcher(Files.readString(Path.of("src/main/java/module-info.java")));
      while (exports.find()) {
        try (Stream<Path> files = Files.list(root.resolve(exports.group(1).replace('.', '/')))) {
          for (Path file : files.sorted().toList()) {
            String simple = file.getFileName().toString();
            if (simple.endsWith(".class") && !simple.equals("package-info.class")) {
              Class<?> type = Class.forName(exports.group(1) + "." + simple.replace(".class", ""));
              if (isPublic(type) && !Throwable.class.isAssignableFrom(type) && !type.isEnum()) {
                types.add(type);
              }
            }
          }
        }
      }
      return types;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException | ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean isPublic(Class<?> type) {
    return Modifier.isPublic(type.getModifiers())
        && (type.getDeclaringClass() == null || isPublic(type.getDeclaringClass()));
  }

  private List<Executable> setters(Class<?> type) {
    List<Executable> found = new ArrayList<>();
    for (Method method : type.getDeclaredMethods()) {
      boolean open = Modifier.isPublic(method.getModifiers()) && !method.isSynthetic() && !isObjects(method);
      boolean shaped = Modifier.isStatic(method.getModifiers())
          || method.getReturnType() == type
          || instances.containsKey(method.getReturnType())
          || SETTER.matcher(method.getName()).matches()
          || OPTIONS.matcher(type.getSimpleName()).matches();
      if (open && shaped) {
        found.add(method);
      }
    }
    if (!Modifier.isAbstract(type.getModifiers())) {
      found.addAll(List.of(type.getConstructors()));
    }
    found.removeIf(setter -> Arrays.stream(setter.getParameterTypes()).allMatch(t -> t == boolean.class));
    found.sort(Comparator.comparing(Executable::toString));
    return found;
  }

  private static boolean isObjects(Method method) {
    return Set.of("equals", "hashCode", "toString").contains(method.getName());
  }

  // ---- calls

  private void call(Executable setter) {
    for (int i = 0; i < setter.getParameterCount(); i++) {
      for (Wrong wrong : wrongValues(setter.getParameterTypes()[i])) {
        Object[] arguments = arguments(setter, i);
        Object target = target(setter);
        if (arguments == null || target == null) {
          return;
        }
        arguments[i] = wrong.value;
        call(setter, target, arguments, setter.getParameters()[i], wrong);
      }
    }
  }

  private void call(Executable setter, Object target, Object[] arguments, Parameter parameter, Wrong wrong) {
    String call = nameOf(setter) + "(" + parameter.getName() + "=" + wrong.label + ")";
    calls++;
    try {
      if (setter instanceof Constructor<?> constructor) {
        constructor.newInstance(arguments);
      } else {
        ((Method) setter).invoke(target, arguments);
      }
      if (valid.containsKey(call)) {
        used.add(call);
      } else {
        complaints.add(call + " is accepted");
      }
    } catch (InvocationTargetException e) {
      String trouble = trouble(e.getCause(), setter, parameter, wrong);
      if (trouble != null) {
        complaints.add(call + " " + trouble + ": " + e.getCause());
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(call, e);
    }
  }

  /** Returns the fault of the exception with which a call failed, or {@code null}. */
  private static @Nullable String trouble(Throwable refusal, Executable setter, Parameter parameter, Wrong wrong) {
    boolean missing = refusal instanceof NullPointerException;
    if (!missing && !(refusal instanceof IllegalArgumentException)) {
      return "throws something else";
    }
    String message = letters(String.valueOf(refusal.getMessage()));
    String name = letters(setter.getName().replaceFirst("^(with|set)(?=[A-Z])", ""));
    if (refusal.getMessage() != null && refusal.getMessage().startsWith("Cannot ")
        || !message.contains(name) && !message.contains(letters(parameter.getName()))
            && !message.contains(letters(setter.getDeclaringClass().getSimpleName()))) {
      return "does not name the setting";
    }
    boolean number = wrong.value instanceof Number || wrong.value instanceof Duration;
    return number && !RANGE.matcher(refusal.getMessage()).matches() ? "does not name the range" : null;
  }

  private static String letters(String text) {
    return text.toLowerCase(Locale.ROOT).replaceAll("[^a-z]", "");
  }

  private @Nullable Object target(Executable setter) {
    if (setter instanceof Constructor || Modifier.isStatic(setter.getModifiers())) {
      return setter;
    }
    Supplier<?> supplier = instances.get(setter.getDeclaringClass());
    if (supplier == null) {
      complaints.add(nameOf(setter) + ": no instance to call it on");
      return null;
    }
    return supplier.get();
  }

  private @Nullable Object @Nullable [] arguments(Executable setter, int wrong) {
    Object[] arguments = new Object[setter.getParameterCount()];
    for (int i = 0; i < arguments.length; i++) {
      if (i != wrong) {
        Parameter parameter = setter.getParameters()[i];
        Supplier<?> sample = samples.getOrDefault(
            nameOf(setter) + "(" + parameter.getName() + ")", samples.get(parameter.getType().getName()));
        if (sample == null) {
          complaints.add(nameOf(setter) + "(" + parameter.getName() + "): no sample of " + parameter.getType());
          return null;
        }
        arguments[i] = sample.get();
      }
    }
    return arguments;
  }

  private static List<Wrong> wrongValues(Class<?> type) {
    if (type == int.class) {
      return List.of(new Wrong("0", 0), new Wrong("-1", -1), new Wrong("min", Integer.MIN_VALUE),
          new Wrong("max", Integer.MAX_VALUE));
    }
    if (type == long.class) {
      return List.of(new Wrong("0", 0L), new Wrong("-1", -1L), new Wrong("min", Long.MIN_VALUE),
          new Wrong("max", Long.MAX_VALUE));
    }
    if (type == double.class) {
      return List.of(new Wrong("0", 0.0), new Wrong("-1", -1.0), new Wrong("NaN", Double.NaN),
          new Wrong("infinite", Double.POSITIVE_INFINITY), new Wrong("max", Double.MAX_VALUE));
    }
    if (type == Duration.class) {
      return List.of(new Wrong("zero", Duration.ZERO), new Wrong("negative", Duration.ofNanos(-1)),
          new Wrong("huge", Duration.ofSeconds(Long.MAX_VALUE)), new Wrong("least", Duration.ofSeconds(Long.MIN_VALUE)),
          new Wrong("null", null));
    }
    if (type == String.class) {
      return List.of(new Wrong("empty", ""), new Wrong("blank", " \t"), new Wrong("null", null));
    }
    if (type.isArray() && !type.getComponentType().isPrimitive()) {
      return List.of(new Wrong("null", null), new Wrong("[null]", Array.newInstance(type.getComponentType(), 1)));
    }
    if (type == UnaryOperator.class) {
      return List.of(new Wrong("null", null), new Wrong("to null", (UnaryOperator<Object>) before -> null));
    }
    return type.isPrimitive() ? List.of() : List.of(new Wrong("null", null));
  }

  private static String nameOf(Executable setter) {
    String type = typeName(setter.getDeclaringClass());
    return setter instanceof Constructor ? "new " + type : type + "." + setter.getName();
  }

  private static String typeName(Class<?> type) {
    return type.getDeclaringClass() == null
        ? type.getSimpleName()
        : typeName(type.getDeclaringClass()) + "." + type.getSimpleName();
  }
}
