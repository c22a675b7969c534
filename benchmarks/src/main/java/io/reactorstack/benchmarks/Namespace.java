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

/** A network namespace of the Linux kernel; needs root. */
final class Namespace implements AutoCloseable {

  private final String name;

  /** Creates the namespace; replaces one of that name, which a benchmark that failed may have left behind. */
  Namespace(String name) {
    this.name = name;
    if (Files.exists(Path.of("/run/netns", name))) {
      close();
    }
    execute("ip", "netns", "add", name);
    ip("link", "set", "lo", "up");
  }

  String name() {
    return name;
  }

  /** Runs the command {@code ip} on this namespace. */
  void ip(String... arguments) {
    List<String> command = new ArrayList<>(List.of("ip", "-n", name));
    command.addAll(List.of(arguments));
    execute(command.toArray(String[]::new));
  }

  /** Returns the command line that runs {@code command} in this namespace. */
  List<String> inside(String... command) {
    List<String> line = new ArrayList<>(List.of("ip", "netns", "exec", name));
    line.addAll(List.of(command));
    return line;
  }

  /** Runs {@code command} in this namespace. */
  void run(String... command) {
    execute(inside(command).toArray(String[]::new));
  }

  /** Moves the interface {@code link} of this machine into this namespace as {@code eth0} and sets it up. */
  void adopt(String link, String address) {
    execute("ip", "link", "set", link, "netns", name, "name", "eth0");
    configure("eth0", address);
  }

  /** Gives {@code link} an address with its prefix, such as {@code 10.0.0.1/24}, and sets it up. */
  void configure(String link, String address) {
    ip("address", "add", address, "dev", link);
    ip("link", "set", link, "up");
  }

  /** Calls {@code call} on a new thread in this namespace; the sockets that it opens stay in the namespace. */
  <T> T call(Callable<T> call) {
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
  static void execute(String... command) {
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
