package io.reactorstack.benchmarks.suite;

import io.reactorstack.benchmarks.Namespace;
import io.reactorstack.benchmarks.suite.load.Mix;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Runs one group in a JVM of its own. The JVM ends if the suite does, because its standard input ends then.
 */
final class GroupProcess {

  /** A JVM that lives for two seconds needs neither the second compiler nor threads of its collector. */
  private static final List<String> SMOKE_FLAGS = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  /** The log of Reactor Netty has an error for each connection that a load resets when it stops. Loads fail by themselves. */
  private static final Logger REACTOR_NETTY = Logger.getLogger("reactor.netty");

  private static final int MILLIS = 1000;

  private GroupProcess() {}

  /** Starts the JVM of {@code group}, waits for its end and returns its results. */
  static GroupReport run(Group group, Plan plan, Duration limit) throws IOException, InterruptedException {
    Path file = Files.createTempFile("group", ".json");
    try {
      Process process = new ProcessBuilder(command(group, plan, file))
          .redirectOutput(ProcessBuilder.Redirect.INHERIT).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      try {
        boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
        if (ended && process.exitValue() == 0) {
          return Report.read(file);
        }
        return GroupReport.without(group, false,
            ended ? "its JVM ended with status " + process.exitValue() : "it took longer than " + limit);
      } finally {
        process.destroyForcibly().waitFor();
        Namespace.removeThoseOf(process.pid());
      }
    } finally {
      Files.delete(file);
    }
  }

  private static List<String> command(Group group, Plan plan, Path file) {
    List<String> command = new ArrayList<>(group.launcher());
    List<String> flags = new ArrayList<>(group.jvmFlags());
    if (plan.isSmoke()) {
      flags.addAll(SMOKE_FLAGS);
    }
    if (plan.profile()) {
      flags.addAll(Profile.FLAGS);
    }
    command.addAll(JavaCommand.of(flags, GroupProcess.class, List.of(group.name(),
        String.valueOf(plan.windows()), String.valueOf(plan.window().toMillis()),
        String.valueOf(plan.warmUp().toMillis()), String.valueOf(plan.idle()),
        String.valueOf(plan.profile()), file.toString())));
    return command;
  }

  /** The process: measures the group and writes its results. */
  public static void main(String[] arguments) throws Exception {
    Runtime.getRuntime()
        .addShutdownHook(Thread.ofPlatform().name("namespaces").unstarted(GroupProcess::removeNamespaces));
    Thread.ofPlatform().name("parent").daemon().start(GroupProcess::endWithParent);
    REACTOR_NETTY.setLevel(Level.OFF);
    Group group = Groups.named(arguments[0]).orElseThrow();
    Plan plan = new Plan(Integer.parseInt(arguments[1]), Duration.ofMillis(Long.parseLong(arguments[2])),
        Duration.ofMillis(Long.parseLong(arguments[3])), Integer.parseInt(arguments[4]),
        Boolean.parseBoolean(arguments[5]));
    Results results = new Results();
    int status = 0;
    try {
      Mix.run(plan.isSmoke() ? Duration.ofMillis(1) : Duration.ofMillis(MILLIS / 2));
      results.note("JVM: " + String.join(" ", ManagementFactory.getRuntimeMXBean().getInputArguments()));
      group.measure(plan, results);
      Report.write(results.report(group), Path.of(arguments[6]));
    } catch (Exception e) {
      e.printStackTrace();
      status = 1;
    }
    // Loops that a failure has left behind must not keep the process alive.
    System.exit(status);
  }

  private static void removeNamespaces() {
    try {
      Namespace.removeThoseOf(ProcessHandle.current().pid());
    } catch (IOException e) {
      System.err.println("namespaces remain: " + e);
    }
  }

  private static void endWithParent() {
    try {
      while (System.in.read() >= 0) {
        // no input is expected
      }
    } catch (IOException e) {
      // the parent is gone
    }
    System.exit(2);
  }
}
