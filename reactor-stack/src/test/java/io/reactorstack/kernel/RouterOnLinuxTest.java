package io.reactorstack.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.NetworkStack;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.ip.IpMeter;
import io.reactorstack.ip.forward.ForwardDrop;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import io.reactorstack.testing.UnprobedStack;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A router of this library between two kernels. Its second link carries packets of 1400 octets.
 *
 * <pre>near - 10.82.1.0/24 - router - 10.82.2.0/24 - far</pre>
 */
@RequiresNetAdmin
@Timeout(180)
class RouterOnLinuxTest {

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String[] NEAR = {"10.82.1.2", "fd82:0:0:1::2"};
  private static final String[] FAR = {"10.82.2.2", "fd82:0:0:2::2"};
  private static final String[] ROUTER = {"10.82.1.1", "fd82:0:0:1::1"};

  private final NetworkNamespace near = NetworkNamespace.create();
  private final NetworkNamespace far = NetworkNamespace.create();
  private final String nearTap = NetworkNamespace.uniqueInterfaceName();
  private final String farTap = NetworkNamespace.uniqueInterfaceName();
  private NetworkStack router;

  @BeforeEach
  void build() {
    router = UnprobedStack.create().forwarding()
        .ipv6(settings -> settings.withDuplicateAddressDetection(0))
        .icmp(settings -> settings.withErrorRateToOne(1000, 1000))
        .device("near", TapDevice.named(nearTap), "10.82.1.1/24", "fd82:0:0:1::1/64")
        .device("far", TapDevice.named(farTap), "10.82.2.1/24", "fd82:0:0:2::1/64")
        .mtu("far", 1400)
        .startNow();
    near.adopt(nearTap, "net0", NEAR[0] + "/24", NEAR[1] + "/64");
    far.adopt(farTap, "net0", FAR[0] + "/24", FAR[1] + "/64");
    route(near, "10.82.1.1", "fd82:0:0:1::1");
    route(far, "10.82.2.1", "fd82:0:0:2::1");
    for (String address : FAR) {
      near.await("an answer of the far kernel", () -> near.run("ping", "-c1", "-W1", address).exitCode() == 0);
    }
  }

  private static void route(NetworkNamespace namespace, String v4, String v6) {
    namespace.run("ip", "route", "add", "default", "via", v4).orThrow();
    namespace.run("ip", "-6", "route", "add", "default", "via", v6).orThrow();
  }

  @AfterEach
  void stop() {
    router.stop().block(LIMIT);
    FrameBalance.assertBalanced(router);
    assertThat(router.drops().snapshot()).doesNotContainKey("stage.STAGE_FAULT");
    near.close();
    far.close();
  }

  @Test
  void tracingProgramsShowTheRouter() {
    ExternalCommand.require("traceroute", "tracepath", "mtr");
    List<String> programs = List.of("traceroute -n -q1", "traceroute -n -I -q1", "traceroute -n -T -p81 -q1",
        "tracepath -n", "mtr -n -r -c1", "mtr -n -r -u -c1");
    List.of(0, 1).parallelStream().forEach(family -> programs.forEach(program -> {
      String output = near.run(LIMIT, List.of((program + " " + FAR[family]).split(" "))).orThrow();
      assertThat(output).as(program).containsPattern("(?m)^\\s*1.*" + ROUTER[family])
          .containsPattern("(?m)^\\s*2.*" + FAR[family]);
      if (program.startsWith("tracepath")) {
        assertThat(output).contains("pmtu 1400");
      }
    }));
  }

  @Test
  void longPingsCrossBothWays() {
    for (int family = 0; family < 2; family++) {
      assertThat(near.run("ping", "-c", "3", "-i", "0.2", "-W", "5", "-s", "65000", FAR[family]).output())
          .containsPattern("[23] received");
      assertThat(far.run("ping", "-c", "3", "-i", "0.2", "-W", "5", "-s", "65000", NEAR[family]).output())
          .containsPattern("[23] received");
    }
    // The kernel permits routers to cut its echoes.
    assertThat(near.run("ping", "-c1", "-W5", "-M", "dont", "-s", "1450", FAR[0]).output()).contains("1 received");
    assertThat(router.meters().sum(IpMeter.PACKETS_FRAGMENTED)).isPositive();
    String tooLong = near.run("ping", "-c1", "-W5", "-M", "do", "-s", "1450", FAR[0]).output();
    assertThat(tooLong).contains("1400");
  }

  @Test
  void connectionsLearnThePathMtu() {
    ExternalCommand.require("iperf3");
    far.start("iperf3", "-s");
    far.awaitTcpListener(5201);
    for (String[] options : new String[][] {{FAR[0]}, {FAR[0], "-R"}, {FAR[1]}, {FAR[1], "-R"}}) {
      String command = "iperf3 -n 20M -c " + String.join(" ", options);
      assertThat(near.run(LIMIT, List.of(command.split(" "))).orThrow()).as(command).contains("iperf Done");
    }
    assertThat(router.drops().get(ForwardDrop.TOO_BIG)).isPositive();
  }

  @Test
  void errorsReachTheKernel() {
    String none = near.run("ping", "-c1", "-W5", "10.99.0.1").output();
    assertThat(none).contains("From 10.82.1.1").contains("Net Unreachable");
    String none6 = near.run("ping", "-c1", "-W5", "fd99::1").output();
    assertThat(none6).contains("From fd82:0:0:1::1").contains("No route");
    String silent = near.run("ping", "-c1", "-W9", "10.82.2.77").output();
    assertThat(silent).contains("From 10.82.1.1").contains("Host Unreachable");
    String silent6 = near.run("ping", "-c1", "-W9", "fd82:0:0:2::77").output();
    assertThat(silent6).contains("From fd82:0:0:1::1").contains("Address unreachable");
    String late = near.run("ping", "-c1", "-W5", "-t", "1", FAR[0]).output();
    assertThat(late).contains("From 10.82.1.1").contains("Time to live exceeded");
  }

  @Test
  void theKernelFollowsRedirects() {
    // The near kernel sends to the router what another station of its own link could take.
    router.addRoute(IpPrefix.parse("198.51.100.0/24"),
        IpAddress.parse("10.82.1.3")).block(LIMIT);
    near.run("sysctl", "-qw", "net.ipv4.conf.all.accept_redirects=1", "net.ipv4.conf.net0.accept_redirects=1",
        "net.ipv4.conf.all.secure_redirects=0", "net.ipv4.conf.net0.secure_redirects=0").orThrow();
    // A kernel follows a redirect only to a router whose link address it knows.
    near.run("ip", "neigh", "replace", "10.82.1.3", "lladdr", "02:00:00:00:00:03", "dev", "net0").orThrow();
    near.run("ping", "-c1", "-W1", "198.51.100.7");
    near.await("a redirected route",
        () -> near.run("ip", "route", "get", "198.51.100.7").output().contains("via 10.82.1.3"));
  }
}
