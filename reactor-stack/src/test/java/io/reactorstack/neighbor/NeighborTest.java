package io.reactorstack.neighbor;

import static io.reactorstack.testing.Packets.arp;
import static io.reactorstack.testing.Packets.ethernet;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.ip.host.OutboundPacket;
import io.reactorstack.layer.Egress;
import io.reactorstack.layer.Originator;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestHost;
import io.reactorstack.testing.TestPackets;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.wire.ArpDefect;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests of ARP and the neighbour cache by the frames on the wire. */
class NeighborTest {

  private static final String OWN = "02:00:00:00:00:01";
  private static final String PEER = "02:00:00:00:00:02";
  private static final String OTHER = "02:00:00:00:00:03";
  private static final String ALL = "ff:ff:ff:ff:ff:ff";
  private static final String NOBODY = "00:00:00:00:00:00";
  private static final IpAddress PEER_IP = IpAddress.parse("10.0.0.2");

  private final VirtualLoop loop = new VirtualLoop();
  private final TestHost host = TestHost.ethernet(loop, OWN, "10.0.0.1/24");
  private final Deque<OutboundPacket> queue = new ArrayDeque<>();
  private final Egress.Outlet<OutboundPacket> outlet = host.eth0.egress().open(queue::pollFirst);

  @AfterEach
  void close() {
    host.close();
    queue.forEach(OutboundPacket::release);
  }

  @Test
  @Requirement({"RFC826-Generation-01", "RFC826-Generation-02", "RFC1122-2.3.3-06"})
  void aMissBroadcastsARequestAndTheReplyReleasesThePacket() {
    send("10.0.0.2", 1);
    loop.settle();
    assertThat(host.device.takeSent())
        .containsExactly(ethernet(ALL, OWN, 0x0806, arp(1, OWN, "10.0.0.1", NOBODY, "10.0.0.2")));

    receive(PEER, OWN, arp(2, PEER, "10.0.0.2", OWN, "10.0.0.1"));
    loop.settle();
    List<byte[]> sent = host.device.takeSent();
    assertThat(sent).hasSize(1);
    assertThat(Arrays.copyOf(sent.get(0), 14)).isEqualTo(ethernet(PEER, OWN, 0x0800, new byte[0]));
    assertThat(host.neighbors.state(PEER_IP)).isEqualTo(NeighborState.REACHABLE);
  }

  @Test
  @Requirement("RFC1122-2.4-03")
  void aMissKeepsThePacketWithoutAnError() {
    send("10.0.0.2", 1);
    loop.settle();
    assertThat(host.device.takeSent()).hasSize(1);
    assertThat(host.drops.total()).isZero();
    receive(PEER, OWN, arp(2, PEER, "10.0.0.2", OWN, "10.0.0.1"));
    loop.settle();
    assertThat(host.device.takeSent()).hasSize(1);
  }

  @Test
  @Requirement("RFC1122-2.3.2.2-01")
  void keepsTheLatestWaitingPacketsAndDropsTheOldest() {
    for (int i = 0; i < 70; i++) {
      send("10.0.0.2", i);
    }
    loop.settle();
    assertThat(host.neighbors.waiting()).isEqualTo(64);
    assertThat(host.drops.get(NeighborDrop.WAITING_QUEUE_FULL)).isEqualTo(6);
    host.device.takeSent();

    receive(PEER, OWN, arp(2, PEER, "10.0.0.2", OWN, "10.0.0.1"));
    loop.settle();
    List<byte[]> sent = host.device.takeSent();
    assertThat(sent).hasSize(64);
    assertThat(sent.get(0)[34]).isEqualTo((byte) 6);
    assertThat(sent.get(63)[34]).isEqualTo((byte) 69);
  }

