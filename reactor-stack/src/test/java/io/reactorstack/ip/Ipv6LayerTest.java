package io.reactorstack.ip;

import static io.reactorstack.testing.Packets.concat;
import static io.reactorstack.testing.Packets.ipv6;
import static io.reactorstack.testing.Packets.octets;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.Frame;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.OriginatedPacket;
import io.reactorstack.ip.host.OutboundPacket;
import io.reactorstack.ip.host.Route;
import io.reactorstack.ip.host.RoutingTable;
import io.reactorstack.ip.input.ArrivalHook;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.ip.input.IpInput;
import io.reactorstack.ip.input.PacketError;
import io.reactorstack.ip.input.PacketError.Problem;
import io.reactorstack.ip.input.PacketReassembly;
import io.reactorstack.ip.output.DepartureHook;
import io.reactorstack.ip.output.IpOutput;
import io.reactorstack.ip.output.PacketNumbers;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.Egress;
import io.reactorstack.layer.FrameMeter;
import io.reactorstack.neighbor.LinkPacket;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestInterfaces;
import io.reactorstack.testing.TestPackets;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.IpDefect;
import io.reactorstack.wire.PacketFields;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** Tests of IPv6 input and output on a medium of bare packets. */
class Ipv6LayerTest {

  private static final String OWN = "2001:db8::1";
  private static final String PEER = "2001:db8::2";
  private static final byte[] DATA = {1, 2, 3, 4, 5};
  private static final int HBH = 0;
  private static final int ROUTING = 43;
  private static final int FRAGMENT = 44;
  private static final int DST = 60;

  private final Drops drops = new Drops();
  private final IpHost host = TestInterfaces.host();
  private final Egress<OutboundPacket> egress = new Egress<>(new VirtualLoop().newTurn());
  private final NetworkInterface tun0 = TestInterfaces.attach(
      host, "tun0", 1500, new TestInterfaces.ToldNeighbors(), egress, OWN + "/64", "fe80::1/64", "10.0.0.1/24");
  private final TestInterfaces.Complained complained = new TestInterfaces.Complained();
  private final TestPackets.Rejected rejected = new TestPackets.Rejected();
  private final PacketReassembly reassembly = new PacketReassembly(new VirtualLoop().newTurn(), new Random(2),
      complained, HostMemory.unlimited(ByteBufAllocator.DEFAULT), drops);
  private final IpInput input = new IpInput(
      host, tun0, reassembly, complained, packet -> drops.drop(packet, IpDrop.NOT_FOR_US), ArrivalHook.NONE,
      drops);
  private final IpOutput output = new IpOutput(host, tun0, new PacketNumbers(new Random(1)), DepartureHook.NONE, drops);
  private final List<PacketError> complaints = complained.all;

  Ipv6LayerTest() {
    host.network().routes(none -> RoutingTable.of(
        Route.onLink(IpPrefix.parse(OWN + "/64"), "tun0"),
        Route.defaultVia(IpAddress.parse("2001:db8::fe"), "tun0")));
  }

  // ---- input

  @Test
  @Requirement({"RFC8200-3-02", "RFC8504-5.12-01", "RFC2464-3-01"})
  void aReceivedPacketIsEmittedWithoutHeaderAndPadding() {
    byte[] bytes = ipv6(PEER, OWN, 17, DATA);
    bytes[0] = 0x6b;
    bytes[1] = (byte) 0x3f;
    bytes[7] = 0;
    InboundPacket packet = receive(concat(bytes, new byte[9]));
    assertThat(packet.source()).isEqualTo(IpAddress.parse(PEER));
    assertThat(packet.destination()).isEqualTo(IpAddress.parse(OWN));
    assertThat(packet.protocol()).isEqualTo(17);
    assertThat(packet.trafficClass()).isEqualTo(0xb3);
    assertThat(packet.ecn()).isEqualTo(3);
    assertThat(packet.hopLimit()).isZero();
    assertThat(packet.headerLength()).isEqualTo(40);
    assertThat(packet.header().dontFragment()).isTrue();
    assertThat(packet.broadcast()).isFalse();
    assertThat(ByteBufUtil.getBytes(packet.payload())).isEqualTo(DATA);
    packet.release();
  }

