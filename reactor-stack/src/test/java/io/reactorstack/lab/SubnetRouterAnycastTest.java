package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.FrameObserver.Direction;
import io.reactorstack.icmp.IcmpMeter;
import io.reactorstack.icmp.PingOptions;
import io.reactorstack.ndp.NdpDrop;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.tcp.TcpDrop;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.Requirement;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpConnection;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** The address of all routers of an IPv6 network, of which two routers and a client are on one link. */
class SubnetRouterAnycastTest {

  private static final int IPV6 = 14;
  private static final int PAYLOAD = IPV6 + 40;
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final String ANYCAST = "2001:db8:1::";

  private final Lab lab = Lab.virtual(1);
  private final Switch home = lab.newSwitch("home");
  private final Switch far = lab.newSwitch("far");
  private final Host first = lab.router("first").on(home, "2001:db8:1::1/64").on(far, "2001:db8:2::1/64").start();
  private final Host second = lab.router("second").on(home, "2001:db8:1::2/64").on(far, "2001:db8:2::2/64").start();
  private final Host client = lab.host("client").on(home, "2001:db8:1::9/64").gateway("2001:db8:1::1").start();

  /** A packet of ICMPv6 that the client has received. */
  private record Message(Duration at, int type, int flags, IpAddress source) {}

  private final List<Message> received = new ArrayList<>();

  SubnetRouterAnycastTest() {
    client.observe((direction, frame, nanos) -> {
      ByteBuf bytes = frame.payload();
      int at = bytes.readerIndex();
      if (direction == Direction.RECEIVED && bytes.getUnsignedShort(at + 12) == 0x86dd
          && bytes.getByte(at + IPV6 + 6) == 58) {
        received.add(new Message(lab.now(), bytes.getUnsignedByte(at + PAYLOAD),
            bytes.getUnsignedByte(at + PAYLOAD + 4), Ipv6Address.get(bytes, at + IPV6 + 8)));
      }
    });
  }

  @AfterEach
  void close() {
    lab.advance(Duration.ofSeconds(30));
    lab.hosts().forEach(host -> FrameBalance.assertBalanced(host.stack()));
    lab.close();
  }

  private List<Message> received(int type) {
    return received.stream().filter(message -> message.type == type).toList();
  }

  private void ping(String target) {
    client.stack().icmp().ping(IpAddress.parse(target), PingOptions.DEFAULT.timeout(Duration.ofSeconds(5))).subscribe();
    lab.advance(Duration.ofSeconds(6));
  }

  @Test
  @Requirement("RFC4291-2.6.1-01")
  void aRouterReceivesPacketsToTheAddressOfEachOfItsNetworks() {
    ping(ANYCAST);
    // The reply comes from a unicast address (RFC 4443 section 2.2).
    assertThat(received(129)).hasSize(1).first()
        .matches(reply -> List.of(first.address(), second.address()).contains(reply.source));
    received.clear();
    ping("2001:db8:2::");
    assertThat(received(129)).hasSize(1);
    assertThat(first.stack().meters().sum(IcmpMeter.ECHO_REPLIES_SENT)).isPositive();
  }

  @Test
  @Requirement("RFC4861-7.2.4-08")
  void routersAnswerSolicitationsAfterRandomDelaysAndWithoutOverride() {
    Duration start = lab.now();
    ping(ANYCAST);
    List<Message> answers = received(136);
    assertThat(answers).hasSize(2).allMatch(answer -> answer.flags == 0xc0, "router, solicited, no override");
    assertThat(answers).extracting(answer -> answer.at.minus(start)).doesNotHaveDuplicates()
        .allMatch(delay -> delay.compareTo(SECOND) <= 0).anyMatch(delay -> delay.compareTo(Duration.ZERO) > 0);
  }

  @Test
  void aHostAndAPairOfRoutersHaveNoSuchAddress() {
    lab.await(first.stack().forwarding(false));
    lab.await(second.stack().forwarding(false));
    ping(ANYCAST);
    assertThat(received(129)).isEmpty();
    lab.await(first.stack().forwarding(true));
    ping(ANYCAST);
    assertThat(received(129)).hasSize(1);
    // RFC 6164: both addresses of a /127 are those of its two routers.
    lab.await(first.stack().addAddress("if0", IpPrefix.parse("2001:db8:5::1/127")));
    lab.await(client.stack().addRoute(IpPrefix.parse("2001:db8:5::/127"), first.address()));
    received.clear();
    ping("2001:db8:5::");
    assertThat(received(129)).isEmpty();
  }

  @Test
  void connectionsAndFloodsToTheAddressEnd() {
    first.stack().tcp().listen(80).subscribe();
    String outcome = lab.await(client.stack().tcp().connect(new InetSocketAddress(ANYCAST, 80))
        .map(connection -> "connected").onErrorReturn("failed"), Duration.ofMinutes(5));
    assertThat(outcome).isEqualTo("failed");
    assertThat(first.stack().drops().get(TcpDrop.NOT_UNICAST) + second.stack().drops().get(TcpDrop.NOT_UNICAST))
        .isPositive();
    for (int i = 0; i < 200; i++) {
      lab.host("station" + i).on(home, "2001:db8:1::b:" + Integer.toHexString(i) + "/64").start();
    }
    List<UdpConnection> sockets = lab.hosts().stream().filter(host -> host.name().startsWith("station"))
        .map(host -> lab.await(host.stack().udp().bind(0))).toList();
    sockets.forEach(socket -> socket.send(Mono.just(datagram(ANYCAST))).subscribe());
    lab.advance(Duration.ofMillis(1));
    assertThat(first.stack().drops().get(NdpDrop.TOO_MANY_SOLICITATIONS)).isPositive();
    lab.advance(Duration.ofSeconds(10));
    ping(ANYCAST);
    assertThat(received(129)).isNotEmpty();
  }

  private static Datagram datagram(String to) {
    return Datagram.to(new Endpoint(IpAddress.parse(to), 9), Unpooled.copiedBuffer(new byte[] {1}));
  }
}
