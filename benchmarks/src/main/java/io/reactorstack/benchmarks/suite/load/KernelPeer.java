package io.reactorstack.benchmarks.suite.load;

import io.reactorstack.benchmarks.SystemCalls;
import io.reactorstack.benchmarks.suite.JavaCommand;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * The process of a {@link KernelHost}: servers on blocking sockets, and clients that it runs on command. It ends with its
 * standard input, which happens when the group's JVM ends or dies.
 */
final class KernelPeer {

  /** Begins each line of the output that answers a command. */
  static final String ANSWER = "answer ";

  /** The command for round trips of one byte: host, port, milliseconds. The answer is a count and two percentiles. */
  static final String ROUND_TRIPS = "round-trips";

  /** The command for connections: host, number of clients at once, milliseconds. The answer is a count and the time. */
  static final String CONNECTIONS = "connections";

  private static final int CHUNK_BYTES = 256 * 1024;
  private static final int BACKLOG = 1024;
  private static final double HIGH_PERCENTILE = 99;
  private static final double MEDIAN = 50;
  private static final int SIGNIFICANT_DIGITS = 3;

  private static final ExecutorService THREADS = Executors.newThreadPerTaskExecutor(
      Thread.ofPlatform().name("peer").daemon().factory());

  /** The work on one connection. */
  @FunctionalInterface
  private interface Service {

    void serve(SocketChannel connection, ByteBuffer buffer) throws IOException;
  }

  private KernelPeer() {}

  /** Returns the command line of the process, whose servers are on {@code address}. */
  static List<String> command(String address) {
    return JavaCommand.of(List.of("-Xmx256m", "-XX:+UseSerialGC"), KernelPeer.class, List.of(address));
  }

  /** The process. */
  public static void main(String[] arguments) throws Exception {
    listen(arguments[0], Work.SOURCE, KernelPeer::send);
    listen(arguments[0], Work.SINK, KernelPeer::receive);
    listen(arguments[0], Work.ECHO, KernelPeer::echo);
    System.out.println(ANSWER + "ready");
    var commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      String[] words = line.split(" ");
      System.out.println(ANSWER + switch (words[0]) {
        case ROUND_TRIPS -> roundTrips(words[1], Integer.parseInt(words[2]), Long.parseLong(words[3]));
        case CONNECTIONS -> connections(words[1], Integer.parseInt(words[2]), Long.parseLong(words[3]));
        default -> throw new IllegalArgumentException(line);
      });
    }
    System.exit(0);
  }

  private static void listen(String address, int port, Service service) throws IOException {
    ServerSocketChannel listener = ServerSocketChannel.open().bind(new InetSocketAddress(address, port), BACKLOG);
    THREADS.execute(() -> {
      while (true) {
        try {
          SocketChannel connection = listener.accept();
          THREADS.execute(() -> serve(connection, service));
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
      }
    });
  }

  private static void serve(SocketChannel connection, Service service) {
    try (connection) {
      connection.setOption(StandardSocketOptions.TCP_NODELAY, true);
      service.serve(connection, ByteBuffer.allocateDirect(CHUNK_BYTES));
    } catch (IOException e) {
      // The client resets a connection when it needs no more of it.
    }
  }

  private static void send(SocketChannel connection, ByteBuffer buffer) throws IOException {
    while (true) {
      connection.write(buffer.clear());
    }
  }

  private static void receive(SocketChannel connection, ByteBuffer buffer) throws IOException {
    while (connection.read(buffer.clear()) >= 0) {
      // the data is not used
    }
  }

  private static void echo(SocketChannel connection, ByteBuffer buffer) throws IOException {
    while (connection.read(buffer.clear()) >= 0) {
      connection.write(buffer.flip());
    }
  }

  private static String roundTrips(String host, int port, long millis) throws IOException {
    Histogram nanos = new Histogram(SIGNIFICANT_DIGITS);
    try (SocketChannel connection = SocketChannel.open(new InetSocketAddress(host, port))) {
      connection.setOption(StandardSocketOptions.TCP_NODELAY, true);
      ByteBuffer buffer = ByteBuffer.allocateDirect(1);
      long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
      long before = System.nanoTime();
      do {
        connection.write(buffer.clear());
        if (connection.read(buffer.clear()) != 1) {
          throw new IOException("the server has closed the connection");
        }
        long after = System.nanoTime();
        nanos.recordValue(after - before);
        before = after;
      } while (before < end);
    }
    return nanos.getTotalCount() + " " + nanos.getValueAtPercentile(MEDIAN) + " "
        + nanos.getValueAtPercentile(HIGH_PERCENTILE);
  }

  private static String connections(String host, int clients, long millis) throws IOException, InterruptedException {
    byte[] address = InetAddress.getByName(host).getAddress();
    long begin = System.nanoTime();
    long end = begin + TimeUnit.MILLISECONDS.toNanos(millis);
    List<Future<Long>> running = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      int port = Work.SERVICE + i % Work.SERVICES;
      running.add(THREADS.submit(() -> connectUntil(address, port, end)));
    }
    long sum = 0;
    for (Future<Long> client : running) {
      try {
        sum += client.get();
      } catch (ExecutionException e) {
        throw new IOException("a client failed", e.getCause());
      }
    }
    return sum + " " + (System.nanoTime() - begin);
  }

  private static long connectUntil(byte[] host, int port, long end) {
    SystemCalls calls = new SystemCalls();
    MemorySegment address = calls.socketAddress(host, port);
    MemorySegment buffer = Arena.ofAuto().allocate(Work.RESPONSE_BYTES);
    long done = 0;
    do {
      int fd = calls.connectedTcpSocket(address);
      SystemCalls.check("write", calls.write(fd, buffer, Work.REQUEST_BYTES));
      for (int received = 0; received < Work.RESPONSE_BYTES;) {
        int more = SystemCalls.check("read", calls.read(fd, buffer));
        if (more == 0) {
          throw new IllegalStateException("a response of " + received + " bytes");
        }
        received += more;
      }
      calls.close(fd);
      done++;
    } while (System.nanoTime() < end);
    return done;
  }
}
