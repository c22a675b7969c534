package io.reactorstack.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.host.HostMeter;
import io.reactorstack.ip.IpMeter;
import io.reactorstack.neighbor.NeighborMeter;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import io.reactorstack.testing.UnprobedStack;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Attack tools, scanners and fuzzers on the link of a host. The host serves on: TCP connections of both families that
 * were open before carry data afterwards. Its memory stays bounded, and it has counted each frame once.
 */
@RequiresNetAdmin
@Timeout(600)
class AttackToolsOnTapTest {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String KERNEL_V4 = "10.81.0.1";
  private static final String OWN_V4 = "10.81.0.2";
  private static final String KERNEL_V6 = "fd81::1";
  private static final String OWN_V6 = "fd81::2";

  /** Exchanges a line on each of two connections, again and again, and writes the number of rounds to a file. */
  private static final String GOOD_FLOWS = """
      import os, socket, sys, time
      def connect(address):
          s = socket.create_connection((address, 7), 20)
          s.settimeout(60)
          return s, s.makefile("rb")
      flows = [connect(address) for address in sys.argv[2:]]
      rounds = 0
      while True:
          rounds += 1
          for s, lines in flows:
              line = b"line %d\\n" % rounds
              s.sendall(line)
              got = lines.readline()
              if got != line:
                  print("sent", line, "and received", got, flush=True)
                  sys.exit(1)
          with open(sys.argv[1] + ".new", "w") as f:
              f.write("%d" % rounds)
          os.replace(sys.argv[1] + ".new", sys.argv[1])
          time.sleep(0.005)
      """;

  /** The beginning of the drop reasons that each kind of malformed frame must reach. */
  private static final Map<String, String> LAYERS = Map.of("ndp", "ndp.", "fragments", "ip.", "dhcp", "dhcp.");

  private static final List<String> FLOODS = List.of(
      "atk6-flood_router26 tap0",
      "atk6-flood_router26 -F tap0",
      "atk6-flood_advertise6 tap0 fd81::2",
      "atk6-flood_solicitate6 tap0 fd81::2",
      "atk6-flood_rs6 -sS tap0",
      "atk6-flood_redir6 tap0 fd81::2",
      "atk6-flood_mld6 tap0",
      "atk6-flood_mldrouter6 tap0",
      "atk6-flood_unreach6 -R tap0 fd81::2",
      "atk6-smurf6 tap0 fd81::2",
      "atk6-rsmurf6 tap0 fd81::2",
      "atk6-ndpexhaust26 -R -p tap0 fd81::",
      "atk6-thcsyn6 -R tap0 fd81::2 7",
      "atk6-thcsyn6 -A -r tap0 fd81::2 7",
      "atk6-fake_advertise6 -n 2 -w 1 tap0 fd81::1",
      "atk6-toobig6 tap0 fd81::2 fd81::1 68");

  private final NetworkNamespace namespace = NetworkNamespace.create();
  private final String name = NetworkNamespace.uniqueInterfaceName();
  private final String second = NetworkNamespace.uniqueInterfaceName();
  private final Path rounds = namespace.folder().resolve("rounds");
  private NetworkStack stack;

  @BeforeEach
  void start() {
    ExternalCommand.require("atk6-fuzz_ip6", "nmap", "ndisc6", "scapy");
    // The second interface waits for a DHCP server.
    stack = UnprobedStack.create()
        .device(TapDevice.named(name), OWN_V4 + "/24", OWN_V6 + "/64")
        .device(TapDevice.named(second))
        .dhcp()
        .startNow();
    stack.tcp().listen(7).subscribe(
        connection -> connection.send(connection.receive().doOnDiscard(ByteBuf.class, ByteBuf::release))
            .then(connection.close()).onErrorComplete().subscribe());
    namespace.run("ip", "link", "set", "lo", "up").orThrow();
    namespace.adopt(name, "tap0", KERNEL_V4 + "/24", KERNEL_V6 + "/64");
    namespace.adopt(second, "tap1");
    namespace.await("the kernel's addresses",
        () -> !namespace.run("ip", "-6", "addr", "show", "dev", "tap0").orThrow().contains("tentative"));
    namespace.await("an answer to a ping",
        () -> namespace.run("ping", "-6", "-c", "1", "-W", "1", OWN_V6).exitCode() == 0);
    namespace.start("python3", "-c", GOOD_FLOWS, rounds.toString(), OWN_V4, OWN_V6);
    awaitProgress("the start");
  }

  @AfterEach
  void stop() {
    stack.stop().block(LIMIT);
    FrameBalance.assertBalanced(stack);
    assertThat(stack.drops().snapshot()).doesNotContainKey("stage.STAGE_FAULT").doesNotContainKey("stage.NO_MEMORY");
    namespace.close();
  }

