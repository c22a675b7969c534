package io.reactorstack.lab.world;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The world, as lines that are logged in it show it, in the MDC of SLF4J: {@code lab.seed}, {@code lab.time} in seconds since the
 * world began, and {@code lab.host}, the host whose code logs. Only where SLF4J is there with an adapter whose values are
 * printed by somebody, such as Logback's or Log4j's; without one it costs nothing.
 *
 * <p>The values are those of the current thread. A thread that a world carries has the seed and the host, and no time, which
 * would stand still.
 */
public final class LogContext {

  private static final String SEED = "lab.seed";
  private static final String HOST = "lab.host";
  private static final String TIME = "lab.time";

  /** Adapters whose values nothing prints. */
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

  /** Whether anybody prints the values. */
  public static boolean isThere() { return PUT != null; }

  /** The current thread belongs to the world of {@code seed}, which begins. */
  public static void begin(long seed) {
    set(SEED, Long.toString(seed));
    time(Duration.ZERO);
  }

  /** The task {@code task} for another thread, with the seed and the host of the current one. */
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
      throw new IllegalStateException("SLF4J's MDC refuses " + key, e);
    }
  }

  /** It is so late in the world of the current thread. */
  public static void time(Duration now) {
    if (isThere()) {
      set(TIME, String.format(Locale.ROOT, "%d.%06d", now.toSeconds(), now.toNanosPart() / 1000));
    }
  }

  /** The current thread runs code of {@code host}, {@code null} for none. */
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
      throw new IllegalStateException("SLF4J's MDC refuses " + key, e);
    }
  }
}
