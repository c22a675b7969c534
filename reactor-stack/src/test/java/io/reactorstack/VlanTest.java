package io.reactorstack;

import static io.reactorstack.testing.Packets.arp;
import static io.reactorstack.testing.Packets.concat;
import static io.reactorstack.testing.Packets.ethernet;
import static io.reactorstack.testing.Packets.icmp;
import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.octets;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.DeviceException;
import io.reactorstack.ethernet.EthernetDrop;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.layer.FrameMeter;
import io.reactorstack.layer.MeterTag;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.TestDevice;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpConnection;
import io.reactorstack.wire.EthernetHeader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/** Interfaces of VLANs beside the untagged interface of one device (IEEE 802.1Q). */
@Timeout(60)
class VlanTest {

  private static final String MAC = "02:00:00:00:00:0a";
  private static final String PEER = "02:00:00:00:00:0b";
  private static final String ALL = "ff:ff:ff:ff:ff:ff";
  private static final String NOBODY = "00:00:00:00:00:00";

  private final VirtualLoop loop = new VirtualLoop();
  private final TestDevice device = new TestDevice(
      loop.newTurn(), DeviceCapabilities.ethernet(MacAddress.parse(MAC), 1500));

  private NetworkStack start() {
    NetworkStack stack = UnprobedStack.create().runOn(loop).random(new Random(1)).announceAddresses(false)
        .device("eth0", any -> device, "10.0.0.1/24")
        .vlan("eth0", 10, "10.10.0.1/24")
        .vlan("eth0", 4094, "10.94.0.1/24")
        .startNow();
    loop.settle();
    return stack;
  }

  private void stop(NetworkStack stack) {
    stack.dispose();
    loop.settle();
    assertThat(device.isDisposed()).isTrue();
    FrameBalance.assertBalanced(stack);
  }

  /** Returns a frame with a tag of IEEE 802.1Q. */
  private static byte[] tagged(String destination, String source, int tag, int type, byte[] payload) {
    return ethernet(destination, source, 0x8100, concat(octets(tag >> 8, tag & 0xff, type >> 8, type & 0xff), payload));
  }

  private static byte[] request(String target) {
    return arp(1, PEER, target.replaceFirst("\\.1$", ".2"), NOBODY, target);
  }

  private static byte[] reply(String address) {
    return arp(2, MAC, address, PEER, address.replaceFirst("\\.1$", ".2"));
  }

  private List<byte[]> answersTo(byte[] frame) {
    device.inject(frame);
    loop.settle();
    return device.takeSent();
  }

  @Test
  void eachVlanIsAnInterfaceOfItsOwn() {
    NetworkStack stack = start();

    assertThat(answersTo(ethernet(ALL, PEER, 0x0806, request("10.0.0.1"))))
        .containsExactly(ethernet(PEER, MAC, 0x0806, reply("10.0.0.1")));
    assertThat(answersTo(tagged(ALL, PEER, 10, 0x0806, request("10.10.0.1"))))
        .containsExactly(tagged(PEER, MAC, 10, 0x0806, reply("10.10.0.1")));
    assertThat(answersTo(tagged(ALL, PEER, 4094, 0x0806, request("10.94.0.1"))))
        .containsExactly(tagged(PEER, MAC, 4094, 0x0806, reply("10.94.0.1")));
    // ARP answers for the addresses of the interface that received the request only.
    assertThat(answersTo(tagged(ALL, PEER, 10, 0x0806, request("10.94.0.1")))).isEmpty();
    assertThat(answersTo(ethernet(ALL, PEER, 0x0806, request("10.10.0.1")))).isEmpty();
    for (String name : List.of("eth0", "eth0.10")) {
      assertThat(stack.meters().with(MeterTag.INTERFACE, name).sum(FrameMeter.FRAMES_RECEIVED)).isEqualTo(2);
    }
    stop(stack);
  }

  @Test
  void priorityOfATagIsAcceptedAndAFrameWithPriorityOnlyIsUntagged() {
    NetworkStack stack = start();

    // Priority 7 and "drop eligible" beside the VLAN identifier 10.
    assertThat(answersTo(tagged(ALL, PEER, 0xf00a, 0x0806, request("10.10.0.1"))))
        .containsExactly(tagged(PEER, MAC, 10, 0x0806, reply("10.10.0.1")));
    assertThat(answersTo(tagged(ALL, PEER, 0xe000, 0x0806, request("10.0.0.1"))))
        .containsExactly(ethernet(PEER, MAC, 0x0806, reply("10.0.0.1")));
    assertThat(stack.drops().total()).isZero();
    stop(stack);
  }

