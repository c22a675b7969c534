package io.reactorstack.tcp;

import static io.reactorstack.tcp.TwoHosts.CLIENT;
import static io.reactorstack.tcp.TwoHosts.SERVER;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.icmp.IcmpError;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.tcp.CloseReport.Party;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.ConnectionHistory;
import io.reactorstack.tcp.model.ConnectionHistory.SegmentSummary;
import io.reactorstack.tcp.model.ConnectionHistory.StateEntry;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestErrors;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.TcpSegment;
import java.net.BindException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The {@link CloseReport} of an ended connection: by whom, why and when it was ended. */
class CloseReportTest {

  private static final Endpoint PORT_80 = new Endpoint(SERVER, 80);

  private final TwoHosts net = new TwoHosts();
  private TcpListener listener;
  private TcpSocket client;
  private TcpSocket server;

  @BeforeEach
  void listen() throws BindException {
    listener = net.server.tcp.listen(PORT_80, 4, TcpSettings.DEFAULTS, () -> {});
  }

  @AfterEach
  void nothingIsLeft() {
    listener.close();
    net.close();
  }

  private void open() throws SocketException {
    client = net.client.tcp.connect(PORT_80, null, TcpSettings.DEFAULTS, socket -> {});
    net.advance(Duration.ofMillis(100));
    server = listener.accept();
  }

  private void send(TcpSocket from, String text) {
    ByteBuf data = net.buffer(text);
    from.write(data);
    data.release();
  }

  private static List<TcpState> states(CloseReport report) {
    return report.history().states().stream().map(StateEntry::state).toList();
  }

  @Test
  void reportOfAResetShowsItsTimeAndTheDataSent() throws SocketException {
    open();
    send(client, "request");
    net.advance(Duration.ofMillis(200));
    send(server, "answer");
    net.advance(Duration.ofMillis(2));
    server.abort();
    net.advance(Duration.ofMillis(20));

    CloseReport report = client.closeReport();
    assertThat(report.cause()).isEqualTo(CloseCause.RESET_BY_PEER);
    assertThat(report.endedBy()).isEqualTo(Party.PEER);
    assertThat(report.failure()).isNull();
    assertThat(report.sinceDataSent()).isEqualTo(Duration.ofMillis(212));
    assertThat(report.sinceDataReceived()).isEqualTo(Duration.ofMillis(2));
    assertThat(report.lifetime()).isEqualTo(Duration.ofMillis(312));
    assertThat(states(report)).containsExactly(TcpState.SYN_SENT, TcpState.ESTABLISHED, TcpState.CLOSED);
    assertThat(report.history().states().get(1).at() - report.history().states().get(0).at())
        .isEqualTo(Duration.ofMillis(20).toNanos());
    List<SegmentSummary> segments = report.history().segments();
    assertThat(segments.getFirst()).hasToString("> S 0(0) win 65535");
    assertThat(segments.get(1)).hasToString("< S. 0(0) ack 1 win 65535");
    assertThat(segments.getLast().flags()).isEqualTo(TcpSegment.RST | TcpSegment.ACK);
    assertThat(segments.getLast().sent()).isFalse();
    assertThat(segments.getLast().at()).isEqualTo(report.endedAt());
    assertThat(segments).anySatisfy(s -> assertThat(s.toString()).startsWith("> P. 1(7) ack 1 win "));
    assertThat(report.toString())
        .startsWith(
            "Peer 10.0.0.2:80 reset the connection 212 ms after our last data and 2 ms after its last. It lasted"
                + " 312 ms (SYN-SENT 20 ms, ESTABLISHED 292 ms, CLOSED). 7 bytes were sent (7 acknowledged,"
                + " 0 retransmissions), 6 received; the round trip took ")
        .contains("Last segments: ").contains("< R. 7(0) ack 8 win 0 0 µs before.");
    assertThat(new TcpException(report).report()).isSameAs(report);

    CloseReport other = server.closeReport();
    assertThat(other.cause()).isEqualTo(CloseCause.ABORTED);
    assertThat(other.endedBy()).isEqualTo(Party.LOCAL);
    assertThat(states(other)).containsExactly(TcpState.SYN_RECEIVED, TcpState.ESTABLISHED, TcpState.CLOSED);
    assertThat(other.toString()).startsWith("We aborted the connection 10.0.0.2:80 > 10.0.0.1:");
  }

