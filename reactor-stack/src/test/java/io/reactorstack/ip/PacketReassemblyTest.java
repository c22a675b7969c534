package io.reactorstack.ip;

import static io.reactorstack.testing.Packets.concat;
import static io.reactorstack.testing.Packets.fixIpv4;
import static io.reactorstack.testing.Packets.fragment;
import static io.reactorstack.testing.Packets.icmp;
import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.layer.Counter;
import io.reactorstack.layer.FrameMeter;
import io.reactorstack.layer.UnitTaker;
import io.reactorstack.packet.DropReason;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestHost;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.UdpDefect;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The reassembly of IPv4 packets. The device of {@link TestHost} asserts the balance of frames after each fragment. */
class PacketReassemblyTest {

  private static final String OWN = "10.0.0.1";
  private static final String PEER = "10.0.0.2";
  private static final int PROTOCOL = 253;
  private static final int ID = 0xbeef;

  private final VirtualLoop loop = new VirtualLoop();
  private final TestHost host = TestHost.bare(loop, OWN + "/24");
  private final Counter consumed = host.drops.meters().consumed("test");
  private final List<InboundPacket> packets = new ArrayList<>();
  private final Random random = new Random(5);

  PacketReassemblyTest() {
    UnitTaker.subscribe(host.protocols.branch(PROTOCOL), packet -> {
      consumed.increment();
      packets.add(packet);
    }, host.drops);
  }

  @AfterEach
  void close() {
    packets.forEach(InboundPacket::release);
    host.close();
    loop.settle();
    assertThat(held()).isZero();
    assertThat(host.drops.meters().sum(IpMeter.REASSEMBLY_OCTETS)).isZero();
  }

  private long held() {
    return host.drops.meters().sum(FrameMeter.FRAMES_HELD);
  }

  private byte[] data(int length) {
    byte[] data = new byte[length];
    random.nextBytes(data);
    return data;
  }

  private void arrives(byte[] packet) {
    host.device.inject(packet);
    loop.settle();
  }

  /** Returns {@code data} in fragments with {@code size} octets of data. */
  private static List<byte[]> cut(byte[] data, int size) {
    List<byte[]> fragments = new ArrayList<>();
    for (int at = 0; at < data.length; at += size) {
      fragments.add(part(data, at, Math.min(at + size, data.length)));
    }
    return fragments;
  }

  private static byte[] part(byte[] data, int from, int to) {
    return fragment(PEER, OWN, PROTOCOL, ID, from, to < data.length, Arrays.copyOfRange(data, from, to));
  }

  private InboundPacket only() {
    assertThat(packets).as(host.drops.toString()).hasSize(1);
    return packets.getFirst();
  }

  private void assertWhole(byte[] data) {
    assertThat(ByteBufUtil.getBytes(only().payload())).isEqualTo(data);
    packets.removeFirst().release();
    assertThat(held()).isZero();
  }

  private void assertDropped(byte[] packet, DropReason reason, int frames) {
    long before = host.drops.get(reason);
    arrives(packet);
    assertThat(host.drops.get(reason)).as(host.drops.toString()).isEqualTo(before + frames);
    assertThat(packets).isEmpty();
  }

  @Test
  @Requirement({"RFC791-3.2-06", "RFC1122-3.3.2-02", "RFC791-3.1-01"})
  void packetOf576OctetsIsReassembled() {
    byte[] data = data(556);
    cut(data, 280).forEach(this::arrives);
    assertThat(((Ipv4Header) only().header()).totalLength()).isEqualTo(576);
    assertWhole(data);
  }

  @Test
  @Requirement({"RFC1122-3.3.2-01", "RFC815-0-01", "RFC791-3.2-10"})
  void fragmentsArriveInAnyOrder() {
    byte[] data = data(999);
    for (int run = 0; run < 100; run++) {
      List<byte[]> fragments = cut(data, 8 * (1 + random.nextInt(30)));
      Collections.shuffle(fragments, random);
      for (byte[] each : fragments) {
        assertThat(packets).isEmpty();
        arrives(each);
        if (packets.isEmpty()) {
          assertDropped(each, IpDrop.DUPLICATE_FRAGMENT, 1);
        }
      }
      assertWhole(data);
    }
    assertThat(host.drops.meters().sum(IpMeter.PACKETS_REASSEMBLED)).isEqualTo(100);
  }

