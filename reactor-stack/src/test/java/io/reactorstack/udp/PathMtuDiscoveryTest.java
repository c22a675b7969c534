package io.reactorstack.udp;

import static io.reactorstack.testing.Packets.concat;
import static io.reactorstack.testing.Packets.getShort;
import static io.reactorstack.testing.Packets.icmp;
import static io.reactorstack.testing.Packets.icmpv6;
import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.ipv6;
import static io.reactorstack.testing.Packets.octets;
import static io.reactorstack.testing.Packets.putShort;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.icmp.IcmpDrop;
import io.reactorstack.ip.host.Route;
import io.reactorstack.ip.host.RoutingTable;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.pathmtu.PathMtu;
import io.reactorstack.pathmtu.PathMtu.Cause;
import io.reactorstack.pathmtu.PathMtu.Phase;
import io.reactorstack.pathmtu.PathMtuSettings;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestHost;
import io.reactorstack.testing.VirtualLoop;
import java.io.IOException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

/** The path MTU discovery of a connected socket (RFC 8899): its packets, its limits and the reports of routers. */
class PathMtuDiscoveryTest {

  private static final String OWN = "10.0.0.1";
  private static final String PEER = "10.0.0.2";
  private static final String ROUTER = "10.0.0.254";
  private static final String OWN6 = "2001:db8::1";
  private static final String PEER6 = "2001:db8::2";
  private static final int BASE = 1200 - 8;
  private static final int FULL = 1500 - 28;

  private final VirtualLoop loop = new VirtualLoop();
  private final TestHost host = TestHost.bare(loop, OWN + "/24").address(OWN6 + "/64");
  private final List<PathMtuProbe> probes = new ArrayList<>();
  private final List<MonoSink<Void>> waits = new ArrayList<>();
  private final List<PathMtu> changes = new ArrayList<>();
  private final List<Throwable> ends = new ArrayList<>();
  private final Sinks.Many<DeliveryEvidence> evidence = Sinks.many().unicast().onBackpressureBuffer();

  /** Sends each probe at once and waits for {@link #acknowledge}. */
  private final PathMtuProber prober = new PathMtuProber() {
    @Override
    public Mono<Void> probe(PathMtuProbe probe) {
      return Mono.create(sink -> {
        probes.add(probe);
        waits.add(sink);
        probe.send().subscribe(nothing -> {}, sink::error);
      });
    }

    @Override
    public Flux<DeliveryEvidence> evidence() {
      return evidence.asFlux();
    }
  };

  private Disposable discovery;

  @AfterEach
  void close() {
    host.close();
    loop.settle();
    assertThat(loop.deadline()).as("timers that are left").isEqualTo(Long.MAX_VALUE);
  }

  private UdpConnection connect(String peer, int port) {
    List<UdpConnection> opened = new ArrayList<>();
    host.udp.api().connect(new Endpoint(IpAddress.parse(peer), port).toInetSocketAddress()).subscribe(opened::add);
    loop.settle();
    return opened.getFirst();
  }

  private UdpConnection discover(String peer) {
    return discover(peer, PathMtuSettings.DEFAULT);
  }

  private UdpConnection discover(String peer, PathMtuSettings settings) {
    UdpConnection socket = connect(peer, 9);
    discovery = socket.discoverPathMtu(prober, settings)
        .subscribe(changes::add, ends::add, () -> ends.add(new ClosedChannelException()));
    loop.settle();
    return socket;
  }

  private void acknowledge() {
    waits.getLast().success();
    loop.settle();
  }

  /** Finds the MTU of the link. */
  private UdpConnection discovered(String peer) {
    UdpConnection socket = discover(peer);
    acknowledge();
    acknowledge();
    assertThat(changes.getLast().phase()).isEqualTo(Phase.SEARCH_COMPLETE);
    host.device.takeSent();
    return socket;
  }

  private Mono<Void> send(UdpConnection socket, int octets) {
    return socket.send(Mono.fromSupplier(() -> Datagram.toPeer(Unpooled.buffer(octets).writeZero(octets))));
  }

