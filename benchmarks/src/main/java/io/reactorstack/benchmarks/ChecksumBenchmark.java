package io.reactorstack.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.packet.Checksum;
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

/** Measures the Internet checksum over a packet, compared with a copy of the same bytes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ChecksumBenchmark {

  @Param({"20", "64", "1460", "65000"})
  int bytes;

  @Param({"direct", "heap"})
  String memory;

  private ByteBuf packet;
  private ByteBuf other;

  @Setup
  public void fill() {
    ByteBufAllocator buffers = ByteBufAllocator.DEFAULT;
    packet = memory.equals("heap") ? buffers.heapBuffer(bytes) : buffers.directBuffer(bytes);
    other = memory.equals("heap") ? buffers.heapBuffer(bytes) : buffers.directBuffer(bytes);
    for (int i = 0; i < bytes; i++) {
      packet.writeByte(i * 31);
    }
    other.writeBytes(packet, 0, bytes);
  }

  @TearDown
  public void release() {
    packet.release();
    other.release();
  }

  @Benchmark
  public long checksum() {
    return Checksum.sum(packet, 0, bytes);
  }

  @Benchmark
  public ByteBuf copy() {
    return other.setBytes(0, packet, 0, bytes);
  }
}
