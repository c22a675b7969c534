package io.reactorstack;

import static io.reactorstack.testing.Packets.arp;
import static io.reactorstack.testing.Packets.ethernet;
import static io.reactorstack.testing.Packets.icmp;
import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.layer.FrameMeter;
import io.reactorstack.layer.MeterName;
import io.reactorstack.layer.MeterSample;
import io.reactorstack.layer.MeterTag;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.testing.CountingAllocator;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.TestDevice;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.udp.MulticastGroup;
import io.reactorstack.udp.UdpConnection;
import io.reactorstack.udp.UdpSettings;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Each frame that a device hands over is counted exactly once as consumed or dropped; the host's answers are counted
 * separately.
 */
class FrameEndsTest {

  private static final String MAC = "02:00:00:00:00:0a";
  private static final String PEER_MAC = "02:00:00:00:00:0b";
  private static final String GROUP_MAC = "01:00:5e:01:01:01";
  private static final String OWN = "10.0.0.1";
  private static final String PEER = "10.0.0.2";
  private static final String GROUP = "239.1.1.1";
  private static final int SYN = 2;
  private static final int RST = 4;
  private static final int ACK = 16;

  private final VirtualLoop loop = new VirtualLoop();
  private final TestDevice device = new TestDevice(
      loop.newTurn(), DeviceCapabilities.ethernet(MacAddress.parse(MAC), 1500));
  private final CountingAllocator memory = new CountingAllocator();
  private NetworkStack stack;

  @BeforeEach
  void start() {
    stack = UnprobedStack.create().runOn(loop).random(new Random(1)).allocator(memory)
        .device("eth0", any -> device, OWN + "/24").startNow();
    loop.settle();
    arrives(PEER_MAC, MAC, 0x0806, arp(1, PEER_MAC, PEER, "00:00:00:00:00:00", OWN));
  }

  @AfterEach
  void stop() {
    stack.dispose();
    loop.settle();
    FrameBalance.assertBalanced(stack);
  }

  private void arrives(String from, String to, int type, byte[] payload) {
    device.inject(ethernet(to, from, type, payload));
    FrameBalance.assertBalanced(stack);
    loop.settle();
  }

  private void arrives(byte[] packet) {
    arrives(PEER_MAC, MAC, 0x0800, packet);
  }

  private static byte[] tcp(int port, int flags, int seq, int ack) {
    byte[] segment = ByteBuffer.allocate(20).putShort((short) 4000).putShort((short) port).putInt(seq).putInt(ack)
        .putShort((short) (5 << 12 | flags)).putShort((short) 1000).putInt(0).array();
    byte[] pseudo = Packets.concat(IpAddress.parse(PEER).bytes(), IpAddress.parse(OWN).bytes(),
        Packets.octets(0, 6, 0, 20));
    int sum = ~Packets.checksum(pseudo, 0, pseudo.length, 0) & 0xffff;
    Packets.putShort(segment, 16, Packets.checksum(segment, 0, segment.length, sum));
    return ipv4(PEER, OWN, 6, segment);
  }

  /** Returns how often frames were consumed or dropped so far, by taker or reason, without the first ARP request. */
  private Map<String, Long> ends() {
    Map<String, Long> ends = new TreeMap<>();
    for (MeterSample sample : stack.meters().samples()) {
      if (sample.name().equals("frames.consumed") || sample.name().equals("frames.dropped")) {
        ends.merge(sample.tags().getOrDefault("taker", sample.tags().get("reason")), sample.value(), Long::sum);
      }
    }
    ends.merge("arp", -1L, Long::sum);
    ends.values().removeIf(count -> count == 0);
    return ends;
  }

  private long sample(String name) {
    return stack.meters().samples().stream().filter(sample -> sample.name().equals(name))
        .mapToLong(MeterSample::value).sum();
  }

  @Test
  void arpIsConsumedAndItsReplyCountedSeparately() {
    arrives(PEER_MAC, "ff:ff:ff:ff:ff:ff", 0x0806, arp(1, PEER_MAC, PEER, "00:00:00:00:00:00", OWN));
    arrives(PEER_MAC, "ff:ff:ff:ff:ff:ff", 0x0806, arp(7, PEER_MAC, PEER, "00:00:00:00:00:00", OWN));
    assertThat(ends()).isEqualTo(Map.of("arp", 1L, "neighbor.ARP_UNKNOWN_OPERATION", 1L));
    assertThat(sample("arp.replies.sent")).isEqualTo(2);
    assertThat(sample("neighbors")).isOne();
  }

