package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.wire.EthernetHeader;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;

/** Switches with VLANs: access ports, trunks and native VLANs (IEEE 802.1Q). */
@Timeout(60)
class VlanSwitchTest {

  private static final MacAddress X = new MacAddress(0x0200_0000_00aaL);
  private static final MacAddress Y = new MacAddress(0x0200_0000_00bbL);

  private final Lab lab = Lab.virtual(1);
  private final Switch lan = lab.newSwitch("lan");

  @AfterEach
  void close() {
    lab.close();
  }

  private void settle() {
    lab.advance(Duration.ofMillis(1));
  }

  private Station station(Junction junction, String name) {
    Wire wire = lab.newWire(name);
    junction.attach(wire.right());
    return new Station(lab, wire.left());
  }

  private Plug plug(String name) {
    return lab.wires().stream().filter(wire -> wire.name().equals(name)).findFirst().orElseThrow().left();
  }

  private boolean reaches(Host from, String address) {
    return Boolean.TRUE.equals(lab.await(from.stack().icmp().ping(IpAddress.parse(address)).map(reply -> true)
        .timeout(Duration.ofSeconds(9)).onErrorReturn(false)));
  }

  @Test
  void framesOfAnAccessPortStayInItsVlan() {
    Station a = station(lan.access(10), "a");
    Station b = station(lan.access(10), "b");
    Station c = station(lan.access(20), "c");
    Station d = station(lan.access(20), "d");
    a.send(MacAddress.BROADCAST, 1);
    a.send(c.macAddress(), 2);
    c.send(MacAddress.BROADCAST, 3);
    settle();
    assertThat(b.numbers()).containsExactly(1, 2);
    assertThat(c.numbers()).isEmpty();
    assertThat(d.numbers()).containsExactly(3);
    a.send(c.macAddress(), 4);
    settle();
    assertThat(c.numbers()).as("its address is known, but in another VLAN").isEmpty();
    assertThat(b.numbers()).as("unknown in this VLAN: flooded").containsExactly(1, 2, 4);
  }

  @Test
  void theSameAddressesCanBeUsedInTwoVlans() {
    Host client = lab.host("client").on(lan.access(10), "10.0.0.9/24").start();
    Host sales = lab.host("sales").on(lan.access(10), "10.0.0.1/24").start();
    Host plant = lab.host("plant").on(lan.access(20), "10.0.0.1/24").start();
    assertThat(reaches(client, "10.0.0.1")).isTrue();
    assertThat(sales.wire().countersToLeft().delivered()).isPositive();
    assertThat(plant.wire().countersToLeft().sent()).isZero();
    assertThatThrownBy(() -> lab.host("copy").on(lan.access(20), "10.0.0.1/24").start())
        .hasMessage("the address 10.0.0.1 of host copy is already in use by host plant on the same link");
  }

  @Test
  void trunkCarriesTheVlansWithTheirTags() {
    Switch other = lab.newSwitch("other");
    Wire uplink = lab.newWire("uplink");
    lan.trunk(10, 20).attach(uplink.left());
    other.trunk(10, 20, 30).attach(uplink.right());
    Host here10 = lab.host("here10").on(lan.access(10), "10.0.0.1/24").start();
    Host here20 = lab.host("here20").on(lan.access(20), "10.0.0.2/24").start();
    Host there10 = lab.host("there10").on(other.access(10), "10.0.0.3/24").start();
    Host there30 = lab.host("there30").on(other.access(30), "10.0.0.4/24").start();
    Set<Integer> onUplink = new TreeSet<>();
    uplink.left().observe((direction, frame, nanos) -> onUplink.add(EthernetHeader.vlanOf(frame.payload())));
    Set<Integer> atHost = new TreeSet<>();
    there10.observe((direction, frame, nanos) -> atHost.add(EthernetHeader.vlanOf(frame.payload())));

    assertThat(reaches(here10, "10.0.0.3")).isTrue();
    assertThat(onUplink).containsExactly(10);
    assertThat(atHost).as("access ports have no tags").containsExactly(0);
    assertThat(reaches(here20, "10.0.0.3")).as("another VLAN").isFalse();
    assertThat(onUplink).containsExactly(10, 20);
    assertThat(reaches(there30, "10.0.0.2")).as("not carried at the other end").isFalse();
    assertThat(lan.drops().snapshot()).containsOnlyKeys("junction.OTHER_VLAN");
    assertThat(lan.port("uplink").peer()).isEqualTo("other");
    assertThat(lan.table()).extracting(MacEntry::vlan, MacEntry::address, MacEntry::peer).contains(
        tuple(10, there10.macAddress(), "other"));
    assertThatThrownBy(() -> lab.host("copy").on(other.access(20), "10.0.0.2/24").start())
        .as("the link goes on behind the trunk").hasMessageContaining("in use by host here20");
    lab.host("copy").on(other.access(30), "10.0.0.2/24").start();
  }