  @Test
  void framesOfUnknownVlansAndBadTagsAreDroppedAndCountedAtTheUntaggedInterface() {
    NetworkStack stack = start();
    for (int vlan : new int[] {1, 9, 11, 4093, 4095}) {
      assertThat(answersTo(tagged(ALL, PEER, vlan, 0x0806, request("10.10.0.1")))).isEmpty();
    }
    // A frame that ends within its tag, a tag within a tag, and an empty frame.
    assertThat(answersTo(ethernet(ALL, PEER, 0x8100, new byte[3]))).isEmpty();
    assertThat(answersTo(tagged(ALL, PEER, 10, 0x8100, concat(octets(0, 10, 8, 6), request("10.10.0.1"))))).isEmpty();
    assertThat(answersTo(new byte[0])).isEmpty();

    assertThat(stack.drops().snapshot()).isEqualTo(Map.of(
        "ethernet." + EthernetDrop.OTHER_VLAN, 5L, "ethernet.TOO_SHORT", 2L, "ethernet.UNKNOWN_TYPE", 1L));
    assertThat(stack.meters().with(MeterTag.INTERFACE, "eth0").sum(FrameMeter.FRAMES_DROPPED)).isEqualTo(7);
    assertThat(stack.meters().with(MeterTag.INTERFACE, "eth0.10").sum(FrameMeter.FRAMES_DROPPED)).isEqualTo(1);
    stop(stack);
  }

  @Test
  void anEchoReplyIsTaggedWithTheVlanOfTheRoute() {
    NetworkStack stack = start();
    answersTo(tagged(ALL, PEER, 10, 0x0806, request("10.10.0.1")));
    byte[] echo = icmp(8, 0, 0x00010002, new byte[] {1, 2, 3});

    List<byte[]> answers = answersTo(tagged(MAC, PEER, 10, 0x0800, ipv4("10.10.0.2", "10.10.0.1", 1, echo)));

    assertThat(answers).hasSize(1);
    assertThat(answers.getFirst()).startsWith(tagged(PEER, MAC, 10, 0x0800, new byte[] {0x45}));
    stop(stack);
  }

