package io.reactorstack.lab.world;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Adds the state of the world to log lines, in the MDC of SLF4J: {@code lab.seed}, {@code lab.time} in seconds since
 * the beginning of the world, and {@code lab.host}, the host whose code logs. Active only if SLF4J is present with an
 * MDC adapter whose values are printed, such as Logback's or Log4j's; otherwise it costs nothing.
 *
 * <p>The values are those of the current thread. A thread that a world carries has the seed and the host, but no time,
 * since a value set once would become stale.
 */
public final class LogContext {

  private static final String SEED = "lab.seed";
  private static final String HOST = "lab.host";
  private static final String TIME = "lab.time";

  /** MDC adapters whose values are never printed. */
  private static final Set<String> MUTE = Set.of("NOPMDCAdapter", "BasicMDCAdapter");

  private static final @Nullable MethodHandle PUT = method("put", MethodType.methodType(void.class, String.class,
      String.class));
  private static final @Nullable MethodHandle REMOVE = method("remove",
      MethodType.methodType(void.class, String.class));

  private static final @Nullable MethodHandle GET = method("get", MethodType.methodType(String.class, String.class));

  private LogContext() {}

  private static @Nullable MethodHandle method(String name, MethodType type) {
    try {
      Class<?> mdc = Class.forName("org.slf4j.MDC", true, LogContext.class.getClassLoader());
      Object adapter = mdc.getMethod("getMDCAdapter").invoke(null);
      return adapter == null || MUTE.contains(adapter.getClass().getSimpleName())
          ? null
          : MethodHandles.publicLookup().findStatic(mdc, name, type);
    } catch (ReflectiveOperationException | LinkageError e) {
      return null;
    }
  }

  /** Returns whether a logging backend prints the values. */
  public static boolean isThere() { return PUT != null; }

  /** Marks the current thread as belonging to the world of {@code seed}, at time zero. */
  public static void begin(long seed) {
    set(SEED, Long.toString(seed));
    time(Duration.ZERO);
  }

  /** Returns {@code task} for another thread, with the seed and the host of the current one. */
  public static Runnable inherited(Runnable task) {
    MethodHandle get = GET;
    if (get == null) {
      return task;
    }
    String seed = get(get, SEED);
    String host = get(get, HOST);
    return () -> {
      set(SEED, seed);
      set(HOST, host);
      set(TIME, null);
      task.run();
    };
  }

  private static @Nullable String get(MethodHandle get, String key) {
    try {
      return (String) get.invokeExact(key);
    } catch (Throwable e) {
      throw new IllegalStateException("SLF4J's MDC rejected " + key, e);
    }
  }

  /** Sets the time of the world for the current thread. */
  public static void time(Duration now) {
    if (isThere()) {
      set(TIME, String.format(Locale.ROOT, "%d.%06d", now.toSeconds(), now.toNanosPart() / 1000));
    }
  }

  /** Sets the host whose code the current thread runs; {@code null} for none. */
  public static void host(@Nullable Object host) {
    if (isThere()) {
      set(HOST, host == null ? null : host.toString());
    }
  }

  private static void set(String key, @Nullable String value) {
    MethodHandle put = PUT;
    MethodHandle remove = REMOVE;
    if (put == null || remove == null) {
      return;
    }
    try {
      if (value == null) {
        remove.invokeExact(key);
      } else {
        put.invokeExact(key, value);
      }
    } catch (Throwable e) {
      throw new IllegalStateException("SLF4J's MDC rejected " + key, e);
    }
  }
}
