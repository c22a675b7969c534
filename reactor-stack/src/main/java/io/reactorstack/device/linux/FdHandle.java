package io.reactorstack.device.linux;

import io.netty.channel.IoHandle;

/** A handle of {@link LinuxIoHandler} whose file descriptor is polled for readiness. */
interface FdHandle extends IoHandle {

  /** The descriptor, which stays open until the registration is cancelled. */
  int fd();

  /** Called when the loop shuts down; cancels the registration and frees the descriptor. */
  @Override
  void close();
}
