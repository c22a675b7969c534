package io.reactorstack.offload;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.reactorstack.device.DeviceCapabilities.Medium;
import io.reactorstack.device.Frame;
import io.reactorstack.packet.Offload;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.SuperFrames;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** The segments of a super-frame are, octet by octet, the frames that a sender without offload would have built. */
class CutterTest {

  private static final int FIN = 0x01;
  private static final int PSH = 0x08;
  private static final int CWR = 0x80;

  private static List<Frame> cut(Offload offload, Frame frame) {
    Cutter cutter = new Cutter(mediumOf(frame), offload);
    assertThat(cutter.cut(frame)).isTrue();
    return pieces(cutter);
  }

  private static List<Frame> pieces(Cutter cutter) {
    List<Frame> pieces = new ArrayList<>();
    while (cutter.hasNext()) {
      pieces.add(cutter.next());
    }
    assertThat(cutter.next()).isNull();
    return pieces;
  }

  private static int shortAt(Frame frame, int offset) {
    return frame.payload().getUnsignedShort(frame.payload().readerIndex() + offset);
  }

  private static Medium mediumOf(Frame frame) {
    return frame.payload().getByte(frame.payload().readerIndex()) == 2 ? Medium.ETHERNET : Medium.IP;
  }

  private static void assertSegments(SuperFrames built, List<Frame> pieces) {
    int count = (built.data().length + built.segmentSize() - 1) / built.segmentSize();
    assertThat(pieces).hasSize(count);
    for (int i = 0; i < count; i++) {
      int from = i * built.segmentSize();
      int to = Math.min(built.data().length, from + built.segmentSize());
      int flags = built.flags() & ~(i == 0 ? 0 : CWR) & ~(i == count - 1 ? 0 : FIN | PSH);
      byte[] expected = built.segment(from, to, i, flags);
      Frame piece = pieces.get(i);
      assertThat(ByteBufUtil.getBytes(piece.payload())).as("segment %d", i).isEqualTo(expected);
      assertThat(piece.facts()).isEqualTo(PacketFacts.LOCAL);
    }
    pieces.forEach(Frame::release);
  }

  @Property
  void segmentsAreThoseOfASenderWithoutOffload(@ForAll boolean bare, @ForAll boolean tagged, @ForAll boolean v4,
      @ForAll boolean tcp, @ForAll @IntRange(max = 10) int ipOptions, @ForAll @IntRange(max = 10) int tcpOptions,
      @ForAll @IntRange(max = 255) int flags, @ForAll int sequence, @ForAll @IntRange(max = 0xffff) int identification,
      @ForAll @IntRange(min = 1, max = 1500) int segmentSize, @ForAll @IntRange(min = 2, max = 12_000) int length,
      @ForAll @Size(max = 12) List<@IntRange(min = 1, max = 3000) Integer> parts) {
    var built = new SuperFrames(bare ? Medium.IP : Medium.ETHERNET, tagged ? 0x2064 : 0, v4, v4 ? 4 * ipOptions : 0,
        tcp, 4 * tcpOptions, flags, sequence, identification, Math.min(segmentSize, length - 1),
        SuperFrames.random(length));
    assertSegments(built, cut(Offload.NONE, built.frame(0)));
    Frame scattered = built.scattered(parts.stream().mapToInt(Integer::intValue).toArray());
    assertSegments(built, cut(Offload.NONE, scattered));
    assertThat(scattered.payload().refCnt()).isZero();
  }

  @Test
  void theSequenceNumberAndTheIdentificationWrap() {
    SuperFrames built = SuperFrames.tcp(100, 350);
    List<Frame> pieces = cut(Offload.NONE, built.frame(0));
    assertThat(pieces).extracting(piece -> shortAt(piece, 18))
        .containsExactly(0xfffe, 0xffff, 0, 1);
    assertThat(pieces).extracting(piece -> shortAt(piece, 38) << 16 | shortAt(piece, 40))
        .containsExactly(0x7fff_ff00, 0x7fff_ff64, 0x7fff_ffc8, 0x8000_002c);
    assertSegments(built, pieces);
  }

  @Test
  void linkPaddingIsNotSent() {
    SuperFrames built = SuperFrames.tcp(100, 150);
    assertSegments(built, cut(Offload.NONE, built.frame(9)));
  }

  @Test
  void theLongestPacketIsCut() {
    SuperFrames v4 = SuperFrames.tcp(1460, 65_535 - 40);
    assertSegments(v4, cut(Offload.NONE, v4.frame(0)));
    SuperFrames v6 = SuperFrames.tcp(1440, 65_535 - 20).asIpv6();
    assertSegments(v6, cut(Offload.NONE, v6.frame(0)));
  }

