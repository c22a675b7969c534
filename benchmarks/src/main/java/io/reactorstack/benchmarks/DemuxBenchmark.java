package io.reactorstack.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.layer.Demux;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Pdu;
import io.reactorstack.wire.FourTuple;
import java.util.SplittableRandom;
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

/** Measures the look-up of the subscriber of a four-tuple, which is drawn among many and equal to its key, not the same. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class DemuxBenchmark {

  private static final int UNITS = 1024;
  private static final Ipv4Address HERE = Ipv4Address.parse("10.9.0.1");
  private static final int PORTS = 50_000;

  @Param({"1", "1000", "100000"})
  int branches;

  private record Unit(FourTuple flow) implements Pdu {

    @Override
    public ByteBuf payload() {
      return Unpooled.EMPTY_BUFFER;
    }
  }

  private final Demux<FourTuple, Unit> demux = new Demux<>(Unit::flow, new Drops());
  private final Unit[] units = new Unit[UNITS];
  private long routed;

  @Setup
  public void subscribe() {
    for (int i = 0; i < branches; i++) {
      demux.branch(flow(i)).subscribe(unit -> routed++);
    }
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < UNITS; i++) {
      units[i] = new Unit(flow(random.nextInt(branches)));
    }
    if (route() != UNITS) {
      throw new IllegalStateException("routed " + routed);
    }
  }

  private static FourTuple flow(int number) {
    return new FourTuple(HERE, 80, Ipv4Address.parse("10.9.1." + number / PORTS), 1024 + number % PORTS);
  }

  @Benchmark
  @OperationsPerInvocation(UNITS)
  public long route() {
    for (Unit unit : units) {
      demux.route(unit);
    }
    return routed;
  }
}
