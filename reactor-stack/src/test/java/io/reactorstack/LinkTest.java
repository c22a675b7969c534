package io.reactorstack;

import static io.reactorstack.testing.Packets.arp;
import static io.reactorstack.testing.Packets.ethernet;
import static io.reactorstack.testing.Packets.icmp;
import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.ethernet.EthernetDrop;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestDevice;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** The layers of an Ethernet interface, as a host assembles them. */
class LinkTest {

  private static final String MAC = "02:00:00:00:00:0a";
  private static final String PEER = "02:00:00:00:00:0b";
  private static final String ALL = "ff:ff:ff:ff:ff:ff";

  private final VirtualLoop loop = new VirtualLoop();
  private final TestDevice device = new TestDevice(
      loop.newTurn(), DeviceCapabilities.ethernet(MacAddress.parse(MAC), 1500));

  @Test
  void frameOfUnknownTypeIsDroppedAndCountedForTheLink() {
    NetworkStack stack = UnprobedStack.create().runOn(loop).random(new Random(1))
        .device("eth0", any -> device, "10.0.0.1/24").startNow();
    for (int type : new int[] {0x0600, 0x8863, 0x88cc, 0xffff}) {
      device.inject(ethernet(MAC, PEER, type, new byte[46]));
    }
    loop.settle();
    assertThat(stack.drops().snapshot()).isEqualTo(Map.of("ethernet." + EthernetDrop.UNKNOWN_TYPE, 4L));
    stack.dispose();
    loop.settle();
  }

  private NetworkStack start(UnaryOperator<StackConfiguration> change) {
    NetworkStack stack = change.apply(UnprobedStack.create().runOn(loop).random(new Random(1)).announceAddresses(false)
        .device("eth0", any -> device, "10.0.0.1/24")).startNow();
    loop.settle();
    return stack;
  }

  private void ping(NetworkStack stack) {
    stack.icmp().ping(IpAddress.parse("10.0.0.2")).subscribe(reply -> {}, timeout -> {});
    loop.settle();
  }

  private List<Integer> types() {
    return device.takeSent().stream().map(frame -> Packets.getShort(frame, 12)).toList();
  }

  private void reply() {
    device.inject(ethernet(MAC, PEER, 0x0806, arp(2, PEER, "10.0.0.2", MAC, "10.0.0.1")));
    loop.settle();
  }

  @Test
  @Requirement({"RFC1122-2.3.3-01", "RFC894-Body-04"})
  void ipPacketsAreInFramesOfTheirOwnTypeToTheAddressThatArpHasFound() {
    NetworkStack stack = start(UnaryOperator.identity());
    ping(stack);
    assertThat(device.takeSent()).containsExactly(
        ethernet(ALL, MAC, 0x0806, arp(1, MAC, "10.0.0.1", "00:00:00:00:00:00", "10.0.0.2")));
    reply();
    List<byte[]> sent = device.takeSent();
    assertThat(sent).hasSize(1);
    assertThat(sent.getFirst()).startsWith(ethernet(PEER, MAC, 0x0800, new byte[] {0x45}));

    device.inject(ethernet(MAC, PEER, 0x0800, ipv4("10.0.0.2", "10.0.0.1", 1, icmp(8, 0, 0x10001, new byte[8]))));
    loop.settle();
    assertThat(device.takeSent()).hasSize(1).first(InstanceOfAssertFactories.BYTE_ARRAY)
        .startsWith(ethernet(PEER, MAC, 0x0800, new byte[] {0x45}));
    stop(stack);
  }