  @Test
  @Requirement({"RFC1122-3.3.2-03", "RFC791-2.3-02", "RFC1122-3.2.1.4-01"})
  void longestPacketIsReassembled() {
    byte[] data = data(65_515);
    cut(data, 1480).forEach(this::arrives);
    assertWhole(data);
    cut(data, 8).forEach(this::arrives);
    assertThat(host.drops.get(IpDrop.REASSEMBLY_LIMIT)).as("8190 fragments of one packet").isPositive();
  }

  @Test
  @Requirement({"RFC791-3.2-11", "RFC815-0-02"})
  void headerIsThatOfTheFirstFragment() {
    byte[] data = data(40);
    byte[] first = ipv4(PEER, OWN, PROTOCOL, Arrays.copyOf(data, 16), 7, 7, 4, 0, 0, 0, 0, 0);
    first[1] = 0x48;
    first[8] = 33;
    Packets.putShort(first, 4, ID);
    Packets.putShort(first, 6, 0x2000);
    byte[] last = part(data, 16, 40);
    last[1] = 0x20;
    last[8] = 12;
    arrives(fixIpv4(last, 0));
    arrives(fixIpv4(first, 0));
    InboundPacket packet = only();
    assertThat(packet.trafficClass()).isEqualTo(0x48);
    assertThat(packet.hopLimit()).isEqualTo(33);
    assertThat(packet.options()).hasToString("record-route");
    byte[] expected = concat(Arrays.copyOf(first, 28), data);
    Packets.putShort(expected, 2, 68);
    Packets.putShort(expected, 6, 0);
    ByteBuf payload = packet.payload();
    assertThat(ByteBufUtil.getBytes(payload, payload.readerIndex() - packet.headerLength(), 68))
        .isEqualTo(fixIpv4(expected, 0));
    assertWhole(data);
  }

  @Test
  @Requirement("RFC791-3.2-08")
  void fragmentsOfDifferentPacketsAreNotMixed() {
    byte[] data = data(40);
    arrives(part(data, 0, 16));
    byte[] end = Arrays.copyOfRange(data, 16, 40);
    arrives(fragment("10.0.0.3", OWN, PROTOCOL, ID, 16, false, end));
    arrives(fragment(PEER, "10.0.0.255", PROTOCOL, ID, 16, false, end));
    arrives(fragment(PEER, OWN, 17, ID, 16, false, end));
    arrives(fragment(PEER, OWN, PROTOCOL, ID + 1, 16, false, end));
    assertThat(packets).isEmpty();
    assertThat(held()).isEqualTo(5);
    arrives(part(data, 16, 40));
    assertThat(ByteBufUtil.getBytes(only().payload())).isEqualTo(data);
    assertThat(held()).isEqualTo(4);
  }

  @Test
  void wholePacketWithTheSameIdentificationLeavesFragmentsAlone() {
    byte[] data = data(40);
    arrives(part(data, 0, 16));
    byte[] atomic = ipv4(PEER, OWN, PROTOCOL, new byte[3]);
    Packets.putShort(atomic, 4, ID);
    arrives(fixIpv4(atomic, 0));
    packets.removeFirst().release();
    arrives(part(data, 16, 40));
    assertWhole(data);
  }

  @Test
  @Requirement({"RFC791-3.2-14", "RFC3128-2.2-01"})
  void overlappingFragmentsDropThePacket() {
    byte[] data = data(64);
    int[][] overlaps = {{8, 24}, {0, 24}, {16, 24}, {24, 40}, {0, 56}, {8, 64}};
    for (int[] overlap : overlaps) {
      arrives(part(data, 16, 32));
      assertDropped(part(data, overlap[0], overlap[1]), IpDrop.OVERLAPPING_FRAGMENT, 2);
      assertThat(held()).isZero();
      assertDropped(part(data, 0, 16), IpDrop.OVERLAPPING_FRAGMENT, 1);
      assertDropped(part(data, 32, 64), IpDrop.OVERLAPPING_FRAGMENT, 1);
      loop.advance(Duration.ofSeconds(61));
      assertThat(host.device.takeSent()).as("no ICMP error").isEmpty();
    }
    cut(data, 16).forEach(this::arrives);
    assertWhole(data);
  }

