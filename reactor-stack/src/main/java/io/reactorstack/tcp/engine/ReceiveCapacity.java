package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.model.BufferSettings;

/** The memory that unread data may hold at the beginning, in bytes, and to how much it may grow with the path. */
final class ReceiveCapacity {

  private int bytes;
  private int most;

  ReceiveCapacity(BufferSettings buffers) {
    this.bytes = buffers.receiveBuffer();
    this.most = buffers.maxReceiveBuffer();
  }

  /** The user has set it for this very connection: it does not grow any more. */
  void fix(int capacity) {
    bytes = capacity;
    most = capacity;
  }

  int bytes() {
    return bytes;
  }

  /** To how much it may grow, in bytes. */
  int most() {
    return most;
  }
}
