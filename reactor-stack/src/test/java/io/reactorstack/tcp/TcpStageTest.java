package io.reactorstack.tcp;

import static io.reactorstack.tcp.TwoHosts.CLIENT;
import static io.reactorstack.tcp.TwoHosts.SERVER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.reactorstack.icmp.DeliveryFailure;
import io.reactorstack.icmp.IcmpError;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.layer.Rejection;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.tcp.TwoHosts.Seen;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestErrors;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import java.net.BindException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** The stage's handling of segments and calls outside an open connection (RFC 9293 sections 3.10.7.1 and 3.10.7.2). */
class TcpStageTest {

  private static final int PORT = 80;
  private static final IpAddress ROUTER = IpAddress.parse("192.0.2.254");

  private final TwoHosts net = new TwoHosts();

  @AfterEach
  void nothingIsLeft() {
    net.close();
  }

  /** Delivers a segment to the server as if it came from the wire. */
  private void arrive(IpAddress source, int sourcePort, IpAddress destination, int port, int flags, int seq, int ack,
      String data) {
    ByteBuf payload = Headroom.allocate(net.allocator, data.length());
    payload.writeCharSequence(data, StandardCharsets.US_ASCII);
    net.server.port.deliver(TwoHosts.packet(new TcpSegment(new FourTuple(source, sourcePort, destination, port), seq,
        ack, flags, 1000, 0, TcpOptions.NONE, 0, payload, PacketFacts.LOCAL)));
    net.settle();
  }

  private TcpListener listen(int backlog) throws BindException {
    return net.server.tcp.listen(new Endpoint(SERVER, PORT), backlog, TcpSettings.DEFAULTS, () -> {});
  }

  private TcpListener listenWithoutCookies(int backlog) throws BindException {
    return net.server.tcp.listen(new Endpoint(SERVER, PORT), backlog,
        TcpSettings.DEFAULTS.withSecurity(security -> security.withSynCookies(TcpSettings.SynCookies.NEVER)), () -> {});
  }

  private TcpSocket connect(int port) throws SocketException {
    return net.client.tcp.connect(new Endpoint(SERVER, port), null, TcpSettings.DEFAULTS, socket -> {});
  }

  @Test
  void theStageComposesOutsideOfAHost() {
    TcpSegment segment = new TcpSegment(new FourTuple(CLIENT, 1, SERVER, 2), 3, 4, TcpSegment.ACK, 5, 0,
        TcpOptions.NONE, 0,
        Headroom.allocate(net.allocator, 0), PacketFacts.LOCAL);
    Flux<TcpSegment> through = net.client.tcp.receive(Flux.just(TwoHosts.packet(segment)));
    StepVerifier.create(through)
        .assertNext(s -> {
          assertThat(s.flow()).isEqualTo(new FourTuple(SERVER, 2, CLIENT, 1));
          s.release();
        })
        .verifyComplete();
  }

  @Test
  @Requirement("RFC9293-3.10.7.1-01")
  void aSegmentWithoutAConnectionIsAnsweredWithReset() {
    arrive(CLIENT, 1000, SERVER, PORT, TcpSegment.ACK, 5, 77, "ab");
    arrive(CLIENT, 1000, SERVER, PORT, TcpSegment.SYN | TcpSegment.FIN, 5, 0, "ab");
    arrive(CLIENT, 1000, SERVER, PORT, 0, 0xffff_ffff, 0, "abc");
    arrive(CLIENT, 1000, SERVER, PORT, TcpSegment.RST, 5, 0, "");
    arrive(CLIENT, 1000, SERVER, PORT, TcpSegment.RST | TcpSegment.ACK, 5, 77, "");

    assertThat(net.from(SERVER)).hasSize(3);
    assertThat(net.from(SERVER).get(0)).matches(s -> s.flags() == TcpSegment.RST && s.seq() == 77 && s.ack() == 0);
    assertThat(net.from(SERVER).get(1))
        .matches(s -> s.flags() == (TcpSegment.RST | TcpSegment.ACK) && s.seq() == 0 && s.ack() == 5 + 4);
    assertThat(net.from(SERVER).get(2)).matches(s -> s.ack() == 2);
    assertThat(net.server.drops.get(TcpDrop.NO_CONNECTION)).isEqualTo(5);
  }