  @Test
  void icmpEchoesAndErrorsAreConsumed() {
    arrives(ipv4(PEER, OWN, 1, icmp(8, 0, 1, new byte[8])));
    arrives(ipv4(PEER, OWN, 1, icmp(0, 0, 1, new byte[8])));
    byte[] quote = ipv4(OWN, PEER, 6, new byte[20]);
    arrives(ipv4(PEER, OWN, 1, icmp(3, 1, 0, quote)));
    assertThat(ends()).isEqualTo(Map.of("icmp", 2L, "icmp.UNKNOWN_ECHO", 1L));
    assertThat(stack.drops().snapshot()).as("a notice, not a drop").containsEntry("tcp.STRAY_ICMP_ERROR", 1L);
    assertThat(sample("echo.replies.sent")).isOne();
    assertThat(sample("messages.received")).isEqualTo(3);
  }

  @Test
  void frameWhoseHandlingFailsIsDroppedForThatReason() {
    memory.failAt(1);
    arrives(ipv4(PEER, OWN, 1, icmp(8, 0, 1, new byte[8])));
    assertThat(memory.hasFailed()).isTrue();
    assertThat(ends()).isEqualTo(Map.of("stage.NO_MEMORY", 1L));
    assertThat(sample("echo.replies.sent")).isZero();
  }

  @Test
  void failureToAnswerDoesNotCountTheFrameAgain() {
    memory.failAt(1);
    arrives(tcp(81, ACK, 1, 1));
    assertThat(memory.hasFailed()).isTrue();
    assertThat(ends()).isEqualTo(Map.of("tcp.NO_CONNECTION", 1L));
    assertThat(stack.drops().snapshot()).containsEntry("stage.NO_MEMORY", 1L);
    assertThat(sample("resets.sent")).isZero();
  }

  @Test
  void datagramWithoutASocketIsDroppedAndAnsweredWithAnError() {
    arrives(ipv4(PEER, OWN, 17, udp(PEER, 9, OWN, 9, new byte[4])));
    assertThat(ends()).isEqualTo(Map.of("udp.NO_SOCKET", 1L));
    assertThat(sample("errors.sent")).isOne();
    assertThat(sample("datagrams.received")).isOne();
  }

  @Test
  void aDatagramForAFullSocketIsDropped() {
    stack.udp().bind(new Endpoint(IpAddress.parse("0.0.0.0"), 9), UdpSettings.DEFAULT.withReceiveQueue(1000, 1))
        .subscribe();
    loop.settle();
    arrives(ipv4(PEER, OWN, 17, udp(PEER, 9, OWN, 9, new byte[4])));
    arrives(ipv4(PEER, OWN, 17, udp(PEER, 9, OWN, 9, new byte[4])));
    assertThat(ends()).isEqualTo(Map.of("udp", 1L, "udp.RECEIVE_QUEUE_FULL", 1L));
    assertThat(sample("sockets")).isOne();
  }

  @Test
  void groupDatagramCountsAsOneFrameHoweverManySocketsDropIt() {
    List<UdpConnection> sockets = new ArrayList<>();
    for (int capacity : new int[] {1, 2, 1}) {
      stack.udp().bind(new Endpoint(IpAddress.parse("0.0.0.0"), 9),
          UdpSettings.DEFAULT.withReceiveQueue(1000, capacity).withReuseAddress(true))
          .delayUntil(s -> s.join(MulticastGroup.of(IpAddress.parse(GROUP)))).subscribe(sockets::add);
      loop.settle();
    }
    assertThat(sockets).hasSize(3);
    for (int i = 0; i < 3; i++) {
      arrives(PEER_MAC, GROUP_MAC, 0x0800, ipv4(PEER, GROUP, 17, udp(PEER, 9, GROUP, 9, new byte[4])));
    }
    assertThat(ends()).isEqualTo(Map.of("udp", 2L, "udp.RECEIVE_QUEUE_FULL", 1L));
    assertThat(stack.drops().snapshot()).as("a drop for each full socket").containsEntry("udp.RECEIVE_QUEUE_FULL", 5L);
  }

  @Test
  void segmentsAreConsumedByAListenerOrConnectionOrDropped() {
    stack.tcp().listen(80).subscribe();
    loop.settle();
    device.takeSent();
    arrives(tcp(80, SYN, 100, 0));
    byte[] synAck = device.takeSent().getLast();
    int peerSeq = ByteBuffer.wrap(synAck).getInt(14 + 20 + 4) + 1;
    arrives(tcp(80, ACK, 101, peerSeq));
    assertThat(ends()).isEqualTo(Map.of("tcp.listener", 1L, "tcp.connection", 1L));
    assertThat(sample("segments.discarded")).isZero();
    assertThat(sample("connections")).isOne();
    assertThat(sample("listeners")).isOne();

    arrives(tcp(80, ACK, 0x5000_0000, peerSeq));
    assertThat(sample("segments.discarded")).as("outside the window").isOne();
    arrives(tcp(80, RST, 101, peerSeq));
    arrives(tcp(81, ACK, 1, 1));
    assertThat(ends()).isEqualTo(Map.of("tcp.listener", 1L, "tcp.connection", 3L, "tcp.NO_CONNECTION", 1L));
    assertThat(sample("resets.sent")).isOne();
    assertThat(sample("connections")).isZero();
    assertThat(sample("segments.received")).isEqualTo(5);
  }

