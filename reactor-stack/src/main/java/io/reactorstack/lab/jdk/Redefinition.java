package io.reactorstack.lab.jdk;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.util.Map;

/** Replaces the method bodies of loaded JDK classes through the JVM Tool Interface, without an agent. */
final class Redefinition {

  // JVM Tool Interface: its version, the indices of two functions and two bits of its capabilities.
  private static final int JVMTI_VERSION = 0x3001_0200;
  private static final int ADD_CAPABILITIES = 141;
  private static final int REDEFINE_CLASSES = 86;
  private static final long CAN_REDEFINE = 1L << 9 | 1L << 21;

  private Redefinition() {}

  /** Replaces the bytes of all classes in one step; methods that are executing finish with their old code. */
  static void of(Map<Class<?>, byte[]> classes) throws Throwable {
    NativeInterface jvm = new NativeInterface();
    MemorySegment tools = jvm.environment(JVMTI_VERSION);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment capabilities = arena.allocate(2 * JAVA_LONG.byteSize(), JAVA_LONG.byteAlignment());
      capabilities.set(JAVA_LONG, 0, CAN_REDEFINE);
      NativeInterface.check("AddCapabilities", (int) NativeInterface.method(tools, ADD_CAPABILITIES,
          FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS)).invokeExact(tools, capabilities));
      MemoryLayout definition = MemoryLayout.structLayout(ADDRESS, JAVA_INT, MemoryLayout.paddingLayout(4), ADDRESS);
      MemorySegment table = arena.allocate(definition, classes.size());
      long at = 0;
      for (Map.Entry<Class<?>, byte[]> entry : classes.entrySet()) {
        byte[] bytes = entry.getValue();
        table.set(ADDRESS, at, jvm.globalClass(entry.getKey().getName().replace('.', '/')));
        table.set(JAVA_INT, at + ADDRESS.byteSize(), bytes.length);
        table.set(ADDRESS, at + 2 * ADDRESS.byteSize(),
            arena.allocateFrom(JAVA_BYTE, bytes));
        at += definition.byteSize();
      }
      NativeInterface.check("RedefineClasses", (int) NativeInterface.method(tools, REDEFINE_CLASSES,
          FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS)).invokeExact(tools, classes.size(), table));
    }
  }
}