  @Test
  void aNeighborDoubtedByATransportIsProbed() {
    answer("10.0.0.2", PEER);
    host.neighbors.of(PEER_IP).doubt();
    assertThat(host.neighbors.state(PEER_IP)).isEqualTo(NeighborState.STALE);
    send("10.0.0.2", 1);
    loop.advance(Duration.ofSeconds(6));
    assertThat(host.device.takeSent()).as("the packet and a request")
        .anyMatch(frame -> Packets.getShort(frame, 12) == 0x0806);
  }

  @Test
  void aSilentNeighborDoesNotBlockOtherNeighbors() {
    answer("10.0.0.2", PEER);
    for (int i = 0; i < 500; i++) {
      send(i % 2 == 0 ? "10.0.0.9" : "10.0.0.2", i);
    }
    loop.settle();

    assertThat(host.device.takeSent().stream().filter(f -> Packets.getShort(f, 12) == 0x0800)).hasSize(250);
  }

  @Test
  void theTotalOfWaitingPacketsIsBounded() {
    for (int i = 0; i < 5000; i++) {
      send("10.0.0." + (10 + i % 200), i);
      loop.settle();
    }

    assertThat(host.neighbors.waiting()).isLessThanOrEqualTo(NeighborSettings.DEFAULT.keeping().waitingTotal());
    assertThat(host.neighbors.waiting() + host.drops.get(NeighborDrop.WAITING_QUEUE_FULL)
        + host.drops.get(NeighborDrop.ENTRY_REMOVED)).isEqualTo(5000);
  }

  @Test
  @Requirement("RFC1122-2.3.2.1-03")
  void sendsOneRequestASecondUntilTheNeighborCountsAsFailed() {
    List<Long> asked = new ArrayList<>();
    long start = loop.now();
    for (int ms = 0; ms < 3000; ms += 10) {
      send("10.0.0.2", 1);
      loop.advance(Duration.ofMillis(10));
      host.device.takeSent().forEach(f -> asked.add(Math.round((loop.now() - start) / 1e9)));
    }
    assertThat(asked).containsExactly(0L, 1L, 2L);
    assertThat(host.neighbors.hasFailed(PEER_IP)).isTrue();
    assertThat(host.neighbors.waiting()).isZero();

    long before = host.drops.get(NeighborDrop.NEXT_HOP_UNREACHABLE);
    send("10.0.0.2", 1);
    loop.settle();
    assertThat(host.drops.get(NeighborDrop.NEXT_HOP_UNREACHABLE)).isEqualTo(before + 1);

    loop.advance(Duration.ofSeconds(2));
    send("10.0.0.2", 1);
    loop.settle();
    assertThat(host.device.takeSent()).as("a new request").hasSize(1);
  }

  @Test
  @Requirement({"RFC1122-2.3.2.1-01", "RFC826-Related-02"})
  void aStaleNeighborInUseIsProbedAndFailsIfSilent() {
    answer("10.0.0.2", PEER);
    loop.advance(Duration.ofSeconds(46));
    assertThat(host.neighbors.state(PEER_IP)).isEqualTo(NeighborState.STALE);

    send("10.0.0.2", 1);
    loop.settle();
    assertThat(host.device.takeSent()).as("sent without a request").hasSize(1);
    assertThat(host.neighbors.state(PEER_IP)).isEqualTo(NeighborState.DELAY);

    loop.advance(Duration.ofSeconds(5));
    assertThat(host.neighbors.state(PEER_IP)).isEqualTo(NeighborState.PROBE);
    assertThat(host.device.takeSent())
        .containsExactly(ethernet(PEER, OWN, 0x0806, arp(1, OWN, "10.0.0.1", NOBODY, "10.0.0.2")));

    loop.advance(Duration.ofSeconds(3));
    assertThat(host.device.takeSent()).hasSize(2);
    assertThat(host.neighbors.hasFailed(PEER_IP)).isTrue();
    assertThat(host.neighbors.linkAddress(PEER_IP)).isNull();
  }

