package io.reactorstack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.reactorstack.device.DeviceException;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.device.linux.PacketSocketDevice;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.device.memory.MemoryCable;
import io.reactorstack.device.stream.StreamSocketDevice;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.testing.Inside;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.udp.Datagram;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

/**
 * Starts and stops two hundred hosts that exchange data, and others that fail to start: no thread, descriptor or buffer
 * of them may be left. Leaks outside the allocator given here are found by the leak guard of the whole test run.
 */
@Timeout(300)
@EnabledOnOs(OS.LINUX)
class NothingLeftTest {

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int WARM_UP = 3;
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
  private Map<String, Integer> before = Map.of();

  /**
   * Runs {@code round} a few times to load classes and open the descriptors that the JVM keeps open, then takes the
   * baseline and runs it {@code times} more.
   */
  private void measured(int times, Runnable round) {
    for (int i = 0; i < WARM_UP; i++) {
      round.run();
    }
    before = descriptors();
    for (int i = 0; i < times; i++) {
      round.run();
    }
  }

  @BeforeEach
  void forget() {
    threads.clear();
  }

  @AfterEach
  void nothingIsLeft() throws InterruptedException {
    assertThat(threads).isNotEmpty();
    for (Thread thread : threads) {
      assertThat(thread.join(LIMIT)).as("%s has ended", thread).isTrue();
    }
    assertThat(before).isNotEmpty();
    assertThat(descriptors()).isEqualTo(before);
    assertThat(allocator.metric().usedDirectMemory()).isZero();
    assertThat(allocator.metric().usedHeapMemory()).isZero();
  }

  /** Returns the number of open descriptors of kinds that a host may open, by kind. */
  private static Map<String, Integer> descriptors() {
    Map<String, Integer> kinds = new TreeMap<>();
    for (String number : Path.of("/proc/self/fd").toFile().list()) {
      String target;
      try {
        target = Files.readSymbolicLink(Path.of("/proc/self/fd", number)).toString();
      } catch (IOException e) {
        // The descriptor of this directory listing itself.
        continue;
      }
      boolean file = target.startsWith("/") && !target.startsWith("/dev/net");
      kinds.merge(file ? "file" : target.replaceAll("\\[?\\d+]?$", ""), 1, Integer::sum);
    }
    // The JVM opens and closes jars at any time.
    kinds.remove("file");
    return kinds;
  }

  private NetworkStack host(NetworkDevice.Factory device, String address) {
    NetworkStack host = UnprobedStack.create().name("left-" + NUMBER.incrementAndGet()).allocator(allocator)
        .device(device, address).startNow();
    Mono.fromRunnable(() -> threads.add(Thread.currentThread()))
        .subscribeOn(Schedulers.fromExecutor(Inside.loop(host))).block(LIMIT);
    return host;
  }

