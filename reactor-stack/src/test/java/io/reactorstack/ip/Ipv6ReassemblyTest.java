package io.reactorstack.ip;

import static io.reactorstack.testing.Packets.concat;
import static io.reactorstack.testing.Packets.fragment6;
import static io.reactorstack.testing.Packets.fragmentHeader;
import static io.reactorstack.testing.Packets.icmpv6;
import static io.reactorstack.testing.Packets.ipv6;
import static io.reactorstack.testing.Packets.octets;
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
import io.reactorstack.wire.IpDefect;
import io.reactorstack.wire.Ipv6Header;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The reassembly of IPv6 packets. The device of {@link TestHost} asserts the balance of frames after each fragment. */
class Ipv6ReassemblyTest {

  private static final String OWN = "2001:db8::1";
  private static final String PEER = "2001:db8::2";
  private static final int PROTOCOL = 253;
  private static final int ID = 0xfeed_beef;
  private static final int HBH = 0;
  private static final int FRAGMENT = 44;
  private static final int DST = 60;

  private final VirtualLoop loop = new VirtualLoop();
  private final TestHost host = TestHost.bare(loop, "10.0.0.1/24").address(OWN + "/64");
  private final Counter consumed = host.drops.meters().consumed("test");
  private final List<InboundPacket> packets = new ArrayList<>();
  private final Random random = new Random(6);

