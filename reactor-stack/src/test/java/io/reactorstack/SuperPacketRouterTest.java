package io.reactorstack;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.device.memory.MemoryCable;
import io.reactorstack.offload.Cutter;
import io.reactorstack.packet.Offload;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.SuperFrames;
import io.reactorstack.testing.SuperFrames.Ends;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.testing.VirtualLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Sinks;

/**
 * A router handles a packet with a segment size as the packets that it stands for: the same octets leave, whether it
 * receives the one or the others.
 */
class SuperPacketRouterTest {

  private static final Ends OUT = new Ends("10.0.0.2", 4433, "198.51.100.77", 51000, true, 64);
  private static final Ends OUT6 = new Ends("2001:db8:1::2", 4433, "2001:db8:9::ff", 51000, true, 64);
  private static final SuperFrames DATA = SuperFrames.tcp(1400, 20_000);
  private static final PacketFacts PLAIN = PacketFacts.receivedAt(0);

  /** The end of a cable that a test holds. */
  private static final class End {

    private final NetworkDevice device;
    private final Sinks.Many<Frame> sent = Sinks.many().unicast().onBackpressureBuffer();
    private final List<byte[]> received = new ArrayList<>();
    private final Cutter cutter = new Cutter(DeviceCapabilities.Medium.IP, Offload.NONE);

    End(VirtualLoop loop, NetworkDevice.Factory factory) {
      device = factory.open(loop);
      device.send(sent.asFlux()).subscribe(null, closed -> {
        // The test is over.
      });
      device.receive().subscribe(this::receive);
    }

    /** Records the frames that a wire of the MTU would carry. */
    private void receive(Frame frame) {
      assertADeviceCanFinish(frame);
      assertThat(cutter.cut(frame)).isTrue();
      while (cutter.hasNext()) {
        Frame piece = cutter.next();
        received.add(ByteBufUtil.getBytes(piece.payload()));
        piece.release();
      }
    }

    /** Asserts that the checksum field of a packet with a segment size holds the sum of the pseudo-header. */
    private static void assertADeviceCanFinish(Frame frame) {
      int segmentSize = frame.facts().segmentSize();
      if (segmentSize > 0) {
        assertThat(frame.facts().checksum()).isEqualTo(ChecksumState.UNFINISHED);
        Cutter device = new Cutter(DeviceCapabilities.Medium.IP, Offload.ALL);
        assertThat(
            device.cut(new Frame(frame.payload().copy(), new PacketFacts(0, ChecksumState.VERIFIED, segmentSize))))
            .isTrue();
        Frame finishable = device.next();
        assertThat(frame.payload()).isEqualTo(finishable.payload());
        finishable.release();
      }
    }

    void send(byte[] packet) {
      sent.tryEmitNext(new Frame(ByteBufAllocator.DEFAULT.directBuffer().writeBytes(packet), PLAIN)).orThrow();
    }

    List<byte[]> take() {
      List<byte[]> taken = List.copyOf(received);
      received.clear();
      return taken;
    }
  }

  /** A router between an inside link, which takes packets with a segment size, and an outside link of Ethernet's MTU. */
  private static final class Router implements AutoCloseable {

    final VirtualLoop loop = new VirtualLoop();
    final End inside;
    final End outside;
    final NetworkStack stack;

    Router(int mtu, UnaryOperator<StackConfiguration> change) {
      MemoryCable in = cable(1500);
      MemoryCable out = cable(mtu);
      stack = change.apply(UnprobedStack.create().runOn(loop).random(new Random(1)).forwarding()
          .device("inside", in.left(), "10.0.0.1/24", "2001:db8:1::1/64")
          .device("outside", out.left(), "203.0.113.1/24", "2001:db8:2::1/64")
          .gateway("203.0.113.2").gateway("2001:db8:2::2")).startNow();
      inside = new End(loop, in.right());
      outside = new End(loop, out.right());
      loop.advance(Duration.ofSeconds(5));
      inside.take();
      outside.take();
    }

    Router(int mtu) {
      this(mtu, same -> same);
    }

    private static MemoryCable cable(int mtu) {
      DeviceCapabilities end = DeviceCapabilities.ip(mtu).withOffload(Offload.ALL);
      return new MemoryCable(end, end, 1024);
    }

    void send(End from, SuperFrames packet, PacketFacts facts) {
      from.sent.tryEmitNext(new Frame(packet.frame(0).payload(), facts)).orThrow();
      loop.settle();
    }

