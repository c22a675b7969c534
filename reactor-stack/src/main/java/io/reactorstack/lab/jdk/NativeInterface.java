package io.reactorstack.lab.jdk;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.reactorstack.lab.jdk.Takeover.Refused;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Calls the JVM's own native interfaces, JNI and JVM TI, from Java, without an agent or a native library. An instance
 * belongs to the platform thread that created it.
 */
final class NativeInterface {

  private static final Linker LINKER = Linker.nativeLinker();

  private static final int JNI_VERSION = 0x0015_0000;

  // Indices into the function tables of the Java Native Interface specification, chapters 4 and 5.
  private static final int GET_ENV = 6;
  private static final int FIND_CLASS = 6;
  private static final int NEW_GLOBAL_REFERENCE = 21;
  private static final int REGISTER_NATIVES = 215;

  /**
   * The number of calls after which the handles are compiled so far that no native call happens between two of them.
   */
  private static final int ROUNDS = 30;

  private final SymbolLookup jvm;
  private final MemorySegment machine;
  private final MemorySegment environment;

  /** Finds the JVM that runs this code. */
  NativeInterface() throws Refused {
    if (Thread.currentThread().isVirtual()) {
      throw new Refused("a virtual thread has no native interface of its own");
    }
    this.jvm = library();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment found = arena.allocate(ADDRESS);
      MemorySegment count = arena.allocate(JAVA_INT);
      check("JNI_GetCreatedJavaVMs", (int) function("JNI_GetCreatedJavaVMs",
          FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS)).invokeExact(found, 1, count));
      this.machine = found.get(ADDRESS, 0);
      this.environment = environment(JNI_VERSION);
    } catch (Refused e) {
      throw e;
    } catch (Throwable e) {
      throw new Refused("the JVM's native interface was not found: " + e);
    }
  }

  private static SymbolLookup library() throws Refused {
    Path home = Path.of(System.getProperty("java.home"));
    String name = System.mapLibraryName("jvm");
    Path found = Stream.of("lib/server", "bin/server", "lib").map(part -> home.resolve(part).resolve(name))
        .filter(Files::exists).findFirst().orElseThrow(() -> new Refused("no " + name + " below " + home));
    return SymbolLookup.libraryLookup(found, Arena.global());
  }

  /** Returns a handle for a function that the JVM exports. */
  MethodHandle function(String name, FunctionDescriptor type, Linker.Option... options) throws Refused {
    MemorySegment address = address(name);
    return LINKER.downcallHandle(address, type, options);
  }

  /** Returns the address of a function that the JVM exports. */
  MemorySegment address(String name) throws Refused {
    return jvm.find(name).orElseThrow(() -> new Refused("the JVM has no function " + name));
  }

  /** Returns the environment of this thread for an interface and its version. */
  MemorySegment environment(int version) throws Throwable {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ADDRESS);
      check("GetEnv", (int) method(machine, GET_ENV, FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT))
          .invokeExact(machine, out, version));
      return out.get(ADDRESS, 0);
    }
  }

  /** Returns a handle for the function at {@code index} of the table that {@code object} points to. */
  static MethodHandle method(MemorySegment object, int index, FunctionDescriptor type) {
    MemorySegment table = object.reinterpret(ADDRESS.byteSize()).get(ADDRESS, 0);
    long offset = index * ADDRESS.byteSize();
    return LINKER.downcallHandle(table.reinterpret(offset + ADDRESS.byteSize()).get(ADDRESS, offset), type);
  }

  static void check(String call, int result) throws Refused {
    if (result != 0) {
      throw new Refused(call + " returned " + result);
    }
  }

  /** Returns a permanent reference to a class of the JDK, such as {@code java/lang/System}. */
  MemorySegment globalClass(String name) throws Throwable {
    MethodHandle find = method(environment, FIND_CLASS, FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS));
    MethodHandle keep = method(environment, NEW_GLOBAL_REFERENCE, FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS));
    // The local reference that FindClass returns is invalid after this thread's next native call, so one handle makes
    // both calls.
    MethodHandle both = MethodHandles.collectArguments(keep.bindTo(environment), 0, find.bindTo(environment));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocateFrom(name);
      MemorySegment last = MemorySegment.NULL;
      for (int round = 0; round < ROUNDS; round++) {
        last = (MemorySegment) both.invokeExact(text);
      }
      if (last.address() == 0) {
        throw new Refused("the JVM keeps no reference to " + name);
      }
      return last;
    }
  }

  /** Binds native methods of a class of the JDK to other functions. */
  void register(String className, List<NativeMethod> methods) throws Throwable {
    MemorySegment owner = globalClass(className);
    MethodHandle register = method(environment, REGISTER_NATIVES,
        FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_INT));
    try (Arena arena = Arena.ofConfined()) {
      MemoryLayout entry = MemoryLayout.structLayout(ADDRESS, ADDRESS, ADDRESS);
      MemorySegment table = arena.allocate(entry, methods.size());
      for (int i = 0; i < methods.size(); i++) {
        NativeMethod method = methods.get(i);
        table.setAtIndex(ADDRESS, 3L * i, arena.allocateFrom(method.name()));
        table.setAtIndex(ADDRESS, 3L * i + 1, arena.allocateFrom(method.descriptor()));
        table.setAtIndex(ADDRESS, 3L * i + 2, method.function());
      }
      check("RegisterNatives", (int) register.invokeExact(environment, owner, table, methods.size()));
    }
  }

  /**
   * Returns the address of a function through which the JVM calls {@code target}, which must not throw. It remains
   * valid for the life of the JVM.
   */
  static MemorySegment function(MethodHandle target, FunctionDescriptor type) {
    return LINKER.upcallStub(target, type, Arena.global());
  }

  /**
   * A native method and the function that it is to call.
   *
   * @param name the method's name
   * @param descriptor its descriptor, such as {@code ()J}
   * @param function takes the environment, the class and the method's arguments
   */
  record NativeMethod(String name, String descriptor, MemorySegment function) {}

  /**
   * The type of a native static method without arguments that returns a long; pointers are passed as numbers, which is
   * faster.
   */
  static FunctionDescriptor longOf() {
    return FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG);
  }

  /** The type of a native static method from a long to a long. */
  static FunctionDescriptor longOfLong() {
    return FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  }
}
