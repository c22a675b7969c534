package io.reactorstack;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.linux.TunDevice;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.RequiresNetAdmin;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.udp.Datagram;
import java.io.IOException;
import java.net.PortUnreachableException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** A host with both IP versions on one TUN device, with the Linux kernel as its peer. */
@RequiresNetAdmin
@Timeout(120)
class Ipv6OnTunTest {

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String KERNEL = "fd3d:1::1";
  private static final String OURS = "fd3d:1::2";

  private final NetworkNamespace namespace = NetworkNamespace.create();
  private NetworkStack stack;

  @BeforeEach
  void start() {
    String outside = NetworkNamespace.uniqueInterfaceName();
    stack = UnprobedStack.create().device(TunDevice.named(outside), OURS + "/48", "10.77.6.2/24").startNow();
    namespace.run("ip", "link", "set", "lo", "up").orThrow();
    namespace.adopt(outside, "tun0", KERNEL + "/48", "10.77.6.1/24");
  }

  @AfterEach
  void stop() {
    stack.stop().block(LIMIT);
    FrameBalance.assertBalanced(stack);
    assertThat(stack.drops().snapshot()).doesNotContainKey("stage.STAGE_FAULT");
    namespace.close();
  }

  @Test
  @Requirement({"RFC4443-4.1-01", "RFC4443-4.2-01", "RFC8200-5-03"})
  void stackAndKernelPingEachOther() {
    for (String size : new String[] {"0", "56", "1452"}) {
      // One at a time: with several, ping waits for the last reply only twice as long as the earlier ones took.
      assertThat(namespace.run("ping", "-6", "-c", "1", "-W", "5", "-s", size, OURS).orThrow()).contains("1 received");
      assertThat(namespace.run("ping", "-6", "-c", "1", "-W", "5", "-s", size, OURS).orThrow()).contains("1 received");
    }
    assertThat(namespace.run("ping", "-c", "1", "-W", "5", "10.77.6.2").orThrow()).contains("1 received");
    for (String peer : new String[] {KERNEL, "10.77.6.1", "::1"}) {
      StepVerifier.create(stack.icmp().ping(IpAddress.parse(peer)))
          .assertNext(reply -> {
            assertThat(reply.from()).isEqualTo(IpAddress.parse(peer));
            assertThat(reply.hopLimit()).isEqualTo(64);
          })
          .expectComplete()
          .verify(LIMIT);
    }
  }

  @Test
  @Requirement({"RFC8200-8.1-01", "RFC8200-8.3-02", "RFC6437-1-01"})
  void stackReadsFromAWebServerOfTheKernel() throws IOException {
    byte[] page = new byte[3_000_000];
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
    assertThat(answer.length).isGreaterThan(page.length);
    assertThat(java.util.Arrays.copyOfRange(answer, answer.length - page.length, answer.length)).isEqualTo(page);
  }

  @Test
  void kernelReadsFromTheStackOverBothIpVersions() throws IOException {
    byte[] page = new byte[2_000_000];
    new Random(5).nextBytes(page);
    byte[] head = "HTTP/1.0 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    stack.tcp().listen(80)
        .subscribe(connection -> {
          connection.receive().onErrorComplete().subscribe(ByteBuf::release);
          connection.send(Mono.just(Unpooled.wrappedBuffer(head, page))).then(connection.close()).onErrorComplete()
              .subscribe();
        });
    for (String host : new String[] {"[" + OURS + "]", "10.77.6.2"}) {
      Path file = namespace.folder().resolve("got");
      namespace.run(LIMIT, List.of("curl", "-sS", "-g", "-m", "20", "-o", file.toString(), "http://" + host + "/"))
          .orThrow();
      assertThat(Files.readAllBytes(file)).isEqualTo(page);
    }
  }

  @Test
  @Requirement({"RFC4443-3.1-04", "RFC4443-3.1-06", "RFC4443-2.4-04"})
  void datagramsAndIcmpErrorsPassInBothDirections() {
    StepVerifier.create(
        stack.udp().connect(new Endpoint(IpAddress.parse(KERNEL), 9999).toInetSocketAddress())
            .flatMap(socket -> socket.send(Mono.just(Datagram.toPeer(Unpooled.copiedBuffer(new byte[] {1}))))
                .then(Mono.delay(Duration.ofMillis(200)))
                .then(socket.send(Mono.just(Datagram.toPeer(Unpooled.copiedBuffer(new byte[] {2})))))))
        .expectError(PortUnreachableException.class)
        .verify(LIMIT);

    String script = "import socket\ns=socket.socket(socket.AF_INET6,socket.SOCK_DGRAM)\ns.connect(('" + OURS
        + "',7777))\ns.send(b'x')\ns.settimeout(5)\n"
        + "try:\n  s.recv(10)\nexcept ConnectionRefusedError:\n  print('refused')\n";
    assertThat(namespace.run("python3", "-c", script).orThrow()).contains("refused");

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
  void connectingToAPortWithoutAListenerIsRefused() {
    String connect = "import socket\ntry:\n  socket.create_connection(('" + OURS
        + "',81),5)\nexcept ConnectionRefusedError:\n  print('refused')\n";
    assertThat(namespace.run("python3", "-c", connect).orThrow()).contains("refused");
  }
}
