package io.reactorstack.device.linux;

import io.reactorstack.layer.LoopGroup;

/**
 * Event loops on which raw devices can be opened.
 *
 * <p>Their threads are daemons; stop them with {@link #shutdownGracefully()}, which closes the devices that are still
 * open.
 */
public class LinuxEventLoopGroup extends LoopGroup {

  /**
   * {@code threads} loops, 1 to 1024, whose threads are named {@code name-1-1}, {@code name-1-2} and so on.
   *
   * @throws io.reactorstack.device.DeviceException if this system is not a supported Linux
   */
  public LinuxEventLoopGroup(int threads, String name) {
    super(threads, name, LinuxIoHandler.newFactory());
  }
}