  private byte[] sendOne(UdpConnection socket, int octets) {
    StepVerifier.create(send(socket, octets)).then(loop::settle).verifyComplete();
    List<byte[]> packets = host.device.takeSent();
    assertThat(packets).hasSize(1);
    return packets.getFirst();
  }

  private void assertTooLong(UdpConnection socket, int octets) {
    StepVerifier.create(send(socket, octets)).then(loop::settle)
        .verifyErrorSatisfies(e -> assertThat(e).isInstanceOf(SocketException.class)
            .hasMessageContaining("Message too long"));
  }

  private int maximumPayload(UdpConnection socket) {
    List<Integer> octets = new ArrayList<>();
    socket.maximumPayload().subscribe(octets::add);
    loop.settle();
    return octets.getFirst();
  }

  private byte[] onlyPacket() {
    List<byte[]> sent = host.device.takeSent();
    assertThat(sent).hasSize(1);
    return sent.getFirst();
  }

  private void tooBig(int mtu, byte[] quoted) {
    host.device.inject(ipv4(ROUTER, OWN, 1, icmp(3, 4, mtu, quoted)));
    loop.settle();
  }

  // ---- probes and other datagrams

  @Test
  @Requirement({"RFC8899-3-01", "RFC8899-3-02", "RFC8899-3-03"})
  void onlyProbesAreLongerThanThePlpmtuAndNothingIsFragmented() {
    UdpConnection socket = discover(PEER);
    byte[] probe = onlyPacket();
    assertThat(probe).hasSize(1220);
    assertThat(probe[6] & 0x60).as("DF, and no fragment").isEqualTo(0x40);
    acknowledge();
    probe = onlyPacket();
    assertThat(probe).as("above the PLPMTU of 1200").hasSize(1500);
    assertThat(probe[6] & 0x60).as("DF, and no fragment").isEqualTo(0x40);
    byte[] data = sendOne(socket, BASE);
    assertThat(data).hasSize(1220);
    assertThat(data[6] & 0x60).as("DF, and no fragment").isEqualTo(0x40);
    assertTooLong(socket, BASE + 1);
    acknowledge();
    assertThat(sendOne(socket, FULL)).hasSize(1500);
    assertTooLong(socket, FULL + 1);
    assertThat(changes).extracting(PathMtu::maximumPayload).containsExactly(BASE, BASE, FULL);
  }

  @Test
  void probesOfIpv6AreNotFragmentedEither() {
    UdpConnection socket = discover(PEER6);
    assertThat(onlyPacket()).hasSize(1280);
    acknowledge();
    byte[] probe = onlyPacket();
    assertThat(probe).hasSize(1500);
    assertThat(probe[6]).as("UDP, no fragment header").isEqualTo((byte) 17);
    acknowledge();
    assertThat(maximumPayload(socket)).isEqualTo(1452);
  }

  @Test
  @Requirement("RFC8899-3-08")
  void probesAreNotLongerThanTheLinkPermits() {
    discover(PEER, PathMtuSettings.DEFAULT.withMax(9000));
    acknowledge();
    acknowledge();
    assertThat(host.device.takeSent()).extracting(packet -> packet.length).containsExactly(1220, 1500);
    assertThat(changes.getLast().phase()).isEqualTo(Phase.SEARCH_COMPLETE);
  }

  @Test
  @Requirement({"RFC8899-3-05", "RFC8899-4.1-03"})
  void probesConsistOfARandomTokenAndPadding() {
    discover(PEER);
    acknowledge();
    loop.advance(Duration.ofSeconds(16));
    List<byte[]> sent = host.device.takeSent();
    assertThat(sent).hasSize(3);
    for (int i = 0; i < 3; i++) {
      byte[] data = Arrays.copyOfRange(sent.get(i), 28, sent.get(i).length);
      assertThat(ByteBuffer.wrap(data).getLong()).isEqualTo(probes.get(i).token());
      assertThat(Arrays.copyOfRange(data, 8, data.length)).containsOnly(0);
    }
    // Also the repetition of a probe has a token of its own.
    assertThat(probes).extracting(PathMtuProbe::token).doesNotHaveDuplicates();
    assertThat(probes.get(1).size()).isEqualTo(probes.get(2).size());
  }

