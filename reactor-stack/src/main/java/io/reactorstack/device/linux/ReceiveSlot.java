package io.reactorstack.device.linux;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.PacketAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The memory that one frame is read into: a buffer as long as an ordinary frame, and a large one for the rest of a merged
 * frame. A frame takes its buffer along; the next one is allocated when it is needed.
 *
 * <p>The rest of a merged frame is read to its final place in the large buffer, so that only its beginning is copied.
 */
final class ReceiveSlot {

  /** The longest frame: an IP packet of 65535 bytes behind an Ethernet header with a VLAN tag, and a byte to detect more. */
  private static final int LONGEST = 65535 + 18 + 1;

  /** A shorter frame is copied: it would keep too much unused memory. */
  private static final int LEAST_IN_LARGE_BUFFER = LONGEST / 2;

  private final int headroom;
  private final int maxFrameBytes;
  private @Nullable ByteBuf ordinary;
  private @Nullable ByteBuf large;

  /**
   * Creates a slot.
   *
   * @param headroom the bytes that stay free before each frame
   * @param maxFrameBytes the length of the longest ordinary frame
   */
  ReceiveSlot(int headroom, int maxFrameBytes) {
    this.headroom = headroom;
    this.maxFrameBytes = maxFrameBytes;
  }

  /** Adds the memory to {@code vectors}. */
  void addTo(IoVectors vectors) {
    vectors.add(ordinary().memoryAddress() + headroom, maxFrameBytes);
    vectors.add(large().memoryAddress() + headroom + maxFrameBytes, LONGEST - maxFrameBytes);
  }

  private ByteBuf ordinary() {
    ByteBuf buffer = ordinary;
    if (buffer == null) {
      buffer = PacketAllocator.DEFAULT.directBuffer(headroom + maxFrameBytes, headroom + maxFrameBytes);
      ordinary = buffer;
    }
    return buffer;
  }

  private ByteBuf large() {
    ByteBuf buffer = large;
    if (buffer == null) {
      buffer = PacketAllocator.DEFAULT.directBuffer(headroom + LONGEST, headroom + LONGEST);
      large = buffer;
    }
    return buffer;
  }

  /** Returns the {@code length} bytes that were read, at most as many as the memory has room for. */
  ByteBuf take(int length) {
    ByteBuf first = ordinary();
    if (length <= maxFrameBytes) {
      ordinary = null;
      return first.setIndex(headroom, headroom + length);
    }
    ByteBuf whole = large();
    whole.setBytes(headroom, first, headroom, maxFrameBytes);
    if (length < LEAST_IN_LARGE_BUFFER) {
      ByteBuf copy = PacketAllocator.DEFAULT.directBuffer(headroom + length, headroom + length);
      return copy.setBytes(headroom, whole, headroom, length).setIndex(headroom, headroom + length);
    }
    large = null;
    return whole.setIndex(headroom, headroom + length);
  }

  /** Returns whether a frame of {@code length} bytes was too long for the memory, and its end may be missing. */
  boolean isOverfull(int length) {
    return length >= LONGEST;
  }

  /** Releases the memory; called once. */
  void release() {
    if (ordinary != null) {
      ordinary.release();
    }
    if (large != null) {
      large.release();
    }
  }
}
