package io.reactorstack.lab.world;

import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks one by one on a {@link WorldThread}. After a task the thread polls for the next one for a while before it
 * sleeps: tests submit tasks in quick succession, and waking a thread takes tens of microseconds.
 *
 * <p>Otherwise like {@link DefaultEventExecutor}. It is a Netty executor too, since BlockHound permits an idle thread
 * to sleep there.
 */
public final class WorldExecutor extends SingleThreadEventExecutor {

  private static final Spin SPIN = new Spin();
  private static final AtomicInteger COUNT = new AtomicInteger();

  /** Creates an executor whose thread starts with the first task. */
  public WorldExecutor() {
    super(null, (ThreadFactory) task -> new WorldThread(task, "reactor-stack-lab-" + COUNT.incrementAndGet()), true);
  }

  @Override
  protected void run() {
    do {
      Runnable order = takeTask();
      if (order != null) {
        runTask(order);
        // Clears the interrupt status: an interrupt was meant for the task that has ended.
        Thread.interrupted();
        updateLastExecutionTime();
      }
    } while (!confirmShutdown());
  }

  @Override
  protected @Nullable Runnable takeTask() {
    SPIN.sees(this::hasTasks);
    return super.takeTask();
  }
}
