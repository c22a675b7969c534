package io.reactorstack.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.tcp.engine.TcpEngine;
import io.reactorstack.wire.TcpSegment;
import java.util.ArrayList;
import java.util.List;
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
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures the receive window: segments arrive while the application does not read, the memory held closes the window, and
 * reading opens it again. The score is the time of one segment, with its share of the sender, of the acknowledgements and
 * of the window update.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ReceiveLawBenchmark {
  /** The order in which the segments of a batch arrive. */
  public enum Order {
    /** As they were sent. */
    IN_ORDER,
    /** The first one last: all others wait for it, and are reported by SACK. */
    FIRST_LAST
  }

  private static final int BATCH = 8;
  private static final int BYTES = 1400;

  @Param
  Order order;

  private final EnginePair pair = new EnginePair();
  private final ByteBuf data = Unpooled.unreleasableBuffer(Unpooled.directBuffer(BYTES).writeZero(BYTES));
  private final List<TcpSegment> batch = new ArrayList<>();

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public int segments() {
    pair.pass();
    for (int i = 0; i < BATCH; i++) {
      pair.client.write(data.duplicate(), pair.now());
      batch.add(pair.client.poll(pair.now()));
    }
    if (order == Order.FIRST_LAST) {
      batch.add(batch.removeFirst());
    }
    TcpEngine server = pair.server;
    for (TcpSegment segment : batch) {
      server.onSegment(EnginePair.received(segment), pair.now());
    }
    batch.clear();
    pair.deliver(server, pair.client);
    int received = pair.read(server);
    pair.exchange();
    if (received != BATCH * BYTES) {
      throw new IllegalStateException("received " + received + " bytes");
    }
    return received;
  }
}