  /** Sends bytes to the server and back, and leaves the connection, a listener and a socket open. */
  private static void talk(NetworkStack client, NetworkStack server, String address) {
    server.tcp().listen(7).subscribe(c -> c.send(c.receive()).subscribe(done -> {}, stopped -> {}));
    server.udp().bind(9).block(LIMIT);
    TcpConnection connection = client.tcp().connect(address, 7).retryWhen(Retry.indefinitely())
        .block(LIMIT);
    CountDownLatch back = new CountDownLatch(20_000);
    connection.receive().subscribe(buffer -> {
      for (int n = buffer.readableBytes(); n > 0; n--) {
        back.countDown();
      }
      buffer.release();
    }, stopped -> {});
    connection.send(Mono.just(bytes(20_000))).block(LIMIT);
    try {
      assertThat(back.await(LIMIT.toMillis(), TimeUnit.MILLISECONDS)).as("all came back").isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    // Leaves data in transit that is never read when the host stops.
    connection.send(Mono.just(bytes(500_000))).subscribe(done -> {}, stopped -> {});
    client.udp().connect(new InetSocketAddress(address, 9))
        .flatMap(socket -> socket.send(Mono.just(Datagram.toPeer(bytes(100))))).block(LIMIT);
  }

  private static ByteBuf bytes(int length) {
    return Unpooled.wrappedBuffer(new byte[length]);
  }

  @Test
  void hostsOnMemory() {
    measured(50, () -> {
      MemoryCable cable = MemoryCable.ethernet(1500);
      NetworkStack one = host(cable.left(), "10.0.0.1/24");
      NetworkStack two = host(cable.right(), "10.0.0.2/24");
      talk(one, two, "10.0.0.2");
      Mono.when(one.stop(Duration.ZERO, Duration.ofMillis(20)), two.stop()).block(LIMIT);
    });
  }

  /** Connects two Unix-domain sockets, like a program between two hosts. */
  private static final class Relay implements AutoCloseable {

    private final Path path;
    private final ServerSocketChannel listening;
    private final Thread acceptor;

    Relay(Path path) throws IOException {
      this.path = path;
      listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      listening.bind(UnixDomainSocketAddress.of(path));
      acceptor = Thread.ofPlatform().start(this::serve);
    }

    private void serve() {
      try (SocketChannel one = listening.accept(); SocketChannel two = listening.accept()) {
        Thread back = Thread.ofPlatform().start(() -> copy(two, one));
        copy(one, two);
        back.join();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    private static void copy(SocketChannel from, SocketChannel to) {
      ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
      try {
        while (from.read(buffer) >= 0) {
          buffer.flip();
          while (buffer.hasRemaining()) {
            to.write(buffer);
          }
          buffer.clear();
        }
        to.shutdownOutput();
      } catch (IOException e) {
        // One of the hosts has stopped.
      }
    }

    @Override
    public void close() {
      try {
        acceptor.join();
        listening.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Test
  void hostsOnUnixDomainSockets(@TempDir Path folder) {
    measured(15, () -> {
      Path path = folder.resolve("net" + NUMBER.incrementAndGet());
      try (Relay relay = new Relay(path)) {
        NetworkStack one = host(StreamSocketDevice.at(relay.path), "10.0.0.1/24");
        NetworkStack two = host(StreamSocketDevice.at(relay.path), "10.0.0.2/24");
        talk(one, two, "10.0.0.2");
        Mono.when(one.stop(), two.stop()).block(LIMIT);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    });
  }

  @Test
  @RequiresNetAdmin
  void hostsOnTaps() {
    try (NetworkNamespace kernel = NetworkNamespace.create()) {
      measured(35, () -> {
        String tap = NetworkNamespace.uniqueInterfaceName();
        NetworkStack host = host(TapDevice.named(tap), "10.77.0.2/24");
        kernel.adopt(tap, "tap0", "10.77.0.1/24");
        assertThat(host.icmp().ping(IpAddress.parse("10.77.0.1")).block(LIMIT)).isNotNull();
        host.tcp().connect("10.77.0.1", 9).onErrorComplete().block(LIMIT);
        host.stop().block(LIMIT);
        // The host created the interface: it is removed when the host closes its descriptor.
        assertThat(kernel.run("ip", "link", "show", "tap0").exitCode()).isNotZero();
      });
    }
  }

  @Test
  @RequiresNetAdmin
  void hostsOnPacketSockets() {
    try (NetworkNamespace kernel = NetworkNamespace.create()) {
      String outside = NetworkNamespace.uniqueInterfaceName();
      kernel.connect("eth0", outside, "10.78.0.1/24");
      measured(35, () -> {
        NetworkStack host = host(
            PacketSocketDevice.on(outside).macAddress(MacAddress.parse("02:00:00:00:78:02")), "10.78.0.2/24");
        assertThat(host.icmp().ping(IpAddress.parse("10.78.0.1")).block(LIMIT)).isNotNull();
        host.tcp().connect("10.78.0.1", 9).onErrorComplete().block(LIMIT);
        host.stop().block(LIMIT);
      });
    }
  }

  /** Returns a factory that opens {@code device} and records the thread that it was opened on. */
  private NetworkDevice.Factory watched(NetworkDevice.Factory device) {
    return new NetworkDevice.Factory() {
      @Override
      public NetworkDevice open(IoEventLoop loop) {
        threads.add(Thread.currentThread());
        return device.open(loop);
      }

      @Override
      public IoEventLoopGroup newLoopGroup(String threadName) {
        return device.newLoopGroup(threadName);
      }
    };
  }

  private void failsToStart(NetworkDevice.Factory good, NetworkDevice.Factory bad) {
    StackConfiguration failing = UnprobedStack.create().name("left-" + NUMBER.incrementAndGet()).allocator(allocator)
        .device(watched(good), "10.0.0.1/24").device(bad, "10.1.0.1/24");
    assertThatThrownBy(() -> failing.start().block(LIMIT)).isInstanceOf(DeviceException.class);
  }

  @Test
  void startsThatFailOnMemory() {
    measured(100, () -> failsToStart(MemoryCable.ethernet(1500).left(), loop -> {
      throw new DeviceException(DeviceException.Reason.NO_SUCH_DEVICE, "none");
    }));
  }

  @Test
  @RequiresNetAdmin
  void startsThatFailOnTaps() {
    measured(30, () -> {
      String tap = NetworkNamespace.uniqueInterfaceName();
      failsToStart(TapDevice.named(tap), PacketSocketDevice.on("rs-none"));
      assertThat(Files.exists(Path.of("/sys/class/net", tap))).isFalse();
    });
  }

  @Test
  void startsThatFailOnUnixDomainSockets(@TempDir Path folder) throws IOException {
    Path path = folder.resolve("net");
    try (ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listening.bind(UnixDomainSocketAddress.of(path));
      measured(30, () -> {
        failsToStart(StreamSocketDevice.at(path), StreamSocketDevice.at(folder.resolve("none")));
        try {
          listening.accept().close();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      });
      nothingIsLeftOpen();
    }
    before = descriptors();
  }

  private void nothingIsLeftOpen() {
    assertThat(descriptors()).isEqualTo(before);
  }
}
