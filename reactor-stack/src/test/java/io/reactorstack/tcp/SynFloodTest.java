package io.reactorstack.tcp;

import static io.reactorstack.tcp.TwoHosts.CLIENT;
import static io.reactorstack.tcp.TwoHosts.SERVER;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.tcp.TwoHosts.Seen;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpSettings.SynCookies;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.testing.Requirement;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A listener that receives more SYNs than its queues can hold (RFC 4987). */
class SynFloodTest {

  private static final Endpoint PORT_80 = new Endpoint(SERVER, 80);
  private static final TcpOptions OFFER = TcpOptions.timestamps(9, 0).withMss(1400).withWindowScale(7)
      .withSackPermitted();

  private final TwoHosts net = new TwoHosts();
  private TcpListener listener;

  @AfterEach
  void nothingIsLeft() {
    listener.close();
    net.close();
  }

  private void listen(int backlog, SynCookies mode) throws SocketException {
    listener = net.server.tcp.listen(PORT_80, backlog,
        TcpSettings.DEFAULTS.withSecurity(security -> security.withSynCookies(mode)), () -> {});
  }

  private TcpSocket connect() throws SocketException {
    return net.client.tcp.connect(PORT_80, null, TcpSettings.DEFAULTS, socket -> {});
  }

  private void arrive(IpAddress source, int port, int flags, int seq, int ack, TcpOptions options, String data) {
    ByteBuf payload = Headroom.allocate(net.server.memory, data.length());
    payload.writeCharSequence(data, StandardCharsets.US_ASCII);
    net.server.port.deliver(TwoHosts.packet(new TcpSegment(
        new FourTuple(source, port, SERVER, 80), seq, ack, flags, 1000, 0, options, 0, payload, PacketFacts.LOCAL)));
  }

  /** Sends {@code syns} SYNs from addresses that do not exist, and connects a real client in the middle of them. */
  private void flood(int syns) throws SocketException {
    listen(128, SynCookies.ON_OVERFLOW);
    net.recording = false;
    int network = Ipv4Address.parse("10.0.0.0").bits();
    long before = TwoHosts.heldBy(net.server.memory);
    long most = 0;
    TcpSocket real = null;
    for (int i = 0; i < syns; i++) {
      IpAddress source = new Ipv4Address(network + 3 + i % 250);
      arrive(source, 1 + i / 250 % 65_535, TcpSegment.SYN, i * 7919, 0, OFFER, "");
      if (i % 100 == 99) {
        net.settle();
        most = Math.max(most, TwoHosts.heldBy(net.server.memory) - before);
        assertThat(net.server.tcp.connections()).isLessThanOrEqualTo(129);
      }
      if (i == syns / 2) {
        real = connect();
        net.advance(Duration.ofMillis(30));
      }
    }
    net.advance(Duration.ofMillis(30));
    assertThat(most).as("buffers held").isLessThan(100_000);
    assertThat(real.state()).isEqualTo(TcpState.ESTABLISHED);
    assertThat(listener.acceptable()).isOne();
    TcpSocket accepted = listener.accept();
    assertThat(accepted.info().options().sack()).isEqualTo(real.info().options().sack());
    assertThat(accepted.info().options().wscale()).isTrue();
    real.abort();
    net.advance(Duration.ofMillis(30));
    assertThat(accepted.state()).isEqualTo(TcpState.CLOSED);
  }

  @Test
  @Requirement({"RFC4987-3.1-01", "RFC4987-3.7-01", "RFC4987-4-01"})
  void aRealClientConnectsInAFloodAndMemoryStaysBounded() throws SocketException {
    flood(20_000);
  }

  @Test
  @Tag("long")
  @Requirement("RFC4987-4-01")
  void aRealClientConnectsInAFloodOfAMillion() throws SocketException {
    flood(1_000_000);
  }

  @Test
  @Requirement({"RFC4987-4-02", "RFC4987-3.2-01", "RFC4987-3.7-01"})
  void cookiesAreSentOnlyWhenTheQueueIsFull() throws SocketException {
    listen(2, SynCookies.ON_OVERFLOW);
    for (int i = 0; i < 3; i++) {
      arrive(IpAddress.parse("10.0.0.77"), 1000 + i, TcpSegment.SYN, 5, 0, OFFER, "");
    }
    net.settle();
    assertThat(net.server.tcp.connections()).isEqualTo(2);
    assertThat(net.from(SERVER)).hasSize(3).allMatch(s -> s.has(TcpSegment.SYN | TcpSegment.ACK));
    // Only the SYN-ACKs of stored handshakes are retransmitted.
    net.advance(Duration.ofMillis(1500));
    assertThat(net.from(SERVER)).hasSize(5);
  }

