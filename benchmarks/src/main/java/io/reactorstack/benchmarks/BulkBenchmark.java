package io.reactorstack.benchmarks;

import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
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
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.tcp.TcpClient;

/**
 * Measures a transfer of 64 MiB in one direction between Reactor Netty's TCP client and server: MiB/s = 64000 / score.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class BulkBenchmark {

  /** The direction as seen from the client. */
  public enum Direction {
    DOWN, UP
  }

  private static final Duration LIMIT = Duration.ofSeconds(60);

  @Param
  Network network;

  @Param
  Direction direction;

  private Peers peers;
  private TcpClient client;

  @Setup
  public void open() {
    peers = Peers.on(network);
    client = TcpClient.newConnection().runOn(peers.client()).host(peers.address())
        .port(direction == Direction.DOWN ? Servers.SOURCE : Servers.SINK);
  }

  @TearDown
  public void close() {
    peers.close();
  }

  @Benchmark
  public long transfer() {
    Long bytes = client.connect()
        .flatMap(connection -> (direction == Direction.DOWN ? down(connection) : up(connection))
            .doFinally(end -> connection.dispose()))
        .block(LIMIT);
    if (bytes == null || bytes != Servers.BYTES) {
      throw new IllegalStateException("transferred " + bytes);
    }
    return bytes;
  }

  private static Mono<Long> down(Connection connection) {
    return connection.inbound().receive().map(ByteBuf::readableBytes).reduce(0L, Long::sum);
  }

  private static Mono<Long> up(Connection connection) {
    return connection.outbound().send(Servers.bulk()).then()
        .then(connection.inbound().receive().asString().next().map(Long::valueOf));
  }
}
