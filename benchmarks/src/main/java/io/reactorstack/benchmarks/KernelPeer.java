package io.reactorstack.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import reactor.netty.resources.LoopResources;

/** The benchmark servers on the kernel's TCP, in a network namespace and a separate process; needs Linux and root. */
final class KernelPeer implements AutoCloseable {

  private final Namespace namespace;
  private Process process;

  private KernelPeer(Namespace namespace) {
    this.namespace = namespace;
  }

  /** Starts the servers in a new namespace, reachable from this machine through a veth pair. */
  static KernelPeer behindVeth(String outside, String outsideAddress, String address) {
    Namespace namespace = new Namespace("rsbench-" + outside);
    Namespace.execute("ip", "link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", namespace.name());
    Namespace.execute("ip", "address", "add", outsideAddress + "/24", "dev", outside);
    Namespace.execute("ip", "link", "set", outside, "up");
    namespace.configure("eth0", address + "/24");
    return new KernelPeer(namespace).serve(address);
  }

  /** Starts the servers in a new namespace and moves {@code tap}, which is open in this process, into it. */
  static KernelPeer behindTap(String tap, String address) {
    Namespace namespace = new Namespace("rsbench-" + tap);
    namespace.adopt(tap, address + "/24");
    return new KernelPeer(namespace).serve(address);
  }

  private KernelPeer serve(String address) {
    try {
      process = new ProcessBuilder(namespace.inside(
          Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
          System.getProperty("java.class.path"), KernelPeer.class.getName(), address))
          .redirectError(ProcessBuilder.Redirect.INHERIT).start();
      if (process.getInputStream().read() != '!') {
        throw new IllegalStateException("the servers did not start");
      }
      return this;
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
    namespace.close();
  }
}