    void sendSegments(End from, SuperFrames packet) {
      packet.segments().forEach(from::send);
      loop.settle();
    }

    @Override
    public void close() {
      FrameBalance.assertBalanced(stack);
      stack.dispose();
      inside.device.dispose();
      outside.device.dispose();
      loop.settle();
    }
  }

  private static void assertSame(Router whole, Router segments) {
    assertThat(whole.outside.take()).containsExactlyElementsOf(segments.outside.take());
    assertThat(whole.inside.take()).containsExactlyElementsOf(segments.inside.take());
  }

  private static void assertForwardedAlike(int mtu, SuperFrames packet, int leaving, int answers) {
    try (Router whole = new Router(mtu); Router segments = new Router(mtu)) {
      whole.send(whole.inside, packet, packet.facts());
      segments.sendSegments(segments.inside, packet);
      assertThat(segments.outside.received).as("leaving").hasSize(leaving);
      assertThat(segments.inside.received).as("answers").hasSize(answers);
      assertSame(whole, segments);
    }
  }

  @Test
  void itsSegmentsLeave() {
    assertForwardedAlike(1500, DATA.between(OUT), 15, 0);
    assertForwardedAlike(1500, DATA.between(OUT6), 15, 0);
    assertForwardedAlike(1500, DATA.asUdp().between(OUT), 15, 0);
    assertForwardedAlike(1500, DATA.asUdp().between(OUT6), 15, 0);
  }

  @Test
  void aVerifiedPacketLeavesWithTheSameSegments() {
    SuperFrames packet = DATA.between(OUT);
    try (Router whole = new Router(1500); Router segments = new Router(1500)) {
      whole.send(whole.inside, packet, new PacketFacts(0, ChecksumState.VERIFIED, 1400));
      segments.sendSegments(segments.inside, packet);
      assertSame(whole, segments);
    }
  }

  @Test
  void eachSegmentIsFragmentedIfTheNextLinkIsShorter() {
    Ends mayBeCut = new Ends(OUT.source(), 4433, OUT.destination(), 51000, false, 64);
    // The last segment has 400 octets of data, and fits.
    assertForwardedAlike(1300, DATA.between(mayBeCut), 29, 0);
    assertForwardedAlike(1300, DATA.asUdp().between(mayBeCut), 29, 0);
  }

  @Test
  void senderGetsTheErrorsAboutSegmentsThatAreTooBig() {
    assertForwardedAlike(1400, DATA.between(OUT), 1, 14);
    assertForwardedAlike(1400, DATA.between(OUT6), 1, 14);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theErrorAboutAPacketWithoutHopsQuotesTheFirstSegment(boolean v4) {
    Ends ends = v4 ? OUT : OUT6;
    SuperFrames packet = DATA.between(new Ends(ends.source(), 4433, ends.destination(), 51000, true, 1));
    try (Router whole = new Router(1500); Router segments = new Router(1500)) {
      whole.send(whole.inside, packet, packet.facts());
      segments.sendSegments(segments.inside, packet);
      List<byte[]> errors = whole.inside.take();
      assertThat(errors).hasSize(1);
      assertThat(errors.getFirst()).isEqualTo(segments.inside.take().getFirst());
      assertThat(whole.outside.take()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void translatedSegmentsAreThoseOfATranslatorThatReceivesThemOneByOne(boolean tcp) {
    UnaryOperator<StackConfiguration> nat = stack -> stack.nat("outside", same -> same);
    try (Router whole = new Router(1500, nat); Router segments = new Router(1500, nat)) {
      SuperFrames data = (tcp ? DATA.withFlags(0x10) : DATA.asUdp()).between(OUT);
      for (Router router : List.of(whole, segments)) {
        SuperFrames opening = tcp ? SuperFrames.tcp(10, 10).withFlags(0x02) : SuperFrames.tcp(10, 10).asUdp();
        router.sendSegments(router.inside, opening.between(OUT));
      }
      int port = Packets.getShort(whole.outside.received.getFirst(), 20);
      whole.send(whole.inside, data, data.facts());
      segments.sendSegments(segments.inside, data);
      assertThat(segments.outside.received).hasSize(16);
      assertSame(whole, segments);

      SuperFrames answer = data.between(new Ends("198.51.100.77", 51000, "203.0.113.1", port, true, 64));
      whole.send(whole.outside, answer, answer.facts());
      segments.sendSegments(segments.outside, answer);
      assertThat(segments.inside.received).hasSize(15);
      assertSame(whole, segments);
    }
  }
}