  @Test
  @Requirement("RFC8899-4.5-01")
  void thePathMtuOfTheInternetLayerDoesNotApply() {
    host.ip.destination(IpAddress.parse(PEER)).lowerMtu(1000);
    UdpConnection socket = connect(PEER, 9);
    assertThat(maximumPayload(socket)).isEqualTo(1000 - 28);
    socket.discoverPathMtu(prober).subscribe(changes::add);
    loop.settle();
    assertThat(onlyPacket()).hasSize(1220);
    byte[] data = sendOne(socket, BASE);
    assertThat(data).hasSize(1220);
    assertThat(data[6] & 0x60).as("DF, and no fragment").isEqualTo(0x40);
  }

  @Test
  @Requirement({"RFC8899-3-25", "RFC8899-4.4-02"})
  void theApplicationCanAskForTheMaximumPayload() {
    UdpConnection socket = discover(PEER);
    assertThat(maximumPayload(socket)).isEqualTo(BASE);
    acknowledge();
    acknowledge();
    assertThat(maximumPayload(socket)).isEqualTo(FULL).isEqualTo(changes.getLast().maximumPayload());
    List<UdpConnection> opened = new ArrayList<>();
    host.udp.api().bind(77).subscribe(opened::add);
    StepVerifier.create(opened.getFirst().maximumPayload()).then(loop::settle)
        .verifyError(IllegalStateException.class);
    opened.getFirst().close().subscribe();
    StepVerifier.create(opened.getFirst().maximumPayload()).then(loop::settle)
        .verifyError(ClosedChannelException.class);
  }

  @Test
  @Requirement("RFC8899-3-19")
  void aProbeDoesNotWaitForRoomInTheSendQueue() throws IOException {
    UdpSocket socket = host.udp.bind(
        new Endpoint(IpAddress.parse("0.0.0.0"), 53), UdpSettings.DEFAULT.withSendQueue(100, 1), s -> {});
    socket.connect(new Endpoint(IpAddress.parse(PEER), 9));
    UdpConnection connection = new UdpStream(socket, host.turn);
    host.device.holdCredit();
    // Uses up the credit that the device has granted.
    for (int i = 0; i < 64; i++) {
      socket.send(Datagram.toPeer(Unpooled.buffer(1).writeZero(1)));
      loop.settle();
    }
    socket.send(Datagram.toPeer(Unpooled.buffer(1).writeZero(1)));
    assertThat(socket.hasRoomFor(1)).isFalse();
    host.device.takeSent();
    discovery = connection.discoverPathMtu(prober).subscribe(changes::add);
    loop.settle();
    host.device.credit(2);
    loop.settle();
    assertThat(host.device.takeSent()).extracting(packet -> packet.length).containsExactly(29, 1220);
  }

  @Test
  @Requirement({"RFC8899-5-01", "RFC8899-6.1-01"})
  void oneLayerAloneDiscoversThePathMtu() throws IOException {
    UdpSocket socket = host.udp.bind(new Endpoint(IpAddress.parse("0.0.0.0"), 53), UdpSettings.DEFAULT, s -> {});
    socket.connect(new Endpoint(IpAddress.parse(PEER), 9));
    UdpConnection connection = new UdpStream(socket, host.turn);
    discovery = connection.discoverPathMtu(prober).subscribe(changes::add);
    loop.settle();
    StepVerifier.create(connection.discoverPathMtu(prober)).then(loop::settle)
        .verifyErrorMessage("a path MTU discovery runs on this socket already");
    // The application's own probes are refused meanwhile.
    socket.adopt(UdpSettings.DEFAULT.withLongDatagrams(LongDatagrams.PROBES));
    assertThatThrownBy(() -> socket.send(Datagram.toPeer(Unpooled.buffer(FULL).writeZero(FULL))))
        .hasMessageContaining("Message too long");
    discovery.dispose();
    loop.settle();
    assertThat(socket.send(Datagram.toPeer(Unpooled.buffer(FULL).writeZero(FULL)))).isTrue();
    loop.settle();
  }

