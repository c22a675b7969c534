package io.reactorstack.tcp;

import static io.reactorstack.tcp.TwoHosts.CLIENT;
import static io.reactorstack.tcp.TwoHosts.SERVER;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.tcp.TwoHosts.Seen;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A connection in TIME-WAIT becomes a small record, which answers in its place. */
class TimeWaitRecordTest {

  private static final int PORT = 80;
  private static final Duration TIME_WAIT = TcpSettings.DEFAULTS.closing().timeWait();
  private static final Duration CHALLENGES = TcpSettings.DEFAULTS.security().challengeAckInterval();

  private final TwoHosts net = new TwoHosts();
  private TcpListener listener;
  private TcpSocket client;
  private TcpSocket server;
  private Seen fin;

  @AfterEach
  void nothingIsLeft() {
    listener.close();
    net.close();
  }

  private void open() throws SocketException {
    listener = net.server.tcp.listen(new Endpoint(SERVER, PORT), 4, TcpSettings.DEFAULTS, () -> {});
    client = net.client.tcp.connect(new Endpoint(SERVER, PORT), null, TcpSettings.DEFAULTS, socket -> {});
    net.advance(Duration.ofMillis(100));
    server = listener.accept();
  }

  /** Closes both ends, first the client's, which enters TIME-WAIT. */
  private void finish() {
    client.shutdownOutput();
    net.advance(Duration.ofMillis(100));
    server.close();
    net.advance(Duration.ofMillis(100));
    fin = net.from(SERVER).getLast();
    assertThat(fin.has(TcpSegment.FIN)).isTrue();
    assertThat(client.state()).isEqualTo(TcpState.TIME_WAIT);
    net.seen.clear();
  }

  /** Delivers a segment from the server's port to the client. */
  private void arrive(int flags, int seq, int data) {
    ByteBuf payload = Headroom.allocate(net.client.memory, data).writeZero(data);
    net.client.port.deliver(TwoHosts.packet(new TcpSegment(
        new FourTuple(SERVER, PORT, CLIENT, client.local().port()), seq, fin.ack(), flags, 1000, 0, TcpOptions.NONE, 0,
        payload, PacketFacts.LOCAL)));
    net.settle();
  }

  private void isRecord() {
    assertThat(net.client.tcp.sockets()).as("whole connections").isEmpty();
    assertThat(net.client.tcp.timeWaits()).singleElement().satisfies(rest -> {
      assertThat(rest.flow().local()).isEqualTo(client.local());
      assertThat(rest.flow().remote()).isEqualTo(client.remote());
      assertThat(rest.info().state()).isEqualTo(TcpState.TIME_WAIT);
    });
    assertThat(net.client.tcp.connections()).isOne();
  }

  @Test
  void aRepeatedFinIsAcknowledgedAndRestartsTimeWait() throws SocketException {
    open();
    finish();
    isRecord();
    net.advance(TIME_WAIT.dividedBy(2));
    arrive(TcpSegment.FIN | TcpSegment.ACK, fin.seq(), 0);
    assertThat(net.from(CLIENT)).singleElement().satisfies(ack -> {
      assertThat(ack.flags()).isEqualTo(TcpSegment.ACK);
      assertThat(ack.seq()).isEqualTo(fin.ack());
      assertThat(ack.ack()).isEqualTo(fin.seq() + 1);
    });
    net.advance(TIME_WAIT.minusMillis(1));
    assertThat(client.state()).isEqualTo(TcpState.TIME_WAIT);
    net.advance(Duration.ofMillis(1));
    assertThat(client.state()).isEqualTo(TcpState.CLOSED);
    assertThat(client.closeReport()).extracting(CloseReport::cause).isEqualTo(CloseCause.FINISHED);
    assertThat(net.client.tcp.connections()).isZero();
    assertThat(net.client.tcp.timeWaits()).isEmpty();
  }