  @Test
  @Requirement("RFC4987-3.2-01")
  void withoutCookiesTheSynQueueLimitsHandshakes() throws SocketException {
    listen(2, SynCookies.NEVER);
    for (int i = 0; i < 5; i++) {
      arrive(IpAddress.parse("10.0.0.77"), 1000 + i, TcpSegment.SYN, 5, 0, OFFER, "");
    }
    net.settle();
    assertThat(net.from(SERVER)).hasSize(2);
    assertThat(net.server.drops.get(TcpDrop.SYN_QUEUE_FULL)).isEqualTo(3);
  }

  @Test
  @Requirement({"RFC4987-3.6-01", "RFC4987-3.6-03"})
  void aConnectionFromACookieWorksLikeAnyOther() throws SocketException {
    listen(2, SynCookies.ALWAYS);
    TcpSocket client = connect();
    net.advance(Duration.ofMillis(15));
    assertThat(net.server.tcp.connections()).as("no state is kept").isZero();
    net.advance(Duration.ofMillis(100));
    TcpSocket server = listener.accept();
    assertThat(server.state()).isEqualTo(TcpState.ESTABLISHED);
    assertThat(server.info().options()).isEqualTo(client.info().options());
    assertThat(server.info().mss()).isEqualTo(client.info().mss());
    assertThat(server.info().sendWindow()).isEqualTo(client.info().receiveWindow());
    exchange(client, server);
    exchange(server, client);
    client.close();
    net.advance(Duration.ofSeconds(1));
    server.close();
    net.advance(Duration.ofSeconds(1));
    assertThat(client.closeReport().cause()).isEqualTo(server.closeReport().cause());
  }

  private void exchange(TcpSocket from, TcpSocket to) {
    int bytes = 300_000;
    ByteBuf data = net.bytes(bytes, 0);
    while (data.isReadable()) {
      assertThat(from.write(data)).isPositive();
      net.advance(Duration.ofMillis(200));
    }
    data.release();
    net.advance(Duration.ofSeconds(2));
    long read = 0;
    for (ByteBuf part = to.read(65_536); part != null; part = to.read(65_536)) {
      read += net.checkBytes(part, read);
    }
    assertThat(read).isEqualTo(bytes);
    assertThat(from.acknowledgedBytes()).isGreaterThanOrEqualTo(bytes);
  }

  private int cookie(int port) {
    arrive(CLIENT, port, TcpSegment.SYN, 500, 0, OFFER, "");
    net.settle();
    return net.from(SERVER).getLast().seq();
  }

  @Test
  @Requirement("RFC4987-7.0-01")
  void whenTheAcknowledgementIsLostTheFirstDataOpensTheConnection() throws SocketException {
    listen(2, SynCookies.ALWAYS);
    net.lost = segment -> true;
    int cookie = cookie(6000);
    arrive(CLIENT, 6000, TcpSegment.ACK | TcpSegment.PSH, 501, cookie + 1, TcpOptions.NONE, "hello");
    net.settle();
    TcpSocket server = listener.accept();
    ByteBuf data = server.read(100);
    assertThat(TwoHosts.text(data)).isEqualTo("hello");
    server.abort();
  }

  @Test
  @Requirement({"RFC4987-3.6-02", "RFC9293-3.10.7.2-02"})
  void aForgedOrStaleCookieIsAnsweredWithResetAndCounted() throws SocketException {
    listen(2, SynCookies.ALWAYS);
    net.lost = segment -> true;
    int cookie = cookie(6000);
    net.seen.clear();
    arrive(CLIENT, 6000, TcpSegment.ACK, 501, cookie + 2, TcpOptions.NONE, "");
    arrive(CLIENT, 6001, TcpSegment.ACK, 501, cookie + 1, TcpOptions.NONE, "");
    net.settle();
    assertThat(net.from(SERVER)).hasSize(2).allMatch(s -> s.flags() == TcpSegment.RST)
        .extracting(Seen::seq).containsExactly(cookie + 2, cookie + 1);
    assertThat(net.server.drops.get(TcpDrop.BAD_SYN_COOKIE)).isEqualTo(2);
    net.advance(Duration.ofSeconds(128));
    arrive(CLIENT, 6000, TcpSegment.ACK, 501, cookie + 1, TcpOptions.NONE, "");
    net.settle();
    assertThat(net.server.tcp.connections()).isZero();
    assertThat(net.from(SERVER)).hasSize(3).last().extracting(Seen::flags).isEqualTo(TcpSegment.RST);
  }