  @Test
  @Requirement("RFC9293-3.10.7.1-01")
  void portZeroIsAlwaysClosed() throws BindException {
    // Even on a host with a listener: no connection can have port 0.
    TcpListener listener = listen(4);
    int[][] ports = {{1000, 0}, {0, 0}, {0, PORT}, {0, 81}};
    for (int[] p : ports) {
      net.seen.clear();
      arrive(CLIENT, p[0], SERVER, p[1], TcpSegment.SYN, 5, 0, "");
      arrive(CLIENT, p[0], SERVER, p[1], TcpSegment.ACK, 5, 77, "ab");
      arrive(CLIENT, p[0], SERVER, p[1], TcpSegment.SYN | TcpSegment.ACK, 5, 88, "");
      arrive(CLIENT, p[0], SERVER, p[1], TcpSegment.FIN | TcpSegment.ACK, 5, 99, "");
      arrive(CLIENT, p[0], SERVER, p[1], TcpSegment.RST, 5, 0, "");
      assertThat(net.from(SERVER)).as("from %d to %d", p[0], p[1]).hasSize(4)
          .allMatch(s -> s.has(TcpSegment.RST));
      assertThat(net.from(SERVER).getFirst())
          .matches(s -> s.flags() == (TcpSegment.RST | TcpSegment.ACK) && s.seq() == 0 && s.ack() == 6);
      assertThat(net.from(SERVER).get(1)).matches(s -> s.flags() == TcpSegment.RST && s.seq() == 77);
    }
    assertThat(net.server.drops.get(TcpDrop.NO_CONNECTION)).isEqualTo(5 * ports.length);
    listener.close();
  }

  @Test
  void resetsAreLimitedInRate() {
    for (int i = 0; i < 5 * StatelessReplies.PER_SECOND; i++) {
      arrive(CLIENT, 1000, SERVER, 1 + i, TcpSegment.SYN, 5, 0, "");
    }
    assertThat(net.from(SERVER)).hasSize(StatelessReplies.PER_SECOND);
    net.advance(Duration.ofMillis(500));
    for (int i = 0; i < 5 * StatelessReplies.PER_SECOND; i++) {
      arrive(CLIENT, 1000, SERVER, 1 + i, TcpSegment.SYN, 5, 0, "");
    }
    assertThat(net.from(SERVER)).hasSize(StatelessReplies.PER_SECOND * 3 / 2);
    assertThat(net.server.drops.get(TcpDrop.RESET_RATE))
        .isEqualTo(10 * StatelessReplies.PER_SECOND - net.from(SERVER).size());
  }

  @ParameterizedTest(name = "from {0} to {1}")
  @Requirement({"MUST-57", "MUST-63", "RFC9293-3.9.2.3-03"})
  @CsvSource({
      "10.0.0.1, 224.0.0.1, NOT_UNICAST",
      "224.0.0.1, 10.0.0.2, BAD_SOURCE",
      "255.255.255.255, 10.0.0.2, BAD_SOURCE",
      "10.0.0.255, 10.0.0.2, BAD_SOURCE",
      "0.0.0.0, 10.0.0.2, BAD_SOURCE",
      "10.0.0.2, 10.0.0.2, BAD_SOURCE"})
  void nonUnicastSegmentsAreDropped(String source, String destination, TcpDrop reason) throws BindException {
    TcpListener listener = net.server.tcp.listen(new Endpoint(IpAddress.parse("0.0.0.0"), PORT), 1,
        TcpSettings.DEFAULTS,
        () -> {});
    arrive(IpAddress.parse(source), PORT, IpAddress.parse(destination), PORT, TcpSegment.SYN, 5, 0, "");
    arrive(IpAddress.parse(source), PORT, IpAddress.parse(destination), PORT, TcpSegment.ACK, 5, 0, "");
    assertThat(net.server.drops.get(reason)).isEqualTo(2);
    assertThat(net.seen).isEmpty();
    listener.close();
  }

  @Test
  void aSynInABroadcastFrameIsDropped() {
    InboundPacket plain = TwoHosts
        .packet(new TcpSegment(new FourTuple(CLIENT, 1000, SERVER, PORT), 5, 0, TcpSegment.SYN,
            1000, 0, TcpOptions.NONE, 0, Headroom.allocate(net.allocator, 0), PacketFacts.LOCAL));
    net.server.port.deliver(new InboundPacket(
        plain.header(), plain.protocol(), plain.options(), 20, true, plain.payload(), plain.facts(), plain.ingress()));
    assertThat(net.server.drops.get(TcpDrop.NOT_UNICAST)).isOne();
  }

  @Test
  @Requirement({"RFC9293-3.10.7.2-01", "RFC9293-3.10.7.2-02", "RFC9293-3.10.7.2-04"})
  void aListenerAnswersOnlySegmentsThatCanOpenAConnection() throws BindException {
    TcpListener listener = listen(4);
    arrive(CLIENT, 1000, SERVER, PORT, TcpSegment.RST, 5, 0, "");
    arrive(CLIENT, 1000, SERVER, PORT, 0, 5, 0, "data");
    arrive(CLIENT, 1000, SERVER, PORT, TcpSegment.FIN, 5, 0, "");
    assertThat(net.seen).isEmpty();
    assertThat(net.server.drops.get(TcpDrop.NOT_A_SYN)).isEqualTo(2);
    arrive(CLIENT, 1000, SERVER, PORT, TcpSegment.SYN | TcpSegment.ACK, 5, 99, "");
    assertThat(net.seen).singleElement().matches(s -> s.flags() == TcpSegment.RST && s.seq() == 99);
    listener.close();
  }