  @Test
  void discoveryNeedsAPeer() {
    List<UdpConnection> opened = new ArrayList<>();
    host.udp.api().bind(77).subscribe(opened::add);
    loop.settle();
    StepVerifier.create(opened.getFirst().discoverPathMtu(prober)).then(loop::settle)
        .verifyErrorMessage("the socket is not connected to one host");
    StepVerifier.create(connect("239.1.1.1", 9).discoverPathMtu(prober)).then(loop::settle)
        .verifyErrorMessage("the socket is not connected to one host");
    StepVerifier.create(connect("10.0.0.255", 9).discoverPathMtu(prober)).then(loop::settle)
        .verifyErrorMessage("the socket is not connected to one host");
  }

  // ---- reports of routers

  @Test
  @Requirement({"RFC8899-4.6.1-03", "RFC8899-4.6.1-02", "RFC8899-3-11"})
  void aReportAboutOtherPortsHasNoEffect() {
    discover(PEER);
    acknowledge();
    byte[] probe = host.device.takeSent().getLast();
    for (int at : new int[] {9, 20, 21, 22, 23}) {
      byte[] forged = probe.clone();
      forged[at] ^= 1;
      tooBig(1300, forged);
    }
    loop.advance(Duration.ofSeconds(1));
    assertThat(host.device.takeSent()).isEmpty();
    acknowledge();
    assertThat(changes.getLast().maximumPayload()).isEqualTo(FULL);
  }

  @Test
  @Requirement({"RFC8899-4.6.1-05", "RFC8899-8-02", "RFC8899-4.6.1-04"})
  void aReportThatDoesNotQuoteASentDatagramHasNoEffectAtAll() {
    UdpConnection socket = discovered(PEER);
    UdpConnection other = connect(PEER, 10);
    byte[] sent = sendOne(socket, 1000);
    // An attacker who knows addresses and ports must guess the length and the checksum.
    for (int at : new int[] {24, 25, 26, 27}) {
      byte[] forged = sent.clone();
      forged[at] ^= 1;
      tooBig(700, forged);
    }
    assertThat(host.drops.get(UdpDrop.UNVERIFIED_REPORT)).isEqualTo(4);
    loop.advance(Duration.ofSeconds(1));
    assertThat(host.device.takeSent()).isEmpty();
    assertThat(maximumPayload(socket)).isEqualTo(FULL);
    assertThat(maximumPayload(other)).isEqualTo(FULL);
    sendOne(socket, FULL);
    // The same report with the right quote.
    tooBig(700, sent);
    assertThat(changes.getLast().phase()).isEqualTo(Phase.ERROR);
  }

  @Test
  @Requirement({"RFC8899-6.1.6-01", "RFC8899-6.1.6-02"})
  void aVerifiedReportSelectsTheNextProbeAndDoesNotSetThePlpmtu() {
    UdpConnection socket = discover(PEER);
    loop.advance(Duration.ofMillis(10));
    acknowledge();
    byte[] probe = host.device.takeSent().getLast();
    loop.advance(Duration.ofMillis(10));
    tooBig(1400, probe);
    assertThat(onlyPacket()).hasSize(1400);
    assertThat(maximumPayload(socket)).isEqualTo(BASE);
    acknowledge();
    assertThat(changes.getLast()).isEqualTo(
        new PathMtu(Phase.SEARCH_COMPLETE, 1380, 1400, 1372, Cause.PROBE_ACKNOWLEDGED));
    sendOne(socket, 1372);
  }

  @Test
  void aReportAboutADatagramThatIsNoProbeLeadsBackToTheBase() {
    UdpConnection socket = discovered(PEER);
    byte[] sent = sendOne(socket, FULL);
    tooBig(1300, sent);
    assertThat(changes.getLast()).isEqualTo(new PathMtu(Phase.BASE, 1200, 1220, BASE, Cause.PACKET_TOO_BIG));
    assertThat(onlyPacket()).hasSize(1220);
    // The report does not fail a send: the discovery has processed it.
    sendOne(socket, BASE);
    assertTooLong(socket, BASE + 1);
    acknowledge();
    assertThat(onlyPacket()).hasSize(1300);
  }

  @Test
  @Requirement({"RFC8899-3-20", "RFC8899-3-21"})
  void otherSocketsToThePeerLearnFromAVerifiedReport() {
    UdpConnection other = connect(PEER, 10);
    assertThat(maximumPayload(other)).isEqualTo(FULL);
    UdpConnection socket = discovered(PEER);
    tooBig(1300, sendOne(socket, FULL));
    assertThat(maximumPayload(other)).isEqualTo(1300 - 28);
  }

