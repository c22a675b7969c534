package io.reactorstack;

import static io.reactorstack.testing.Packets.arp;
import static io.reactorstack.testing.Packets.ethernet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.lab.Wire;
import io.reactorstack.neighbor.NeighborDrop;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.telemetry.Story;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestDevice;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.wire.ArpDefect;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;

/** RARP: a host that finds its own address, and a host that serves others (RFC 903). */
@Timeout(60)
class RarpTest {

  private static final String MAC = "02:00:00:00:00:0a";
  private static final String SERVER = "02:00:00:00:00:0b";
  private static final String THIRD = "02:00:00:00:00:0c";
  private static final String ALL = "ff:ff:ff:ff:ff:ff";
  private static final String NONE = "0.0.0.0";
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  /** Draws the middle of every range, so that the times between requests are not varied. */
  private static final RandomGenerator MIDDLE = new RandomGenerator() {
    @Override
    public long nextLong() {
      return Long.MIN_VALUE;
    }

    @Override
    public long nextLong(long bound) {
      return bound / 2;
    }
  };

  private final VirtualLoop loop = new VirtualLoop();
  private final TestDevice device = new TestDevice(
      loop.newTurn(), DeviceCapabilities.ethernet(MacAddress.parse(MAC), 1500));
  private final List<Object> results = new ArrayList<>();
  private NetworkStack stack;

  private void start(String... addresses) {
    stack = UnprobedStack.create().runOn(loop).random(MIDDLE).announceAddresses(false)
        .device("eth0", any -> device, addresses).startNow();
    loop.settle();
  }

  private void stop() {
    stack.dispose();
    loop.settle();
    FrameBalance.assertBalanced(stack);
    assertThat(loop.deadline()).as("no timer is left").isEqualTo(Long.MAX_VALUE);
  }

  private Disposable request() {
    Disposable request = stack.requestAddressByRarp("eth0", TIMEOUT).subscribe(results::add, results::add);
    loop.settle();
    return request;
  }

  private static byte[] rarp(String to, String from, byte[] packet) {
    return ethernet(to, from, 0x8035, packet);
  }

  private static byte[] request(String station) {
    return rarp(ALL, station, arp(3, station, NONE, station, NONE));
  }

  private void receive(byte[] frame) {
    device.inject(frame);
    loop.settle();
  }

  @Test
  @Requirement({"RFC903-III-02", "RFC903-III-05"})
  void broadcastsARequestWithTheOwnMacAddressAndEmitsTheAddressOfTheReply() {
    start();
    request();
    assertThat(device.takeSent()).containsExactly(request(MAC));
    receive(rarp(MAC, SERVER, arp(4, SERVER, "10.0.0.1", MAC, "10.0.0.9")));
    assertThat(results).containsExactly(Ipv4Address.parse("10.0.0.9"));
    loop.advance(TIMEOUT);
    assertThat(device.takeSent()).isEmpty();
    assertThat(stack.drops().total()).isZero();
    stop();
  }

  @Test
  void repeatsTheRequestAtDoubledTimesUntilTheTimeout() {
    start();
    request();
    List<Long> seconds = new ArrayList<>();
    for (int i = 0; i <= 60; i++) {
      for (byte[] frame : device.takeSent()) {
        assertThat(frame).isEqualTo(request(MAC));
        seconds.add((long) i);
      }
      if (i < 60) {
        assertThat(results).isEmpty();
      }
      loop.advance(Duration.ofSeconds(1));
    }
    assertThat(seconds).containsExactly(0L, 1L, 3L, 7L, 15L, 31L, 47L);
    assertThat(results).hasSize(1).first().isInstanceOf(TimeoutException.class).asString().contains(MAC, "PT1M");
    stop();
  }

  @Test
  void cancellationEndsTheRequests() {
    start();
    request().dispose();
    loop.advance(TIMEOUT);
    assertThat(device.takeSent()).hasSize(1);
    receive(rarp(MAC, SERVER, arp(4, SERVER, "10.0.0.1", MAC, "10.0.0.9")));
    assertThat(stack.drops().get(NeighborDrop.RARP_UNEXPECTED_REPLY)).isEqualTo(1);
    assertThat(results).isEmpty();
    stop();
  }

