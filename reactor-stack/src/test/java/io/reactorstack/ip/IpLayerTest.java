package io.reactorstack.ip;

import static io.reactorstack.testing.Packets.ipv4;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.Frame;
import io.reactorstack.ethernet.EthernetFrame;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.OriginatedPacket;
import io.reactorstack.ip.host.Route;
import io.reactorstack.ip.host.RoutingTable;
import io.reactorstack.ip.input.ArrivalHook;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.ip.input.IpInput;
import io.reactorstack.ip.input.PacketReassembly;
import io.reactorstack.ip.output.DepartureHook;
import io.reactorstack.ip.output.IpOutput;
import io.reactorstack.ip.output.PacketNumbers;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.Egress;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Rejection;
import io.reactorstack.neighbor.LinkPacket;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestInterfaces;
import io.reactorstack.testing.TestPackets;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.IpDefect;
import io.reactorstack.wire.PacketFields;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

class IpLayerTest {

  private static final String OWN = "10.0.0.1";
  private static final String PEER = "10.0.0.2";
  private static final byte[] DATA = {1, 2, 3, 4, 5};
  private static final MacAddress OWN_MAC = MacAddress.parse("02:00:00:00:00:01");
  private static final MacAddress PEER_MAC = MacAddress.parse("02:00:00:00:00:02");

  private final LoopTurn turn = new VirtualLoop().newTurn();
  private final Drops drops = new Drops();
  private final IpHost host = TestInterfaces.host();
  private final TestInterfaces.Complained complained = new TestInterfaces.Complained();
  private final TestPackets.Rejected rejected = new TestPackets.Rejected();
  private NetworkInterface eth0;
  private IpInput input;
  private IpOutput output;

  @BeforeEach
  void assemble() {
    IpPrefix prefix = IpPrefix.parse(OWN + "/24");
    eth0 = TestInterfaces.attach(
        host, "eth0", 1500, new TestInterfaces.ToldNeighbors(), new Egress<>(turn), OWN + "/24");
    TestInterfaces.attach(host, "eth1", 1500, new Egress<>(turn), "10.9.0.1/24");
    TestInterfaces.attachLoopback(host, new Egress<>(turn));
    host.network().routes(
        none -> RoutingTable.of(Route.onLink(prefix, "eth0"), Route.defaultVia(IpAddress.parse("10.0.0.254"), "eth0")));
    PacketReassembly reassembly = new PacketReassembly(
        turn, new Random(2), complained, HostMemory.unlimited(ByteBufAllocator.DEFAULT), drops);
    input = new IpInput(
        host, eth0, reassembly, complained, packet -> drops.drop(packet, IpDrop.NOT_FOR_US), ArrivalHook.NONE,
        drops);
    output = new IpOutput(host, eth0, new PacketNumbers(new Random(1)), DepartureHook.NONE, drops);
  }

  @Test
  @Requirement({"RFC791-3.1-03", "RFC1122-3.4-03", "RFC1122-3.2.1.6-02"})
  void aReceivedPacketIsEmittedWithoutHeaderAndLinkPadding() {
    byte[] bytes = ipv4(PEER, OWN, 17, DATA);
    bytes[1] = (byte) 0xb9;
    Packets.fixIpv4(bytes, 0);
    InboundPacket packet = receive(Arrays.copyOf(bytes, 46), OWN_MAC);

    assertThat(packet.source()).isEqualTo(IpAddress.parse(PEER));
    assertThat(packet.destination()).isEqualTo(IpAddress.parse(OWN));
    assertThat(packet.protocol()).isEqualTo(17);
    assertThat(packet.trafficClass()).isEqualTo(0xb9);
    assertThat(packet.ecn()).isEqualTo(1);
    assertThat(packet.hopLimit()).isEqualTo(64);
    assertThat(packet.header().dontFragment()).isTrue();
    assertThat(packet.broadcast()).isFalse();
    assertThat(ByteBufUtil.getBytes(packet.payload())).isEqualTo(DATA);
    ByteBuf payload = packet.payload();
    assertThat(ByteBufUtil.getBytes(payload, payload.readerIndex() - packet.headerLength(), 20))
        .as("the header before the payload, for quoting")
        .isEqualTo(Arrays.copyOf(bytes, 20));
    packet.release();
  }