  @Test
  void aConnectionFromACookieWaitsForTheAcceptQueue() throws SocketException {
    listen(1, SynCookies.ALWAYS);
    net.lost = segment -> true;
    int first = cookie(6000);
    int second = cookie(6001);
    arrive(CLIENT, 6000, TcpSegment.ACK, 501, first + 1, TcpOptions.NONE, "");
    arrive(CLIENT, 6001, TcpSegment.ACK, 501, second + 1, TcpOptions.NONE, "");
    net.settle();
    assertThat(net.server.drops.get(TcpDrop.ACCEPT_QUEUE_FULL)).isOne();
    assertThat(net.server.tcp.connections()).as("the second connection exists in SYN-RECEIVED").isEqualTo(2);
    listener.accept().abort();
    net.advance(Duration.ofMillis(1100));
    assertThat(net.from(SERVER)).filteredOn(s -> s.flags() == (TcpSegment.SYN | TcpSegment.ACK)).hasSize(3);
    arrive(CLIENT, 6001, TcpSegment.ACK, 501, second + 1, TcpOptions.NONE, "");
    net.settle();
    listener.accept().abort();
    assertThat(listener.accept()).isNull();
  }

  @Test
  @Requirement("RFC4987-3.2-01")
  void theFinalAcknowledgementWaitsWhileTheAcceptQueueIsFull() throws SocketException {
    listen(1, SynCookies.NEVER);
    TcpSocket first = connect();
    net.advance(Duration.ofMillis(100));
    TcpSocket second = connect();
    net.advance(Duration.ofMillis(100));
    // The SYN is dropped while the accept queue is full.
    assertThat(second.state()).isEqualTo(TcpState.SYN_SENT);
    TcpSocket accepted = listener.accept();
    net.advance(Duration.ofSeconds(2));
    assertThat(listener.acceptable()).isOne();
    List.of(first, second, accepted, listener.accept()).forEach(TcpSocket::abort);
  }

  @Test
  void aSynAckIsRetransmittedAsOftenAsConfigured() throws SocketException {
    listener = net.server.tcp.listen(PORT_80, 4, TcpSettings.DEFAULTS.withTimers(timers -> timers.withSynAckRetries(2)),
        () -> {});
    arrive(IpAddress.parse("10.0.0.77"), 1000, TcpSegment.SYN, 5, 0, OFFER, "");
    net.advance(Duration.ofMillis(6900));
    assertThat(net.from(SERVER)).hasSize(3);
    assertThat(net.server.tcp.connections()).isOne();
    net.advance(Duration.ofMillis(200));
    assertThat(net.from(SERVER)).hasSize(3);
    assertThat(net.server.tcp.connections()).isZero();
  }

  @Test
  void closingTheListenerResetsUnacceptedConnections() throws SocketException {
    listen(4, SynCookies.ON_OVERFLOW);
    TcpSocket client = connect();
    net.advance(Duration.ofMillis(100));
    arrive(IpAddress.parse("10.0.0.77"), 1000, TcpSegment.SYN, 5, 0, OFFER, "");
    net.settle();
    assertThat(net.server.tcp.connections()).isEqualTo(2);
    listener.close();
    net.advance(Duration.ofMillis(100));
    assertThat(net.server.tcp.connections()).isZero();
    assertThat(client.state()).isEqualTo(TcpState.CLOSED);
    arrive(IpAddress.parse("10.0.0.77"), 1001, TcpSegment.SYN, 5, 0, OFFER, "");
    net.settle();
    assertThat(net.from(SERVER)).last().extracting(Seen::flags).isEqualTo(TcpSegment.RST | TcpSegment.ACK);
  }
}
