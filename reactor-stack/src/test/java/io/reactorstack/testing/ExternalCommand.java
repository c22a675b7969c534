package io.reactorstack.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** Runs commands of the system that tests use as peers and references. */
public final class ExternalCommand {

  /**
   * The result of a finished command.
   *
   * @param exitCode its exit code
   * @param output its standard output and error
   */
  public record Result(int exitCode, String output) {

    /** Returns the output if the command succeeded; otherwise throws. */
    public String orThrow() {
      if (exitCode != 0) {
        throw new AssertionError("exit code " + exitCode + ": " + output);
      }
      return output;
    }
  }

  private ExternalCommand() {}

  /** Skips the test with a message, or fails it in CI, unless all {@code commands} are installed. */
  public static void require(String... commands) {
    for (String command : commands) {
      if (!isInstalled(command)) {
        refuseInCi("a test", "the command " + command);
        Assumptions.abort("needs the command " + command);
      }
    }
  }

  /** Prints that {@code test} is skipped because it lacks {@code what}; throws in CI. */
  static void refuseInCi(String test, String what) {
    String message = test + " needs " + what;
    if ("true".equals(System.getenv("CI"))) {
      throw new IllegalStateException(message + ", and CI must have it");
    }
    System.out.println("SKIPPED: " + message);
  }

  /** Returns whether {@code command} is in the search path, including root's. */
  public static boolean isInstalled(String command) {
    String path = System.getenv("PATH") + ":/usr/sbin:/sbin:/usr/local/sbin";
    return Arrays.stream(path.split(":")).anyMatch(folder -> Files.isExecutable(Path.of(folder, command)));
  }

  /** Runs a command and waits for its end. */
  public static Result run(Duration timeout, List<String> command) {
    try {
      Path output = Files.createTempFile("command", ".out");
      try {
        Process process = builder(command).redirectOutput(output.toFile()).start();
        process.getOutputStream().close();
        boolean ended = process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
        if (!ended) {
          process.destroyForcibly().waitFor();
        }
        String text = Files.readString(output, StandardCharsets.UTF_8);
        if (!ended) {
          throw new AssertionError(command + " did not end within " + timeout + ": " + text);
        }
        return new Result(process.exitValue(), text);
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  static ProcessBuilder builder(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().merge("PATH", "/usr/sbin:/sbin", (path, sbin) -> path + ":" + sbin);
    builder.environment().put("LC_ALL", "C");
    return builder;
  }
}
