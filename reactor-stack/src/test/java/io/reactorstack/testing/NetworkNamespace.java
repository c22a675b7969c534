package io.reactorstack.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A network namespace of the kernel, created for one test: a second machine on which ordinary programs run.
 *
 * <p>Closing it ends its programs and removes it, and so does the end of the JVM. Namespaces left by a killed JVM are
 * removed when the next one creates a namespace. A test that uses one is annotated with {@link RequiresNetAdmin}.
 */
public final class NetworkNamespace implements AutoCloseable {

  private static final Duration SOON = Duration.ofSeconds(20);
  private static final long PID = ProcessHandle.current().pid();
  private static final AtomicInteger SERIAL = new AtomicInteger();
  private static final Set<NetworkNamespace> OPEN = ConcurrentHashMap.newKeySet();
  private static final Pattern NAME = Pattern.compile("rstack-(\\d+)-\\d+");

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> List.copyOf(OPEN).forEach(NetworkNamespace::close)));
    removeLeftovers();
  }

  private final String name = "rstack-" + PID + "-" + SERIAL.incrementAndGet();
  private final List<Server> servers = new ArrayList<>();
  private final Path folder;

  private NetworkNamespace() {
    try {
      folder = Files.createTempDirectory(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Creates a namespace with a loopback interface. */
  public static NetworkNamespace create() {
    NetworkNamespace namespace = new NetworkNamespace();
    OPEN.add(namespace);
    ip("netns", "add", namespace.name);
    namespace.run("ip", "link", "set", "lo", "up").orThrow();
    return namespace;
  }

  /**
   * Returns an interface name that no other test uses, for an interface that is created outside and then moved into a
   * namespace.
   */
  public static String uniqueInterfaceName() {
    return "rs" + Long.toString(PID, 36) + "x" + SERIAL.incrementAndGet();
  }

  /** The namespace's name, as shown by {@code ip netns}. */
  public String name() {
    return name;
  }

  /** A folder for the files of this test; removed with the namespace. */
  public Path folder() {
    return folder;
  }

  /**
   * Moves the interface {@code outside} into the namespace, renames it to {@code inside}, assigns {@code addresses}
   * (with prefix length) and sets it up. The descriptor of a TAP remains valid.
   */
  public void adopt(String outside, String inside, String... addresses) {
    ip("link", "set", outside, "netns", name, "name", inside);
    configure(inside, addresses);
  }

  /**
   * Creates a veth pair: {@code inside} in the namespace, with {@code addresses}, and its peer {@code outside} on this
   * machine.
   */
  public void connect(String inside, String outside, String... addresses) {
    ip("link", "add", outside, "type", "veth", "peer", "name", inside, "netns", name);
    // Keeps the machine's own IP stack out of the test.
    ExternalCommand.run(SOON, List.of("sysctl", "-qw", "net.ipv6.conf." + outside + ".disable_ipv6=1"));
    ip("link", "set", outside, "up");
    configure(inside, addresses);
  }

  private void configure(String inside, String... addresses) {
    for (String address : addresses) {
      List<String> command = new ArrayList<>(List.of("ip", "address", "add", address, "dev", inside));
      if (address.contains(":")) {
        command.add("nodad");
      }
      run(SOON, command).orThrow();
    }
    // Disables duplicate address detection: a link-local address that becomes valid only a second later looks like a
    // network change to programs, for example to Chromium, which then aborts its requests.
    run("sysctl", "-qw", "net.ipv6.conf." + inside + ".accept_dad=0");
    run("ip", "link", "set", inside, "up").orThrow();
  }

  /** Runs a command in the namespace and waits for its end. */
  public ExternalCommand.Result run(String... command) {
    return run(SOON, List.of(command));
  }

  /**
   * Runs a command in the namespace and waits for its end; a command that takes longer than {@code timeout} is killed
   * and fails the test.
   */
  public ExternalCommand.Result run(Duration timeout, List<String> command) {
    return ExternalCommand.run(timeout, inside(command));
  }

  private List<String> inside(List<String> command) {
    List<String> whole = new ArrayList<>(List.of("ip", "netns", "exec", name));
    whole.addAll(command);
    return whole;
  }

  /**
   * Starts a program in the namespace that runs until it, or the namespace, is closed. It must stay in the foreground.
   */
  public Server start(String... command) {
    try {
      Path log = folder.resolve("server-" + servers.size() + ".log");
      Process process = ExternalCommand.builder(inside(List.of(command))).redirectOutput(log.toFile()).start();
      Server server = new Server(process, log);
      servers.add(server);
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until a program in the namespace listens on a TCP port. */
  public void awaitTcpListener(int port) {
    await("a TCP listener on port " + port, () -> listens("-Hltn", port));
  }

  /** Waits until a program in the namespace is bound to a UDP port. */
  public void awaitUdpSocket(int port) {
    await("a UDP socket on port " + port, () -> listens("-Hlun", port));
  }

  private boolean listens(String kind, int port) {
    return !run("ss", kind, "sport", "=", ":" + port).orThrow().isBlank();
  }

  /** Polls for a condition outside of this process that sends no notification. */
  public void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + SOON.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("no " + what + " within " + SOON + "; servers: " + logs());
      }
      LockSupport.parkNanos(10_000_000);
    }
  }

  private String logs() {
    StringBuilder text = new StringBuilder();
    servers.forEach(server -> text.append('\n').append(server.output()));
    return text.toString();
  }

  @Override
  public void close() {
    if (!OPEN.remove(this)) {
      return;
    }
    servers.forEach(Server::close);
    remove(name);
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void removeLeftovers() {
    for (String line : ExternalCommand.run(SOON, List.of("ip", "netns", "list")).output().lines().toList()) {
      Matcher matcher = NAME.matcher(line.split(" ")[0]);
      if (matcher.matches() && ProcessHandle.of(Long.parseLong(matcher.group(1))).isEmpty()) {
        remove(matcher.group());
      }
    }
  }

  /** Ends the programs in the namespace, including those in the background, and removes it. */
  private static void remove(String namespace) {
    for (String pid : ExternalCommand.run(SOON, List.of("ip", "netns", "pids", namespace)).output().lines().toList()) {
      if (pid.matches("\\d+")) {
        ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
      }
    }
    ExternalCommand.run(SOON, List.of("ip", "netns", "delete", namespace));
  }

  private static void ip(String... arguments) {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments));
    ExternalCommand.run(SOON, command).orThrow();
  }

  /** A program that runs in the namespace. */
  public static final class Server implements AutoCloseable {

    private final Process process;
    private final Path log;

    private Server(Process process, Path log) {
      this.process = process;
      this.log = log;
    }

    /** Returns its standard output and error so far. */
    public String output() {
      try {
        return Files.readString(log, StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** Waits until it ends by itself and returns its exit code. */
    public int awaitExit(Duration timeout) {
      try {
        if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
          throw new AssertionError("the program still runs after " + timeout + ": " + output());
        }
        return process.exitValue();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }

    /** Terminates it, and kills it if it does not end. */
    @Override
    public void close() {
      process.destroy();
      try {
        if (!process.waitFor(2, TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor();
        }
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
  }
}
