package io.reactorstack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.tcp.TcpDrop;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.Inside;
import io.reactorstack.testing.TestDevice;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpConnection;
import io.reactorstack.udp.UdpDrop;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The behaviour of a host while memory is short, and after memory is available again. */
class MemoryPressureTest {

  private static final long LIMIT = 4L << 20;
  private static final int PIECE = 4_000;

  private final VirtualLoop loop = new VirtualLoop();
  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
  private final TestDevice left = new TestDevice(new LoopTurn(loop), DeviceCapabilities.ip(1500));
  private final TestDevice right = new TestDevice(new LoopTurn(loop), DeviceCapabilities.ip(1500));
  private final NetworkStack client = UnprobedStack.create().name("client").runOn(loop).random(new Random(2))
      .device(given -> left, "10.0.0.2/8").startNow();
  private final NetworkStack server = UnprobedStack.create().name("server").runOn(loop).random(new Random(1))
      .allocator(allocator).memoryLimit(LIMIT).device(given -> right, "10.0.0.1/8").startNow();
  /** Stands for the memory that the rest of the host holds. */
  private final HostMemory.Holding others = server.memory().open();
  private final List<TcpConnection> accepted = new ArrayList<>();
  private final List<TcpConnection> opened = new ArrayList<>();
  private Throwable failure;

  MemoryPressureTest() {
    TestDevice.connect(left, right);
  }

  @AfterEach
  void nothingIsHeld() {
    FrameBalance.assertBalanced(client);
    FrameBalance.assertBalanced(server);
    client.dispose();
    server.dispose();
    loop.advance(Duration.ofSeconds(1));
    others.close();
    assertThat(server.memory().held()).isZero();
    assertThat(allocator.metric().usedDirectMemory()).isZero();
  }

  private void advance(long millis) {
    loop.advance(Duration.ofMillis(millis));
  }

  private void listen() {
    server.tcp().listen(80).subscribe(accepted::add, error -> {});
    advance(1);
  }

  private void connect() {
    client.tcp().connect("10.0.0.1", 80).subscribe(opened::add, error -> failure = error);
    advance(10);
  }

  /** Endless data, with a count of the buffers produced. */
  private Flux<ByteBuf> endless(AtomicInteger produced) {
    return Flux.generate(sink -> {
      produced.incrementAndGet();
      sink.next(allocator.directBuffer(PIECE, PIECE).writeZero(PIECE));
    });
  }

  private void fill(double share) {
    others.set(0);
    others.set((long) (LIMIT * share) - server.memory().held());
  }

  @Test
  void buffersTwoCongestionWindowsForAPeerThatNeverReads() {
    listen();
    client.tcp().receiveBuffer(2048).connect("10.0.0.1", 80).subscribe(opened::add);
    advance(100);
    AtomicInteger produced = new AtomicInteger();
    accepted.getFirst().send(endless(produced)).subscribe(nothing -> {}, error -> {});
    advance(60_000);
    assertThat(accepted.getFirst().info().bytesAcknowledged()).as("acknowledged by the peer").isLessThan(2_100);
    assertThat((long) produced.get() * PIECE).as("octets requested from the producer").isBetween(16_384L, 40_000L);
    assertThat(allocator.metric().usedDirectMemory()).isLessThan(40_000);
  }

  @Test
  void theSendBufferFollowsTheCongestionWindow() {
    listen();
    connect();
    AtomicInteger produced = new AtomicInteger();
    opened.getFirst().receive().subscribe(ByteBuf::release, error -> {});
    accepted.getFirst().send(endless(produced).take(1000)).subscribe();
    advance(1_000);
    assertThat(produced).hasValue(1000);
    assertThat(opened.getFirst().info().bytesReceived()).isEqualTo(1000L * PIECE);
  }

  @Test
  void producersGetNoDemandUnderPressureAndResumeAfterwards() {
    listen();
    for (int i = 0; i < 20; i++) {
      connect();
    }
    fill(0.8);
    List<AtomicInteger> produced = new ArrayList<>();
    for (TcpConnection connection : accepted) {
      AtomicInteger count = new AtomicInteger();
      produced.add(count);
      connection.send(endless(count)).subscribe(nothing -> {}, error -> {});
    }
    advance(60_000);
    // The peer does not read, so only one window of data is requested, through a buffer of 4 KiB.
    assertThat(server.memory().held()).isLessThan((long) (LIMIT * 0.81) + 20 * 4_200);
    List<Integer> before = produced.stream().map(AtomicInteger::get).toList();
    advance(60_000);
    assertThat(produced.stream().map(AtomicInteger::get).toList()).as("requested under pressure").isEqualTo(before);

    others.set(0);
    // Nothing happens on the connections themselves: the host wakes them in its next turn, whatever caused that turn.
    Inside.shard(server).turn().schedule();
    advance(10);
    for (int i = 0; i < produced.size(); i++) {
      assertThat(produced.get(i).get()).as("requested of %d after the pressure", i).isGreaterThan(before.get(i) + 1);
    }
  }

