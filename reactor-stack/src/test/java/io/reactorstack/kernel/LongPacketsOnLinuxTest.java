package io.reactorstack.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.device.linux.TunDevice;
import io.reactorstack.icmp.PingOptions;
import io.reactorstack.icmp.PingReply;
import io.reactorstack.ip.IpMeter;
import io.reactorstack.lab.ImpairedDevice;
import io.reactorstack.lab.Impairment;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.udp.Datagram;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Packets that are much longer than the MTU, both ways between the stack and the Linux kernel. */
@RequiresNetAdmin
@Timeout(180)
class LongPacketsOnLinuxTest {

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String[] V4 = {"10.80.1.1", "10.80.1.2"};
  private static final String[] V6 = {"fd80:1::1", "fd80:1::2"};
  private static final int DATAGRAM = 60_000;

  private final NetworkNamespace namespace = NetworkNamespace.create();
  private final String name = NetworkNamespace.uniqueInterfaceName();
  private NetworkStack stack;

  private void start(NetworkDevice.Factory device) {
    stack = UnprobedStack.create().device(device, V4[1] + "/24", V6[1] + "/64").startNow();
    namespace.adopt(name, "net0", V4[0] + "/24", V6[0] + "/64");
  }

  @AfterEach
  void stop() {
    stack.stop().block(LIMIT);
    FrameBalance.assertBalanced(stack);
    assertThat(stack.drops().snapshot()).doesNotContainKey("stage.STAGE_FAULT");
    namespace.close();
  }

  @Test
  void pingsOfBothVersionsOnTun() {
    start(TunDevice.named(name));
    for (String[] pair : new String[][] {V4, V6}) {
      assertPings(pair[0], pair[1]);
    }
    assertThat(stack.meters().sum(IpMeter.PACKETS_REASSEMBLED)).isEqualTo(4);
    assertThat(stack.meters().sum(IpMeter.PACKETS_FRAGMENTED)).isEqualTo(4);
  }

  @Test
  void pingsOnTap() {
    stack = UnprobedStack.create().device(TapDevice.named(name), V4[1] + "/24").startNow();
    namespace.adopt(name, "net0", V4[0] + "/24");
    assertPings(V4[0], V4[1]);
  }

  private void assertPings(String kernel, String ours) {
    // The first packet resolves the address.
    namespace.run("ping", "-c", "1", "-W", "5", ours).orThrow();
    assertThat(namespace.run("ping", "-c", "1", "-W", "5", "-s", "65000", ours).orThrow()).contains("1 received");
    PingOptions options = PingOptions.DEFAULT.size(65_000).timeout(Duration.ofSeconds(5));
    assertThat(stack.icmp().ping(IpAddress.parse(kernel), options).cast(PingReply.class).blockLast(LIMIT).size())
        .isEqualTo(65_000);
  }

  @Test
  void datagramsWithLossOnTun() {
    Impairment bad = Impairment.none().loss(0.01);
    start(ImpairedDevice.around(TunDevice.named(name), bad, bad, 7));
    for (String[] pair : new String[][] {V4, V6}) {
      assertDatagrams(pair[0], pair[1]);
    }
  }

  @Test
  void datagramsWithLossOnTap() {
    Impairment bad = Impairment.none().loss(0.01);
    stack = UnprobedStack.create().device(ImpairedDevice.around(TapDevice.named(name), bad, bad, 8), V4[1] + "/24")
        .startNow();
    namespace.adopt(name, "net0", V4[0] + "/24");
    assertDatagrams(V4[0], V4[1]);
  }

  /** Sends datagrams to an echo server of the kernel's sockets; of each 100, about 44 survive both ways. */
  private void assertDatagrams(String kernel, String ours) {
    // The first packet resolves the address.
    namespace.await("an answer to a ping", () -> namespace.run("ping", "-c", "1", "-W", "1", ours).exitCode() == 0);
    int port = kernel.contains(":") ? 1007 : 7;
    String family = kernel.contains(":") ? "AF_INET6" : "AF_INET";
    namespace.start("python3", "-c", "import socket\ns=socket.socket(socket." + family
        + ",socket.SOCK_DGRAM)\ns.bind(('" + kernel + "'," + port
        + "))\nwhile True:\n  d,a=s.recvfrom(65535)\n  s.sendto(d,a)\n");
    namespace.awaitUdpSocket(port);
    byte[] content = new byte[DATAGRAM];
    new Random(3).nextBytes(content);
    AtomicInteger echoed = new AtomicInteger();
    var socket = stack.udp().connect(new Endpoint(IpAddress.parse(kernel), port).toInetSocketAddress()).block(LIMIT);
    Disposable receiving = socket.receive().subscribe(datagram -> {
      if (Arrays.equals(ByteBufUtil.getBytes(datagram.payload()), content)) {
        echoed.incrementAndGet();
      }
      datagram.release();
    });
    socket.send(Flux.interval(Duration.ofMillis(10)).onBackpressureDrop().take(60)
        .map(i -> Datagram.toPeer(Unpooled.wrappedBuffer(content)))).block(LIMIT);
    namespace.await("echoes from " + kernel, () -> echoed.get() >= 10);
    receiving.dispose();
    socket.close().block(LIMIT);
  }
}
