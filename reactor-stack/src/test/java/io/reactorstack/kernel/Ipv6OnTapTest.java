package io.reactorstack.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.RequiresNetAdmin;
import io.reactorstack.testing.UnprobedStack;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** A host with IPv6 on a TAP, with the Linux kernel as the other station of the link. */
@RequiresNetAdmin
@Timeout(120)
class Ipv6OnTapTest {

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String KERNEL = "fd3d:2::1";
  private static final String OURS = "fd3d:2::2";

  private final NetworkNamespace namespace = NetworkNamespace.create();
  private final List<IpAddress> own = new CopyOnWriteArrayList<>();
  private NetworkStack stack;

  @BeforeEach
  void start() {
    String outside = NetworkNamespace.uniqueInterfaceName();
    stack = UnprobedStack.create().device(TapDevice.named(outside), OURS + "/64").startNow();
    stack.interfaceEvents().ofType(InterfaceEvent.AddressAdded.class)
        .subscribe(added -> own.add(added.address().address()));
    namespace.run("ip", "link", "set", "lo", "up").orThrow();
    namespace.adopt(outside, "tap0", KERNEL + "/64");
    namespace.await("both addresses", () -> own.size() == 2);
    namespace.await("the kernel's addresses",
        () -> !namespace.run("ip", "-6", "addr", "show", "dev", "tap0").orThrow().contains("tentative"));
  }

  @AfterEach
  void stop() {
    stack.stop().block(LIMIT);
    FrameBalance.assertBalanced(stack);
    assertThat(stack.drops().snapshot()).doesNotContainKey("stage.STAGE_FAULT");
    namespace.close();
  }

  @Test
  @Requirement("RFC8504-5.4-01")
  void stackAndKernelPingEachOther() {
    for (String size : new String[] {"0", "56", "1452"}) {
      assertThat(namespace.run("ping", "-6", "-c", "1", "-W", "5", "-s", size, OURS).orThrow()).contains("1 received");
    }
    IpAddress linkLocal = own.stream().filter(address -> address.toString().startsWith("fe80")).findFirst()
        .orElseThrow();
    assertThat(namespace.run("ping", "-6", "-c", "1", "-W", "5", linkLocal + "%tap0").orThrow())
        .contains("1 received");
    StepVerifier.create(stack.icmp().ping(IpAddress.parse(KERNEL)))
        .assertNext(reply -> assertThat(reply.hopLimit()).isEqualTo(64)).expectComplete().verify(LIMIT);
    assertThat(namespace.run("ip", "-6", "neigh", "show", OURS).orThrow()).contains("lladdr").contains("REACHABLE");
    assertThat(namespace.run("ping", "-6", "-c", "1", "-W", "5", "ff02::1%tap0").orThrow()).contains("bytes from");
  }

  @Test
  void theKernelKeepsTheStackReachable() {
    assertThat(namespace.run("ping", "-6", "-c", "1", "-W", "5", OURS).orThrow()).contains("1 received");
    namespace.run("ip", "-6", "neigh", "change", OURS, "dev", "tap0", "nud", "probe").orThrow();
    namespace.await("an answer to the probe",
        () -> namespace.run("ip", "-6", "neigh", "show", OURS).orThrow().contains("REACHABLE"));
  }

  @Test
  void stackReadsFromAWebServerOfTheKernelAndTheKernelFromTheStack() throws IOException {
    byte[] page = new byte[2_000_000];
    new Random(4).nextBytes(page);
    Path folder = Files.createDirectory(namespace.folder().resolve("www"));
    Files.write(folder.resolve("page"), page);
    namespace.start("python3", "-m", "http.server", "-b", "::", "-d", folder.toString(), "8080");
    namespace.awaitTcpListener(8080);
    ByteBuf got = Unpooled.buffer();
    StepVerifier.create(
        stack.tcp().connect(KERNEL, 8080)
            .flatMap(connection -> connection
                .send(Mono.just(Unpooled.copiedBuffer("GET /page HTTP/1.0\r\n\r\n", StandardCharsets.US_ASCII)))
                .thenMany(connection.receive())
                .doOnNext(buffer -> {
                  got.writeBytes(buffer);
                  buffer.release();
                })
                .then(connection.close())))
        .expectComplete()
        .verify(LIMIT);
    byte[] answer = ByteBufUtil.getBytes(got);
    assertThat(answer).hasSizeGreaterThan(page.length);
    assertThat(Arrays.copyOfRange(answer, answer.length - page.length, answer.length)).isEqualTo(page);

    byte[] head = "HTTP/1.0 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    stack.tcp().listen(80).subscribe(connection -> {
      connection.receive().onErrorComplete().subscribe(ByteBuf::release);
      connection.send(Mono.just(Unpooled.wrappedBuffer(head, page))).then(connection.close()).onErrorComplete()
          .subscribe();
    });
    Path file = namespace.folder().resolve("got");
    namespace.run(LIMIT, List.of("curl", "-sS", "-g", "-m", "20", "-o", file.toString(), "http://[" + OURS + "]/"))
        .orThrow();
    assertThat(Files.readAllBytes(file)).isEqualTo(page);
  }

  @Test
  void theKernelsDatagramsAreEchoed() {
    stack.udp().bind(7)
        .flatMapMany(socket -> socket
            .send(socket.receive().map(datagram -> datagram.reply(datagram.payload())))
            .onErrorComplete(ClosedChannelException.class))
        .subscribe();
    String echo = "import socket\ns=socket.socket(socket.AF_INET6,socket.SOCK_DGRAM)\ns.connect(('" + OURS
        + "',7))\ns.settimeout(5)\ns.send(b'hello')\nprint(s.recv(10))\n";
    assertThat(namespace.run("python3", "-c", echo).orThrow()).contains("hello");
  }

  @Test
  @Requirement("RFC8504-6.3-03")
  void neitherSideTakesTheOthersAddress() {
    StepVerifier.create(stack.addAddress(interfaceName(), IpPrefix.parse(KERNEL + "/64")))
        .expectErrorSatisfies(error -> assertThat(error).hasMessageContaining("uses " + KERNEL)).verify(LIMIT);
    namespace.run("sysctl", "-qw", "net.ipv6.conf.tap0.accept_dad=1").orThrow();
    namespace.run("ip", "-6", "addr", "add", OURS + "/64", "dev", "tap0").orThrow();
    namespace.await("the kernel's test has failed",
        () -> namespace.run("ip", "-6", "addr", "show", "dev", "tap0").orThrow().contains("dadfailed"));
    namespace.run("ip", "-6", "addr", "del", OURS + "/64", "dev", "tap0").orThrow();
    assertThat(namespace.run("ping", "-6", "-c", "1", "-W", "5", OURS).orThrow()).contains("1 received");
  }

  private String interfaceName() {
    return stack.interfaceEvents().blockFirst(LIMIT).interfaceName();
  }
}