  @Test
  @Requirement("RFC8899-3-22")
  void whatOneFlowFindsOutByProbesIsNotAppliedToOthers() {
    // With ECMP another flow to the same host may take another path.
    UdpConnection other = connect(PEER, 10);
    other.discoverPathMtu(probe -> probe.send()).subscribe();
    loop.settle();
    assertThat(maximumPayload(other)).isEqualTo(FULL);
    UdpConnection plain = connect(PEER, 11);
    UdpConnection socket = discovered(PEER);
    evidence.tryEmitNext(DeliveryEvidence.BLACK_HOLE);
    loop.settle();
    assertThat(maximumPayload(socket)).isEqualTo(BASE);
    assertThat(maximumPayload(other)).isEqualTo(FULL);
    assertThat(maximumPayload(plain)).isEqualTo(FULL);
  }

  @Test
  @Requirement("RFC8899-8-03")
  void aReportWithALongChainOfHeadersIsNotProcessed() {
    discover(PEER6);
    acknowledge();
    byte[] probe = host.device.takeSent().getLast();
    byte[] options = octets(60, 0, 1, 4, 0, 0, 0, 0);
    byte[] chain = new byte[0];
    for (int i = 0; i < 40; i++) {
      chain = concat(chain, options);
    }
    chain[chain.length - 8] = 17;
    byte[] quoted = concat(Arrays.copyOf(probe, 40), chain, Arrays.copyOfRange(probe, 40, 200));
    quoted[6] = 60;
    host.device.inject(ipv6(PEER6, OWN6, 58, icmpv6(PEER6, OWN6, 2, 0, 1400, quoted)));
    loop.settle();
    assertThat(host.drops.get(IcmpDrop.BAD_QUOTE)).isEqualTo(1);
    assertThat(host.device.takeSent()).isEmpty();
    host.device.inject(ipv6(PEER6, OWN6, 58, icmpv6(PEER6, OWN6, 2, 0, 1400, probe)));
    loop.settle();
    assertThat(onlyPacket()).hasSize(1400);
  }

  // ---- the prober

  @Test
  @Requirement("RFC8899-3-14")
  void theCongestionControlOfTheApplicationMayDelayAProbe() {
    UdpConnection socket = connect(PEER, 9);
    Sinks.Empty<Void> room = Sinks.empty();
    discovery = socket.discoverPathMtu(
        probe -> room.asMono().then(Mono.defer(probe::send)).then(Mono.<Void>create(waits::add)))
        .subscribe(changes::add);
    loop.advance(Duration.ofSeconds(5));
    assertThat(host.device.takeSent()).isEmpty();
    room.tryEmitEmpty();
    loop.settle();
    assertThat(onlyPacket()).hasSize(1220);
    acknowledge();
    assertThat(changes.getLast().phase()).isEqualTo(Phase.SEARCHING);
  }

  @Test
  @Requirement("RFC8899-4.2-01")
  void acknowledgementsOfTheProtocolMayConfirmProbes() {
    UdpConnection socket = connect(PEER, 9);
    // The protocol fills the probe with its own numbered data, and its ordinary acknowledgement confirms it.
    Sinks.Many<Integer> acknowledged = Sinks.many().multicast().directBestEffort();
    discovery = socket.discoverPathMtu(probe -> {
      int number = probes.size();
      probes.add(probe);
      ByteBuf message = Unpooled.buffer(probe.size()).writeInt(number).writeZero(probe.size() - 4);
      return probe.send(message).then(acknowledged.asFlux().filter(n -> n == number).next().then());
    }).subscribe(changes::add);
    loop.settle();
    acknowledged.tryEmitNext(7);
    loop.settle();
    assertThat(changes.getLast().phase()).isEqualTo(Phase.BASE);
    acknowledged.tryEmitNext(0);
    loop.settle();
    assertThat(changes.getLast().phase()).isEqualTo(Phase.SEARCHING);
    acknowledged.tryEmitNext(0);
    acknowledged.tryEmitNext(1);
    loop.settle();
    assertThat(changes.getLast().maximumPayload()).isEqualTo(FULL);
  }

