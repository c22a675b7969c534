package io.reactorstack.lab;

import io.netty.channel.IoEventLoop;
import io.reactorstack.lab.jdk.BlockingScheduler;
import io.reactorstack.lab.jdk.CarriedThreads;
import io.reactorstack.lab.jdk.Takeovers;
import io.reactorstack.lab.report.LogLines;
import io.reactorstack.lab.world.Life;
import io.reactorstack.lab.world.Lives;
import io.reactorstack.lab.world.LoopScheduler;
import io.reactorstack.lab.world.World;
import io.reactorstack.spi.WorldNames;
import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** The world of a lab in virtual time, as the routed schedulers and the JDK takeovers see it. */
final class LabWorld implements World {

  /** Number of workers of Reactor's shared scheduler for blocking work: the same in a world on every machine. */
  private static final int ELASTIC_SIZE = 80;

  private final VirtualClock clock;
  private final Lives lives;
  private final Seeds seeds;
  private final Scheduler scheduler;
  private final Escapes escapes;
  private final LogLines log = new LogLines();
  private final Map<Object, Object> kept = new IdentityHashMap<>();

  private final CarriedThreads threads;
  private @Nullable WorldNames names;

  static {
    WorldNames.foundBy(() -> World.current() instanceof LabWorld world ? world.names : null);
  }

  LabWorld(VirtualClock clock, Lives lives, Seeds seeds, Thread thread) {
    this.clock = clock;
    this.lives = lives;
    this.seeds = seeds;
    this.escapes = new Escapes(clock::elapsed);
    this.scheduler = LoopScheduler.shared(lives.inheriting(), this::epochNanos, "lab");
    Takeovers.prepare();
    this.threads = new CarriedThreads(this, thread);
    kept.put(CarriedThreads.class, threads);
  }

  /** Sets the hosts whose names code of this world can look up; before the world is used. */
  void knows(Inventory inventory) {
    names = new InventoryNames(this, inventory);
  }

  /** The threads that run blocking code; {@code null} if this JVM does not let a world carry threads. */
  @Nullable
  CarriedThreads threads() {
    return CarriedThreads.available() ? threads : null;
  }

  /** Returns whether there is blocking code that has not ended; on the world's thread. */
  boolean isBlockingCodeAlive() {
    return CarriedThreads.available() && !threads.isEmpty();
  }

  /** Runs {@code code} outside the world; called by code of this world. */
  <T> T outside(Callable<T> code) throws Exception {
    return threads.outside(code);
  }

  /** Time since the world began; on any thread. */
  Duration elapsed() {
    return clock.elapsed();
  }

  LogLines log() {
    return log;
  }

  Escapes escapes() {
    return escapes;
  }

  @Override
  public IoEventLoop loop() {
    return lives.inheriting();
  }

  @Override
  public long nanoTime() {
    Life life = lives.currentInside();
    return life == null ? clock.nanoTime() : life.time().nanoTime();
  }

  @Override
  public long epochNanos() {
    Life life = lives.currentInside();
    return life == null ? clock.epochNanos() : life.time().epochNanos();
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
    return LoopScheduler.owned(lives.inheriting(), this::epochNanos, name);
  }

  @Override
  public Scheduler newElastic(int size, int queued, String name) {
    if (!CarriedThreads.available()) {
      return newScheduler(name);
    }
    int lanes = size == Schedulers.DEFAULT_BOUNDED_ELASTIC_SIZE ? ELASTIC_SIZE : size;
    return new BlockingScheduler(this, threads, lanes, queued, name);
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
  public Lives lives() {
    return lives;
  }

  @Override
  public <T> T keptByHost(Object key, Class<T> type, Function<World, T> make) {
    Life life = lives.current();
    return life == null ? kept(key, type, make) : life.kept(key, type, unused -> make.apply(this));
  }

  @Override
  public void escape(String sentence, String thread, StackTraceElement[] source, StackTraceElement[] waiting) {
    escapes.add(sentence, thread, source, () -> waiting);
  }
}
