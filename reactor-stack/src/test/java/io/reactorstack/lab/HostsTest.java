package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.device.Capture;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.testing.UnprobedStack;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/** Hosts of a lab: several interfaces, names and addresses, replacement, and hosts that were never connected. */
@Timeout(60)
class HostsTest {

  private static boolean reaches(Lab lab, Host from, String address) {
    return Boolean.TRUE.equals(lab.await(
        from.stack().icmp().ping(IpAddress.parse(address)).map(reply -> true).onErrorReturn(false)));
  }

  @Test
  void hostHasOneInterfacePerConnection() {
    try (Lab lab = Lab.virtual(1)) {
      Switch office = lab.newSwitch("office");
      Switch storage = lab.newSwitch("storage");
      Wire direct = lab.newWire("direct");
      Host server = lab.host("server")
          .on(office, "10.0.0.2/24", w -> w.delay(Duration.ofMillis(5)))
          .macAddress(new MacAddress(0x0200_0000_1234L)).mtu(9000)
          .on(storage, "10.1.0.2/24", w -> w.delay(Duration.ofMillis(50)), w -> w)
          .on(direct.left(), "10.2.0.2/24").start();
      Host client = lab.host("client").on(office, "10.0.0.1/24").start();
      Host disk = lab.host("disk").address("10.1.0.1/24").mtu(9000).connectTo(storage);
      Host peer = lab.host("peer").on(direct.right(), "10.2.0.1/24").start();

      assertThat(server.addresses()).extracting(IpAddress::toString).containsExactly("10.0.0.2", "10.1.0.2",
          "10.2.0.2");
      assertThat(server.address()).hasToString("10.0.0.2");
      assertThat(server.wires()).extracting(Wire::name).containsExactly("server-office", "server-storage", "direct");
      assertThat(server).hasToString("server 10.0.0.2/24 10.1.0.2/24 10.2.0.2/24");
      assertThat(reaches(lab, client, "10.0.0.2")).isTrue();
      assertThat(reaches(lab, disk, "10.1.0.2")).isTrue();
      assertThat(reaches(lab, peer, "10.2.0.2")).isTrue();
      assertThat(lab.await(server.stack().icmp().ping(disk.address())).roundTrip()).isEqualTo(Duration.ofMillis(50));
      assertThat(storage.learned()).contains(new MacAddress(0x0200_0000_1234L));
    }
  }

