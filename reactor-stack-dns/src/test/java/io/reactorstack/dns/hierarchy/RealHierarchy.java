package io.reactorstack.dns.hierarchy;

import static java.util.stream.Collectors.joining;

import io.reactorstack.NetworkStack;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.UnprobedStack;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A complete DNS hierarchy of real servers in a network namespace, and a host of the stack on the same link.
 *
 * <pre>
 * try (RealHierarchy hierarchy = RealHierarchy.start()) {
 *   DnsResolver.create(hierarchy.stack()).servers(Host.RESOLVER.ipv4());
 *   hierarchy.reference(Names.all());
 * }
 * </pre>
 *
 * <p>NSD serves the root, BIND the zones below it, Knot and a second NSD all others; {@link HostedZone} lists them.
 * Unbound resolves at {@link Host#RESOLVER}, and another one refuses at {@link Host#REFUSING}. A test that starts a
 * hierarchy is annotated with {@link io.reactorstack.testing.RequiresNetAdmin}.
 */
public final class RealHierarchy implements AutoCloseable {

  /** The stack's IPv4 address. */
  public static final String STACK_IPV4 = "192.168.77.2";

  /** The stack's IPv6 address. */
  public static final String STACK_IPV6 = "fd77::2";

  private static final Duration SOON = Duration.ofSeconds(20);

  private final NetworkNamespace namespace = NetworkNamespace.create();
  private final Map<Daemon, NetworkNamespace.Server> running = new LinkedHashMap<>();
  private @Nullable NetworkStack stack;

  private RealHierarchy() {}

  /** Starts all servers and waits until they listen. Skips the test if one is not installed; in CI it fails. */
  public static RealHierarchy start() {
    ExternalCommand.require("nsd", "named", "knotd", "unbound", "dig", "nft");
    RealHierarchy hierarchy = new RealHierarchy();
    try {
      hierarchy.connect();
      hierarchy.startServers();
      return hierarchy;
    } catch (IOException e) {
      hierarchy.close();
      throw new UncheckedIOException(e);
    } catch (RuntimeException | Error e) {
      hierarchy.close();
      throw e;
    }
  }

  /** The host of the stack, which has the addresses {@link #STACK_IPV4} and {@link #STACK_IPV6}. */
  public NetworkStack stack() {
    if (stack == null) {
      throw new IllegalStateException("the hierarchy is closed");
    }
    return stack;
  }

  /** The namespace in which the servers run. */
  public NetworkNamespace namespace() {
    return namespace;
  }

  /** Asks servers with dig, from the namespace. */
  public Dig dig() {
    return new Dig(namespace);
  }

  /** Returns Unbound's answers to {@code questions}, in the same order. */
  public List<Expected> reference(List<Question> questions) {
    return dig().ask(Host.RESOLVER, questions).stream().map(Dig.Answer::expected).toList();
  }

  /** The root's name servers and their addresses, in the format of zone files (named.root). */
  public String rootHints() {
    return Daemon.hints();
  }

  private void connect() throws IOException {
    String tap = NetworkNamespace.uniqueInterfaceName();
    stack = UnprobedStack.create().name("client")
        .device(TapDevice.named(tap), STACK_IPV4 + "/24", STACK_IPV6 + "/64").startNow();
    // The first address is the source of the namespace's own queries, so it must not be one that drops packets.
    namespace.adopt(tap, "eth0", Host.REFUSING.ipv4Text() + "/24");
    Path addresses = Files.writeString(namespace.folder().resolve("addresses"), Arrays.stream(Host.values())
        .map(host -> (host == Host.REFUSING ? "" : "address add " + host.ipv4Text() + "/24 dev eth0\n")
            + "address add " + host.ipv6Text() + "/64 dev eth0 nodad\n")
        .collect(joining()));
    namespace.run("ip", "-batch", addresses.toString()).orThrow();
    Path rules = Files.writeString(namespace.folder().resolve("rules"), """
        table inet silent {
          chain input {
            type filter hook input priority 0
            ip daddr %s drop
            ip6 daddr %s drop
          }
        }
        """.formatted(Host.SILENT.ipv4Text(), Host.SILENT.ipv6Text()));
    namespace.run("nft", "-f", rules.toString()).orThrow();
  }

  private void startServers() throws IOException {
    Path folder = namespace.folder();
    for (HostedZone zone : HostedZone.ALL) {
      Files.writeString(folder.resolve(zone.file()), zone.text());
    }
    Files.createDirectory(folder.resolve("knot"));
    for (Daemon daemon : List.of(
        Daemon.nsd(folder, "root", List.of(Host.ROOT, Host.ROOT_SECOND)),
        Daemon.nsd(folder, "nsd", List.of(Host.NSD, Host.NSD_SECOND), "broken.test."),
        Daemon.named(folder, List.of(Host.REGISTRY, Host.REGISTRY_SECOND)),
        Daemon.knot(folder, List.of(Host.KNOT, Host.KNOT_SECOND)),
        Daemon.unbound(folder, Host.RESOLVER, "  access-control: 192.168.77.0/24 allow"),
        Daemon.unbound(folder, Host.REFUSING, ""))) {
      running.put(daemon, namespace.start(daemon.command().toArray(String[]::new)));
    }
    namespace.await("listener at every address", this::isReady);
  }

  private boolean isReady() {
    Set<String> listeners = namespace.run("ss", "-Hlntu").orThrow().lines().map(line -> line.split(" +"))
        .map(columns -> columns[0] + " " + columns[4]).collect(Collectors.toSet());
    return running.entrySet().stream().allMatch(entry -> entry.getValue().output().contains(entry.getKey().ready())
        && entry.getKey().addresses().stream()
            .allMatch(address -> listeners.contains("udp " + address) && listeners.contains("tcp " + address)));
  }

  /** Stops the stack and all servers and removes the namespace; a second call has no effect. */
  @Override
  public void close() {
    try {
      if (stack != null) {
        stack.stop().block(SOON);
        stack = null;
      }
    } finally {
      running.values().parallelStream().forEach(NetworkNamespace.Server::close);
      namespace.close();
    }
  }
}
