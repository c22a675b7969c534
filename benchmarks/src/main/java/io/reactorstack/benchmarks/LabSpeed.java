package io.reactorstack.benchmarks;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.reactorstack.benchmarks.ServiceChain.Place;
import io.reactorstack.benchmarks.ServiceChain.Style;
import io.reactorstack.lab.Lab;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

/**
 * Measures the cost of simulated worlds, in milliseconds of real time. It is not a JMH benchmark, because the first
 * world of a JVM is measured too.
 *
 * <p>{@code java FLAGS -cp benchmarks.jar io.reactorstack.benchmarks.LabSpeed [reactive|blocking] [worlds] [threads]},
 * with the flags of the README's section about the lab. The same services on the kernel's loopback, without loss and
 * without a cut, are measured before and after the worlds, in the same JVM.
 */
public final class LabSpeed {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int HUNDRED = 100;
  private static final int RUNS = 200;
  private static final int FIRST_PORT = 7100;
  private static final int CONNECTIONS = 8;
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double NANOS_PER_MICRO = 1e3;

  private LabSpeed() {}

  /** Runs the measurements and prints the results. */
  public static void main(String[] arguments) throws Exception {
    Style style = Style.valueOf((arguments.length > 0 ? arguments[0] : "reactive").toUpperCase(Locale.ROOT));
    int worlds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1000;
    int threads = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 2;
    System.out.printf("%s, %d worlds, %d in parallel, on %d processors%n", style, worlds, threads,
        Runtime.getRuntime().availableProcessors());
    worlds(style, worlds, threads);
    peer(style);
    double kernel = peer(style);
    double world = warmWorld(style);
    System.out.printf(
        "processor time once warm: %.2f ms a world; %.2f ms for the same services on the kernel's loopback, without"
            + " loss and cut; ratio %.2f%n",
        world, kernel, world / kernel);
    idleHour(style);
    calls();
  }

  /** Runs {@code count} worlds with the seeds 0, 1, 2 …, on {@code threads} threads in parallel. */
  private static void worlds(Style style, int count, int threads) throws InterruptedException {
    double[] millis = new double[count];
    long[] ends = new long[count];
    AtomicLong frames = new AtomicLong();
    AtomicInteger next = new AtomicInteger();
    AtomicInteger done = new AtomicInteger();
    long begin = System.nanoTime();
    long cpu = cpuNanos();
    Runnable some = () -> {
      for (int seed = next.getAndIncrement(); seed < count; seed = next.getAndIncrement()) {
        long from = System.nanoTime();
        frames.addAndGet(SimulatedChain.run(seed, style).frames());
        millis[seed] = (System.nanoTime() - from) / NANOS_PER_MILLI;
        ends[done.getAndIncrement()] = System.nanoTime();
      }
    };
    List<Thread> drivers = IntStream.range(0, threads).mapToObj(i -> Thread.ofPlatform().start(some)).toList();
    for (Thread driver : drivers) {
      driver.join();
    }
    if (done.get() < count) {
      throw new IllegalStateException("a world failed");
    }
    System.out.printf("first world of the JVM: %.0f ms; the hundredth: %.1f ms; frames a world: %d%n", millis[0],
        millis[Math.min(count, HUNDRED) - 1], frames.get() / count);
    long last = begin;
    for (int from = 0; from + HUNDRED <= count; from += HUNDRED) {
      long end = ends[from + HUNDRED - 1];
      System.out.printf("worlds %4d to %4d: median %6.2f ms each, %6.2f ms by the clock%n", from + 1, from + HUNDRED,
          median(Arrays.copyOfRange(millis, from, from + HUNDRED)), (end - last) / NANOS_PER_MILLI / HUNDRED);
      last = end;
    }
    System.out.printf("%d worlds: %.1f s, %.1f s of processor time%n", count, (System.nanoTime() - begin) / 1e9,
        (cpuNanos() - cpu) / 1e9);
  }

  /** Returns the processor time of one run of the services on the kernel's loopback, in milliseconds. */
  private static double peer(Style style) {
    LoopResources loops = LoopResources.create("kernel", 1, true);
    long cpu = cpuNanos();
    for (int i = 0; i < RUNS; i++) {
      AtomicInteger port = new AtomicInteger(FIRST_PORT);
      ServiceChain chain = new ServiceChain(style, name -> {
        ConnectionProvider pool = ConnectionProvider.create(name, CONNECTIONS);
        int own = port.getAndIncrement();
        return new Place(HttpServer.create().runOn(loops).host("127.0.0.1").port(own),
            HttpClient.create(pool).runOn(loops), pool, "http://127.0.0.1:" + own);
      });
      List<DisposableServer> servers = Objects.requireNonNull(chain.start().block(LIMIT));
      chain.requests().block(LIMIT);
      chain.stop(servers).block(LIMIT);
    }
    double millis = (cpuNanos() - cpu) / NANOS_PER_MILLI / RUNS;
    loops.disposeLater().block(LIMIT);
    return millis;
  }

  /** Returns the processor time of one world, in milliseconds; runs each seed twice. */
  private static double warmWorld(Style style) {
    long cpu = cpuNanos();
    for (int seed = 0; seed < RUNS / 2; seed++) {
      SimulatedChain.Run once = SimulatedChain.run(seed, style);
      if (!once.equals(SimulatedChain.run(seed, style))) {
        throw new IllegalStateException("two runs differ for seed " + seed);
      }
    }
    return (cpuNanos() - cpu) / NANOS_PER_MILLI / RUNS;
  }

  /** Measures an hour in which four hosts have idle connections and their pools look for stale ones. */
  private static void idleHour(Style style) {
    for (Duration idle : List.of(Duration.ZERO, Duration.ofHours(2), Duration.ofSeconds(30))) {
      double[] millis = new double[20];
      for (int i = 0; i < millis.length; i++) {
        try (Lab lab = Lab.virtual(i)) {
          ServiceChain chain = SimulatedChain.chain(lab, style, idle);
          List<DisposableServer> servers = Objects.requireNonNull(lab.await(chain.start()));
          lab.await(chain.requests());
          long from = System.nanoTime();
          lab.advance(Duration.ofHours(1));
          millis[i] = (System.nanoTime() - from) / NANOS_PER_MILLI;
          lab.await(chain.stop(servers));
        }
      }
      System.out.printf("an idle hour, pools with a limit of %s: first %.2f ms, median %.2f ms%n", idle, millis[0],
          median(millis));
    }
  }

  /** Measures the cost of one call into a world. */
  private static void calls() throws Exception {
    try (Lab lab = Lab.virtual(1)) {
      System.out.printf("lab.run: %.2f us; lab.await of a value: %.2f us; of a delay: %.2f us%n",
          micros(() -> lab.call(() -> 1)),
          micros(() -> lab.await(Mono.just(1))),
          micros(() -> lab.await(Mono.delay(Duration.ofMillis(1)))));
    }
  }

  private static double micros(Callable<?> call) throws Exception {
    double[] rounds = new double[30];
    for (int round = 0; round < rounds.length; round++) {
      long from = System.nanoTime();
      for (int i = 0; i < 1000; i++) {
        call.call();
      }
      rounds[round] = (System.nanoTime() - from) / NANOS_PER_MICRO / 1000;
    }
    return median(rounds);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static long cpuNanos() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}
