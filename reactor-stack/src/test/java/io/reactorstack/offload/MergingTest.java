package io.reactorstack.offload;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.DeviceCapabilities.Medium;
import io.reactorstack.device.Frame;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.packet.Offload;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.SuperFrames;
import io.reactorstack.testing.SuperFrames.Ends;
import io.reactorstack.testing.VirtualLoop;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Sinks;

/** Segments that arrive together become one frame, and exactly the same segments if that is cut again. */
class MergingTest {

  private static final int PSH = 0x08;
  private static final int ACK = 0x10;
  private static final PacketFacts ARRIVED = PacketFacts.receivedAt(7);

  private final VirtualLoop loop = new VirtualLoop();
  private final LoopTurn turn = loop.newTurn();

  /** The stage over a device of the test. */
  private final class Receiver {

    final Sinks.Many<Frame> device = Sinks.many().unicast().onBackpressureBuffer();
    final List<Frame> received = new ArrayList<>();

    Receiver(Medium medium) {
      Merging.of(device.asFlux(), medium, turn).subscribe(received::add);
    }

    void arrive(byte[] frame, PacketFacts facts) {
      ByteBuf bytes = ByteBufAllocator.DEFAULT.directBuffer().writeBytes(frame);
      device.tryEmitNext(new Frame(bytes, facts)).orThrow();
    }

    void arrive(byte[] frame) {
      arrive(frame, ARRIVED);
    }

    void arrive(List<byte[]> frames) {
      frames.forEach(this::arrive);
      loop.settle();
    }

    /** Releases the received frames, and returns those that a device without offload would have delivered. */
    List<byte[]> cut(Medium medium) {
      List<byte[]> all = new ArrayList<>();
      for (Frame frame : received) {
        Cutter cutter = new Cutter(medium, Offload.NONE);
        assertThat(cutter.cut(frame)).isTrue();
        for (Frame piece = cutter.next(); piece != null; piece = cutter.next()) {
          all.add(ByteBufUtil.getBytes(piece.payload()));
          piece.release();
        }
      }
      received.clear();
      return all;
    }

    List<byte[]> take() {
      List<byte[]> all = received.stream().map(frame -> ByteBufUtil.getBytes(frame.payload())).toList();
      received.forEach(Frame::release);
      received.clear();
      return all;
    }
  }

  private static SuperFrames data(int length) {
    return SuperFrames.tcp(100, length).withFlags(ACK);
  }

  @Property
  void mergedSegmentsAreCutIntoTheSameSegments(@ForAll boolean bare, @ForAll boolean tagged, @ForAll boolean v4,
      @ForAll @IntRange(max = 10) int tcpOptions, @ForAll boolean push, @ForAll boolean echo,
      @ForAll int sequence, @ForAll @IntRange(max = 0xffff) int identification,
      @ForAll @IntRange(min = 1, max = 1500) int segmentSize, @ForAll @IntRange(min = 2, max = 30) int segments,
      @ForAll @IntRange(min = 1, max = 1500) int last, @ForAll @IntRange(max = 2) int state) {
    Medium medium = bare ? Medium.IP : Medium.ETHERNET;
    int length = segmentSize * (segments - 1) + Math.min(last, segmentSize);
    var built = new SuperFrames(medium, tagged ? 0x2064 : 0, v4, 0, true, 4 * tcpOptions,
        ACK | (push ? PSH : 0) | (echo ? 0x40 : 0), sequence, identification, segmentSize, SuperFrames.random(length));
    Receiver receiver = new Receiver(medium);
    PacketFacts facts = new PacketFacts(7, ChecksumState.values()[state], 0);
    built.segments().forEach(segment -> receiver.arrive(segment, facts));
    loop.settle();
    assertThat(receiver.received).hasSize(1);
    assertThat(receiver.received.getFirst().facts())
        .isEqualTo(new PacketFacts(7, ChecksumState.UNFINISHED, segmentSize));
    byte[] merged = ByteBufUtil.getBytes(receiver.received.getFirst().payload());
    byte[] sent = ByteBufUtil.getBytes(release(built.frame(0)));
    assertThat(merged).isEqualTo(sent);
    assertThat(receiver.cut(medium)).containsExactlyElementsOf(built.segments());
  }