  @Test
  void secondCopyWithOtherContentIsAnOverlap() {
    byte[] data = data(64);
    arrives(part(data, 0, 16));
    assertDropped(part(data, 0, 16), IpDrop.DUPLICATE_FRAGMENT, 1);
    data[3]++;
    assertDropped(part(data, 0, 16), IpDrop.OVERLAPPING_FRAGMENT, 2);
  }

  @Test
  void contradictingEndsDropThePacket() {
    byte[] data = data(64);
    byte[] shorter = Arrays.copyOf(data, 40);
    byte[][][] contradictions = {
        {part(shorter, 32, 40), part(data, 56, 64)},
        {part(data, 56, 64), part(shorter, 32, 40)},
        {part(shorter, 32, 40), part(data, 40, 48)},
        {part(data, 40, 48), part(shorter, 32, 40)},
        {part(shorter, 32, 40), part(data, 32, 40)},
        {part(data, 32, 40), part(shorter, 32, 40)}};
    for (byte[][] pair : contradictions) {
      arrives(pair[0]);
      assertDropped(pair[1], IpDrop.OVERLAPPING_FRAGMENT, 2);
      loop.advance(Duration.ofSeconds(61));
    }
  }

  @Test
  @Requirement("RFC791-3.2-12")
  void impossibleFragmentsAreDropped() {
    assertDropped(fragment(PEER, OWN, PROTOCOL, ID, 65_528, false, new byte[8]), IpDrop.BAD_FRAGMENT, 1);
    assertDropped(fragment(PEER, OWN, PROTOCOL, ID, 64_528, true, new byte[1000]), IpDrop.BAD_FRAGMENT, 1);
    assertDropped(fragment(PEER, OWN, PROTOCOL, ID, 0, true, new byte[0]), IpDrop.BAD_FRAGMENT, 1);
    assertDropped(fragment(PEER, OWN, PROTOCOL, ID, 8, false, new byte[0]), IpDrop.BAD_FRAGMENT, 1);
    assertDropped(fragment(PEER, OWN, PROTOCOL, ID, 8, true, new byte[9]), IpDrop.BAD_FRAGMENT, 1);
    assertThat(held()).isZero();
    assertThat(host.drops.meters().sum(IpMeter.PARTIAL_PACKETS)).isZero();
  }

  @Test
  void headerOfTheFirstFragmentMayMakeThePacketTooLong() {
    byte[] data = data(65_515);
    cut(data, 1480).stream().skip(1).forEach(this::arrives);
    byte[] first = ipv4(PEER, OWN, PROTOCOL, Arrays.copyOf(data, 1480), 7, 7, 4, 0, 0, 0, 0, 0);
    Packets.putShort(first, 4, ID);
    Packets.putShort(first, 6, 0x2000);
    assertDropped(fixIpv4(first, 0), IpDrop.BAD_FRAGMENT, 45);
  }

  @Test
  @Requirement({"RFC1858-4.2-01", "RFC1858-3.2-01"})
  void tcpHeadersAreNotSplit() {
    assertDropped(fragment(PEER, OWN, 6, ID, 8, true, new byte[16]), IpDrop.TINY_FRAGMENT, 1);
    assertDropped(fragment(PEER, OWN, 6, ID, 0, true, new byte[8]), IpDrop.TINY_FRAGMENT, 1);
    arrives(fragment(PEER, OWN, 6, ID, 0, true, new byte[16]));
    arrives(fragment(PEER, OWN, 17, ID, 8, true, new byte[16]));
    assertThat(held()).isEqualTo(2);
  }

  @Test
  @Requirement({"RFC1122-3.3.2-05", "RFC791-3.2-13", "RFC1122-3.3.2-06"})
  void incompletePacketIsGivenUpAfterAMinute() {
    byte[] data = data(64);
    byte[] short1 = part(data, 16, 32);
    short1[8] = 1;
    arrives(fixIpv4(short1, 0));
    loop.advance(Duration.ofSeconds(30));
    arrives(part(data, 32, 48));
    loop.advance(Duration.ofMillis(29_999));
    assertThat(held()).isEqualTo(2);
    loop.advance(Duration.ofMillis(1));
    assertThat(held()).isZero();
    assertThat(host.drops.get(IpDrop.REASSEMBLY_TIMEOUT)).isEqualTo(2);
    assertThat(host.drops.meters().sum(IpMeter.REASSEMBLY_OCTETS)).isZero();
    assertThat(host.turn.nextDeadline()).as("no timer").isEqualTo(Long.MAX_VALUE);
  }

