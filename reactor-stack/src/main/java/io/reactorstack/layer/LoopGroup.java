package io.reactorstack.layer;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.util.concurrent.RejectedExecutionHandlers;
import io.reactorstack.setting.Checks;
import java.util.concurrent.Executor;

/** Event loops that look at their devices often enough for a network stack; their threads are {@link LoopThread}s. */
public class LoopGroup extends MultiThreadIoEventLoopGroup {

  /**
   * How long tasks may run before the devices are looked at again. Netty's default of a second lets busy tasks starve
   * them.
   */
  private static final long TASK_QUANTUM_MILLIS = 1;

  /** {@code threads} loops, 1 to 1024, whose threads are named {@code name-1-1}, {@code name-1-2} and so on. */
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