  @Test
  void badRepliesAreDroppedAndCountedAndTheRequestContinues() {
    start();
    request();
    receive(rarp(MAC, SERVER, arp(4, SERVER, "10.0.0.1", THIRD, "10.0.0.9")));
    for (String address : List.of(NONE, "255.255.255.255", "224.0.0.1", "127.0.0.1")) {
      receive(rarp(MAC, SERVER, arp(4, SERVER, "10.0.0.1", MAC, address)));
    }
    receive(rarp(MAC, SERVER, arp(2, SERVER, "10.0.0.1", MAC, "10.0.0.9")));
    receive(rarp(MAC, SERVER, new byte[27]));
    // A reply with the EtherType of ARP.
    receive(ethernet(MAC, SERVER, 0x0806, arp(4, SERVER, "10.0.0.1", MAC, "10.0.0.9")));
    assertThat(results).isEmpty();
    assertThat(stack.drops().snapshot()).isEqualTo(Map.of(
        "neighbor." + NeighborDrop.RARP_UNEXPECTED_REPLY, 1L, "neighbor." + NeighborDrop.RARP_BAD_ADDRESS, 4L,
        "neighbor." + ArpDefect.ARP_UNKNOWN_OPERATION, 2L, "neighbor." + ArpDefect.ARP_TOO_SHORT, 1L));

    receive(rarp(MAC, SERVER, arp(4, SERVER, "10.0.0.1", MAC, "10.0.0.9")));
    assertThat(results).containsExactly(Ipv4Address.parse("10.0.0.9"));
    stop();
  }

  @Test
  @Requirement({"RFC903-III-03", "RFC903-III-04"})
  void serverAnswersForTheStationOfTheRequestWithItsOwnAddressBeside() {
    start("10.0.0.1/24");
    Map<MacAddress, Ipv4Address> table = Map.of(
        MacAddress.parse(SERVER), Ipv4Address.parse("10.0.0.11"), MacAddress.parse(THIRD),
        Ipv4Address.parse("10.0.0.12"));
    stack.serveRarp("eth0", table).subscribe();
    loop.settle();
    receive(request(THIRD));
    assertThat(device.takeSent()).containsExactly(rarp(THIRD, MAC, arp(4, MAC, "10.0.0.1", THIRD, "10.0.0.12")));
    // A station that asks for another one.
    receive(rarp(ALL, THIRD, arp(3, THIRD, NONE, SERVER, NONE)));
    assertThat(device.takeSent()).containsExactly(rarp(THIRD, MAC, arp(4, MAC, "10.0.0.1", SERVER, "10.0.0.11")));
    assertThat(stack.drops().total()).isZero();
    stop();
  }

  @Test
  @Requirement("RFC903-II-02")
  void requestsForUnknownStationsAndBadSendersAreNotAnswered() {
    start("10.0.0.1/24");
    receive(request(THIRD));
    Disposable service = stack
        .serveRarp("eth0", Map.of(MacAddress.parse(THIRD), Ipv4Address.parse("10.0.0.12"))).subscribe();
    loop.settle();
    receive(request("02:00:00:00:00:0d"));
    receive(rarp(ALL, SERVER, arp(3, ALL, NONE, THIRD, NONE)));
    receive(rarp(ALL, SERVER, arp(3, MAC, NONE, THIRD, NONE)));
    service.dispose();
    loop.settle();
    receive(request(THIRD));
    assertThat(device.takeSent()).isEmpty();
    assertThat(stack.drops().snapshot()).isEqualTo(Map.of(
        "neighbor." + NeighborDrop.RARP_UNKNOWN_STATION, 3L, "neighbor." + NeighborDrop.ARP_BAD_SENDER, 1L,
        "neighbor." + NeighborDrop.ARP_OWN_PACKET, 1L));
    stop();
  }

