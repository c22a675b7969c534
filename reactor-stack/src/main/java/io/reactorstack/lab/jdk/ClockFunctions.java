package io.reactorstack.lab.jdk;

import io.reactorstack.lab.jdk.NativeInterface.NativeMethod;
import io.reactorstack.lab.jdk.Takeover.Refused;
import io.reactorstack.lab.world.World;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The functions that implement the JDK's clocks, and the machine's clocks that they fall back to. They have a class of
 * their own because it must be initialized before the JVM calls the first of them; otherwise every thread of the JVM
 * would wait for its initialization.
 */
final class ClockFunctions {

  static final long NANOS = TimeUnit.SECONDS.toNanos(1);

  /** {@code VM.getNanoTimeAdjustment} returns -1 for dates farther than this from its argument, in seconds. */
  private static final long FAR = 1L << 32;

  private static final Machine MACHINE = Machine.find();

  private ClockFunctions() {}

  /** Binds the JDK's native methods to the functions of this class. */
  static void bind(NativeInterface jvm) throws Throwable {
    // Loads the classes and compiles the code that the functions need, before the JVM calls them.
    for (int i = 0; i < 100; i++) {
      nanoTime();
      currentTimeMillis();
      nanoTimeAdjustment(0);
    }
    register(jvm, function("nanoTime", NativeInterface.longOf()),
        function("currentTimeMillis", NativeInterface.longOf()),
        function("nanoTimeAdjustment", NativeInterface.longOfLong(), long.class));
  }

  /** Returns a function for the JVM, which passes the JNI environment and the class as additional arguments. */
  private static MemorySegment function(String name, FunctionDescriptor type, Class<?>... parameters)
      throws ReflectiveOperationException {
    MethodHandle target = MethodHandles.lookup().findStatic(ClockFunctions.class, name,
        MethodType.methodType(long.class, parameters));
    return NativeInterface.function(MethodHandles.dropArguments(target, 0, long.class, long.class), type);
  }

  /** Binds the methods to the JVM's own functions again. */
  static void restore(NativeInterface jvm) throws Throwable {
    register(jvm, jvm.address("JVM_NanoTime"), jvm.address("JVM_CurrentTimeMillis"),
        jvm.address("JVM_GetNanoTimeAdjustment"));
  }

  private static void register(NativeInterface jvm, MemorySegment nanos, MemorySegment millis, MemorySegment adjustment)
      throws Throwable {
    jvm.register("java/lang/System", List.of(new NativeMethod("nanoTime", "()J", nanos),
        new NativeMethod("currentTimeMillis", "()J", millis)));
    jvm.register("jdk/internal/misc/VM", List.of(new NativeMethod("getNanoTimeAdjustment", "(J)J", adjustment)));
  }

  static long machineNanos() {
    return MACHINE.nanos();
  }

  static long machineMillis() {
    return MACHINE.millis();
  }

  // The functions that the JVM calls. An exception that leaves one of them ends the JVM.

  private static long nanoTime() {
    try {
      World world = World.current();
      if (world != null) {
        return world.nanoTime();
      }
    } catch (Throwable e) {
      // Falls back to the machine's time, since the exception would end the JVM.
    }
    return MACHINE.nanos();
  }

  private static long currentTimeMillis() {
    try {
      World world = World.current();
      if (world != null) {
        return Math.floorDiv(world.epochNanos(), 1_000_000L);
      }
    } catch (Throwable e) {
      // As above.
    }
    return MACHINE.millis();
  }

  private static long nanoTimeAdjustment(long offsetSeconds) {
    try {
      World world = World.current();
      if (world != null) {
        long now = world.epochNanos();
        long seconds = Math.floorDiv(now, NANOS) - offsetSeconds;
        return Math.abs(seconds) >= FAR ? -1 : seconds * NANOS + Math.floorMod(now, NANOS);
      }
    } catch (Throwable e) {
      // As above.
    }
    return MACHINE.adjustment(offsetSeconds);
  }

  /**
   * The machine's clocks: the functions that the JDK's own native methods call.
   *
   * @param nanoTime {@code JVM_NanoTime}
   * @param currentTimeMillis {@code JVM_CurrentTimeMillis}
   * @param nanoTimeAdjustment {@code JVM_GetNanoTimeAdjustment}
   */
  private record Machine(MethodHandle nanoTime, MethodHandle currentTimeMillis, MethodHandle nanoTimeAdjustment) {

    static Machine find() {
      try {
        return of(new NativeInterface());
      } catch (Refused e) {
        throw new IllegalStateException(e.getMessage(), e);
      }
    }

    static Machine of(NativeInterface jvm) throws Refused {
      return new Machine(leaf(jvm, "JVM_NanoTime", NativeInterface.longOf()),
          leaf(jvm, "JVM_CurrentTimeMillis", NativeInterface.longOf()),
          leaf(jvm, "JVM_GetNanoTimeAdjustment", NativeInterface.longOfLong()));
    }

    /**
     * Returns a handle for a function that takes no lock and makes no callback, so the thread can call it without
     * leaving Java.
     */
    private static MethodHandle leaf(NativeInterface jvm, String name, FunctionDescriptor type) throws Refused {
      return jvm.function(name, type, Linker.Option.critical(false));
    }

    long nanos() {
      try {
        return (long) nanoTime.invokeExact(0L, 0L);
      } catch (Throwable e) {
        return 0;
      }
    }

    long millis() {
      try {
        return (long) currentTimeMillis.invokeExact(0L, 0L);
      } catch (Throwable e) {
        return 0;
      }
    }

    long adjustment(long offsetSeconds) {
      try {
        return (long) nanoTimeAdjustment.invokeExact(0L, 0L, offsetSeconds);
      } catch (Throwable e) {
        return -1;
      }
    }
  }
}
