package io.reactorstack.netty;

import io.netty.util.internal.ObjectUtil;
import io.reactorstack.tcp.model.BufferSettings;
import io.reactorstack.udp.UdpSettings;

/** The sizes a socket's buffers and segments may have. */
final class BufferSizes {

  /** A smaller MSS only serves to make us send headers. */
  private static final int LEAST_SEGMENT = 88;
  private static final int LARGEST_SEGMENT = 65535;

  private BufferSizes() {}

  /** The cap on segments asked for by an option; 0 for none. */
  static int segment(int bytes) {
    return bytes == 0 ? 0 : ObjectUtil.checkInRange(bytes, LEAST_SEGMENT, LARGEST_SEGMENT, "bytes");
  }

  /** The size to use for one asked for by an option: a kernel too takes its minimum or maximum for one beyond. */
  static int atLeastMinimum(int bytes) {
    return Math.clamp(ObjectUtil.checkPositive(bytes, "bytes"), BufferSettings.LEAST, BufferSettings.MOST);
  }

  /** The size to use for one asked for, of a queue of datagrams. */
  static int queue(int bytes) {
    return Math.min(ObjectUtil.checkPositive(bytes, "bytes"), UdpSettings.MOST_BYTES);
  }
}
