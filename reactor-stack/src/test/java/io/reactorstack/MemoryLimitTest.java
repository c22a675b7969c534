package io.reactorstack;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorstack.HostilePeers.Kind;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.tcp.TcpDrop;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.Inside;
import io.reactorstack.testing.SeenFrame;
import io.reactorstack.testing.TestDevice;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.wire.IpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/**
 * A host with a limit of 64 MiB, and two thousand peers that try to make it hold more: it stays below its limit and
 * serves a well-behaved client as fast as without them.
 */
class MemoryLimitTest {

  private static final long LIMIT = 64L << 20;
  private static final IpAddress CLIENT = IpAddress.parse("10.0.0.2");
  private static final int PEERS = 2_000;
  private static final int RESPONSE = 8_000;
  private static final int PIECE = 4_000;
  private static final int REQUESTS = 100;
  private static final Duration STEP = Duration.ofMillis(1);
  /** The delay of each direction, in steps. */
  private static final int DELAY = 10;

  private record OnTheWay(byte[] packet, long arrival) {}

  private final VirtualLoop loop = new VirtualLoop();
  /**
   * Without the leak detector, which costs more time than everything else; the test checks itself that nothing is left
   * at the end.
   */
  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);
  private final TestDevice serverEnd = new TestDevice(new LoopTurn(loop), DeviceCapabilities.ip(1500));
  private final TestDevice clientEnd = new TestDevice(new LoopTurn(loop), DeviceCapabilities.ip(1500));
  private final NetworkStack server = UnprobedStack.create().name("server").runOn(loop).random(new Random(1))
      .allocator(allocator).memoryLimit(LIMIT).device(given -> serverEnd, "10.0.0.1/8").startNow();
  private final NetworkStack client = UnprobedStack.create().name("client").runOn(loop).random(new Random(2))
      .device(given -> clientEnd, CLIENT + "/8").startNow();
  private final Queue<OnTheWay> toServer = new ArrayDeque<>();
  private final Queue<OnTheWay> fromServer = new ArrayDeque<>();
  private final Queue<byte[]> hostile = new ArrayDeque<>();
  private long steps;
  private long mostUsed;
  private long mostUncounted;

  @AfterEach
  void end() {
    FrameBalance.assertBalanced(client);
    FrameBalance.assertBalanced(server);
    server.dispose();
    client.dispose();
    loop.advance(Duration.ofSeconds(1));
  }

  // ---- the network

  private HostilePeers peers(int port) {
    return new HostilePeers("10.0.0.1", port, hostile);
  }

  private void step(HostilePeers peers) {
    steps++;
    if (steps % 200 == 0) {
      peers.tick();
    }
    for (byte[] packet = hostile.poll(); packet != null; packet = hostile.poll()) {
      toServer.add(new OnTheWay(packet, steps + DELAY));
    }
    for (byte[] packet : clientEnd.takeSent()) {
      toServer.add(new OnTheWay(packet, steps + DELAY));
    }
    for (byte[] packet : serverEnd.takeSent()) {
      fromServer.add(new OnTheWay(packet, steps + DELAY));
    }
    for (OnTheWay next = toServer.peek(); next != null && next.arrival <= steps; next = toServer.peek()) {
      serverEnd.inject(Unpooled.wrappedBuffer(toServer.remove().packet));
    }
    for (OnTheWay next = fromServer.peek(); next != null && next.arrival <= steps; next = fromServer.peek()) {
      byte[] packet = fromServer.remove().packet;
      IpHeaders ip = Objects.requireNonNull(SeenFrame.bare(Unpooled.wrappedBuffer(packet)).ip());
      if (ip.destination().equals(CLIENT)) {
        clientEnd.inject(Unpooled.wrappedBuffer(packet));
      } else {
        peers.accept(packet);
      }
    }
    loop.advance(STEP);
    long used = allocator.metric().usedDirectMemory();
    mostUsed = Math.max(mostUsed, used);
    mostUncounted = Math.max(mostUncounted, used - server.memory().held());
  }

  private void run(HostilePeers peers, Duration time) {
    for (long n = time.dividedBy(STEP); n > 0; n--) {
      step(peers);
    }
  }

  // ---- the server

  private ByteBuf piece() {
    return allocator.directBuffer(PIECE, PIECE).writeZero(PIECE);
  }

  /** Answers each line: {@code small} with 8,000 octets, {@code endless} with endless data. */
  private void serve(TcpConnection connection) {
    connection.receive().subscribe(data -> {
      String text = data.toString(StandardCharsets.US_ASCII);
      data.release();
      Flux<ByteBuf> answer = Flux.generate(sink -> sink.next(piece()));
      Flux<ByteBuf> all = text.startsWith("endless") ? answer : answer.take(RESPONSE / PIECE);
      connection.send(all).subscribe(nothing -> {}, error -> {});
    }, error -> {}, () -> connection.close().subscribe());
  }

  private void serve() {
    server.tcp().backlog(4096).listen(80).subscribe(this::serve, error -> {});
    // Connections to port 81 are accepted and never read.
    server.tcp().backlog(4096).listen(81).subscribe(connection -> {}, error -> {});
  }

  // ---- the well-behaved client

  /** Sends requests one after another, on one connection or on a new one for each. */
  private final class GoodClient {

    private final boolean lasting;
    private final List<Throwable> turnedAway = new ArrayList<>();
    private final List<Long> times = new ArrayList<>();
    private TcpConnection connection;
    private long received;
    private long began = -1;

    GoodClient(boolean lasting) {
      this.lasting = lasting;
    }

    /** Begins the next request unless one is outstanding. */
    void go() {
      if (began < 0 && steps % 7 == 0) {
        began = steps;
        received = 0;
        if (connection == null) {
          client.tcp().connect("10.0.0.1", 80).subscribe(this::use, error -> turnedAway.add(error));
        } else {
          request();
        }
      }
    }

    private void use(TcpConnection opened) {
      connection = opened;
      opened.receive().subscribe(this::take, error -> turnedAway.add(error));
      request();
    }

    private void request() {
      ByteBuf line = UnpooledByteBufAllocator.DEFAULT.directBuffer()
          .writeBytes("small\n".getBytes(StandardCharsets.US_ASCII));
      connection.send(Flux.just(line)).subscribe();
    }

    private void take(ByteBuf data) {
      received += data.readableBytes();
      data.release();
      if (received == RESPONSE) {
        times.add(steps - began);
        began = -1;
        if (!lasting) {
          connection.close().subscribe();
          connection = null;
        }
      }
    }

    long p99() {
      long[] sorted = times.stream().mapToLong(Long::longValue).sorted().toArray();
      return sorted[(sorted.length * 99 + 99) / 100 - 1];
    }

    void close() {
      if (connection != null) {
        connection.close().subscribe();
      }
    }
  }

  /** Returns the 99th percentile of the response time in milliseconds, for each client. */
  private long[] p99(HostilePeers peers, GoodClient... clients) {
    Arrays.stream(clients).forEach(good -> good.times.clear());
    long limit = steps + 60_000;
    while (Arrays.stream(clients).anyMatch(good -> good.times.size() < REQUESTS)) {
      assertThat(steps).as("steps until all requests of the good client are answered").isLessThan(limit);
      Arrays.stream(clients).forEach(GoodClient::go);
      step(peers);
    }
    assertThat(clients).as("no connection of the good clients failed").allMatch(good -> good.turnedAway.isEmpty());
    return Arrays.stream(clients).mapToLong(GoodClient::p99).toArray();
  }

  private void attack(Kind kind, int port) {
    serve();
    HostilePeers peers = peers(port);
    GoodClient lasting = new GoodClient(true);
    GoodClient fresh = new GoodClient(false);
    long[] undisturbed = p99(peers, lasting, fresh);
    mostUsed = 0;
    mostUncounted = Long.MIN_VALUE;
    for (int i = 0; i < PEERS; i++) {
      peers.add(kind, i);
      if (i % 10 == 0) {
        step(peers);
      }
    }
    run(peers, Duration.ofSeconds(2));
    long[] attacked = p99(peers, lasting, fresh);
    System.out.printf(
        "%s: %d peers answered, %,d octets taken; used at most %,d, beyond the account %,d; held %,d, peak %,d of %,d; "
            + "p99 %s ms undisturbed, %s ms attacked; drops %s%n",
        kind, peers.answered(), peers.taken(), mostUsed, mostUncounted,
        server.memory().held(), server.memory().peak(), LIMIT, Arrays.toString(undisturbed), Arrays.toString(attacked),
        server.drops());
    assertThat(peers.answered()).as("number of peers that the host has answered").isGreaterThan(PEERS / 20);
    assertThat(mostUsed).as("direct memory used").isLessThanOrEqualTo(LIMIT);
    assertThat(server.memory().peak()).as("memory held").isLessThanOrEqualTo(LIMIT);
    for (int i = 0; i < attacked.length; i++) {
      assertThat(attacked[i]).as("p99 under the attack").isLessThanOrEqualTo(3 * undisturbed[i]);
    }
    peers.end();
    lasting.close();
    fresh.close();
    run(peers, Duration.ofSeconds(1));
    loop.advance(Duration.ofMinutes(20));
    assertThat(allocator.metric().usedDirectMemory()).as("direct memory after the peers have gone").isZero();
    assertThat(server.memory().held()).as("held after the peers have gone").isZero();
    assertThat(Inside.shard(server).tcp().connections()).isZero();
  }

  @Test
  void peersThatNeverRead() {
    attack(Kind.NEVER_READS, 80);
  }

  @Test
  void peersThatStopReading() {
    attack(Kind.STOPS_READING, 80);
  }

  @Test
  void peersWhoseDataIsNeverRead() {
    attack(Kind.SENDS_UNREAD, 81);
  }

  @Test
  void peersThatSendAllButTheFirstOctet() {
    attack(Kind.SENDS_ABOVE_A_GAP, 81);
  }

  @Test
  void peersThatLeaveTheHandshakeHalfOpen() {
    attack(Kind.HALF_OPENS, 80);
    assertThat(server.drops().get(TcpDrop.MEMORY_LIMIT)).isZero();
  }
}
