package io.reactorstack.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;

/** A network namespace of the Linux kernel; needs root. */
public final class Namespace implements AutoCloseable {

  private static final Path ALL = Path.of("/run/netns");

  private final String name;

  /** Creates the namespace; replaces one of that name, which a benchmark that failed may have left behind. */
  public Namespace(String name) {
    this.name = name;
    if (Files.exists(ALL.resolve(name))) {
      close();
    }
    execute("ip", "netns", "add", name);
    ip("link", "set", "lo", "up");
  }

  /**
   * Creates a namespace whose name has the number of this process, so that {@link #removeThoseOf} finds it.
   *
   * @param suffix different for each namespace of the process
   */
  public static Namespace ofThisProcess(String suffix) {
    return new Namespace(prefix(ProcessHandle.current().pid()) + suffix);
  }

  /** Removes the namespaces that a process which has ended made by {@link #ofThisProcess} and has left behind. */
  public static void removeThoseOf(long pid) throws IOException {
    if (!Files.isDirectory(ALL)) {
      return;
    }
    try (Stream<Path> names = Files.list(ALL)) {
      names.map(path -> path.getFileName().toString()).filter(each -> each.startsWith(prefix(pid)))
          .forEach(left -> execute("ip", "netns", "delete", left));
    }
  }

  private static String prefix(long pid) {
    return "rsbench-" + pid + "-";
  }

  /** The name, as the command {@code ip netns} shows it. */
  public String name() {
    return name;
  }

  /** Runs the command {@code ip} on this namespace. */
  public void ip(String... arguments) {
    List<String> command = new ArrayList<>(List.of("ip", "-n", name));
    command.addAll(List.of(arguments));
    execute(command.toArray(String[]::new));
  }

  /** Returns the command line that runs {@code command} in this namespace. */
  public List<String> inside(String... command) {
    List<String> line = new ArrayList<>(List.of("ip", "netns", "exec", name));
    line.addAll(List.of(command));
    return line;
  }

  /** Runs {@code command} in this namespace. */
  public void run(String... command) {
    execute(inside(command).toArray(String[]::new));
  }

  /** Moves the interface {@code link} of this machine into this namespace as {@code eth0} and sets it up. */
  public void adopt(String link, String address) {
    execute("ip", "link", "set", link, "netns", name, "name", "eth0");
    configure("eth0", address);
  }

  /** Gives {@code link} an address with its prefix, such as {@code 10.0.0.1/24}, and sets it up. */
  public void configure(String link, String address) {
    ip("address", "add", address, "dev", link);
    ip("link", "set", link, "up");
  }

  /** Calls {@code call} on a new thread in this namespace; the sockets that it opens stay in the namespace. */
  public <T> T call(Callable<T> call) {
    FutureTask<T> task = new FutureTask<>(() -> {
      new SystemCalls().enter(name);
      return call.call();
    });
    Thread.ofPlatform().name(name).daemon().start(task);
    try {
      return task.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a call in the namespace " + name + " failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    execute("ip", "netns", "delete", name);
  }

  /** Runs {@code command} and waits for its success. */
  public static void execute(String... command) {
    try {
      Process process = new ProcessBuilder(command).inheritIO().start();
      if (process.waitFor() != 0) {
        throw new IllegalStateException(String.join(" ", command) + " failed: this network needs Linux and root");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
