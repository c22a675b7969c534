package io.reactorstack.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
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
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * Measures the Internet checksum over a packet, compared with a copy of the same bytes. In place, the packet begins behind
 * the headers of a frame, and the checksum has been computed over heap buffers, direct buffers and slices before.
 */
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

  private static final int HEADERS = 34;
  private static final int OTHER_RUNS = 20_000;

  private ByteBuf packet;
  private ByteBuf other;
  private ByteBuf frame;

  @Setup
  public void fill() {
    ByteBufAllocator buffers = ByteBufAllocator.DEFAULT;
    packet = memory.equals("heap") ? buffers.heapBuffer(bytes) : buffers.directBuffer(bytes);
    other = memory.equals("heap") ? buffers.heapBuffer(bytes) : buffers.directBuffer(bytes);
    for (int i = 0; i < bytes; i++) {
      packet.writeByte(i * 31);
    }
    other.writeBytes(packet, 0, bytes);
    frame = memory.equals("heap") ? buffers.heapBuffer(HEADERS + bytes) : buffers.directBuffer(HEADERS + bytes);
    frame.writeZero(HEADERS).writeBytes(packet, 0, bytes);
  }

  /** Shows the other kinds of buffers to the compiler. */
  @Setup
  public void seeOtherKinds(BenchmarkParams parameters) {
    if (!parameters.getBenchmark().endsWith("inPlace")) {
      return;
    }
    ByteBuf heap = Unpooled.wrappedBuffer(new byte[OTHER_RUNS]);
    ByteBuf direct = Unpooled.directBuffer(OTHER_RUNS).writeZero(OTHER_RUNS);
    for (int i = 0; i < OTHER_RUNS; i++) {
      int length = i % 1500;
      Checksum.sum(heap, i & 1, length);
      Checksum.sum(direct, i & 3, length);
      Checksum.sum(direct.slice(1, OTHER_RUNS - 1), 0, length);
    }
    direct.release();
  }

  @TearDown
  public void release() {
    packet.release();
    other.release();
    frame.release();
  }

  @Benchmark
  public long checksum() {
    return Checksum.sum(packet, 0, bytes);
  }

  @Benchmark
  public long inPlace() {
    return Checksum.sum(frame, HEADERS, bytes);
  }

  @Benchmark
  public ByteBuf copy() {
    return other.setBytes(0, packet, 0, bytes);
  }
}