  @Test
  @Requirement("RFC8200-3-01")
  void malformedPacketsAreDropped() {
    byte[] good = ipv6(PEER, OWN, 17, DATA);
    for (int length = 1; length < 40; length++) {
      assertDropped(Arrays.copyOf(good, length), IpDefect.TOO_SHORT);
    }
    for (int length = 40; length < 45; length++) {
      assertDropped(Arrays.copyOf(good, length), IpDefect.BAD_TOTAL_LENGTH);
    }
    byte[] other = good.clone();
    other[0] = 0x50;
    assertDropped(other, IpDefect.BAD_VERSION);
  }

  @Test
  @Requirement({"RFC4291-2.7-04", "RFC4291-2.5.3-04"})
  void packetsForOtherHostsAndGroupsAreDropped() {
    for (String destination : new String[] {"2001:db8::3", "::1", "::", "ff02::2", "ff02::1:ff00:2", "ff00::1",
        "ff05::1"}) {
      assertDropped(ipv6(PEER, destination, 17, DATA), IpDrop.NOT_FOR_US);
    }
    tun0.join(IpAddress.parse("ff05::1"));
    receive(ipv6(PEER, "ff05::1", 17, DATA)).release();
    for (String group : new String[] {"ff00::1", "ff01::1", "ff11::77"}) {
      tun0.join(IpAddress.parse(group));
      assertDropped(ipv6(PEER, group, 17, DATA), IpDrop.NOT_FOR_US);
    }
  }

  @Test
  @Requirement({"RFC4291-2.8-01", "RFC4291-2.7.1-01", "RFC8504-6.2-01"})
  void packetsToAddressesAndGroupsOfTheHostAreAccepted() {
    for (String destination : new String[] {OWN, "fe80::1", "ff02::1", "ff02::1:ff00:1"}) {
      InboundPacket packet = receive(ipv6(PEER, destination, 17, DATA));
      assertThat(packet.broadcast()).isEqualTo(destination.startsWith("ff"));
      packet.release();
    }
  }

  @Test
  @Requirement({"RFC4291-2.7-02", "RFC4291-2.5.3-02"})
  void theSourceMustBeASingleOtherHost() {
    for (String source : new String[] {"ff02::1", "::1", OWN, "fe80::1", "::"}) {
      assertDropped(ipv6(source, OWN, 17, DATA), IpDrop.BAD_SOURCE);
    }
    receive(ipv6("::", "ff02::1:ff00:1", 58, DATA)).release();
  }

  @Test
  @Requirement({"RFC8200-4.1-03", "RFC8200-4-02", "RFC8200-4.2-01"})
  void extensionHeadersAreSkippedInAnyOrder() {
    byte[] pads = {17, 1, 0, 0, 1, 0, 1, 3, 9, 9, 9, 0, 1, 2, 0, 0};
    byte[] unknownSkipped = {17, 0, 0x1e, 2, 7, 7, 0, 0};
    byte[] usedUpRoute = {17, 0, 0, 0, 0, 0, 0, 0};
    byte[] atomic = {17, 0, 0, 0, 1, 2, 3, 4};
    assertPayload(HBH, named(pads, DST), named(unknownSkipped, ROUTING), named(usedUpRoute, FRAGMENT),
        named(atomic, DST), named(pads, DST), unknownSkipped);
  }

  @Test
  @Requirement({"RFC8200-4.2-02", "RFC8200-4.2-08", "RFC9673-5.1-01"})
  void paddingAndSkippableUnknownOptionsAreSkipped() {
    assertPayload(HBH, new byte[] {17, 0, 0x1e, 2, 7, 7, 0, 0});
    assertPayload(DST, new byte[] {17, 1, 0, 0, 1, 0, 1, 3, 9, 9, 9, 0, 1, 2, 0, 0});
    assertPayload(HBH, new byte[] {17, 1, 0, 0, 1, 0, 1, 3, 9, 9, 9, 0, 1, 2, 0, 0});
  }

