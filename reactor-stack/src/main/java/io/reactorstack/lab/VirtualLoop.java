package io.reactorstack.lab;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.local.LocalIoHandler;

/** The event loop of a virtual world: does only what it is told to, and says when its next timer is due. */
final class VirtualLoop extends ManualIoEventLoop {

  /** The deadline of a loop without a timer. */
  static final long NEVER = Long.MAX_VALUE;

  private final Arrivals arrivals;

  /** A loop that shows {@code arrivals} each task given to it by another thread than its own. */
  VirtualLoop(VirtualClock clock, Arrivals arrivals) {
    super(null, null, showing(arrivals), clock);
    this.arrivals = arrivals;
  }

  /** Runs {@code task} in its turn, which {@link #arrivals} is shown before; {@link #execute} shows it after the task may have run. */
  void executeAnnounced(Runnable task) {
    arrivals.announced(() -> execute(task));
  }

  /** Runs what is due now, and all that follows from it at this instant; whether there was anything. */
  boolean settle() {
    boolean any = false;
    while (runNow() > 0) {
      // The tasks that ran may have made more due.
      any = true;
    }
    return any;
  }

  long nextDeadline() {
    long next = nextScheduledTaskDeadlineNanos();
    return next == -1 ? NEVER : next;
  }

  private static IoHandlerFactory showing(Arrivals arrivals) {
    IoHandlerFactory local = LocalIoHandler.newFactory();
    return executor -> new Watched(local.newHandler(executor), arrivals);
  }

  /**
   * A handler that a loop wakes, with {@link #wakeup}, on the thread that has given it a task.
   *
   * @param handler does the work
   * @param arrivals sees the threads
   */
  private record Watched(IoHandler handler, Arrivals arrivals) implements IoHandler {

    @Override
    public void wakeup() {
      arrivals.arrived();
      handler.wakeup();
    }

    @Override
    public void initialize() {
      handler.initialize();
    }

    @Override
    public int run(IoHandlerContext context) {
      return handler.run(context);
    }

    @Override
    public void prepareToDestroy() {
      handler.prepareToDestroy();
    }

    @Override
    public void destroy() {
      handler.destroy();
    }

    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
      return handler.register(handle);
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
      return handler.isCompatible(handleType);
    }
  }
}
