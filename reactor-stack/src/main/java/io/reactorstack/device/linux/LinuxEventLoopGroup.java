package io.reactorstack.device.linux;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.RejectedExecutionHandlers;
import java.util.concurrent.Executor;

/**
 * Event loops on which raw devices can be opened.
 *
 * <p>Their threads are daemons; stop them with {@link #shutdownGracefully()}, which closes the devices that are still
 * open.
 */
public class LinuxEventLoopGroup extends MultiThreadIoEventLoopGroup {

  /**
   * How long tasks may run before the descriptors are looked at again. Netty's default of a second lets busy tasks
   * starve the devices.
   */
  private static final long TASK_QUANTUM_MILLIS = 1;

  /**
   * {@code threads} loops whose threads are named {@code name-1-1}, {@code name-1-2} and so on.
   *
   * @throws io.reactorstack.device.DeviceException if this system is not a supported Linux
   */
  public LinuxEventLoopGroup(int threads, String name) {
    super(threads, new DefaultThreadFactory(name, true), LinuxIoHandler.newFactory());
  }

  @Override
  protected IoEventLoop newChild(Executor executor, IoHandlerFactory factory, Object... arguments) {
    return new SingleThreadIoEventLoop(
        this, executor, factory, Integer.MAX_VALUE, RejectedExecutionHandlers.reject(), TASK_QUANTUM_MILLIS);
  }
}
