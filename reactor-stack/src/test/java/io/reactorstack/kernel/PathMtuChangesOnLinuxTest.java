package io.reactorstack.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.NetworkStack;
import io.reactorstack.PathInfo;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.ip.IpMeter;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpConnection;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;

/**
 * The path MTU behind a router of the Linux kernel: this stack on a TAP, a namespace that forwards, and a server in a
 * second namespace. The MTU of the link behind the router falls while a connection is open.
 */
@RequiresNetAdmin
@Timeout(120)
class PathMtuChangesOnLinuxTest {

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int SMALL = 1300;
  private static final int PART = 600_000;

  private final NetworkNamespace router = NetworkNamespace.create();
  private final NetworkNamespace server = NetworkNamespace.create();
  private final String tap = NetworkNamespace.uniqueInterfaceName();
  private final List<IpAddress> own = new CopyOnWriteArrayList<>();
  private NetworkStack stack;

  @BeforeEach
  void start() {
    ExternalCommand.require("python3");
    stack = UnprobedStack.create().device(TapDevice.named(tap), "10.81.1.2/24", "fd81:1::2/64")
        .gateway("10.81.1.1").gateway("fd81:1::1").startNow();
    stack.interfaceEvents().ofType(InterfaceEvent.AddressAdded.class)
        .subscribe(added -> own.add(added.address().address()));
    router.adopt(tap, "lan0", "10.81.1.1/24", "fd81:1::1/64");
    String between = NetworkNamespace.uniqueInterfaceName();
    server.connect("net0", between, "10.81.2.2/24", "fd81:2::2/64");
    router.adopt(between, "wan0", "10.81.2.1/24", "fd81:2::1/64");
    router.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1").orThrow();
    server.run("ip", "route", "add", "default", "via", "10.81.2.1").orThrow();
    server.run("ip", "-6", "route", "add", "default", "via", "fd81:2::1").orThrow();
    router.await("the stack's IPv6 address", () -> own.contains(IpAddress.parse("fd81:1::2")));
    for (String ours : new String[] {"10.81.1.2", "fd81:1::2"}) {
      server.await("an answer of " + ours, () -> server.run("ping", "-c", "1", "-W", "1", ours).exitCode() == 0);
    }
  }

  @AfterEach
  void stop() {
    stack.stop().block(LIMIT);
    FrameBalance.assertBalanced(stack);
    assertThat(stack.drops().snapshot()).doesNotContainKey("stage.STAGE_FAULT");
    server.close();
    router.close();
  }

  private void lowerTheMtu() {
    router.run("ip", "link", "set", "wan0", "mtu", Integer.toString(SMALL)).orThrow();
    server.run("ip", "link", "set", "net0", "mtu", Integer.toString(SMALL)).orThrow();
  }

  private PathInfo path(String to) {
    PathInfo path = stack.path(IpAddress.parse(to)).block(LIMIT);
    assertThat(path).isNotNull();
    return path;
  }

  private static ByteBuf data(Random random) {
    byte[] data = new byte[PART];
    random.nextBytes(data);
    return Unpooled.wrappedBuffer(data);
  }

  @ParameterizedTest
  @CsvSource({"10.81.2.2, AF_INET", "fd81:2::2, AF_INET6"})
  void aConnectionContinuesWhenTheMtuBehindTheRouterFalls(String to, String family) {
    NetworkNamespace.Server sink = server.start("python3", "-c", "import socket,hashlib\ns=socket.socket(socket."
        + family + ",socket.SOCK_STREAM)\ns.bind(('" + to
        + "',5001))\ns.listen(1)\nc,a=s.accept()\nh=hashlib.sha256()\n"
        + "n=0\nwhile True:\n  d=c.recv(65536)\n  if not d: break\n  h.update(d)\n  n+=len(d)\nprint(n,h.hexdigest())\n");
    server.awaitTcpListener(5001);
    TcpConnection connection = stack.tcp().connect(to, 5001).block(LIMIT);
    connection.receive().subscribe(ByteBuf::release);
    Random random = new Random(4);
    connection.sendAcknowledged(Mono.just(data(random))).block(LIMIT);
    assertThat(path(to).mtu()).isEqualTo(1500);
    lowerTheMtu();
    connection.sendAcknowledged(Mono.just(data(random))).block(LIMIT);
    assertThat(path(to).mtu()).isEqualTo(SMALL);
    connection.sendAcknowledged(Mono.just(data(random))).block(LIMIT);
    connection.close().block(LIMIT);
    assertThat(sink.awaitExit(LIMIT)).isZero();
    Random same = new Random(4);
    MessageDigest digest = KernelEnd.sha256();
    for (int i = 0; i < 3; i++) {
      digest.update(ByteBufUtil.getBytes(data(same)));
    }
    assertThat(sink.output().trim())
        .isEqualTo(3 * PART + " " + HexFormat.of().formatHex(digest.digest()));
    // The segments were made smaller; none was cut into fragments.
    assertThat(stack.meters().sum(IpMeter.PACKETS_FRAGMENTED)).isZero();
  }

  @ParameterizedTest
  @CsvSource({"10.81.2.2, AF_INET", "fd81:2::2, AF_INET6"})
  void datagramsAreCutWhenTheMtuBehindTheRouterFalls(String to, String family) {
    server.start("python3", "-c", "import socket\ns=socket.socket(socket." + family
        + ",socket.SOCK_DGRAM)\ns.bind(('" + to + "',7))\nwhile True:\n  d,a=s.recvfrom(65535)\n"
        + "  s.sendto(b'%d' % len(d),a)\n");
    server.awaitUdpSocket(7);
    UdpConnection socket = stack.udp().connect(to, 7).block(LIMIT);
    List<String> answers = new CopyOnWriteArrayList<>();
    socket.receive().subscribe(datagram -> {
      answers.add(datagram.payload().toString(StandardCharsets.US_ASCII));
      datagram.release();
    });
    send(socket, 1400);
    server.await("the first answer", () -> answers.contains("1400"));
    assertThat(stack.meters().sum(IpMeter.PACKETS_FRAGMENTED)).isZero();
    lowerTheMtu();
    send(socket, 1401);
    server.await("the report of the router", () -> path(to).mtu() == SMALL);
    // The datagram is lost; later ones of its length arrive in fragments.
    assertThat(answers).doesNotContain("1401");
    send(socket, 1402);
    server.await("an answer to fragments", () -> answers.contains("1402"));
    assertThat(stack.meters().sum(IpMeter.PACKETS_FRAGMENTED)).isOne();
    send(socket, path(to).maximumSent() - 8);
    server.await("an answer", () -> answers.contains(Integer.toString(path(to).maximumSent() - 8)));
    assertThat(stack.meters().sum(IpMeter.PACKETS_FRAGMENTED)).isOne();
  }

  /** Sends a datagram; a pending error about an earlier one is taken first. */
  private static void send(UdpConnection socket, int octets) {
    Mono<Void> once = Mono.defer(
        () -> socket.send(Mono.just(Datagram.toPeer(Unpooled.buffer(octets).writeZero(octets)))));
    once.onErrorResume(pending -> once).block(LIMIT);
  }
}
