package io.reactorstack.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.Capture;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.device.ObservedDevice;
import io.reactorstack.device.linux.PacketSocketDevice;
import io.reactorstack.lab.ImpairedDevice;
import io.reactorstack.lab.Impairment;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.Inside;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import io.reactorstack.testing.UnprobedStack;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Transfers between the kernel's TCP and the stack's over veth, with each in both roles and both directions, on a line
 * that loses, reorders, duplicates and corrupts frames.
 */
@RequiresNetAdmin
class KernelTransfersTest {

  private static final int PORT = 5001;
  private static final String OURS = "10.77.9.2";
  private static final String KERNELS = "10.77.9.1";
  private static final long SEED = 20;
  private static final Pattern RESULT = Pattern.compile("RESULT (\\d+) (\\p{XDigit}{64})");

  private final NetworkNamespace namespace = NetworkNamespace.create();
  private final String outside = NetworkNamespace.uniqueInterfaceName();
  private NetworkStack stack;
  private NetworkDevice device;
  private final ByteArrayOutputStream handshakes = new ByteArrayOutputStream();

  @BeforeEach
  void connect() {
    ExternalCommand.require("ethtool", "tshark");
    namespace.run("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1", "net.ipv4.tcp_ecn=1").orThrow();
    namespace.connect("eth0", outside, KERNELS + "/24");
    // Switches off segmentation and checksum offload, so that frames are as on a cable and damage is detected by
    // checksums.
    namespace.run("ethtool", "-K", "eth0", "tx", "off", "tso", "off", "gso", "off", "gro", "off").orThrow();
  }

  private void start(Impairment impairment) {
    Capture capture = Capture.to(handshakes, Schedulers.immediate(), InstantSource.system());
    NetworkDevice.Factory line = ImpairedDevice.around(
        PacketSocketDevice.on(outside).macAddress(MacAddress.parse("02:00:00:00:77:09")), impairment, impairment, SEED);
    stack = UnprobedStack.create()
        .name("ours")
        .device(new NetworkDevice.Factory() {
          @Override
          public NetworkDevice open(IoEventLoop loop) {
            NetworkDevice opened = line.open(loop);
            device = opened;
            FrameObserver all = capture.observer("veth", opened.capabilities(), loop.ticker());
            AtomicLong seen = new AtomicLong();
            return new ObservedDevice(opened, loop.ticker(), List.of((direction, frame, nanos) -> {
              // The handshake is among the first frames; capturing the others would only use memory.
              if (seen.incrementAndGet() <= 200) {
                all.onFrame(direction, frame, nanos);
              }
            }));
          }

          @Override
          public IoEventLoopGroup newLoopGroup(String threadName) {
            return line.newLoopGroup(threadName);
          }
        }, OURS + "/24")
        .tcp(settings -> settings.withWire(wire -> wire.withEcn(TcpSettings.Ecn.REQUEST)))
        .startNow();
  }

  @AfterEach
  void stop() {
    if (stack != null) {
      stack.stop().block(Duration.ofSeconds(30));
      FrameBalance.assertBalanced(stack);
    }
    namespace.close();
  }

  @ParameterizedTest
  @CsvSource({"listen, send", "listen, receive", "connect, send", "connect, receive"})
  @Timeout(300)
  void bytesArriveUnchanged(String kernelRole, String kernelDoes) throws Exception {
    transfer(kernelRole, kernelDoes, 24L << 20);
  }

  @Tag("long")
  @ParameterizedTest
  @CsvSource({"listen, send", "listen, receive", "connect, send", "connect, receive"})
  @Timeout(1200)
  void gigabyteArrivesUnchanged(String kernelRole, String kernelDoes) throws Exception {
    transfer(kernelRole, kernelDoes, 1L << 30);
  }

