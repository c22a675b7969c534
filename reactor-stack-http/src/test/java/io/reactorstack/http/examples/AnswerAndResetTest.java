package io.reactorstack.http.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.dns.DnsResolver;
import io.reactorstack.http.StackHttp;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.testing.RequiresNetAdmin;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/** A kernel server answers and resets a hundred times; the stack must read every answer. */
@RequiresNetAdmin
@Timeout(120)
class AnswerAndResetTest {

  private static final int TIMES = 100;
  private static final int PORT = 8080;

  private KernelNeighbour hosts;

  @BeforeEach
  void start() {
    hosts = new KernelNeighbour();
    hosts.namespace.start(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
        Path.of(AnswerAndReset.class.getProtectionDomain().getCodeSource().getLocation().getPath()).toString(),
        AnswerAndReset.class.getName(), KernelNeighbour.KERNEL, String.valueOf(PORT));
    hosts.namespace.awaitTcpListener(PORT);
  }

  @AfterEach
  void stop() {
    hosts.close();
  }

  private static String get(HttpClient client, String url) {
    return client.get().uri(url).responseContent().aggregate().asString()
        .onErrorResume(error -> Mono.just(error.toString())).defaultIfEmpty("nothing").block(KernelNeighbour.SOON);
  }

  private static List<String> failures(HttpClient client, String url) {
    return IntStream.range(0, TIMES).mapToObj(i -> get(client, url)).filter(body -> !body.equals("ok")).toList();
  }

  @Test
  void reactorNettyOnTheStackReadsEveryAnswer() throws IOException {
    HttpClient onStack = StackHttp.client(hosts.stack, DnsResolver.create(hosts.stack));
    List<String> lost = failures(onStack, "http://" + KernelNeighbour.KERNEL + ":" + PORT);
    System.out.println("answers and resets of the kernel, read by Reactor Netty: on the stack " + (TIMES - lost.size())
        + ", on the kernel " + (TIMES - failuresOnTheKernel().size()) + " of " + TIMES);
    assertThat(lost).isEmpty();
  }

  /** The same client on the kernel, over the loopback, for comparison; it may lose answers. */
  private static List<String> failuresOnTheKernel() throws IOException {
    try (AnswerAndReset server = new AnswerAndReset(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
      Thread thread = new Thread(server::serve, "answers and resets");
      thread.setDaemon(true);
      thread.start();
      return failures(HttpClient.create(ConnectionProvider.newConnection()), "http://127.0.0.1:" + server.port());
    }
  }

  @Test
  void aResetPooledConnectionIsNotReused() {
    ConnectionProvider pool = ConnectionProvider.builder("resets").maxConnections(1).build();
    HttpClient client = StackHttp.client(hosts.stack, DnsResolver.create(hosts.stack), pool);
    for (int i = 0; i < TIMES; i++) {
      assertThat(
          client.get().uri("http://" + KernelNeighbour.KERNEL + ":" + PORT).responseContent().aggregate().asString()
              .retryWhen(StackHttp.onceMoreIfClosed()).block(KernelNeighbour.SOON))
          .isEqualTo("ok");
    }
    pool.disposeLater().block(KernelNeighbour.SOON);
  }

  @Test
  void theNativeApiReceivesEveryAnswerAndThenTheReset() {
    for (int i = 0; i < TIMES; i++) {
      TcpConnection connection = Objects.requireNonNull(hosts.stack.tcp()
          .connect(new InetSocketAddress(KernelNeighbour.KERNEL, PORT)).block(KernelNeighbour.SOON));
      Mono<ByteBuf> request = Mono.fromSupplier(() -> Unpooled.copiedBuffer("GET / HTTP/1.1\r\n\r\n", US_ASCII));
      List<String> seen = connection.send(request).onErrorComplete().thenMany(connection.receive().map(data -> {
        String text = data.toString(US_ASCII);
        data.release();
        return text;
      })).onErrorResume(error -> Mono.just("/" + error.getMessage().replaceFirst(":.*", "")))
          .collectList().block(KernelNeighbour.SOON);
      assertThat(String.join("", Objects.requireNonNull(seen)))
          .isEqualTo(AnswerAndReset.ANSWER + "/Connection reset by peer");
    }
  }
}
