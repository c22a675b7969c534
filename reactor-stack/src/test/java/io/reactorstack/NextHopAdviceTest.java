package io.reactorstack;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.lab.Wire;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.SeenFrame;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.wire.ArpPacket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/**
 * A connection to another network with two gateways, the first of which dies behind a switch. The host's link stays up,
 * so only TCP can notice.
 *
 * <p>Both gateways are one host with two interfaces and the server's address: like a router, it accepts packets for
 * that address on either interface.
 */
@Timeout(60)
class NextHopAdviceTest {

  private Lab lab;
  private Host client;
  private Wire first;
  private Wire second;
  private NetworkStack server;
  private TcpConnection connection;
  /** The last octets of the gateway addresses that the client has queried by unicast. */
  private final List<Integer> probed = new ArrayList<>();
  /** The last octets of the gateways that the client has sent packets to. */
  private final List<Integer> taken = new ArrayList<>();
  private final Map<MacAddress, Integer> gateways = new HashMap<>();

  @BeforeEach
  void start() {
    lab = Lab.virtual(11);
    Switch lan = lab.newSwitch("lan");
    first = lab.newWire("first");
    second = lab.newWire("second");
    lan.attach(first.right());
    lan.attach(second.right());
    server = lab.call(() -> UnprobedStack.create().runOn(lab.loop()).random(lab.random("server"))
        .device(first.left(), "10.0.0.253/24", "10.9.0.1/32").device(second.left(), "10.0.0.254/24").startNow());
    client = lab.host("client").address("10.0.0.1/24")
        .stack(s -> s.gateway("10.0.0.253").gateway("10.0.0.254"))
        .wire(w -> w.delay(Duration.ofMillis(5))).connectTo(lan);
    client.observe((direction, frame, nanos) -> observe(direction, frame.payload(), nanos));

    Mono<TcpConnection> next = server.tcp().listen(7).next().cache();
    lab.run(next::subscribe);
    connection = lab.await(client.stack().tcp().connect("10.9.0.1", 7));
    TcpConnection accepted = lab.await(next);
    lab.run(() -> accepted.receive().subscribe(ByteBuf::release, reset -> {}));
    lab.await(connection.send(Mono.just(octet())));
    lab.advance(Duration.ofSeconds(1));
  }

  private void observe(FrameObserver.Direction direction, ByteBuf frame, long nanos) {
    SeenFrame seen = SeenFrame.ethernet(frame);
    ArpPacket arp = seen.arp();
    if (direction == FrameObserver.Direction.RECEIVED) {
      if (arp != null && last(arp.sender()) >= 253) {
        gateways.put(arp.senderMac(), last(arp.sender()));
      }
      return;
    }
    MacAddress to = seen.header().destination();
    if (arp == null) {
      taken.add(gateways.get(to));
    } else if (!to.isGroup() && arp.operation() == ArpPacket.REQUEST) {
      probed.add(last(arp.target()));
    }
  }

  private static int last(Ipv4Address address) {
    return address.bits() & 0xff;
  }

  @AfterEach
  void stop() {
    lab.run(connection::abort);
    lab.await(server.stop());
    lab.close();
  }

  private static ByteBuf octet() {
    return Unpooled.wrappedBuffer(new byte[] {1});
  }

  // RFC 9293 3.8.3 (MUST-20.1): at R1 TCP gives IP negative advice. RFC 1122 3.3.1.4: the gateway is probed then.
  @Test
  @Requirement({"MUST-20.1", "RFC826-Related-03", "RFC1122-3.3.1.4-05"})
  void afterThreeRetransmissionsTheGatewayIsProbed() {
    first.unplug();
    probed.clear();
    lab.run(() -> connection.send(Mono.just(octet())).subscribe(done -> {}, reset -> {}));
    // Without advice the gateway would be considered reachable for at least 15 s, and be probed another 5 s after that.
    lab.advance(Duration.ofSeconds(15));
    assertThat(probed).containsExactly(253, 253, 253);
  }

  // RFC 1122 3.3.1.5: a gateway that does not answer is abandoned, and not tried again while there is another.
  @Test
  @Requirement("RFC1122-3.3.1.4-01")
  void connectionContinuesOverTheOtherGateway() {
    assertThat(taken).isNotEmpty().containsOnly(253);
    first.unplug();
    lab.await(connection.sendAcknowledged(Mono.just(octet())), Duration.ofSeconds(15));
    taken.clear();
    for (int second = 0; second < 120; second++) {
      lab.await(connection.sendAcknowledged(Mono.just(octet())));
      lab.advance(Duration.ofSeconds(1));
    }
    assertThat(taken).isNotEmpty().containsOnly(254);
  }

  // A connection that makes progress is no reason to probe (RFC 4861 7.3.1).
  @Test
  @Requirement("RFC1122-3.3.1.4-05")
  void workingGatewayIsNotProbed() {
    probed.clear();
    for (int second = 0; second < 120; second++) {
      lab.await(connection.send(Mono.just(octet())));
      lab.advance(Duration.ofSeconds(1));
    }
    assertThat(probed).isEmpty();
  }
}
