package io.reactorstack.benchmarks.dns;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Measures queries to a {@link NameServer} on this machine, without a cache, with 1 and 100 outstanding at a time. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 6)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class DnsQueryBenchmark {

  private static final int BATCH = 2000;
  private static final int NAMES = 1 << 16;

  @Param
  UncachedResolver resolver;

  @Param({"1", "100"})
  int outstanding;

  private final String[] names = IntStream.range(0, NAMES).mapToObj(i -> "host" + i + "." + NameServer.ZONE)
      .toArray(String[]::new);
  private NameServer server;
  private Resolver open;
  private int asked;

  @Setup
  public void open() throws IOException {
    server = NameServer.onLoopback();
    open = resolver.open(server);
  }

  @TearDown
  public void close() {
    open.close();
    server.close();
  }

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void query() throws InterruptedException {
    int first = asked;
    open.askAll(i -> names[first + i & NAMES - 1], BATCH, outstanding, List.of(Resolver.Type.A));
    asked += BATCH;
  }
}
