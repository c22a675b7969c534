package io.reactorstack.benchmarks.dns;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.reactorstack.benchmarks.suite.Spread;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Measures the resolver beside dnsjava's and Netty's with JMH, and prints tables of ratios.
 *
 * <p>{@code java -cp benchmarks.jar io.reactorstack.benchmarks.dns.DnsSpeed}. In each round every resolver gets a JVM of
 * its own, one after the other, in an order that alternates; a ratio is the median of the ratios of the rounds. Needs the
 * command {@code nsd}; the row on a TAP interface also needs Linux and root.
 */
@Command(name = "dns-speed", description = "Measures the resolver beside dnsjava's and Netty's.", mixinStandardHelpOptions = true, sortOptions = false)
public final class DnsSpeed implements Callable<Integer> {

  private static final String ROOT = "root";
  private static final int ITERATIONS = 3;
  private static final int SMOKE_NAMES = 1000;
  private static final String[] SIZES = {"1", "10000"};
  private static final String[] SMOKE_SIZES = {"1", "100"};

  @Option(names = "--rounds", defaultValue = "3", description = "The rounds; default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(names = "--warm-up", defaultValue = "12", paramLabel = "SECONDS", description = "The warm-up of each resolver in each round; default: ${DEFAULT-VALUE}.")
  private int warmUp;

  @Option(names = "--seconds", defaultValue = "2", description = "The time of each of three iterations; default: ${DEFAULT-VALUE}.")
  private int seconds;

  @Option(names = "--names", defaultValue = "100000", description = "The names for the measurement of memory; default: ${DEFAULT-VALUE}.")
  private int names;

  @Option(names = "--part", arity = "1..*", defaultValue = "memory,uncached,cached", split = ",", paramLabel = "PART", description = "The parts to measure: memory, uncached, cached; default: all.")
  private List<String> parts = List.of();

  @Option(names = "--only", split = ",", paramLabel = "NAME", description = "The resolvers and look-ups to measure, such as OURS,NETTY; default: all.")
  private Set<String> only = Set.of();

  @Option(names = "--threads", split = ",", defaultValue = "1,2", paramLabel = "COUNT", description = "The numbers of threads that look up names; default: ${DEFAULT-VALUE}.")
  private List<Integer> threadCounts = List.of();

  @Option(names = "--out", defaultValue = "target/dns.json", paramLabel = "FILE", description = "The results as JSON; default: ${DEFAULT-VALUE}.")
  private Path file;

  @Option(names = "--smoke", description = "Runs everything for a fraction of a second; fails if something yields nothing.")
  private boolean smoke;

  private final Map<String, Map<String, List<Double>>> values = new LinkedHashMap<>();

  private DnsSpeed() {}

  /** Runs the measurements. */
  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /** Runs the measurements and returns the status of the command. */
  static int run(String... arguments) {
    return new CommandLine(new DnsSpeed()).execute(arguments);
  }

  @Override
  public Integer call() throws Exception {
    checkNames();
    Optional<String> missing = NameServer.missing();
    if (missing.isPresent()) {
      System.err.println("dns-speed SKIPPED: " + missing.get());
      return 2;
    }
    List<CacheMemory> memory = parts.contains("memory") ? CacheMemory.measure(smoke ? SMOKE_NAMES : names) : List.of();
    for (int round = 0; round < (smoke ? 1 : rounds); round++) {
      if (parts.contains("uncached")) {
        queries(round);
      }
      if (parts.contains("cached")) {
        lookUps(round);
      }
      write(memory); // after each round, so that an interrupted run keeps what it has
    }
    memory.forEach(one -> System.out.printf(Locale.ROOT, "%-36s %-22s %8.0f B%n", "memory of a name, " + one.records(),
        one.resolver(), one.bytes()));
    values.forEach(DnsSpeed::print);
    return 0;
  }

  private void queries(int round) throws RunnerException {
    for (UncachedResolver resolver : chosen(UncachedResolver.values(), round)) {
      if (resolver == UncachedResolver.OURS_TAP && !ROOT.equals(System.getProperty("user.name"))) {
        System.out.println(resolver + " SKIPPED: it needs root");
        continue;
      }
      add("queries, %s outstanding", "outstanding", resolver.name(), run(DnsQueryBenchmark.class, 1,
          options -> options.param("resolver", resolver.name())));
    }
  }

  private void lookUps(int round) throws RunnerException {
    for (int threads : threadCounts) {
      for (CachedLookup lookup : chosen(CachedLookup.values(), round)) {
        add("look-ups of %s names, threads " + threads, "names", lookup.name(), run(DnsCacheBenchmark.class, threads,
            options -> options.param("lookup", lookup.name()).param("names", smoke ? SMOKE_SIZES : SIZES)));
      }
    }
  }

  private <T extends Enum<T>> List<T> chosen(T[] all, int round) {
    List<T> chosen = Stream.of(all).filter(one -> only.isEmpty() || only.contains(one.name())).toList();
    return round % 2 == 0 ? chosen : chosen.reversed();
  }

  private void checkNames() {
    Set<String> unknown = new TreeSet<>(only);
    Stream.<Enum<?>[]>of(UncachedResolver.values(), CachedLookup.values()).flatMap(Stream::of).map(Enum::name)
        .forEach(unknown::remove);
    if (!unknown.isEmpty()) {
      throw new CommandLine.ParameterException(new CommandLine(this), "--only: there is no " + unknown);
    }
  }

  private Collection<RunResult> run(Class<?> benchmark, int threads,
      Consumer<ChainedOptionsBuilder> more) throws RunnerException {
    ChainedOptionsBuilder options = new OptionsBuilder().include(benchmark.getName() + "\\.").threads(threads)
        .forks(smoke ? 0 : 1)
        .warmupIterations(smoke ? 0 : 2).warmupTime(TimeValue.milliseconds(Math.max(1, warmUp * 500L)))
        .measurementIterations(smoke ? 1 : ITERATIONS)
        .measurementTime(smoke ? TimeValue.milliseconds(20) : TimeValue.seconds(seconds))
        .jvmArgsAppend("--enable-native-access=ALL-UNNAMED").shouldFailOnError(true).verbosity(VerboseMode.SILENT);
    more.accept(options);
    return new Runner(options.build()).run();
  }

  private void add(String label, String parameter, String contestant, Collection<RunResult> results) {
    for (RunResult result : results) {
      String work = String.format(Locale.ROOT, label, result.getParams().getParam(parameter));
      double[] scores = result.getAggregatedResult().getIterationResults().stream()
          .mapToDouble(iteration -> iteration.getPrimaryResult().getScore()).toArray();
      double median = Spread.of(Stream.of(scores).flatMapToDouble(Arrays::stream).boxed().toList()).median();
      values.computeIfAbsent(work, key -> new LinkedHashMap<>())
          .computeIfAbsent(contestant, key -> new ArrayList<>()).add(median);
      System.out.printf(Locale.ROOT, "  %-36s %-22s %,14.0f /s%n", work, contestant, median);
    }
  }

  /** Prints the medians, and the ratios of this project's to those that do the same. */
  private static void print(String work, Map<String, List<Double>> all) {
    System.out.printf("%n%s%n", work);
    all.forEach((contestant, scores) -> System.out.printf(Locale.ROOT, "  %-22s %,14.0f /s%s%n", contestant,
        Spread.of(scores).median(), contestant.startsWith("OURS") ? ratios(contestant, all) : ""));
  }

  private static String ratios(String contestant, Map<String, List<Double>> all) {
    StringBuilder text = new StringBuilder();
    boolean isLookUp = Stream.of(CachedLookup.values()).anyMatch(lookup -> lookup.name().equals(contestant));
    List<String> peers = isLookUp
        ? CachedLookup.valueOf(contestant).peers().stream().map(Enum::name).toList()
        : all.keySet().stream().filter(name -> !name.startsWith("OURS")).toList();
    for (String peer : peers) {
      List<Double> mine = all.get(contestant);
      List<Double> theirs = all.getOrDefault(peer, List.of());
      List<Double> ratios = new ArrayList<>();
      for (int i = 0; i < Math.min(mine.size(), theirs.size()); i++) {
        ratios.add(mine.get(i) / theirs.get(i));
      }
      if (!ratios.isEmpty()) {
        Spread spread = Spread.of(ratios);
        text.append(String.format(Locale.ROOT, "  %.2f [%.2f–%.2f] × %s", spread.median(), spread.least(),
            spread.greatest(), peer));
      }
    }
    return text.toString();
  }

  private void write(List<CacheMemory> memory) throws IOException {
    Map<String, Object> results = new LinkedHashMap<>();
    results.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    results.put("jdk", System.getProperty("java.vm.version"));
    results.put("processors", Runtime.getRuntime().availableProcessors());
    results.put("loadAverage", ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    results.put("rates", values);
    results.put("memory", memory);
    Files.createDirectories(file.toAbsolutePath().getParent());
    new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(file.toFile(), results);
  }
}
