package io.reactorstack.udp;

import static io.reactorstack.testing.Packets.icmp;
import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.ipv6;
import static io.reactorstack.testing.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.reactorstack.icmp.DeliveryException;
import io.reactorstack.icmp.IcmpError;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestHost;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.wire.Ipv4Options;
import java.io.IOException;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;

/** IPv4 options, DS field and hop limit of datagrams, and ICMP errors as values, at the API of UDP sockets. */
class UdpHeaderFieldsTest {

  private static final String OWN = "10.0.0.1";
  private static final String PEER = "10.0.0.2";
  private static final String ROUTER = "10.0.0.254";
  private static final Endpoint TO_PEER = new Endpoint(IpAddress.parse(PEER), 7);
  private static final Endpoint ANY = new Endpoint(Ipv4Address.UNSPECIFIED, 5000);
  private static final byte[] DATA = {1, 2, 3};

  private final VirtualLoop loop = new VirtualLoop();
  private final TestHost host = TestHost.bare(loop, OWN + "/24").gateway(ROUTER);

  @AfterEach
  void close() {
    host.close();
  }

  private UdpConnection bind(UdpSettings settings) {
    List<UdpConnection> opened = new ArrayList<>();
    host.udp.api().bind(ANY, settings).subscribe(opened::add);
    loop.settle();
    return opened.getFirst();
  }

  private List<byte[]> send(UdpConnection socket, Datagram datagram) {
    List<Throwable> failures = new ArrayList<>();
    socket.send(Mono.just(datagram)).subscribe(none -> {}, failures::add);
    loop.settle();
    assertThat(failures).isEmpty();
    return host.device.takeSent();
  }

  private static Datagram datagram() {
    return Datagram.to(TO_PEER, Unpooled.copiedBuffer(DATA));
  }

  @Test
  @Requirement({"RFC1122-4.1.3.2-02", "RFC1122-3.4-01", "RFC1122-3.4-02"})
  void theApplicationChoosesOptionsDsFieldAndHopLimitOfADatagram() {
    UdpConnection socket = bind(UdpSettings.DEFAULT);
    byte[] sent = send(socket,
        datagram().withOptions(Ipv4Options.recordRoute(1)).withTrafficClass(0xb8).withHopLimit(3)).getFirst();
    assertThat(Arrays.copyOfRange(sent, 20, 28)).isEqualTo(Packets.octets(7, 7, 4, 0, 0, 0, 0, 0));
    assertThat(sent[1]).isEqualTo((byte) 0xb8);
    assertThat(sent[8]).isEqualTo((byte) 3);
    assertThat(Packets.from(sent, 28)).isEqualTo(udp(OWN, 5000, PEER, 7, DATA));
    byte[] plain = send(socket, datagram()).getFirst();
    assertThat(plain).hasSize(20 + 8 + DATA.length);
    assertThat(plain[8]).isEqualTo((byte) 64);
  }

  @Test
  @Requirement("RFC1122-4.1.4-01")
  void aSocketHasDefaultsForItsDatagrams() {
    UdpConnection socket = bind(UdpSettings.DEFAULT.withTrafficClass(0x28).withHopLimit(9)
        .withOptions(Ipv4Options.ROUTER_ALERT));
    byte[] sent = send(socket, datagram()).getFirst();
    assertThat(Arrays.copyOfRange(sent, 20, 24)).isEqualTo(Packets.octets(148, 4, 0, 0));
    assertThat(sent[1]).isEqualTo((byte) 0x28);
    assertThat(sent[8]).isEqualTo((byte) 9);
    byte[] other = send(socket, datagram().withHopLimit(1).withTrafficClass(4)
        .withOptions(Ipv4Options.recordRoute(2))).getFirst();
    assertThat(other[20]).isEqualTo((byte) 7);
    assertThat(other[1]).isEqualTo((byte) 4);
    assertThat(other[8]).isEqualTo((byte) 1);
  }

