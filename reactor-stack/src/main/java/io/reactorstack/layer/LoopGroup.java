package io.reactorstack.layer;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.util.concurrent.RejectedExecutionHandlers;
import io.reactorstack.setting.Checks;
import java.util.concurrent.Executor;

/**
 * A group of event loops that poll their devices often enough for a network stack; their threads are
 * {@link LoopThread}s.
 */
public class LoopGroup extends MultiThreadIoEventLoopGroup {

  /**
   * The time, in milliseconds, that tasks may run before the devices are polled again. With Netty's default of one
   * second, busy tasks would starve the devices.
   */
  private static final long TASK_QUANTUM_MILLIS = 1;

  /**
   * Creates a group of {@code threads} loops, 1 to 1024, whose threads are named {@code name-1-1}, {@code name-1-2} and
   * so on.
   */
  public LoopGroup(int threads, String name, IoHandlerFactory ioHandler) {
    super(Checks.range("threads", threads, 1, 1024, "threads"),
        LoopThread.factory(name), ioHandler);
  }

  @Override
  protected IoEventLoop newChild(Executor executor, IoHandlerFactory ioHandler, Object... arguments) {
    return new SingleThreadIoEventLoop(
        this, executor, ioHandler, Integer.MAX_VALUE, RejectedExecutionHandlers.reject(), TASK_QUANTUM_MILLIS);
  }
}