  @Test
  @Requirement({"RFC1122-2.3.1-02", "RFC1122-2.3.3-05"})
  void stationsThatAskForTrailersOrSpeakIeee8023GetEthernetFramesOnly() {
    NetworkStack stack = start(UnaryOperator.identity());
    ping(stack);
    // RFC 893: a station that wants trailers says so in an ARP reply for the protocol 0x1000.
    byte[] trailers = arp(2, PEER, "10.0.0.2", MAC, "10.0.0.1");
    trailers[2] = 0x10;
    device.inject(ethernet(MAC, PEER, 0x0806, trailers));
    reply();
    byte[] packet = ipv4("10.0.0.2", "10.0.0.1", 1, icmp(8, 0, 0x10001, new byte[512]));
    device.inject(ethernet(MAC, PEER, 0x1001, packet));
    // IEEE 802.3 with SNAP: a length, then the header of the logical link with K1 = 6.
    byte[] snap = Packets.concat(Packets.octets(0xaa, 0xaa, 3, 0, 0, 0, 8, 0), packet);
    device.inject(ethernet(MAC, PEER, snap.length, snap));
    device.inject(ethernet(MAC, PEER, 0x0800, packet));
    loop.settle();
    ping(stack);
    assertThat(types()).as("request, ping, reply to the Ethernet frame, ping")
        .containsExactly(0x0806, 0x0800, 0x0800, 0x0800);
    stop(stack);
  }

  @Test
  @Requirement("RFC894-Body-03")
  void packetsOf1500OctetsAreSentAndReceivedAndNoLongerOnes() {
    NetworkStack stack = start(UnaryOperator.identity());
    List<UdpConnection> sockets = new ArrayList<>();
    List<Integer> received = new ArrayList<>();
    stack.udp().bind(7).subscribe(sockets::add);
    loop.settle();
    UdpConnection socket = sockets.getFirst();
    socket.receive().subscribe(datagram -> {
      received.add(datagram.payload().readableBytes());
      datagram.release();
    });
    device.inject(ethernet(ALL, PEER, 0x0806, arp(1, PEER, "10.0.0.2", "00:00:00:00:00:00", "10.0.0.1")));
    for (int length : new int[] {1472, 1473, 4000}) {
      socket.send(Mono.just(Datagram.to(new Endpoint(IpAddress.parse("10.0.0.2"), 7), Unpooled.buffer().writeZero(
          length)))).subscribe(done -> {}, tooLong -> {});
      loop.settle();
    }
    List<Integer> lengths = device.takeSent().stream().map(frame -> frame.length).toList();
    assertThat(lengths).contains(14 + 1500).allMatch(length -> length <= 14 + 1500);

    device.inject(ethernet(MAC, PEER, 0x0800,
        ipv4("10.0.0.2", "10.0.0.1", 17, udp("10.0.0.2", 7, "10.0.0.1", 7, new byte[1472]))));
    loop.settle();
    assertThat(received).containsExactly(1472);
    stop(stack);
  }

  @Test
  @Requirement("RFC1122-2.3.2.1-02")
  void timesOfTheNeighborCacheAreSettings() {
    NetworkStack stack = start(
        configuration -> configuration.neighborTimes(Duration.ofSeconds(2), Duration.ofSeconds(60)));
    ping(stack);
    reply();
    assertThat(types()).containsExactly(0x0806, 0x0800);
    loop.advance(Duration.ofSeconds(4));
    ping(stack);
    loop.advance(Duration.ofSeconds(5));
    assertThat(types()).as("a packet to a neighbour no longer confirmed, then a probe").containsExactly(0x0800, 0x0806);
    reply();
    loop.advance(Duration.ofSeconds(130));
    assertThat(types()).isEmpty();
    ping(stack);
    assertThat(types()).as("the unused entry was removed").containsExactly(0x0806);
    stop(stack);

    assertThatThrownBy(() -> UnprobedStack.create().neighborTimes(Duration.ZERO, Duration.ofSeconds(1)))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("reachable");
    assertThatThrownBy(() -> UnprobedStack.create().neighborTimes(Duration.ofSeconds(1), Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("idle");
  }

  private void stop(NetworkStack stack) {
    stack.dispose();
    loop.settle();
  }
}
