package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.device.Capture;
import io.reactorstack.packet.MacAddress;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Copies of a switch's frames at a port or in a capture. */
@Timeout(30)
class MirrorTest {

  private final Lab lab = Lab.virtual(1);
  private final Switch lan = lab.newSwitch("lan");
  private final Station a = station(lan.access(10), "a");
  private final Station b = station(lan.access(10), "b");
  private final Station probe = station(lan, "probe");

  private Station station(Junction junction, String name) {
    Wire wire = lab.newWire(name);
    junction.attach(wire.right());
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

  private void exchange(int first) {
    a.send(b.macAddress(), first);
    settle();
    b.send(a.macAddress(), first + 1);
    settle();
  }

  @Test
  void aMirroredPortShowsBothDirections() {
    exchange(1);
    int before = probe.numbers().size();
    Scope mirror = lan.port("a").mirrorTo(lan.port("probe"));
    exchange(3);
    List<Integer> copies = probe.numbers().subList(before, probe.numbers().size());
    assertThat(copies).containsExactly(3, 4);
    mirror.close();
    exchange(5);
    assertThat(probe.numbers()).hasSize(before + 2);
  }

  @Test
  void copiesHaveTheTagsOfTheMirroredPort() {
    Station trunk = station(lan.trunk(10), "trunk");
    Plug plug = lab.wires().stream().filter(wire -> wire.name().equals("probe")).findFirst().orElseThrow().left();
    List<String> copies = VlanFrames.arrivalsAt(plug);
    try (Scope mirror = lan.port("trunk").mirrorTo(lan.port("probe"))) {
      a.send(trunk.macAddress(), 1);
      settle();
      assertThat(copies).containsExactly("000a 1");
      assertThat(mirror).isNotNull();
    }
    try (Scope mirror = lan.port("a").mirrorTo(lan.port("probe"))) {
      a.send(trunk.macAddress(), 2);
      settle();
      assertThat(copies).containsExactly("000a 1", "- 2");
      assertThat(mirror).isNotNull();
    }
  }

  @Test
  void aMirrorPortSendsNothingElseAndTakesNothing() {
    probe.send(MacAddress.BROADCAST, 1);
    settle();
    assertThat(lan.learned()).contains(probe.macAddress());
    Scope mirror = lan.port("a").mirrorTo(lan.port("probe"));
    assertThat(lan.learned()).doesNotContain(probe.macAddress());
    b.send(MacAddress.BROADCAST, 2);
    settle();
    assertThat(probe.numbers()).as("one copy of the frame that port a sends, and no flooded one").containsExactly(2);
    b.send(probe.macAddress(), 3);
    probe.send(b.macAddress(), 4);
    settle();
    assertThat(probe.numbers()).containsExactly(2, 3);
    assertThat(b.numbers()).isEmpty();
    assertThat(lan.drops().snapshot()).containsExactly(Map.entry("junction.MIRROR_PORT", 1L));
    mirror.close();
    lan.port("probe").mode(PortMode.access(10));
    probe.send(b.macAddress(), 5);
    settle();
    assertThat(b.numbers()).containsExactly(5);
  }

  @Test
  void aMirrorOfTheSwitchShowsEachFrameOnce() {
    lan.mirrorTo(lan.port("probe"));
    exchange(1);
    a.send(MacAddress.BROADCAST, 3);
    settle();
    assertThat(probe.numbers()).containsExactly(1, 2, 3);
    assertThat(lan.tables().rows(PortEntry.class)).extracting(PortEntry::isMirror)
        .containsExactly(false, false, true);
  }

  @Test
  void capturesShowThePortOrTheSwitch() {
    ByteArrayOutputStream ofPort = new ByteArrayOutputStream();
    ByteArrayOutputStream ofSwitch = new ByteArrayOutputStream();
    Capture port = Capture.inVirtualTime(ofPort);
    Capture all = Capture.inVirtualTime(ofSwitch);
    lan.port("b").mirrorTo(port);
    Scope whole = lan.mirrorTo(all);
    exchange(1);
    whole.close();
    exchange(3);
    port.close();
    all.close();
    assertThat(packets(ofPort.toByteArray())).isEqualTo(4);
    assertThat(packets(ofSwitch.toByteArray())).isEqualTo(2);
    assertThat(ofPort.toString(StandardCharsets.ISO_8859_1)).contains("b\0\0\0");
    assertThat(ofSwitch.toString(StandardCharsets.ISO_8859_1)).contains("lan");
  }

  /** Returns the number of enhanced packet blocks. */
  private static int packets(byte[] pcapng) {
    ByteBuffer file = ByteBuffer.wrap(pcapng);
    file.order(file.getInt(8) == 0x1a2b3c4d ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    int packets = 0;
    for (int at = 0; at < pcapng.length; at += file.getInt(at + 4)) {
      packets += file.getInt(at) == 6 ? 1 : 0;
    }
    return packets;
  }

  @Test
  void targetsAreChecked() {
    Switch other = lab.newSwitch("other");
    station(other, "elsewhere");
    SwitchPort own = lan.port("a");
    assertThatThrownBy(() -> own.mirrorTo(lan.port("a"))).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("target lan a cannot be the port that is mirrored");
    assertThatThrownBy(() -> lan.mirrorTo(other.port("elsewhere"))).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("target other elsewhere is not a port of the switch lan");
  }
}
