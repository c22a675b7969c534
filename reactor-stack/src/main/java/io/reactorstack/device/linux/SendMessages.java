package io.reactorstack.device.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The {@code struct mmsghdr} array for sending to the interface of a packet socket. */
final class SendMessages {

  /** The highest number of pieces of memory of one message. */
  private static final int MOST_PARTS = 32;

  private static final int MESSAGE = 64;
  private static final int VECTORS = 16;
  private static final int VECTOR_COUNT = 24;

  private final MemorySegment messages;
  private final IoVectors[] vectors;

  SendMessages(int count) {
    Arena arena = Arena.ofAuto();
    messages = arena.allocate((long) MESSAGE * count, 8);
    vectors = new IoVectors[count];
    for (int i = 0; i < count; i++) {
      vectors[i] = new IoVectors(MOST_PARTS);
      messages.set(ADDRESS, (long) MESSAGE * i + VECTORS, vectors[i].memory());
    }
  }

  MemorySegment memory() {
    return messages;
  }

  /** The pieces of message {@code i}; a change takes effect with {@link #ready}. */
  IoVectors vectors(int i) {
    return vectors[i];
  }

  /** Completes message {@code i}. */
  void ready(int i) {
    messages.set(JAVA_LONG, (long) MESSAGE * i + VECTOR_COUNT, vectors[i].count());
  }
}
