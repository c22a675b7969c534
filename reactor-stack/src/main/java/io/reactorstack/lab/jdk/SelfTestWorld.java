package io.reactorstack.lab.jdk;

import io.netty.channel.IoEventLoop;
import io.reactorstack.lab.world.Lives;
import io.reactorstack.lab.world.World;
import io.reactorstack.lab.world.WorldThread;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import reactor.core.scheduler.Scheduler;

/** A world with a fixed time and seed, in which a takeover tests itself. Nothing can be scheduled in it. */
final class SelfTestWorld implements World {

  /** Its date in nanoseconds. */
  static final long NOW = TimeUnit.DAYS.toNanos(20_000) + 123_456_789;

  /** The time that {@code System.nanoTime} returns in it. */
  static final long NANO_TIME = NOW / 3;

  private SelfTestWorld() {}

  /**
   * Returns the result of {@code question} on a thread of a new world. {@code question} must be a reference to a method
   * of the JDK: another thread runs it while the class of the takeover is being initialized, and a call of that class's
   * own code would deadlock.
   */
  static <T> T ask(Callable<T> question) throws Exception {
    FutureTask<T> answer = new FutureTask<>(question);
    WorldThread thread = new WorldThread(answer, "reactor-stack-lab-self-test");
    thread.world(new SelfTestWorld());
    JdkRandom.seedForTest(thread, NOW);
    thread.start();
    return answer.get();
  }

  @Override
  public long nanoTime() {
    return NANO_TIME;
  }

  @Override
  public long epochNanos() {
    return NOW;
  }

  @Override
  public RandomGenerator random(String name) {
    return new SplittableRandom(name.hashCode());
  }

  @Override
  public IoEventLoop loop() {
    throw new UnsupportedOperationException("a self-test schedules nothing");
  }

  @Override
  public Scheduler scheduler() {
    throw new UnsupportedOperationException("a self-test schedules nothing");
  }

  @Override
  public Scheduler newScheduler(String name) {
    throw new UnsupportedOperationException("a self-test schedules nothing");
  }

  @Override
  public Scheduler newElastic(int threads, int queued, String name) {
    throw new UnsupportedOperationException("a self-test schedules nothing");
  }

  @Override
  public <T> T kept(Object key, Class<T> type, Function<World, T> make) {
    return make.apply(this);
  }

  @Override
  public <T> T keptByHost(Object key, Class<T> type, Function<World, T> make) {
    return make.apply(this);
  }

  @Override
  public Lives lives() {
    throw new UnsupportedOperationException("a self-test has no hosts");
  }

  @Override
  public void escape(String sentence, String thread, StackTraceElement[] source, StackTraceElement[] waiting) {
    throw new UnsupportedOperationException("a self-test reaches nothing outside");
  }
}