  @Test
  @Requirement({"RFC2711-2.2-01", "RFC2711-2.2-02"})
  void theRouterAlertIsIgnored() {
    assertPayload(HBH, new byte[] {17, 0, 5, 2, 0x77, 0x77, 1, 0});
  }

  @Test
  @Requirement("RFC8200-4.4-01")
  void aRoutingHeaderWithoutSegmentsLeftIsSkipped() {
    assertPayload(ROUTING, new byte[] {17, 0, 0, 0, 0, 0, 0, 0});
    assertPayload(ROUTING, new byte[] {17, 0, 99, 0, 0, 0, 0, 0});
  }

  @Test
  @Requirement({"RFC6946-4-01", "RFC8200-4.5-09"})
  void anAtomicFragmentIsAWholePacket() {
    assertPayload(FRAGMENT, new byte[] {17, 0, 0, 0, 1, 2, 3, 4});
  }

  private static byte[] named(byte[] header, int next) {
    byte[] changed = header.clone();
    changed[0] = (byte) next;
    return changed;
  }

  private void assertPayload(int first, byte[]... headers) {
    byte[] chain = concat(headers);
    InboundPacket packet = receive(ipv6(PEER, OWN, first, concat(chain, DATA)));
    assertThat(packet.protocol()).isEqualTo(17);
    assertThat(packet.headerLength()).isEqualTo(40 + chain.length);
    assertThat(ByteBufUtil.getBytes(packet.payload())).isEqualTo(DATA);
    assertThat(complaints).isEmpty();
    packet.release();
  }

  @Test
  @Requirement({"RFC8200-4.2-03", "RFC8200-4.2-04", "RFC8200-4.2-05"})
  void theTypeOfAnUnknownOptionDeterminesTheAction() {
    for (int header : new int[] {HBH, DST}) {
      assertDropped(ipv6(PEER, OWN, header, octets(17, 0, 0x5e, 4, 0, 0, 0, 0)), IpDefect.UNKNOWN_OPTION);
      assertComplaint(ipv6(PEER, OWN, header, octets(17, 0, 0, 0x9e, 3, 0, 0, 0)), IpDefect.UNKNOWN_OPTION,
          Problem.OPTION, 43);
      assertComplaint(ipv6(PEER, "ff02::1", header, octets(17, 0, 0x85, 4, 0, 0, 0, 0)), IpDefect.UNKNOWN_OPTION,
          Problem.OPTION, 42);
      assertComplaint(ipv6(PEER, OWN, header, octets(17, 0, 0xc5, 4, 0, 0, 0, 0)), IpDefect.UNKNOWN_OPTION,
          Problem.OPTION, 42);
      assertDropped(ipv6(PEER, "ff02::1", header, octets(17, 0, 0xc5, 4, 0, 0, 0, 0)), IpDefect.UNKNOWN_OPTION);
    }
  }

  @Test
  @Requirement("RFC8200-4.2-06")
  void optionsAreDistinguishedByAllEightBitsOfTheirType() {
    // The low five bits of 0x85 are those of the router alert.
    assertPayload(HBH, new byte[] {17, 0, 5, 2, 0, 0, 1, 0});
    assertComplaint(ipv6(PEER, OWN, HBH, octets(17, 0, 0x85, 2, 0, 0, 1, 0)), IpDefect.UNKNOWN_OPTION, Problem.OPTION,
        42);
  }

  @Test
  @Requirement({"RFC8200-4.4-02", "RFC8504-5.2-01"})
  void aRoutingHeaderWithSegmentsLeftIsRejected() {
    for (int type : new int[] {0, 99}) {
      byte[] header = octets(17, 2, type, 1, 0, 0, 0, 0, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9);
      assertComplaint(ipv6(PEER, OWN, ROUTING, concat(header, DATA)), IpDefect.SOURCE_ROUTE, Problem.HEADER_FIELD, 42);
    }
  }