  @Test
  @Requirement({"RFC791-3.1-04", "RFC1122-3.2.1.1-01", "RFC1122-3.2.1.2-01"})
  void malformedHeadersAreCountedByReason() {
    byte[] good = ipv4(PEER, OWN, 17, DATA);
    for (int length = 0; length < 20; length++) {
      assertDropped(Arrays.copyOf(good, length), IpDefect.TOO_SHORT);
    }
    for (int version : new int[] {0, 5, 6, 15}) {
      assertDropped(with(good, 0, version << 4 | 5), IpDefect.BAD_VERSION);
    }
    for (int ihl = 0; ihl < 5; ihl++) {
      assertDropped(with(good, 0, 0x40 | ihl), IpDefect.BAD_HEADER_LENGTH);
    }
    assertDropped(with(good, 0, 0x4f), IpDefect.BAD_HEADER_LENGTH);
    assertDropped(with(good, 3, 19), IpDefect.BAD_TOTAL_LENGTH);
    assertDropped(with(good, 3, 26), IpDefect.BAD_TOTAL_LENGTH);
    assertDropped(with(good, 2, 0xff), IpDefect.BAD_TOTAL_LENGTH);
    for (int i = 0; i < 20 * 8; i++) {
      byte[] flipped = good.clone();
      flipped[i / 8] ^= (byte) (1 << i % 8);
      assertDroppedSomehow(flipped);
    }
    byte[] badSum = good.clone();
    badSum[10] ^= 1;
    assertDroppedAsIs(badSum, IpDefect.BAD_CHECKSUM, OWN_MAC);
  }

  @Test
  @Requirement({"RFC791-3.1-07", "RFC1122-3.2.1.8-03", "RFC1122-3.2.1.8-05"})
  void validOptionsAreSkippedAndBadOnesDropThePacket() {
    for (int[] options : new int[][] {
        {0, 0, 0, 0},
        {1, 1, 1, 1},
        {7, 3, 4, 0},
        {136, 4, 1, 2},
        {68, 4, 5, 0},
        {1, 148, 4, 0, 0, 0, 0, 0},
        {0, 131, 99, 99}
    }) {
      InboundPacket packet = receive(ipv4(PEER, OWN, 17, DATA, options), OWN_MAC);
      assertThat(ByteBufUtil.getBytes(packet.payload())).as(Arrays.toString(options)).isEqualTo(DATA);
      assertThat(packet.headerLength()).isEqualTo(20 + options.length);
      packet.release();
    }
    for (int[] options : new int[][] {{7, 0, 0, 0}, {7, 1, 0, 0}, {7, 5, 4, 0}, {1, 1, 1, 7}, {68, 255, 0, 0}}) {
      assertDropped(ipv4(PEER, OWN, 17, DATA, options), IpDefect.BAD_OPTION);
    }
    assertDropped(ipv4(PEER, OWN, 17, DATA, 131, 3, 4, 0), IpDefect.SOURCE_ROUTE);
    assertDropped(ipv4(PEER, OWN, 17, DATA, 1, 137, 7, 4, 10, 0, 0, 9), IpDefect.SOURCE_ROUTE);
  }

  @Test
  @Requirement({"RFC1122-3.2.1.3-11", "RFC1122-3.2.1.3-07"})
  void martiansAreDropped() {
    for (String source : new String[] {
        "224.0.0.1", "255.255.255.255", "10.0.0.255", "127.0.0.1", "0.0.0.0", "0.1.2.3", "240.0.0.1", OWN, "10.9.0.1"
    }) {
      assertDropped(ipv4(source, OWN, 17, DATA), IpDrop.BAD_SOURCE);
    }
  }

