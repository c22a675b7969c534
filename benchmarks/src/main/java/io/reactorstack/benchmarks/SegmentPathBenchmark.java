package io.reactorstack.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.IoEventLoop;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.local.LocalIoHandler;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Rejections;
import io.reactorstack.wire.ArpPacket;
import io.reactorstack.wire.EnclosingPacket;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.EthernetHeader;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * Measures the path of one segment from the device to the subscriber of its connection, including its share of the
 * returned acknowledgements. A batch has 32 in-order segments, which fit into an unscaled window.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class SegmentPathBenchmark {

  private static final int BATCH = 32;
  private static final int ETHERNET = EthernetHeader.MINIMUM;
  private static final int IP = Ipv4Header.MINIMUM;
  private static final int TCP = TcpSegment.MINIMUM;
  private static final Ipv4Address HERE = Ipv4Address.parse("10.9.0.1");
  private static final Ipv4Address PEER = Ipv4Address.parse("10.9.0.2");
  private static final MacAddress HERE_MAC = MacAddress.parse("02:00:00:00:00:01");
  private static final MacAddress PEER_MAC = MacAddress.parse("02:00:00:00:00:02");
  private static final int PEER_PORT = 40_000;

  @Param({"1460", "1"})
  int bytes;

  @Param({"false", "true"})
  boolean verifiedByDevice;

  private final ManualIoEventLoop loop = new ManualIoEventLoop(Thread.currentThread(), LocalIoHandler.newFactory());
  private final Bench device = new Bench();
  private byte[] template;
  private PacketFacts facts;
  private long sumWithoutSequence;
  private int sequence;
  private long received;

  /** A device through which the benchmark injects frames and collects the frames that the stack sends. */
  private static final class Bench implements NetworkDevice {

    private final Drops drops = new Drops();
    private final List<byte[]> sent = new ArrayList<>();
    private boolean keepSent = true;
    private CoreSubscriber<? super Frame> receiver;

    @Override
    public DeviceCapabilities capabilities() {
      return DeviceCapabilities.ethernet(HERE_MAC, 1500);
    }

    @Override
    public Drops drops() {
      return drops;
    }

    @Override
    public Flux<Frame> receive() {
      return new Flux<>() {
        @Override
        public void subscribe(CoreSubscriber<? super Frame> actual) {
          receiver = actual;
          actual.onSubscribe(Operators.emptySubscription());
        }
      };
    }

    @Override
    public Mono<Void> send(Publisher<Frame> frames) {
      return Mono.fromRunnable(() -> frames.subscribe(new BaseSubscriber<Frame>() {
        @Override
        protected void hookOnSubscribe(Subscription subscription) {
          requestUnbounded();
        }

        @Override
        protected void hookOnNext(Frame frame) {
          if (keepSent) {
            sent.add(ByteBufUtil.getBytes(frame.payload()));
          }
          frame.release();
        }
      }));
    }

    @Override
    public void dispose() {
      // The device holds no resources.
    }
  }

  @Setup
  public void connect() {
    NetworkStack stack = NetworkStack.create().ipv4(settings -> settings.withAddressProbes(false))
        .runOn((IoEventLoop) loop).device(given -> device, "10.9.0.1/24")
        .startNow();
    stack.tcp().listen(80).subscribe(connection -> connection.receive().subscribe(buffer -> {
      received += buffer.readableBytes();
      buffer.release();
    }));
    settle();
    arp();
    inject(segment(TcpSegment.SYN, 1000, 0, 0));
    ByteBuf synAck = buffer(device.sent.getLast()).skipBytes(ETHERNET + IP);
    TcpSegment answer = TcpSegment.parse(synAck, EnclosingPacket.of(HERE, PEER, 0, PacketFacts.LOCAL),
        Rejections.UNCOUNTED);
    int peerAck = answer.seq() + 1;
    inject(segment(TcpSegment.ACK, 1001, peerAck, 0));
    template = segment(TcpSegment.ACK, 0, peerAck, bytes);
    ByteBuf wire = buffer(template);
    wire.setShort(ETHERNET + IP + 16, 0);
    sumWithoutSequence = Checksum.pseudoHeader(PEER, HERE, IpProtocol.TCP, TCP + bytes)
        + Checksum.sum(wire, ETHERNET + IP, TCP + bytes);
    sequence = 1001;
    facts = new PacketFacts(0,
        verifiedByDevice ? PacketFacts.ChecksumState.VERIFIED : PacketFacts.ChecksumState.IN_PACKET, 0);
    device.keepSent = false;
    segments();
    if (received != (long) BATCH * bytes) {
      throw new IllegalStateException("received " + received + ", dropped " + stack.drops());
    }
  }

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public long segments() {
    for (int i = 0; i < BATCH; i++) {
      ByteBuf frame = ByteBufAllocator.DEFAULT.directBuffer(template.length).writeBytes(template);
      frame.setInt(ETHERNET + IP + 4, sequence);
      frame.setShort(ETHERNET + IP + 16,
          Checksum.finish(sumWithoutSequence + (sequence >>> 16) + (sequence & 0xffff)));
      sequence += bytes;
      device.receiver.onNext(new Frame(frame, facts));
    }
    settle();
    return received;
  }

  private void settle() {
    while (loop.runNow() > 0) {
      // run until the loop has no task left
    }
  }

  private void inject(byte[] frame) {
    device.receiver.onNext(new Frame(ByteBufAllocator.DEFAULT.directBuffer().writeBytes(frame), PacketFacts.LOCAL));
    settle();
  }

  private static ByteBuf buffer(byte[] bytes) {
    return io.netty.buffer.Unpooled.wrappedBuffer(bytes);
  }

  /** Injects an ARP request of the peer, from which the stack also learns the peer's link address. */
  private void arp() {
    ByteBuf frame = Headroom.allocate(ByteBufAllocator.DEFAULT, 0);
    new ArpPacket(ArpPacket.REQUEST, PEER_MAC, PEER, ArpPacket.UNKNOWN, HERE).write(frame);
    new EthernetHeader(MacAddress.BROADCAST, PEER_MAC, EthernetHeader.UNTAGGED, EtherType.ARP).write(frame);
    inject(bytes(frame));
  }

  private static byte[] segment(int flags, int seq, int ack, int length) {
    ByteBuf frame = Headroom.allocate(ByteBufAllocator.DEFAULT, length).writeZero(length);
    new TcpSegment(new FourTuple(PEER, PEER_PORT, HERE, 80), seq, ack, flags, 0xffff, 0, TcpOptions.NONE, 0, frame,
        PacketFacts.LOCAL).write(frame);
    new Ipv4Header(IP, 0, IP + TCP + length, 0, true, false, 0, 64, IpProtocol.TCP, PEER, HERE).write(frame);
    new EthernetHeader(HERE_MAC, PEER_MAC, EthernetHeader.UNTAGGED, EtherType.IPV4).write(frame);
    return bytes(frame);
  }

  private static byte[] bytes(ByteBuf frame) {
    byte[] bytes = ByteBufUtil.getBytes(frame);
    frame.release();
    return bytes;
  }
}
