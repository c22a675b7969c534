package io.reactorstack.tcp;

import static io.reactorstack.tcp.TwoHosts.CLIENT;
import static io.reactorstack.tcp.TwoHosts.SERVER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.tcp.TwoHosts.Seen;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.testing.Requirement;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import java.net.BindException;
import java.net.SocketException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The calls of the user interface and their results (RFC 9293 sections 3.9.1 and 3.10.1 to 3.10.6). */
class UserCallsTest {

  private static final Endpoint PORT_80 = new Endpoint(SERVER, 80);

  private final TwoHosts net = new TwoHosts();
  private TcpListener listener;

  @BeforeEach
  void listen() throws BindException {
    listener = net.server.tcp.listen(PORT_80, 4, TcpSettings.DEFAULTS, () -> {});
  }

  @AfterEach
  void nothingIsLeft() {
    listener.close();
    net.close();
  }

  private TcpSocket connect(Endpoint local) throws SocketException {
    return net.client.tcp.connect(PORT_80, local, TcpSettings.DEFAULTS, socket -> {});
  }

  private void send(TcpSocket from, String text) {
    ByteBuf data = net.buffer(text);
    from.write(data);
    data.release();
  }

  @Test
  @Requirement({"MUST-43", "MUST-44", "MUST-45"})
  void theLocalAddressIsChosenByUserOrStackAndDoesNotChange() throws SocketException {
    for (Endpoint local : new Endpoint[] {null, new Endpoint(CLIENT, 0), new Endpoint(CLIENT, 5555)}) {
      net.seen.clear();
      TcpSocket socket = connect(local);
      assertThat(socket.local().address()).isEqualTo(CLIENT);
      net.advance(Duration.ofMillis(100));
      send(socket, "hello");
      net.advance(Duration.ofMillis(100));
      assertThat(net.seen).extracting(Seen::source).containsOnly(CLIENT, SERVER);
      assertThat(net.from(CLIENT)).hasSizeGreaterThan(2);
      socket.abort();
      net.advance(Duration.ofMillis(100));
    }
    assertThatThrownBy(() -> connect(new Endpoint(IpAddress.parse("10.0.0.9"), 0))).isInstanceOf(BindException.class);
  }

  @Test
  @Requirement("RFC9293-3.10.1-02")
  void aConnectionThatExistsCannotBeOpenedAgain() throws SocketException {
    Endpoint local = new Endpoint(CLIENT, 5555);
    TcpSocket socket = connect(local);
    assertThatThrownBy(() -> connect(local)).as("SYN-SENT").isInstanceOf(BindException.class);
    net.advance(Duration.ofMillis(100));
    assertThatThrownBy(() -> connect(local)).as("ESTABLISHED").isInstanceOf(BindException.class);
    socket.shutdownOutput();
    net.advance(Duration.ofMillis(100));
    assertThat(socket.state()).isEqualTo(TcpState.FIN_WAIT_2);
    assertThatThrownBy(() -> connect(local)).as("FIN-WAIT-2").isInstanceOf(BindException.class);
    socket.abort();
    net.advance(Duration.ofMillis(100));
    connect(local).abort();
  }

  @Test
  @Requirement({"RFC9293-3.10.3-01", "RFC9293-3.10.7.4-29"})
  void dataIsReadInOrderInEveryStateThatReceivesIt() throws SocketException {
    TcpSocket client = connect(null);
    assertThat(client.read(10)).as("SYN-SENT").isNull();
    assertThat(client.isInputFinished()).isFalse();
    net.advance(Duration.ofMillis(100));
    TcpSocket server = listener.accept();
    send(server, "one");
    net.advance(Duration.ofMillis(100));
    assertThat(TwoHosts.text(client.read(10))).isEqualTo("one");
    client.shutdownOutput();
    assertThat(client.isOutputFinished()).as("FIN-WAIT-1").isFalse();
    net.advance(Duration.ofMillis(100));
    assertThat(client.state()).isEqualTo(TcpState.FIN_WAIT_2);
    assertThat(client.isOutputFinished()).as("CLOSE is complete, but the connection has not ended").isTrue();
    assertThat(client.closeReport()).isNull();
    send(server, "two");
    net.advance(Duration.ofMillis(100));
    assertThat(TwoHosts.text(client.read(10))).isEqualTo("two");
    server.close();
    net.advance(Duration.ofMillis(100));
    client.close();
  }

  @Test
  @Requirement("RFC9293-3.10.3-03")
  void theInputIsFinishedAfterThePeersFin() throws SocketException {
    TcpSocket client = connect(null);
    net.advance(Duration.ofMillis(100));
    TcpSocket server = listener.accept();
    server.shutdownOutput();
    net.advance(Duration.ofMillis(100));
    client.shutdownOutput();
    assertThat(client.state()).isEqualTo(TcpState.LAST_ACK);
    assertThat(client.read(10)).isNull();
    assertThat(client.isInputFinished()).as("LAST-ACK").isTrue();
    net.advance(Duration.ofMillis(100));
    assertThat(server.state()).isEqualTo(TcpState.TIME_WAIT);
    assertThat(server.isInputFinished()).as("TIME-WAIT").isTrue();
    server.close();
    client.close();
  }

  @Test
  @Requirement("RFC9293-3.10.7.4-37")
  void aFinForNoConnectionIsNotProcessed() {
    arrive(80, TcpSegment.FIN, 100);
    net.settle();
    assertThat(net.seen).as("LISTEN").isEmpty();
    assertThat(net.server.tcp.connections()).isZero();
    arrive(81, TcpSegment.FIN, 100);
    net.settle();
    assertThat(net.from(SERVER)).as("CLOSED").hasSize(1).first()
        .satisfies(s -> assertThat(s.flags()).isEqualTo(TcpSegment.RST | TcpSegment.ACK))
        .satisfies(s -> assertThat(s.ack()).isEqualTo(101));
  }

  private void arrive(int port, int flags, int seq) {
    net.lost = segment -> true;
    net.server.port.deliver(TwoHosts.packet(new TcpSegment(new FourTuple(CLIENT, 6000, SERVER, port), seq, 0,
        flags, 1000, 0, TcpOptions.NONE, 0, Headroom.allocate(net.server.memory, 0), PacketFacts.LOCAL)));
  }
}
