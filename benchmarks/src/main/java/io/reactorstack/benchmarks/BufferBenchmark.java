package io.reactorstack.benchmarks;

import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
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
import org.openjdk.jmh.annotations.Warmup;

/** Measures the memory cost of one packet: allocating and releasing a direct buffer. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class BufferBenchmark {
  /** Netty's allocators. */
  public enum Allocator {
    ADAPTIVE, POOLED, UNPOOLED
  }

  @Param
  Allocator allocator;

  private ByteBufAllocator buffers;

  @Setup
  public void open() {
    buffers = switch (allocator) {
      case ADAPTIVE -> new AdaptiveByteBufAllocator();
      case POOLED -> PooledByteBufAllocator.DEFAULT;
      case UNPOOLED -> UnpooledByteBufAllocator.DEFAULT;
    };
  }

  @Benchmark
  public boolean allocateAndRelease() {
    return buffers.directBuffer(2048).release();
  }
}