  @Test
  void framesOfTheNativeVlanHaveNoTag() {
    Station a = station(lan.access(10), "a");
    Station b = station(lan.access(20), "b");
    Station trunk = station(lan.newPort(PortMode.trunk(20).withNative(10)), "trunk");
    List<String> seen = VlanFrames.arrivalsAt(plug("trunk"));
    a.send(MacAddress.BROADCAST, 1);
    b.send(MacAddress.BROADCAST, 2);
    settle();
    assertThat(seen).containsExactly("- 1", "0014 2");
    trunk.sendAll(Flux.just(
        Station.frame(X, MacAddress.BROADCAST, 3, 60),
        VlanFrames.tagged(X, MacAddress.BROADCAST, 20, 4),
        VlanFrames.tagged(X, MacAddress.BROADCAST, 10, 5)));
    settle();
    assertThat(a.numbers()).containsExactly(3, 5);
    assertThat(b.numbers()).containsExactly(4);
  }

  @Test
  void nativeVlansThatDifferJoinTwoVlans() {
    Switch other = lab.newSwitch("other");
    Wire uplink = lab.newWire("uplink");
    lan.newPort(PortMode.trunk().withNative(10)).attach(uplink.left());
    other.newPort(PortMode.trunk().withNative(20)).attach(uplink.right());
    Station a = station(lan.access(10), "a");
    Station b = station(other.access(20), "b");
    a.send(MacAddress.BROADCAST, 1);
    settle();
    assertThat(b.numbers()).containsExactly(1);
  }

  @Test
  void eachPortRefusesFramesOfOtherForms() {
    Station listener = station(lan.newPort(PortMode.ALL), "listener");
    List<String> seen = VlanFrames.arrivalsAt(plug("listener"));
    Station access = station(lan.access(10), "access");
    Station trunk = station(lan.trunk(10), "trunk");
    access.sendAll(Flux.just(
        VlanFrames.tagged(X, listener.macAddress(), 20, 1),
        VlanFrames.tagged(X, listener.macAddress(), 10, 2)));
    trunk.sendAll(Flux.just(
        Station.frame(Y, listener.macAddress(), 3, 60),
        VlanFrames.tagged(Y, listener.macAddress(), 11, 4),
        VlanFrames.tagged(Y, listener.macAddress(), 4095, 5)));
    settle();
    assertThat(seen).isEmpty();
    assertThat(lan.drops().snapshot()).containsExactly(Map.entry("junction.OTHER_VLAN", 5L));
    assertThat(lan.learned()).as("nothing is learnt from them").isEmpty();
  }

  @Test
  void prioritiesSurviveWhereThereIsATag() {
    Station a = station(lan.access(10), "a");
    Station b = station(lan.access(10), "b");
    Station trunk = station(lan.trunk(10), "trunk");
    List<String> onTrunk = VlanFrames.arrivalsAt(plug("trunk"));
    List<String> atB = VlanFrames.arrivalsAt(plug("b"));
    // A tag with priority 5 and without a VLAN.
    a.sendAll(Flux.just(VlanFrames.tagged(a.macAddress(), MacAddress.BROADCAST, 0xa000, 1)));
    settle();
    assertThat(onTrunk).containsExactly("a00a 1");
    assertThat(atB).containsExactly("- 1");
    trunk.sendAll(Flux.just(VlanFrames.tagged(X, a.macAddress(), 0xe00a, 2)));
    settle();
    assertThat(a.numbers()).as("a single receiver gets the frame without its tag").containsExactly(2);
    assertThat(b.numbers()).containsExactly(1);
  }