  @Test
  void twoInterfacesOnOneSwitchHaveSeparateWires() {
    try (Lab lab = Lab.virtual(1)) {
      Switch lan = lab.newSwitch("lan");
      Host two = lab.host("two").on(lan, "10.0.0.1/24").on(lan, "10.0.1.1/24").start();
      Host one = lab.host("one").on(lan, "10.0.1.2/24").start();
      assertThat(two.wires()).extracting(Wire::name).containsExactly("two-lan", "two-lan-2");
      assertThat(reaches(lab, one, "10.0.1.1")).isTrue();
      assertThatThrownBy(() -> lab.host("x").on(lan, "10.0.0.9/24").on(lan, "10.0.0.9/16"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the host x already has the address 10.0.0.9 on another interface");
      lab.host("x").on(lan, "10.0.0.9/24").start();
    }
  }

  @Test
  void theGatewayIsReachedThroughTheInterfaceOfItsNetwork() {
    try (Lab lab = Lab.virtual(1)) {
      Switch office = lab.newSwitch("office");
      Switch storage = lab.newSwitch("storage");
      Host host = lab.host("host").on(office, "10.0.0.2/24").on(storage, "10.1.0.2/24").gateway("10.0.0.254").start();
      Host router = lab.host("router").on(office, "10.0.0.254/24").start();
      host.stack().icmp().ping(IpAddress.parse("192.0.2.1")).onErrorComplete().subscribe();
      lab.advance(Duration.ofSeconds(1));
      assertThat(host.wires().get(0).countersToRight().sent()).isPositive();
      assertThat(host.wires().get(1).countersToRight().sent()).isZero();
      assertThat(router.wire().countersToLeft().delivered()).isGreaterThan(1);
    }
  }

  @Test
  void duplicateNamesAreRejectedWithTheirOwner() {
    try (Lab lab = Lab.virtual(1)) {
      Switch lan = lab.newSwitch("lan");
      lab.host("s").on(lan, "10.0.0.1/24").start();
      assertThatThrownBy(() -> lab.host("s").on(lan, "10.0.0.2/24").start())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the lab already has a host named s: to replace it, await its stack().stop() first");
      assertThatThrownBy(() -> lab.host("lan").on(lan, "10.0.0.2/24").start())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the lab already has a switch named lan: every host needs a name of its own");
      assertThatThrownBy(() -> lab.newWire("s-lan")).isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the lab already has a wire named s-lan: every wire needs a name of its own");
      assertThatThrownBy(() -> lab.newHub("s")).isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the lab already has a host named s: every hub needs a name of its own");
      assertThat(lab.hosts()).hasSize(1);
      lab.host("t").on(lan, "10.0.0.2/24").start();
      assertThat(lab.hosts()).extracting(Host::name).containsExactly("s", "t");
    }
  }

  @Test
  void addressIsUniqueOnALink() {
    try (Lab lab = Lab.virtual(1)) {
      Switch one = lab.newSwitch("one");
      Switch two = lab.newSwitch("two");
      Hub three = lab.newHub("three");
      Wire trunk = lab.newWire("trunk");
      two.attach(trunk.left());
      three.attach(trunk.right());
      lab.host("a").on(one, "10.0.0.1/24").start();
      lab.host("b").on(two, "10.0.0.1/24").start();
      assertThatThrownBy(() -> lab.host("c").on(three, "10.0.0.1/24").start())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the address 10.0.0.1 of host c is already in use by host b on the same link");
      lab.hosts().get(1).wire().unplug();
      lab.host("c").on(three, "10.0.0.1/24").start();
      assertThat(lab.hosts()).hasSize(3);
    }
  }

  @Test
  void replacementIsFoundImmediatelyByOldNeighbours() {
    try (Lab lab = Lab.virtual(1)) {
      Switch lan = lab.newSwitch("lan");
      Host client = lab.host("client").on(lan, "10.0.0.1/24").start();
      Host old = lab.host("server").on(lan, "10.0.0.2/24", w -> w.delay(Duration.ofMillis(7)))
          .start();
      assertThat(reaches(lab, client, "10.0.0.2")).isTrue();
      lab.await(old.stack().stop());
      assertThat(reaches(lab, client, "10.0.0.2")).isFalse();
      Host fresh = lab.host("server").macAddress(new MacAddress(0x0200_0000_0777L)).on(lan, "10.0.0.2/24").start();
      lab.advance(Duration.ofMillis(1));
      assertThat(lab.await(client.stack().icmp().ping(fresh.address())).roundTrip()).as("the wire's new impairment")
          .isZero();
      assertThat(lab.hosts()).containsExactly(client, fresh);
      assertThat(fresh.wire()).as("its wire is used again").isSameAs(old.wire());
      Switch other = lab.newSwitch("other");
      lab.await(fresh.stack().stop());
      Host moved = lab.host("elsewhere").on(lan, "10.0.0.2/24").on(other, "10.5.0.1/24").start();
      lab.advance(Duration.ofMillis(1));
      assertThat(reaches(lab, client, "10.0.0.2")).as("under another name, on another port").isTrue();
      assertThat(moved.wires()).hasSize(2);
    }
  }

  @Test
  void aHostThatIsStillStoppingCannotBeReplacedYet() {
    try (Lab lab = Lab.virtual(1)) {
      Switch lan = lab.newSwitch("lan");
      Host server = lab.host("server").on(lan, "10.0.0.2/24").start();
      Host client = lab.host("client").on(lan, "10.0.0.1/24").start();
      lab.run(() -> server.stack().tcp().listen(80).subscribe());
      lab.await(client.stack().tcp().connect("10.0.0.2", 80));
      lab.run(() -> server.stack().stop(Duration.ofSeconds(5), Duration.ofSeconds(5)).subscribe());
      assertThatThrownBy(() -> lab.host("server").on(lan, "10.0.0.2/24").start())
          .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("which is still stopping");
      lab.advance(Duration.ofSeconds(6));
      lab.host("server").on(lan, "10.0.0.2/24").start();
    }
  }

  @Test
  void unconnectedHostIsNamedOnStallAndOnClose() {
    Lab lab = Lab.virtual(1);
    Switch lan = lab.newSwitch("lan");
    Host client = lab.host("client").on(lan, "10.0.0.1/24").start();
    lab.host("server").on(lan, "10.0.0.2/24");
    String message = "hosts described but never connected: server; connect each with connectTo(…), or with"
        + " on(…) and start()";
    assertThatThrownBy(() -> lab.await(Mono.never())).isInstanceOf(StalledException.class)
        .hasMessageEndingWith("; " + message);
    assertThatThrownBy(() -> lab.await(client.stack().tcp().connect("10.0.0.2", 80), Duration.ofMillis(10)))
        .isInstanceOf(StalledException.class).hasMessageEndingWith("; " + message);
    assertThatThrownBy(lab::close).isInstanceOf(IllegalStateException.class).hasMessage(message);
    assertThat(client.stack().isDisposed()).as("the world is closed all the same").isTrue();
    lab.close();
  }

  @Test
  void failedDescriptionIsNotReportedAsUnconnected() {
    try (Lab lab = Lab.virtual(1)) {
      Switch lan = lab.newSwitch("lan");
      assertThatThrownBy(() -> lab.host("x").address("nonsense")).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> lab.host("y").wire("delay 40")).isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("wire 'delay 40': '40' (word 2, column 7) is no delay");
      Host host = lab.host("z").wire("delay 3ms loss 1%").address("10.0.0.1/24").connectTo(lan);
      assertThat(host.wire().impairmentToRight()).hasToString("delay 3ms loss 1%");
      assertThat(host.wire().impairmentToLeft()).isEqualTo(host.wire().impairmentToRight());
    }
  }

  @Test
  void aHostNeedsAnAddressAndAWire() {
    try (Lab lab = Lab.virtual(1)) {
      Switch lan = lab.newSwitch("lan");
      assertThatThrownBy(() -> lab.host("a").connectTo(lan)).isInstanceOf(IllegalStateException.class)
          .hasMessage("the host a has no address");
      assertThatThrownBy(() -> lab.host("a").on(lan, "10.0.0.1/24").connectTo(lan))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("the host a has no address for its interface number 2");
      assertThatThrownBy(() -> lab.host("a").start()).isInstanceOf(IllegalStateException.class)
          .hasMessage("the host a is not connected: call on(…) or connectTo(…)");
    }
  }

  @Test
  void aFailedStartLeavesNothingBehind() {
    try (Lab lab = Lab.virtual(1)) {
      Switch lan = lab.newSwitch("lan");
      lab.host("a").on(lan, "10.0.0.1/24").start();
      assertThatThrownBy(() -> lab.host("b").on(lan, "10.0.0.5/24").on(lan, "10.0.0.1/24").start())
          .isInstanceOf(IllegalArgumentException.class);
      Host b = lab.host("b").on(lan, "10.0.0.5/24").start();
      assertThat(b.wire().name()).isEqualTo("b-lan");
      assertThat(reaches(lab, b, "10.0.0.1")).isTrue();
    }
  }

  @Test
  void missingRunOnIsReported() {
    try (Lab lab = Lab.virtual(1)) {
      Wire wire = lab.newWire("w");
      assertThatThrownBy(() -> UnprobedStack.create().device(wire.left(), "10.0.0.1/24").startNow())
          .hasMessageContaining(
              "the device at the left end of w does not run on the lab's loop: give it that loop with"
                  + " runOn(lab.loop())");
    }
  }

  @Test
  void aCaptureShowsTheDatesOfTheWorld() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Capture capture = Capture.to(bytes, InstantSource.fixed(Instant.parse("1999-01-01T00:00:00Z")));
    try (Lab lab = Lab.builder().seed(1).startsAt(Instant.parse("2030-05-05T00:00:00Z")).virtualTime()) {
      Switch lan = lab.newSwitch("lan");
      Host host = lab.host("a").on(lan, "10.0.0.1/24").start().capture(capture);
      lab.advance(Duration.ofSeconds(90));
      host.stack().icmp().ping(IpAddress.parse("10.0.0.9")).onErrorComplete().subscribe();
      lab.advance(Duration.ofSeconds(5));
    }
    capture.close();
    assertThat(dates(bytes.toByteArray()).getFirst()).isEqualTo(Instant.parse("2030-05-05T00:01:30Z"));
  }

  /** Returns the times of the enhanced packet blocks. */
  private static List<Instant> dates(byte[] pcapng) {
    ByteBuffer file = ByteBuffer.wrap(pcapng).order(ByteOrder.nativeOrder());
    if (file.getInt(8) != 0x1a2b3c4d) {
      file.order(file.order() == ByteOrder.BIG_ENDIAN ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    }
    List<Instant> dates = new ArrayList<>();
    for (int at = 0; at < pcapng.length; at += file.getInt(at + 4)) {
      if (file.getInt(at) == 6) {
        long nanos = (long) file.getInt(at + 12) << 32 | file.getInt(at + 16) & 0xffff_ffffL;
        dates.add(Instant.EPOCH.plusNanos(nanos));
      }
    }
    return dates;
  }
}
