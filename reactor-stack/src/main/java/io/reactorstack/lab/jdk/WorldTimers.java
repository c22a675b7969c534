package io.reactorstack.lab.jdk;

import io.reactorstack.lab.jdk.Takeover.Refused;
import io.reactorstack.lab.world.World;
import java.lang.invoke.MethodHandles;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Runs the timers of a world's virtual threads in the world's time. The JDK keeps the timers of virtual threads in
 * executors that no other code uses; an instance of this class wraps each of them.
 */
final class WorldTimers extends AbstractExecutorService implements ScheduledExecutorService {

  /** The result of the takeover: if it succeeded, timed waits of carried threads run in virtual time. */
  static final Takeover TAKEOVER = Takeover.attempt("the timers of virtual threads",
      "Blocking code of a world runs on the world's own thread, where block() is refused.", WorldTimers::install);

  private final ScheduledExecutorService outside;

  private WorldTimers(ScheduledExecutorService outside) {
    this.outside = outside;
  }

  private static void install() throws ReflectiveOperationException, Refused {
    if (!JdkVirtualThreads.TAKEOVER.stands()) {
      throw new Refused("virtual threads cannot be carried");
    }
    Class<?> holder = Class.forName("java.lang.VirtualThread$DelayedTaskSchedulers");
    ScheduledExecutorService[] timers = (ScheduledExecutorService[]) MethodHandles
        .privateLookupIn(holder, MethodHandles.lookup())
        .findStaticVarHandle(holder, "INSTANCE", ScheduledExecutorService[].class).get();
    for (int i = 0; i < timers.length; i++) {
      timers[i] = new WorldTimers(timers[i]);
    }
  }

  /** Schedules the timer of a wait; the JDK calls this on the carrier just after its virtual thread was unmounted. */
  @Override
  public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
    World world = World.current();
    if (world == null) {
      return outside.schedule(command, delay, unit);
    }
    long nanos = CarriedThreads.of(world).stretched(unit.toNanos(delay));
    if (JdkClocks.TAKEOVER.stands()) {
      return world.loop().schedule(command, nanos, TimeUnit.NANOSECONDS);
    }
    // The waiting code compares the machine's clock with its deadline when it wakes, so the deadline must have passed.
    long due = JdkClocks.machineNanoTime() + unit.toNanos(delay);
    return world.loop().schedule(() -> {
      RealTimeWait.until(due);
      command.run();
    }, nanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
    return outside.schedule(callable, delay, unit);
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(Runnable command, long initialDelay, long period, TimeUnit unit) {
    return outside.scheduleAtFixedRate(command, initialDelay, period, unit);
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(Runnable command, long initialDelay, long delay, TimeUnit unit) {
    return outside.scheduleWithFixedDelay(command, initialDelay, delay, unit);
  }

  @Override
  public void execute(Runnable command) {
    outside.execute(command);
  }

  @Override
  public void shutdown() {
    outside.shutdown();
  }

  @Override
  public List<Runnable> shutdownNow() {
    return outside.shutdownNow();
  }

  @Override
  public boolean isShutdown() {
    return outside.isShutdown();
  }

  @Override
  public boolean isTerminated() {
    return outside.isTerminated();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return outside.awaitTermination(timeout, unit);
  }
}
