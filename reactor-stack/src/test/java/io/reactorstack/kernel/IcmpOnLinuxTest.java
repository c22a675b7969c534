package io.reactorstack.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.icmp.DeliveryException;
import io.reactorstack.icmp.DeliveryFailure;
import io.reactorstack.icmp.Hop;
import io.reactorstack.icmp.IcmpError;
import io.reactorstack.icmp.PingOptions;
import io.reactorstack.icmp.PingReply;
import io.reactorstack.icmp.PingResult;
import io.reactorstack.icmp.TraceOptions;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.udp.Datagram;
import io.reactorstack.wire.Ipv4Options;
import java.net.PortUnreachableException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * ICMP with the Linux kernel: pings and traces through two kernel routers, the errors that the kernel sends, and the
 * common programs against the stack. The second link carries packets of 1400 octets.
 *
 * <pre>stack - 10.81.0.0/24 - near - 10.81.1.0/24 - middle - 10.81.2.0/24 - far</pre>
 */
@RequiresNetAdmin
@Timeout(180)
class IcmpOnLinuxTest {

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String OWN = "10.81.0.2";
  private static final String OWN_V6 = "fd81:0::2";
  private static final String[] PATH = {"10.81.0.1", "10.81.1.2", "10.81.2.2"};
  private static final String[] PATH_V6 = {"fd81::1", "fd81:0:0:1::2", "fd81:0:0:2::2"};

  private final NetworkNamespace near = NetworkNamespace.create();
  private final NetworkNamespace middle = NetworkNamespace.create();
  private final NetworkNamespace far = NetworkNamespace.create();
  private final String tap = NetworkNamespace.uniqueInterfaceName();
  private NetworkStack stack;

