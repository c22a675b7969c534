package io.reactorstack.benchmarks;

import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.local.LocalIoHandler;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Timers;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures the timers of one loop, with a number of them set: a timer that is drawn among all moves to another deadline,
 * or is cancelled and set again. The loop does not run, so no timer fires.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class TimersBenchmark {

  private static final int MOVES = 1024;
  private static final long LATEST = TimeUnit.HOURS.toNanos(1);

  @Param({"10", "1000", "100000"})
  int timers;

  private final LoopTurn turn = new LoopTurn(
      new ManualIoEventLoop(Thread.currentThread(), LocalIoHandler.newFactory()));
  private final int[] chosen = new int[MOVES];
  private final long[] deadlines = new long[MOVES];
  private Timers.Timer[] set;
  private long later;

  @Setup
  public void set() {
    SplittableRandom random = new SplittableRandom(1);
    set = new Timers.Timer[timers];
    for (int i = 0; i < timers; i++) {
      set[i] = turn.timer(() -> {
        throw new IllegalStateException("a timer fires");
      });
      set[i].set(deadline(random));
    }
    for (int i = 0; i < MOVES; i++) {
      chosen[i] = random.nextInt(timers);
      deadlines[i] = deadline(random);
    }
  }

  private long deadline(SplittableRandom random) {
    return turn.now() + LATEST + random.nextLong(LATEST);
  }

  /** Moves timers to deadlines that are drawn. */
  @Benchmark
  @OperationsPerInvocation(MOVES)
  public long move() {
    later++;
    for (int i = 0; i < MOVES; i++) {
      set[chosen[i]].set(deadlines[(int) ((i + later) % MOVES)]);
    }
    return turn.nextDeadline();
  }

  /** Cancels timers and sets them again. */
  @Benchmark
  @OperationsPerInvocation(MOVES)
  public long cancelAndSet() {
    later++;
    for (int i = 0; i < MOVES; i++) {
      Timers.Timer timer = set[chosen[i]];
      timer.cancel();
      timer.set(deadlines[(int) ((i + later) % MOVES)]);
    }
    return turn.nextDeadline();
  }
}
