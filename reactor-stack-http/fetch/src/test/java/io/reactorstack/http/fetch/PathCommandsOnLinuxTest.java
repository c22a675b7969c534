package io.reactorstack.http.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests the commands {@code ping} and {@code traceroute} over a TAP interface of the Linux kernel. */
@RequiresNetAdmin
@Timeout(120)
class PathCommandsOnLinuxTest {

  private static final String KERNEL = "192.168.79.1";
  private static final String STACK = "192.168.79.2";

  private final NetworkNamespace namespace = NetworkNamespace.create();

  @BeforeEach
  void start() {
    namespace.run("ip", "tuntap", "add", "dev", "tap0", "mode", "tap").orThrow();
    namespace.run("ip", "address", "add", KERNEL + "/24", "dev", "tap0").orThrow();
    namespace.run("ip", "link", "set", "tap0", "up").orThrow();
  }

  @AfterEach
  void stop() {
    namespace.close();
  }

  private ExternalCommand.Result run(String command, String... args) {
    List<String> all = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java",
        "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-Xmx64m", "-cp",
        System.getProperty("java.class.path"), Fetch.class.getName(), command, "--tap", "tap0", "--address",
        STACK + "/24", "--no-probe"));
    all.addAll(List.of(args));
    return namespace.run(Duration.ofSeconds(60), all);
  }

  @Test
  void pingAndTracerouteReachTheKernel() {
    ExternalCommand.Result ping = run("ping", "-c", "2", "-i", "0.1", "-R", KERNEL);
    assertThat(ping.output()).contains("64 bytes from " + KERNEL + ": icmp_seq=2 ttl=64 time=", "RR: \t",
        "2 packets transmitted, 2 received, 0% packet loss");
    assertThat(ping.exitCode()).isZero();
    ExternalCommand.Result trace = run("traceroute", "-q", "1", KERNEL);
    assertThat(trace.output()).contains(" 1  " + KERNEL + "  ");
    assertThat(trace.exitCode()).isZero();
    assertThat(run("ping", "-c", "1").output())
        .isEqualTo("ping: a real network needs a host (--help shows the options)\n");
  }
}