  private static ByteBuf release(Frame frame) {
    ByteBuf copy = Unpooled.copiedBuffer(frame.payload());
    frame.release();
    return copy;
  }

  @Test
  void segmentsWaitForTheEndOfTheirBatchOnly() {
    Receiver receiver = new Receiver(Medium.ETHERNET);
    data(300).segments().forEach(receiver::arrive);
    assertThat(receiver.received).isEmpty();
    List<String> order = new ArrayList<>();
    turn.dirty(() -> order.add("drained with " + receiver.received.size()));
    loop.settle();
    assertThat(order).as("the dirty list runs after the batch").containsExactly("drained with 1");
    assertThat(receiver.cut(Medium.ETHERNET)).hasSize(3);

    // A segment that nothing follows passes unchanged.
    receiver.arrive(List.of(data(100).segments().getFirst()));
    assertThat(receiver.received).extracting(Frame::facts).containsExactly(ARRIVED);
    receiver.take();
  }

  @Test
  void aSegmentWithPshEndsTheFrameAtOnce() {
    Receiver receiver = new Receiver(Medium.ETHERNET);
    SuperFrames built = data(300).withFlags(ACK | PSH);
    built.segments().forEach(receiver::arrive);
    assertThat(receiver.received).hasSize(1);
    assertThat(receiver.cut(Medium.ETHERNET)).containsExactlyElementsOf(built.segments());
  }

  @Test
  void anAcknowledgementPassesAtOnceBehindTheDataOfItsFlow() {
    Receiver receiver = new Receiver(Medium.ETHERNET);
    List<byte[]> segments = data(200).segments();
    byte[] acknowledgement = new SuperFrames(Medium.ETHERNET, 0, true, 0, true, 0, ACK, 0x7fff_ff00 + 200, 5, 1,
        new byte[0]).segment(0, 0, 0, ACK);
    segments.forEach(receiver::arrive);
    receiver.arrive(acknowledgement);
    assertThat(receiver.received).hasSize(2);
    assertThat(receiver.received.getFirst().facts().segmentSize()).isEqualTo(100);
    assertThat(ByteBufUtil.getBytes(receiver.received.get(1).payload())).isEqualTo(acknowledgement);
    receiver.take();
  }

  @Test
  void segmentsOfSeveralFlowsAreMergedSideBySide() {
    Receiver receiver = new Receiver(Medium.IP);
    List<List<byte[]>> flows = new ArrayList<>();
    for (int i = 0; i < Merging.FLOWS + 2; i++) {
      flows.add(data(300).between(new Ends("192.0.2.1", 1000 + i, "198.51.100.77", 80, false, 63)).segments());
    }
    for (int i = 0; i < 3; i++) {
      for (List<byte[]> flow : flows.subList(0, Merging.FLOWS)) {
        receiver.arrive(flow.get(i));
      }
    }
    loop.settle();
    assertThat(receiver.received).hasSize(Merging.FLOWS);
    assertThat(receiver.cut(Medium.IP)).containsExactlyElementsOf(
        flows.subList(0, Merging.FLOWS).stream().flatMap(List::stream).toList());

    // Of more flows, the oldest one gives way.
    flows.forEach(flow -> receiver.arrive(flow.getFirst()));
    assertThat(receiver.received).hasSize(2);
    loop.settle();
    assertThat(receiver.take()).hasSize(Merging.FLOWS + 2);
  }

  /** Checks that the second of three segments is not merged with the first if it is changed. */
  private void assertNotMerged(String change, SuperFrames built, UnaryOperator<byte[]> changed) {
    assertNotMerged(change, built, ARRIVED, changed);
  }

  private void assertNotMerged(
      String change, SuperFrames built, PacketFacts facts, UnaryOperator<byte[]> changed) {
    Receiver receiver = new Receiver(Medium.IP);
    List<byte[]> segments = new ArrayList<>(built.between(
        new Ends("192.0.2.1", 4433, "198.51.100.77", 51000, false, 63)).segments());
    segments.set(1, changed.apply(segments.get(1).clone()));
    segments.subList(0, 2).forEach(segment -> receiver.arrive(segment, facts));
    loop.settle();
    assertThat(receiver.take()).as(change).containsExactlyElementsOf(segments.subList(0, 2));
  }

