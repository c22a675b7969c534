package io.reactorstack.lab;

import io.reactorstack.lab.jdk.Takeover;
import io.reactorstack.lab.jdk.Takeovers;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** The main class of a separate JVM, which prints what worlds take over in it. */
public final class FlagsProbe {

  private FlagsProbe() {}

  /** Prints one line for each takeover; on a virtual thread if there is an argument. */
  public static void main(String[] arguments) throws InterruptedException {
    if (arguments.length == 0) {
      probe();
    } else {
      Thread.ofVirtual().start(FlagsProbe::probe).join();
    }
  }

  private static void probe() {
    print("elastic", elastic(1));
    print("date", date(1));
    print("chance repeats", chance(1).equals(chance(1)));
    print("UUID repeats", uuid(1).equals(uuid(1)));
    print("poll", poll());
    for (Takeover takeover : Takeovers.all()) {
      print("refusal", takeover.refusal());
    }
  }

  private static void print(String name, Object value) {
    System.out.println("probe: " + name + ": " + value);
  }

  private static String elastic(long seed) {
    try (Lab lab = Lab.virtual(seed)) {
      return String.valueOf(lab.await(Mono.fromCallable(() -> Thread.currentThread().isVirtual() ? "carried" : "loop")
          .subscribeOn(Schedulers.boundedElastic())));
    }
  }

  private static String date(long seed) {
    try (Lab lab = Lab.virtual(seed)) {
      return lab.call(() -> Instant.now().equals(lab.clock().instant()) ? "world" : "machine");
    }
  }

  private static Long chance(long seed) {
    try (Lab lab = Lab.virtual(seed)) {
      return lab.call(() -> ThreadLocalRandom.current().nextLong());
    }
  }

  private static UUID uuid(long seed) {
    try (Lab lab = Lab.virtual(seed)) {
      return lab.call(UUID::randomUUID);
    }
  }

  /** Returns the virtual time of a timed wait that only its timeout ends, or the reason why it cannot run. */
  private static String poll() {
    try (Lab lab = Lab.virtual(1)) {
      Duration took = lab.blocking(() -> {
        Duration before = lab.now();
        new LinkedBlockingQueue<>().poll(300, TimeUnit.MILLISECONDS);
        return lab.now().minus(before);
      });
      return String.valueOf(took);
    } catch (IllegalStateException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