  @Test
  @Requirement({"RFC8200-4-01", "RFC8200-4-04"})
  void hopByHopOptionsMustBeTheFirstHeader() {
    byte[] headers = {HBH, 0, 1, 4, 0, 0, 0, 0, 17, 0, 1, 4, 0, 0, 0, 0};
    assertComplaint(ipv6(PEER, OWN, DST, headers), IpDefect.BAD_EXTENSION, Problem.NEXT_HEADER, 40);
  }

  @Test
  @Requirement({"RFC8200-4.7-01", "RFC8504-5.1-01"})
  void octetsAfterNoNextHeaderAreIgnored() {
    assertDropped(ipv6(PEER, OWN, 59, DATA), IpDefect.NO_NEXT_HEADER);
    assertDropped(ipv6(PEER, OWN, DST, concat(octets(59, 0, 1, 4, 0, 0, 0, 0), DATA)), IpDefect.NO_NEXT_HEADER);
  }

  @Test
  void truncatedAndTooLongChainsAreDropped() {
    for (int header : new int[] {HBH, DST, ROUTING, FRAGMENT}) {
      for (int length = 0; length < 8; length++) {
        assertDropped(ipv6(PEER, OWN, header, new byte[length]), IpDefect.BAD_EXTENSION);
      }
    }
    assertDropped(ipv6(PEER, OWN, DST, octets(17, 1, 1, 4, 0, 0, 0, 0)), IpDefect.BAD_EXTENSION);
    assertDropped(ipv6(PEER, OWN, DST, octets(17, 0, 1, 5, 0, 0, 0, 0)), IpDefect.BAD_OPTION);
    assertDropped(ipv6(PEER, OWN, DST, octets(17, 0, 0, 0, 0, 0, 0, 1)), IpDefect.BAD_OPTION);
    byte[] many = new byte[0];
    for (int i = 0; i < 100; i++) {
      many = concat(many, octets(DST, 0, 1, 4, 0, 0, 0, 0));
    }
    assertDropped(ipv6(PEER, OWN, DST, many), IpDefect.BAD_EXTENSION);
    receive(ipv6(PEER, OWN, 17, new byte[0])).release();
  }