  private static byte[] with(byte[] segment, int at, int value) {
    segment[at] = (byte) value;
    Packets.fixIpv4(segment, 0);
    Packets.putShort(segment, 36, 0);
    byte[] pseudo = Packets.concat(Arrays.copyOfRange(segment, 12, 20),
        Packets.octets(0, 6, segment.length - 20 >>> 8, segment.length - 20));
    Packets.putShort(segment, 36, Packets.checksum(segment, 20, segment.length - 20,
        ~Packets.checksum(pseudo, 0, pseudo.length, 0) & 0xffff));
    return segment;
  }

  @Test
  void segmentsWhoseHeadersDifferAreNotMerged() {
    SuperFrames options = new SuperFrames(Medium.IP, 0, true, 0, true, 12, ACK, 1000, 5, 100, SuperFrames.random(300));
    assertNotMerged("type of service", data(300), segment -> with(segment, 1, 2));
    assertNotMerged("identification", data(300), segment -> with(segment, 5, 0xfe));
    assertNotMerged("don't fragment", data(300), segment -> with(segment, 6, 0x40));
    assertNotMerged("hop limit", data(300), segment -> with(segment, 8, 62));
    assertNotMerged("source port", data(300), segment -> with(segment, 21, 1));
    assertNotMerged("sequence number", data(300), segment -> with(segment, 27, 1));
    assertNotMerged("acknowledgement", data(300), segment -> with(segment, 31, 5));
    assertNotMerged("ECE", data(300), segment -> with(segment, 33, ACK | 0x40));
    assertNotMerged("CWR", data(300), segment -> with(segment, 33, ACK | 0x80));
    assertNotMerged("URG", data(300), segment -> with(segment, 33, ACK | 0x20));
    assertNotMerged("SYN", data(300), segment -> with(segment, 33, ACK | 0x02));
    assertNotMerged("RST", data(300), segment -> with(segment, 33, ACK | 0x04));
    assertNotMerged("window", data(300), segment -> with(segment, 35, 1));
    assertNotMerged("urgent pointer", data(300), segment -> with(segment, 39, 1));
    assertNotMerged("options", options, segment -> with(segment, 44, 0));
    // No sum of the segment is compared if the device has verified it.
    PacketFacts verified = new PacketFacts(7, ChecksumState.VERIFIED, 0);
    assertNotMerged("acknowledgement", data(300), verified, segment -> with(segment, 31, 5));
    assertNotMerged("urgent pointer", data(300), verified, segment -> with(segment, 39, 1));
    assertNotMerged("last octet of the options", options, verified, segment -> with(segment, 51, 0x5a));
  }

  @Test
  void damagedSegmentsAreNotMerged() {
    assertNotMerged("data", data(300), segment -> {
      segment[60] ^= 1;
      return segment;
    });
    assertNotMerged("TCP header", data(300), segment -> {
      segment[36] ^= 1;
      return segment;
    });
    assertNotMerged("IP header", data(300), segment -> {
      segment[10] ^= 1;
      return segment;
    });
  }

  @Test
  void aDamagedFirstSegmentIsNotMerged() {
    for (int damaged : new int[] {60, 10}) {
      Receiver receiver = new Receiver(Medium.IP);
      List<byte[]> segments = data(300).between(new Ends("192.0.2.1", 4433, "198.51.100.77", 51000, false, 63))
          .segments();
      segments.getFirst()[damaged] ^= 1;
      receiver.arrive(segments);
      assertThat(receiver.received).hasSize(2);
      assertThat(receiver.received.getFirst().facts()).isEqualTo(ARRIVED);
      assertThat(receiver.received.get(1).facts().segmentSize()).isEqualTo(100);
      receiver.take();
    }
  }

  @Test
  void aLongerSegmentBeginsAnotherFrame() {
    Receiver receiver = new Receiver(Medium.ETHERNET);
    SuperFrames built = data(500);
    receiver.arrive(List.of(built.segment(0, 100, 0, ACK), built.segment(100, 250, 1, ACK),
        built.segment(250, 400, 2, ACK)));
    assertThat(receiver.received).extracting(frame -> frame.facts().segmentSize()).containsExactly(0, 150);
    receiver.take();
  }

