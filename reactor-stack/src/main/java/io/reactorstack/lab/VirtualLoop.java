package io.reactorstack.lab;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.local.LocalIoHandler;

/** The event loop of a virtual world: runs tasks only on request, and reports the deadline of its next timer. */
final class VirtualLoop extends ManualIoEventLoop {

  /** The deadline of a loop without a timer. */
  static final long NEVER = Long.MAX_VALUE;

  private final OutsideTasks arrivals;

  /** Creates a loop that reports to {@code arrivals} each task that another thread submits. */
  VirtualLoop(VirtualClock clock, OutsideTasks arrivals) {
    super(null, null, showing(arrivals), clock);
    this.arrivals = arrivals;
  }

  /**
   * Submits {@code task} and reports it to {@link #arrivals} before it can run; {@link #execute} reports it when it may
   * have run already.
   */
  void executeAnnounced(Runnable task) {
    arrivals.announced(() -> execute(task));
  }

  /** Runs everything that is due, and all that follows from it at this instant; returns whether there was anything. */
  boolean settle() {
    boolean any = false;
    while (runNow() > 0) {
      // The tasks that ran may have made more tasks due.
      any = true;
    }
    return any;
  }

  long nextDeadline() {
    long next = nextScheduledTaskDeadlineNanos();
    return next == -1 ? NEVER : next;
  }

  private static IoHandlerFactory showing(OutsideTasks arrivals) {
    IoHandlerFactory local = LocalIoHandler.newFactory();
    return executor -> new Watched(local.newHandler(executor), arrivals);
  }

  /**
   * A handler that reports a task to the arrivals; the loop calls {@link #wakeup} on the thread that has submitted the
   * task.
   *
   * @param handler does the actual work
   * @param arrivals receives the reports
   */
  private record Watched(IoHandler handler, OutsideTasks arrivals) implements IoHandler {

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
