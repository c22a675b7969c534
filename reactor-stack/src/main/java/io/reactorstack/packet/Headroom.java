package io.reactorstack.packet;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * The rule by which headers get in front of a payload without a copy: every buffer that starts its way down leaves
 * {@link #BYTES} free before its first byte, and each floor steps the reader index back over its own header.
 */
public final class Headroom {

  /** Ethernet with one VLAN tag (18), IPv6 (40) and the longest TCP header (60), rounded up to a cache line. */
  public static final int BYTES = 128;

  private Headroom() {}

  /** A buffer with headroom whose reader and writer index stand at its first payload byte. */
  public static ByteBuf allocate(ByteBufAllocator allocator, int payloadBytes) {
    ByteBuf buffer = allocator.directBuffer(BYTES + payloadBytes, BYTES + payloadBytes);
    return buffer.setIndex(BYTES, BYTES);
  }

  /** A buffer for a message of {@code bytes} bytes that writes itself in front of its end, with headroom; both indices stand there. */
  public static ByteBuf reserve(ByteBufAllocator allocator, int bytes) {
    ByteBuf buffer = allocate(allocator, bytes);
    return buffer.setIndex(BYTES + bytes, BYTES + bytes);
  }

  /**
   * Steps {@code buffer}'s reader index back by {@code headerBytes} and returns the new index, where the header is to
   * be written.
   *
   * @throws IndexOutOfBoundsException if the buffer was allocated without headroom
   */
  public static int prepend(ByteBuf buffer, int headerBytes) {
    int start = buffer.readerIndex() - headerBytes;
    buffer.readerIndex(start);
    return start;
  }
}
