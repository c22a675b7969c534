package io.reactorstack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.lab.Wire;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.SeenFrame;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.MulticastGroup;
import io.reactorstack.wire.ArpPacket;
import io.reactorstack.wire.IgmpMessage;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A cable is unplugged and plugged in again: which connections survive, which events are reported, and when traffic
 * resumes.
 */
@Timeout(60)
class LinkDownTest {

  private static final InterfaceEvent UP = new InterfaceEvent.Up("if0");
  private static final InterfaceEvent DOWN = new InterfaceEvent.Down("if0");

  private Lab lab;
  private Switch lan;
  private Wire wire;
  private Host client;
  private Host server;

  @BeforeEach
  void start() {
    lab = Lab.virtual(5);
    lan = lab.newSwitch("lan");
    client = lab.host("client").address("10.0.0.1/24")
        .wire(w -> w.delay(Duration.ofMillis(5)).rate(80_000_000)).connectTo(lan);
    wire = client.wire();
    server = lab.host("server").address("10.0.0.2/24").wire(w -> w.delay(Duration.ofMillis(5))).connectTo(lan);
  }

  @AfterEach
  void stop() {
    lab.close();
  }

  private static ByteBuf bytes(int length) {
    return Unpooled.wrappedBuffer(new byte[length]);
  }

  private record Pair(TcpConnection client, TcpConnection server) {}

  private Pair connection() {
    Mono<TcpConnection> accepted = server.stack().tcp().listen(7).next().cache();
    lab.run(accepted::subscribe);
    TcpConnection opened = lab.await(client.stack().tcp().connect("10.0.0.2", 7));
    return new Pair(opened, lab.await(accepted));
  }

