package io.reactorstack.benchmarks.suite;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** A condition for a group: a group whose condition is not met is skipped, and the report says so. */
public enum Need {
  /** Root, {@code /dev/net/tun} and the command {@code ip}, for network namespaces and TAP interfaces. */
  NETWORK_NAMESPACES {
    @Override
    public Optional<String> missing() {
      if (!"root".equals(System.getProperty("user.name"))) {
        return Optional.of("it needs root");
      }
      return Files.exists(Path.of("/dev/net/tun")) ? command("ip") : Optional.of("there is no /dev/net/tun");
    }
  },
  /** The load generator {@code wrk}. */
  WRK {
    @Override
    public Optional<String> missing() {
      return command("wrk");
    }
  },
  /** The command {@code taskset} of util-linux. */
  TASKSET {
    @Override
    public Optional<String> missing() {
      return command("taskset");
    }
  },
  /** Two processors: the measured program and its peer each have one. */
  TWO_PROCESSORS {
    @Override
    public Optional<String> missing() {
      return Runtime.getRuntime().availableProcessors() >= 2
          ? Optional.empty()
          : Optional.of("it needs two processors");
    }
  };

  /** Returns the reason why the condition is not met, if it is not. */
  public abstract Optional<String> missing();

  private static Optional<String> command(String name) {
    boolean found = Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
    return found ? Optional.empty() : Optional.of("there is no command " + name);
  }
}
