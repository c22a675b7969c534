package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.model.BufferSettings;

/**
 * The memory that unread data may hold: the initial limit, in bytes, and the limit up to which it may grow with the
 * path.
 */
final class ReceiveCapacity {

  private int bytes;
  private int most;

  ReceiveCapacity(BufferSettings buffers) {
    this.bytes = buffers.receiveBuffer();
    this.most = buffers.maxReceiveBuffer();
  }

  /** Sets a capacity that the user has chosen for this connection; it no longer grows. */
  void fix(int capacity) {
    bytes = capacity;
    most = capacity;
  }

  int bytes() {
    return bytes;
  }

  /** The limit up to which the capacity may grow, in bytes. */
  int most() {
    return most;
  }
}
