package io.reactorstack.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The programs of the two hosts of a {@link ForwardingPath}, on the kernel's sockets. */
final class ForwardingEnds implements AutoCloseable {

  private static final int SINK = 7002;
  private static final int ECHO = 7003;
  private static final int IPERF = 5201;
  private static final int HEADERS = 28;
  private static final int BURST = 64;
  private static final int MMSGHDR_BYTES = 64;
  private static final int IOVEC_BYTES = 16;
  private static final int IOV_AT = 16;
  private static final int IOVLEN_AT = 24;
  private static final Path COUNTERS = Path.of("/proc/thread-self/net/snmp");
  /** The member {@code bits_per_second} of the sum at the receiver. */
  private static final Pattern RECEIVED = Pattern
      .compile("\"sum_received\":\\s*\\{[^}]*\"bits_per_second\":\\s*([0-9.e+]+)");

  private final ForwardingPath path;
  private final DatagramChannel sink;
  private final ServerSocketChannel echo;
  private final Process iperf;

  ForwardingEnds(ForwardingPath path) {
    this.path = path;
    this.sink = path.far().call(() -> {
      // No program reads the socket: the kernel counts the datagrams, and drops those for which the buffer has no room.
      DatagramChannel channel = DatagramChannel.open();
      channel.setOption(StandardSocketOptions.SO_RCVBUF, 1);
      return channel.bind(new InetSocketAddress(ForwardingPath.FAR, SINK));
    });
    this.echo = path.far().call(
        () -> ServerSocketChannel.open().bind(new InetSocketAddress(ForwardingPath.FAR, ECHO)));
    Thread.ofPlatform().name("echo").daemon().start(this::serveEcho);
    try {
      this.iperf = new ProcessBuilder(path.far().inside("iperf3", "-s", "-p", String.valueOf(IPERF)))
          .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the number of datagrams that have reached the far host. */
  long datagrams() {
    return path.far().call(() -> {
      List<String[]> lines = Files.readAllLines(COUNTERS).stream().filter(line -> line.startsWith("Udp: "))
          .map(line -> line.split(" ")).toList();
      List<String> names = List.of(lines.getFirst());
      String[] values = lines.get(1);
      return Long.parseLong(values[names.indexOf("InDatagrams")]) + Long.parseLong(values[names.indexOf("InErrors")]);
    });
  }

  /** Sends datagrams from the near host, as fast as one processor can, while {@code measured} runs. */
  <T> T whileSending(int packetBytes, Supplier<T> measured) {
    Sender sender = new Sender(packetBytes - HEADERS);
    Thread thread = Thread.ofPlatform().name("sender").daemon().start(() -> path.near().call(sender));
    try {
      return measured.get();
    } finally {
      sender.stopped = true;
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static final class Sender implements Callable<Void> {

    private final int payloadBytes;
    private volatile boolean stopped;

    Sender(int payloadBytes) {
      this.payloadBytes = payloadBytes;
    }

    @Override
    public Void call() throws IOException {
      SystemCalls calls = new SystemCalls();
      calls.pinToFirstProcessor();
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment payload = arena.allocate(payloadBytes);
        MemorySegment messages = arena.allocate((long) MMSGHDR_BYTES * BURST, 8);
        MemorySegment parts = arena.allocate((long) IOVEC_BYTES * BURST, 8);
        for (int i = 0; i < BURST; i++) {
          MemorySegment part = parts.asSlice((long) IOVEC_BYTES * i, IOVEC_BYTES);
          part.set(ValueLayout.ADDRESS, 0, payload);
          part.set(ValueLayout.JAVA_LONG, 8, payloadBytes);
          messages.set(ValueLayout.ADDRESS, (long) MMSGHDR_BYTES * i + IOV_AT, part);
          messages.set(ValueLayout.JAVA_LONG, (long) MMSGHDR_BYTES * i + IOVLEN_AT, 1);
        }
        int socket = calls.connectedUdpSocket(InetAddress.getByName(ForwardingPath.FAR).getAddress(), SINK);
        while (!stopped) {
          SystemCalls.check("sendmmsg", calls.sendmmsg(socket, messages, BURST));
        }
        calls.close(socket);
      }
      return null;
    }
  }

  /** Sends with iperf3 for {@code seconds}; returns what has arrived, in Mbit/s. */
  double bulk(int seconds) {
    try {
      Process client = new ProcessBuilder(path.near().inside("iperf3", "-J", "-c", ForwardingPath.FAR, "-p",
          String.valueOf(IPERF), "-t", String.valueOf(seconds), "-O", "1")).start();
      StringBuilder output = new StringBuilder();
      try (BufferedReader lines = new BufferedReader(
          new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8))) {
        lines.lines().forEach(output::append);
      }
      Matcher received = RECEIVED.matcher(output);
      if (client.waitFor() != 0 || !received.find()) {
        throw new IllegalStateException("iperf3 failed: " + output);
      }
      return Double.parseDouble(received.group(1)) / 1e6;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Exchanges single bytes over one connection for {@code seconds}; returns the median time of one, in microseconds. */
  double roundTrip(int seconds) {
    return path.near().call(() -> {
      try (SocketChannel connection = SocketChannel.open()) {
        connection.setOption(StandardSocketOptions.TCP_NODELAY, true);
        connection.connect(new InetSocketAddress(ForwardingPath.FAR, ECHO));
        ByteBuffer one = ByteBuffer.allocateDirect(1);
        List<Long> times = new ArrayList<>();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        for (long sent = System.nanoTime(); sent < end;) {
          connection.write(one.clear());
          connection.read(one.clear());
          long received = System.nanoTime();
          times.add(received - sent);
          sent = received;
        }
        times.sort(null);
        return times.get(times.size() / 2) / 1e3;
      }
    });
  }

  private void serveEcho() {
    ByteBuffer bytes = ByteBuffer.allocateDirect(64);
    while (echo.isOpen()) {
      try (SocketChannel accepted = echo.accept()) {
        accepted.setOption(StandardSocketOptions.TCP_NODELAY, true);
        while (accepted.read(bytes.clear()) > 0) {
          accepted.write(bytes.flip());
        }
      } catch (IOException e) {
        // The connection or the benchmark has ended.
      }
    }
  }

  @Override
  public void close() {
    iperf.destroy();
    try {
      sink.close();
      echo.close();
      iperf.waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
