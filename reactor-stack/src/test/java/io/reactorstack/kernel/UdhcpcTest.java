package io.reactorstack.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.NetworkStack;
import io.reactorstack.device.Capture;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.lab.DhcpServer;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import io.reactorstack.testing.UnprobedStack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;

/** BusyBox's client udhcpc gets a lease from the lab's DHCP server, which runs on a host on a TAP. */
@RequiresNetAdmin
@Timeout(120)
class UdhcpcTest {

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String SCRIPT = """
      #!/bin/sh
      echo "$1 $ip/$mask router=$router dns=$dns lease=$lease server=$serverid domain=$domain"
      case "$1" in
        bound) ip address add "$ip/$mask" dev "$interface" ;;
        deconfig) ip address flush dev "$interface" ;;
      esac
      """;

  @Test
  void udhcpcGetsRenewsAndReleasesALease(@TempDir Path folder) throws IOException {
    ExternalCommand.require("udhcpc", "tshark");
    Path script = Files.writeString(folder.resolve("script"), SCRIPT);
    assertThat(script.toFile().setExecutable(true)).isTrue();
    Path file = folder.resolve("dhcp.pcapng");
    String name = NetworkNamespace.uniqueInterfaceName();
    NetworkNamespace namespace = NetworkNamespace.create();
    try (Capture capture = Capture.toFile(file)) {
      NetworkStack stack = UnprobedStack.create().device("tap0", capture.around(TapDevice.named(name), "tap0"),
          "10.82.0.1/24").startNow();
      Disposable service = DhcpServer.of("10.82.0.100", "10.82.0.100").router("10.82.0.1").dnsServers("10.82.0.53")
          .leaseTime(Duration.ofSeconds(300)).serve(stack).subscribe();
      try {
        namespace.adopt(name, "tap0");
        NetworkNamespace.Server client = namespace.start("udhcpc", "-f", "-i", "tap0", "-s", script.toString(), "-t",
            "10", "-T", "1", "-R");
        namespace.await("a lease", () -> client.output().contains(
            "bound 10.82.0.100/24 router=10.82.0.1 dns=10.82.0.53 lease=300 server=10.82.0.1"));
        assertThat(namespace.run("ping", "-c", "1", "-W", "3", "10.82.0.1").orThrow()).contains("1 received");
        signal(namespace, "-USR1");
        namespace.await("a renewal", () -> client.output().contains("renew 10.82.0.100/24"));
        signal(namespace, "-USR2");
        // The client calls the script with "deconfig" at its start, too.
        namespace.await("the release",
            () -> client.output().lastIndexOf("deconfig") > client.output().indexOf("renew"));
        // A TAP keeps the order: the release has arrived before the ping that is answered.
        namespace.run("ip", "address", "add", "10.82.0.9/24", "dev", "tap0").orThrow();
        assertThat(namespace.run("ping", "-c", "1", "-W", "3", "10.82.0.1").orThrow()).contains("1 received");
      } finally {
        service.dispose();
        stack.stop().block(LIMIT);
        FrameBalance.assertBalanced(stack);
        namespace.close();
      }
    }
    List<String> types = ExternalCommand.run(LIMIT, List.of("tshark", "-n", "-r", file.toString(), "-Y", "dhcp", "-T",
        "fields", "-e", "dhcp.option.dhcp")).orThrow().lines().map(String::strip).toList();
    assertThat(types).as("discover, offer, request, ack; request, ack; release")
        .containsSubsequence("1", "2", "3", "5", "3", "5", "7");
    assertThat(ExternalCommand.run(LIMIT, List.of("tshark", "-n", "-r", file.toString(), "-Y", "_ws.malformed"))
        .orThrow()).doesNotContain("DHCP");
  }

  private static void signal(NetworkNamespace namespace, String signal) {
    String pid = ExternalCommand.run(LIMIT, List.of("ip", "netns", "pids", namespace.name())).orThrow().lines()
        .filter(each -> {
          try {
            return Files.readString(Path.of("/proc", each.strip(), "comm")).startsWith("udhcpc");
          } catch (IOException e) {
            return false;
          }
        }).findFirst().orElseThrow();
    ExternalCommand.run(LIMIT, List.of("kill", signal, pid.strip())).orThrow();
  }
}