  @BeforeEach
  void start() {
    stack = UnprobedStack.create().device(TapDevice.named(tap), OWN + "/24", OWN_V6 + "/64")
        .ipv6(settings -> settings.withDuplicateAddressDetection(0))
        .icmp(settings -> settings.withRedirects(true))
        .gateway(PATH[0]).gateway(PATH_V6[0]).startNow();
    near.adopt(tap, "net0", PATH[0] + "/24", PATH_V6[0] + "/64");
    link(near, "net1", middle, "net0");
    link(middle, "net1", far, "net0");
    configure(near, "net1", 1400, "10.81.1.1/24", "fd81:0:0:1::1/64");
    configure(middle, "net0", 1400, "10.81.1.2/24", "fd81:0:0:1::2/64");
    configure(middle, "net1", 1500, "10.81.2.1/24", "fd81:0:0:2::1/64");
    configure(far, "net0", 1500, "10.81.2.2/24", "fd81:0:0:2::2/64");
    route(near, "default", "10.81.1.2", "fd81:0:0:1::2");
    route(middle, "default", "10.81.1.1", "fd81:0:0:1::1");
    route(far, "default", "10.81.2.1", "fd81:0:0:2::1");
    for (NetworkNamespace each : List.of(near, middle, far)) {
      each.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1", "net.ipv4.icmp_ratelimit=0",
          "net.ipv6.icmp.ratelimit=0").orThrow();
    }
    // The first packets resolve the addresses of the whole path.
    far.await("an answer of the stack", () -> far.run("ping", "-c1", "-W1", OWN).exitCode() == 0);
    far.await("an answer of the stack", () -> far.run("ping", "-c1", "-W1", OWN_V6).exitCode() == 0);
  }

  private static void link(NetworkNamespace left, String leftName, NetworkNamespace right, String rightName) {
    left.run("ip", "link", "add", leftName, "type", "veth", "peer", "name", rightName, "netns", right.name())
        .orThrow();
  }

  private static void configure(NetworkNamespace namespace, String name, int mtu, String v4, String v6) {
    namespace.run("ip", "address", "add", v4, "dev", name).orThrow();
    namespace.run("ip", "address", "add", v6, "dev", name, "nodad").orThrow();
    namespace.run("ip", "link", "set", name, "mtu", String.valueOf(mtu), "up").orThrow();
  }

  private static void route(NetworkNamespace namespace, String destination, String v4, String v6) {
    namespace.run("ip", "route", "add", destination, "via", v4).orThrow();
    namespace.run("ip", "-6", "route", "add", destination, "via", v6).orThrow();
  }

  @AfterEach
  void stop() {
    stack.stop().block(LIMIT);
    FrameBalance.assertBalanced(stack);
    assertThat(stack.drops().snapshot()).doesNotContainKey("stage.STAGE_FAULT");
    List.of(near, middle, far).forEach(NetworkNamespace::close);
  }

  private List<Hop> trace(String target, TraceOptions options) {
    return stack.icmp().trace(IpAddress.parse(target), options.timeout(Duration.ofSeconds(3))).collectList()
        .block(LIMIT);
  }

  private static IpAddress[] addresses(String... texts) {
    return Arrays.stream(texts).map(IpAddress::parse).toArray(IpAddress[]::new);
  }

  @Test
  void tracesThroughKernelRouters() {
    TraceOptions some = TraceOptions.DEFAULT;
    far.start("python3", "-m", "http.server", "80");
    far.awaitTcpListener(80);
    for (TraceOptions options : List.of(some, some.icmp(), some.tcp(), some.tcp(81))) {
      for (String[] path : List.of(PATH, PATH_V6)) {
        List<Hop> hops = trace(path[2], options);
        assertThat(hops).as(options + " to " + path[2]).flatExtracting(Hop::hosts).containsExactly(addresses(path));
        assertThat(hops.getLast().isLast()).isTrue();
      }
    }
    far.await("the end of the half-open connections",
        () -> !far.run("ss", "-Htn", "state", "all", "sport", "=", ":80").output().contains("SYN-RECV"));
  }

  @Test
  void findsThePathMtuAndTheRouterThatReportsIt() {
    for (String[] path : List.of(PATH, PATH_V6)) {
      List<Hop> hops = trace(path[2], TraceOptions.DEFAULT.discoverMtu(true));
      assertThat(hops).flatExtracting(Hop::hosts).containsExactly(addresses(path));
      assertThat(hops.getLast().pathMtu()).isEqualTo(1400);
      assertThat(hops.get(1).mtus()).containsExactly(new Hop.MtuReport(IpAddress.parse(path[0]), 1400));
    }
  }

  private DeliveryFailure failure(String target, PingOptions options) {
    List<PingResult> results = stack.icmp().ping(IpAddress.parse(target), options).collectList().block(LIMIT);
    assertThat(results).singleElement().isInstanceOf(PingResult.Failed.class);
    return ((PingResult.Failed) results.getFirst()).failure();
  }

  @Test
  void theKernelsErrorsAreTypedValues() {
    near.run("ip", "route", "add", "prohibit", "10.81.9.0/24").orThrow();
    near.run("ip", "route", "add", "unreachable", "10.81.8.0/24").orThrow();
    near.run("ip", "route", "add", "blackhole", "10.81.7.0/24").orThrow();
    near.run("ip", "-6", "route", "add", "prohibit", "fd81:0:0:9::/64").orThrow();
    near.run("ip", "-6", "route", "add", "unreachable", "fd81:0:0:8::/64").orThrow();
    assertUnreachable(failure("10.81.9.1", PingOptions.DEFAULT), IcmpError.Kind.PROHIBITED, 13, PATH[0]);
    assertUnreachable(failure("10.81.8.1", PingOptions.DEFAULT), IcmpError.Kind.HOST_UNREACHABLE, 1, PATH[0]);
    assertUnreachable(failure("fd81:0:0:9::1", PingOptions.DEFAULT), IcmpError.Kind.PROHIBITED, 1, PATH_V6[0]);
    assertThat(failure("fd81:0:0:8::1", PingOptions.DEFAULT)).isInstanceOf(IcmpError.DestinationUnreachable.class);
    assertThat(stack.icmp().ping(IpAddress.parse("10.81.7.1"), PingOptions.DEFAULT).blockLast(LIMIT))
        .isEqualTo(new PingResult.TimedOut(0));
    for (String[] path : List.of(PATH, PATH_V6)) {
      assertThat(failure(path[2], PingOptions.DEFAULT.hopLimit(2))).isInstanceOfSatisfying(
          IcmpError.TimeExceeded.class, error -> {
            assertThat(error.reporter()).isEqualTo(IpAddress.parse(path[1]));
            assertThat(error.quote().destination()).isEqualTo(IpAddress.parse(path[2]));
          });
      assertThat(failure(path[2], PingOptions.DEFAULT.size(1440).dontFragment(true))).isInstanceOfSatisfying(
          IcmpError.PacketTooBig.class, error -> assertThat(error.mtu()).isEqualTo(1400));
    }
  }

  private static void assertUnreachable(DeliveryFailure failure, IcmpError.Kind kind, int code, String router) {
    assertThat(failure).isInstanceOfSatisfying(IcmpError.DestinationUnreachable.class, error -> {
      assertThat(error.kind()).isEqualTo(kind);
      assertThat(error.code()).isEqualTo(code);
      assertThat(error.reporter()).isEqualTo(IpAddress.parse(router));
    });
  }

  @Test
  void udpSocketsReceiveTheKernelsErrors() {
    for (String[] path : List.of(PATH, PATH_V6)) {
      Endpoint closed = new Endpoint(IpAddress.parse(path[2]), 9);
      List<IcmpError> errors = new CopyOnWriteArrayList<>();
      var socket = stack.udp().bind(0).block(LIMIT);
      socket.icmpErrors().subscribe(errors::add);
      socket.send(Mono.just(Datagram.to(closed, Unpooled.copiedBuffer(new byte[] {1})))).block(LIMIT);
      socket.send(Mono.just(Datagram.to(closed, Unpooled.copiedBuffer(new byte[] {1})).withHopLimit(1))).block(LIMIT);
      far.await("two errors", () -> errors.size() == 2);
      assertThat(errors).extracting(IcmpError::kind).containsExactlyInAnyOrder(IcmpError.Kind.PORT_UNREACHABLE,
          IcmpError.Kind.HOP_LIMIT_EXCEEDED);
      assertThat(errors).extracting(IcmpError::reporter).containsExactlyInAnyOrder(addresses(path[2], path[0]));
      socket.close().block(LIMIT);

      var connected = stack.udp().connect(closed.toInetSocketAddress()).block(LIMIT);
      Throwable thrown = connected.send(Flux.interval(Duration.ofMillis(20))
          .onBackpressureDrop().map(i -> Datagram.toPeer(Unpooled.copiedBuffer(new byte[] {1}))))
          .then(Mono.<Throwable>empty()).onErrorResume(Mono::just).block(LIMIT);
      assertThat(thrown).isInstanceOf(PortUnreachableException.class).cause()
          .isInstanceOfSatisfying(DeliveryException.class, cause -> assertThat(cause.failure().reporter())
              .isEqualTo(closed.address()));
      connected.close().block(LIMIT);
    }
  }

  @Test
  void theKernelRecordsRouteAndTime() {
    PingReply routed = (PingReply) stack.icmp().ping(IpAddress.parse(PATH[2]),
        PingOptions.DEFAULT.options(Ipv4Options.recordRoute(9))).blockLast(LIMIT);
    assertThat(routed.options().recordedRoute()).contains(Ipv4Address.parse("10.81.1.1"),
        Ipv4Address.parse("10.81.2.1"), Ipv4Address.parse(PATH[2]));
    PingReply timed = (PingReply) stack.icmp().ping(IpAddress.parse(PATH[0]),
        PingOptions.DEFAULT.options(Ipv4Options.timestamps(4, true))).blockLast(LIMIT);
    assertThat(timed.options().timestamps()).extracting(Ipv4Options.Timestamp::address)
        .startsWith(Ipv4Address.parse(OWN)).contains(Ipv4Address.parse(PATH[0]));
  }

  @Test
  void pingWithOptionsShowsTheAddressOfTheStack() {
    String route = far.run("ping", "-n", "-c1", "-W5", "-R", OWN).orThrow();
    assertThat(route).contains("RR:").contains("\t" + OWN + "\n");
    String times = near.run("ping", "-n", "-c1", "-W5", "-T", "tsandaddr", OWN).orThrow();
    assertThat(times).contains("TS:").containsPattern("\\t" + OWN + "\\s+\\d+");
    String own = near.run("ping", "-n", "-c1", "-W5", "-T", "tsprespec", PATH[0], OWN, OWN).output();
    assertThat(own).contains("1 received");
  }

  @Test
  void tracingProgramsReachTheStack() {
    ExternalCommand.require("traceroute", "tracepath", "mtr");
    List<String> programs = List.of("traceroute -n -q1", "traceroute -n -I -q1", "traceroute -n -T -p81 -q1",
        "tracepath -n", "mtr -n -r -c1", "mtr -n -r -u -c1");
    // Both families at the same time: the programs mostly wait. All at once would exceed the stack's limit of errors.
    List.of(OWN, OWN_V6).parallelStream().forEach(target -> programs.forEach(program -> {
      String output = far.run(LIMIT, List.of((program + " " + target).split(" "))).orThrow();
      String last = output.lines().filter(line -> line.matches("\\s*3[.:].*|\\s*3\\s.*")).findFirst().orElse(output);
      assertThat(last).as(program + " " + target + ":\n" + output).contains(IpAddress.parse(target).toString());
      if (program.startsWith("tracepath")) {
        assertThat(output).contains("reached").contains("pmtu 1400");
      }
    }));
  }

  @Test
  void redirectsOfTheKernelAreFollowed() {
    // The first router knows a better one on the same link.
    near.run("sysctl", "-qw", "net.ipv4.conf.all.send_redirects=1", "net.ipv4.conf.net0.send_redirects=1").orThrow();
    near.run("ip", "route", "add", "198.51.100.0/24", "via", "10.81.0.3").orThrow();
    near.run("ip", "neigh", "replace", "10.81.0.3", "lladdr", "02:00:00:00:00:03", "dev", "net0").orThrow();
    List<InterfaceEvent> events = new CopyOnWriteArrayList<>();
    stack.interfaceEvents().subscribe(events::add);
    stack.icmp().ping(IpAddress.parse("198.51.100.7"), PingOptions.DEFAULT).blockLast(LIMIT);
    far.await("a redirect", () -> events.stream().anyMatch(InterfaceEvent.Redirected.class::isInstance));
    assertThat(events).contains(new InterfaceEvent.Redirected(tap, IpAddress.parse("198.51.100.7"),
        IpAddress.parse("10.81.0.3")));
    // No host has that address. The stack notices, and returns to the first router, which redirects again.
    assertThat(failure("198.51.100.7", PingOptions.DEFAULT.timeout(Duration.ofSeconds(9))))
        .isInstanceOf(DeliveryFailure.Unsent.class);
    stack.icmp().ping(IpAddress.parse("198.51.100.7"), PingOptions.DEFAULT).blockLast(LIMIT);
    far.await("another redirect",
        () -> events.stream().filter(InterfaceEvent.Redirected.class::isInstance).count() == 2);
  }
}
