package io.reactorstack.packet;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * The rule that lets each layer put its header in front of a payload without a copy. Every buffer that is allocated to
 * be sent leaves {@link #BYTES} bytes free before its first payload byte, and each layer moves the reader index back by
 * the length of its own header.
 */
public final class Headroom {

  /**
   * The headroom in bytes: Ethernet with one VLAN tag (18), IPv6 (40) and the longest TCP header (60), rounded up to a
   * multiple of a cache line.
   */
  public static final int BYTES = 128;

  private Headroom() {}

  /**
   * Allocates a buffer with headroom and space for {@code payloadBytes}. Both indices are at the first payload byte.
   */
  public static ByteBuf allocate(ByteBufAllocator allocator, int payloadBytes) {
    ByteBuf buffer = allocator.directBuffer(BYTES + payloadBytes, BYTES + payloadBytes);
    return buffer.setIndex(BYTES, BYTES);
  }

  /**
   * Allocates a buffer with headroom for a message of {@code bytes} bytes that is written backwards by
   * {@link #prepend}. Both indices are at the end of the buffer.
   */
  public static ByteBuf reserve(ByteBufAllocator allocator, int bytes) {
    ByteBuf buffer = allocate(allocator, bytes);
    return buffer.setIndex(BYTES + bytes, BYTES + bytes);
  }

  /**
   * Moves the reader index of {@code buffer} back by {@code headerBytes} and returns the new index. The caller writes
   * the header there.
   *
   * @throws IndexOutOfBoundsException if the free headroom is shorter than the header
   */
  public static int prepend(ByteBuf buffer, int headerBytes) {
    int start = buffer.readerIndex() - headerBytes;
    buffer.readerIndex(start);
    return start;
  }
}
