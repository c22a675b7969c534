package io.reactorstack.benchmarks.suite.group;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.reactorstack.benchmarks.suite.Contestant.Role;
import io.reactorstack.benchmarks.suite.Group;
import io.reactorstack.benchmarks.suite.Plan;
import io.reactorstack.benchmarks.suite.Quantity;
import io.reactorstack.benchmarks.suite.Results;
import io.reactorstack.benchmarks.suite.load.Cables;
import io.reactorstack.benchmarks.suite.load.IdleConnections;
import io.reactorstack.benchmarks.suite.load.StackPair;
import java.util.List;
import java.util.Locale;

/**
 * The heap that each end of an idle connection on the reactive API holds: the live objects with the connections, minus
 * those without, for two numbers of connections; then the same when both ends have a subscriber that waits for data.
 */
public final class IdleGroup implements Group {

  /** The memory that the host may use for traffic: enough for all connections. */
  static final long MEMORY_LIMIT = 1L << 36;

  private static final String STACK = "stack";
  private static final int FEWER = 10;
  private static final int CLASSES = 10;
  private static final int ENDS = 2;

  @Override
  public String name() {
    return "idle";
  }

  @Override
  public String description() {
    return "Heap of each end of an idle connection, without and with a subscriber that waits for data.";
  }

  @Override
  public List<String> jvmFlags() {
    return List.of("-Xmx8g");
  }

  @Override
  public void measure(Plan plan, Results results) throws Exception {
    try (StackPair pair = new StackPair(Cables.cut(), 1, configuration -> configuration.memoryLimit(MEMORY_LIMIT))) {
      IdleConnections connections = new IdleConnections(pair, plan.idle());
      HeapUse before = HeapUse.current();
      long direct = direct();
      connections.openUpTo(plan.idle() / FEWER);
      add(results, "held", plan.idle() / FEWER, HeapUse.current().perPart(before, ENDS * plan.idle() / FEWER));
      connections.openUpTo(plan.idle());
      int ends = ENDS * plan.idle();
      HeapUse held = HeapUse.current();
      add(results, "held", plan.idle(), held.perPart(before, ends));
      note(results, "held", held.largest(before, ends, CLASSES));
      results.note(String.format(Locale.ROOT, "memory of Netty's default allocator outside the heap: %.1f B per end",
          (double) (direct() - direct) / ends));
      connections.read();
      HeapUse read = HeapUse.current();
      add(results, "with a subscriber", plan.idle(), read.perPart(before, ends));
      note(results, "with a subscriber, in addition", read.largest(held, ends, CLASSES));
    }
  }

  private static void add(Results results, String state, int connections, double bytes) {
    results.add(STACK, Role.SUBJECT, new Quantity(connections + " connections, " + state, "B/end", false), bytes);
  }

  private static void note(Results results, String state, List<String> classes) {
    results.note("largest classes per end, " + state + ":");
    classes.forEach(results::note);
  }

  private static long direct() {
    return ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider provider
        ? provider.metric().usedDirectMemory()
        : 0;
  }
}
