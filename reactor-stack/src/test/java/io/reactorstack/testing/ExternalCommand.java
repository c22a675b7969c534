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

/** Commands of the system that tests use as peers and judges. */
public final class ExternalCommand {

  /**
   * What a finished command left.
   *
   * @param exitCode its exit code
   * @param output what it wrote to its standard output and error
   */
  public record Result(int exitCode, String output) {

    /** Returns the output of a command that went well. */
    public String orThrow() {
      if (exitCode != 0) {
        throw new AssertionError("exit code " + exitCode + ": " + output);
      }
      return output;
    }
  }

  private ExternalCommand() {}

  /** Skips the test aloud, or fails it in CI, unless all {@code commands} are installed. */
  public static void require(String... commands) {
    for (String command : commands) {
      if (!isInstalled(command)) {
        refuseInCi("a test", "the command " + command);
        Assumptions.abort("needs the command " + command);
      }
    }
  }

  /** Says aloud that {@code test} lacks {@code what}; in CI that is a failure. */
  static void refuseInCi(String test, String what) {
    String message = test + " needs " + what;
    if ("true".equals(System.getenv("CI"))) {
      throw new IllegalStateException(message + ", and CI must have it");
    }
    System.out.println("SKIPPED: " + message);
  }

  /** Whether {@code command} is found where commands are, root's included. */
  public static boolean isInstalled(String command) {
    String path = System.getenv("PATH") + ":/usr/sbin:/sbin:/usr/local/sbin";
    return Arrays.stream(path.split(":")).anyMatch(folder -> Files.isExecutable(Path.of(folder, command)));
  }

  /** Runs a command to its end. */
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
