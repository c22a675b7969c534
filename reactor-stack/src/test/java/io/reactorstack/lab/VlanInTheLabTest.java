package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.FrameBalance;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/** Hosts of the lab at the ends of tagged trunks (IEEE 802.1Q). */
@Timeout(60)
class VlanInTheLabTest {

  private final Lab lab = Lab.virtual(3);
  private final Switch lan = lab.newSwitch("lan");

  @AfterEach
  void close() {
    lab.hosts().forEach(host -> FrameBalance.assertBalanced(host.stack()));
    lab.close();
  }

  private Host host(int number, int... vlans) {
    HostBuilder builder = lab.host("h" + number);
    for (int vlan : vlans) {
      builder = builder.vlan(vlan, "10." + vlan + ".0." + number + "/24");
    }
    return builder.frameCheck().on(lan, "10.0.0." + number + "/24").start();
  }

  private boolean pings(Host from, String to) {
    try {
      lab.await(from.stack().icmp().ping(IpAddress.parse(to)).timeout(Duration.ofSeconds(10)));
      return true;
    } catch (RuntimeException e) {
      return false;
    }
  }

  @Test
  void hostsTalkInEachVlanAndUntagged() {
    Host a = host(1, 10, 20);
    Host b = host(2, 10, 20);
    Set<Integer> tags = new HashSet<>();
    b.observe((direction, frame, nanos) -> {
      ByteBuf bytes = frame.payload();
      int at = bytes.readerIndex() + 12;
      tags.add(bytes.getUnsignedShort(at) == 0x8100 ? bytes.getUnsignedShort(at + 2) : 0);
    });
    assertThat(pings(a, "10.0.0.2")).isTrue();
    assertThat(tags).containsExactly(0);
    assertThat(pings(a, "10.10.0.2")).isTrue();
    assertThat(pings(b, "10.20.0.1")).isTrue();
    assertThat(tags).containsExactlyInAnyOrder(0, 10, 20);
  }

  @Test
  void vlansAreSeparate() {
    Host a = host(1, 10);
    Host b = host(2, 20);
    // Routes that lead into the wrong VLAN find nobody.
    assertThat(pings(a, "10.10.0.2")).isFalse();
    assertThat(pings(b, "10.20.0.1")).isFalse();
    assertThat(pings(a, "10.0.0.2")).isTrue();
    assertThat(b.stack().drops().snapshot()).containsKey("ethernet.OTHER_VLAN");
  }

  @Test
  void fullFramesWithATagPass() {
    Host a = host(1, 10);
    Host b = host(2, 10);
    lab.run(() -> b.stack().tcp().listen(7).flatMap(
        connection -> connection.send(connection.receive()).then(connection.close())).subscribe());
    byte[] data = new byte[100_000];
    Integer received = lab.await(a.stack().tcp().connect("10.10.0.2", 7).flatMap(connection -> connection
        .send(Mono.just(Unpooled.wrappedBuffer(data)))
        .then(connection.shutdownOutput()).then(connection.receive().map(bytes -> {
          int size = bytes.readableBytes();
          bytes.release();
          return size;
        }).reduce(0, Integer::sum))));
    assertThat(received).isEqualTo(data.length);
    assertThat(a.stack().drops().snapshot()).isEmpty();
  }

  @Test
  void aRestartedHostHasItsVlansAgain() {
    Host a = host(1, 10);
    Host b = host(2, 10);
    b.crash();
    assertThat(pings(a, "10.10.0.2")).isFalse();
    b.restart();
    lab.advance(Duration.ofSeconds(5));
    assertThat(pings(a, "10.10.0.2")).isTrue();
  }

  @Test
  void valuesAreChecked() {
    HostBuilder builder = lab.host("x").address("10.0.0.9/24");
    assertThatThrownBy(() -> builder.vlan(0, "10.1.0.1/24")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> builder.vlan(4095, "10.1.0.1/24")).isInstanceOf(IllegalArgumentException.class);
    builder.connectTo(lan);
  }
}