  @Test
  void aResetIsIgnored() throws SocketException {
    open();
    finish();
    arrive(TcpSegment.RST, fin.seq() + 1, 0);
    arrive(TcpSegment.RST | TcpSegment.ACK, fin.seq() + 1, 0);
    assertThat(net.seen).isEmpty();
    isRecord();
  }

  @Test
  void oldDataDrawsOneChallengePerInterval() throws SocketException {
    open();
    finish();
    arrive(TcpSegment.ACK, fin.seq() - 10, 10);
    arrive(TcpSegment.ACK, fin.seq() - 10, 10);
    assertThat(net.from(CLIENT)).hasSize(1);
    net.advance(CHALLENGES);
    arrive(TcpSegment.ACK, fin.seq() - 10, 10);
    assertThat(net.from(CLIENT)).hasSize(2).allMatch(ack -> ack.ack() == fin.seq() + 1);
    isRecord();
  }

  @Test
  void abortOfTheSocketThatTheUserStillHasEndsTimeWait() throws SocketException {
    open();
    finish();
    client.abort();
    assertThat(client.state()).isEqualTo(TcpState.CLOSED);
    assertThat(net.client.tcp.connections()).isZero();
    assertThat(net.client.tcp.timeWaits()).isEmpty();
    net.settle();
    assertThat(net.seen).as("no RST").isEmpty();
  }

  @Test
  void unreadDataKeepsTheWholeConnectionUntilItIsRead() throws SocketException {
    open();
    ByteBuf data = net.buffer("data");
    server.write(data);
    data.release();
    finish();
    assertThat(net.client.tcp.sockets()).containsExactly(client);
    ByteBuf read = client.read(100);
    assertThat(read).isNotNull();
    assertThat(TwoHosts.text(read)).isEqualTo("data");
    net.settle();
    isRecord();
  }

  @Test
  void anObservedConnectionStaysWholeSoThatItsObserverSeesEveryPacket() throws SocketException {
    open();
    client.options().observer((direction, frame, nanos) -> {});
    finish();
    assertThat(net.client.tcp.sockets()).containsExactly(client);
    net.advance(TIME_WAIT);
    assertThat(net.client.tcp.connections()).isZero();
  }

  @Test
  void aConnectionThatWaitsToBeAcceptedStaysWhole() throws SocketException {
    listener = net.server.tcp.listen(new Endpoint(SERVER, PORT), 4, TcpSettings.DEFAULTS, () -> {});
    client = net.client.tcp.connect(new Endpoint(SERVER, PORT), null, TcpSettings.DEFAULTS, socket -> {});
    net.advance(Duration.ofMillis(100));
    net.server.tcp.sockets().getFirst().shutdownOutput();
    net.advance(Duration.ofMillis(100));
    client.close();
    net.advance(Duration.ofMillis(100));
    assertThat(net.server.tcp.sockets()).singleElement().extracting(TcpSocket::state).isEqualTo(TcpState.TIME_WAIT);
    server = listener.accept();
    assertThat(server).isNotNull();
    server.close();
  }

  @Test
  void removalOfTheAddressEndsIt() throws SocketException {
    open();
    finish();
    net.client.tcp.onAddressRemoval(SERVER);
    isRecord();
    net.client.tcp.onAddressRemoval(CLIENT);
    assertThat(net.client.tcp.connections()).isZero();
    assertThat(client.state()).isEqualTo(TcpState.CLOSED);
  }

  @Test
  void theEndOfTheStackEndsIt() throws SocketException {
    open();
    finish();
    net.client.tcp.stop();
    assertThat(net.client.tcp.connections()).isZero();
    assertThat(client.state()).isEqualTo(TcpState.CLOSED);
  }

  @Test
  void noticesEndWithTheConnection() throws SocketException {
    open();
    finish();
    AtomicBoolean completed = new AtomicBoolean();
    client.notices().doOnComplete(() -> completed.set(true)).subscribe();
    net.settle();
    assertThat(completed).isTrue();
    isRecord();
  }
}
