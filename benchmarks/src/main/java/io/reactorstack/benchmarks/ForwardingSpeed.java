package io.reactorstack.benchmarks;

import io.reactorstack.benchmarks.RouterProcess.Cost;
import io.reactorstack.benchmarks.RouterProcess.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Measures routers between two hosts on the kernel: packets per second one way, a bulk stream and round trips. It is not
 * a JMH benchmark, because the routers take turns, so that a disturbance of the machine meets all of them.
 *
 * <p>{@code java -cp benchmarks.jar io.reactorstack.benchmarks.ForwardingSpeed [rounds] [seconds] [router...]}, as root
 * on a Linux machine with at least two processors, {@code nft}, {@code ethtool} and {@code iperf3}. A router may name
 * other code that it runs, as in {@code stack=before.jar}. The property {@code flags} has options for the JVMs of the
 * routers; the property {@code only} chooses one of {@code packets}, {@code stream} and {@code round}.
 */
public final class ForwardingSpeed {

  private static final List<String> ALL = List.of("kernel", "kernel_offload", "copy", "devices", "stack", "kernel_nat",
      "stack_nat");
  private static final String ONLY = System.getProperty("only", "");
  private static final long SETTLE_MILLIS = 300;
  private static final double NANOS_PER_TICK = 1e7;

  /** A router with its hosts, and the results of its rounds by the name of the measurement. */
  private record Contestant(String name, ForwardingPath path, ForwardingEnds ends, Map<String, double[]> results) {}

  private final List<Contestant> contestants = new ArrayList<>();
  private final int rounds;
  private final int seconds;
  private int round;

  private ForwardingSpeed(int rounds, int seconds) {
    this.rounds = rounds;
    this.seconds = seconds;
  }

  /** Runs the measurements and prints the results. */
  public static void main(String[] arguments) {
    int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5;
    int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 2;
    List<String> routers = arguments.length > 2 ? Arrays.asList(arguments).subList(2, arguments.length) : ALL;
    ForwardingSpeed speed = new ForwardingSpeed(rounds, seconds);
    try {
      routers.forEach(speed::add);
      // The first round warms the routers up.
      for (int i = -1; i < rounds; i++) {
        speed.round = i;
        speed.measure();
      }
    } finally {
      speed.contestants.forEach(each -> {
        each.ends.close();
        each.path.close();
      });
    }
    speed.print();
  }

  private void add(String router) {
    String[] parts = router.split("=", 2);
    String classPath = parts.length > 1 ? parts[1] : System.getProperty("java.class.path");
    String flags = System.getProperty("flags", "");
    String number = String.valueOf(contestants.size());
    ForwardingPath path = switch (parts[0]) {
      case "kernel" -> ForwardingPath.throughKernel(number, false, false);
      case "kernel_offload" -> ForwardingPath.throughKernel(number, false, true);
      case "kernel_nat" -> ForwardingPath.throughKernel(number, true, false);
      default -> ForwardingPath.through(Kind.valueOf(parts[0].toUpperCase(Locale.ROOT)), number, classPath,
          flags.isEmpty() ? List.of() : List.of(flags.split(" ")));
    };
    contestants.add(new Contestant(router, path, new ForwardingEnds(path), new LinkedHashMap<>()));
  }

  /** Lets all routers take their turns at one measurement before the next one begins. */
  private void measure() {
    if (ONLY.isEmpty() || ONLY.equals("packets")) {
      contestants.forEach(router -> packets(router, 64));
      contestants.forEach(router -> packets(router, 1500));
    }
    if (ONLY.isEmpty() || ONLY.equals("stream")) {
      contestants.forEach(router -> record(router, "TCP stream, Mbit/s", router.ends.bulk(seconds)));
    }
    if (ONLY.isEmpty() || ONLY.equals("round")) {
      contestants.forEach(router -> record(router, "TCP round trip, us", router.ends.roundTrip(seconds)));
    }
  }

  private void packets(Contestant router, int bytes) {
    router.ends.whileSending(bytes, () -> {
      sleep(SETTLE_MILLIS);
      RouterProcess process = router.path.process();
      Cost before = process == null ? new Cost(0, 0) : process.cost();
      double busy = busyNanos();
      long count = router.ends.datagrams();
      long begin = System.nanoTime();
      sleep(seconds * 1000L);
      double packets = router.ends.datagrams() - count;
      String what = "UDP packets of " + bytes + " octets";
      record(router, what + ", per second", packets * 1e9 / (System.nanoTime() - begin));
      record(router, what + ", ns of both processors", (busyNanos() - busy) / packets);
      if (process != null) {
        Cost after = process.cost();
        record(router, what + ", ns of the process", (after.cpuNanos() - before.cpuNanos()) / packets);
        record(router, what + ", octets allocated", (after.allocatedBytes() - before.allocatedBytes()) / packets);
      }
      return packets;
    });
  }

  private void record(Contestant router, String measurement, double value) {
    if (round >= 0) {
      router.results.computeIfAbsent(measurement, name -> new double[rounds])[round] = value;
    }
  }

  /** The time for which the processors of this machine have worked, in nanoseconds. */
  private static double busyNanos() {
    try {
      // user, nice, system, idle, iowait, irq, softirq
      String[] ticks = Files.readAllLines(Path.of("/proc/stat")).getFirst().split(" +");
      return NANOS_PER_TICK * IntStream.of(1, 2, 3, 6, 7).mapToLong(i -> Long.parseLong(ticks[i])).sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private void print() {
    System.out.printf(
        "median [least - greatest] of %d rounds of %d s; then the median ratio of a round to each router%n",
        rounds, seconds);
    List<String> measurements = contestants.stream().flatMap(each -> each.results.keySet().stream()).distinct()
        .toList();
    for (String measurement : measurements) {
      List<Contestant> measured = contestants.stream().filter(each -> each.results.containsKey(measurement)).toList();
      System.out.printf("%n%s%n", measurement);
      for (Contestant router : measured) {
        double[] values = router.results.get(measurement);
        System.out.printf("  %-16s %10.1f [%.1f - %.1f] ", router.name, median(values),
            Arrays.stream(values).min().orElseThrow(), Arrays.stream(values).max().orElseThrow());
        for (Contestant other : measured) {
          double[] others = other.results.get(measurement);
          System.out.printf(" %.2f",
              median(IntStream.range(0, rounds).mapToDouble(i -> values[i] / others[i]).toArray()));
        }
        System.out.println();
      }
    }
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
