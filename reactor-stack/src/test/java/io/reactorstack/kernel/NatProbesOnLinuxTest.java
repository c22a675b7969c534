package io.reactorstack.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The same kernels behind a translating router, which is once the kernel with nftables and once this library. The program
 * {@code nat_probes.py} probes both, and the table {@code nat-probes.md} has the outcomes: equal ones, or the reason for the
 * difference.
 *
 * <pre>inside - 10.84.1.0/24 - router - 192.0.2.0/24 - outside - 198.51.100.0/24 - far</pre>
 */
@RequiresNetAdmin
@Timeout(180)
class NatProbesOnLinuxTest {

  private static final Path GENERATED = Path.of("target", "nat-probes.md");
  private static final Path FOLDER = Path.of("src", "test", "resources", "io", "reactorstack", "kernel");
  private static final Path CHECKED_IN = FOLDER.resolve("nat-probes.md");
  private static final Path PROGRAM = FOLDER.resolve("nat_probes.py");
  private static final String SAME = "the same";
  private static final String EQUAL = "equal";

  /** The kernels behind the router send complete checksums, and do not answer packets to the addresses of raw probes. */
  private static final String PLAIN = """
      ethtool -K net0 tx off >/dev/null
      sysctl -qw net.ipv4.icmp_ratemask=0
      nft -f - <<'END'
      table ip raw {
        chain prerouting {
          type filter hook prerouting priority raw
          ip daddr { 10.84.1.4, 10.84.1.5, 192.0.2.12, 192.0.2.13 } drop
        }
      }
      END
      """;
  private static final String INSIDE = PLAIN + """
      for host in 2 3 4 5; do ip address add 10.84.1.$host/24 dev net0; done
      ip route add default via 10.84.1.1
      """;
  private static final String OUTSIDE = PLAIN + """
      for host in 10 11 12 13; do ip address add 192.0.2.$host/24 dev net0; done
      ip link set net0 mtu 1400
      ip link set net1 mtu 1300
      ethtool -K net1 tx off >/dev/null
      ip route add 10.84.1.0/24 via 192.0.2.1
      sysctl -qw net.ipv4.ip_forward=1 net.ipv4.neigh.net1.retrans_time_ms=100
      """;
  /** The MSS is too large for the link. */
  private static final String FAR = """
      for host in 2 3 4; do ip address add 198.51.100.$host/24 dev net0; done
      ip link set net0 mtu 1300
      ip route add default via 198.51.100.1 advmss 1460
      """;

  private static final Pattern IDLE = Pattern.compile("idle (\\S+) (\\S+)");
  private static final Pattern OUTCOME = Pattern.compile("outcome \\| (.+) \\| (.+)");
  private static final Pattern ROW = Pattern.compile("\\| (.+) \\| (.+) \\| (.+) \\| (.+) \\|");

  /** A row of the table. */
  private record Row(String kernel, String stack, String reason) {}

  @Test
  void probesHaveTheOutcomesOfTheTable() throws IOException {
    ExternalCommand.require("nft", "ethtool", "scapy");
    CompletableFuture<Map<String, String>> behindKernel = CompletableFuture.supplyAsync(
        () -> outcomes(ProbedRouter.Kernel::new));
    Map<String, String> behindStack = outcomes(ProbedRouter.Stack::new);
    String table = table(behindKernel.join(), behindStack, rows());
    Files.createDirectories(GENERATED.getParent());
    Files.writeString(GENERATED, table);
    assertThat(table).as("see %s; a difference needs a reason in %s", GENERATED, CHECKED_IN)
        .isEqualTo(Files.readString(CHECKED_IN)).doesNotContain("| failed").doesNotContain("| no reason |");
    assertThat(behindStack).hasSizeGreaterThan(80);
  }

  private static Map<String, String> outcomes(Supplier<? extends ProbedRouter> started) {
    try (NetworkNamespace inside = NetworkNamespace.create();
        NetworkNamespace outside = NetworkNamespace.create();
        NetworkNamespace far = NetworkNamespace.create();
        ProbedRouter router = started.get()) {
      String end = NetworkNamespace.uniqueInterfaceName();
      outside.connect("net1", end, "198.51.100.1/24");
      far.adopt(end, "net0");
      router.connect(inside, outside);
      inside.run("sh", "-ec", INSIDE).orThrow();
      outside.run("sh", "-ec", OUTSIDE).orThrow();
      far.run("sh", "-ec", FAR).orThrow();
      inside.await("an answer from far away",
          () -> inside.run("ping", "-c1", "-W1", "198.51.100.2").exitCode() == 0);
      return probe(router, inside.name(), outside.name(), far.name());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs the program, which enters the namespaces itself, and returns the outcomes by the names of the probes. */
  private static Map<String, String> probe(ProbedRouter router, String... namespaces) throws IOException {
    // Without -B, the program would write files beside its modules.
    List<String> command = new ArrayList<>(List.of("/usr/bin/python3", "-B", PROGRAM.toString()));
    command.addAll(List.of(namespaces));
    command.add(router.patience());
    Process program = new ProcessBuilder(command).redirectErrorStream(true).start();
    Map<String, String> outcomes = new LinkedHashMap<>();
    StringBuilder rest = new StringBuilder();
    try (BufferedReader lines = program.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        var idle = IDLE.matcher(line);
        var outcome = OUTCOME.matcher(line);
        if (idle.matches()) {
          router.idle(Double.parseDouble(idle.group(1)), idle.group(2));
          program.getOutputStream().write('\n');
          program.getOutputStream().flush();
        } else if (outcome.matches()) {
          outcomes.put(outcome.group(1), outcome.group(2));
        } else {
          rest.append(line).append('\n');
        }
      }
    } finally {
      program.destroyForcibly();
    }
    assertThat(rest.toString()).isEmpty();
    return outcomes;
  }

  private static Map<String, Row> rows() throws IOException {
    Map<String, Row> rows = new LinkedHashMap<>();
    for (String line : Files.readAllLines(CHECKED_IN)) {
      var row = ROW.matcher(line);
      if (row.matches()) {
        rows.put(row.group(1), new Row(row.group(2), row.group(3), row.group(4)));
      }
    }
    return rows;
  }

  /** Returns the table of these outcomes. A row has the reason of {@code before} if its outcomes are those of before. */
  private static String table(Map<String, String> kernel, Map<String, String> stack, Map<String, Row> before) {
    assertThat(stack.keySet()).containsExactlyElementsOf(kernel.keySet());
    StringBuilder table = new StringBuilder("""
        # Behaviour of the translator: Linux with nftables' masquerade, and the stack

        Written and checked by `NatProbesOnLinuxTest`, which runs `nat_probes.py` behind both. `a` is the first port of a
        probe, `b` the next one.

        | probe | Linux | stack | |
        |---|---|---|---|
        """);
    kernel.forEach((probe, behindKernel) -> {
      String behindStack = Objects.requireNonNull(stack.get(probe));
      boolean isEqual = behindStack.equals(behindKernel);
      Row known = before.get(probe);
      String reason = isEqual
          ? EQUAL
          : known != null && known.kernel.equals(behindKernel) && known.stack.equals(behindStack)
              ? known.reason
              : "no reason";
      table.append("| %s | %s | %s | %s |%n".formatted(probe, behindKernel, isEqual ? SAME : behindStack, reason));
    });
    return table.toString();
  }
}