  @Test
  void refusesConnectionsAndSocketsAtTheLimitAndNamesTheNumbers() {
    listen();
    fill(1);
    connect();
    assertThat(accepted).isEmpty();
    assertThat(server.drops().get(TcpDrop.MEMORY_LIMIT)).isOne();
    assertThat(Inside.shard(server).tcp().connections()).isZero();
    assertThatThrownBy(() -> connectFromServer().block(Duration.ZERO)).hasRootCauseInstanceOf(SocketException.class)
        .hasRootCauseMessage("No buffer space available: the host holds " + LIMIT + " octets of its memory limit of "
            + LIMIT + " (StackConfiguration.memoryLimit)");
    server.udp().bind(53).subscribe(socket -> {}, error -> failure = error);
    assertThat(failure).isInstanceOf(BindException.class).hasMessageContaining("memory limit of " + LIMIT);

    others.set(0);
    // The client retransmits its SYN.
    advance(2_000);
    assertThat(accepted).hasSize(1);
  }

  private Mono<TcpConnection> connectFromServer() {
    return server.tcp().connect("10.0.0.2", 80);
  }

  @Test
  void connectionsInTimeWaitGiveWayToNewOnes() {
    listen();
    for (int i = 0; i < 5; i++) {
      connect();
      accepted.get(i).close().subscribe();
      advance(5);
      opened.get(i).close().subscribe();
      advance(5);
    }
    assertThat(Inside.shard(server).tcp().connections()).isEqualTo(5);
    assertThat(Inside.shard(server).tcp().unfinishedConnections()).isZero();
    others.set(LIMIT - server.memory().held() - 8_000);
    connect();
    assertThat(accepted).hasSize(6);
    assertThat(Inside.shard(server).tcp().connections()).isLessThan(6);
    assertThat(server.drops().get(TcpDrop.TIME_WAIT_OVERFLOW)).isPositive();
  }

  @Test
  void datagramsBeyondASocketsReserveAreDroppedAndCountedUnderPressure() {
    List<UdpConnection> sockets = new ArrayList<>();
    server.udp().bind(53).subscribe(sockets::add);
    client.udp().bind(0).subscribe(sockets::add);
    advance(1);
    fill(0.9);
    Flux<Datagram> queries = Flux.range(0, 10).map(i -> Datagram.to(new InetSocketAddress("10.0.0.1", 53),
        UnpooledByteBufAllocator.DEFAULT.directBuffer().writeZero(100)));
    sockets.getLast().send(queries).subscribe();
    advance(10);
    assertThat(server.drops().get(UdpDrop.MEMORY_LIMIT)).isEqualTo(6);
    List<Integer> lengths = new ArrayList<>();
    sockets.getFirst().receive().subscribe(datagram -> {
      lengths.add(datagram.payload().readableBytes());
      datagram.release();
    });
    advance(10);
    assertThat(lengths).containsExactly(100, 100, 100, 100);
    others.set(0);
    sockets.getLast().send(Flux.range(0, 10).map(i -> Datagram.to(new InetSocketAddress("10.0.0.1", 53),
        UnpooledByteBufAllocator.DEFAULT.directBuffer().writeZero(100)))).subscribe();
    advance(10);
    assertThat(lengths).hasSize(14);
  }

  @Test
  void windowsDoNotGrowUnderPressure() {
    server.tcp().listen(80).subscribe(connection -> {
      accepted.add(connection);
      connection.receive().subscribe(ByteBuf::release, error -> {});
    }, error -> {});
    connect();
    AtomicInteger produced = new AtomicInteger();
    opened.getFirst().send(endless(produced).take(1)).subscribe();
    advance(100);
    int open = opened.getFirst().info().sendWindow();
    assertThat(open).isGreaterThan(100_000);
    fill(0.8);
    opened.getFirst().send(endless(produced).take(300)).subscribe();
    advance(60_000);
    assertThat(produced).as("continues within the connection's reserve").hasValue(301);
    assertThat(opened.getFirst().info().sendWindow()).isBetween(1, 3_200);
    others.set(0);
    opened.getFirst().send(endless(produced).take(300)).subscribe();
    advance(10_000);
    assertThat(accepted.getFirst().info().bytesReceived()).isEqualTo(601L * PIECE);
    assertThat(opened.getFirst().info().sendWindow()).isGreaterThan(100_000);
  }
}