  @Test
  void aDatagramWithoutAChecksumIsCutIntoSuchDatagrams() {
    Frame frame = SuperFrames.tcp(100, 250).asUdp().frame(0);
    frame.payload().setShort(14 + 20 + 6, 0);
    List<Frame> pieces = cut(Offload.NONE, frame);
    assertThat(pieces).hasSize(3).allMatch(piece -> shortAt(piece, 14 + 20 + 6) == 0);
    pieces.forEach(Frame::release);
  }

  @Test
  void extensionHeadersAreInEachSegment() {
    byte[] data = SuperFrames.random(250);
    byte[] udp = Packets.udp("2001:db8::1", 5000, "2001:db8::2", 53, data);
    byte[] options = Packets.octets(17, 0, 1, 4, 0, 0, 0, 0);
    byte[] packet = Packets.ipv6("2001:db8::1", "2001:db8::2", 60, Packets.concat(options, udp));
    List<Frame> pieces = cut(Offload.NONE, frame(packet, ChecksumState.UNFINISHED, 100));
    List<byte[]> expected = new ArrayList<>();
    for (int from = 0; from < 250; from += 100) {
      byte[] part = Arrays.copyOfRange(data, from, Math.min(250, from + 100));
      expected.add(Packets.ipv6("2001:db8::1", "2001:db8::2", 60,
          Packets.concat(options, Packets.udp("2001:db8::1", 5000, "2001:db8::2", 53, part))));
    }
    assertThat(pieces).extracting(piece -> ByteBufUtil.getBytes(piece.payload())).containsExactlyElementsOf(expected);
    pieces.forEach(Frame::release);
  }

  private static Frame frame(byte[] bytes, ChecksumState checksum, int segmentSize) {
    ByteBuf buffer = ByteBufAllocator.DEFAULT.directBuffer().writeBytes(bytes);
    return new Frame(buffer, new PacketFacts(0, checksum, segmentSize));
  }

  @Test
  void aDeviceGetsTheSuperFramesThatItTakesUnchanged() {
    Frame tcp = SuperFrames.tcp(100, 250).frame(0);
    Offload offload = new Offload(true, true, 290, 0);
    assertThat(cut(offload, tcp)).containsExactly(tcp);
    tcp.release();
    List<Frame> udp = cut(offload, SuperFrames.tcp(100, 250).asUdp().frame(0));
    assertThat(udp).hasSize(3);
    udp.forEach(Frame::release);
  }

  @Test
  void aSuperFrameThatIsTooLongForTheDeviceIsCutIntoTheLongestThatItTakes() {
    SuperFrames built = SuperFrames.tcp(100, 750).withFlags(FIN | PSH | CWR | 0x10);
    // Three segments of 100 octets and the headers of 40 octets fit into 359 octets.
    List<Frame> pieces = cut(new Offload(true, true, 359, 0), built.frame(0));
    assertThat(pieces).extracting(piece -> piece.payload().readableBytes() - 54).containsExactly(300, 300, 150);
    assertThat(pieces).extracting(piece -> shortAt(piece, 18))
        .containsExactly(0xfffe, 1, 4);
    assertThat(pieces).extracting(piece -> shortAt(piece, 46) & 0xff)
        .containsExactly(CWR | 0x10, 0x10, FIN | PSH | 0x10);
    assertThat(pieces).extracting(Frame::facts).allMatch(
        facts -> facts.equals(new PacketFacts(0, ChecksumState.UNFINISHED, 100)));

    // Each of them is cut into the segments that the whole would have been cut into.
    List<Frame> segments = new ArrayList<>();
    pieces.forEach(piece -> segments.addAll(cut(Offload.NONE, piece)));
    assertSegments(built, segments);
  }

  @Test
  void theLastPieceForADeviceThatCutsMayBeAnOrdinaryFrame() {
    List<Frame> pieces = cut(new Offload(true, true, 240, 0), SuperFrames.tcp(100, 250).frame(0));
    assertThat(pieces).extracting(Frame::facts).containsExactly(new PacketFacts(0, ChecksumState.UNFINISHED, 100),
        new PacketFacts(0, ChecksumState.UNFINISHED, 0));
    pieces.forEach(Frame::release);
  }

  @Test
  void aDeviceCompletesTheChecksumsOfSegmentsThatItDoesNotCut() {
    SuperFrames built = SuperFrames.tcp(100, 250).asUdp();
    List<Frame> pieces = cut(new Offload(true, true, 65_535, 0), built.frame(0));
    assertThat(pieces).hasSize(3).extracting(Frame::facts)
        .allMatch(facts -> facts.equals(new PacketFacts(0, ChecksumState.UNFINISHED, 0)));
    List<Frame> completed = new ArrayList<>();
    pieces.forEach(piece -> completed.addAll(cut(Offload.NONE, piece)));
    assertSegments(built, completed);
  }

