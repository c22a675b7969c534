package io.reactorstack.agent;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoRegistration;
import io.netty.channel.ManualIoEventLoop;
import io.netty.util.concurrent.Ticker;
import java.util.concurrent.TimeUnit;

/**
 * The event loop of a session, with a clock in microseconds that advances only by requests.
 *
 * <p>Deadlines are in nanoseconds: a timer runs at the first whole microsecond that is not before its deadline.
 */
final class VirtualTime extends ManualIoEventLoop {

  /** The result of {@link #nextTimer} if no timer is set. */
  static final long NEVER = Long.MAX_VALUE;

  /** The start of the virtual clock V, in microseconds. */
  static final long ORIGIN = 1_000_000_000L;

  private static final long MICRO = 1000;
  private static final int RUNS_AT_ONE_INSTANT = 1_000_000;

  private final Clock clock;

  /** Creates a loop of the calling thread. */
  VirtualTime() {
    this(new Clock());
  }

  private VirtualTime(Clock clock) {
    super(null, Thread.currentThread(), executor -> new NoIo(), clock);
    this.clock = clock;
  }

  /** The virtual clock V, in microseconds. */
  long now() {
    return clock.micros;
  }

  /** Returns the time at which the earliest timer runs, in microseconds. */
  long nextTimer() {
    long deadline = nextScheduledTaskDeadlineNanos();
    return deadline == -1 ? NEVER : Math.ceilDiv(deadline, MICRO);
  }

  /** Advances V to {@code micros} if it is behind. */
  void atLeast(long micros) {
    clock.micros = Math.max(clock.micros, micros);
  }

  /** Runs the tasks due at the present instant until nothing is left to do. */
  void settle() {
    for (int runs = 0; runNow() > 0; runs++) {
      if (runs > RUNS_AT_ONE_INSTANT) {
        throw new IllegalStateException("the stack never runs out of tasks at " + clock.micros + " us");
      }
    }
  }

  private static final class Clock implements Ticker {

    private long micros = ORIGIN;

    @Override
    public long initialNanoTime() {
      return 0;
    }

    @Override
    public long nanoTime() {
      return micros * MICRO;
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
      throw new UnsupportedOperationException("a loop in virtual time does not poll descriptors");
    }

    @Override
    public void wakeup() {}

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
      return false;
    }
  }
}