  private long rounds() {
    try {
      return Files.exists(rounds) ? Long.parseLong(Files.readString(rounds)) : 0;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Waits until the connections have carried some more lines. */
  private void awaitProgress(String after) {
    long before = rounds();
    namespace.await("lines on the open connections after " + after, () -> rounds() >= before + 5);
  }

  private void assertUnharmed(String by) {
    awaitProgress(by);
    assertThat(stack.meters().sum(NeighborMeter.NEIGHBORS)).as("neighbours").isLessThanOrEqualTo(1024);
    assertThat(stack.meters().sum(HostMeter.MEMORY_HELD)).as("memory")
        .isLessThan(stack.meters().sum(HostMeter.MEMORY_LIMIT) / 2);
    assertThat(stack.meters().sum(IpMeter.REASSEMBLY_OCTETS)).as("reassembly").isLessThanOrEqualTo(8 << 20);
    namespace.await("an answer to a ping",
        () -> namespace.run("ping", "-6", "-c", "1", "-W", "1", OWN_V6).exitCode() == 0
            && namespace.run("ping", "-c", "1", "-W", "1", OWN_V4).exitCode() == 0);
  }

  /** Runs a program until it ends, or for {@code seconds}. */
  private String runFor(int seconds, String... command) {
    List<String> line = new ArrayList<>(List.of("timeout", "-s", "KILL", Integer.toString(seconds)));
    Collections.addAll(line, command);
    return namespace.run(Duration.ofSeconds(seconds + 30L), line).output();
  }

  @Test
  void floods() {
    flood(1);
  }

  @Test
  @Tag("long")
  void longFloods() {
    flood(10);
  }

  private void flood(int seconds) {
    for (String command : FLOODS) {
      runFor(seconds, command.split(" ", -1));
      assertUnharmed(command);
    }
  }

  @Test
  void extensionHeadersAndRandomMessages() {
    for (int test = 1; test <= 7; test++) {
      runFor(1, "atk6-denial6", "tap0", OWN_V6, Integer.toString(test));
    }
    runFor(2, "atk6-randicmp6", "tap0", OWN_V6);
    runFor(2, "atk6-fuzz_ip6", "-F", "-D", "-H", "-4", "tap0", OWN_V6);
    assertUnharmed("the tools");
  }

  @Test
  @Tag("long")
  void fragmentsKnownExploitsAndRandomHeaders() {
    runFor(60, "atk6-exploit6", "tap0", OWN_V6);
    runFor(60, "atk6-fragmentation6", "-p", "tap0", OWN_V6);
    runFor(150, "atk6-implementation6", "-p", "tap0", OWN_V6);
    for (String kind : new String[] {"-1", "-2", "-3", "-4", "-7", "-9", "-s7"}) {
      runFor(10, "atk6-fuzz_ip6", "-F", "-D", "-H", kind, "tap0", OWN_V6);
      assertUnharmed(kind);
    }
  }

  @Test
  void scannersSeeTheHost() {
    String own = runFor(20, "ndisc6", "-q", OWN_V6, "tap0");
    assertThat(own).matches("(?s)([0-9A-F]{2}:){5}[0-9A-F]{2}.*");
    String scan = runFor(60, "nmap", "-6", "-n", "-Pn", "-sS", "-sU", "-O", "--max-retries", "1", "-p", "T:1-20,U:1-5",
        OWN_V6);
    assertThat(scan).containsPattern("7/tcp +open").containsPattern("9/tcp +closed");
    assertThat(runFor(20, "nmap", "-6", "-n", "-sn", OWN_V6)).contains("Host is up").containsIgnoringCase(own.strip());
    assertUnharmed("the scans");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ndp", "fragments", "dhcp"})
  void malformedFrames(String kind) throws IOException {
    fuzz(kind, 3_000);
  }

  @Tag("long")
  @ParameterizedTest
  @ValueSource(strings = {"ndp", "fragments", "dhcp"})
  void manyMalformedFrames(String kind) throws IOException {
    fuzz(kind, 100_000);
  }

  private void fuzz(String kind, int count) throws IOException {
    Path script = namespace.folder().resolve("fuzz.py");
    try (InputStream source = Objects.requireNonNull(getClass().getResourceAsStream("fuzz.py"))) {
      Files.copy(source, script);
    }
    String output = namespace.run(Duration.ofMinutes(8), List.of("/usr/bin/python3", script.toString(), kind,
        Integer.toString(count), "13", kind.equals("dhcp") ? "tap1" : "tap0", OWN_V4, OWN_V6)).orThrow();
    assertThat(output).contains("sent " + count);
    assertUnharmed(count + " frames of " + kind);
    Map<String, Long> drops = stack.drops().snapshot();
    assertThat(drops.keySet().stream().filter(reason -> reason.startsWith(LAYERS.get(kind)))).as("reasons in %s", drops)
        .hasSizeGreaterThan(3);
  }
}