  @Test
  void segmentsThatAListenerRejectsAreDropped() {
    stack.tcp().listen(80).subscribe();
    loop.settle();
    arrives(tcp(80, ACK, 1, 1));
    arrives(tcp(80, RST, 1, 1));
    arrives(tcp(80, 0, 1, 1));
    assertThat(ends()).isEqualTo(Map.of("tcp.NO_CONNECTION", 2L, "tcp.NOT_A_SYN", 1L));
  }

  @Test
  void groupMessagesAreConsumedOrDropped() {
    int[] routerAlert = {148, 4, 0, 0};
    byte[] query = Packets.octets(0x11, 10, 0, 0, 0, 0, 0, 0, 2, 100, 0, 0);
    Packets.putShort(query, 2, Packets.checksum(query, 0, query.length, 0));
    arrives(PEER_MAC, "01:00:5e:00:00:01", 0x0800, ipv4(PEER, "224.0.0.1", 2, query, routerAlert));
    arrives(PEER_MAC, "01:00:5e:00:00:01", 0x0800, ipv4(PEER, "224.0.0.1", 2, query));
    assertThat(ends()).isEqualTo(Map.of("igmp", 1L, "multicast.NO_ROUTER_ALERT", 1L));
  }

  @Test
  void protocolsOfTheOtherIpVersionAreDropped() {
    TestDevice tun = new TestDevice(loop.newTurn(), DeviceCapabilities.ip(1500));
    NetworkStack both = UnprobedStack.create().runOn(loop).random(new Random(2))
        .device("tun0", any -> tun, "fd00::1/64", "10.1.0.1/24").startNow();
    loop.settle();
    tun.inject(Packets.ipv6("fd00::2", "fd00::1", 2, new byte[8]));
    tun.inject(Packets.ipv6("fd00::2", "fd00::1", 1, icmp(8, 0, 1, new byte[8])));
    tun.inject(ipv4("10.1.0.2", "10.1.0.1", 58, new byte[8]));
    FrameBalance.assertBalanced(both);
    assertThat(both.drops().snapshot())
        .isEqualTo(Map.of("multicast.BAD_VERSION", 1L, "icmp.IGNORED_TYPE", 2L));
    both.dispose();
    loop.settle();
  }

  @Test
  void unknownProtocolOrEtherTypeIsDropped() {
    arrives(ipv4(PEER, OWN, 99, new byte[8]));
    arrives(PEER_MAC, MAC, 0x88cc, new byte[46]);
    arrives(PEER_MAC, "02:00:00:00:00:0c", 0x0800, ipv4(PEER, OWN, 1, icmp(8, 0, 1, new byte[8])));
    assertThat(ends())
        .isEqualTo(Map.of("ip.UNKNOWN_PROTOCOL", 1L, "ethernet.UNKNOWN_TYPE", 1L, "ethernet.NOT_FOR_US", 1L));
  }

  @Test
  void framesAndOctetsAreCountedByInterface() {
    var meters = stack.meters().with(MeterTag.INTERFACE, "eth0");
    long octets = meters.sum(FrameMeter.OCTETS_RECEIVED);
    device.takeSent();
    long sent = meters.sum(FrameMeter.FRAMES_SENT);
    long sentOctets = meters.sum(FrameMeter.OCTETS_SENT);
    arrives(ipv4(PEER, OWN, 1, icmp(8, 0, 1, new byte[8])));
    List<byte[]> reply = device.takeSent();
    assertThat(meters.sum(FrameMeter.FRAMES_RECEIVED)).isEqualTo(2);
    assertThat(meters.sum(FrameMeter.OCTETS_RECEIVED) - octets).isEqualTo(14 + 20 + 8 + 8);
    assertThat(meters.sum(FrameMeter.FRAMES_SENT) - sent).isEqualTo(reply.size()).isOne();
    assertThat(meters.sum(FrameMeter.OCTETS_SENT) - sentOctets).isEqualTo(reply.getFirst().length);
    assertThat(stack.meters().with(MeterTag.INTERFACE, "lo").sum(FrameMeter.FRAMES_RECEIVED)).isZero();
  }

  @Test
  void loopbackFramesAreCountedToo() {
    stack.udp().bind(9).subscribe();
    stack.icmp().ping(IpAddress.parse("127.0.0.1")).subscribe();
    loop.settle();
    FrameBalance.assertBalanced(stack);
    assertThat(ends()).isEqualTo(Map.of("icmp", 2L));
    assertThat(sample("echo.requests.sent")).isOne();
  }

  @Test
  void heldMemoryIsAGauge() {
    assertThat(stack.meters().samples()).contains(
        new MeterSample("memory.held", Map.of(), MeterName.Kind.GAUGE, stack.memory().held()),
        new MeterSample("memory.limit", Map.of(), MeterName.Kind.GAUGE, stack.memory().limit()));
  }
}