  @Test
  void aProbedNeighborThatAnswersIsReachableAgain() {
    answer("10.0.0.2", PEER);
    loop.advance(Duration.ofSeconds(46));
    send("10.0.0.2", 1);
    loop.advance(Duration.ofMillis(5500));
    receive(PEER, OWN, arp(2, PEER, "10.0.0.2", OWN, "10.0.0.1"));

    assertThat(host.neighbors.state(PEER_IP)).isEqualTo(NeighborState.REACHABLE);
  }

  @Test
  @Requirement({"RFC826-Related-04", "RFC4861-7.3.1-01"})
  void aConfirmationByATransportAvoidsTheProbe() {
    answer("10.0.0.2", PEER);
    loop.advance(Duration.ofSeconds(46));
    send("10.0.0.2", 1);
    loop.advance(Duration.ofSeconds(4));
    host.ip.destination(PEER_IP).confirmNextHop();
    loop.advance(Duration.ofSeconds(10));

    assertThat(host.neighbors.state(PEER_IP)).isEqualTo(NeighborState.REACHABLE);
    assertThat(host.device.takeSent()).hasSize(1);
  }

  @Test
  @Requirement({"RFC826-Reception-05", "RFC5227-2.5-02", "RFC5227-2.6-01"})
  void answersARequestForTheOwnAddress() {
    receive(PEER, ALL, arp(1, PEER, "10.0.0.2", NOBODY, "10.0.0.1"));
    loop.settle();

    assertThat(host.device.takeSent())
        .containsExactly(ethernet(PEER, OWN, 0x0806, arp(2, OWN, "10.0.0.1", PEER, "10.0.0.2")));
  }

  @Test
  @Requirement("RFC826-Reception-04")
  void theSenderOfARequestIsCachedAsStale() {
    receive(PEER, ALL, arp(1, PEER, "10.0.0.2", NOBODY, "10.0.0.1"));

    assertThat(host.neighbors.linkAddress(PEER_IP)).isEqualTo(MacAddress.parse(PEER));
    assertThat(host.neighbors.state(PEER_IP)).isEqualTo(NeighborState.STALE);
  }

  @Test
  @Requirement({"RFC826-Reception-03", "RFC826-Reception-06"})
  void messagesBetweenOtherStationsOnlyUpdateExistingEntries() {
    receive(PEER, ALL, arp(1, PEER, "10.0.0.2", NOBODY, "10.0.0.3"));
    assertThat(host.neighbors.size()).isZero();

    answer("10.0.0.2", PEER);
    receive(OTHER, ALL, arp(1, OTHER, "10.0.0.2", NOBODY, "10.0.0.3"));
    assertThat(host.neighbors.linkAddress(PEER_IP)).isEqualTo(MacAddress.parse(OTHER));
    assertThat(host.neighbors.state(PEER_IP)).isEqualTo(NeighborState.STALE);
  }

  @Test
  void aFloodOfSendersDoesNotExceedTheBoundOfTheCache() {
    for (int i = 0; i < 5_000; i++) {
      String sender = "10.0.0." + (2 + i % 250);
      receive(PEER, ALL, arp(1, PEER, "10." + i % 97 + "." + i % 251 + ".7", NOBODY, "10.0.0.1"));
      receive(PEER, ALL, arp(2, PEER, sender, ALL, sender));
      loop.settle();
    }

    assertThat(host.neighbors.size()).isLessThanOrEqualTo(NeighborSettings.DEFAULT.keeping().entries());
    loop.runUntilIdle(Duration.ofHours(1));
    assertThat(host.neighbors.size()).as("unused entries are removed").isZero();
  }

  @Test
  @Requirement({"RFC5227-2.4-07", "RFC5227-2.4-08", "RFC5227-1.3-01"})
  void theOwnAddressIsDefendedOnceInTenSeconds() {
    byte[] announcement = ethernet(ALL, OWN, 0x0806, arp(1, OWN, "10.0.0.1", NOBODY, "10.0.0.1"));

    receive(PEER, ALL, arp(1, PEER, "10.0.0.1", NOBODY, "10.0.0.1"));
    loop.settle();
    assertThat(host.device.takeSent()).containsExactly(announcement);
    loop.advance(Duration.ofSeconds(9));
    receive(PEER, ALL, arp(2, PEER, "10.0.0.1", OWN, "10.0.0.1"));
    loop.settle();
    assertThat(host.device.takeSent()).isEmpty();
    loop.advance(Duration.ofSeconds(11));
    receive(PEER, ALL, arp(1, PEER, "10.0.0.1", NOBODY, "10.0.0.9"));
    loop.settle();
    assertThat(host.device.takeSent()).containsExactly(announcement);
  }