  @Test
  void portsShareTheCreditOfTheDeviceInOrder() {
    NetworkStack stack = start();
    device.holdCredit();
    for (String own : List.of("10.0.0.1", "10.10.0.1", "10.94.0.1")) {
      int tag = own.equals("10.0.0.1") ? 0 : own.equals("10.10.0.1") ? 10 : 4094;
      answersTo(tagged(ALL, PEER, tag, 0x0806, request(own)));
    }
    // The device grants 64 frames at the start, of which three were used; the rest is used up here.
    List<UdpConnection> sockets = new ArrayList<>();
    stack.udp().bind(5000).subscribe(sockets::add);
    loop.settle();
    for (int i = 0; i < 61 + 300; i++) {
      String to = i % 3 == 0 ? "10.0.0.2" : i % 3 == 1 ? "10.10.0.2" : "10.94.0.2";
      Endpoint peer = new Endpoint(IpAddress.parse(to), 7);
      sockets.getFirst().send(Mono.just(Datagram.to(peer, Unpooled.wrappedBuffer(new byte[] {(byte) i})))).subscribe();
      loop.settle();
    }
    assertThat(device.takeSent()).hasSize(61);

    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      device.credit(1);
      loop.settle();
      List<byte[]> sent = device.takeSent();
      assertThat(sent).hasSize(1);
      order.add(EthernetHeader.vlanOf(Unpooled.wrappedBuffer(sent.getFirst())));
    }
    assertThat(order.subList(0, 6)).isEqualTo(order.subList(6, 12));
    assertThat(Set.copyOf(order)).containsExactlyInAnyOrder(0, 10, 4094);
    device.credit(1000);
    loop.settle();
    assertThat(device.takeSent()).hasSize(300 - 12);
    stop(stack);
  }

  @Test
  void gatewayInAVlanIsReachedThroughItsInterface() {
    NetworkStack stack = UnprobedStack.create().runOn(loop).random(new Random(1)).announceAddresses(false)
        .device("eth0", any -> device, "10.0.0.1/24").vlan("eth0", 10, "10.10.0.1/24").gateway("10.10.0.2").startNow();
    stack.icmp().ping(IpAddress.parse("192.0.2.1")).subscribe(reply -> {}, cause -> {});
    loop.settle();
    assertThat(device.takeSent())
        .containsExactly(tagged(ALL, MAC, 10, 0x0806, arp(1, MAC, "10.10.0.1", NOBODY, "10.10.0.2")));
    stop(stack);
  }

  @Test
  void settingsAreCheckedAtTheCall() {
    StackConfiguration one = UnprobedStack.create().device("eth0", any -> device, "10.0.0.1/24").vlan("eth0", 10);
    assertThatThrownBy(() -> one.vlan("eth1", 10)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("eth1");
    assertThatThrownBy(() -> one.vlan("eth0.10", 11)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> one.vlan("eth0", 10)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("eth0.10");
    for (int vlan : new int[] {-1, 0, 4095}) {
      assertThatThrownBy(() -> one.vlan("eth0", vlan)).isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("1 to 4094");
    }
    assertThatThrownBy(() -> one.device("eth0.10", any -> device)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void deviceWithoutEthernetCannotHaveVlans() {
    TestDevice bare = new TestDevice(loop.newTurn(), DeviceCapabilities.ip(1500));
    StackConfiguration tun = UnprobedStack.create().runOn(loop).device("tun0", any -> bare, "10.0.0.1/24")
        .vlan("tun0", 10);
    loop.execute(() -> assertThatThrownBy(tun::startNow).isInstanceOf(DeviceException.class)
        .hasMessageContaining("not Ethernet"));
    loop.settle();
    assertThat(bare.isDisposed()).isTrue();
  }

  private static UnaryOperator<StackConfiguration> vlans(int last) {
    return stack -> stack.vlan("if0", 10, "10.10.0." + last + "/24").vlan("if0", 20, "10.20.0." + last + "/24");
  }

  @Test
  void pingUdpAndTcpWorkInSeveralVlansAndUntaggedAtOnce() {
    try (Lab lab = Lab.virtual(7)) {
      Switch lan = lab.newSwitch("lan");
      Host a = lab.host("a").stack(vlans(1)).on(lan, "10.0.0.1/24", wire -> wire.delay(Duration.ofMillis(1)).loss(0.01))
          .start();
      Host b = lab.host("b").stack(vlans(2)).on(lan, "10.0.0.2/24").start();
      Map<Integer, Integer> seen = new TreeMap<>();
      lab.wires().getFirst().left().observe((direction, frame, nanos) -> seen
          .merge(EthernetHeader.vlanOf(frame.payload()), 1, Integer::sum));
      b.stack().tcp().listen(80)
          .subscribe(connection -> connection.send(connection.receive()).then(connection.close()).subscribe());
      for (String network : List.of("10.0.0", "10.10.0", "10.20.0")) {
        assertThat(lab.await(a.stack().icmp().ping(IpAddress.parse(network + ".2")).retry(3))).isNotNull();
        TcpConnection connection = lab.await(a.stack().tcp().connect(network + ".2", 80));
        byte[] text = ("through " + network).repeat(10_000).getBytes(StandardCharsets.US_ASCII);
        Mono<byte[]> echo = connection.receive().reduce(Unpooled.buffer(), (all, part) -> {
          all.writeBytes(part);
          part.release();
          return all;
        }).map(VlanTest::bytes);
        byte[] back = lab.await(Mono.zip(
            connection.send(Mono.just(Unpooled.wrappedBuffer(text))).then(connection.shutdownOutput()).thenReturn(1),
            echo).map(both -> both.getT2()));
        assertThat(back).isEqualTo(text);
      }
      assertThat(seen.keySet()).containsExactly(0, 10, 20);
      assertThat(seen.values()).allMatch(frames -> frames > 50);
      FrameBalance.assertBalanced(a.stack());
      FrameBalance.assertBalanced(b.stack());
    }
  }

  private static byte[] bytes(ByteBuf buffer) {
    byte[] copy = new byte[buffer.readableBytes()];
    buffer.readBytes(copy);
    return copy;
  }

  @Test
  void hostsOfDifferentVlansDoNotSeeEachOther() {
    try (Lab lab = Lab.virtual(7)) {
      Switch lan = lab.newSwitch("lan");
      Host a = lab.host("a").stack(stack -> stack.vlan("if0", 10, "10.10.0.1/24")).on(lan, "10.0.0.1/24").start();
      Host b = lab.host("b").stack(stack -> stack.vlan("if0", 20, "10.10.0.2/24")).on(lan, "10.0.0.2/24").start();
      assertThatThrownBy(() -> lab.await(a.stack().icmp().ping(IpAddress.parse("10.10.0.2"))))
          .isInstanceOf(Exception.class);
      assertThat(b.stack().drops().get(EthernetDrop.OTHER_VLAN)).isPositive();
      assertThat(lab.await(a.stack().icmp().ping(b.address()))).isNotNull();
    }
  }

  @Test
  void allInterfacesFollowTheCarrierOfTheDevice() {
    try (Lab lab = Lab.virtual(7)) {
      Switch lan = lab.newSwitch("lan");
      Host a = lab.host("a").stack(vlans(1)).on(lan, "10.0.0.1/24").start();
      List<String> events = new ArrayList<>();
      a.stack().interfaceEvents().subscribe(event -> events
          .add(event.getClass().getSimpleName() + " " + event.interfaceName()));
      lab.advance(Duration.ofMillis(1));
      events.clear();
      lab.wires().getFirst().unplug();
      lab.advance(Duration.ofMillis(1));
      assertThat(events).containsExactlyInAnyOrder("Down if0", "Down if0.10", "Down if0.20");
      events.clear();
      lab.wires().getFirst().plug();
      lab.advance(Duration.ofMillis(1));
      assertThat(events).containsExactlyInAnyOrder("Up if0", "Up if0.10", "Up if0.20");
    }
  }
}
