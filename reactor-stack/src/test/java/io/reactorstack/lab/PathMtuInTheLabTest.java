package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.pathmtu.PathMtu;
import io.reactorstack.pathmtu.PathMtu.Cause;
import io.reactorstack.pathmtu.PathMtu.Phase;
import io.reactorstack.pathmtu.PathMtuSettings;
import io.reactorstack.testing.Requirement;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.ProbeChannel;
import io.reactorstack.udp.UdpConnection;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Path MTU discovery by probes (RFC 8899) between two hosts, on paths that drop long packets without a report. */
class PathMtuInTheLabTest {

  private static final long MARK = 0x7265_6163_746f_7221L;
  private static final int PORT = 4000;

  /** Two hosts, of which the left one discovers the path MTU while it sends numbered datagrams. */
  private static final class Scene implements AutoCloseable {

    final Lab lab;
    final Host left;
    final Host right;
    final List<PathMtu> changes = new ArrayList<>();
    /** The first octets of the datagrams that the application of the right host has received. */
    final List<Integer> received = new ArrayList<>();
    /** The number of datagrams sent. */
    int sent;
    UdpConnection socket;
    UdpConnection server;
    Disposable discovery;

    Scene(long seed, double loss, boolean v6) {
      lab = Lab.virtual(seed);
      Switch lan = lab.newSwitch("lan");
      left = lab.host("left").address(v6 ? "fd00::1/64" : "10.0.0.1/24")
          .wire(wire -> wire.delay(Duration.ofMillis(20)).loss(loss)).connectTo(lan);
      right = lab.host("right").address(v6 ? "fd00::2/64" : "10.0.0.2/24").connectTo(lan);
      server = lab.await(right.stack().udp().bind(new InetSocketAddress(v6 ? "::" : "0.0.0.0", PORT)));
      ProbeChannel.on(server, MARK).receive().subscribe(datagram -> {
        received.add(datagram.payload().getInt(datagram.payload().readerIndex()));
        datagram.release();
      });
      IpAddress peer = IpAddress.parse(v6 ? "fd00::2" : "10.0.0.2");
      socket = lab.await(left.stack().udp().connect(new InetSocketAddress(peer.toInetAddress(), PORT)));
    }

    void discover(PathMtuSettings settings) {
      ProbeChannel channel = ProbeChannel.on(socket, MARK);
      channel.receive().subscribe(Datagram::release);
      discovery = socket.discoverPathMtu(channel, settings).subscribe(changes::add);
    }

    PathMtu now() {
      return changes.getLast();
    }

    /** Sends a datagram of the largest permitted size, twice a second. */
    void sendFor(Duration time) {
      long count = time.toMillis() / 500;
      lab.await(Flux.interval(Duration.ofMillis(500)).take(count).onBackpressureDrop()
          .concatMap(i -> socket.maximumPayload().flatMap(octets -> {
            ByteBuf data = Unpooled.buffer(octets).writeInt(sent++).writeZero(octets - 4);
            return socket.send(Mono.just(Datagram.toPeer(data)));
          })).then());
      lab.advance(Duration.ofMillis(50));
    }

    @Override
    public void close() {
      discovery.dispose();
      lab.close();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1500, 1492, 1400, 1300, 1280, 1000})
  @Requirement({"RFC8899-3-04", "RFC8899-6.1.1-01", "RFC8899-4.1-02"})
  void aBlackHoleOnThePathIsFound(int mtu) {
    try (Scene scene = new Scene(5, 0, false)) {
      scene.left.wire().with(Effects.mtuHole(mtu));
      scene.discover(PathMtuSettings.DEFAULT);
      scene.lab.advance(Duration.ofMinutes(6));
      assertThat(scene.now().phase()).isEqualTo(Phase.SEARCH_COMPLETE);
      assertThat(scene.now().mtu()).isBetween(mtu - 7, mtu);
      scene.sendFor(Duration.ofSeconds(5));
      assertThat(scene.received).hasSize(10);
    }
  }

  @Test
  void aBlackHoleOnAPathOfIpv6IsFound() {
    try (Scene scene = new Scene(5, 0, true)) {
      scene.left.wire().with(Effects.mtuHole(1420));
      scene.discover(PathMtuSettings.DEFAULT);
      scene.lab.advance(Duration.ofMinutes(6));
      assertThat(scene.now().phase()).isEqualTo(Phase.SEARCH_COMPLETE);
      assertThat(scene.now().mtu()).isEqualTo(1420);
    }
  }

