package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.reactorstack.device.Frame;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;

@Timeout(30)
class SwitchTest {

  private Lab lab = Lab.virtual(1);
  private final Switch lan = lab.newSwitch("lan");
  private Station a = station("a");
  private Station b = station("b");
  private Station c = station("c");

  private Station station(String name) {
    Wire wire = lab.newWire(name);
    lan.attach(wire.right());
    return new Station(lab, wire.left());
  }

  @BeforeEach
  void settle() {
    lab.advance(Duration.ofMillis(1));
  }

  @AfterEach
  void close() {
    lab.close();
  }

  @Test
  void floodsUnknownAddressesThenUsesTheLearnedPort() {
    a.send(b.macAddress(), 1);
    settle();
    assertThat(b.numbers()).containsExactly(1);
    assertThat(c.numbers()).as("unknown: flooded").containsExactly(1);
    assertThat(a.numbers()).as("not back to the sender").isEmpty();

    b.send(a.macAddress(), 2);
    a.send(b.macAddress(), 3);
    settle();
    assertThat(a.numbers()).containsExactly(2);
    assertThat(b.numbers()).containsExactly(1, 3);
    assertThat(c.numbers()).as("both are known now").containsExactly(1);
    assertThat(lan.learned()).containsExactlyInAnyOrder(a.macAddress(), b.macAddress());
  }

  @Test
  void groupsAreAlwaysFlooded() {
    b.send(MacAddress.BROADCAST, 1);
    a.send(MacAddress.BROADCAST, 2);
    a.send(MacAddress.parse("01:00:5e:00:00:01"), 3);
    settle();
    assertThat(b.numbers()).containsExactly(2, 3);
    assertThat(c.numbers()).containsExactly(1, 2, 3);
  }

  @Test
  void forgetsAfterTheAgeingTime() {
    b.send(MacAddress.BROADCAST, 1);
    settle();
    lab.advance(SwitchSettings.DEFAULT.ageingTime().minusMillis(2));
    a.send(b.macAddress(), 2);
    settle();
    assertThat(c.numbers()).containsExactly(1);
    lab.advance(Duration.ofMillis(2));
    a.send(b.macAddress(), 3);
    settle();
    assertThat(c.numbers()).as("aged out: flooded again").containsExactly(1, 3);
    assertThat(lan.learned()).containsExactly(a.macAddress());
  }

  @Test
  void followsAStationThatMoved() {
    b.send(MacAddress.BROADCAST, 1);
    settle();
    c.sendAll(Flux.just(Station.frame(b.macAddress(), MacAddress.BROADCAST, 2, 60)));
    settle();
    a.send(b.macAddress(), 3);
    settle();
    assertThat(c.numbers()).containsExactly(1, 3);
    assertThat(b.numbers()).containsExactly(2);
  }

  @Test
  void itsTableIsBoundedAndForgetsTheOldestFirst() {
    int size = SwitchSettings.DEFAULT.tableSize();
    a.sendAll(Flux.range(0, size + 10)
        .map(n -> Station.frame(new MacAddress(0x0200_0000_0000L + n), b.macAddress(), n, 60)));
    lab.advance(Duration.ofSeconds(1));
    assertThat(lan.learned()).hasSize(size)
        .contains(new MacAddress(0x0200_0000_0000L + size + 9))
        .doesNotContain(new MacAddress(0x0200_0000_0009L));
  }

  @Test
  void dropsMalformedFramesAndFramesForTheirOwnPort() {
    a.sendAll(Flux.just(
        new Frame(Unpooled.buffer().writeZero(13), PacketFacts.LOCAL),
        Station.frame(MacAddress.BROADCAST, b.macAddress(), 1, 60),
        Station.frame(a.macAddress(), b.macAddress(), 2, 60),
        Station.frame(c.macAddress(), a.macAddress(), 3, 60)));
    settle();
    assertThat(b.numbers()).containsExactly(2);
    assertThat(lan.drops().snapshot()).containsExactly(Map.entry("junction.MALFORMED", 2L));
    assertThat(lan.meters().sum(SwitchMeter.FRAMES_FILTERED)).isEqualTo(1);
  }

  @Test
  void forwardsNoFramesOfTheProtocolsBetweenBridges() {
    a.send(MacAddress.parse("01:80:c2:00:00:00"), 1);
    a.send(MacAddress.parse("01:80:c2:00:00:0f"), 2);
    a.send(MacAddress.parse("01:80:c2:00:00:10"), 3);
    settle();
    assertThat(b.numbers()).containsExactly(3);
    assertThat(lan.meters().sum(SwitchMeter.FRAMES_FILTERED)).isEqualTo(2);
    assertThat(lan.learned()).containsExactly(a.macAddress());
  }

  @Test
  void portsAreNamedLikeTheirWires() {
    assertThat(lan.ports()).extracting(SwitchPort::name).containsExactly("a", "b", "c");
    assertThat(lan.port("b").peer()).as("a station is no host").isEmpty();
    Host host = lab.host("shop").on(lan, "10.0.0.1/24").start();
    Hub hub = lab.newHub("hub");
    Wire uplink = lab.newWire("uplink");
    lan.attach(uplink.left());
    hub.attach(uplink.right());
    Wire loop = lab.newWire("loop");
    lan.attach(loop.left());
    lan.attach(loop.right());
    assertThat(lan.ports()).extracting(SwitchPort::name)
        .containsExactly("a", "b", "c", host.wire().name(), "uplink", "loop", "loop-2");
    assertThat(lan.ports()).extracting(SwitchPort::peer).containsExactly("", "", "", "shop", "hub", "lan", "lan");
    assertThatThrownBy(() -> lan.port("d")).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the switch lan has no port d; its ports: a, b, c, shop-lan, uplink, loop, loop-2");
  }

  @Test
  void hubSendsEveryFrameToAllOtherPorts() {
    Hub hub = lab.newHub("hub");
    Wire one = lab.newWire("one");
    Wire two = lab.newWire("two");
    Wire three = lab.newWire("three");
    hub.attach(one.right());
    hub.attach(two.right());
    hub.attach(three.right());
    Station x = new Station(lab, one.left());
    Station y = new Station(lab, two.left());
    Station z = new Station(lab, three.left());
    y.send(x.macAddress(), 1);
    settle();
    x.send(y.macAddress(), 2);
    settle();
    assertThat(y.numbers()).containsExactly(2);
    assertThat(z.numbers()).containsExactly(1, 2);
  }

  @Test
  void namesAreUnique() {
    assertThatThrownBy(() -> lab.newHub("lan")).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("lan");
  }

  @Test
  void closingTheLabReleasesFloodedCopiesInEveryQueue() {
    Wire slow = lab.newWire("slow", w -> w.delay(Duration.ofSeconds(9)));
    lan.attach(slow.right());
    a.sendAll(Flux.range(0, 3000).map(n -> Station.frame(a.macAddress(), MacAddress.BROADCAST, n, 1000)));
    lab.advance(Duration.ofMillis(2));
    assertThat(lab.framesInside()).isPositive();
    lab.close();
    assertThat(slow.framesInside()).isZero();
    assertThat(Ports.of(lan).framesInside()).isZero();
  }
}