  @Test
  @Requirement({"RFC1122-3.3.2-07", "RFC792-TimeExceeded-01", "RFC1122-3.2.2-09"})
  void timeoutIsReportedOnlyIfTheFirstFragmentHasArrived() {
    byte[] data = data(64);
    arrives(part(data, 16, 32));
    loop.advance(Duration.ofSeconds(60));
    assertThat(host.device.takeSent()).isEmpty();
    byte[] first = part(data, 0, 16);
    arrives(first);
    arrives(part(data, 48, 64));
    loop.advance(Duration.ofSeconds(60));
    List<byte[]> sent = host.device.takeSent();
    assertThat(sent).hasSize(1);
    assertThat(Packets.from(sent.getFirst(), 20)).isEqualTo(icmp(11, 1, 0, first));
    assertThat(sent.getFirst()[19]).as("to the source").isEqualTo((byte) 2);
  }

  @Test
  void timeoutOfAnIcmpErrorOrABroadcastIsNotReported() {
    arrives(fragment(PEER, OWN, 1, ID, 0, true, icmp(3, 1, 0, new byte[24])));
    arrives(fragment(PEER, "10.0.0.255", PROTOCOL, ID, 0, true, new byte[24]));
    loop.advance(Duration.ofSeconds(60));
    assertThat(host.drops.get(IpDrop.REASSEMBLY_TIMEOUT)).isEqualTo(2);
    assertThat(host.device.takeSent()).isEmpty();
  }

  @Test
  @Requirement({"RFC3168-5.3-02", "RFC3168-5.3-03", "RFC3168-5.3-06"})
  void congestionMarkOfAnyFragmentIsKept() {
    assertThat(ecnOf(2, 3, 2)).isEqualTo(3);
    assertThat(ecnOf(3, 1, 1)).isEqualTo(3);
    assertThat(ecnOf(1, 2, 3)).isEqualTo(3);
    assertThat(ecnOf(3, 3, 3)).isEqualTo(3);
  }

  @Test
  @Requirement("RFC3168-5.3-05")
  void equalCodepointsAreKept() {
    for (int ecn = 0; ecn < 4; ecn++) {
      assertThat(ecnOf(ecn, ecn, ecn)).isEqualTo(ecn);
    }
  }

  private int ecnOf(int... ecns) {
    sendMarked(ecns);
    InboundPacket packet = only();
    int ecn = packet.ecn();
    packets.clear();
    packet.release();
    return ecn;
  }

  private void sendMarked(int... ecns) {
    byte[] data = data(8 * ecns.length);
    for (int i = 0; i < ecns.length; i++) {
      byte[] each = part(data, 8 * i, 8 * i + 8);
      each[1] = (byte) (0xb8 | ecns[i]);
      arrives(fixIpv4(each, 0));
    }
  }

  @Test
  @Requirement("RFC3168-5.3-04")
  void congestionMarkWithoutEcnDropsThePacket() {
    sendMarked(0, 3, 0);
    assertThat(packets).isEmpty();
    assertThat(host.drops.get(IpDrop.CONTRADICTING_ECN)).isEqualTo(3);
    sendMarked(3, 0);
    assertThat(packets).isEmpty();
    assertThat(host.drops.get(IpDrop.CONTRADICTING_ECN)).isEqualTo(5);
  }

  @Test
  void reassembledPacketIsAnsweredAsAnyOther() {
    byte[] echo = icmp(8, 0, 7, data(1000));
    arrives(fragment(PEER, OWN, 1, ID, 0, true, Arrays.copyOf(echo, 504)));
    arrives(fragment(PEER, OWN, 1, ID, 504, false, Packets.from(echo, 504)));
    assertThat(host.device.takeSent()).hasSize(1);
    byte[] datagram = udp(PEER, 9, OWN, 9, data(1000));
    arrives(fragment(PEER, OWN, 17, ID, 0, true, Arrays.copyOf(datagram, 504)));
    arrives(fragment(PEER, OWN, 17, ID, 504, false, Packets.from(datagram, 504)));
    byte[] error = host.device.takeSent().getFirst();
    assertThat(error[20]).as("destination unreachable").isEqualTo((byte) 3);
    byte[] quoted = Packets.from(error, 28);
    assertThat(Packets.getShort(quoted, 2)).isEqualTo(1028);
    assertThat(Packets.getShort(quoted, 6)).isZero();
  }

