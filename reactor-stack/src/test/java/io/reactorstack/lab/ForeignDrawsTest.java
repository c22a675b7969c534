package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * The first world that uses a class initializes it; random numbers drawn by the initializer do not change those that
 * the world draws later.
 */
@Timeout(60)
class ForeignDrawsTest {

  /** Each of these classes is initialized once in this JVM, by one test. */
  private static class OnTheLoop {
    static final long NUMBER = ThreadLocalRandom.current().nextLong() + new Random().nextLong();
  }

  private static class Parent {
    static final long NUMBER = ThreadLocalRandom.current().nextLong();
  }

  private static final class Child extends Parent {
    static final long OWN = ThreadLocalRandom.current().nextLong() + Blocking.NUMBER;
  }

  private static final class Blocking {
    static final long NUMBER = ThreadLocalRandom.current().nextLong();
  }

  private static final class Carried {
    static final long NUMBER = ThreadLocalRandom.current().nextLong();
  }

  private static final class LoadedBefore {
    static final long NUMBER = ThreadLocalRandom.current().nextLong();
  }

  private static List<Long> around(LongSupplier use) {
    List<Long> drawn = new ArrayList<>();
    drawn.add(ThreadLocalRandom.current().nextLong());
    use.getAsLong();
    drawn.add(ThreadLocalRandom.current().nextLong());
    drawn.add(new Random().nextLong());
    use.getAsLong();
    drawn.add(ThreadLocalRandom.current().nextLong());
    return drawn;
  }

  private static void expectTwiceTheSame(LongSupplier use) {
    try (Lab first = Lab.virtual(3); Lab second = Lab.virtual(3)) {
      List<Long> once = first.call(() -> around(use));
      assertThat(once).doesNotHaveDuplicates();
      assertThat(second.call(() -> around(use))).isEqualTo(once);
    }
  }

  @Test
  void aClassOnTheLoop() {
    expectTwiceTheSame(() -> OnTheLoop.NUMBER);
  }

  @Test
  void aClassThatInitializesOthers() {
    expectTwiceTheSame(() -> Child.OWN);
  }

  @Test
  void aClassThatWasLoadedEarlier() throws Exception {
    Class.forName(LoadedBefore.class.getName(), false, ForeignDrawsTest.class.getClassLoader());
    expectTwiceTheSame(() -> LoadedBefore.NUMBER);
  }

  @Test
  void aClassOnAThreadForBlockingWork() {
    try (Lab first = Lab.virtual(3); Lab second = Lab.virtual(3)) {
      Mono<List<Long>> drawn = Mono.fromCallable(() -> around(() -> Carried.NUMBER))
          .subscribeOn(Schedulers.boundedElastic());
      assertThat(first.await(drawn)).isEqualTo(second.await(drawn));
    }
  }
}
