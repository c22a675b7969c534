package io.reactorstack.netty;

import io.netty.util.internal.ObjectUtil;
import io.reactorstack.tcp.model.BufferSettings;
import io.reactorstack.udp.UdpSettings;

/** Checks the sizes of socket buffers and segments that options set. */
final class BufferSizes {

  /** The minimum MSS: with a smaller one the host would send mostly headers. */
  private static final int INITIAL_SEGMENT = 88;
  private static final int LARGEST_SEGMENT = 65535;

  private BufferSizes() {}

  /** Returns the limit on segments that an option sets; 0 means none. */
  static int segment(int bytes) {
    return bytes == 0 ? 0 : ObjectUtil.checkInRange(bytes, INITIAL_SEGMENT, LARGEST_SEGMENT, "bytes");
  }

  /**
   * Returns the size to use for a buffer option: a size out of range becomes the minimum or maximum, as in the kernel.
   */
  static int atLeastMinimum(int bytes) {
    return Math.clamp(ObjectUtil.checkPositive(bytes, "bytes"), BufferSettings.LEAST, BufferSettings.MOST);
  }

  /** Returns the size to use for a queue of datagrams, at most the maximum. */
  static int queue(int bytes) {
    return Math.min(ObjectUtil.checkPositive(bytes, "bytes"), UdpSettings.MAX_BYTES);
  }
}
