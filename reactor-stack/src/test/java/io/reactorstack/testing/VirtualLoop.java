package io.reactorstack.testing;

import io.netty.channel.EventLoop;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoRegistration;
import io.netty.channel.ManualIoEventLoop;
import io.netty.util.concurrent.ThreadAwareExecutor;
import io.netty.util.concurrent.Ticker;
import io.reactorstack.layer.LoopTurn;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * An event loop in virtual time that the test drives on its own thread: nothing happens except inside {@link #settle},
 * {@link #advance} and {@link #runUntilIdle}.
 */
public final class VirtualLoop extends ManualIoEventLoop {

  private final Clock clock;
  private long tasks;
  private long failAt = -1;

  /** Creates a loop whose clock shows {@code 1000 s}, so that no test relies on a zero. */
  public VirtualLoop() {
    this(new Clock());
  }

  private VirtualLoop(Clock clock) {
    super(null, Thread.currentThread(), executor -> new NoIo(), clock);
    this.clock = clock;
  }

  /**
   * Makes the {@code n}-th task or timer submitted after this call fail with an {@code OutOfMemoryError}, counted from
   * 1, and no other.
   */
  public void failAt(long n) {
    failAt = tasks + n;
  }

  /** The number of tasks and timers submitted so far. */
  public long tasks() {
    return tasks;
  }

  private Object asked(Object proxy, Method method, Object[] arguments) throws Throwable {
    if ((method.getName().equals("execute") || method.getName().equals("schedule")) && ++tasks == failAt) {
      throw new OutOfMemoryError("thrown by the test");
    }
    try {
      return method.invoke(this, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  /** Returns a new {@code LoopTurn} on this loop. */
  public LoopTurn newTurn() {
    // Netty's loop does not permit overriding the methods that take tasks.
    return new LoopTurn((EventLoop) Proxy.newProxyInstance(
        EventLoop.class.getClassLoader(), new Class<?>[] {EventLoop.class}, this::asked));
  }

  /** The virtual time, in nanoseconds. */
  public long now() {
    return clock.now;
  }

  /** Runs the tasks due at the present instant until nothing is left to do. */
  public void settle() {
    int runs = 0;
    while (runNow() > 0) {
      if (++runs > 1_000_000) {
        throw new AssertionError("the loop never settles: a task keeps rescheduling itself");
      }
    }
  }

  /** Advances the time by {@code duration}, and runs each timer at its own instant. */
  public void advance(Duration duration) {
    long end = clock.now + duration.toNanos();
    settle();
    while (deadline() <= end) {
      clock.now = Math.max(clock.now, deadline());
      settle();
    }
    clock.now = end;
  }

  /** Advances the time by {@code duration} within a task, as slow code does; runs nothing. */
  public void spend(Duration duration) {
    clock.now += duration.toNanos();
  }

  /**
   * Advances the time until no timer is left, by at most {@code limit}.
   *
   * @throws AssertionError if timers are left after {@code limit}
   */
  public void runUntilIdle(Duration limit) {
    long end = clock.now + limit.toNanos();
    settle();
    while (deadline() != Long.MAX_VALUE) {
      if (deadline() > end) {
        throw new AssertionError("timers are left after " + limit);
      }
      clock.now = Math.max(clock.now, deadline());
      settle();
    }
  }

  /** The time at which the next timer of the loop is due, or {@link Long#MAX_VALUE}. */
  public long deadline() {
    long next = nextScheduledTaskDeadlineNanos();
    return next == -1 ? Long.MAX_VALUE : next;
  }

  private static final class Clock implements Ticker {

    private long now = TimeUnit.SECONDS.toNanos(1000);

    @Override
    public long initialNanoTime() {
      return 0;
    }

    @Override
    public long nanoTime() {
      return now;
    }

    @Override
    public void sleep(long delay, TimeUnit unit) {
      throw new UnsupportedOperationException("no thread may sleep in virtual time");
    }
  }

  private static final class NoIo implements IoHandler {

    @Override
    public int run(IoHandlerContext context) {
      return 0;
    }

    @Override
    public IoRegistration register(IoHandle handle) {
      throw new UnsupportedOperationException("a virtual loop does not poll descriptors");
    }

    @Override
    public void wakeup() {}

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
      return false;
    }
  }
}