  @Test
  @Requirement("RFC1122-3.2.1.3-10")
  void packetsForOtherHostsAreDropped() {
    for (String destination : new String[] {"10.0.0.3", "127.0.0.1", "0.0.0.0", "224.0.0.5", "10.1.0.255",
        "240.1.1.1"}) {
      assertDropped(ipv4(PEER, destination, 17, DATA), IpDrop.NOT_FOR_US);
    }
  }

  @Test
  void acceptsPacketsToAnotherInterfacesAddressUnlessItIsLinkLocal() {
    receive(ipv4(PEER, "10.9.0.1", 17, DATA), OWN_MAC).release();
    TestInterfaces.attach(host, "eth2", 1500, new Egress<>(turn), "169.254.7.7/16");
    assertDropped(ipv4(PEER, "169.254.7.7", 17, DATA), IpDrop.NOT_FOR_US);
    assertDropped(ipv4(PEER, "127.0.0.1", 17, DATA), IpDrop.NOT_FOR_US);
    TestInterfaces.address(host, eth0, "169.254.8.8/16");
    receive(ipv4(PEER, "169.254.8.8", 17, DATA), OWN_MAC).release();
  }

  @Test
  @Requirement({"RFC1122-3.3.6-01", "RFC1122-3.3.7-03", "RFC1112-7.2-01"})
  void broadcastsAndJoinedGroupsAreAccepted() {
    for (String destination : new String[] {"255.255.255.255", "10.0.0.255"}) {
      InboundPacket packet = receive(ipv4(PEER, destination, 17, DATA), MacAddress.BROADCAST);
      assertThat(packet.broadcast()).isTrue();
      packet.release();
    }
    receive(ipv4(PEER, "224.0.0.1", 17, DATA), MacAddress.parse("01:00:5e:00:00:01")).release();
    byte[] toGroup = ipv4(PEER, "239.1.1.1", 17, DATA);
    assertDropped(toGroup, IpDrop.NOT_FOR_US);
    eth0.join(IpAddress.parse("239.1.1.1"));
    receive(toGroup, OWN_MAC).release();
    eth0.leave(IpAddress.parse("239.1.1.1"));
    assertDropped(toGroup, IpDrop.NOT_FOR_US);
  }

  @Test
  @Requirement("RFC1122-3.3.6-06")
  void aUnicastPacketInABroadcastFrameIsDropped() {
    assertDroppedAsIs(ipv4(PEER, OWN, 17, DATA), IpDrop.UNICAST_IN_GROUP_FRAME, MacAddress.BROADCAST);
  }

  @Test
  @Requirement("RFC1122-3.2.1.7-02")
  void aPacketForTheHostIsAcceptedWithAnyTtl() {
    for (int ttl : new int[] {0, 1}) {
      byte[] bytes = ipv4(PEER, OWN, 17, DATA);
      bytes[8] = (byte) ttl;
      InboundPacket packet = receive(Packets.fixIpv4(bytes, 0), OWN_MAC);
      assertThat(packet.hopLimit()).isEqualTo(ttl);
      packet.release();
    }
  }

  @Test
  @Requirement("RFC6864-4.1-03")
  void theIdentificationOfAnAtomicPacketIsIgnored() {
    byte[] bytes = ipv4(PEER, OWN, 17, DATA);
    Packets.putShort(bytes, 4, 0xbeef);
    receive(Packets.fixIpv4(bytes, 0), OWN_MAC).release();
    receive(Packets.fixIpv4(bytes, 0), OWN_MAC).release();
  }

