package io.reactorstack.benchmarks.dns;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures look-ups of names that are in the cache, each by another thread than the resolver's own; {@code -t 2} for two
 * threads.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 5)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class DnsCacheBenchmark {

  private static final long SEED = 1;

  @Param
  CachedLookup lookup;

  @Param({"1", "10000"})
  int names;

  private CachedLookup.Open open;
  private int[] order;

  /** The place of a thread in the order of the names. */
  @State(Scope.Thread)
  public static class Cursor {

    private int at = ThreadLocalRandom.current().nextInt(1 << 16);
  }

  @Setup
  public void open() throws IOException, InterruptedException {
    List<String> all = IntStream.range(0, names).mapToObj(i -> "host" + i + "." + NameServer.ZONE).toList();
    try (NameServer server = NameServer.onLoopback()) {
      open = lookup.open(server, all);
    }
    List<Integer> shuffled = new ArrayList<>(IntStream.range(0, names).boxed().toList());
    Collections.shuffle(shuffled, new Random(SEED));
    order = shuffled.stream().mapToInt(Integer::intValue).toArray();
    for (int i = 0; i < names; i++) {
      if (open.lookUp().apply(i) == null) {
        throw new IllegalStateException(all.get(i) + " is not in the cache");
      }
    }
  }

  @TearDown
  public void close() {
    open.end().run();
  }

  @Benchmark
  public Object lookUp(Cursor cursor) {
    int next = cursor.at + 1;
    cursor.at = next < order.length ? next : 0;
    return open.lookUp().apply(order[cursor.at]);
  }
}
