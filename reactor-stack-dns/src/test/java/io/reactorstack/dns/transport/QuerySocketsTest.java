package io.reactorstack.dns.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import io.reactorstack.packet.Endpoint;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/** The reuse of sockets, on real sockets and a loop that the test drives in virtual time. */
class QuerySocketsTest {

  private final MockTicker ticker = Ticker.newMockTicker();
  private final ManualIoEventLoop loop = new ManualIoEventLoop(null, Thread.currentThread(), NioIoHandler.newFactory(),
      ticker);
  private final List<NioDatagramChannel> channels = new ArrayList<>();
  private final DatagramSocket server;
  private final QuerySockets sockets;
  private RandomGenerator random = new UnpredictableNumbers();

  QuerySocketsTest() throws IOException {
    server = new DatagramSocket(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
    server.setSoTimeout(20_000);
    sockets = new QuerySockets(loop, () -> {
      NioDatagramChannel channel = new NioDatagramChannel();
      channels.add(channel);
      return channel;
    }, () -> random.nextLong());
  }

  @AfterEach
  void close() {
    server.close();
    loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    for (int i = 0; i < 100 && !loop.isTerminated(); i++) {
      ticker.advance(1, TimeUnit.SECONDS);
      loop.runNow();
    }
    assertThat(loop.isTerminated()).isTrue();
  }

  private Disposable ask(List<byte[]> answers) {
    return Flux.<byte[]>push(sink -> {
      try {
        sockets.take(Endpoint.of((InetSocketAddress) server.getLocalSocketAddress())).ask(new byte[] {1}, sink);
      } catch (IOException e) {
        sink.error(e);
      }
    }).next().subscribe(answers::add);
  }

  private void answer(int times) throws IOException {
    DatagramPacket query = new DatagramPacket(new byte[10], 10);
    server.receive(query);
    for (int i = 0; i < times; i++) {
      server.send(new DatagramPacket(new byte[] {2}, 1, query.getSocketAddress()));
    }
  }

  private void exchange(int times) throws IOException {
    List<byte[]> answers = new ArrayList<>();
    Disposable asking = ask(answers);
    answer(times);
    run();
    assertThat(answers).hasSize(1);
    assertThat(asking.isDisposed()).isTrue();
  }

  private void run() {
    for (int i = 0; i < 10; i++) {
      loop.runNow();
    }
  }

  private long open() {
    return channels.stream().filter(NioDatagramChannel::isOpen).count();
  }

  @Test
  void anIdleSocketIsUsedAgainUntilItIsOld() throws IOException {
    exchange(1);
    ticker.advance(QuerySockets.MAX_AGE.toNanos() - 1, TimeUnit.NANOSECONDS);
    exchange(1);
    assertThat(channels).hasSize(1);
    ticker.advance(1, TimeUnit.NANOSECONDS);
    exchange(1);
    assertThat(channels).hasSize(2);
    assertThat(open()).isEqualTo(1);
  }

  @Test
  void theNextSocketIsOpenedDuringTheLastQueryOfTheOneBefore() throws IOException {
    for (int i = 1; i < QuerySockets.MAX_USES; i++) {
      exchange(1);
    }
    assertThat(channels).hasSize(1);
    ask(new ArrayList<>());
    assertThat(channels).as("the query goes first").hasSize(1);
    run();
    assertThat(channels).as("before the answer").hasSize(2);
    answer(1);
    run();
    assertThat(channels.getFirst().isOpen()).as("the first one after its last answer").isFalse();
    assertThat(open()).isEqualTo(1);
    exchange(1);
    assertThat(channels).hasSize(2);
  }

  @Test
  void idleSocketsAreClosedByATimer() throws IOException {
    exchange(1);
    assertThat(open()).isEqualTo(1);
    ticker.advance(2 * QuerySockets.MAX_AGE.toMillis(), TimeUnit.MILLISECONDS);
    run();
    assertThat(open()).isZero();
    ticker.advance(Duration.ofHours(1).toMillis(), TimeUnit.MILLISECONDS);
    assertThat(loop.runNow()).as("no timer is left").isZero();
  }

  @Test
  void aDatagramToAnIdleSocketClosesIt() throws IOException {
    exchange(2);
    assertThat(open()).isZero();
    exchange(1);
    assertThat(channels).hasSize(2);
  }

  @Test
  void takesAnIdleSocketAtRandomAndKeepsTheOthers() throws IOException {
    List<byte[]> answers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      ask(answers);
    }
    for (int i = 0; i < 3; i++) {
      answer(1);
    }
    run();
    assertThat(answers).hasSize(3);
    int first = takenPort(0);
    int last = takenPort(1L << 33);
    assertThat(first).isNotEqualTo(last);
    assertThat(channels).hasSize(3);
    assertThat(open()).isEqualTo(3);
  }

  private int takenPort(long drawn) throws IOException {
    random = () -> drawn;
    List<byte[]> answers = new ArrayList<>();
    ask(answers);
    DatagramPacket query = new DatagramPacket(new byte[10], 10);
    server.receive(query);
    server.send(new DatagramPacket(new byte[] {2}, 1, query.getSocketAddress()));
    run();
    assertThat(answers).hasSize(1);
    return query.getPort();
  }

  @Test
  void aTakenPortIsDrawnAgainAndAtLastTheKernelChooses() throws IOException {
    random = () -> 0; // always the same port
    List<byte[]> answers = new ArrayList<>();
    ask(answers);
    ask(answers);
    answer(1);
    answer(1);
    run();
    assertThat(answers).hasSize(2);
    assertThat(channels).extracting(channel -> channel.localAddress().getPort()).doesNotHaveDuplicates()
        .startsWith(QuerySocket.LEAST_PORT);
  }

  @Test
  void keepsABoundedNumberOfIdleSockets() throws IOException {
    List<byte[]> answers = new ArrayList<>();
    int queries = QuerySockets.MAX_IDLE + 10;
    for (int i = 0; i < queries; i++) {
      ask(answers);
      answer(1);
    }
    for (int i = 0; i < 100 && answers.size() < queries; i++) {
      run();
    }
    assertThat(answers).hasSize(queries);
    assertThat(open()).isEqualTo(QuerySockets.MAX_IDLE);
  }
}
