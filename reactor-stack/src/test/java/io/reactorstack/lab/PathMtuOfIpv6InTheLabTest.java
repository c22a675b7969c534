package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.FrameObserver.Direction;
import io.reactorstack.ip.IpDrop;
import io.reactorstack.ip.IpMeter;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.SeenFrame;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpConnection;
import io.reactorstack.wire.IpHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Path MTU discovery and fragments over IPv6 on the Ethernet of the lab (RFC 8201, RFC 8200 section 4.5). */
@Timeout(120)
class PathMtuOfIpv6InTheLabTest {

  private static final String SERVER = "2001:db8::2";

  private Lab lab;
  private Host client;
  private Host server;
  /** The lengths of the IPv6 packets that the client has sent. */
  private final List<Integer> lengths = new ArrayList<>();
  private final List<byte[]> received = new ArrayList<>();

  @BeforeEach
  void start() {
    lab = Lab.virtual(2);
    Switch lan = lab.newSwitch("lan");
    client = lab.host("client").address("2001:db8::1/64").wire(w -> w.delay(Duration.ofMillis(5))).connectTo(lan);
    server = lab.host("server").address(SERVER + "/64").connectTo(lan);
    client.observe((direction, frame, nanos) -> {
      IpHeaders ip = SeenFrame.ethernet(frame.payload()).ip();
      if (direction == Direction.SENT && ip != null) {
        lengths.add(ip.totalLength());
      }
    });
    server.stack().tcp().listen(7).subscribe(connection -> connection.receive().subscribe(ByteBuf::release));
    lab.await(server.stack().udp().bind(9)).receive().subscribe(datagram -> {
      received.add(ByteBufUtil.getBytes(datagram.payload()));
      datagram.release();
    });
  }

  @AfterEach
  void close() {
    FrameBalance.assertBalanced(client.stack());
    FrameBalance.assertBalanced(server.stack());
    lab.close();
  }

  private static ByteBuf octets(int length) {
    return Unpooled.buffer(length).writeZero(length);
  }

  private void upload(TcpConnection connection, int length) {
    lengths.clear();
    lab.await(connection.sendAcknowledged(Mono.just(octets(length))));
  }

  private int longest() {
    return lengths.stream().mapToInt(each -> each).max().orElse(0);
  }

  @Test
  @Requirement({"RFC8201-1-01", "RFC8200-5-04", "RFC8504-5.7.1-01"})
  void aConnectionContinuesWithSmallerPacketsWhenTheMtuOfThePathFalls() {
    TcpConnection connection = lab.await(client.stack().tcp().connect(SERVER, 7));
    upload(connection, 100_000);
    assertThat(longest()).isEqualTo(1500);
    client.wire().with(Effects.mtu(1300, "2001:db8::fe"));
    upload(connection, 100_000);
    assertThat(longest()).as("the packets before the first report").isEqualTo(1500);
    upload(connection, 100_000);
    assertThat(longest()).isEqualTo(1300);
    assertThat(lab.await(client.stack().path(IpAddress.parse(SERVER))).mtu()).isEqualTo(1300);
  }

  @Test
  @Requirement({"RFC8201-3-02", "RFC8201-4-08", "RFC8201-5.1-01"})
  void aDestinationOnTheLinkHasAPathMtuTooAndItIsTriedAgainAfterTenMinutes() {
    assertThat(lab.await(client.stack().path(IpAddress.parse(SERVER))).nextHop()).hasToString(SERVER);
    Scope narrow = client.wire().with(Effects.mtu(1400, "2001:db8::fe"));
    TcpConnection connection = lab.await(client.stack().tcp().connect(SERVER, 7));
    upload(connection, 50_000);
    upload(connection, 50_000);
    assertThat(longest()).isEqualTo(1400);
    narrow.close();
    lab.advance(Duration.ofMinutes(9));
    upload(connection, 50_000);
    assertThat(longest()).isEqualTo(1400);
    lab.advance(Duration.ofMinutes(2));
    upload(connection, 50_000);
    upload(connection, 50_000);
    assertThat(longest()).isEqualTo(1500);
  }

  @Test
  void longDatagramsCrossALossyEthernetInFragments() {
    client.wire().impair(w -> w.delay(Duration.ofMillis(5)).loss(0.01).reorder(0.05, Duration.ofMillis(1)));
    byte[] content = new byte[40_000];
    new Random(7).nextBytes(content);
    UdpConnection socket = lab.await(client.stack().udp().connect(SERVER, 9));
    lab.await(socket.send(Flux.range(0, 100).delayElements(Duration.ofMillis(50))
        .map(i -> Datagram.toPeer(Unpooled.wrappedBuffer(content)))));
    lab.advance(Duration.ofSeconds(1));
    // 28 fragments arrive with a probability of 0.99 to the power of 28.
    assertThat(received).hasSizeBetween(60, 92).allSatisfy(each -> assertThat(each).isEqualTo(content));
    assertThat(longest()).isEqualTo(1496);
    assertThat(server.stack().meters().sum(IpMeter.PACKETS_REASSEMBLED)).isEqualTo(received.size());
    assertThat(client.stack().meters().sum(IpMeter.PACKETS_FRAGMENTED)).isEqualTo(100);
    lab.advance(Duration.ofMinutes(2));
    assertThat(server.stack().drops().get(IpDrop.REASSEMBLY_TIMEOUT)).isPositive();
  }

  @Test
  void fragmentsFollowTheMtuOfThePath() {
    UdpConnection socket = lab.await(client.stack().udp().connect(SERVER, 9));
    client.wire().with(Effects.mtu(1280, "2001:db8::fe"));
    Datagram lost = Datagram.to(new Endpoint(IpAddress.parse(SERVER), 9), octets(4000));
    lab.await(socket.send(Mono.just(lost)));
    lab.advance(Duration.ofSeconds(1));
    assertThat(received).isEmpty();
    // A report about a fragment is not attributed to a socket; a whole datagram finds the MTU.
    lab.await(socket.send(Mono.just(Datagram.toPeer(octets(1400)))).onErrorComplete());
    lab.advance(Duration.ofSeconds(1));
    lengths.clear();
    lab.await(socket.send(Mono.just(Datagram.toPeer(octets(4000)))).onErrorResume(
        pending -> socket.send(Mono.just(Datagram.toPeer(octets(4000))))));
    lab.advance(Duration.ofSeconds(1));
    assertThat(lengths).containsExactly(1280, 1280, 1280, 360);
    assertThat(received).hasSize(1);
  }
}