  @Test
  void aConnectedSocketHasSettingsToo() {
    List<UdpConnection> opened = new ArrayList<>();
    host.udp.api().connect(TO_PEER, UdpSettings.DEFAULT.withHopLimit(5)).subscribe(opened::add);
    loop.settle();
    assertThat(send(opened.getFirst(), Datagram.toPeer(Unpooled.copiedBuffer(DATA))).getFirst()[8]).isEqualTo((byte) 5);
  }

  @Test
  @Requirement({"RFC1122-4.1.3.2-01", "RFC1122-3.4-04", "RFC1122-3.2.1.8-02"})
  void theApplicationReceivesOptionsDsFieldAndHopLimit() {
    UdpConnection socket = bind(UdpSettings.DEFAULT);
    List<Datagram> received = new ArrayList<>();
    socket.receive().subscribe(received::add);
    byte[] packet = ipv4(PEER, OWN, 17, udp(PEER, 7, OWN, 5000, DATA), 7, 7, 8, 10, 0, 0, 254, 148, 4, 0, 0, 0);
    packet[1] = (byte) 0x89;
    packet[8] = 42;
    host.device.inject(Packets.fixIpv4(packet, 0));
    loop.settle();
    assertThat(received).singleElement().satisfies(datagram -> {
      assertThat(datagram.options().recordedRoute()).containsExactly(Ipv4Address.parse(ROUTER));
      assertThat(datagram.options().hasRouterAlert()).isTrue();
      assertThat(datagram.trafficClass()).isEqualTo(0x89);
      assertThat(datagram.hopLimit()).isEqualTo(42);
    });
    received.forEach(Datagram::release);
  }

  @Test
  @Requirement("RFC1122-3.2.1.8-13")
  void theReceiverAddsItsTimeBeforeTheApplicationSeesTheOption() {
    UdpConnection socket = bind(UdpSettings.DEFAULT);
    List<Datagram> received = new ArrayList<>();
    socket.receive().subscribe(received::add);
    host.device.inject(ipv4(PEER, OWN, 17, udp(PEER, 7, OWN, 5000, DATA), 68, 20, 13, 1, 10, 0, 0, 2, 0, 0, 0, 5, 0, 0,
        0, 0, 0, 0, 0, 0));
    loop.settle();
    assertThat(received).singleElement().satisfies(datagram -> assertThat(datagram.options().timestamps())
        .extracting(Ipv4Options.Timestamp::address)
        .containsExactly(Ipv4Address.parse(PEER), Ipv4Address.parse(OWN)));
    received.forEach(Datagram::release);
  }

  @Test
  void optionsCountForTheLengthThatFits() {
    UdpConnection socket = bind(UdpSettings.DEFAULT.withLongDatagrams(LongDatagrams.REFUSED)
        .withOptions(Ipv4Options.recordRoute(9)));
    byte[] sent = send(socket, Datagram.to(TO_PEER, Unpooled.buffer().writeZero(1500 - 60 - 8))).getFirst();
    assertThat(sent).hasSize(1500);
    List<Throwable> failures = new ArrayList<>();
    socket.send(Mono.just(Datagram.to(TO_PEER, Unpooled.buffer().writeZero(1500 - 60 - 7)))).subscribe(none -> {},
        failures::add);
    loop.settle();
    assertThat(failures).singleElement().isInstanceOf(SocketException.class);
  }

  @Test
  void optionsAreNotUsedOverIpv6() {
    host.address("2001:db8::1/64");
    UdpConnection socket = bind(UdpSettings.DEFAULT.withOptions(Ipv4Options.recordRoute(9)));
    byte[] sent = send(socket, Datagram.to(new Endpoint(IpAddress.parse("2001:db8::2"), 7),
        Unpooled.copiedBuffer(DATA)).withTrafficClass(0x20)).getFirst();
    assertThat(sent).hasSize(40 + 8 + DATA.length);
    assertThat(sent[0] << 4 & 0xf0 | sent[1] >> 4 & 0xf).isEqualTo(0x20);
    assertThat(ipv6("2001:db8::1", "2001:db8::2", 17, DATA)).isNotEmpty();
  }