  @Test
  void aFrameIsNotLongerThanItsLengthFieldCanState() {
    Receiver receiver = new Receiver(Medium.ETHERNET);
    SuperFrames built = SuperFrames.tcp(1460, 146_000).withFlags(ACK);
    receiver.arrive(built.segments());
    assertThat(receiver.received).hasSize(3);
    assertThat(receiver.received).allMatch(frame -> frame.payload().readableBytes() <= 65_535 + 14);
    assertThat(receiver.cut(Medium.ETHERNET)).containsExactlyElementsOf(built.segments());
  }

  @Test
  void segmentsThatAreNotFragmentedMayHaveOneIdentification() {
    Receiver receiver = new Receiver(Medium.IP);
    SuperFrames built = data(300).between(new Ends("192.0.2.1", 4433, "198.51.100.77", 51000, true, 63));
    List<byte[]> segments = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      segments.add(built.segment(100 * i, 100 * i + 100, 0, ACK));
    }
    receiver.arrive(segments);
    assertThat(receiver.received).extracting(frame -> frame.facts().segmentSize()).containsExactly(100);
    receiver.take();
  }

  /** Returns what a subscriber with {@code demand} makes the stage request while three segments become one frame. */
  private List<Long> requestsFor(long demand) {
    List<Long> requests = new ArrayList<>();
    Sinks.Many<Frame> device = Sinks.many().unicast().onBackpressureBuffer();
    List<Frame> received = new ArrayList<>();
    Merging.of(device.asFlux().doOnRequest(requests::add), Medium.ETHERNET, turn).subscribe(
        new BaseSubscriber<>() {
          @Override
          protected void hookOnSubscribe(Subscription subscription) {
            subscription.request(demand);
          }

          @Override
          protected void hookOnNext(Frame frame) {
            received.add(frame);
          }
        });
    for (byte[] segment : data(300).segments()) {
      device.tryEmitNext(new Frame(ByteBufAllocator.DEFAULT.directBuffer().writeBytes(segment), ARRIVED)).orThrow();
    }
    loop.settle();
    assertThat(received).hasSize(1);
    received.forEach(Frame::release);
    return requests;
  }

  @Test
  void anAppendedFrameIsReplacedByARequestIfDemandIsBounded() {
    assertThat(requestsFor(2)).containsExactly(2L, 1L, 1L);
    assertThat(requestsFor(Long.MAX_VALUE)).containsExactly(Long.MAX_VALUE);
  }

  @Test
  void otherFramesPassAtOnce() {
    Receiver receiver = new Receiver(Medium.ETHERNET);
    byte[] arp = Packets.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02", 0x0806, new byte[46]);
    List<byte[]> others = List.of(arp, data(300).asUdp().segment(0, 100, 0, 0), new byte[3],
        data(300).segment(0, 100, 0, 0x02), data(300).segment(0, 100, 0, ACK | PSH), data(300).segment(0, 0, 0, ACK));
    others.forEach(receiver::arrive);
    assertThat(receiver.take()).containsExactlyElementsOf(others);
  }

  @Test
  void waitingFramesAreReleasedOnCancellationAndEmittedOnCompletion() {
    Sinks.Many<Frame> device = Sinks.many().unicast().onBackpressureBuffer();
    List<Frame> received = new ArrayList<>();
    var receiving = Merging.of(device.asFlux(), Medium.ETHERNET, turn).subscribe(received::add);
    Frame waiting = new Frame(data(100).frame(0).payload(), ARRIVED);
    device.tryEmitNext(waiting);
    receiving.dispose();
    assertThat(waiting.payload().refCnt()).isZero();
    loop.settle();
    assertThat(received).isEmpty();

    Receiver receiver = new Receiver(Medium.ETHERNET);
    receiver.arrive(data(300).segment(0, 100, 0, ACK));
    receiver.device.tryEmitComplete();
    assertThat(receiver.take()).hasSize(1);
    loop.settle();
  }
}
