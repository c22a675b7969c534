package io.reactorstack.device.linux;

import io.reactorstack.layer.LoopGroup;

/**
 * A group of event loops on which Linux devices can be opened.
 *
 * <p>The threads are daemons. Stop them with {@link #shutdownGracefully()}, which also closes the devices that are
 * still open.
 */
public class LinuxEventLoopGroup extends LoopGroup {

  /**
   * Creates {@code threads} loops, 1 to 1024, whose threads are named {@code name-1-1}, {@code name-1-2} and so on.
   *
   * @throws io.reactorstack.device.DeviceException if this system is not a supported Linux
   */
  public LinuxEventLoopGroup(int threads, String name) {
    super(threads, name, LinuxIoHandler.newFactory());
  }
}
