package io.reactorstack.tcp;

import static io.reactorstack.tcp.TwoHosts.CLIENT;
import static io.reactorstack.tcp.TwoHosts.SERVER;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.icmp.IcmpError;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestErrors;
import io.reactorstack.wire.IpProtocol;
import java.net.BindException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The path MTU that the connections of a host share. */
class SharedPathMtuTest {

  private static final int PORT = 80;
  private static final TcpSettings SETTINGS = TcpSettings.DEFAULTS.withTimers(timers -> timers.withNoDelay(true))
      .withWire(wire -> wire.withTimestamps(false));

  private final TwoHosts net = new TwoHosts();
  private TcpListener listener;

  @BeforeEach
  void listen() throws BindException {
    listener = net.server.tcp.listen(new Endpoint(SERVER, PORT), 10, TcpSettings.DEFAULTS, () -> {});
  }

  @AfterEach
  void nothingIsLeft() {
    listener.close();
    net.close();
  }

  private TcpSocket connect() throws SocketException {
    TcpSocket socket = net.client.tcp.connect(new Endpoint(SERVER, PORT), null, SETTINGS, s -> {});
    net.advance(Duration.ofSeconds(1));
    return socket;
  }

  private void send(TcpSocket socket, int bytes) {
    net.seen.clear();
    ByteBuf data = net.bytes(bytes, 0);
    socket.write(data);
    data.release();
    net.settle();
  }

  private int longest() {
    return net.from(CLIENT).stream().mapToInt(TwoHosts.Seen::length).max().orElse(0);
  }

  private void tooBig(int mtu, TcpSocket socket, int seq) {
    byte[] transport = ByteBuffer.allocate(8).putShort((short) socket.local().port()).putShort((short) PORT).putInt(seq)
        .array();
    net.client.tcp.onIcmpError(TestErrors.of(IcmpError.Kind.PACKET_TOO_BIG, IpAddress.parse("192.0.2.254"), mtu, CLIENT,
        SERVER, IpProtocol.TCP, transport));
    net.settle();
  }

  @Test
  @Requirement({"RFC1191-6.2-05", "RFC8201-5.2-08", "RFC4821-4-11"})
  void aLowerPathMtuAppliesToOtherConnectionsToTheDestination() throws SocketException {
    TcpSocket first = connect();
    TcpSocket second = connect();
    send(first, 3000);
    assertThat(longest()).isEqualTo(1460);
    tooBig(1300, first, net.from(CLIENT).getFirst().seq());
    net.advance(Duration.ofSeconds(5));
    send(second, 3000);
    assertThat(longest()).isEqualTo(1260);
    net.advance(Duration.ofSeconds(5));
    first.abort();
    second.abort();
  }

  @Test
  @Requirement({"RFC4821-5.2-01", "RFC1191-6.1-01"})
  void newConnectionsStartWithTheKnownPathMtu() throws SocketException {
    TcpSocket first = connect();
    send(first, 3000);
    assertThat(longest()).isEqualTo(1460);
    tooBig(1300, first, net.from(CLIENT).getFirst().seq());
    net.advance(Duration.ofSeconds(5));
    TcpSocket second = connect();
    send(second, 3000);
    assertThat(longest()).isEqualTo(1260);
    net.advance(Duration.ofSeconds(5));
    first.abort();
    second.abort();
  }

  @Test
  @Requirement({"RFC1191-6.2-06", "RFC8201-5.2-09", "RFC4821-5.2-02"})
  void aPathMtuFoundByAnotherProtocolAppliesToTcp() throws SocketException {
    TcpSocket socket = connect();
    net.client.ip.destination(SERVER).lowerMtu(1200);
    net.settle();
    send(socket, 3000);
    assertThat(longest()).isEqualTo(1160);
    net.advance(Duration.ofSeconds(5));
    socket.abort();
  }

  @Test
  @Requirement({"RFC1191-6.3-01", "RFC8201-5.3-02", "RFC1191-6.3-03"})
  void afterTenMinutesAConnectionTriesTheLinksMtuAgain() throws SocketException {
    TcpSocket socket = connect();
    net.client.ip.destination(SERVER).lowerMtu(1200);
    net.settle();
    net.advance(Duration.ofMinutes(9));
    send(socket, 3000);
    assertThat(longest()).isEqualTo(1160);
    net.advance(Duration.ofMinutes(2));
    send(socket, 3000);
    net.advance(Duration.ofSeconds(2));
    send(socket, 3000);
    assertThat(longest()).isEqualTo(1460);
    net.advance(Duration.ofSeconds(5));
    socket.abort();
  }

  @Test
  @Requirement("RFC5927-4.1-01")
  void aForgedReportDoesNotChangeThePathMtu() throws SocketException {
    TcpSocket socket = connect();
    send(socket, 3000);
    tooBig(1300, socket, net.from(CLIENT).getFirst().seq() - 1);
    assertThat(net.client.ip.destination(SERVER).mtu()).isEqualTo(1500);
    net.advance(Duration.ofSeconds(5));
    socket.abort();
  }
}
