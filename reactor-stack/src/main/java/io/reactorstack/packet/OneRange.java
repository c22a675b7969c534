package io.reactorstack.packet;

import java.nio.ByteBuffer;

/** A buffer with one range of direct memory of its own, whose indices are those of the buffer. */
interface OneRange {

  /** The octets of memory that the buffer keeps, whatever its capacity is. */
  int size();

  /**
   * The memory, in the byte order {@link java.nio.ByteOrder#LITTLE_ENDIAN}. Several threads may read it; its position
   * and limit must not be changed. The caller checks that the octets are within the capacity of the buffer.
   */
  ByteBuffer littleEndian();
}