  @Test
  @Requirement({"RFC8899-3-06", "RFC8899-4.1-01", "RFC8899-3-16"})
  void noDataOfTheApplicationIsLostWithAProbeAndNoneIsHeldBack() {
    try (Scene scene = new Scene(5, 0, false)) {
      scene.left.wire().with(Effects.mtuHole(1300));
      scene.discover(PathMtuSettings.DEFAULT);
      // Probes are lost all the time.
      scene.sendFor(Duration.ofMinutes(3));
      assertThat(scene.left.wire().table()).contains("MTU_HOLE");
      assertThat(scene.received).hasSize(360).isSorted();
      assertThat(scene.received.getLast()).isEqualTo(359);
      assertThat(scene.now().mtu()).isBetween(1293, 1300);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void lossesOfOtherCausesDoNotReduceTheResult(long seed) {
    try (Scene scene = new Scene(seed, 0.1, false)) {
      scene.discover(PathMtuSettings.DEFAULT.withMaxProbes(5));
      scene.sendFor(Duration.ofMinutes(5));
      assertThat(scene.now()).isEqualTo(
          new PathMtu(Phase.SEARCH_COMPLETE, 1480, 1500, 1472, Cause.PROBE_ACKNOWLEDGED));
    }
  }

  @Test
  void theDiscoveryFollowsAPathThatFallsAndRises() {
    try (Scene scene = new Scene(5, 0, false)) {
      scene.discover(PathMtuSettings.DEFAULT);
      scene.sendFor(Duration.ofSeconds(10));
      assertThat(scene.now().mtu()).isEqualTo(1500);
      Scope narrow = scene.left.wire().with(Effects.mtuHole(1300));
      scene.sendFor(Duration.ofSeconds(90));
      assertThat(scene.changes).anySatisfy(change -> assertThat(change.cause()).isEqualTo(Cause.BLACK_HOLE));
      assertThat(scene.now().mtu()).isLessThanOrEqualTo(1300);
      int before = scene.received.size();
      scene.sendFor(Duration.ofMinutes(5));
      assertThat(scene.received).hasSize(before + 600);
      assertThat(scene.now().phase()).isEqualTo(Phase.SEARCH_COMPLETE);
      assertThat(scene.now().mtu()).isBetween(1293, 1300);
      narrow.close();
      scene.sendFor(Duration.ofMinutes(11));
      assertThat(scene.now().mtu()).isEqualTo(1500);
    }
  }

  @Test
  void aRouterThatReportsShortensTheSearch() {
    try (Scene scene = new Scene(5, 0, false)) {
      scene.left.wire().with(Effects.mtu(1400, "10.0.0.254"));
      scene.discover(PathMtuSettings.DEFAULT);
      scene.lab.advance(Duration.ofSeconds(1));
      assertThat(scene.now()).isEqualTo(
          new PathMtu(Phase.SEARCH_COMPLETE, 1380, 1400, 1372, Cause.PROBE_ACKNOWLEDGED));
    }
  }

  @Test
  void aPeerThatIsGoneDisablesTheDiscoveryAndItsReturnBeginsAgain() {
    try (Scene scene = new Scene(5, 0, false)) {
      scene.discover(PathMtuSettings.DEFAULT);
      scene.lab.advance(Duration.ofSeconds(1));
      Scope cut = scene.left.wire().with(Effects.only(Frames.udp(), Effects.drop()));
      scene.sendFor(Duration.ofMinutes(4));
      assertThat(scene.changes).anySatisfy(change -> assertThat(change.phase()).isEqualTo(Phase.DISABLED));
      cut.close();
      scene.sendFor(Duration.ofMinutes(3));
      assertThat(scene.now().mtu()).isEqualTo(1500);
    }
  }

  @Test
  void aFloodOfProbesIsAnsweredWithinBounds() {
    try (Scene scene = new Scene(5, 0, false)) {
      scene.discover(PathMtuSettings.DEFAULT);
      List<ByteBuf> answers = new ArrayList<>();
      UdpConnection attacker = scene.lab.await(scene.left.stack().udp().connect("10.0.0.2", PORT));
      attacker.receive().subscribe(datagram -> answers.add(datagram.payload()));
      scene.lab.await(attacker.send(Flux.range(0, 500).map(i -> Datagram.toPeer(
          Unpooled.buffer(1000).writeLong(MARK).writeByte(1).writeLong(i).writeZero(983)))));
      scene.lab.advance(Duration.ofSeconds(1));
      assertThat(answers).hasSizeBetween(1, 500).allSatisfy(answer -> assertThat(answer.readableBytes()).isEqualTo(19));
      answers.forEach(ByteBuf::release);
      // Forged acknowledgements, and datagrams of unknown kinds, have no effect and do not reach the application.
      scene.lab.await(attacker.send(Flux.range(0, 4).map(kind -> Datagram.toPeer(
          Unpooled.buffer(19).writeLong(MARK).writeByte(kind == 1 ? 3 : kind).writeLong(7).writeShort(1192)))));
      scene.lab.advance(Duration.ofSeconds(1));
      assertThat(scene.received).isEmpty();
    }
  }
}