  @Test
  void randomChainsNeverThrowNorLeak() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    int[] headers = {HBH, DST, ROUTING, FRAGMENT, 17, 59, 51};
    for (int i = 0; i < 20_000; i++) {
      byte[] payload = new byte[random.nextInt(80)];
      random.nextBytes(payload);
      for (int at = 0; at < payload.length; at += 8) {
        payload[at] = (byte) headers[random.nextInt(headers.length)];
        if (at + 1 < payload.length) {
          payload[at + 1] = (byte) random.nextInt(3);
        }
      }
      ByteBuf buffer = ByteBufAllocator.DEFAULT.buffer(128)
          .writeBytes(ipv6(PEER, OWN, headers[random.nextInt(headers.length)], payload));
      long ended = drops.total() + held();
      long held = held();
      InboundPacket packet = receive(buffer);
      if (packet == null) {
        assertThat(drops.total() + held()).as("seed %d", seed).isEqualTo(ended + 1);
      } else {
        packet.release();
      }
      if (held() <= held && drops.get(IpDrop.REASSEMBLY_LIMIT) == 0) {
        assertThat(buffer.refCnt()).as("seed %d", seed).isZero();
      }
    }
    reassembly.close();
    assertThat(drops.snapshot()).as("seed %d", seed).doesNotContainKey("stage.STAGE_FAULT");
  }

  private long held() {
    return drops.meters().sum(FrameMeter.FRAMES_HELD);
  }

  // ---- output

  @Test
  @Requirement({"RFC8200-8.3-01", "RFC8504-5.1-03"})
  void aSentPacketHasACorrectHeader() {
    OriginatedPacket plain = outbound(OWN, PEER, 253, DATA.length);
    LinkPacket sent = send(new OriginatedPacket(plain.route(), plain.source(), 253, new PacketFields(0xb9, 17, true),
        plain.payload(), plain.originator()));
    assertThat(sent.to()).hasToString(PEER);
    assertThat(sent.etherType()).isEqualTo(EtherType.IPV6);
    byte[] bytes = ByteBufUtil.getBytes(sent.payload());
    byte[] expected = ipv6(OWN, PEER, 253, new byte[DATA.length]);
    expected[0] = 0x6b;
    expected[1] = (byte) (0x90 | bytes[1] & 0xf);
    expected[2] = bytes[2];
    expected[3] = bytes[3];
    expected[7] = 17;
    assertThat(bytes).isEqualTo(expected);
    sent.release();
  }

  @Test
  @Requirement({"RFC6437-3-01", "RFC6437-3-02", "RFC6437-3-03"})
  void packetsOfAFlowShareALabelThatDiffersBetweenFlows() {
    Set<Integer> labels = new HashSet<>();
    int above = 0;
    for (int port = 1; port <= 1000; port++) {
      int label = flowLabel(port);
      assertThat(label).isEqualTo(flowLabel(port)).isNotZero();
      labels.add(label);
      above += label >= 1 << 19 ? 1 : 0;
    }
    assertThat(labels).hasSizeGreaterThan(990);
    assertThat(above).isBetween(400, 600);
  }

  @Test
  @Requirement({"RFC6437-3-04", "RFC8504-5.1-05", "RFC8504-5.1-06"})
  void labelsAreUniformAndNotSequential() {
    int above = 0;
    int successors = 0;
    for (int port = 1; port <= 1000; port++) {
      above += flowLabel(port) >= 1 << 19 ? 1 : 0;
      successors += flowLabel(port + 1) == flowLabel(port) + 1 ? 1 : 0;
    }
    assertThat(above).isBetween(400, 600);
    assertThat(successors).isLessThan(10);
  }

  @Test
  @Requirement("RFC6437-6-01")
  void labelsDependOnTheHostsSecret() {
    int label = flowLabel(1000);
    IpOutput other = new IpOutput(host, tun0, new PacketNumbers(new Random(2)), DepartureHook.NONE, drops);
    LinkPacket sent = other.send(Flux.just(withPorts(1000))).blockFirst();
    assertThat(sent.payload().getInt(sent.payload().readerIndex()) & 0xf_ffff).isNotEqualTo(label);
    sent.release();
  }

  private int flowLabel(int port) {
    LinkPacket sent = send(withPorts(port));
    int label = sent.payload().getInt(sent.payload().readerIndex()) & 0xf_ffff;
    sent.release();
    return label;
  }

  private OriginatedPacket withPorts(int port) {
    OriginatedPacket packet = outbound(OWN, PEER, 6, 20);
    packet.payload().setShort(packet.payload().readerIndex(), port);
    return packet;
  }

  @Test
  @Requirement({"RFC8201-5.2-06", "RFC4443-3.1-01"})
  void rejectsPacketsAboveTheMtuOrWithoutARoute() {
    send(outbound(OWN, PEER, 253, 1460)).release();
    assertRefused(outbound(OWN, PEER, 253, 1461), IpDrop.TOO_BIG);
    assertThat(rejected.all.getFirst().mtu()).isEqualTo(1500);
    LinkPacket far = send(outbound(OWN, "2001:db8:1::1", 253, 5));
    assertThat(far.to()).hasToString("2001:db8::fe");
    far.release();
    OriginatedPacket lost = outbound(OWN, PEER, 253, 5);
    host.network().routes(before -> RoutingTable.EMPTY);
    assertRefused(lost, IpDrop.NO_ROUTE);
  }

  @Test
  @Requirement({"RFC4291-2.5.3-03", "RFC4291-2.5.2-02"})
  void onlyTheHostsAddressesAreSources() {
    for (String source : new String[] {PEER, "::", "::1", "ff02::1"}) {
      assertRefused(outbound(source, PEER, 253, 5), IpDrop.BAD_OUTBOUND);
    }
    assertRefused(TestPackets.outbound(host.onLink(tun0, Ipv6Address.LOOPBACK), OWN, 253, 5, rejected),
        IpDrop.BAD_OUTBOUND);
    assertRefused(outbound("10.0.0.1", PEER, 253, 5), IpDrop.BAD_OUTBOUND);
  }

  @Test
  @Requirement("RFC4291-2.7-03")
  void packetsToInterfaceLocalGroupsDoNotLeave() {
    for (String group : new String[] {"ff00::1", "ff01::1", "ff11::77"}) {
      assertRefused(outbound(OWN, group, 253, 5), IpDrop.BAD_OUTBOUND);
    }
    send(outbound("fe80::1", "ff02::2", 253, 5)).release();
  }

  @Test
  @Requirement({"RFC8200-5-01", "RFC4291-2.5.3-01", "RFC4291-2.5.2-01"})
  void rejectsInvalidInterfaceAddresses() {
    assertThatThrownBy(() -> TestInterfaces.attach(host, "x", 1279, egress, "2001:db8::1/64"))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("1280");
    assertThatThrownBy(() -> TestInterfaces.attach(host, "x", 1500, egress, "::1/128"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> TestInterfaces.attach(host, "x", 1500, egress, "::/64"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(TestInterfaces.attachLoopback(host, egress).owns(Ipv6Address.LOOPBACK)).isTrue();
  }

  @Test
  @Requirement({"RFC6724-5-01", "RFC6724-5-02", "RFC6724-4-01"})
  void theSourceHasTheScopeOfTheDestination() {
    assertThat(host.destination(IpAddress.parse(PEER)).source()).isEqualTo(IpAddress.parse(OWN));
    assertThat(host.destination(IpAddress.parse("2001:db8:9::1")).source()).isEqualTo(IpAddress.parse(OWN));
    host.network().routes(routes -> routes.with(Route.onLink(IpPrefix.parse("fe80::/64"), "tun0")));
    assertThat(host.destination(IpAddress.parse("fe80::2")).source()).isEqualTo(IpAddress.parse("fe80::1"));
    assertThat(host.destination(IpAddress.parse("ff02::2")).source()).isEqualTo(IpAddress.parse("fe80::1"));
  }

  private OriginatedPacket outbound(String source, String destination, int protocol, int length) {
    return TestPackets.outbound(host, source, destination, protocol, length, rejected);
  }

  private LinkPacket send(OriginatedPacket packet) {
    return output.send(Flux.just(packet)).blockFirst();
  }

  private void assertRefused(OriginatedPacket packet, DropReason reason) {
    rejected.all.clear();
    long before = drops.get(reason);
    assertThat(send(packet)).isNull();
    assertThat(drops.get(reason)).isEqualTo(before + 1);
    assertThat(rejected.all).hasSize(1);
    assertThat(packet.payload().refCnt()).isZero();
  }

  private InboundPacket receive(byte[] bytes) {
    InboundPacket packet = receive(Unpooled.copiedBuffer(bytes));
    assertThat(packet).as("dropped: " + drops).isNotNull();
    return packet;
  }

  private InboundPacket receive(ByteBuf bytes) {
    return input.bare().receive(Flux.just(new Frame(bytes, PacketFacts.receivedAt(1)))).blockFirst();
  }

  private void assertDropped(byte[] bytes, DropReason reason) {
    complaints.clear();
    long before = drops.get(reason);
    ByteBuf buffer = ByteBufAllocator.DEFAULT.buffer(64).writeBytes(bytes);
    assertThat(receive(buffer)).isNull();
    assertThat(drops.get(reason)).as(reason + " in " + drops).isEqualTo(before + 1);
    assertThat(buffer.refCnt()).isZero();
    assertThat(complaints).isEmpty();
  }

  private void assertComplaint(byte[] bytes, DropReason reason, Problem problem, int pointer) {
    complaints.clear();
    long before = drops.get(reason);
    ByteBuf buffer = ByteBufAllocator.DEFAULT.buffer(64).writeBytes(bytes);
    assertThat(receive(buffer)).isNull();
    assertThat(drops.get(reason)).isEqualTo(before + 1);
    assertThat(buffer.refCnt()).isZero();
    assertThat(complaints).hasSize(1);
    assertThat(complaints.getFirst().problem()).isEqualTo(problem);
    assertThat(complaints.getFirst().detail()).isEqualTo(pointer);
  }
}