  @Test
  void eachVlanHasItsOwnTable() {
    Station a = station(lan.newPort(PortMode.ALL), "a");
    Station b = station(lan.newPort(PortMode.ALL), "b");
    Station c = station(lan.newPort(PortMode.ALL), "c");
    b.sendAll(Flux.just(VlanFrames.tagged(X, MacAddress.BROADCAST, 10, 1)));
    c.sendAll(Flux.just(VlanFrames.tagged(X, MacAddress.BROADCAST, 20, 2)));
    settle();
    assertThat(lan.table()).extracting(MacEntry::vlan, MacEntry::address, MacEntry::port).containsExactly(
        tuple(10, X, "b"), tuple(20, X, "c"));
    List<String> atB = VlanFrames.arrivalsAt(plug("b"));
    List<String> atC = VlanFrames.arrivalsAt(plug("c"));
    a.sendAll(Flux.just(VlanFrames.tagged(Y, X, 10, 3), VlanFrames.tagged(Y, X, 20, 4)));
    settle();
    assertThat(atB).containsExactly("000a 3");
    assertThat(atC).containsExactly("0014 4");
    assertThat(lan.meters().sum(SwitchMeter.ADDRESSES_MOVED)).isZero();
  }

  @Test
  void theModeOfAPortCanChange() {
    Station a = station(lan.access(10), "a");
    Station b = station(lan.access(10), "b");
    Station c = station(lan.access(20), "c");
    b.send(MacAddress.BROADCAST, 1);
    settle();
    lan.port("b").mode(PortMode.access(20));
    assertThat(lan.port("b").mode()).isEqualTo(PortMode.access(20));
    assertThat(lan.learned()).isEmpty();
    a.send(b.macAddress(), 2);
    c.send(b.macAddress(), 3);
    settle();
    assertThat(b.numbers()).containsExactly(3);
  }

  @Test
  void aHostThatReplacesAnotherMayBeInAnotherVlan() {
    Host before = lab.host("server").on(lan.access(10), "10.0.0.1/24").start();
    Host client = lab.host("client").on(lan.access(20), "10.0.0.2/24").start();
    assertThat(reaches(client, "10.0.0.1")).isFalse();
    lab.await(before.stop());
    lab.host("server").on(lan.access(20), "10.0.0.1/24").start();
    assertThat(lan.ports()).hasSize(2);
    assertThat(reaches(client, "10.0.0.1")).isTrue();
  }

  @Test
  void settingsChooseTheModeOfOtherPorts() {
    Switch strict = lab.newSwitch("strict", s -> s.withPortMode(PortMode.access(7)));
    Station a = station(strict, "a");
    Station b = station(strict, "b");
    a.sendAll(Flux.just(VlanFrames.tagged(X, MacAddress.BROADCAST, 7, 1), Station.frame(X, Y, 2, 60)));
    settle();
    assertThat(b.numbers()).containsExactly(2);
    assertThat(strict.table()).extracting(MacEntry::vlan).containsExactly(7);
  }

  @Test
  void modesHaveATextAndCheckTheirVlans() {
    assertThat(PortMode.ALL).hasToString("trunk all native 1");
    assertThat(PortMode.access(10)).hasToString("access 10");
    assertThat(PortMode.trunk(4094, 20, 21, 22, 7)).hasToString("trunk 7,20-22,4094");
    assertThat(PortMode.trunk().withNative(3)).hasToString("trunk native 3");
    assertThat(PortMode.trunk(10).withNative(20).carries(20)).isTrue();
    assertThatThrownBy(() -> PortMode.trunk(1, 4095)).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("one of vlans 4095 is out of range: 1 to 4094 (identifier of a VLAN)");
    assertThatThrownBy(() -> lan.access(0)).isInstanceOf(IllegalArgumentException.class);
  }
}
