package io.reactorstack.tcp;

import static io.reactorstack.tcp.TwoHosts.SERVER;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.layer.Timers;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** An idle connection costs only memory: it sets no timer and does not wake the loop. */
class IdleConnectionsTest {

  private static final int FIRST_SOURCE = Ipv4Address.parse("10.0.0.3").bits();
  private static final int SOURCES = 250;
  /** The index of the connection that receives data later. */
  private static final int BUSY = 7;

  private final TwoHosts net = new TwoHosts();

  private void arrive(int client, int flags, int seq, int ack, int data) {
    IpAddress source = new Ipv4Address(FIRST_SOURCE + client % SOURCES);
    ByteBuf payload = Headroom.allocate(net.server.memory, data).writeZero(data);
    net.server.port.deliver(TwoHosts.packet(new TcpSegment(
        new FourTuple(source, 1024 + client / SOURCES, SERVER, 80), seq, ack, flags, 1000, 0, TcpOptions.NONE, 0,
        payload,
        PacketFacts.LOCAL)));
  }

  private void idle(int connections) throws SocketException {
    TcpListener listener = net.server.tcp.listen(new Endpoint(SERVER, 80), 16, TcpSettings.DEFAULTS, () -> {});
    List<TcpSocket> sockets = new ArrayList<>();
    int sndNxt = 0;
    for (int i = 0; i < connections; i++) {
      net.seen.clear();
      arrive(i, TcpSegment.SYN, 100, 0, 0);
      net.settle();
      int next = net.from(SERVER).getLast().seq() + 1;
      sndNxt = i == BUSY ? next : sndNxt;
      arrive(i, TcpSegment.ACK, 101, next, 0);
      net.settle();
      sockets.add(listener.accept());
    }
    // The timers of the handshakes fire once more, find nothing due, and are not set again.
    net.advance(Duration.ofMinutes(1));
    assertThat(sockets).allMatch(socket -> socket.state() == TcpState.ESTABLISHED);

    AtomicInteger turns = new AtomicInteger();
    net.server.turn.atEnd(turns::incrementAndGet);
    net.advance(Duration.ofHours(24));
    assertThat(turns).as("turns of the loop in a day of silence").hasValue(0);
    assertThat(net.server.turn.nextDeadline()).isEqualTo(Timers.NEVER);

    // A connection that is not idle needs only its own timers, independent of the number of idle connections.
    net.seen.clear();
    arrive(BUSY, TcpSegment.ACK | TcpSegment.PSH, 101, sndNxt, 10);
    net.advance(Duration.ofHours(1));
    assertThat(net.from(SERVER)).hasSize(1);
    assertThat(turns.get()).isBetween(1, 5);
    listener.close();
    net.server.tcp.stop();
    net.settle();
    net.close();
  }

  @Test
  void idleConnectionsDoNotWakeTheLoop() throws SocketException {
    idle(2_000);
  }

  @Test
  @Tag("long")
  void aHundredThousandIdleConnectionsDoNotWakeTheLoop() throws SocketException {
    idle(100_000);
  }
}