  private void transfer(String kernelRole, String kernelDoes, long bytes) throws Exception {
    start(Impairment.none().loss(0.002).reorder(0.005, Duration.ofMillis(1)).duplicate(0.002).corrupt(0.001));
    boolean kernelListens = kernelRole.equals("listen");
    boolean kernelSends = kernelDoes.equals("send");
    Mono<TcpConnection> accepted = kernelListens
        ? Mono.empty()
        : stack.tcp().listen(PORT).next().cache();
    if (!kernelListens) {
      accepted.subscribe();
    }
    NetworkNamespace.Server kernel = kernelEnd(kernelRole, kernelDoes, kernelListens ? KERNELS : OURS, bytes);
    if (kernelListens) {
      namespace.awaitTcpListener(PORT);
    }
    TcpConnection connection = (kernelListens ? stack.tcp().connect(KERNELS, PORT) : accepted).block();
    MessageDigest digest = KernelEnd.sha256();
    AtomicLong count = new AtomicLong();
    long began = System.nanoTime();
    if (kernelSends) {
      connection.receive().doOnNext(buffer -> digest(digest, count, buffer)).then().block();
      connection.close().block();
    } else {
      connection.send(chunks(bytes, digest, count)).then(connection.shutdownOutput()).block();
      connection.receive().doOnNext(ByteBuf::release).then().block();
      connection.close().block();
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    assertThat(kernel.awaitExit(Duration.ofSeconds(60))).as(kernel::output).isZero();
    Matcher result = RESULT.matcher(kernel.output());
    assertThat(result.find()).as(kernel::output).isTrue();
    assertThat(count.get()).isEqualTo(bytes).isEqualTo(Long.parseLong(result.group(1)));
    assertThat(HexFormat.of().formatHex(digest.digest())).isEqualTo(result.group(2));
    report(kernelRole, kernelDoes, bytes, seconds, connection.info());
    assertThatEverythingWasNegotiated();
    assertThatTheLineWasBad();
  }

  private NetworkNamespace.Server kernelEnd(String role, String does, String host, long bytes) {
    return namespace.start(ProcessHandle.current().info().command().orElse("java"), "-Xmx128m", "-cp",
        System.getProperty("java.class.path"), KernelEnd.class.getName(), role, does, host, Integer.toString(PORT),
        Long.toString(bytes), Long.toString(SEED));
  }

  private static void digest(MessageDigest digest, AtomicLong count, ByteBuf buffer) {
    count.addAndGet(buffer.readableBytes());
    digest.update(ByteBufUtil.getBytes(buffer));
    buffer.release();
  }

  private static Flux<ByteBuf> chunks(long bytes, MessageDigest digest, AtomicLong count) {
    return Flux.generate(() -> new KernelEnd.Chunks(bytes, SEED), (chunks, sink) -> {
      if (!chunks.hasNext()) {
        sink.complete();
        return chunks;
      }
      byte[] chunk = chunks.next();
      digest.update(chunk);
      count.addAndGet(chunk.length);
      sink.next(Unpooled.wrappedBuffer(chunk));
      return chunks;
    });
  }

  private static void report(String role, String does, long bytes, double seconds, TcpInfo info) {
    System.out.printf("kernel %ss and %ss %d MiB: %.1f s, %s%n", role, does, bytes >> 20, seconds, info);
  }

  private void assertThatEverythingWasNegotiated() throws Exception {
    Path file = namespace.folder().resolve("handshake.pcapng");
    Files.write(file, handshakes.toByteArray());
    // SYN and SYN-ACK with SACK-permitted, timestamps and window scale; ECE and CWR on the SYN, ECE alone on the SYN-ACK.
    String both = "tcp.options.sack_perm && tcp.options.timestamp.tsval && tcp.options.wscale.shift";
    assertThat(lines(file, "tcp.flags.syn == 1 && tcp.flags.ack == 0 && tcp.flags.ece == 1 && tcp.flags.cwr == 1 && "
        + both)).isNotEmpty();
    assertThat(lines(file, "tcp.flags.syn == 1 && tcp.flags.ack == 1 && tcp.flags.ece == 1 && tcp.flags.cwr == 0 && "
        + both)).isNotEmpty();
    assertThat(lines(file, "tcp.len > 0 && ip.dsfield.ecn == 2")).isNotEmpty();
  }

  private static List<String> lines(Path file, String filter) {
    return ExternalCommand
        .run(Duration.ofMinutes(1), List.of("tshark", "-n", "-r", file.toString(), "-Y", filter, "-T", "fields", "-e",
            "frame.number"))
        .orThrow()
        .lines()
        .filter(line -> line.matches("\\d+"))
        .toList();
  }

  private void assertThatTheLineWasBad() throws Exception {
    if (device instanceof ImpairedDevice line) {
      Inside.loop(stack).submit(() -> {
        assertThat(line.countersOfSent().lost() + line.countersOfReceived().lost()).isPositive();
        assertThat(line.countersOfSent().corrupted() + line.countersOfReceived().corrupted()).isPositive();
        assertThat(line.countersOfSent().duplicated() + line.countersOfReceived().duplicated()).isPositive();
        assertThat(line.countersOfSent().reordered() + line.countersOfReceived().reordered()).isPositive();
      }).get();
    } else {
      throw new AssertionError("the host's device is not an impaired line");
    }
  }
}