  @Test
  void anOrdinaryFrameIsPassedOnWithACompleteChecksum() {
    SuperFrames built = SuperFrames.tcp(100, 100);
    Frame unfinished = new Frame(built.frame(0).payload(), new PacketFacts(0, ChecksumState.UNFINISHED, 0));
    assertSegments(built, cut(Offload.NONE, unfinished));
    Frame left = new Frame(built.frame(0).payload(), new PacketFacts(0, ChecksumState.UNFINISHED, 0));
    int pseudoSum = shortAt(left, 50);
    assertThat(cut(new Offload(true, false, 0, 0), left)).containsExactly(left);
    assertThat(shortAt(left, 50)).as("the field").isEqualTo(pseudoSum);
    left.release();
  }

  @Test
  void aSuperFrameOfOneSegmentIsAnOrdinaryFrame() {
    SuperFrames built = SuperFrames.tcp(100, 100);
    assertSegments(built, cut(Offload.NONE, built.frame(0)));
    SuperFrames scattered = SuperFrames.tcp(1000, 777);
    assertSegments(scattered, cut(Offload.NONE, scattered.scattered(33, 1, 200)));
    Frame left = built.frame(0);
    List<Frame> pieces = cut(new Offload(true, true, 65_535, 0), left);
    assertThat(pieces).extracting(Frame::facts).containsExactly(new PacketFacts(0, ChecksumState.UNFINISHED, 0));
    left.release();
  }

  @Test
  void aDeviceGetsTheSumOfThePseudoHeaderOfAMergedFrame() {
    SuperFrames built = SuperFrames.tcp(100, 250);
    Frame verified = new Frame(built.frame(0).payload(), new PacketFacts(7, ChecksumState.VERIFIED, 100));
    int unfinished = verified.payload().getUnsignedShort(50);
    verified.payload().setShort(50, 0x1234);
    List<Frame> pieces = cut(new Offload(true, true, 65_535, 0), verified);
    assertThat(pieces).extracting(Frame::facts)
        .containsExactly(new PacketFacts(7, ChecksumState.UNFINISHED, 100));
    assertThat(pieces.getFirst().payload().getUnsignedShort(50)).isEqualTo(unfinished);
    pieces.forEach(Frame::release);
  }

  @Test
  void aFrameThatIsNoWholeSegmentIsRefused() {
    byte[] frame = SuperFrames.tcp(100, 250).segment(0, 250, 0, 0x10);
    List<byte[]> bad = List.of(
        changed(frame, 13, 0x06), // ARP
        changed(frame, 14, 0x15), // version 1
        changed(frame, 14, 0x44), // an IPv4 header of 16 octets
        changed(frame, 17, 0xff), // longer than the frame
        changed(frame, 20, 0x20), // a first fragment
        changed(frame, 21, 0x01), // a later fragment
        changed(frame, 23, 1), // ICMP
        changed(frame, 46, 0x40), // a TCP header of 16 octets
        new byte[0],
        Arrays.copyOf(frame, 17),
        Arrays.copyOf(frame, 40));
    for (byte[] each : bad) {
      Frame refused = frame(each, ChecksumState.UNFINISHED, 100);
      assertThat(new Cutter(Medium.ETHERNET, Offload.NONE).cut(refused)).isFalse();
      assertThat(refused.payload().refCnt()).isOne();
      refused.release();
    }
  }

  private static byte[] changed(byte[] frame, int at, int value) {
    byte[] copy = frame.clone();
    copy[at] = (byte) value;
    return copy;
  }

  @Property
  void randomOctetsAreCutOrRefused(@ForAll @Size(max = 120) byte[] octets, @ForAll boolean bare,
      @ForAll @IntRange(max = 3) int kind) {
    byte[] given = octets.clone();
    if (!bare && given.length > 14) {
      given[12] = (byte) (kind < 2 ? 0x08 : 0x86);
      given[13] = (byte) (kind < 2 ? 0x00 : 0xdd);
      given[14] = (byte) (kind < 2 ? 0x45 : 0x60);
    }
    Frame frame = frame(given, ChecksumState.UNFINISHED, 1);
    Cutter cutter = new Cutter(bare ? Medium.IP : Medium.ETHERNET, Offload.NONE);
    if (cutter.cut(frame)) {
      pieces(cutter).forEach(Frame::release);
    } else {
      frame.release();
    }
    assertThat(frame.payload().refCnt()).isZero();
  }

  @Test
  void aFrameThatIsLeftIsReleased() {
    Frame frame = SuperFrames.tcp(100, 250).frame(0);
    Cutter cutter = new Cutter(Medium.ETHERNET, Offload.NONE);
    cutter.cut(frame);
    cutter.next().release();
    cutter.release();
    assertThat(frame.payload().refCnt()).isZero();
    assertThat(cutter.hasNext()).isFalse();
  }
}
