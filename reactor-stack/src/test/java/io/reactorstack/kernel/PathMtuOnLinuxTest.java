package io.reactorstack.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.NetworkStack;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.pathmtu.PathMtu;
import io.reactorstack.pathmtu.PathMtu.Cause;
import io.reactorstack.pathmtu.PathMtu.Phase;
import io.reactorstack.pathmtu.PathMtuSettings;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.udp.PathMtuProber;
import io.reactorstack.udp.UdpConnection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/**
 * Path MTU discovery by probes (RFC 8899) through a router of the Linux kernel whose second link carries 1400 octets, to
 * an echo service of the kernel's sockets behind it.
 */
@RequiresNetAdmin
@Timeout(180)
class PathMtuOnLinuxTest {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String OWN = "10.81.1.2";
  private static final String OWN6 = "fd81:1::2";
  private static final String SERVER = "10.81.2.2";
  private static final String SERVER6 = "fd81:2::2";
  private static final int LINK = 1400;
  private static final int ECHO = 7;
  private static final PathMtuSettings QUICK = PathMtuSettings.DEFAULT.withProbeTimer(Duration.ofSeconds(1));

  private final NetworkNamespace router = NetworkNamespace.create();
  private final NetworkNamespace server = NetworkNamespace.create();
  private final String tap = NetworkNamespace.uniqueInterfaceName();
  private NetworkStack stack;

  @BeforeEach
  void build() {
    stack = UnprobedStack.create().device(TapDevice.named(tap), OWN + "/24", OWN6 + "/64")
        .gateway("10.81.1.1").gateway("fd81:1::1").ipv6(settings -> settings.withDuplicateAddressDetection(0))
        .startNow();
    router.adopt(tap, "net0", "10.81.1.1/24", "fd81:1::1/64");
    String veth = NetworkNamespace.uniqueInterfaceName();
    router.connect("net1", veth, "10.81.2.1/24", "fd81:2::1/64");
    server.adopt(veth, "eth0", SERVER + "/24");
    server.run("sysctl", "-qw", "net.ipv6.conf.eth0.disable_ipv6=0");
    server.run("ip", "address", "add", SERVER6 + "/64", "dev", "eth0", "nodad").orThrow();
    server.run("ip", "route", "add", "default", "via", "10.81.2.1").orThrow();
    server.run("ip", "-6", "route", "add", "default", "via", "fd81:2::1").orThrow();
    linkMtu(LINK);
    router.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1").orThrow();
    // A dual-stack UDP echo.
    server.start("python3", "-c", "import socket\ns=socket.socket(socket.AF_INET6,socket.SOCK_DGRAM)\n"
        + "s.setsockopt(socket.IPPROTO_IPV6,socket.IPV6_V6ONLY,0)\ns.bind(('::'," + ECHO
        + "))\nwhile True:\n  d,a=s.recvfrom(65535)\n  s.sendto(d[:16],a)\n");
    server.awaitUdpSocket(ECHO);
  }

  private void linkMtu(int mtu) {
    router.run("ip", "link", "set", "net1", "mtu", "" + mtu).orThrow();
    server.run("ip", "link", "set", "eth0", "mtu", "" + mtu).orThrow();
  }

  /** Makes the router drop its ICMP errors about long packets. */
  private void swallowReports() {
    ExternalCommand.require("nft");
    router.run("nft", "add table inet filter").orThrow();
    router.run("nft", "add chain inet filter out { type filter hook output priority 0 ; }").orThrow();
    router.run("nft", "add rule inet filter out icmp type destination-unreachable counter drop").orThrow();
    router.run("nft", "add rule inet filter out icmpv6 type packet-too-big counter drop").orThrow();
  }

  @AfterEach
  void stop() {
    stack.stop().block(LIMIT);
    FrameBalance.assertBalanced(stack);
    assertThat(stack.drops().snapshot()).doesNotContainKey("stage.STAGE_FAULT");
    router.close();
    server.close();
  }

  /** The first octets of each reply are the token of the probe. */
  private static PathMtuProber prober(UdpConnection socket) {
    Sinks.Many<Long> tokens = Sinks.many().multicast().directBestEffort();
    socket.receive().subscribe(datagram -> {
      tokens.tryEmitNext(datagram.payload().getLong(datagram.payload().readerIndex()));
      datagram.release();
    });
    return probe -> probe.send().then(tokens.asFlux().filter(token -> token == probe.token()).next().then());
  }

  private Flux<PathMtu> discovery(String peer) {
    UdpConnection socket = stack.udp().connect(new Endpoint(IpAddress.parse(peer), ECHO).toInetSocketAddress())
        .block(LIMIT);
    return socket.discoverPathMtu(prober(socket), QUICK.withConfirmationTimer(Duration.ofSeconds(2))
        .withRaiseTimer(Duration.ofSeconds(8)).withProbesWhenIdle(true));
  }

  @Test
  void aRouterThatSwallowsItsReports() {
    swallowReports();
    // All four at the same time: each waits for probes that nothing answers.
    List<Integer> found = Flux.just(SERVER, SERVER6)
        .flatMap(peer -> Flux.merge(
            discovery(peer).filter(mtu -> mtu.phase() == Phase.SEARCH_COMPLETE).next().map(PathMtu::mtu),
            stack.icmp().pathMtu(IpAddress.parse(peer)).map(measured -> measured.mtu())))
        .collectList().block(LIMIT);
    assertThat(found).containsExactly(LINK, LINK, LINK, LINK);
    assertThat(router.run("nft", "list ruleset").orThrow()).containsPattern("icmp type.*packets [1-9]")
        .containsPattern("icmpv6 type.*packets [1-9]");
  }

  @Test
  void aRouterThatReports() {
    for (String peer : new String[] {SERVER, SERVER6}) {
      // One round trip for each of three probes: less than PROBE_TIMER.
      Flux<PathMtu> quick = discovery(peer).filter(mtu -> mtu.phase() == Phase.SEARCH_COMPLETE);
      assertThat(quick.blockFirst(Duration.ofSeconds(3)).mtu()).as(peer).isEqualTo(LINK);
      assertThat(stack.icmp().pathMtu(IpAddress.parse(peer)).block(Duration.ofSeconds(3)).mtu()).isEqualTo(LINK);
    }
  }

  @Test
  @Tag("long")
  void aPathThatFallsAndRises() throws InterruptedException {
    swallowReports();
    linkMtu(1500);
    BlockingQueue<PathMtu> changes = new LinkedBlockingQueue<>();
    discovery(SERVER).subscribe(changes::add);
    await(changes, mtu -> mtu.phase() == Phase.SEARCH_COMPLETE && mtu.mtu() == 1500);
    linkMtu(1300);
    await(changes, mtu -> mtu.cause() == Cause.BLACK_HOLE);
    await(changes, mtu -> mtu.phase() == Phase.SEARCH_COMPLETE && mtu.mtu() >= 1293 && mtu.mtu() <= 1300);
    linkMtu(1500);
    await(changes, mtu -> mtu.cause() == Cause.RAISE_TIMER);
    await(changes, mtu -> mtu.phase() == Phase.SEARCH_COMPLETE && mtu.mtu() == 1500);
  }

  private static void await(BlockingQueue<PathMtu> changes, Predicate<PathMtu> expected) throws InterruptedException {
    StringBuilder seen = new StringBuilder();
    PathMtu next;
    do {
      next = changes.poll(30, TimeUnit.SECONDS);
      assertThat(next).as("a change after %s", seen).isNotNull();
      seen.append(next).append("; ");
    } while (!expected.test(next));
  }
}
