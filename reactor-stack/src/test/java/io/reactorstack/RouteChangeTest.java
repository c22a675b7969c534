package io.reactorstack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.tcp.TcpException;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.testing.Inside;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/**
 * A host with two interfaces on two links sends to an address behind two gateways; both are the peer itself, which has
 * an interface on each link. The route changes during an upload.
 */
@Timeout(60)
class RouteChangeTest {

  private static final String SERVICE = "192.0.2.9";
  private static final IpPrefix NETWORK = IpPrefix.parse(SERVICE + "/32");
  private static final Duration HALF = Duration.ofMillis(10);

  private Lab lab;
  private Host client;
  private Host server;
  private TcpConnection upload;
  private Mono<Void> uploaded;
  private final AtomicLong received = new AtomicLong();

  @BeforeEach
  void start() {
    lab = Lab.virtual(11);
    Switch first = lab.newSwitch("first");
    Switch second = lab.newSwitch("second");
    client = lab.host("client").on(first, "10.0.1.1/24", w -> w.delay(HALF).rate(8_000_000))
        .on(second, "10.0.2.1/24", w -> w.delay(HALF).rate(8_000_000)).start();
    // The address on the first interface has no on-link network (/32), so the answers leave through the second.
    server = lab.host("server").on(first, "10.0.1.2/32").on(second, "10.0.2.2/24").start();
    lab.await(server.stack().addAddress(nameOf(server, 1), NETWORK));
    lab.await(server.stack().addRoute(IpPrefix.parse("10.0.1.0/24"), IpAddress.parse("10.0.2.1")));
  }

  @AfterEach
  void stop() {
    lab.close();
  }

  private static String nameOf(Host host, int index) {
    return Inside.shard(host.stack()).ip().interfaces().get(index + 1).name();
  }

  private static IpAddress gateway(int index) {
    return IpAddress.parse("10.0." + (index + 1) + ".2");
  }

  private void route(int index) {
    lab.await(client.stack().addRoute(NETWORK, gateway(index)));
  }

  private void unroute(int index) {
    lab.await(client.stack().removeRoute(NETWORK, gateway(index)));
  }

  /** Starts an upload of 5 MB, which takes 5 s at the rate of a wire, and runs it for two seconds. */
  private void startUpload() {
    server.stack().tcp().listen(7).flatMap(connection -> connection.receive().doOnNext(buffer -> {
      received.addAndGet(buffer.readableBytes());
      buffer.release();
    }).then()).subscribe();
    upload = lab.await(client.stack().tcp().connect(SERVICE, 7));
    uploaded = upload.sendAcknowledged(Mono.just(Unpooled.wrappedBuffer(new byte[5_000_000]))).cache();
    lab.run(() -> uploaded.subscribe(nothing -> {}, error -> {}));
    lab.advance(Duration.ofSeconds(2));
    assertThat(received.get()).isPositive();
  }

  private void assertThatTheUploadGoesOnWithin(Duration limit) {
    long before = received.get();
    lab.advance(limit);
    assertThat(received.get()).isGreaterThan(before);
    lab.await(uploaded, Duration.ofSeconds(60));
    assertThat(received.get()).isEqualTo(5_000_000);
  }

  @Test
  void uploadContinuesOverTheOtherInterfaceWhenTheRouteChanges() {
    route(0);
    startUpload();
    Duration rto = upload.info().rto();

    server.wires().get(0).cut();
    unroute(0);
    route(1);

    assertThatTheUploadGoesOnWithin(rto.plus(HALF.multipliedBy(4)));
  }

  @Test
  void uploadContinuesOverTheOtherInterfaceWhenTheCarrierIsLost() {
    route(0);
    route(1);
    startUpload();
    Duration rto = upload.info().rto();

    client.wires().get(0).unplug();

    assertThatTheUploadGoesOnWithin(rto.plus(HALF.multipliedBy(4)));
  }

  @Test
  void uploadContinuesOverTheSecondGatewayWhenTheFirstFallsSilent() {
    route(0);
    route(1);
    startUpload();

    server.wires().get(0).cut();

    // The third retransmission makes the gateway suspect (RFC 9293 MUST-20), then DELAY_FIRST_PROBE_TIME and three
    // probes follow.
    assertThatTheUploadGoesOnWithin(Duration.ofSeconds(15));
  }

  @Test
  void datagramsOfAConnectedSocketFollowTheRoute() {
    route(0);
    List<Integer> heard = new ArrayList<>();
    lab.await(server.stack().udp().bind(9)).receive().subscribe(datagram -> {
      heard.add((int) datagram.payload().getByte(datagram.payload().readerIndex()));
      datagram.release();
    });
    UdpConnection socket = lab.await(client.stack().udp().connect(SERVICE, 9));
    lab.await(socket.send(Mono.just(Datagram.toPeer(Unpooled.wrappedBuffer(new byte[] {1})))));
    lab.advance(Duration.ofSeconds(1));
    server.wires().get(0).cut();
    unroute(0);
    route(1);
    lab.await(socket.send(Mono.just(Datagram.toPeer(Unpooled.wrappedBuffer(new byte[] {2})))));
    lab.advance(Duration.ofSeconds(1));
    assertThat(heard).containsExactly(1, 2);
  }

  @Test
  void connectionEndsImmediatelyWhenItsAddressIsRemoved() {
    route(0);
    startUpload();

    lab.await(client.stack().removeAddress(IpAddress.parse("10.0.1.1")));

    assertThatThrownBy(() -> lab.await(uploaded, Duration.ofMillis(1))).hasCauseInstanceOf(TcpException.class)
        .satisfies(e -> assertThat(((TcpException) e.getCause()).report().cause())
            .isEqualTo(CloseCause.ADDRESS_REMOVED));
  }
}