  @Test
  @Requirement("RFC6864-5.2-02")
  void fragmentsOfTwoDatagramsWithOneIdentificationFailTheChecksum() {
    byte[] one = udp(PEER, 9, OWN, 9, data(1000));
    byte[] other = udp(PEER, 9, OWN, 9, data(1000));
    arrives(fragment(PEER, OWN, 17, ID, 0, true, Arrays.copyOf(one, 504)));
    assertDropped(fragment(PEER, OWN, 17, ID, 504, false, Packets.from(other, 504)), UdpDefect.BAD_CHECKSUM, 1);
  }

  @Test
  void badOptionOfTheFirstFragmentIsReported() {
    byte[] data = data(24);
    byte[] first = ipv4(PEER, OWN, PROTOCOL, Arrays.copyOf(data, 16), 7, 2, 4, 0);
    Packets.putShort(first, 4, ID);
    Packets.putShort(first, 6, 0x2000);
    arrives(part(data, 16, 24));
    arrives(fixIpv4(first, 0));
    assertThat(packets).isEmpty();
    assertThat(host.device.takeSent().getFirst()[20]).as("parameter problem").isEqualTo((byte) 12);
  }

  @Test
  void floodFromManySourcesIsBoundedAndNewPacketsStillArrive() {
    flood(20_000);
    assertThat(host.drops.get(IpDrop.REASSEMBLY_LIMIT)).isGreaterThan(10_000);
  }

  @Test
  @Tag("long")
  void floodFromAHundredThousandSourcesIsBounded() {
    flood(100_000);
  }

  private void flood(int sources) {
    for (int i = 0; i < sources; i++) {
      String source = "10." + (1 + i % 100) + '.' + i / 100 % 250 + '.' + (1 + i / 25_000);
      host.device.inject(fragment(source, OWN, PROTOCOL, i, 8 * random.nextInt(100), true, new byte[8]));
      assertThat(host.drops.meters().sum(IpMeter.REASSEMBLY_OCTETS)).isLessThanOrEqualTo(4 << 20);
      if (i % 1000 == 0) {
        byte[] data = data(3000);
        cut(data, 1480).forEach(host.device::inject);
        assertWholeInFlood(data);
      }
    }
  }

  private void assertWholeInFlood(byte[] data) {
    assertThat(ByteBufUtil.getBytes(only().payload())).isEqualTo(data);
    packets.removeFirst().release();
  }

  @Test
  void floodOfOneSourceTakesNothingFromOthers() {
    byte[] data = data(3000);
    arrives(part(data, 0, 1480));
    for (int i = 0; i < 2000; i++) {
      host.device.inject(fragment("10.0.0.3", OWN, PROTOCOL, i, 0, true, new byte[1400]));
    }
    assertThat(host.drops.meters().sum(IpMeter.REASSEMBLY_OCTETS)).isLessThanOrEqualTo((1 << 20) + 4096);
    arrives(part(data, 1480, 3000));
    assertThat(ByteBufUtil.getBytes(only().payload())).isEqualTo(data);
  }

  @Test
  void randomFragmentsNeverThrowNorLeak() {
    long seed = new Random().nextLong();
    Random chance = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      byte[] content = new byte[chance.nextInt(5) * 8 + (chance.nextInt(10) == 0 ? chance.nextInt(8) : 0)];
      host.device.inject(fragment("10.0.0." + (2 + chance.nextInt(3)), OWN, chance.nextInt(20) == 0 ? 6 : PROTOCOL,
          chance.nextInt(4), 8 * chance.nextInt(6), chance.nextBoolean(), content));
      if (chance.nextInt(50) == 0) {
        loop.advance(Duration.ofSeconds(chance.nextInt(40)));
        host.device.takeSent();
      }
    }
    assertThat(packets).as("seed %d", seed).hasSizeGreaterThan(100);
    assertThat(host.drops.snapshot()).as("seed %d", seed).doesNotContainKey("stage.STAGE_FAULT");
  }
}
