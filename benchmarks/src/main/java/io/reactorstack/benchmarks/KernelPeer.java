package io.reactorstack.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import reactor.netty.resources.LoopResources;

/** The benchmark servers on the kernel's TCP, in a network namespace and a separate process; needs Linux and root. */
final class KernelPeer implements AutoCloseable {

  private final String namespace;
  private Process process;

  private KernelPeer(String namespace) {
    this.namespace = namespace;
    if (Files.exists(Path.of("/run/netns", namespace))) {
      // A benchmark that failed may have left this namespace behind.
      run("ip", "netns", "delete", namespace);
    }
  }

  /** Starts the servers in a new namespace, reachable from this machine through a veth pair. */
  static KernelPeer behindVeth(String outside, String outsideAddress, String address) {
    KernelPeer peer = new KernelPeer("rsbench-" + outside);
    run("ip", "netns", "add", peer.namespace);
    run("ip", "link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", peer.namespace);
    run("ip", "address", "add", outsideAddress + "/24", "dev", outside);
    run("ip", "link", "set", outside, "up");
    peer.serve(address);
    return peer;
  }

  /** Starts the servers in a new namespace and moves {@code tap}, which is open in this process, into it. */
  static KernelPeer behindTap(String tap, String address) {
    KernelPeer peer = new KernelPeer("rsbench-" + tap);
    run("ip", "netns", "add", peer.namespace);
    run("ip", "link", "set", tap, "netns", peer.namespace, "name", "eth0");
    peer.serve(address);
    return peer;
  }

  private void serve(String address) {
    run("ip", "-n", namespace, "address", "add", address + "/24", "dev", "eth0");
    run("ip", "-n", namespace, "link", "set", "eth0", "up");
    run("ip", "-n", namespace, "link", "set", "lo", "up");
    try {
      process = new ProcessBuilder(List.of("ip", "netns", "exec", namespace,
          Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
          System.getProperty("java.class.path"), KernelPeer.class.getName(), address))
          .redirectError(ProcessBuilder.Redirect.INHERIT).start();
      if (process.getInputStream().read() != '!') {
        throw new IllegalStateException("the servers did not start");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The process in the namespace. It serves until its standard input ends, which happens when the benchmark ends or
   * dies.
   */
  public static void main(String[] arguments) throws IOException {
    LoopResources loops = LoopResources.create("peer", 1, true);
    try (Servers servers = new Servers(loops, arguments[0])) {
      System.out.print('!');
      System.out.flush();
      while (System.in.read() >= 0) {
        // no input is expected
      }
    }
    System.exit(0);
  }

  @Override
  public void close() {
    if (process != null) {
      process.destroy();
    }
    run("ip", "netns", "delete", namespace);
  }

  private static void run(String... command) {
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