  @Test
  void aListenerNeedsALocalAddressAndAFreePort() throws SocketException {
    TcpListener any = net.server.tcp.listen(new Endpoint(IpAddress.parse("0.0.0.0"), PORT), 4, TcpSettings.DEFAULTS,
        () -> {});
    assertThatThrownBy(() -> listen(4)).isInstanceOf(BindException.class);
    any.close();
    TcpListener exact = listen(4);
    assertThatThrownBy(() -> listen(4)).isInstanceOf(BindException.class).hasMessageContaining("in use");
    assertThatThrownBy(() -> net.server.tcp.listen(new Endpoint(CLIENT, PORT), 4, TcpSettings.DEFAULTS, () -> {}))
        .isInstanceOf(BindException.class).hasMessageContaining("Cannot assign");
    TcpListener chosen = net.server.tcp.listen(new Endpoint(SERVER, 0), 4, TcpSettings.DEFAULTS, () -> {});
    assertThat(chosen.local().port()).isBetween(1024, 65_535);
    connect(PORT);
    net.advance(Duration.ofSeconds(1));
    assertThat(exact.acceptable()).isOne();
    exact.close();
    chosen.close();
  }

  @Test
  @Requirement("MUST-46")
  void connectNeedsARouteALocalAddressAndAUnicastPeer() {
    for (String nobody : new String[] {"224.0.0.1", "255.255.255.255", "10.0.0.255", "0.0.0.0"}) {
      assertThatThrownBy(() -> net.client.tcp.connect(new Endpoint(IpAddress.parse(nobody), PORT), null,
          TcpSettings.DEFAULTS, socket -> {})).as(nobody).isInstanceOf(SocketException.class);
    }
    assertThatThrownBy(() -> connect(0)).isInstanceOf(SocketException.class);
    assertThatThrownBy(() -> net.client.tcp.connect(new Endpoint(IpAddress.parse("192.0.2.1"), PORT), null,
        TcpSettings.DEFAULTS, socket -> {})).isInstanceOf(NoRouteToHostException.class);
    assertThatThrownBy(() -> net.client.tcp.connect(new Endpoint(SERVER, PORT), new Endpoint(SERVER, 5),
        TcpSettings.DEFAULTS, socket -> {})).isInstanceOf(BindException.class);
  }

  @Test
  void aLocalPortCanBeChosenAndIsUsedOncePerPeer() throws SocketException {
    Endpoint local = new Endpoint(CLIENT, 5000);
    TcpSocket first = net.client.tcp.connect(new Endpoint(SERVER, PORT), local, TcpSettings.DEFAULTS, socket -> {});
    assertThat(first.local()).isEqualTo(local);
    assertThatThrownBy(
        () -> net.client.tcp.connect(new Endpoint(SERVER, PORT), local, TcpSettings.DEFAULTS, socket -> {}))
        .isInstanceOf(BindException.class).hasMessageContaining("in use");
    net.client.tcp.connect(new Endpoint(SERVER, PORT + 1), local, TcpSettings.DEFAULTS, socket -> {});
  }

