package io.reactorstack.tcp;

import static io.reactorstack.tcp.TwoHosts.SERVER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.testing.Requirement;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The options and events of a connection beside its stream of bytes. */
class TcpSocketTest {

  private final TwoHosts net = new TwoHosts();
  private final List<Integer> urgent = new ArrayList<>();
  private TcpListener listener;
  private TcpSocket client;
  private TcpSocket server;

  @BeforeEach
  void open() throws IOException {
    listener = net.server.tcp.listen(new Endpoint(SERVER, 80), 1, TcpSettings.DEFAULTS, () -> {});
    client = net.client.tcp.connect(new Endpoint(SERVER, 80), null, TcpSettings.DEFAULTS, socket -> {});
    net.advance(Duration.ofSeconds(1));
    server = listener.accept();
    assertThat(server).isNotNull();
    server.watch(socket -> urgent.add(socket.urgentBytes()));
    net.settle();
    urgent.clear();
  }

  @AfterEach
  void nothingIsLeft() {
    if (client.state() != TcpState.CLOSED) {
      client.abort();
    }
    net.advance(Duration.ofSeconds(1));
    listener.close();
    net.close();
  }

  private void write(int bytes, boolean asUrgent) {
    ByteBuf data = net.bytes(bytes, 0);
    assertThat(asUrgent ? client.writeUrgent(data) : client.write(data)).isEqualTo(bytes);
    data.release();
    net.advance(Duration.ofMillis(50));
  }

  private void read(int bytes) {
    for (int left = bytes; left > 0;) {
      ByteBuf data = server.read(left);
      assertThat(data).isNotNull();
      left -= data.readableBytes();
      data.release();
    }
  }

  @Test
  @Requirement({"MUST-32", "MUST-33", "MUST-47.1"})
  void theWatcherIsCalledWhenUrgentDataIsAnnouncedAndExtended() {
    write(100, false);
    assertThat(urgent).containsOnly(0);
    urgent.clear();
    write(20, true);
    assertThat(urgent).contains(120);
    urgent.clear();
    write(30, true);
    assertThat(urgent).contains(150);
    read(130);
    assertThat(server.urgentBytes()).isEqualTo(20);
    read(20);
    assertThat(server.urgentBytes()).isZero();
  }

  @Test
  void corkJoinsSmallWrites() {
    client.options().cork(true);
    int before = dataSegments();
    for (int i = 0; i < 10; i++) {
      ByteBuf data = net.bytes(10, 0);
      client.write(data);
      data.release();
    }
    net.settle();
    assertThat(dataSegments()).isEqualTo(before);
    client.options().cork(false);
    net.advance(Duration.ofMillis(50));
    assertThat(dataSegments()).isEqualTo(before + 1);
    read(100);
  }

  @Test
  void valuesOutOfRangeAreRefused() {
    Duration second = Duration.ofSeconds(1);
    List<Consumer<TcpSocketOptions>> impossible = List.of(
        options -> options.receiveBuffer(0),
        options -> options.sendBuffer(-1),
        options -> options.keepAlive(true, Duration.ZERO, second, 1),
        options -> options.keepAlive(true, second, Duration.ZERO, 1),
        options -> options.keepAlive(true, second, second, 0),
        options -> options.userTimeout(second.negated()),
        options -> options.finWait2Timeout(second.negated()),
        options -> options.packetFields(256, 64),
        options -> options.packetFields(0, 0));
    assertThat(impossible).allSatisfy(change -> assertThatThrownBy(() -> change.accept(client.options()))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining(" is out of range: "));
    write(10, false);
    read(10);
  }

  private int dataSegments() {
    return (int) net.seen.stream().filter(s -> s.length() > 0).count();
  }

  @Test
  @Requirement({"MUST-24", "MUST-27", "MUST-29"})
  void keepAliveDetectsADeadPeerOnceSwitchedOn() {
    net.advance(Duration.ofHours(5));
    assertThat(client.state()).isEqualTo(TcpState.ESTABLISHED);
    client.options().keepAlive(true, Duration.ofSeconds(10), Duration.ofSeconds(1), 3);
    net.advance(Duration.ofMinutes(5));
    assertThat(client.state()).as("the peer answers").isEqualTo(TcpState.ESTABLISHED);
    net.lost = segment -> true;
    net.advance(Duration.ofSeconds(15));
    assertThat(client.state()).isEqualTo(TcpState.CLOSED);
    assertThat(client.closeReport().cause()).isEqualTo(CloseCause.KEEP_ALIVE_TIMEOUT);
    net.lost = segment -> false;
    server.abort();
  }

  @Test
  void quickAckAcknowledgesImmediately() {
    server.options().quickAck(false);
    write(10, false);
    int before = net.seen.size();
    server.options().quickAck(true);
    ByteBuf data = net.bytes(10, 0);
    client.write(data);
    data.release();
    net.advance(Duration.ofMillis(20));
    assertThat(net.seen.size() - before).as("the data and its acknowledgement").isEqualTo(2);
    read(20);
  }
}
