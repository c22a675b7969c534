package io.reactorstack.benchmarks.suite.group;

import io.reactorstack.benchmarks.suite.Contestant;
import io.reactorstack.benchmarks.suite.Contestant.Role;
import io.reactorstack.benchmarks.suite.Group;
import io.reactorstack.benchmarks.suite.Plan;
import io.reactorstack.benchmarks.suite.Results;
import io.reactorstack.benchmarks.suite.Windows;
import io.reactorstack.benchmarks.suite.load.Cables;
import io.reactorstack.benchmarks.suite.load.Counting;
import io.reactorstack.benchmarks.suite.load.IdleConnections;
import io.reactorstack.benchmarks.suite.load.NativeRoundTrip;
import io.reactorstack.benchmarks.suite.load.NativeStream;
import io.reactorstack.benchmarks.suite.load.RandomRoundTrip;
import io.reactorstack.benchmarks.suite.load.StackPair;
import io.reactorstack.benchmarks.suite.load.Work;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;

/**
 * One active connection among many idle ones, beside a connection of two other stacks that have no others; and round trips
 * on a connection that is drawn among all each time. Both pairs of stacks are in one JVM, each on its own loop.
 */
public final class ActiveAmongIdleGroup implements Group {

  @Override
  public String name() {
    return "active-among-idle";
  }

  @Override
  public String description() {
    return "One active connection among idle ones, relative to alone, and round trips on a random one of all.";
  }

  @Override
  public List<String> jvmFlags() {
    return List.of("-Xmx10g");
  }

  @Override
  public void measure(Plan plan, Results results) throws Exception {
    try (StackPair alone = pair(); StackPair among = pair()) {
      List<Contestant> contestants = new ArrayList<>();
      add(contestants, "among " + plan.idle() + " idle", Role.SUBJECT, among, plan.idle());
      add(contestants, "alone", Role.PEER, alone, 1);
      Windows.run(plan, contestants, results);
    }
  }

  private static StackPair pair() {
    return new StackPair(Cables.cut(), 1, configuration -> configuration.memoryLimit(IdleGroup.MEMORY_LIMIT));
  }

  private static void add(List<Contestant> contestants, String name, Role role, StackPair pair, int connections)
      throws InterruptedException, TimeoutException {
    IdleConnections idle = new IdleConnections(pair, connections);
    idle.openUpTo(connections);
    contestants.add(Counting.bytes(name, role, NativeStream.from(pair.tcp(), StackPair.at(Work.SOURCE)), () -> {}));
    contestants.add(Counting.events(name, role, new NativeRoundTrip(pair.tcp(), StackPair.at(Work.ECHO)),
        "round trips", () -> {}));
    contestants.add(Counting.events(name, role, new RandomRoundTrip(idle), "round trips, random connection", () -> {}));
  }
}