  // ---- ICMP errors

  private void report(int type, int code, int rest, byte[] about) {
    host.device.inject(ipv4(ROUTER, OWN, 1, icmp(type, code, rest, about)));
    loop.settle();
  }

  @Test
  void anUnconnectedSocketObservesTheErrorsAboutItsDatagrams() {
    UdpConnection socket = bind(UdpSettings.DEFAULT);
    List<IcmpError> errors = new ArrayList<>();
    List<String> ends = new ArrayList<>();
    byte[] sent = send(socket, datagram()).getFirst();
    report(3, 3, 0, sent);
    socket.icmpErrors().subscribe(errors::add, e -> {}, () -> ends.add("completed"));
    loop.settle();
    report(3, 13, 0, sent);
    report(11, 0, 0, sent);
    report(12, 0, 0x0800_0000, sent);
    report(3, 4, 1400, sent);
    byte[] stranger = ipv4(OWN, PEER, 17, udp(OWN, 5001, PEER, 7, DATA));
    report(3, 3, 0, stranger);
    assertThat(errors).extracting(IcmpError::kind).containsExactly(IcmpError.Kind.PROHIBITED,
        IcmpError.Kind.HOP_LIMIT_EXCEEDED, IcmpError.Kind.PARAMETER_PROBLEM, IcmpError.Kind.PACKET_TOO_BIG);
    assertThat(errors).allSatisfy(error -> {
      assertThat(error.reporter()).isEqualTo(IpAddress.parse(ROUTER));
      assertThat(error.quote().octets()).isEqualTo(sent);
    });
    assertThat(((IcmpError.ParameterProblem) errors.get(2)).pointer()).isEqualTo(8);
    assertThat(((IcmpError.PacketTooBig) errors.get(3)).mtu()).isEqualTo(1400);
    assertThat(send(socket, datagram())).as("the errors fail no send").hasSize(1);
    socket.close().subscribe();
    loop.settle();
    assertThat(ends).containsExactly("completed");
  }

  @Test
  void aConnectedSocketFailsWithTheErrorAsItsCause() throws IOException {
    UdpSocket socket = host.udp.bind(ANY, UdpSettings.DEFAULT, changed -> {});
    socket.connect(TO_PEER);
    socket.send(Datagram.toPeer(Unpooled.copiedBuffer(DATA)));
    loop.settle();
    report(3, 3, 0, host.device.takeSent().getFirst());
    assertThatThrownBy(() -> socket.send(Datagram.toPeer(Unpooled.copiedBuffer(DATA))))
        .isInstanceOf(PortUnreachableException.class).cause().isInstanceOfSatisfying(DeliveryException.class,
            cause -> assertThat(cause.failure()).isInstanceOfSatisfying(IcmpError.DestinationUnreachable.class,
                error -> assertThat(error.code()).isEqualTo(3)));
  }

  @Test
  void errorsWithoutDemandAreBounded() {
    UdpConnection socket = bind(UdpSettings.DEFAULT);
    byte[] sent = send(socket, datagram()).getFirst();
    List<IcmpError> errors = new ArrayList<>();
    var subscriber = new BaseSubscriber<IcmpError>() {
      @Override
      protected void hookOnSubscribe(Subscription subscription) {
        // No demand yet.
      }

      @Override
      protected void hookOnNext(IcmpError error) {
        errors.add(error);
      }
    };
    socket.icmpErrors().subscribe(subscriber);
    loop.settle();
    for (int code = 0; code < 1000; code++) {
      report(12, code % 256, 0, sent);
    }
    subscriber.requestUnbounded();
    loop.settle();
    assertThat(errors).hasSize(IcmpFeed.KEPT);
    assertThat(((IcmpError.ParameterProblem) errors.getLast()).code()).as("the latest are kept").isEqualTo(999 % 256);
  }
}
