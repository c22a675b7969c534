package io.reactorstack.device.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * An array of {@code struct epoll_event}: flags and a 64-bit tag each, packed to 12 bytes on x86-64 and 16 bytes long
 * elsewhere.
 */
final class EpollEvents {

  private static final boolean PACKED = !System.getProperty("os.arch", "").equals("aarch64")
      && !System.getProperty("os.arch", "").equals("riscv64");
  private static final long TAG = PACKED ? 4 : 8;
  private static final long SIZE = PACKED ? 12 : 16;

  private final MemorySegment memory;
  private final int capacity;

  EpollEvents(int capacity) {
    this.capacity = capacity;
    this.memory = Arena.ofAuto().allocate(SIZE * capacity, 8);
  }

  MemorySegment memory() {
    return memory;
  }

  int capacity() {
    return capacity;
  }

  int flags(int index) {
    return memory.get(JAVA_INT, SIZE * index);
  }

  long tag(int index) {
    return memory.get(JAVA_LONG_UNALIGNED, SIZE * index + TAG);
  }

  void set(int index, int flags, long tag) {
    memory.set(JAVA_INT, SIZE * index, flags);
    memory.set(JAVA_LONG_UNALIGNED, SIZE * index + TAG, tag);
  }
}
