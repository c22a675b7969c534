package io.reactorstack.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
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
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.tcp.TcpClient;
import reactor.netty.tcp.TcpServer;

/** 64 MiB from a Reactor Netty server to a client: time for the whole, so MiB/s = 64 / score. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class BulkBenchmark {

  private static final int CHUNK = 32 * 1024;
  private static final int CHUNKS = 2048;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @Param
  Peers.Network network;

  private Peers peers;
  private DisposableServer server;
  private TcpClient client;

  @Setup
  public void open() {
    peers = Peers.on(network);
    ByteBuf chunk = Unpooled.unreleasableBuffer(Unpooled.directBuffer(CHUNK).writeZero(CHUNK));
    server = TcpServer.create().runOn(peers.server()).host(peers.address()).port(0)
        .handle((in, out) -> out.send(Flux.range(0, CHUNKS).map(i -> chunk.duplicate()))).bindNow(LIMIT);
    client = TcpClient.newConnection().runOn(peers.client()).host(peers.address()).port(server.port());
  }

  @TearDown
  public void close() {
    server.disposeNow(LIMIT);
    peers.close();
  }

  @Benchmark
  public long transfer() {
    Long bytes = client.connect()
        .flatMap(connection -> connection.inbound().receive().map(ByteBuf::readableBytes).reduce(0L, Long::sum)
            .flatMap(sum -> Mono.fromRunnable(connection::dispose).thenReturn(sum)))
        .block(LIMIT);
    if (bytes == null || bytes != (long) CHUNK * CHUNKS) {
      throw new IllegalStateException("received " + bytes);
    }
    return bytes;
  }
}
