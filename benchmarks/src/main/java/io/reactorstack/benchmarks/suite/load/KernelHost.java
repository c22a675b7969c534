package io.reactorstack.benchmarks.suite.load;

import io.reactorstack.benchmarks.Namespace;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A host on the kernel's TCP: a network namespace with a {@link KernelPeer} process. It is the other end of a TAP
 * interface or of a veth pair. A TAP interface must be open before {@link #adoptTap}, which moves it into the namespace.
 */
public final class KernelHost implements AutoCloseable {

  private static final AtomicInteger COUNT = new AtomicInteger();

  private static final long PID = ProcessHandle.current().pid();
  private static final int MOST_HOSTS = 10;
  private static final int PROCESSES = 25;
  private static final int FIRST_NETWORK = 100;
  private static final int NETWORKS = 100;

  /** Clients open and close many connections: all ports, and connections in TIME-WAIT hold none for long. */
  private static final List<String> SETTINGS = List.of("net.ipv4.ip_local_port_range=1024 65535",
      "net.ipv4.tcp_tw_reuse=1", "net.ipv4.tcp_max_tw_buckets=1000", "net.core.somaxconn=4096");

  private static final String CUBIC = "cubic";

  private final int number = COUNT.getAndIncrement();
  /** The first three octets of the network. Processes with near numbers have different ones: they may run at once. */
  private final String network = "10." + (FIRST_NETWORK + PID / PROCESSES % NETWORKS) + "."
      + (PID % PROCESSES * MOST_HOSTS + number);
  private final String link = "rs" + PID + "n" + number;
  private final Namespace namespace = Namespace.ofThisProcess(String.valueOf(number));
  private final int processor;
  private Process process;
  private BufferedReader answers;

  /**
   * Creates the namespace.
   *
   * @param processor the processor on which the process of the host runs
   */
  public KernelHost(int processor) {
    if (number >= MOST_HOSTS) {
      throw new IllegalStateException("too many hosts for one group");
    }
    this.processor = processor;
    for (String setting : SETTINGS) {
      namespace.run("sysctl", "-qw", setting);
    }
  }

  /** The name of the interface on this side: of the TAP interface to be opened, or of the end of the veth pair. */
  public String link() {
    return link;
  }

  /** The address on this side. */
  public String near() {
    return network + ".1";
  }

  /** The address of the host. */
  public String far() {
    return network + ".2";
  }

  /** Returns the address of a port of the host. */
  public InetSocketAddress at(int port) {
    return new InetSocketAddress(far(), port);
  }

  /** Connects the host to the TAP interface, which is open, and starts its process. */
  public KernelHost adoptTap() throws IOException {
    namespace.adopt(link, far() + "/24");
    controlCongestionByCubic();
    return serve();
  }

  /** Connects the host to this machine by a veth pair, with the kernel's offloads, and starts its process. */
  public KernelHost connectVeth() throws IOException {
    Namespace.execute("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", namespace.name());
    Namespace.execute("ip", "address", "add", near() + "/24", "dev", link);
    Namespace.execute("ip", "link", "set", link, "up");
    namespace.configure("eth0", far() + "/24");
    controlCongestionByCubic();
    Namespace.execute("ip", "route", "change", network(), "dev", link, "src", near(), "congctl", CUBIC);
    return serve();
  }

  /**
   * Lets the kernel's connections use CUBIC, as most kernels do. Some machines have BBR as their default, which paces: the
   * clocks would be measured. A new namespace does not permit to change the default, but a route may name another.
   */
  private void controlCongestionByCubic() {
    namespace.ip("route", "change", network(), "dev", "eth0", "src", far(), "congctl", CUBIC);
  }

  private String network() {
    return network + ".0/24";
  }

  private KernelHost serve() throws IOException {
    List<String> command = new ArrayList<>(namespace.inside("taskset", "-c", String.valueOf(processor)));
    command.addAll(KernelPeer.command(far()));
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
    answer();
    return this;
  }

  /** Gives a command to the process and returns the words of its answer. */
  String[] ask(String command) throws IOException {
    process.getOutputStream().write((command + "\n").getBytes(StandardCharsets.US_ASCII));
    process.getOutputStream().flush();
    return answer();
  }

  private String[] answer() throws IOException {
    String line = answers.readLine();
    if (line == null || !line.startsWith(KernelPeer.ANSWER)) {
      throw new IOException("the process of the kernel's host answers " + line);
    }
    return line.substring(KernelPeer.ANSWER.length()).strip().split(" ");
  }

  /** Returns the command line that runs {@code command} on this host, on its processor. */
  List<String> inside(List<String> command) {
    List<String> line = new ArrayList<>(namespace.inside("taskset", "-c", String.valueOf(processor)));
    line.addAll(command);
    return line;
  }

  /** Returns an IPv4 address as a number. */
  public static int number(String address) {
    try {
      return ByteBuffer.wrap(InetAddress.getByName(address).getAddress()).order(ByteOrder.BIG_ENDIAN).getInt();
    } catch (IOException e) {
      throw new IllegalArgumentException(address, e);
    }
  }

  @Override
  public void close() {
    if (process != null) {
      process.destroy();
    }
    namespace.close();
  }
}