  Ipv6ReassemblyTest() {
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

  private static byte[] part(byte[] data, int from, int to) {
    return fragment6(PEER, OWN, PROTOCOL, ID, from, to < data.length, Arrays.copyOfRange(data, from, to));
  }

  private static List<byte[]> cut(byte[] data, int size) {
    List<byte[]> fragments = new ArrayList<>();
    for (int at = 0; at < data.length; at += size) {
      fragments.add(part(data, at, Math.min(at + size, data.length)));
    }
    return fragments;
  }

  private InboundPacket only() {
    assertThat(packets).as(host.drops.toString()).hasSize(1);
    return packets.getFirst();
  }

  private void assertWhole(byte[] data) {
    assertThat(ByteBufUtil.getBytes(only().payload())).isEqualTo(data);
    packets.removeFirst().release();
  }

  private void assertDropped(byte[] packet, DropReason reason, int frames) {
    long before = host.drops.get(reason);
    arrives(packet);
    assertThat(host.drops.get(reason)).as(host.drops.toString()).isEqualTo(before + frames);
    assertThat(packets).isEmpty();
  }

  /** Asserts that one Parameter Problem about {@code packet} was sent. */
  private void assertProblem(byte[] packet, int code, int pointer) {
    List<byte[]> sent = host.device.takeSent();
    assertThat(sent).hasSize(1);
    byte[] quote = Arrays.copyOf(packet, Math.min(packet.length, 1232));
    assertThat(Packets.from(sent.getFirst(), 40)).isEqualTo(icmpv6(OWN, PEER, 4, code, pointer, quote));
  }

  @Test
  @Requirement({"RFC8200-5-07", "RFC8504-5.1-02"})
  void packetsAreReassembledFromFragmentsInAnyOrder() {
    for (int length : new int[] {17, 1460, 65_535}) {
      byte[] data = data(length);
      List<byte[]> fragments = cut(data, length == 17 ? 8 : 1232);
      Collections.shuffle(fragments, random);
      fragments.forEach(this::arrives);
      assertThat(((Ipv6Header) only().header()).payloadLength()).isEqualTo(length);
      assertWhole(data);
      assertThat(held()).isZero();
    }
  }

  @Test
  @Requirement({"RFC8200-4.5-08", "RFC8200-4.5-20", "RFC8200-4.5-21"})
  void headersAreThoseOfTheFirstFragment() {
    byte[] data = data(24);
    byte[] options = octets(FRAGMENT, 0, 1, 4, 0, 0, 0, 0);
    byte[] first = ipv6(PEER, OWN, HBH,
        concat(options, fragmentHeader(PROTOCOL, ID, 0, true), Arrays.copyOf(data, 16)));
    first[3] = 0x55;
    first[7] = 33;
    byte[] last = fragment6(PEER, OWN, 17, ID, 16, false, Packets.from(data, 16));
    last[7] = 9;
    arrives(last);
    arrives(first);
    InboundPacket packet = only();
    assertThat(packet.protocol()).isEqualTo(PROTOCOL);
    assertThat(packet.headerLength()).isEqualTo(48);
    byte[] expected = ipv6(PEER, OWN, HBH, concat(options, data));
    expected[3] = 0x55;
    expected[7] = 33;
    expected[40] = (byte) PROTOCOL;
    ByteBuf payload = packet.payload();
    assertThat(ByteBufUtil.getBytes(payload, payload.readerIndex() - 48, 72)).isEqualTo(expected);
    assertWhole(data);
  }

  @Test
  void headersBehindTheFragmentHeaderAreCheckedInTheWholePacket() {
    byte[] options = octets(PROTOCOL, 0, 1, 4, 0, 0, 0, 0);
    byte[] data = data(16);
    arrives(fragment6(PEER, OWN, DST, ID, 0, true, concat(options, Arrays.copyOf(data, 8))));
    arrives(fragment6(PEER, OWN, DST, ID, 16, false, Packets.from(data, 8)));
    assertThat(only().headerLength()).isEqualTo(48);
    assertWhole(data);
    byte[] unknown = octets(PROTOCOL, 0, 0x9e, 4, 0, 0, 0, 0);
    arrives(fragment6(PEER, OWN, DST, ID, 0, true, unknown));
    assertDropped(fragment6(PEER, OWN, DST, ID, 8, false, data), IpDefect.UNKNOWN_OPTION, 1);
    byte[] whole = ipv6(PEER, OWN, DST, concat(unknown, data));
    assertProblem(whole, 2, 42);
  }

  @Test
  @Requirement("RFC8200-4.5-07")
  void fragmentsOfDifferentPacketsAreNotMixed() {
    byte[] data = data(24);
    arrives(part(data, 0, 16));
    byte[] end = Packets.from(data, 16);
    arrives(fragment6("2001:db8::3", OWN, PROTOCOL, ID, 16, false, end));
    arrives(fragment6(PEER, "ff02::1", PROTOCOL, ID, 16, false, end));
    arrives(fragment6(PEER, OWN, PROTOCOL, ID + 1, 16, false, end));
    assertThat(packets).isEmpty();
    arrives(part(data, 16, 24));
    assertWhole(data);
    assertThat(held()).isEqualTo(3);
  }

  @Test
  @Requirement({"RFC6946-4-02", "RFC8200-4.5-10"})
  void atomicFragmentLeavesOthersAlone() {
    byte[] data = data(24);
    arrives(part(data, 0, 16));
    byte[] atomic = data(5);
    arrives(part(atomic, 0, 5));
    assertWhole(atomic);
    arrives(part(data, 16, 24));
    assertWhole(data);
  }

  @Test
  @Requirement({"RFC5722-4-02", "RFC5722-4-03", "RFC8200-4.5-18"})
  void overlappingFragmentsDropThePacketSilently() {
    byte[] data = data(64);
    for (int[] overlap : new int[][] {{8, 24}, {0, 24}, {16, 24}, {24, 40}, {0, 56}, {8, 64}}) {
      arrives(part(data, 16, 32));
      assertDropped(part(data, overlap[0], overlap[1]), IpDrop.OVERLAPPING_FRAGMENT, 2);
      assertDropped(part(data, 0, 16), IpDrop.OVERLAPPING_FRAGMENT, 1);
      assertDropped(part(data, 32, 64), IpDrop.OVERLAPPING_FRAGMENT, 1);
      loop.advance(Duration.ofSeconds(61));
      assertThat(host.device.takeSent()).isEmpty();
    }
  }

  @Test
  @Requirement("RFC8200-4.5-19")
  void exactDuplicatesAreDroppedAlone() {
    byte[] data = data(24);
    arrives(part(data, 0, 16));
    assertDropped(part(data, 0, 16), IpDrop.DUPLICATE_FRAGMENT, 1);
    arrives(part(data, 16, 24));
    assertWhole(data);
  }

  @Test
  @Requirement({"RFC8200-4.5-13", "RFC8200-4.5-14"})
  void onlyTheLastFragmentMayEndBetweenUnits() {
    byte[] odd = fragment6(PEER, OWN, PROTOCOL, ID, 8, true, new byte[15]);
    assertDropped(odd, IpDrop.BAD_FRAGMENT, 1);
    assertProblem(odd, 0, 4);
    assertDropped(fragment6(PEER, OWN, PROTOCOL, ID, 8, true, new byte[0]), IpDrop.BAD_FRAGMENT, 1);
    assertDropped(fragment6(PEER, OWN, PROTOCOL, ID, 8, false, new byte[0]), IpDrop.BAD_FRAGMENT, 1);
    assertThat(host.device.takeSent()).isEmpty();
  }

  @Test
  @Requirement({"RFC8200-4.5-15", "RFC8200-4.5-16"})
  void packetMustNotExceedThePayloadLength() {
    byte[] beyond = fragment6(PEER, OWN, PROTOCOL, ID, 65_528, false, new byte[8]);
    assertDropped(beyond, IpDrop.BAD_FRAGMENT, 1);
    assertProblem(beyond, 0, 42);
    arrives(fragment6(PEER, OWN, PROTOCOL, ID, 65_528, false, new byte[7]));
    assertThat(held()).isOne();
    byte[] options = octets(FRAGMENT, 0, 1, 4, 0, 0, 0, 0);
    byte[] longer = ipv6(PEER, OWN, HBH, concat(options, fragmentHeader(PROTOCOL, ID, 65_520, false), new byte[8]));
    assertDropped(longer, IpDrop.BAD_FRAGMENT, 1);
    assertProblem(longer, 0, 50);
  }

  @Test
  @Requirement({"RFC7112-5-02", "RFC7112-5-03", "RFC7112-5-05"})
  void firstFragmentContainsTheWholeHeaderChain() {
    byte[] tcp = fragment6(PEER, OWN, 6, ID, 0, true, new byte[16]);
    assertDropped(tcp, IpDrop.TINY_FRAGMENT, 1);
    assertProblem(tcp, 3, 0);
    byte[] options = octets(17, 0, 1, 4, 0, 0, 0, 0);
    byte[] udp = fragment6(PEER, OWN, DST, ID, 0, true, options);
    assertDropped(udp, IpDrop.TINY_FRAGMENT, 1);
    assertProblem(udp, 3, 0);
    arrives(fragment6(PEER, OWN, DST, ID, 0, true, concat(options, new byte[8])));
    arrives(fragment6(PEER, OWN, 6, ID + 1, 0, true, new byte[24]));
    assertThat(held()).isEqualTo(2);
  }

  @Test
  @Requirement("RFC8200-4.5-17")
  void optionsMustNotContinueInTheSecondFragment() {
    byte[] cutOptions = fragment6(PEER, OWN, DST, ID, 0, true, octets(17, 1, 1, 12, 0, 0, 0, 0));
    assertDropped(cutOptions, IpDrop.TINY_FRAGMENT, 1);
    assertProblem(cutOptions, 3, 0);
    assertThat(held()).isZero();
  }

  @Test
  void fragmentsOfFragmentsAreDropped() {
    byte[] inner = concat(fragmentHeader(PROTOCOL, 5, 0, true), new byte[16]);
    assertDropped(fragment6(PEER, OWN, FRAGMENT, ID, 0, true, inner), IpDrop.TINY_FRAGMENT, 1);
    host.device.takeSent();
    arrives(ipv6(PEER, OWN, FRAGMENT, concat(fragmentHeader(FRAGMENT, ID, 0, false), inner)));
    assertThat(packets).isEmpty();
  }

  @Test
  @Requirement({"RFC8200-4.5-11", "RFC8200-4.5-12"})
  void incompletePacketIsGivenUpAndReportedAfterAMinute() {
    byte[] data = data(64);
    arrives(part(data, 32, 64));
    loop.advance(Duration.ofSeconds(59));
    byte[] first = part(data, 0, 16);
    arrives(first);
    loop.advance(Duration.ofMillis(999));
    assertThat(held()).isEqualTo(2);
    loop.advance(Duration.ofMillis(1));
    assertThat(held()).isZero();
    assertThat(host.drops.get(IpDrop.REASSEMBLY_TIMEOUT)).isEqualTo(2);
    List<byte[]> sent = host.device.takeSent();
    assertThat(sent).hasSize(1);
    assertThat(Packets.from(sent.getFirst(), 40)).isEqualTo(icmpv6(OWN, PEER, 3, 1, 0, first));
    arrives(part(data, 16, 32));
    loop.advance(Duration.ofSeconds(60));
    assertThat(host.device.takeSent()).as("without the first fragment").isEmpty();
  }

  @Test
  void timeoutOfAnIcmpErrorIsNotReported() {
    arrives(fragment6(PEER, OWN, 58, ID, 0, true, icmpv6(PEER, OWN, 1, 0, 0, new byte[24])));
    loop.advance(Duration.ofSeconds(60));
    assertThat(host.drops.get(IpDrop.REASSEMBLY_TIMEOUT)).isOne();
    assertThat(host.device.takeSent()).isEmpty();
  }

  @Test
  @Requirement("RFC6980-5-02")
  void messagesOfNeighborDiscoveryMustNotBeFragmented() {
    for (int type = 133; type <= 137; type++) {
      byte[] message = icmpv6(PEER, OWN, type, 0, 0, new byte[24]);
      assertDropped(fragment6(PEER, OWN, 58, ID, 0, false, message), IpDrop.FRAGMENTED_DISCOVERY, 1);
      arrives(fragment6(PEER, OWN, 58, ID, 0, true, Arrays.copyOf(message, 16)));
      assertDropped(fragment6(PEER, OWN, 58, ID, 16, false, Packets.from(message, 16)),
          IpDrop.FRAGMENTED_DISCOVERY, 1);
    }
    byte[] echo = icmpv6(PEER, OWN, 128, 0, 0, new byte[24]);
    arrives(fragment6(PEER, OWN, 58, ID, 0, false, echo));
    assertThat(host.device.takeSent()).hasSize(1);
  }

  @Test
  void randomFragmentsNeverThrowNorLeak() {
    long seed = new Random().nextLong();
    Random chance = new Random(seed);
    int[] headers = {PROTOCOL, PROTOCOL, PROTOCOL, HBH, DST, 43, FRAGMENT, 6, 17, 58, 59};
    for (int i = 0; i < 20_000; i++) {
      byte[] content = new byte[chance.nextInt(5) * 8 + (chance.nextInt(10) == 0 ? chance.nextInt(8) : 0)];
      for (int at = 0; at < content.length; at += 8) {
        content[at] = (byte) headers[chance.nextInt(headers.length)];
      }
      host.device.inject(fragment6("2001:db8::" + (2 + chance.nextInt(3)), OWN, headers[chance.nextInt(headers.length)],
          chance.nextInt(4), 8 * chance.nextInt(6), chance.nextBoolean(), content));
      if (chance.nextInt(50) == 0) {
        loop.advance(Duration.ofSeconds(chance.nextInt(40)));
        host.device.takeSent();
      }
    }
    assertThat(packets).as("seed %d", seed).hasSizeGreaterThan(10);
    assertThat(host.drops.snapshot()).as("seed %d", seed).doesNotContainKey("stage.STAGE_FAULT");
  }
}