  @Test
  void evidenceReachesTheDiscovery() {
    UdpConnection socket = discovered(PEER);
    sendOne(socket, 1);
    loop.advance(Duration.ofSeconds(29));
    evidence.tryEmitNext(DeliveryEvidence.DELIVERED);
    loop.advance(Duration.ofSeconds(29));
    assertThat(host.device.takeSent()).isEmpty();
    loop.advance(Duration.ofSeconds(1));
    assertThat(onlyPacket()).hasSize(1500);
    evidence.tryEmitError(new IllegalStateException("the test's own"));
    loop.settle();
    assertThat(ends).singleElement().satisfies(e -> assertThat(e).hasMessage("the test's own"));
    assertThat(maximumPayload(socket)).isEqualTo(FULL);
  }

  @Test
  void timeoutsAndNetworkErrorsOfTheProberAreLosses() {
    discover(PEER);
    waits.getLast().error(new TimeoutException());
    loop.advance(Duration.ofSeconds(16));
    waits.getLast().error(new SocketException("Connection refused"));
    loop.advance(Duration.ofSeconds(16));
    waits.getLast().error(new IOException());
    loop.settle();
    assertThat(changes.getLast().phase()).isEqualTo(Phase.ERROR);
    loop.advance(Duration.ofSeconds(16));
    assertThat(host.device.takeSent()).extracting(packet -> packet.length).containsExactly(1220, 1220, 1220, 576);
    assertThat(ends).isEmpty();
  }

  @Test
  void otherErrorsOfTheProberEndTheDiscovery() {
    UdpConnection socket = discover(PEER);
    waits.getLast().error(new ArithmeticException("the test's own"));
    loop.settle();
    assertThat(ends).singleElement().satisfies(e -> assertThat(e).hasMessage("the test's own"));
    StepVerifier.create(socket.discoverPathMtu(probe -> {
      throw new ArithmeticException("again");
    })).then(loop::settle).verifyErrorMessage("again");
    StepVerifier.create(socket.discoverPathMtu(new PathMtuProber() {
      @Override
      public Mono<Void> probe(PathMtuProbe probe) {
        return Mono.never();
      }

      @Override
      public Flux<DeliveryEvidence> evidence() {
        throw new ArithmeticException("evidence");
      }
    })).then(loop::settle).verifyErrorMessage("evidence");
    // Without a discovery the path MTU of the host applies again.
    assertThat(maximumPayload(socket)).isEqualTo(FULL);
    sendOneOf(socket);
  }

  private void sendOneOf(UdpConnection socket) {
    host.device.takeSent();
    assertThat(sendOne(socket, FULL)).hasSize(1500);
  }

  @Test
  void aProbeIsSentOnceAndInItsSizeAndOnlyWhileItIsAwaited() {
    UdpConnection socket = connect(PEER, 9);
    List<PathMtuProbe> idle = new ArrayList<>();
    discovery = socket.discoverPathMtu(probe -> {
      idle.add(probe);
      return Mono.never();
    }).subscribe(changes::add);
    loop.settle();
    PathMtuProbe first = idle.getFirst();
    ByteBuf wrong = Unpooled.buffer(10).writeZero(first.size() - 1);
    StepVerifier.create(first.send(wrong)).then(loop::settle).verifyError(IllegalArgumentException.class);
    assertThat(wrong.refCnt()).isZero();
    StepVerifier.create(first.send()).then(loop::settle).verifyComplete();
    StepVerifier.create(first.send()).then(loop::settle).verifyErrorMessage("the probe was sent before");
    loop.advance(Duration.ofSeconds(16));
    assertThat(idle).hasSize(2);
    discovery.dispose();
    loop.settle();
    ByteBuf late = idle.getLast().payload();
    StepVerifier.create(idle.getLast().send(late)).then(loop::settle).verifyError(IllegalStateException.class);
    assertThat(late.refCnt()).isZero();
    assertThat(host.device.takeSent()).hasSize(1);
  }

