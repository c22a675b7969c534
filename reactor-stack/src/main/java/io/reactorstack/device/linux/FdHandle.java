package io.reactorstack.device.linux;

import io.netty.channel.IoHandle;

/** Something with a file descriptor that wants to know when the descriptor is ready. */
interface FdHandle extends IoHandle {

  /** The descriptor; open until the registration is cancelled. */
  int fd();

  /** The loop shuts down; cancels the registration and frees the descriptor. */
  @Override
  void close();
}
