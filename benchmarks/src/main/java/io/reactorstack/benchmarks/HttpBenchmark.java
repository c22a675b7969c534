package io.reactorstack.benchmarks;

import java.time.Duration;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import reactor.core.publisher.Flux;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/** Measures HTTP/1.1 requests per second with small responses, over a pool of 16 connections. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class HttpBenchmark {

  private static final int REQUESTS = 1000;
  private static final int CONNECTIONS = 16;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @Param
  Network network;

  private Peers peers;
  private ConnectionProvider pool;
  private HttpClient client;

  @Setup
  public void open() {
    peers = Peers.on(network);
    pool = ConnectionProvider.create("benchmark", CONNECTIONS);
    client = HttpClient.create(pool).runOn(peers.client()).baseUrl("http://" + peers.address() + ":" + Servers.HTTP);
  }

  @TearDown
  public void close() {
    pool.disposeLater().block(LIMIT);
    peers.close();
  }

  @Benchmark
  @OperationsPerInvocation(REQUESTS)
  public long requests() {
    Long answered = Flux.range(0, REQUESTS)
        .flatMap(i -> client.get().uri("/").responseSingle(
            (response, content) -> content.asByteArray().map(bytes -> bytes.length)), CONNECTIONS)
        .count().block(LIMIT);
    if (answered == null || answered != REQUESTS) {
      throw new IllegalStateException("answered " + answered);
    }
    return answered;
  }
}
