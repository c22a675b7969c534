package io.reactorstack.lab;

import io.netty.channel.IoEventLoop;
import io.reactorstack.lab.world.LoopScheduler;
import io.reactorstack.lab.world.World;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import reactor.core.scheduler.Scheduler;

/** The world of a lab in virtual time, as its routed schedulers and the parts that take over the JDK see it. */
final class LabWorld implements World {

  private final VirtualClock clock;
  private final IoEventLoop loop;
  private final Seeds seeds;
  private final Scheduler scheduler;
  private final Escapes escapes = new Escapes();
  private final Map<Object, Object> kept = new IdentityHashMap<>();

  LabWorld(VirtualClock clock, IoEventLoop loop, Seeds seeds) {
    this.clock = clock;
    this.loop = loop;
    this.seeds = seeds;
    this.scheduler = LoopScheduler.shared(loop, clock::epochNanos, "lab");
  }

  Escapes escapes() {
    return escapes;
  }

  @Override
  public IoEventLoop loop() {
    return loop;
  }

  @Override
  public long nanoTime() {
    return clock.nanoTime();
  }

  @Override
  public long epochNanos() {
    return clock.epochNanos();
  }

  @Override
  public RandomGenerator random(String name) {
    return seeds.random(name);
  }

  @Override
  public Scheduler scheduler() {
    return scheduler;
  }

  @Override
  public Scheduler newScheduler(String name) {
    return LoopScheduler.owned(loop, clock::epochNanos, name);
  }

  @Override
  public Scheduler newElastic(int threads, int queued, String name) {
    return newScheduler(name);
  }

  @Override
  public <T> T kept(Object key, Class<T> type, Function<World, T> make) {
    Object there = kept.get(key);
    if (there == null) {
      there = make.apply(this);
      kept.put(key, there);
    }
    return type.cast(there);
  }

  @Override
  public void escape(String sentence, StackTraceElement[] source, StackTraceElement[] waiting) {
    escapes.add(sentence, clock.elapsed(), source, waiting);
  }
}