  private <T> List<T> collect(Flux<T> flux) {
    List<T> list = new ArrayList<>();
    lab.run(() -> flux.subscribe(list::add));
    return list;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aTransferSurvivesThirtySecondsWithoutALink(boolean upload) {
    Pair pair = connection();
    TcpConnection from = upload ? pair.client() : pair.server();
    TcpConnection to = upload ? pair.server() : pair.client();
    byte[] sent = new byte[8_000_000];
    new Random(1).nextBytes(sent);
    ByteBuf received = Unpooled.buffer(sent.length);
    Mono<Void> all = to.receive().doOnNext(buffer -> {
      received.writeBytes(buffer);
      buffer.release();
    }).then().cache();
    lab.run(all::subscribe);
    lab.run(() -> from.send(Mono.just(Unpooled.wrappedBuffer(sent))).then(from.shutdownOutput()).subscribe());
    List<InterfaceEvent> states = collect(client.stack().interfaceEvents());
    lab.advance(Duration.ofMillis(500));
    int before = received.readableBytes();
    assertThat(before).isBetween(1_000_000, 6_000_000);

    wire.unplug();
    lab.advance(Duration.ofSeconds(30));
    assertThat(received.readableBytes()).isLessThan(before + 100_000);
    assertThat(states).containsExactly(UP, DOWN);
    int inside = lab.framesInside();
    assertThat(inside).isLessThan(10);
    wire.plug();
    lab.advance(Duration.ofMillis(100));
    assertThat(states).containsExactly(UP, DOWN, UP);
    if (upload) {
      // The sender on the restored link does not wait for its backed-off retransmission timer.
      assertThat(received.readableBytes()).isGreaterThan(before + 100_000);
      // It must not take the silence for a path that carries small packets only.
      assertThat(from.info().sizes().pmtu()).isEqualTo(1500);
    }
    lab.await(all, Duration.ofSeconds(60));
    assertThat(ByteBufUtil.getBytes(received)).isEqualTo(sent);
  }

  @Test
  void nothingIsQueuedWhileTheLinkIsDown() {
    Pair pair = connection();
    wire.unplug();
    var socket = lab.await(client.stack().udp().connect(new InetSocketAddress("10.0.0.2", 9)));
    lab.run(() -> pair.client().send(Flux.range(0, 10_000).map(i -> bytes(1000))).subscribe(done -> {}, error -> {}));
    for (int i = 0; i < 3000; i++) {
      lab.await(socket.send(Mono.just(Datagram.toPeer(bytes(1000)))).onErrorComplete());
    }
    lab.advance(Duration.ofSeconds(20));
    assertThat(lab.framesInside()).isZero();
    List<Long> arrived = new ArrayList<>();
    client.observe((direction, frame, nanos) -> {
      if (direction == FrameObserver.Direction.SENT && frame.payload().readableBytes() > 1000) {
        arrived.add(nanos);
      }
    });
    wire.plug();
    lab.advance(Duration.ofMillis(1));
    // There must be neither a backlog of datagrams nor a burst of segments.
    assertThat(arrived).hasSizeLessThan(10);
    pair.client().abort();
  }

  @Test
  void restoredLinkIsAnnouncedAndNeighboursAreResolvedAgainOnUse() {
    Pair pair = connection();
    List<String> arp = new ArrayList<>();
    client.observe((direction, frame, nanos) -> {
      ArpPacket packet = SeenFrame.ethernet(frame.payload()).arp();
      if (direction == FrameObserver.Direction.SENT && packet != null) {
        arp.add((packet.sender().bits() & 0xff) + ">" + (packet.target().bits() & 0xff));
      }
    });
    wire.unplug();
    lab.advance(Duration.ofSeconds(1));
    arp.clear();
    wire.plug();
    lab.advance(Duration.ofSeconds(5));
    // RFC 5227 2.3: two announcements, two seconds apart. No request for neighbours that are not in use.
    assertThat(arp).containsExactly("1>1", "1>1");
    lab.await(pair.client().send(Mono.just(bytes(1))));
    lab.advance(Duration.ofSeconds(1));
    assertThat(arp).containsExactly("1>1", "1>1", "1>2");
  }

  @Test
  void groupsAreReportedAgainOnTheRestoredLink() {
    var socket = lab.await(client.stack().udp().bind(5353));
    lab.await(socket.join(MulticastGroup.of("239.1.2.3")));
    lab.advance(Duration.ofSeconds(5));
    List<String> reports = new ArrayList<>();
    client.observe((direction, frame, nanos) -> {
      IgmpMessage message = SeenFrame.ethernet(frame.payload()).igmp();
      if (direction == FrameObserver.Direction.SENT && message != null) {
        reports.add(message.toString());
      }
    });
    wire.unplug();
    lab.advance(Duration.ofSeconds(5));
    assertThat(reports).isEmpty();
    wire.plug();
    lab.advance(Duration.ofSeconds(5));
    assertThat(reports).containsExactly("IGMP joins 239.1.2.3", "IGMP joins 239.1.2.3");
  }

  @Test
  @Requirement("RFC1122-2.3.2.1-01")
  void neighbourReplacedDuringTheOutageIsFound() {
    List<Object> replies = collect(client.stack().icmp().ping(server.address()).cast(Object.class).flux());
    lab.advance(Duration.ofSeconds(1));
    assertThat(replies).hasSize(1);
    wire.unplug();
    server.wire().unplug();
    // Another machine takes over the address while the client's cable is unplugged: the client does not receive its
    // announcement.
    Host other = lab.host("other").address("10.0.0.2/24")
        .macAddress(MacAddress.parse("02:00:00:00:00:99")).connectTo(lan);
    lab.advance(Duration.ofSeconds(1));
    wire.plug();
    assertThat(lab.await(client.stack().icmp().ping(other.address()), Duration.ofMillis(500))).isNotNull();
  }

  @Test
  void handshakeContinuesOnTheRestoredLink() {
    lab.run(() -> server.stack().tcp().listen(7).subscribe());
    lab.await(client.stack().icmp().ping(server.address()));
    // First the wire drops everything silently, since a link that is down would fail the attempt in address resolution;
    // then the link goes down.
    wire.cut();
    Mono<TcpConnection> opening = client.stack().tcp().connect("10.0.0.2", 7).cache();
    lab.run(opening::subscribe);
    lab.advance(Duration.ofMillis(7_500));
    wire.unplug();
    lab.advance(Duration.ofMillis(500));
    wire.plug();
    assertThat(lab.await(opening, Duration.ofMillis(100))).isNotNull();
  }

  @Test
  void idleConnectionSurvivesWithoutTraffic() {
    Pair pair = connection();
    List<Integer> frames = new ArrayList<>();
    wire.unplug();
    lab.advance(Duration.ofMinutes(10));
    client.observe((direction, frame, nanos) -> frames.add(frame.payload().readableBytes()));
    wire.plug();
    lab.advance(Duration.ofSeconds(1));
    // The address announcement only.
    assertThat(frames).hasSize(1);
    Mono<Integer> read = pair.server().receive().next().map(buffer -> {
      int length = buffer.readableBytes();
      buffer.release();
      return length;
    }).cache();
    lab.run(read::subscribe);
    lab.await(pair.client().send(Mono.just(bytes(5))));
    assertThat(lab.await(read)).isEqualTo(5);
  }

  @Test
  void anotherRouteIsUsedWhileALinkIsDown() {
    Switch second = lab.newSwitch("second");
    lab.host("there").address("10.1.0.2/24").stack(s -> s.route("10.9.0.0/24", "10.1.0.1")).connectTo(second);
    Wire one = lab.newWire("one");
    Wire two = lab.newWire("two");
    NetworkStack host = lab.call(() -> UnprobedStack.create().runOn(lab.loop()).random(lab.random("two-legged"))
        .device(one.left(), "10.5.0.1/24").gateway("10.5.0.9")
        .device(two.left(), "10.6.0.1/24").gateway("10.6.0.9").startNow());
    assertThat(source(host)).isEqualTo("/10.5.0.1");
    one.unplug();
    assertThat(source(host)).isEqualTo("/10.6.0.1");
    two.unplug();
    // Both links are down, so neither route is better; there is still an address to send from.
    assertThat(source(host)).isEqualTo("/10.5.0.1");
    one.plug();
    two.plug();
    assertThat(source(host)).isEqualTo("/10.5.0.1");
    lab.await(host.stop());
  }

  private String source(NetworkStack host) {
    var socket = lab.await(host.udp().connect(new InetSocketAddress("198.51.100.1", 9)));
    lab.await(socket.close());
    return socket.localAddress().getAddress().toString();
  }

  @Test
  void hostStartedUnpluggedReportsItsLinkAsDown() {
    Wire loose = lab.newWire("loose");
    loose.unplug();
    NetworkStack host = lab.call(() -> UnprobedStack.create().runOn(lab.loop()).random(lab.random("loose"))
        .device("eth7", loose.left(), "10.5.0.1/24").startNow());
    List<InterfaceEvent> states = collect(host.interfaceEvents());
    assertThatThrownBy(() -> lab.await(host.icmp().ping(IpAddress.parse("10.5.0.2"))))
        .hasMessageContaining("no reply");
    loose.plug();
    lab.advance(Duration.ofSeconds(1));
    assertThat(states).containsExactly(
        new InterfaceEvent.Down("eth7"), new InterfaceEvent.Up("eth7"));
    lab.await(host.stop());
  }
}
