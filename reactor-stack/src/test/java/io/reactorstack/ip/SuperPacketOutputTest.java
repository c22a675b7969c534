package io.reactorstack.ip;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.Frame;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.OriginatedPacket;
import io.reactorstack.ip.host.Route;
import io.reactorstack.ip.output.DepartureHook;
import io.reactorstack.ip.output.IpOutput;
import io.reactorstack.ip.output.PacketNumbers;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.Egress;
import io.reactorstack.layer.Rejection;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.SuperFrames;
import io.reactorstack.testing.TestInterfaces;
import io.reactorstack.testing.TestPackets;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Options;
import io.reactorstack.wire.PacketFields;
import io.reactorstack.wire.UdpHeader;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** Packets with a segment size that this host sends, and packets whose checksum the device is to complete. */
class SuperPacketOutputTest {

  private static final String OWN = "10.0.0.1";
  private static final String PEER = "10.0.0.2";
  private static final PacketFields MAY_BE_CUT = new PacketFields(0, 64, false);

  private final Drops drops = new Drops();
  private final IpHost host = TestInterfaces.host();
  private final NetworkInterface tun0 = TestInterfaces.attach(
      host, "tun0", 1500, new Egress<>(new VirtualLoop().newTurn()), OWN + "/24");
  private final TestPackets.Rejected rejected = new TestPackets.Rejected();
  private final IpOutput output = new IpOutput(
      host, tun0, new PacketNumbers(new Random(1)), DepartureHook.NONE, drops);

  private List<Frame> sent(PacketFields fields, int protocol, ByteBuf payload, int segmentSize) {
    host.network().routes(routes -> routes.with(Route.onLink(IpPrefix.parse(OWN + "/24"), "tun0")));
    var packet = new OriginatedPacket(TestPackets.route(host, PEER), IpAddress.parse(OWN), protocol, fields,
        Ipv4Options.NONE, payload, new PacketFacts(0, ChecksumState.UNFINISHED, segmentSize), rejected);
    List<Frame> frames = output.bare().send(Flux.just(packet)).collectList().block();
    return frames == null ? List.of() : frames;
  }

  /** Returns a datagram whose checksum the device is to complete. */
  private static ByteBuf datagram(int length) {
    ByteBuf data = Headroom.allocate(ByteBufAllocator.DEFAULT, length).writeBytes(SuperFrames.random(length));
    new UdpHeader(5000, 53, UdpHeader.LENGTH + length)
        .writeUnfinished(data, IpAddress.parse(OWN), IpAddress.parse(PEER));
    return data;
  }

  private static ByteBuf segment(int headerLength, int length) {
    ByteBuf data = Headroom.allocate(ByteBufAllocator.DEFAULT, headerLength + length)
        .writeZero(headerLength + length);
    return data.setByte(data.readerIndex() + 12, headerLength << 2);
  }

  private void assertTooBig(ByteBuf payload, int protocol, int segmentSize) {
    rejected.all.clear();
    assertThat(sent(PacketFields.DEFAULT, protocol, payload, segmentSize)).isEmpty();
    assertThat(rejected.all).extracting(Rejection::why).containsExactly(Rejection.Why.TOO_BIG);
    assertThat(rejected.all.getFirst().mtu()).isEqualTo(1500);
    assertThat(payload.refCnt()).isZero();
  }

  private void assertWhole(ByteBuf payload, int protocol, int segmentSize) {
    int length = payload.readableBytes();
    List<Frame> frames = sent(PacketFields.DEFAULT, protocol, payload, segmentSize);
    assertThat(frames).hasSize(1);
    Frame frame = frames.getFirst();
    assertThat(frame.facts()).isEqualTo(new PacketFacts(0, ChecksumState.UNFINISHED, segmentSize));
    assertThat(frame.payload().readableBytes()).isEqualTo(20 + length);
    assertThat(frame.payload().getUnsignedShort(frame.payload().readerIndex() + 2)).isEqualTo(20 + length);
    frame.release();
  }

  @Test
  void aPacketLeavesWholeIfEachOfItsSegmentsFits() {
    assertWhole(segment(32, 50_000), IpProtocol.TCP, 1448);
    assertTooBig(segment(32, 50_000), IpProtocol.TCP, 1449);
    assertWhole(segment(20, 50_000), IpProtocol.TCP, 1460);
    assertTooBig(segment(20, 50_000), IpProtocol.TCP, 1461);
    assertWhole(datagram(50_000), IpProtocol.UDP, 1472);
    assertTooBig(datagram(50_000), IpProtocol.UDP, 1473);
  }

  @Test
  void aPacketWithoutSegmentsIsMeasuredAsAWhole() {
    assertTooBig(segment(20, 1461), IpProtocol.TCP, 0);
    // Less data than the segment size: the packet is one segment.
    assertWhole(segment(20, 1460), IpProtocol.TCP, 9000);
    assertTooBig(segment(20, 1461), IpProtocol.TCP, 9000);
  }

  @Test
  void aPacketThatItsLengthFieldCannotStateIsRefused() {
    assertWhole(segment(20, 65_535 - 40), IpProtocol.TCP, 1000);
    assertTooBig(segment(20, 65_535 - 39), IpProtocol.TCP, 1000);
  }

  @Test
  void eachSegmentThatMayBeFragmentedHasItsOwnIdentification() {
    List<Integer> ids = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Frame frame = sent(MAY_BE_CUT, IpProtocol.UDP, datagram(10_000), 1000).getFirst();
      ids.add(frame.payload().getUnsignedShort(frame.payload().readerIndex() + 4));
      frame.release();
    }
    assertThat((ids.get(1) - ids.get(0)) & 0xffff).isGreaterThanOrEqualTo(10);
    assertThat((ids.get(2) - ids.get(1)) & 0xffff).isGreaterThanOrEqualTo(10);
  }

  @Test
  void theChecksumIsCompleteBeforeAPacketIsFragmented() {
    List<Frame> fragments = sent(MAY_BE_CUT, IpProtocol.UDP, datagram(4000), 0);
    assertThat(fragments).hasSizeGreaterThan(1).extracting(Frame::facts).containsOnly(PacketFacts.LOCAL);
    ByteBuf whole = Unpooled.buffer();
    for (Frame fragment : fragments) {
      whole.writeBytes(fragment.payload().skipBytes(20));
      fragment.release();
    }
    assertThat(Packets.udpChecksum(OWN, PEER, ByteBufUtil.getBytes(whole))).isZero();
  }
}
