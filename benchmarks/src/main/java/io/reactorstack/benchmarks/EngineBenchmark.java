package io.reactorstack.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
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
 * Measures the TCP engine without codecs, layers and loop: one data segment in and one out. Two engines send the same
 * number of bytes to each other in turns, so each acknowledgement travels with data; the score is the time of one engine.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class EngineBenchmark {

  @Param({"1", "1400"})
  int bytes;

  private final EnginePair pair = new EnginePair();
  private ByteBuf data;

  @Setup
  public void fill() {
    data = Unpooled.unreleasableBuffer(Unpooled.directBuffer(bytes).writeZero(bytes));
  }

  @Benchmark
  @OperationsPerInvocation(2)
  public int segmentInAndOut() {
    pair.pass();
    pair.client.write(data.duplicate(), pair.now());
    int sent = pair.deliver(pair.client, pair.server);
    int received = pair.read(pair.server);
    pair.server.write(data.duplicate(), pair.now());
    sent += pair.deliver(pair.server, pair.client);
    received += pair.read(pair.client);
    if (sent < 2 || received != 2 * bytes) {
      throw new IllegalStateException("sent " + sent + " segments, received " + received + " bytes");
    }
    return received;
  }
}