  @Test
  @Requirement({"RFC5227-2.4-01", "RFC5227-2.4-09"})
  void everyConflictIsReportedAndCounted() {
    receive(PEER, ALL, arp(1, PEER, "10.0.0.1", NOBODY, "10.0.0.1"));
    loop.settle();
    loop.advance(Duration.ofSeconds(9));
    receive(PEER, ALL, arp(2, PEER, "10.0.0.1", OWN, "10.0.0.1"));
    loop.settle();
    loop.advance(Duration.ofSeconds(11));
    receive(PEER, ALL, arp(1, PEER, "10.0.0.1", NOBODY, "10.0.0.9"));
    loop.settle();
    assertThat(host.conflicts).hasSize(3).containsOnly(host.address());
    assertThat(host.drops.get(NeighborDrop.ADDRESS_CONFLICT)).isEqualTo(3);
    assertThat(host.neighbors.size()).isZero();
  }

  @Test
  @Requirement({"RFC5227-1.1-05", "RFC5227-2.3-01"})
  void anAddressIsAnnouncedTwice() {
    host.arp.announce(Ipv4Address.parse("10.0.0.1"));
    loop.settle();
    assertThat(host.device.takeSent())
        .containsExactly(ethernet(ALL, OWN, 0x0806, arp(1, OWN, "10.0.0.1", NOBODY, "10.0.0.1")));
    loop.advance(Duration.ofSeconds(2));
    assertThat(host.device.takeSent()).hasSize(1);
    loop.advance(Duration.ofMinutes(1));
    assertThat(host.device.takeSent()).isEmpty();
  }

  @Test
  @Requirement("RFC5227-2.6-02")
  void aProbeForTheOwnAddressIsAnsweredAndCachesNothing() {
    receive(PEER, ALL, arp(1, PEER, "0.0.0.0", NOBODY, "10.0.0.1"));
    loop.settle();

    assertThat(host.device.takeSent())
        .containsExactly(ethernet(PEER, OWN, 0x0806, arp(2, OWN, "10.0.0.1", PEER, "0.0.0.0")));
    assertThat(host.neighbors.size()).isZero();
  }

  @Test
  @Requirement("RFC1812-3.3.2-03")
  void noStationHasAGroupAddress() {
    assertDropped(arp(2, "01:00:5e:00:00:01", "10.0.0.2", OWN, "10.0.0.1"), NeighborDrop.ARP_BAD_SENDER);
    assertDropped(arp(2, ALL, "10.0.0.2", OWN, "10.0.0.1"), NeighborDrop.ARP_BAD_SENDER);
    assertThat(host.neighbors.size()).isZero();
  }

