package io.reactorstack.kernel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.Frame;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.device.ObservedDevice;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.device.linux.TunDevice;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import io.reactorstack.testing.SeenFrame;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.MulticastGroup;
import io.reactorstack.udp.UdpConnection;
import io.reactorstack.wire.Compatibility;
import io.reactorstack.wire.GroupMessage;
import io.reactorstack.wire.IgmpMessage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/**
 * Multicast between the stack and the Linux kernel. The kernel's bridge queries for members and forwards only to their
 * ports, so it must have understood the stack's reports; the kernel's sockets join groups and send to them.
 */
@RequiresNetAdmin
@Timeout(180)
class KernelGroupsTest {

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String OURS = "10.77.9.2";
  private static final String KERNELS = "10.77.9.1";
  private static final String GROUP = "239.77.1.2";
  private static final int PORT = 5353;

  private final NetworkNamespace namespace = NetworkNamespace.create();
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private final AtomicInteger reports = new AtomicInteger();
  private final AtomicReference<GroupMessage> last = new AtomicReference<>();
  private NetworkStack stack;
  private UdpConnection socket;

  @AfterEach
  void stop() {
    if (stack != null) {
      stack.stop().block(LIMIT);
      FrameBalance.assertBalanced(stack);
      assertThat(stack.drops().snapshot()).doesNotContainKey("stage.STAGE_FAULT");
    }
    namespace.close();
  }

  /** Starts a stack on a port of a bridge that snoops, and queries every second. */
  private void onBridge(int igmpVersion) {
    namespace.run("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1").orThrow();
    String outside = NetworkNamespace.uniqueInterfaceName();
    stack = UnprobedStack.create()
        .device(ObservedDevice.around(
            TapDevice.named(outside).macAddress(MacAddress.parse("02:00:00:00:77:09")), this::countReports),
            OURS + "/24")
        .startNow();
    namespace.adopt(outside, "port0");
    namespace.run("ip", "link", "add", "br0", "type", "bridge", "mcast_snooping", "1", "mcast_querier", "1",
        "mcast_igmp_version", String.valueOf(igmpVersion), "mcast_query_interval", "100",
        "mcast_query_response_interval", "50", "mcast_startup_query_interval", "100", "mcast_membership_interval",
        "400", "mcast_last_member_interval", "50").orThrow();
    namespace.run("ip", "link", "set", "port0", "master", "br0").orThrow();
    namespace.run("ip", "address", "add", KERNELS + "/24", "dev", "br0").orThrow();
    namespace.run("ip", "link", "set", "br0", "up").orThrow();
    namespace.run("ip", "route", "add", "224.0.0.0/4", "dev", "br0").orThrow();
    bind();
  }

  private void bind() {
    socket = Objects.requireNonNull(stack.udp().bind(PORT).block(LIMIT));
    socket.receive().subscribe(datagram -> {
      heard.add(datagram.payload().toString(UTF_8));
      datagram.release();
    });
  }

  private void countReports(FrameObserver.Direction direction, Frame frame, long nanos) {
    IgmpMessage message = SeenFrame.ethernet(frame.payload()).igmp();
    if (direction == FrameObserver.Direction.SENT && message != null) {
      last.set(message.body());
      reports.incrementAndGet();
    }
  }

  private static MulticastGroup group() {
    return MulticastGroup.of(GROUP);
  }

  private String database() {
    return namespace.run("bridge", "-d", "mdb", "show", "dev", "br0").orThrow();
  }

  private void awaitEntry(String... parts) {
    namespace.await(String.join(" ", parts) + " in the bridge's database", () -> database().lines()
        .anyMatch(line -> line.contains("port port0") && List.of(parts).stream().allMatch(line::contains)));
  }

  private void awaitNoEntry() {
    namespace.await("empty database", () -> database().lines().noneMatch(line -> line.contains(GROUP)));
  }