  @Test
  void addressesMayChangeAtRunTime() {
    byte[] toNew = ipv4(PEER, "10.0.0.77", 17, DATA);
    assertDropped(toNew, IpDrop.NOT_FOR_US);
    TestInterfaces.address(host, eth0, "10.0.0.77/24");
    receive(toNew, OWN_MAC).release();
    host.network().removeAddress(eth0.name(), IpAddress.parse("10.0.0.77"));
    assertDropped(toNew, IpDrop.NOT_FOR_US);
  }

  @Test
  @Requirement({"RFC6864-4.1-02", "RFC791-3.1-05", "RFC1122-3.2.1.7-03"})
  void aSentPacketHasACorrectHeader() {
    LinkPacket sent = send(outbound(OWN, PEER, 5));

    assertThat(sent.to()).hasToString(PEER);
    assertThat(sent.etherType()).isEqualTo(EtherType.IPV4);
    assertThat(ByteBufUtil.getBytes(sent.payload())).isEqualTo(ipv4(OWN, PEER, 253, new byte[5]));
    sent.release();
  }

  @Test
  void packetsThatLeaveTheLinkGoToTheGateway() {
    LinkPacket sent = send(outbound(OWN, "203.0.113.9", 5));
    assertThat(sent.to()).hasToString("10.0.0.254");
    sent.release();
  }