  @Test
  void theWaitForAProbeEndsWhenItDoesNotMatterAnyMore() {
    UdpConnection socket = discover(PEER);
    List<Integer> cancelled = new ArrayList<>();
    acknowledge();
    waits.getLast().onCancel(() -> cancelled.add(1));
    loop.advance(Duration.ofSeconds(16));
    assertThat(cancelled).as("a late acknowledgement still counts").isEmpty();
    acknowledge();
    assertThat(cancelled).containsExactly(1);
    socket.close().subscribe();
    loop.settle();
    assertThat(ends).singleElement().isInstanceOf(ClosedChannelException.class);
  }

  @Test
  void cancellationEndsTheDiscovery() {
    UdpConnection socket = discover(PEER);
    List<Integer> cancelled = new ArrayList<>();
    waits.getLast().onCancel(() -> cancelled.add(1));
    discovery.dispose();
    loop.settle();
    assertThat(cancelled).containsExactly(1);
    assertThat(loop.deadline()).isEqualTo(Long.MAX_VALUE);
    assertThat(maximumPayload(socket)).isEqualTo(FULL);
    assertThat(evidence.currentSubscriberCount()).isZero();
  }

  @Test
  void withoutDemandOnlyTheNewestChangeIsKept() {
    UdpConnection socket = connect(PEER, 9);
    StepVerifier.create(socket.discoverPathMtu(prober), 0)
        .then(loop::settle).then(this::acknowledge).then(this::acknowledge)
        .thenRequest(5).then(loop::settle)
        .assertNext(mtu -> assertThat(mtu.phase()).isEqualTo(Phase.SEARCH_COMPLETE))
        .thenCancel().verify();
    loop.settle();
  }

  @Test
  void aProbeThatCannotLeaveTheHostProvesNothing() {
    UdpConnection socket = discover(PEER);
    acknowledge();
    host.ip.network().routes(none -> RoutingTable.of());
    loop.settle();
    for (int i = 0; i < 5; i++) {
      loop.advance(Duration.ofSeconds(16));
    }
    assertThat(changes.getLast().phase()).isIn(Phase.BASE, Phase.SEARCHING, Phase.ERROR, Phase.DISABLED);
    assertThat(changes.getLast().maximumPayload()).isLessThanOrEqualTo(BASE);
    assertThat(ends).isEmpty();
    StepVerifier.create(socket.maximumPayload()).then(loop::settle).verifyError(NoRouteToHostException.class);
  }

  @Test
  void aNewFirstHopBeginsAgain() {
    UdpConnection socket = discovered(PEER);
    host.gateway(ROUTER);
    loop.settle();
    assertThat(changes.getLast().phase()).as("a route that is not used").isEqualTo(Phase.SEARCH_COMPLETE);
    host.ip.network()
        .routes(routes -> routes.with(new Route(IpPrefix.parse(PEER + "/32"), IpAddress.parse(ROUTER), "eth0", 0)));
    loop.settle();
    assertThat(changes.getLast().phase()).isEqualTo(Phase.BASE);
    assertThat(changes.getLast().cause()).isEqualTo(Cause.LINK_CHANGED);
    assertThat(maximumPayload(socket)).isEqualTo(BASE);
  }

  @Test
  void checksumsOfTheQuoteMatchThoseOnTheWire() {
    UdpConnection socket = discovered(PEER);
    byte[] sent = sendOne(socket, 100);
    assertThat(getShort(sent, 24)).isEqualTo(108);
    byte[] forged = sent.clone();
    putShort(forged, 26, getShort(sent, 26) ^ 0xffff);
    tooBig(600, forged);
    assertThat(host.drops.get(UdpDrop.UNVERIFIED_REPORT)).isEqualTo(1);
  }

  @Test
  void manyDatagramsLaterAQuoteIsTooOld() {
    UdpConnection socket = discovered(PEER);
    byte[] old = sendOne(socket, 1400);
    for (int i = 0; i < UdpPathMtu.REMEMBERED; i++) {
      sendOne(socket, 1 + i);
    }
    tooBig(1300, old);
    assertThat(host.drops.get(UdpDrop.UNVERIFIED_REPORT)).isEqualTo(1);
    assertThat(maximumPayload(socket)).isEqualTo(FULL);
  }
}
