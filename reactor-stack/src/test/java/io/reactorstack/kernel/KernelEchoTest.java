package io.reactorstack.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import io.reactorstack.testing.UnprobedStack;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A client that reads late from an echo server on the kernel's TCP, over a TAP. Both windows close, and each side must
 * still process the window updates of the other while its own window is closed.
 */
@RequiresNetAdmin
@Timeout(180)
class KernelEchoTest {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String KERNELS = "10.78.3.1";
  private static final int PORT = 7;
  private static final long BYTES = 40_000_000;
  private static final long SEED = 41;
  private static final Pattern RESULT = Pattern.compile("RESULT (\\d+) (\\p{XDigit}{64}) (\\d+)");

  private final NetworkNamespace namespace = NetworkNamespace.create();
  private final String tap = NetworkNamespace.uniqueInterfaceName();
  private NetworkStack stack;

  @BeforeEach
  void connect() {
    stack = UnprobedStack.create().device(TapDevice.named(tap), "10.78.3.2/24").startNow();
    namespace.adopt(tap, "tap0", KERNELS + "/24");
  }

  @AfterEach
  void stop() {
    stack.stop().block(LIMIT);
    FrameBalance.assertBalanced(stack);
    namespace.close();
  }

  private NetworkNamespace.Server kernel(String... arguments) {
    List<String> command = new ArrayList<>(List.of(ProcessHandle.current().info().command().orElse("java"), "-Xmx128m",
        "-cp", System.getProperty("java.class.path"), KernelEcho.class.getName()));
    command.addAll(List.of(arguments));
    return namespace.start(command.toArray(String[]::new));
  }

  @Test
  void everythingIsEchoedToAClientThatReadsTwoSecondsLate() {
    kernel("serve", KERNELS, Integer.toString(PORT), "1");
    ask(Duration.ofSeconds(2));
  }

  /** Compares with the kernel's own client under the same conditions. */
  @Test
  @Tag("long")
  void everythingIsEchoedToAClientThatReadsEightSecondsLate() {
    kernel("serve", KERNELS, Integer.toString(PORT), "2");
    String hash = ask(Duration.ofSeconds(8));
    NetworkNamespace.Server client = kernel("ask", KERNELS, Integer.toString(PORT), Long.toString(BYTES),
        Long.toString(SEED), "8000");
    assertThat(client.awaitExit(LIMIT)).as(client::output).isZero();
    Matcher result = RESULT.matcher(client.output());
    assertThat(result.find()).as(client::output).isTrue();
    System.out.printf("the kernel's own client: %s octets in %s ms%n", result.group(1), result.group(3));
    assertThat(result.group(1)).isEqualTo(Long.toString(BYTES));
    assertThat(result.group(2)).isEqualTo(hash);
  }

  /** Sends everything immediately and begins to read after {@code late}; returns the hash of the octets received. */
  private String ask(Duration late) {
    namespace.awaitTcpListener(PORT);
    long began = System.nanoTime();
    TcpConnection connection = stack.tcp().connect(KERNELS, PORT).block(LIMIT);
    MessageDigest sent = KernelEnd.sha256();
    MessageDigest received = KernelEnd.sha256();
    AtomicLong count = new AtomicLong();
    Mono<Void> sending = connection.send(chunks(sent)).then(Mono.defer(connection::shutdownOutput));
    Mono<Void> reading = Mono.delay(late).thenMany(connection.receive()).doOnNext(buffer -> {
      received.update(ByteBufUtil.getBytes(buffer));
      count.addAndGet(buffer.readableBytes());
      buffer.release();
    }).then();
    try {
      Mono.when(sending, reading).block(late.plus(LIMIT));
    } catch (IllegalStateException e) {
      throw new AssertionError(count + " octets were echoed", e);
    }
    System.out.printf("a client that reads %s late: %d octets in %d ms%n", late, count.get(),
        (System.nanoTime() - began) / 1_000_000);
    String hash = HexFormat.of().formatHex(received.digest());
    assertThat(count).hasValue(BYTES);
    assertThat(hash).isEqualTo(HexFormat.of().formatHex(sent.digest()));
    connection.close().block(LIMIT);
    return hash;
  }

  private static Flux<ByteBuf> chunks(MessageDigest digest) {
    return Flux.generate(() -> new KernelEnd.Chunks(BYTES, SEED), (chunks, sink) -> {
      if (chunks.hasNext()) {
        byte[] chunk = chunks.next();
        digest.update(chunk);
        sink.next(Unpooled.wrappedBuffer(chunk));
      } else {
        sink.complete();
      }
      return chunks;
    });
  }
}
