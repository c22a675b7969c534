package io.reactorstack.benchmarks.suite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Measures the stack beside floors and peers, and writes a table, {@code results.json} and plots.
 *
 * <p>{@code java -cp benchmarks.jar io.reactorstack.benchmarks.suite.Suite --list}. Groups that use the network of the
 * machine need Linux and root; without them they are skipped, and the table says so. All traffic stays on the machine,
 * in network namespaces that the suite makes and removes.
 */
@Command(name = "suite", description = "Measures the stack beside floors and peers.", mixinStandardHelpOptions = true, sortOptions = false)
public final class Suite implements Callable<Integer> {

  /** The time that a group may need in addition to its windows. */
  private static final Duration MARGIN = Duration.ofMinutes(3);

  private static final int MOST_CONTESTANTS = 6;

  private static final int SMOKE_AT_ONCE = 4;

  @Spec
  private CommandSpec command;

  @Option(names = "--group", arity = "1..*", paramLabel = "NAME", description = "The groups to run; default: all.")
  private List<String> names = List.of();

  @Option(names = "--windows", defaultValue = "5", description = "The windows of each contestant.")
  private int windows;

  @Option(names = "--seconds", defaultValue = "5", description = "The time of a window, in seconds.")
  private double seconds;

  @Option(names = "--warm-up", defaultValue = "10", paramLabel = "SECONDS", description = "The time for which each contestant works before its first window, in seconds.")
  private double warmUp;

  @Option(names = "--idle", defaultValue = "100000", paramLabel = "CONNECTIONS", description = "The idle connections of the groups that have them.")
  private int idle;

  @Option(names = "--profile", description = "Also reports where the time of the stack goes.")
  private boolean profile;

  @Option(names = "--out", defaultValue = "target/suite", paramLabel = "DIR", description = "The folder of results.json and the plots; default: ${DEFAULT-VALUE}.")
  private Path folder;

  @Option(names = "--list", description = "Lists the groups.")
  private boolean list;

  @Option(names = "--smoke", description = "Runs each group for a fraction of a second; fails if one yields nothing.")
  private boolean smoke;

  private Suite() {}

  /** Runs the suite; the status is not zero if a group failed. */
  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /** Runs the suite and returns the status of the command. */
  static int run(String... arguments) {
    return new CommandLine(new Suite()).execute(arguments);
  }

  @Override
  public Integer call() throws Exception {
    if (list) {
      Groups.ALL.forEach(group -> System.out.printf("%-22s %s%n", group.name(), group.description()));
      return 0;
    }
    List<Group> chosen = chosen();
    Files.createDirectories(folder);
    Plan plan = smoke ? Plan.smoke() : new Plan(windows, duration(seconds), duration(warmUp), idle, profile);
    Environment environment = Environment.current(JavaCommand.FLAGS);
    List<GroupReport> reports = smoke ? atOnce(chosen, plan) : oneByOne(chosen, plan, environment);
    write(reports, plan, environment);
    System.out.printf("%n%s%n", environment);
    reports.forEach(Console::print);
    for (GroupReport report : reports) {
      Plot.write(report, folder);
    }
    return reports.stream().allMatch(Suite::isComplete) ? 0 : 1;
  }

  private List<Group> chosen() {
    Set<Group> chosen = new LinkedHashSet<>();
    for (String name : names) {
      chosen.add(Groups.named(name).orElseThrow(() -> new ParameterException(command.commandLine(),
          "there is no group " + name + "; --list shows all")));
    }
    return chosen.isEmpty() ? Groups.ALL : List.copyOf(chosen);
  }

  private List<GroupReport> oneByOne(List<Group> chosen, Plan plan, Environment environment)
      throws IOException, InterruptedException {
    List<GroupReport> reports = new ArrayList<>();
    for (Group group : chosen) {
      System.out.printf("%n-- %s%n", group.name());
      long begin = System.nanoTime();
      reports.add(report(group, plan));
      System.out.printf("   took %d s%n", Duration.ofNanos(System.nanoTime() - begin).toSeconds());
      // Written after each group, so that an interrupted run keeps what it has.
      write(reports, plan, environment);
    }
    return reports;
  }

  /** Runs several groups at a time: the values of a smoke run mean nothing, and JVMs that start wait for each other. */
  private List<GroupReport> atOnce(List<Group> chosen, Plan plan) throws IOException, InterruptedException {
    try (ExecutorService threads = Executors.newFixedThreadPool(SMOKE_AT_ONCE)) {
      List<Future<GroupReport>> running = chosen.stream()
          .map(group -> threads.submit(() -> report(group, plan))).toList();
      List<GroupReport> reports = new ArrayList<>();
      for (Future<GroupReport> group : running) {
        reports.add(group.get());
      }
      return reports;
    } catch (ExecutionException e) {
      throw new IOException("a group could not be run", e.getCause());
    }
  }

  private void write(List<GroupReport> reports, Plan plan, Environment environment) throws IOException {
    Report.of(environment, plan, reports).writeTo(folder.resolve("results.json"));
  }

  private GroupReport report(Group group, Plan plan) throws IOException, InterruptedException {
    Optional<String> missing = group.needs().stream().sorted().flatMap(need -> need.missing().stream()).findFirst();
    if (missing.isPresent()) {
      System.out.println(group.name() + " SKIPPED: " + missing.get());
      return GroupReport.without(group, true, missing.get());
    }
    Duration turns = plan.warmUp().plus(plan.window().multipliedBy(plan.windows())).multipliedBy(MOST_CONTESTANTS);
    return GroupProcess.run(group, plan, turns.multipliedBy(2).plus(MARGIN));
  }

  /** Returns whether the group has values, or says why it could not run here. */
  private static boolean isComplete(GroupReport report) {
    return report.failure() != null ? report.failure().skipped() : !report.measured().isEmpty();
  }

  private static Duration duration(double seconds) {
    return Duration.ofMillis(Math.round(seconds * 1000));
  }
}