  @Test
  void reportOfAnOrderlyCloseNamesTheSideThatClosedFirst() throws SocketException {
    open();
    server.close();
    net.advance(Duration.ofMillis(50));
    client.close();
    net.advance(Duration.ofMillis(50));
    assertThat(client.closeReport().endedBy()).isEqualTo(Party.PEER);
    assertThat(states(client.closeReport())).containsExactly(TcpState.SYN_SENT, TcpState.ESTABLISHED,
        TcpState.CLOSE_WAIT, TcpState.LAST_ACK, TcpState.CLOSED);
    assertThat(client.closeReport().sinceDataSent()).isNull();
    assertThat(client.closeReport().toString()).startsWith(
        "Peer 10.0.0.2:80 closed the connection and we followed, without any data sent or received. It lasted");
    assertThat(server.closeReport().endedBy()).isEqualTo(Party.LOCAL);
    assertThat(states(server.closeReport())).containsExactly(TcpState.SYN_RECEIVED, TcpState.ESTABLISHED,
        TcpState.FIN_WAIT_1, TcpState.FIN_WAIT_2, TcpState.TIME_WAIT);
  }

  @Test
  @Requirement("RFC9293-3.10.8-01")
  void unacknowledgedDataEndsInARetransmissionTimeout() throws SocketException {
    open();
    net.lost = segment -> true;
    send(client, "hello");
    net.advance(Duration.ofHours(1));
    CloseReport report = client.closeReport();
    assertThat(report.cause()).isEqualTo(CloseCause.RETRANSMISSION_TIMEOUT);
    assertThat(report.endedBy()).isEqualTo(Party.NETWORK);
    assertThat(report.info().timing().retransmits()).isGreaterThan(5);
    assertThat(report.toString()).contains("no longer acknowledged what we sent, in "
        + report.info().timing().retransmits() + " retransmission timeouts");
    net.lost = segment -> false;
    server.abort();
  }

  @Test
  void reportNamesTheIcmpErrorThatEndedTheConnection() throws SocketException {
    net.lost = segment -> true;
    client = net.client.tcp.connect(PORT_80, null, TcpSettings.DEFAULTS, socket -> {});
    net.settle();
    icmp(IcmpError.Kind.PROHIBITED);
    CloseReport report = client.closeReport();
    assertThat(report.cause()).isEqualTo(CloseCause.HOST_UNREACHABLE);
    assertThat(report.endedBy()).isEqualTo(Party.NETWORK);
    assertThat(report.failure().kind()).isEqualTo(IcmpError.Kind.PROHIBITED);
    assertThat(report.toString())
        .startsWith("The host of 10.0.0.2:80 was reported unreachable (ICMP from 192.0.2.254: prohibited),");
  }

  @Test
  void softErrorIsTheCauseOfAFailedHandshake() throws SocketException {
    net.lost = segment -> true;
    client = net.client.tcp.connect(PORT_80, null, TcpSettings.DEFAULTS, socket -> {});
    net.settle();
    icmp(IcmpError.Kind.HOP_LIMIT_EXCEEDED);
    assertThat(client.closeReport()).isNull();
    net.advance(Duration.ofMinutes(5));
    assertThat(client.closeReport().cause()).isEqualTo(CloseCause.HOST_UNREACHABLE);
    assertThat(client.closeReport().failure().kind()).isEqualTo(IcmpError.Kind.HOP_LIMIT_EXCEEDED);
  }

  private void icmp(IcmpError.Kind kind) {
    byte[] quote = ByteBuffer.allocate(8).putShort((short) client.local().port()).putShort((short) 80)
        .putInt(net.from(CLIENT).getLast().seq()).array();
    net.client.tcp.onIcmpError(
        TestErrors.of(kind, IpAddress.parse("192.0.2.254"), 0, CLIENT, SERVER, IpProtocol.TCP, quote));
    net.settle();
  }

  @Test
  void onlyTheLastSegmentsAreKept() throws SocketException {
    open();
    client.options().noDelay(true);
    for (int i = 0; i < 100; i++) {
      send(client, "x");
      net.advance(Duration.ofMillis(30));
    }
    client.abort();
    List<SegmentSummary> segments = client.closeReport().history().segments();
    assertThat(segments).hasSize(ConnectionHistory.SEGMENTS).isSortedAccordingTo(
        Comparator.comparingLong(SegmentSummary::at));
    assertThat(segments).filteredOn(s -> s.length() == 1).last().extracting(SegmentSummary::seq).isEqualTo(100);
  }
}
