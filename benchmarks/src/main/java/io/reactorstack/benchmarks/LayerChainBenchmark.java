package io.reactorstack.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.layer.Demux;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.Stage;
import io.reactorstack.packet.Pdu;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
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
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * Measures the shape of the layers without their work: units pass four stages, with a demultiplexer in the middle. The
 * stages of several protocols share their classes, so the second case has other chains in the same JVM.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class LayerChainBenchmark {

  private static final int UNITS = 64;
  private static final int OTHER_RUNS = 20_000;

  /** Whether other chains, with other steps, have run before. */
  @Param({"false", "true"})
  boolean others;

  private record Unit(int key, int value) implements Pdu {

    @Override
    public ByteBuf payload() {
      return Unpooled.EMPTY_BUFFER;
    }
  }

  /** A source whose units the benchmark pushes. */
  private static final class Source extends Flux<Unit> {

    private CoreSubscriber<? super Unit> subscriber;

    @Override
    public void subscribe(CoreSubscriber<? super Unit> actual) {
      subscriber = actual;
      actual.onSubscribe(Operators.emptySubscription());
    }
  }

  private final Source source = new Source();
  private final Unit[] units = new Unit[UNITS];
  private long sum;

  @Setup
  public void assemble() {
    for (int i = 0; i < UNITS; i++) {
      units[i] = new Unit(4, i);
    }
    chain(source, unit -> new Unit(unit.key, unit.value + 1), unit -> new Unit(unit.key, unit.value ^ 1));
    if (others) {
      runOther(unit -> new Unit(unit.key, unit.value - 1), unit -> unit);
      runOther(unit -> unit, unit -> unit.value > 3 ? unit : null);
      runOther(unit -> unit.value > 5 ? unit : null, unit -> new Unit(unit.key, -unit.value));
    }
  }

  private void chain(Flux<Unit> from, Function<Unit, Unit> odd, Function<Unit, Unit> even) {
    Drops drops = new Drops();
    Demux<Integer, Unit> demux = new Demux<>(Unit::key, drops);
    Stage.of(Stage.of(demux.branch(4), odd, drops), even, drops).subscribe(unit -> sum += unit.value);
    demux.connect(Stage.of(Stage.of(from, odd, drops), even, drops));
  }

  private void runOther(Function<Unit, Unit> odd, Function<Unit, Unit> even) {
    Source other = new Source();
    chain(other, odd, even);
    for (int i = 0; i < OTHER_RUNS; i++) {
      other.subscriber.onNext(units[i % UNITS]);
    }
  }

  @Benchmark
  @OperationsPerInvocation(UNITS)
  public long units() {
    for (Unit unit : units) {
      source.subscriber.onNext(unit);
    }
    return sum;
  }
}
