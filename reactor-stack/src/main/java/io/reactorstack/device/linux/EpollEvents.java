package io.reactorstack.device.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** An array of {@code struct epoll_event}, each of which contains flags and a 64-bit tag. */
final class EpollEvents {

  /** The positions of the fields, which depend on the architecture. */
  enum Layout {
    /** The layout on x86-64, where the kernel packs the structure ({@code EPOLL_PACKED}). */
    PACKED(12, 4),
    /** The layout on all other 64-bit architectures, where the tag is aligned to its size. */
    ALIGNED(16, 8);

    private final long size;
    private final long tag;

    Layout(long size, long tag) {
      this.size = size;
      this.tag = tag;
    }

    /** Returns the layout on an architecture, given by its name in the JDK ({@code os.arch}). */
    static Layout of(String architecture) {
      return architecture.equals("amd64") || architecture.equals("x86_64") ? PACKED : ALIGNED;
    }
  }

  private static final Layout NATIVE = Layout.of(System.getProperty("os.arch", ""));

  private final Layout layout;
  private final MemorySegment memory;
  private final int capacity;

  EpollEvents(int capacity) {
    this(capacity, NATIVE);
  }

  EpollEvents(int capacity, Layout layout) {
    this.capacity = capacity;
    this.layout = layout;
    this.memory = Arena.ofAuto().allocate(layout.size * capacity, 8);
  }

  MemorySegment memory() {
    return memory;
  }

  int capacity() {
    return capacity;
  }

  int flags(int index) {
    return memory.get(JAVA_INT, layout.size * index);
  }

  long tag(int index) {
    return memory.get(JAVA_LONG_UNALIGNED, layout.size * index + layout.tag);
  }

  void set(int index, int flags, long tag) {
    memory.set(JAVA_INT, layout.size * index, flags);
    memory.set(JAVA_LONG_UNALIGNED, layout.size * index + layout.tag, tag);
  }
}