  @Test
  @Requirement({"RFC826-Reception-01", "RFC826-Reception-02", "RFC826-Body-01"})
  void badArpMessagesAreCountedByReason() {
    byte[] good = arp(1, PEER, "10.0.0.2", NOBODY, "10.0.0.1");
    for (int length = 0; length < 28; length++) {
      assertDropped(Arrays.copyOf(good, length), ArpDefect.ARP_TOO_SHORT);
    }
    assertDropped(with(good, 1, 6), ArpDefect.ARP_UNKNOWN_TYPE);
    assertDropped(with(good, 2, 0x86), ArpDefect.ARP_UNKNOWN_TYPE);
    assertDropped(with(good, 4, 8), ArpDefect.ARP_BAD_LENGTH);
    assertDropped(with(good, 5, 16), ArpDefect.ARP_BAD_LENGTH);
    assertDropped(with(good, 5, 0), ArpDefect.ARP_BAD_LENGTH);
    for (int operation : new int[] {0, 3, 4, 8, 9, 255}) {
      assertDropped(with(good, 7, operation), ArpDefect.ARP_UNKNOWN_OPERATION);
    }
    assertDropped(arp(1, ALL, "10.0.0.2", NOBODY, "10.0.0.1"), NeighborDrop.ARP_BAD_SENDER);
    assertDropped(arp(1, "01:00:5e:00:00:01", "10.0.0.2", NOBODY, "10.0.0.1"), NeighborDrop.ARP_BAD_SENDER);
    assertDropped(arp(1, NOBODY, "10.0.0.2", NOBODY, "10.0.0.1"), NeighborDrop.ARP_BAD_SENDER);
    assertDropped(arp(1, PEER, "224.0.0.1", NOBODY, "10.0.0.1"), NeighborDrop.ARP_BAD_SENDER);
    assertDropped(arp(1, PEER, "10.0.0.255", NOBODY, "10.0.0.1"), NeighborDrop.ARP_BAD_SENDER);
    assertDropped(arp(1, PEER, "255.255.255.255", NOBODY, "10.0.0.1"), NeighborDrop.ARP_BAD_SENDER);
    assertDropped(arp(1, PEER, "127.0.0.1", NOBODY, "10.0.0.1"), NeighborDrop.ARP_BAD_SENDER);
    assertDropped(arp(1, OWN, "10.0.0.2", NOBODY, "10.0.0.1"), NeighborDrop.ARP_OWN_PACKET);
    assertThat(host.device.takeSent()).isEmpty();
    assertThat(host.neighbors.size()).isZero();
  }

  @Test
  @Requirement({"RFC894-Body-05", "RFC1112-6.4-01"})
  void broadcastsAndGroupsNeedNoRequest() {
    send("255.255.255.255", 1);
    send("10.0.0.255", 1);
    send("239.129.2.3", 1);
    loop.settle();

    assertThat(host.device.takeSent())
        .extracting(f -> MacAddress.get(Unpooled.wrappedBuffer(f), 0).toString())
        .containsExactly(ALL, ALL, "01:00:5e:01:02:03");
  }

  @Test
  @Requirement("RFC2464-7-01")
  void ipv6GroupsHaveTheirOwnLinkAddresses() {
    assertThat(GroupAddresses.of(IpAddress.parse("ff02::1:ff00:1234"))).hasToString("33:33:ff:00:12:34");
  }

  private void answer(String ip, String mac) {
    send(ip, 0);
    loop.settle();
    receive(mac, OWN, arp(2, mac, ip, OWN, "10.0.0.1"));
    loop.settle();
    host.device.takeSent();
  }

  private void send(String destination, int mark) {
    OutboundPacket packet = TestPackets.outbound(
        host.ip, host.address().toString(), destination, 253, 1, Originator.NOBODY);
    packet.payload().setByte(packet.payload().readerIndex(), mark);
    queue.addLast(packet);
    outlet.ready();
  }

  private void receive(String source, String destination, byte[] arp) {
    host.device.inject(ethernet(destination, source, 0x0806, arp));
  }

  private void assertDropped(byte[] arp, DropReason reason) {
    long before = host.drops.get(reason);
    long all = host.drops.total();
    ByteBuf frame = Unpooled.directBuffer().writeBytes(ethernet(ALL, PEER, 0x0806, arp));
    host.device.inject(frame);
    loop.settle();
    assertThat(host.drops.get(reason)).as(reason.name()).isEqualTo(before + 1);
    assertThat(host.drops.total()).isEqualTo(all + 1);
    assertThat(frame.refCnt()).isZero();
  }

  private static byte[] with(byte[] bytes, int index, int value) {
    byte[] changed = bytes.clone();
    changed[index] = (byte) value;
    return changed;
  }
}
