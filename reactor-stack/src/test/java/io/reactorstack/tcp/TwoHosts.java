package io.reactorstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.OriginatedPacket;
import io.reactorstack.ip.host.OutboundPacket;
import io.reactorstack.ip.host.Route;
import io.reactorstack.ip.host.RoutingTable;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.Egress;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Rejection;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Rejections;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.TestInterfaces;
import io.reactorstack.testing.TestPackets;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.TcpSegment;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;

/**
 * The TCP stages of two hosts, connected by a wire of IP packets in virtual time, with a delay and a loss that the test
 * sets. {@link #close} checks that no connection, timer or buffer remains.
 */
final class TwoHosts implements AutoCloseable {

  static final IpAddress CLIENT = IpAddress.parse("10.0.0.1");
  static final IpAddress SERVER = IpAddress.parse("10.0.0.2");
  /**
   * True to keep no leak records, which are ten times as expensive as the rest of a test: {@link #close} counts every
   * byte anyway. {@code -DleakRecords=true} switches the records on, to search for a leak.
   */
  private static final boolean NO_LEAK_RECORDS = !Boolean.getBoolean("leakRecords");

  /** Longer than TIME-WAIT and all retransmissions of the default settings. */
  static final Duration ANY_TIMER = Duration.ofHours(1);

  /** A record of a segment that was on the wire. */
  record Seen(long nanos, IpAddress source, int flags, int seq, int ack, int window, int length, int scale) {

    boolean has(int mask) {
      return (flags & mask) == mask;
    }
  }

