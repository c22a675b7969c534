package io.reactorstack.device.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** An array of {@code struct iovec}: the pieces of memory that one system call reads into or writes from. */
final class IoVectors {

  private static final int ELEMENT = 16;

  private final MemorySegment memory;
  private final long address;
  private final int capacity;
  private int count;

  /** Creates an array of {@code capacity} elements. */
  IoVectors(int capacity) {
    this.memory = Arena.ofAuto().allocate((long) ELEMENT * capacity, 8);
    this.address = memory.address();
    this.capacity = capacity;
  }

  /** Removes all elements but the first {@code n}. */
  void truncate(int n) {
    count = n;
  }

  int count() {
    return count;
  }

  MemorySegment memory() {
    return memory;
  }

  /** The address of the first element. */
  long address() {
    return address;
  }

  /** Adds the {@code length} bytes at {@code address}; there must be room for another element. */
  void add(long address, int length) {
    long at = (long) ELEMENT * count++;
    memory.set(JAVA_LONG, at, address);
    memory.set(JAVA_LONG, at + 8, length);
  }

  /**
   * Adds the {@code length} bytes at {@code index} of {@code bytes}, which may consist of several buffers. Returns false
   * if one of them has no memory address, or there are too many; the elements are then incomplete.
   */
  boolean add(ByteBuf bytes, int index, int length) {
    if (bytes.hasMemoryAddress()) {
      if (count == capacity) {
        return false;
      }
      add(bytes.memoryAddress() + index, length);
      return true;
    }
    return bytes instanceof CompositeByteBuf parts && addParts(parts, index, length);
  }

  private boolean addParts(CompositeByteBuf parts, int index, int length) {
    int at = index;
    int end = index + length;
    for (int i = length == 0 ? 0 : parts.toComponentIndex(index); at < end; i++) {
      ByteBuf part = parts.internalComponent(i);
      int skipped = at - parts.toByteIndex(i);
      int taken = Math.min(part.capacity() - skipped, end - at);
      if (taken > 0 && !add(part, skipped, taken)) {
        return false;
      }
      at += taken;
    }
    return true;
  }
}