  @Test
  @Requirement({"RFC6056-3.3-01", "RFC6056-3.3.1-01"})
  void ephemeralPortsAreSpreadAndDoNotRepeat() throws SocketException {
    List<Integer> toOne = new ArrayList<>();
    List<Integer> starts = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      toOne.add(connect(PORT).local().port());
      starts.add(connect(1000 + i).local().port());
    }
    Set<Integer> distinct = new HashSet<>(toOne);
    assertThat(distinct).hasSize(100).allMatch(p -> p >= 1024 && p <= 65_535);
    // The start differs by destination: with one counter for all destinations, each port would be the previous one plus
    // one.
    long neighbours = 0;
    for (int i = 1; i < starts.size(); i++) {
      neighbours += Math.abs(starts.get(i) - starts.get(i - 1)) <= 2 ? 1 : 0;
    }
    assertThat(neighbours).as("seed %d", net.seed).isLessThan(5);
    net.client.tcp.stop();
  }

  @Test
  @Requirement({"MUST-8", "SHLD-1", "RFC6528-3-01"})
  void initialSequenceNumbersTickAndDifferFromConnectionToConnection() {
    InitialSequenceNumbers numbers = new InitialSequenceNumbers(net.random.split());
    InitialSequenceNumbers otherHost = new InitialSequenceNumbers(net.random.split());
    FourTuple flow = new FourTuple(CLIENT, 5000, SERVER, PORT);
    assertThat(numbers.next(flow, 4_000_000) - numbers.next(flow, 0)).isEqualTo(1000);
    assertThat(otherHost.next(flow, 0)).isNotEqualTo(numbers.next(flow, 0));
    Set<Integer> starts = new HashSet<>();
    for (int port = 0; port < 1000; port++) {
      starts.add(numbers.next(new FourTuple(CLIENT, 5000 + port, SERVER, PORT), 0) >>> 22);
    }
    assertThat(starts).as("upper bits, seed %d", net.seed).hasSizeGreaterThan(400);
  }

  @Test
  void unacceptedConnectionsAreBoundedAndOtherClientsRetry() throws SocketException {
    TcpListener listener = listenWithoutCookies(2);
    List<TcpSocket> clients = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      clients.add(connect(PORT));
    }
    net.advance(Duration.ofSeconds(3));
    assertThat(listener.acceptable()).isEqualTo(2);
    assertThat(net.server.tcp.connections()).isLessThanOrEqualTo(4);
    assertThat(net.server.drops.get(TcpDrop.SYN_QUEUE_FULL) + net.server.drops.get(TcpDrop.ACCEPT_QUEUE_FULL))
        .isPositive();
    int accepted = 0;
    for (int second = 0; second < 60; second++) {
      while (listener.accept() != null) {
        accepted++;
      }
      net.advance(Duration.ofSeconds(1));
    }
    assertThat(accepted).isEqualTo(10);
    assertThat(clients).allMatch(TcpSocket::wasConnected);
    listener.close();
    net.client.tcp.stop();
  }

  @Test
  void handshakesInProgressAreBounded() throws BindException {
    TcpListener listener = listenWithoutCookies(8);
    for (int i = 0; i < 10_000; i++) {
      arrive(new io.reactorstack.packet.Ipv4Address(0x0a00_0003 + i % 200), 1024 + i / 200, SERVER, PORT,
          TcpSegment.SYN, i,
          0, "");
    }
    assertThat(net.server.tcp.connections()).isEqualTo(8);
    assertThat(net.server.drops.get(TcpDrop.SYN_QUEUE_FULL)).isEqualTo(9_992);
    listener.close();
    net.settle();
    assertThat(net.server.tcp.connections()).isZero();
    assertThat(net.from(SERVER).stream().filter(s -> s.has(TcpSegment.RST))).hasSize(8);
  }

  @Test
  void closingAListenerResetsUnacceptedConnections() throws SocketException {
    TcpListener listener = listen(4);
    TcpSocket accepted = connect(PORT);
    TcpSocket waiting = connect(PORT);
    net.advance(Duration.ofSeconds(1));
    TcpSocket server = listener.accept();
    assertThat(server).isNotNull();
    listener.close();
    net.advance(Duration.ofSeconds(1));
    assertThat(accepted.state()).isEqualTo(TcpState.ESTABLISHED);
    assertThat(waiting.closeReport()).extracting(CloseReport::cause).isEqualTo(CloseCause.RESET_BY_PEER);
    assertThat(net.server.tcp.connections()).isOne();
    server.abort();
  }

  @Test
  void aConnectionThatEndsBeforeItIsAcceptedLeavesTheQueue() throws SocketException {
    TcpListener listener = listen(4);
    TcpSocket client = connect(PORT);
    net.advance(Duration.ofSeconds(1));
    assertThat(listener.acceptable()).isOne();
    client.abort();
    net.advance(Duration.ofSeconds(1));
    assertThat(listener.acceptable()).isZero();
    listener.close();
  }

  @ParameterizedTest
  @Requirement({"SHLD-26", "RFC1122-3.2.2.1-05"})
  @EnumSource(names = {"PROTOCOL_UNREACHABLE", "PORT_UNREACHABLE", "PROHIBITED"})
  void aHardIcmpErrorEndsAConnectionThatIsOpening(IcmpError.Kind kind) throws SocketException {
    net.lost = segment -> true;
    TcpSocket socket = connect(PORT);
    net.settle();
    icmp(kind, ROUTER, socket, net.seen.getFirst().seq());
    assertThat(socket.closeReport()).isNotNull();
    assertThat(net.client.tcp.connections()).isZero();
  }

  @Test
  @Requirement("MUST-54")
  void anIcmpErrorAffectsOnlyTheConnectionThatItQuotes() throws SocketException {
    net.lost = segment -> true;
    TcpSocket first = connect(PORT);
    net.settle();
    TcpSocket second = connect(PORT);
    net.settle();
    icmp(IcmpError.Kind.PORT_UNREACHABLE, ROUTER, first, net.seen.getFirst().seq());
    assertThat(first.closeReport()).isNotNull();
    assertThat(second.state()).isEqualTo(TcpState.SYN_SENT);
    assertThat(net.client.tcp.connections()).isOne();
    second.abort();
  }

  @ParameterizedTest
  @Requirement({"MUST-56.2", "MUST-56.3", "SHLD-25"})
  @CsvSource({"NETWORK_UNREACHABLE,NETWORK_UNREACHABLE", "HOST_UNREACHABLE,HOST_UNREACHABLE",
      "SOURCE_ROUTE_FAILED,HOST_UNREACHABLE", "HOP_LIMIT_EXCEEDED,HOST_UNREACHABLE",
      "PARAMETER_PROBLEM,HOST_UNREACHABLE", "PACKET_TOO_BIG,HANDSHAKE_TIMEOUT"})
  void aSoftIcmpErrorIsTheCauseOnlyIfTheHandshakeFails(IcmpError.Kind kind, CloseCause told) throws SocketException {
    net.lost = segment -> true;
    TcpSocket socket = connect(PORT);
    net.settle();
    icmp(kind, ROUTER, socket, net.seen.getFirst().seq());
    assertThat(socket.state()).isEqualTo(TcpState.SYN_SENT);
    net.advance(Duration.ofMinutes(5));
    assertThat(socket.closeReport()).isNotNull().extracting(CloseReport::cause).isEqualTo(told);
  }

  @ParameterizedTest
  @Requirement({"MUST-56.1", "RFC5927-5.2-01", "RFC5461-2.2-01"})
  @EnumSource
  void noIcmpErrorEndsAnEstablishedConnection(IcmpError.Kind kind) throws SocketException {
    TcpListener listener = listen(1);
    TcpSocket socket = connect(PORT);
    net.advance(Duration.ofSeconds(1));
    net.lost = segment -> true;
    ByteBuf data = net.buffer("data");
    socket.write(data);
    data.release();
    net.settle();
    icmp(kind, ROUTER, socket, net.from(CLIENT).getLast().seq());
    net.lost = segment -> false;
    net.advance(Duration.ofSeconds(5));
    assertThat(socket.state()).isEqualTo(TcpState.ESTABLISHED);
    assertThat(socket.acknowledgedBytes()).isEqualTo(4);
    socket.abort();
    listener.close();
  }

  @Test
  @Requirement({"RFC5927-4.1-01", "RFC5927-2.2-01"})
  void anIcmpErrorThatQuotesNothingInFlightIsIgnored() throws SocketException {
    net.lost = segment -> true;
    TcpSocket socket = connect(PORT);
    net.settle();
    icmp(IcmpError.Kind.PORT_UNREACHABLE, ROUTER, socket, net.seen.getFirst().seq() + 1);
    icmp(IcmpError.Kind.HOST_UNREACHABLE, ROUTER, socket, net.seen.getFirst().seq() + 1);
    net.client.tcp.onIcmpError(
        TestErrors.of(IcmpError.Kind.PORT_UNREACHABLE, ROUTER, 0, CLIENT, SERVER, IpProtocol.TCP, new byte[8]));
    assertThat(net.client.drops.get(TcpDrop.STRAY_ICMP_ERROR)).isOne();
    net.advance(Duration.ofMinutes(5));
    assertThat(socket.closeReport()).isNotNull().extracting(CloseReport::cause).isEqualTo(CloseCause.HANDSHAKE_TIMEOUT);
  }

  @Test
  void failedAddressResolutionEndsAConnectWithHostUnreachable() throws SocketException {
    net.obstacle = Rejection.of(Rejection.Why.NEXT_HOP_UNREACHABLE);
    TcpSocket socket = connect(PORT);
    net.settle();
    assertThat(socket.closeReport()).isNotNull().extracting(CloseReport::cause).isEqualTo(CloseCause.HOST_UNREACHABLE);
    assertThat(new TcpException(socket.closeReport())).hasMessageStartingWith("No route to host");
  }

  @Test
  void aSynWithoutARouteEndsAConnectWithNetworkUnreachable() throws SocketException {
    net.obstacle = Rejection.of(Rejection.Why.NO_ROUTE);
    TcpSocket socket = connect(PORT);
    net.settle();
    assertThat(socket.closeReport()).isNotNull().extracting(CloseReport::cause)
        .isEqualTo(CloseCause.NETWORK_UNREACHABLE);
  }

  @Test
  void aSegmentOfAnEstablishedConnectionThatCannotLeaveIsASoftError() {
    TwoHosts.Pair pair = net.open(PORT);
    List<TcpNotice> notices = new ArrayList<>();
    pair.client().notices().subscribe(notices::add);
    net.obstacle = Rejection.of(Rejection.Why.NEXT_HOP_UNREACHABLE);
    pair.client().send(Mono.just(net.buffer("hello"))).subscribe();
    net.settle();
    assertThat(notices).containsExactly(new TcpNotice.SoftError(
        new DeliveryFailure.Unsent(Rejection.of(Rejection.Why.NEXT_HOP_UNREACHABLE), CLIENT)));

    net.obstacle = null;
    List<String> received = new ArrayList<>();
    pair.server().receive().subscribe(data -> {
      received.add(data.toString(StandardCharsets.US_ASCII));
      data.release();
    });
    net.advance(Duration.ofSeconds(5));
    assertThat(received).containsExactly("hello");
    pair.client().abort();
  }

  /** The packet is rejected while the egress polls the connection, so the notification must wait for the next turn. */
  @Test
  void aConnectionIsNotifiedOfARejectedSegmentInTheNextTurn() throws SocketException {
    net.obstacle = Rejection.of(Rejection.Why.NEXT_HOP_UNREACHABLE);
    TcpSocket[] socket = new TcpSocket[1];
    TcpState[] atTheEndOfTheTurn = new TcpState[1];
    net.client.turn.atEnd(() -> {
      if (atTheEndOfTheTurn[0] == null && socket[0] != null) {
        atTheEndOfTheTurn[0] = socket[0].state();
      }
    });
    socket[0] = connect(PORT);
    net.settle();
    assertThat(atTheEndOfTheTurn).containsExactly(TcpState.SYN_SENT);
    assertThat(socket[0].state()).isEqualTo(TcpState.CLOSED);
  }

  private void icmp(IcmpError.Kind kind, IpAddress reporter, TcpSocket socket, int seq) {
    byte[] quote = ByteBuffer.allocate(8).putShort((short) socket.local().port())
        .putShort((short) socket.remote().port())
        .putInt(seq).array();
    net.client.tcp.onIcmpError(TestErrors.of(kind, reporter, 0, CLIENT, SERVER, IpProtocol.TCP, quote));
    net.settle();
  }

  @Test
  @Requirement({"MAY-2", "RFC6191-2-07"})
  void onlyALaterSynReplacesAConnectionInTimeWait() throws SocketException {
    TcpListener listener = listen(4);
    TcpSocket client = connect(PORT);
    net.advance(Duration.ofSeconds(1));
    TcpSocket first = listener.accept();
    first.close();
    net.advance(Duration.ofMillis(100));
    client.close();
    net.advance(Duration.ofSeconds(1));
    assertThat(first.state()).isEqualTo(TcpState.TIME_WAIT);
    int lastSent = net.from(SERVER).getLast().seq();
    int lastReceived = net.from(CLIENT).stream().filter(s -> s.has(TcpSegment.FIN)).toList().getLast().seq();

    net.lost = segment -> true;
    arrive(CLIENT, client.local().port(), SERVER, PORT, TcpSegment.SYN, lastReceived - 1, 0, "");
    assertThat(first.state()).isEqualTo(TcpState.TIME_WAIT);
    arrive(CLIENT, client.local().port(), SERVER, PORT, TcpSegment.SYN, lastReceived + 1, 0, "");
    assertThat(first.state()).isEqualTo(TcpState.CLOSED);
    assertThat(first.closeReport()).isNotNull().extracting(CloseReport::cause).isEqualTo(CloseCause.FINISHED);
    Seen synAck = net.from(SERVER).getLast();
    assertThat(synAck.flags()).isEqualTo(TcpSegment.SYN | TcpSegment.ACK);
    assertThat(synAck.seq() - lastSent).isPositive();
    assertThat(net.server.tcp.connections()).isOne();
    listener.close();
  }

  /** Returns a connection from this port of the client that is in TIME-WAIT at the client. */
  private TcpSocket timeWaitAtTheClient(int port) throws SocketException {
    TcpSocket client = net.client.tcp.connect(new Endpoint(SERVER, PORT), new Endpoint(CLIENT, port),
        TcpSettings.DEFAULTS, socket -> {});
    net.advance(Duration.ofMillis(100));
    client.close();
    net.advance(Duration.ofMillis(100));
    net.server.tcp.listeners().find(SERVER, PORT).accept().close();
    net.advance(Duration.ofMillis(100));
    assertThat(client.state()).isEqualTo(TcpState.TIME_WAIT);
    return client;
  }

  @Test
  @Requirement({"RFC6191-2-01", "RFC6191-3-01", "SHLD-4"})
  void aLocalTimeWaitIsReplacedOnceTimestampsDistinguishOldFromNew() throws SocketException {
    TcpListener listener = listen(4);
    TcpSocket old = timeWaitAtTheClient(6000);
    assertThatThrownBy(() -> timeWaitAtTheClient(6000)).isInstanceOf(BindException.class);
    net.advance(Duration.ofSeconds(1));
    int lastSent = net.from(CLIENT).getLast().seq();
    TcpSocket next = net.client.tcp.connect(new Endpoint(SERVER, PORT), new Endpoint(CLIENT, 6000),
        TcpSettings.DEFAULTS, socket -> {});
    net.advance(Duration.ofMillis(100));
    assertThat(old.state()).isEqualTo(TcpState.CLOSED);
    assertThat(next.state()).isEqualTo(TcpState.ESTABLISHED);
    assertThat(net.from(CLIENT).getLast().seq() - lastSent).as("a later sequence number").isPositive();
    next.abort();
    listener.close();
  }

  @Test
  @Requirement({"RFC6191-2-01", "RFC6191-3-01"})
  void aClientThatReconnectsReplacesTheServersTimeWait() throws SocketException {
    TcpListener listener = listen(4);
    Endpoint end = new Endpoint(CLIENT, 6000);
    TcpSocket first = net.client.tcp.connect(new Endpoint(SERVER, PORT), end, TcpSettings.DEFAULTS, socket -> {});
    net.advance(Duration.ofMillis(100));
    TcpSocket server = listener.accept();
    server.close();
    net.advance(Duration.ofMillis(100));
    first.close();
    net.advance(Duration.ofMillis(100));
    assertThat(server.state()).isEqualTo(TcpState.TIME_WAIT);
    TcpSocket second = net.client.tcp.connect(new Endpoint(SERVER, PORT), end, TcpSettings.DEFAULTS, socket -> {});
    net.advance(Duration.ofMillis(100));
    assertThat(second.state()).isEqualTo(TcpState.ESTABLISHED);
    assertThat(server.state()).isEqualTo(TcpState.CLOSED);
    assertThat(listener.acceptable()).isOne();
    second.abort();
    listener.close();
  }

  @Test
  void aPortWithConnectionsInTimeWaitCanBeListenedOnAgain() throws SocketException {
    TcpListener listener = listen(4);
    TcpSocket client = connect(PORT);
    net.advance(Duration.ofMillis(100));
    TcpSocket server = listener.accept();
    server.close();
    net.advance(Duration.ofMillis(100));
    client.close();
    net.advance(Duration.ofMillis(100));
    listener.close();
    assertThat(server.state()).isEqualTo(TcpState.TIME_WAIT);
    TcpListener again = listen(4);
    connect(PORT);
    net.advance(Duration.ofMillis(100));
    assertThat(again.acceptable()).isOne();
    again.close();
  }

  @Test
  @Requirement({"MUST-42", "MUST-41"})
  void aPortCanBeListenedOnWhileAConnectionFromItIsOpening() throws SocketException {
    net.lost = segment -> true;
    TcpSocket opening = net.client.tcp.connect(new Endpoint(SERVER, PORT), new Endpoint(CLIENT, 6000),
        TcpSettings.DEFAULTS, socket -> {});
    TcpListener listener = net.client.tcp.listen(new Endpoint(CLIENT, 6000), 4, TcpSettings.DEFAULTS, () -> {});
    assertThat(opening.state()).isEqualTo(TcpState.SYN_SENT);
    assertThat(listener.isOpen()).isTrue();
    assertThatThrownBy(() -> net.client.tcp.listen(new Endpoint(CLIENT, 6000), 4, TcpSettings.DEFAULTS, () -> {}))
        .isInstanceOf(BindException.class);
    assertThat(opening.state()).as("the connection is not affected").isEqualTo(TcpState.SYN_SENT);
    assertThat(listener.isOpen()).isTrue();
    opening.abort();
    listener.close();
  }

  @Test
  @Requirement({"RFC6056-3.2-01", "RFC6056-3.2-02"})
  void aListeningPortIsNotChosenAsEphemeralPort() throws SocketException {
    TcpListener listener = net.client.tcp.listen(new Endpoint(CLIENT, 30_000), 1, TcpSettings.DEFAULTS, () -> {});
    for (int i = 0; i < 1000; i++) {
      assertThat(connect(PORT).local().port()).isNotEqualTo(30_000);
    }
    net.client.tcp.stop();
    listener.close();
  }

  @Test
  @Requirement({"RFC6056-3.2-03", "RFC6056-5-01"})
  void everyFreePortIsChosenHoweverManyAreExcluded() {
    EphemeralPorts ports = new EphemeralPorts(net.random.split());
    Set<Integer> given = new HashSet<>();
    int port = ports.choose(CLIENT, SERVER, PORT, given::add);
    while (port != 0) {
      port = ports.choose(CLIENT, SERVER, PORT, given::add);
    }
    assertThat(given).as("every port of the range").hasSize(65_536 - 1024).contains(1024, 65_535);
    // The only free port is found, even if all other ports are excluded.
    assertThat(ports.choose(CLIENT, SERVER, PORT, p -> p == 4711)).isEqualTo(4711);
  }

  @Test
  @Requirement({"MUST-9", "RFC6528-3-02"})
  void sequenceNumbersOfOneConnectionDoNotRevealThoseOfAnother() {
    FourTuple mine = new FourTuple(CLIENT, 5000, SERVER, PORT);
    FourTuple yours = new FourTuple(CLIENT, 5001, SERVER, PORT);
    Set<Integer> distances = new HashSet<>();
    for (int host = 0; host < 1000; host++) {
      InitialSequenceNumbers numbers = new InitialSequenceNumbers(net.random.split());
      distances.add(numbers.next(yours, 0) - numbers.next(mine, 0));
    }
    // If one number could be computed from the other without the secret, their distance would be the same on each host.
    assertThat(distances).as("seed %d", net.seed).hasSizeGreaterThan(990);
  }

  @Test
  @Requirement({"RFC6528-3-03", "RFC6191-3-01", "RFC7323-7.1-01"})
  void theSecretsOfAHostDoNotChange() {
    InitialSequenceNumbers numbers = new InitialSequenceNumbers(net.random.split());
    FourTuple flow = new FourTuple(CLIENT, 5000, SERVER, PORT);
    int offset = numbers.timestampOffset(flow);
    int first = numbers.next(flow, 0);
    for (int day = 1; day < 100; day++) {
      long now = Duration.ofDays(day).toNanos();
      assertThat(numbers.next(flow, now) - first).isEqualTo((int) (now / 4000));
      assertThat(numbers.timestampOffset(flow)).isEqualTo(offset);
    }
    assertThat(numbers.timestampOffset(new FourTuple(CLIENT, 5001, SERVER, PORT))).isNotEqualTo(offset);
    assertThat(new InitialSequenceNumbers(net.random.split()).timestampOffset(flow)).as("another host's")
        .isNotEqualTo(offset);
  }

  @Test
  void connectionsInTimeWaitAreBoundedInNumber() throws SocketException {
    net.server.tcp.maxTimeWait(2);
    TcpListener listener = listen(8);
    for (int i = 0; i < 5; i++) {
      TcpSocket client = connect(PORT);
      net.advance(Duration.ofMillis(100));
      listener.accept().close();
      net.advance(Duration.ofMillis(100));
      client.close();
      net.advance(Duration.ofMillis(100));
      assertThat(net.server.tcp.unfinishedConnections()).isZero();
      assertThat(net.server.tcp.connections()).isEqualTo(Math.min(i + 1, 2));
    }
    assertThat(net.server.drops.get(TcpDrop.TIME_WAIT_OVERFLOW)).isEqualTo(3);
    listener.close();
  }

  @Test
  @Requirement("MUST-10")
  void simultaneousOpenIsOneConnection() throws SocketException {
    Endpoint left = new Endpoint(CLIENT, 6000);
    Endpoint right = new Endpoint(SERVER, 5000);
    TcpSocket client = net.client.tcp.connect(right, left, TcpSettings.DEFAULTS, socket -> {});
    TcpSocket server = net.server.tcp.connect(left, right, TcpSettings.DEFAULTS, socket -> {});
    net.advance(Duration.ofSeconds(1));
    assertThat(client.state()).isEqualTo(TcpState.ESTABLISHED);
    assertThat(server.state()).isEqualTo(TcpState.ESTABLISHED);
    assertThat(net.client.tcp.connections() + net.server.tcp.connections()).as("one connection, not two").isEqualTo(2);
    client.abort();
  }

  @Test
  void forwardProgressIsReportedAtMostOnceASecond() throws SocketException {
    List<IpAddress> reachable = net.client.neighbors.confirmed;
    TcpListener listener = listen(4);
    TcpSocket client = connect(PORT);
    net.advance(Duration.ofSeconds(1));
    assertThat(reachable).containsOnly(SERVER);
    int before = reachable.size();
    TcpSocket server = listener.accept();
    for (int i = 0; i < 40; i++) {
      ByteBuf data = net.buffer("x");
      client.write(data);
      data.release();
      net.advance(Duration.ofMillis(100));
    }
    assertThat(reachable.size() - before).isBetween(3, 5);
    listener.close();
    client.abort();
    assertThat(server).isNotNull();
  }

  @Test
  void stoppingTheStackEndsEveryConnection() throws SocketException {
    TcpListener listener = listen(4);
    TcpSocket client = connect(PORT);
    net.advance(Duration.ofSeconds(1));
    listener.accept();
    connect(PORT + 1);
    net.client.tcp.stop();
    net.advance(Duration.ofSeconds(1));
    assertThat(client.closeReport()).isNotNull().extracting(CloseReport::cause).isEqualTo(CloseCause.STACK_STOPPED);
    net.server.port.end();
    assertThat(net.server.tcp.connections()).isZero();
    listener.close();
  }
}