  final long seed = Long.getLong("seed", new Random().nextLong());
  final SplittableRandom random = new SplittableRandom(seed);
  final VirtualLoop loop = new VirtualLoop();
  /** The allocator of the test's own buffers; each host has an allocator of its own. */
  final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, NO_LEAK_RECORDS);
  final List<Seen> seen = new ArrayList<>();
  final Host client = new Host(CLIENT);
  final Host server = new Host(SERVER);
  Duration delay = Duration.ofMillis(10);
  Predicate<Seen> lost = segment -> false;
  /** If set, the hosts' lower layers reject all packets to their originators, for this reason. */
  @Nullable
  Rejection obstacle;
  boolean recording = true;

  TwoHosts() {
    client.peer = server;
    server.peer = client;
  }

  /** One of the two hosts. */
  final class Host {

    final IpAddress address;
    final TestInterfaces.ToldNeighbors neighbors = new TestInterfaces.ToldNeighbors();
    final LoopTurn turn = loop.newTurn();
    final IpHost ip = TestInterfaces.host(turn::now, Duration.ofMinutes(10));
    final Drops drops = new Drops();
    final UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(true, NO_LEAK_RECORDS);
    final TcpStage tcp;
    final Tcp api;
    final Port port = new Port();
    Host peer = this;

    Host(IpAddress address) {
      this.address = address;
      Egress<OutboundPacket> egress = new Egress<>(turn);
      TestInterfaces.attach(ip, "eth0", 1500, neighbors, egress, address + "/24");
      ip.network().routes(none -> RoutingTable.of(Route.onLink(new IpPrefix(address, 24), "eth0")));
      tcp = new TcpStage(turn, ip, drops, memory, random.split());
      api = Tcp.of(tcp);
      tcp.serve(FrameBalance.counted(port, drops.meters()));
      egress.flux().subscribe(new BaseSubscriber<>() {
        @Override
        protected void hookOnNext(OutboundPacket packet) {
          carry((OriginatedPacket) packet, peer);
        }
      });
    }
  }

  /** The source of a host's received packets. */
  static final class Port extends Flux<InboundPacket> implements Subscription {

    private CoreSubscriber<? super InboundPacket> subscriber;

    @Override
    public void subscribe(CoreSubscriber<? super InboundPacket> actual) {
      subscriber = actual;
      actual.onSubscribe(this);
    }

    void deliver(InboundPacket packet) {
      subscriber.onNext(packet);
    }

    void end() {
      subscriber.onComplete();
    }

    void fail() {
      subscriber.onError(new IOException("the device has failed"));
    }

    @Override
    public void request(long n) {}

    @Override
    public void cancel() {}
  }

  /** Returns a received packet that carries {@code segment}. */
  static InboundPacket packet(TcpSegment segment) {
    segment.write(segment.payload());
    FourTuple flow = segment.flow();
    return TestPackets.inbound(flow.localAddress(), flow.remoteAddress(), IpProtocol.TCP, segment.payload());
  }

  private void carry(OriginatedPacket packet, Host to) {
    Seen segment = look(packet);
    if (obstacle != null) {
      packet.originator().onRejected(obstacle);
      packet.release();
      return;
    }
    if (recording) {
      seen.add(segment);
    }
    // As with a device, the sender's memory is released once the packet is on the wire, and the receiver uses its own
    // memory.
    byte[] onTheWire = ByteBufUtil.getBytes(packet.payload());
    packet.release();
    // The hosts do not forward: a packet for an address that is not the other host's is lost.
    if (packet.destination().equals(to.address) && !lost.test(segment)) {
      loop.schedule(() -> to.port.deliver(TestPackets.arriving(
          packet, to.memory.directBuffer(onTheWire.length).writeBytes(onTheWire))),
          delay.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private Seen look(OriginatedPacket packet) {
    TcpSegment segment = TcpSegment.parse(packet.payload().duplicate(), packet, Rejections.UNCOUNTED);
    assertThat(segment).as("the packet is a valid segment").isNotNull();
    return new Seen(loop.now(), packet.source(), segment.flags(), segment.seq(), segment.ack(), segment.window(),
        segment.payload().readableBytes(), segment.options().windowScale());
  }

  List<Seen> from(IpAddress source) {
    return seen.stream().filter(s -> s.source.equals(source)).toList();
  }

  boolean sawFrom(IpAddress source, int flags) {
    return seen.stream().anyMatch(s -> s.source.equals(source) && s.has(flags));
  }

  /** Opens a connection to {@code port} and returns both sides of it; further connections to the port are refused. */
  Pair open(int port) {
    return open(port, client.api, server.api);
  }

  Pair open(int port, Tcp clientApi, Tcp serverApi) {
    List<TcpConnection> accepted = new ArrayList<>();
    List<TcpConnection> connected = new ArrayList<>();
    serverApi.listen(port).take(1).subscribe(accepted::add);
    clientApi.connect(SERVER.toString(), port).subscribe(connected::add);
    loop.advance(delay.multipliedBy(4));
    assertThat(accepted).as("accepted").hasSize(1);
    assertThat(connected).as("connected").hasSize(1);
    return new Pair(connected.getFirst(), accepted.getFirst());
  }

  record Pair(TcpConnection client, TcpConnection server) {}

  void advance(Duration duration) {
    loop.advance(duration);
  }

  void settle() {
    loop.settle();
  }

  /** Returns a buffer with {@code text}, from the allocator whose balance {@link #close} checks. */
  ByteBuf buffer(String text) {
    ByteBuf buffer = allocator.directBuffer(Math.max(1, text.length()));
    buffer.writeBytes(text.getBytes(StandardCharsets.UTF_8));
    return buffer;
  }

  /** Returns a buffer of {@code length} bytes whose values follow from their position in a stream. */
  ByteBuf bytes(int length, long offset) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = byteAt(offset + i);
    }
    return allocator.directBuffer(length).writeBytes(bytes);
  }

  /** Checks that {@code data} continues the stream at {@code offset}, releases it, and returns its length. */
  int checkBytes(ByteBuf data, long offset) {
    byte[] bytes = ByteBufUtil.getBytes(data);
    data.release();
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] != byteAt(offset + i)) {
        throw new AssertionError("seed " + seed + ": wrong byte at " + (offset + i));
      }
    }
    return bytes.length;
  }

  static byte byteAt(long offset) {
    return (byte) (offset * 31 + (offset >>> 8));
  }

  static String text(ByteBuf buffer) {
    try {
      return buffer.toString(StandardCharsets.UTF_8);
    } finally {
      buffer.release();
    }
  }

  /** Advances time until every timer has fired, and checks that no connection, timer or buffer remains. */
  @Override
  public void close() {
    recording = false;
    loop.advance(ANY_TIMER);
    assertThat(client.tcp.connections()).as("the client's connections").isZero();
    assertThat(server.tcp.connections()).as("the server's connections").isZero();
    assertThat(loop.deadline()).as("timers").isEqualTo(Long.MAX_VALUE);
    assertThat(heldBy(allocator)).as("bytes of buffers given to the stack, seed %d", seed).isZero();
    assertThat(heldBy(client.memory)).as("bytes of the client's buffers, seed %d", seed).isZero();
    assertThat(heldBy(server.memory)).as("bytes of the server's buffers, seed %d", seed).isZero();
  }

  static long heldBy(UnpooledByteBufAllocator allocator) {
    return allocator.metric().usedDirectMemory() + allocator.metric().usedHeapMemory();
  }

  static boolean isSyn(Seen segment) {
    return segment.has(TcpSegment.SYN);
  }
}