  @Test
  @Requirement({"RFC6864-4.3-01", "RFC791-2.3-01"})
  void fragmentablePacketsHaveDistinctIdentifications() {
    Set<Integer> ids = new TreeSet<>();
    List<Integer> firsts = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      ids.add(identificationTo(PEER));
    }
    for (int i = 3; i < 13; i++) {
      firsts.add(identificationTo("10.0.0." + i));
    }
    assertThat(ids).hasSize(500);
    List<Integer> sorted = firsts.stream().sorted().toList();
    assertThat(firsts).as("no counter shared by all destinations").isNotEqualTo(sorted);
  }

  private int identificationTo(String destination) {
    LinkPacket sent = send(withFields(outbound(OWN, destination, 1), new PacketFields(0, 64, false)));
    byte[] bytes = ByteBufUtil.getBytes(sent.payload());
    sent.release();
    assertThat(Packets.getShort(bytes, 6)).isZero();
    return Packets.getShort(bytes, 4);
  }

  @Test
  void rejectsAPacketWithoutARouteToItsOriginator() {
    OriginatedPacket packet = outbound(OWN, "203.0.113.9", 5);
    host.network().routes(before -> RoutingTable.of(Route.onLink(IpPrefix.parse("10.0.0.0/24"), "eth0")));
    assertRefused(packet, IpDrop.NO_ROUTE);
    assertThat(rejected.all).containsExactly(Rejection.of(Rejection.Why.NO_ROUTE));
  }

  @Test
  @Requirement("RFC791-2.3-03")
  void rejectsPacketsAboveTheMtuInsteadOfFragmentingThem() {
    send(outbound(OWN, PEER, 1480)).release();
    assertRefused(outbound(OWN, PEER, 1481), IpDrop.TOO_BIG);
    assertThat(rejected.all.getFirst().mtu()).isEqualTo(1500);
  }

  @Test
  @Requirement({"RFC1122-3.2.1.3-09", "RFC791-3.3-02"})
  void onlyTheHostsAddressesAreSources() {
    for (String source : new String[] {"10.0.0.9", "0.0.0.0", "255.255.255.255", "10.0.0.255", "127.0.0.1",
        "224.0.0.1"}) {
      assertRefused(outbound(source, PEER, 5), IpDrop.BAD_OUTBOUND);
    }
  }

  @Test
  @Requirement({"RFC1122-3.2.1.3-03", "RFC1122-3.2.1.3-05", "RFC1112-6.2-04"})
  void broadcastsAndGroupsAreNotSources() {
    for (String source : new String[] {"255.255.255.255", "10.0.0.255", "224.0.0.1"}) {
      assertRefused(outbound(source, PEER, 5), IpDrop.BAD_OUTBOUND);
    }
  }

  @Test
  @Requirement("RFC1122-3.2.1.3-01")
  void theUnspecifiedAddressIsASourceOnlyForBroadcast() {
    assertRefused(outbound("0.0.0.0", PEER, 5), IpDrop.BAD_OUTBOUND);
    LinkPacket discover = send(outbound("0.0.0.0", "255.255.255.255", 5));
    assertThat(discover.to()).hasToString("255.255.255.255");
    discover.release();
  }

  @Test
  @Requirement("RFC1122-3.2.1.7-01")
  void noPacketLeavesWithHopLimitZero() {
    assertRefused(withFields(outbound(OWN, PEER, 1), new PacketFields(0, 0, true)), IpDrop.BAD_OUTBOUND);
  }

  @Test
  void framesArePacketsOnABareMedium() {
    assertThat(DeviceCapabilities.ip(1500).medium()).isEqualTo(DeviceCapabilities.Medium.IP);
    InboundPacket packet = input
        .bare()
        .receive(Flux.just(new Frame(Unpooled.copiedBuffer(ipv4(PEER, OWN, 17, DATA)), PacketFacts.LOCAL)))
        .blockFirst();
    assertThat(ByteBufUtil.getBytes(packet.payload())).isEqualTo(DATA);
    packet.release();
    Frame frame = output.bare().send(Flux.just(outbound(OWN, PEER, 5))).blockFirst();
    assertThat(ByteBufUtil.getBytes(frame.payload())).isEqualTo(ipv4(OWN, PEER, 253, new byte[5]));
    frame.release();
  }

  private OriginatedPacket outbound(String source, String destination, int length) {
    return TestPackets.outbound(host, source, destination, 253, length, rejected);
  }

  private static OriginatedPacket withFields(OriginatedPacket plain, PacketFields fields) {
    return new OriginatedPacket(
        plain.route(), plain.source(), plain.protocol(), fields, plain.payload(), plain.originator());
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

  private InboundPacket receive(byte[] bytes, MacAddress destination) {
    InboundPacket packet = receiveOrDrop(Unpooled.copiedBuffer(bytes), destination);
    assertThat(packet).as("dropped: " + drops).isNotNull();
    return packet;
  }

  private @Nullable InboundPacket receiveOrDrop(ByteBuf bytes, MacAddress destination) {
    EthernetFrame frame = new EthernetFrame(destination, PEER_MAC, EtherType.IPV4, bytes,
        PacketFacts.receivedAt(1));
    return input.receive(Flux.just(frame)).blockFirst();
  }

  /** Corrects the header checksum of {@code bytes} first, so that it is not the reason for the drop. */
  private void assertDropped(byte[] bytes, DropReason reason) {
    assertDroppedAsIs(bytes.length < 20 ? bytes : Packets.fixIpv4(bytes.clone(), 0), reason, OWN_MAC);
  }

  private void assertDroppedAsIs(byte[] bytes, DropReason reason, MacAddress destination) {
    long before = drops.get(reason);
    long all = drops.total();
    ByteBuf buffer = ByteBufAllocator.DEFAULT.buffer(64).writeBytes(bytes);
    assertThat(receiveOrDrop(buffer, destination)).isNull();
    assertThat(drops.get(reason)).as(reason + " in " + drops).isEqualTo(before + 1);
    assertThat(drops.total()).isEqualTo(all + 1);
    assertThat(buffer.refCnt()).isZero();
  }

  private void assertDroppedSomehow(byte[] bytes) {
    long all = drops.total();
    ByteBuf buffer = ByteBufAllocator.DEFAULT.buffer(64).writeBytes(bytes);
    assertThat(receiveOrDrop(buffer, OWN_MAC)).isNull();
    assertThat(drops.total()).isEqualTo(all + 1);
    assertThat(buffer.refCnt()).isZero();
  }

  private static byte[] with(byte[] bytes, int index, int value) {
    byte[] changed = bytes.clone();
    changed[index] = (byte) value;
    return changed;
  }
}
