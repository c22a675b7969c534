package io.reactorstack.lab.world;

import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Runs orders one by one on a {@link WorldThread}. After an order the thread looks for the next one a while before it sleeps:
 * tests give orders in quick succession, and to wake a thread takes tens of microseconds.
 *
 * <p>Else as {@link DefaultEventExecutor}, and like it an executor of Netty, since that is where BlockHound knows that an idle
 * thread may sleep.
 */
public final class WorldExecutor extends SingleThreadEventExecutor {

  private static final Spin SPIN = new Spin();
  private static final AtomicInteger COUNT = new AtomicInteger();

  /** An executor whose thread begins with the first order. */
  public WorldExecutor() {
    super(null, (ThreadFactory) task -> new WorldThread(task, "reactor-stack-lab-" + COUNT.incrementAndGet()), true);
  }

  @Override
  protected void run() {
    do {
      Runnable order = takeTask();
      if (order != null) {
        runTask(order);
        // An interrupt was for the order that has ended.
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
