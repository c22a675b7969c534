package io.reactorstack.benchmarks.dns;

import io.reactorstack.benchmarks.Namespace;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * NSD in a process of its own, which has an A and an AAAA record for each name below {@link #ZONE}. It answers cookies,
 * and does not limit its rate.
 */
final class NameServer implements AutoCloseable {

  /** All names below this one exist. */
  static final String ZONE = "bench.example";

  private static final String LOOPBACK = "127.0.0.1";
  private static final String READY = "nsd started";
  private static final List<String> FOLDERS = List.of("/usr/sbin", "/usr/local/sbin", "/sbin");

  private final InetSocketAddress address;
  private final Path folder;
  private final Process process;
  /** Ends the server if the JVM ends before {@link #close}. */
  private final Thread hook = Thread.ofPlatform().name("nsd").unstarted(this::end);

  private NameServer(InetSocketAddress address, Path folder, Process process) {
    this.address = address;
    this.folder = folder;
    this.process = process;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Returns the reason why the server cannot run here, if it cannot. */
  static Optional<String> missing() {
    return program().isPresent() ? Optional.empty() : Optional.of("there is no command nsd");
  }

  private static Optional<Path> program() {
    Stream<String> path = Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator));
    return Stream.concat(path, FOLDERS.stream()).map(folder -> Path.of(folder, "nsd")).filter(Files::isExecutable)
        .findFirst();
  }

  /** Starts the server on the loopback, on a port that is free. */
  static NameServer onLoopback() throws IOException {
    int port;
    try (DatagramSocket free = new DatagramSocket(0, InetAddress.getByName(LOOPBACK))) {
      port = free.getLocalPort();
    }
    return start(LOOPBACK, port, List.of());
  }

  /** Starts the server on port 53 of {@code address} in {@code namespace}. */
  static NameServer in(Namespace namespace, String address) throws IOException {
    return start(address, 53, namespace.inside());
  }

  private static NameServer start(String address, int port, List<String> inside) throws IOException {
    String program = program().orElseThrow(() -> new IOException("there is no command nsd")).toString();
    Path folder = Files.createTempDirectory("nsd");
    Files.writeString(folder.resolve("zone"), """
        $ORIGIN %s.
        $TTL 86400
        @ SOA ns hostmaster 1 3600 600 86400 3600
        @ NS ns
        ns A %s
        * A 192.0.2.1
        * AAAA 2001:db8::1
        """.formatted(ZONE, address));
    Files.writeString(folder.resolve("nsd.conf"), """
        server:
          ip-address: %2$s@%3$d
          username: ""
          chroot: ""
          pidfile: ""
          database: ""
          zonesdir: "%1$s"
          xfrdir: "%1$s"
          xfrdfile: "%1$s/xfrd"
          zonelistfile: "%1$s/list"
          server-count: 1
          answer-cookie: yes
          rrl-ratelimit: 0
          verbosity: 1
        remote-control:
          control-enable: no
        zone:
          name: "%4$s"
          zonefile: "zone"
        """.formatted(folder, address, port, ZONE));
    List<String> command = Stream.concat(inside.stream(),
        Stream.of(program, "-d", "-c", folder.resolve("nsd.conf").toString())).toList();
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    NameServer server = new NameServer(new InetSocketAddress(address, port), folder, process);
    server.awaitReady();
    return server;
  }

  private void awaitReady() throws IOException {
    StringBuilder output = new StringBuilder();
    BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      if (line.contains(READY)) {
        return;
      }
      output.append(line).append('\n');
    }
    close();
    throw new IOException("nsd has ended: " + output);
  }

  /** The address and the port of the server. */
  InetSocketAddress address() {
    return address;
  }

  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(hook);
    end();
  }

  private void end() {
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy();
    try (Stream<Path> files = Files.walk(folder)) {
      process.waitFor();
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
