package io.reactorstack.netty;

import io.netty.util.internal.ObjectUtil;

/** The sizes a socket's buffers may have. */
final class BufferSizes {

  private static final int MINIMUM = 2048;

  private BufferSizes() {}

  /** The size to use for one asked for by an option: a kernel too takes a small one for its minimum. */
  static int atLeastMinimum(int bytes) {
    return Math.max(MINIMUM, ObjectUtil.checkPositive(bytes, "bytes"));
  }
}
