package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.reactorstack.device.FrameObserver.Direction;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.Requirement;
import io.reactorstack.udp.Datagram;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** Answers to pings, network masks and the default hop limit of a host that is configured only. */
class HostDefaultsTest {

  private final Lab lab = Lab.virtual(1);
  private final Switch lan = lab.newSwitch("lan");

  @AfterEach
  void close() {
    lab.close();
  }

  @Test
  @Requirement("RFC792-Introduction-01")
  void everyIpv4HostAnswersPings() {
    Host one = lab.host("one").on(lan, "10.0.0.1/24").start();
    Host two = lab.host("two").on(lan, "10.0.0.2/24").start();
    assertThat(lab.await(one.stack().icmp().ping(two.address())).from()).isEqualTo(two.address());
    assertThat(lab.await(two.stack().icmp().ping(one.address())).from()).isEqualTo(one.address());
  }

  @Test
  @Requirement("RFC1122-3.2.1.7-04")
  void theDefaultHopLimitIsASetting() {
    Host peer = lab.host("peer").on(lan, "10.0.0.2/24").start();
    for (int hops : new int[] {64, 33}) {
      Host host = lab.host("host" + hops).on(lan, "10.0.0." + hops + "/24")
          .stack(configuration -> hops == 64 ? configuration : configuration.hopLimit(hops)).start();
      Set<Integer> seen = new TreeSet<>();
      Set<Integer> protocols = new TreeSet<>();
      host.observe((direction, frame, nanos) -> {
        int at = frame.payload().readerIndex() + 14;
        if (direction == Direction.SENT && frame.payload().getUnsignedShort(at - 2) == 0x0800) {
          seen.add((int) frame.payload().getUnsignedByte(at + 8));
          protocols.add((int) frame.payload().getUnsignedByte(at + 9));
        }
      });
      lab.await(host.stack().icmp().ping(peer.address()));
      lab.await(peer.stack().icmp().ping(host.address()));
      lab.await(host.stack().udp().bind(0).flatMap(socket -> socket.send(
          Mono.just(Datagram.to(new Endpoint(peer.address(), 9), Unpooled.copiedBuffer(new byte[8]))))));
      host.stack().tcp().connect("10.0.0.2", 9).subscribe(connection -> {}, refused -> {});
      lab.advance(Duration.ofSeconds(1));
      assertThat(protocols).containsExactly(1, 6, 17);
      assertThat(seen).containsExactly(hops);
    }
  }

  @Test
  @Requirement({"RFC1122-3.2.2.9-01", "RFC1122-3.2.2.9-02"})
  void theMaskIsConfiguredOrComesFromDhcp() {
    lab.host("server").on(lan, "10.0.0.1/26").runs(DhcpServer.of("10.0.0.20", "10.0.0.29")).start();
    Host configured = lab.host("configured").on(lan, "10.0.0.2/25").gateway("10.0.0.1").start();
    Host leased = lab.host("leased").on(lan).start();
    lab.await(leased.stack().configured(Duration.ofMinutes(1)));
    assertThat(lab.await(leased.stack().dhcp("if0").lease()).toString()).startsWith("10.0.0.20/26");
    // An address of the network is resolved on the link; one beyond it goes to the gateway.
    assertThat(isResolved(configured, "10.0.0.100")).isTrue();
    assertThat(isResolved(configured, "10.0.0.200")).isFalse();
    assertThat(isResolved(leased, "10.0.0.50")).isTrue();
    assertThat(isResolved(leased, "10.0.0.100")).isFalse();
  }

  /** Returns whether {@code host} asks for the link address of {@code target}. */
  private boolean isResolved(Host host, String target) {
    byte[] bytes = IpAddress.parse(target).bytes();
    boolean[] asked = {false};
    host.observe((direction, frame, nanos) -> {
      int at = frame.payload().readerIndex() + 14;
      if (direction == Direction.SENT && frame.payload().getUnsignedShort(at - 2) == 0x0806) {
        byte[] wanted = new byte[4];
        frame.payload().getBytes(at + 24, wanted);
        asked[0] |= Arrays.equals(wanted, bytes);
      }
    });
    host.stack().icmp().ping(IpAddress.parse(target)).onErrorComplete().subscribe();
    lab.advance(Duration.ofSeconds(5));
    return asked[0];
  }
}