  @Test
  void floodOfMutatedFramesIsCountedAndTheServiceContinues() {
    start("10.0.0.1/24");
    request();
    stack.serveRarp("eth0", Map.of(MacAddress.parse(THIRD), Ipv4Address.parse("10.0.0.12"))).subscribe();
    loop.settle();
    device.takeSent();
    Random random = new Random(1);
    List<byte[]> good = List.of(request(THIRD), rarp(MAC, SERVER, arp(4, SERVER, "10.0.0.1", THIRD, "10.0.0.9")));
    for (int i = 0; i < 20_000; i++) {
      byte[] frame = Arrays.copyOf(good.get(i % 2), 12 + random.nextInt(50));
      for (int flips = random.nextInt(4); flips > 0; flips--) {
        frame[random.nextInt(frame.length)] ^= (byte) (1 << random.nextInt(8));
      }
      device.inject(frame);
      if (i % 100 == 0) {
        loop.settle();
        FrameBalance.assertBalanced(stack);
      }
    }
    loop.settle();
    device.takeSent();
    receive(request(THIRD));
    assertThat(device.takeSent()).containsExactly(rarp(THIRD, MAC, arp(4, MAC, "10.0.0.1", THIRD, "10.0.0.12")));
    assertThat(stack.drops().snapshot()).doesNotContainKey("stage.STAGE_FAULT");
    stop();
  }

  @Test
  void endOfTheHostEndsRequestsAndServices() {
    start("10.0.0.1/24");
    request();
    stack.serveRarp("eth0", Map.of()).subscribe(null, results::add, () -> results.add("end of service"));
    loop.settle();
    stop();
    assertThat(results).hasSize(2).last().isEqualTo("end of service");
    assertThat(results.getFirst()).isInstanceOf(IOException.class);
    stack.requestAddressByRarp("eth0", TIMEOUT).subscribe(results::add, results::add);
    stack.serveRarp("eth0", Map.of()).subscribe(null, results::add);
    loop.settle();
    assertThat(results.subList(2, 4)).allMatch(IOException.class::isInstance);
  }

  @Test
  void interfaceMustExistAndBeEthernet() {
    TestDevice bare = new TestDevice(loop.newTurn(), DeviceCapabilities.ip(1500));
    stack = UnprobedStack.create().runOn(loop).device("tun0", any -> bare, "10.0.0.1/24").startNow();
    for (String name : List.of("tun0", "eth7", "lo")) {
      stack.requestAddressByRarp(name, TIMEOUT).subscribe(results::add, results::add);
      stack.serveRarp(name, Map.of()).subscribe(null, results::add);
    }
    loop.settle();
    assertThat(results).hasSize(6).allMatch(IllegalArgumentException.class::isInstance);
    assertThatThrownBy(() -> stack.requestAddressByRarp("tun0", Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("timeout");
    stop();
  }

  @Test
  void hostWithoutAnAddressGetsItOnALossyLanAndUsesIt() {
    try (Lab lab = Lab.virtual(3)) {
      Switch lan = lab.newSwitch("lan");
      Wire wire = lab.newWire("client-lan", w -> w.delay(Duration.ofMillis(2)).loss(0.5));
      lan.attach(wire.right());
      Host server = lab.host("server").on(lan, "10.0.0.1/24").start();
      lab.call(() -> server.stack()
          .serveRarp("if0", Map.of(wire.left().macAddress(), Ipv4Address.parse("10.0.0.9"))).subscribe());
      NetworkStack client = lab.call(() -> UnprobedStack.create().runOn(lab.loop()).random(lab.random("client"))
          .device("eth0", wire.left()).startNow());

      Story story = Story.builder().build();
      wire.left().observe(story.observer());
      Ipv4Address own = lab.await(client.requestAddressByRarp("eth0", Duration.ofMinutes(5)));
      MacAddress mac = wire.left().macAddress();
      assertThat(story.text()).contains("RARP which address has " + mac + "?", "RARP " + mac + " has 10.0.0.9");
      assertThat(own).isEqualTo(Ipv4Address.parse("10.0.0.9"));
      wire.impair(w -> w.loss(0));
      lab.await(client.addAddress("eth0", new IpPrefix(own, 24)));
      assertThat(lab.await(client.icmp().ping(IpAddress.parse("10.0.0.1")))).isNotNull();
      FrameBalance.assertBalanced(client);
      FrameBalance.assertBalanced(server.stack());
      lab.call(() -> client.stop().subscribe());
    }
  }
}
