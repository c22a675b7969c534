package io.reactorstack.lab.jdk;

import io.reactorstack.lab.jdk.Takeover.Refused;
import io.reactorstack.lab.world.WorldThread;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Takes over the random numbers of the JDK: {@code ThreadLocalRandom}, and the classes that {@link RandomRewriting}
 * makes draw from it. Each thread of a world gets a seed from its world before its first step; other threads keep the
 * seeds that the JDK has given them. Draws that belong to no run, such as those of a class initializer, do not change
 * the later draws of the world.
 */
public final class JdkRandom {

  private static final String REMEDY = "ThreadLocalRandom and with it the jitter of Retry.backoff, Math.random, new Random(),"
      + " Collections.shuffle and the order of Set.of and Map.of differ from run to run. Add --add-opens java.base/java.lang="
      + Takeover.self() + " --enable-native-access=" + Takeover.self() + " to the JVM's flags, on JDK 25.";

  private static @Nullable Seeds found;

  /** The result of the takeover: if it succeeded, the random numbers of a world's threads depend only on its seed. */
  public static final Takeover TAKEOVER = Takeover.attempt("the chance of the JDK", REMEDY, () -> {
    found = Seeds.find();
    Redefinition.of(RandomRewriting.all());
    test();
  });

  private static final @Nullable Seeds SEEDS = TAKEOVER.stands() ? found : null;

  private JdkRandom() {}

  /** Sets the seed of {@code thread}, which must not be running. */
  static void seed(Thread thread, long seed) {
    Seeds seeds = SEEDS;
    if (seeds != null) {
      seeds.set(thread, seed);
      if (thread instanceof WorldThread own) {
        own.draws(new ForeignDrawFilter(own, seeds::get));
      }
    }
  }

  private static void test() throws Exception {
    expect(Objects.equals(SelfTestWorld.ask(Math::random), SelfTestWorld.ask(Math::random)),
        "two threads with one seed draw different numbers");
    Random one = SelfTestWorld.ask(Random::new);
    Random other = SelfTestWorld.ask(Random::new);
    expect(one.nextLong() == other.nextLong(), "two threads with one seed make different generators");
    double before = Math.random();
    expect(before != Math.random(), "numbers repeat outside all worlds");
  }

  private static void expect(boolean holds, String fault) throws Refused {
    if (!holds) {
      throw new Refused(fault);
    }
  }

  /** Sets the seed of a self-test's thread, while {@link #TAKEOVER} is still being attempted. */
  static void seedForTest(Thread thread, long seed) {
    Seeds seeds = found;
    if (seeds != null) {
      seeds.set(thread, seed);
    }
  }

  /**
   * The fields of {@code Thread} in which {@code ThreadLocalRandom} keeps its state.
   *
   * @param seed the state from which the next number is computed
   * @param probe a number that distributes threads over the cells of concurrent counters; zero if the thread has no
   *     seed yet
   * @param secondarySeed used inside concurrent collections
   */
  private record Seeds(VarHandle seed, VarHandle probe, VarHandle secondarySeed) {

    static Seeds find() throws ReflectiveOperationException {
      MethodHandles.Lookup threads = MethodHandles.privateLookupIn(Thread.class, MethodHandles.lookup());
      return new Seeds(threads.findVarHandle(Thread.class, "threadLocalRandomSeed", long.class),
          threads.findVarHandle(Thread.class, "threadLocalRandomProbe", int.class),
          threads.findVarHandle(Thread.class, "threadLocalRandomSecondarySeed", int.class));
    }

    long get(Thread thread) {
      return (long) seed.get(thread);
    }

    void set(Thread thread, long value) {
      seed.set(thread, value);
      probe.set(thread, (int) value | 1);
      secondarySeed.set(thread, (int) (value >>> 32) | 1);
    }
  }
}