  private NetworkNamespace.Server member(String... arguments) {
    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", classes(),
        KernelMember.class.getName()));
    command.addAll(List.of(arguments));
    return namespace.start(command.toArray(String[]::new));
  }

  private static String classes() {
    return Path.of(KernelMember.class.getProtectionDomain().getCodeSource().getLocation().getPath()).toString();
  }

  private NetworkNamespace.Server listener(String... arguments) {
    NetworkNamespace.Server listener = member(arguments);
    namespace.await("listener", () -> listener.output().contains("READY"));
    return listener;
  }

  private void kernelSends(String group, String device, String text) {
    assertThat(member("send", group, String.valueOf(PORT), device, text).awaitExit(LIMIT)).isZero();
  }

  private void weSend(String group, String text) {
    socket.send(Mono.just(Datagram.to(
        new Endpoint(IpAddress.parse(group), PORT), Unpooled.copiedBuffer(text, UTF_8)))).block(LIMIT);
  }

  private void awaitHeard(String text) {
    namespace.await("datagram " + text, () -> heard.contains(text));
  }

  @Test
  void bridgeForwardsOnlyJoinedGroups() {
    onBridge(3);
    // The bridge has become the querier by its own queries, so it no longer floods unknown groups.
    socket.join(group()).block(LIMIT);
    awaitEntry(GROUP, "filter_mode exclude");
    kernelSends(GROUP, "br0", "one");
    awaitHeard("one");
    int before = reports.get();
    // Longer than an entry lasts if its queries are not answered.
    namespace.await("answers to queries", () -> reports.get() > before + 6);
    assertThat(last.get()).isInstanceOf(GroupMessage.Report.class);
    awaitEntry(GROUP);
    kernelSends(GROUP, "br0", "still");
    awaitHeard("still");
    socket.leave(group()).block(LIMIT);
    awaitNoEntry();
    kernelSends(GROUP, "br0", "late");
    assertThat(heard).containsExactly("one", "still");
  }

  @Test
  void bridgeForwardsOnlyJoinedSources() {
    onBridge(3);
    socket.join(group().from(KERNELS)).block(LIMIT);
    awaitEntry(GROUP, "src " + KERNELS);
    awaitEntry("grp " + GROUP, "filter_mode include", "source_list " + KERNELS);
    kernelSends(GROUP, "br0", "wanted");
    awaitHeard("wanted");
    socket.leave(group().from(KERNELS)).block(LIMIT);
    socket.join(group().from("10.77.9.77")).block(LIMIT);
    namespace.await("the other source", () -> !database().contains("src " + KERNELS)
        && database().contains("src 10.77.9.77"));
    kernelSends(GROUP, "br0", "of somebody else");
    socket.leave(group().from("10.77.9.77")).block(LIMIT);
    awaitNoEntry();
    socket.join(group()).then(socket.block(group(), IpAddress.parse("10.77.9.77"))).block(LIMIT);
    awaitEntry("grp " + GROUP, "filter_mode exclude", "10.77.9.77");
    kernelSends(GROUP, "br0", "not blocked");
    awaitHeard("not blocked");
    assertThat(heard).containsExactly("wanted", "not blocked");
  }

  @Test
  void stackSpeaksVersionTwoAmongRoutersOfVersionTwo() {
    onBridge(2);
    // The query and the join may come in either order; after the next query the host must use version 2.
    socket.join(group()).block(LIMIT);
    awaitEntry(GROUP);
    int before = reports.get();
    namespace.await("answers to queries", () -> reports.get() > before + 6);
    assertThat(last.get()).isInstanceOfSatisfying(
        GroupMessage.Joined.class, joined -> assertThat(joined.generation()).isEqualTo(Compatibility.GROUPS));
    kernelSends(GROUP, "br0", "one");
    awaitHeard("one");
    socket.leave(group()).block(LIMIT);
    awaitNoEntry();
    assertThat(last.get()).isInstanceOf(GroupMessage.Left.class);
    assertThat(heard).containsExactly("one");
  }

  @Test
  void kernelReceivesWhatTheStackSends() {
    onBridge(3);
    NetworkNamespace.Server all = listener("listen", GROUP, "6001", "br0");
    NetworkNamespace.Server ours = listener("listen", GROUP, "6002", "br0", OURS);
    NetworkNamespace.Server notOurs = listener("listen", GROUP, "6003", "br0", "!" + OURS);
    for (int port = 6001; port <= 6003; port++) {
      socket.send(Mono.just(Datagram.to(
          new Endpoint(IpAddress.parse(GROUP), port), Unpooled.copiedBuffer("hello", UTF_8)))).block(LIMIT);
    }
    namespace.await("both", () -> all.output().contains("GOT hello from " + OURS)
        && ours.output().contains("GOT hello from " + OURS));
    assertThat(notOurs.output()).doesNotContain("GOT");
  }

  @Test
  void broadcastsPassInBothDirections() {
    onBridge(3);
    NetworkNamespace.Server listener = namespace.start("python3", "-c", """
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        s.bind(('', %1$d))
        print('READY', flush=True)
        for i in range(2):
          data, sender = s.recvfrom(2000)
          print('GOT', data.decode(), sender[0], flush=True)
        s.sendto(b'back', ('10.77.9.255', %1$d))
        """.formatted(PORT));
    namespace.await("listener", () -> listener.output().contains("READY"));
    weSend("10.77.9.255", "directed");
    weSend("255.255.255.255", "limited");
    assertThat(listener.awaitExit(LIMIT)).isZero();
    assertThat(listener.output()).contains("GOT directed " + OURS, "GOT limited " + OURS);
    awaitHeard("back");
    assertThat(heard).as("the host also receives its own broadcasts").containsExactly("directed", "limited", "back");
  }

  @Test
  void ipv6GroupsPassInBothDirectionsOnATun() {
    String outside = NetworkNamespace.uniqueInterfaceName();
    stack = UnprobedStack.create()
        .device(TunDevice.named(outside), "fd3d:1::2/48", "fe80::2/64").startNow();
    namespace.adopt(outside, "tun0", "fd3d:1::1/48");
    bind();
    socket.join(MulticastGroup.of("ff15::77")).block(LIMIT);
    namespace.await("route", () -> namespace.run("ip", "-6", "route", "show", "table", "local").orThrow()
        .contains("ff00::/8 dev tun0"));
    kernelSends("ff15::77", "tun0", "from the kernel");
    awaitHeard("from the kernel");
    NetworkNamespace.Server listener = listener("listen", "ff15::77", String.valueOf(PORT + 1), "tun0");
    socket.send(Mono.just(Datagram.to(new Endpoint(IpAddress.parse("ff15::77"), PORT + 1),
        Unpooled.copiedBuffer("from us", UTF_8)))).block(LIMIT);
    namespace.await("datagram", () -> listener.output().contains("GOT from us from fd3d:1:0:0:0:0:0:2"));
  }
}
