package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongFunction;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

/** The random numbers of unmodified code come from the world's seed, on every thread of the world. */
@Timeout(60)
class ChanceInTheLabTest {

  static Stream<Arguments> sources() {
    return Stream.of(
        source("ThreadLocalRandom", () -> ThreadLocalRandom.current().nextLong()),
        source("Math.random", Math::random),
        source("new Random", () -> new Random().nextLong()),
        source("new SplittableRandom", () -> new SplittableRandom().nextLong()),
        source("RandomGenerator.getDefault", () -> RandomGenerator.getDefault().nextLong()),
        source("RandomGenerator.of", () -> RandomGenerator.of("Xoshiro256PlusPlus").nextLong()),
        source("new SecureRandom", () -> new SecureRandom().nextLong()),
        source("SecureRandom.getInstanceStrong", () -> SecureRandom.getInstanceStrong().nextLong()),
        source("UUID.randomUUID", UUID::randomUUID),
        source("Collections.shuffle", () -> {
          List<Integer> numbers = new ArrayList<>(IntStream.range(0, 50).boxed().toList());
          Collections.shuffle(numbers);
          return numbers;
        }));
  }

  private static Arguments source(String name, Callable<Object> draw) {
    return Arguments.of(name, draw);
  }

  /** Draws on the loop, on a thread for blocking work, in test code that blocks, and on a child thread of it. */
  private static List<Object> drawn(long seed, Callable<Object> draw) {
    try (Lab lab = Lab.virtual(seed)) {
      List<Object> all = new ArrayList<>();
      all.add(lab.call(draw));
      all.addAll(
          lab.await(Flux.range(0, 3).flatMap(n -> Mono.fromCallable(draw).subscribeOn(Schedulers.boundedElastic()))
              .collectList()));
      lab.blocking(() -> {
        all.add(draw.call());
        Thread child = Thread.startVirtualThread(() -> {
          try {
            all.add(draw.call());
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        });
        child.join();
        return true;
      });
      return all;
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("sources")
  void dependsOnTheSeedOnly(String name, Callable<Object> draw) throws Exception {
    List<Object> first = drawn(1, draw);
    assertThat(first).hasSize(6).doesNotHaveDuplicates();
    // A thread created in between changes the numbers and the seeds of later threads.
    Thread.ofPlatform().start(() -> {}).join();
    assertThat(drawn(1, draw)).isEqualTo(first);
    assertThat(drawn(2, draw)).doesNotContainAnyElementsOf(first);
    assertThat(draw.call()).as("outside all worlds").isNotEqualTo(draw.call());
  }

  /** Loads Netty's events for Flight Recorder again. */
  private static final class NewEvents extends ClassLoader {

    NewEvents() {
      super(ChanceInTheLabTest.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith("io.netty.buffer.") || !name.endsWith("Event")) {
        return super.loadClass(name, resolve);
      }
      Class<?> known = findLoadedClass(name);
      return known != null ? known : read(name);
    }

    private Class<?> read(String name) throws ClassNotFoundException {
      try (InputStream file = getResourceAsStream(name.replace('.', '/') + ".class")) {
        byte[] octets = Objects.requireNonNull(file).readAllBytes();
        return defineClass(name, octets, 0, octets.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  @Test
  void newFlightRecorderEventDrawsNoNumberOfTheWorld() {
    LongFunction<List<Long>> drawn = events -> {
      try (Lab lab = Lab.virtual(1)) {
        return lab.call(() -> {
          List<Long> numbers = new ArrayList<>(List.of(ThreadLocalRandom.current().nextLong()));
          for (long i = 0; i < events; i++) {
            Class.forName("io.netty.buffer.AllocateChunkEvent", true, new NewEvents());
          }
          numbers.add(ThreadLocalRandom.current().nextLong());
          return numbers;
        });
      }
    };
    assertThat(drawn.apply(2)).isEqualTo(drawn.apply(0));
  }

  /** The default jitter of Retry.backoff is half of the delay, drawn for each attempt. */
  @Test
  void retryWithBackOffRepeatsForEachOfAHundredSeeds() {
    LongFunction<Duration> retried = seed -> {
      try (Lab lab = Lab.virtual(seed)) {
        int[] attempts = new int[1];
        lab.await(Mono.fromCallable(() -> {
          if (attempts[0]++ < 6) {
            throw new IllegalStateException("not yet");
          }
          return "done";
        }).retryWhen(Retry.backoff(10, Duration.ofMillis(100))));
        return lab.now();
      }
    };
    List<Duration> once = LongStream.range(0, 100).mapToObj(retried).toList();
    assertThat(LongStream.range(0, 100).mapToObj(retried)).isEqualTo(once);
    // Delays are whole milliseconds, so a few seeds have the same result.
    assertThat(once.stream().distinct()).hasSizeGreaterThan(90);
  }
}
