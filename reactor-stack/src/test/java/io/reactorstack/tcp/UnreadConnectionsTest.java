package io.reactorstack.tcp;

import static io.reactorstack.tcp.TwoHosts.CLIENT;
import static io.reactorstack.tcp.TwoHosts.SERVER;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;

/**
 * Ended connections with unread data: in the accept queue, when their four-tuple is used again, after TIME-WAIT, and at
 * a shortage of memory.
 */
class UnreadConnectionsTest {

  private static final Duration SOON = Duration.ofMillis(100);
  private static final Endpoint PORT_80 = new Endpoint(SERVER, 80);
  private static final Endpoint FROM = new Endpoint(CLIENT, 6000);

  private final TwoHosts net = new TwoHosts();
  private TcpListener listener;

  @AfterEach
  void nothingIsLeft() {
    net.client.tcp.stop();
    net.server.tcp.stop();
    net.close();
  }

  private TcpSocket connect(TcpSettings settings) throws SocketException {
    if (listener == null) {
      listener = net.server.tcp.listen(PORT_80, 4, settings, () -> {});
    }
    TcpSocket socket = net.client.tcp.connect(PORT_80, FROM, settings, same -> {});
    net.advance(SOON);
    return socket;
  }

  private void write(TcpSocket to, String text) {
    ByteBuf data = net.buffer(text);
    to.write(data);
    data.release();
    net.advance(SOON);
  }

  private void reset(TcpSocket by) {
    by.abort();
    net.advance(SOON);
  }

  private static String read(TcpSocket from) {
    ByteBuf data = from.read(1000);
    return data == null ? "" : TwoHosts.text(data);
  }

  @Test
  void aConnectionResetBeforeItIsAcceptedIsAcceptedWithItsData() throws SocketException {
    TcpSocket client = connect(TcpSettings.DEFAULTS);
    write(client, "said before the reset");
    reset(client);
    assertThat(net.server.tcp.connections()).isZero();
    assertThat(listener.acceptable()).isOne();
    TcpSocket server = listener.accept();
    assertThat(read(server)).isEqualTo("said before the reset");
    assertThat(server.closeReport().cause()).isEqualTo(CloseCause.RESET_BY_PEER);
  }

  @Test
  void aConnectionResetInTheQueueIsEmittedOnLaterDemand() {
    List<TcpConnection> accepted = new ArrayList<>();
    List<String> seen = new ArrayList<>();
    BaseSubscriber<TcpConnection> acceptor = new BaseSubscriber<>() {
      @Override
      protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {}

      @Override
      protected void hookOnNext(TcpConnection connection) {
        accepted.add(connection);
        connection.receive().map(TwoHosts::text)
            .subscribe(seen::add, error -> seen.add(error.getMessage().replaceFirst(":\\d+$", "")));
      }
    };
    net.server.api.listen(80).subscribe(acceptor);
    List<TcpConnection> clients = new ArrayList<>();
    net.client.api.connect(SERVER.toString(), 80).subscribe(clients::add);
    net.advance(SOON);
    clients.getFirst().send(Mono.just(net.buffer("early"))).subscribe();
    net.advance(SOON);
    clients.getFirst().abort();
    net.advance(SOON);
    acceptor.request(1);
    net.settle();
    assertThat(accepted).hasSize(1);
    assertThat(seen).containsExactly("early", "Connection reset by peer: " + CLIENT);
    acceptor.cancel();
  }

  @Test
  void closingTheListenerReleasesTheDataOfUnacceptedConnections() throws SocketException {
    TcpSocket client = connect(TcpSettings.DEFAULTS);
    write(client, "for nobody");
    reset(client);
    listener.close();
    assertThat(TwoHosts.heldBy(net.server.memory)).isZero();
    assertThat(listener.acceptable()).isZero();
  }

  @Test
  void anUnacceptedConnectionLeavesTheQueueWhenItsDataIsDiscarded() throws SocketException {
    TcpSocket client = connect(TcpSettings.DEFAULTS);
    write(client, "for nobody");
    reset(client);
    net.advance(UnreadConnections.PATIENCE);
    assertThat(listener.acceptable()).isZero();
    assertThat(TwoHosts.heldBy(net.server.memory)).isZero();
  }

  @Test
  void theFourTupleCanBeReusedImmediatelyAndTheOldDataIsKept() throws SocketException {
    TcpSocket first = connect(TcpSettings.DEFAULTS);
    TcpSocket old = listener.accept();
    write(first, "old");
    reset(first);
    TcpSocket second = connect(TcpSettings.DEFAULTS);
    TcpSocket young = listener.accept();
    write(second, "new");
    assertThat(young).isNotSameAs(old);
    assertThat(young.remote()).isEqualTo(old.remote());
    assertThat(read(young)).isEqualTo("new");
    assertThat(read(old)).isEqualTo("old");
    second.abort();
  }

  /** Returns the server's socket of a connection that is in TIME-WAIT there and has unread data. */
  private TcpSocket timeWaitWithData() throws SocketException {
    TcpSocket client = connect(TcpSettings.DEFAULTS);
    TcpSocket server = listener.accept();
    server.shutdownOutput();
    net.advance(SOON);
    write(client, "last words");
    client.close();
    net.advance(SOON);
    assertThat(server.state()).isEqualTo(TcpState.TIME_WAIT);
    return server;
  }

  @Test
  void aNewConnectionOfThePeerReplacesOneInTimeWaitAndItsDataIsKept() throws SocketException {
    TcpSocket old = timeWaitWithData();
    TcpSocket client = connect(TcpSettings.DEFAULTS);
    assertThat(client.state()).isEqualTo(TcpState.ESTABLISHED);
    assertThat(old.state()).isEqualTo(TcpState.CLOSED);
    assertThat(read(old)).isEqualTo("last words");
    assertThat(old.isInputFinished()).isTrue();
    assertThat(old.closeReport().cause()).isEqualTo(CloseCause.FINISHED);
    client.abort();
  }

  @Test
  void aNewLocalConnectionReplacesOneInTimeWaitAndItsDataIsKept() throws SocketException {
    TcpSocket client = connect(TcpSettings.DEFAULTS);
    TcpSocket server = listener.accept();
    client.shutdownOutput();
    net.advance(SOON);
    write(server, "last words");
    server.close();
    net.advance(Duration.ofSeconds(2));
    assertThat(client.state()).isEqualTo(TcpState.TIME_WAIT);
    TcpSocket next = connect(TcpSettings.DEFAULTS);
    assertThat(next.state()).isEqualTo(TcpState.ESTABLISHED);
    assertThat(read(client)).isEqualTo("last words");
    assertThat(client.isInputFinished()).isTrue();
    next.abort();
  }

  @Test
  void dataIsKeptWhenTimeWaitEndsEarly() throws SocketException {
    net.server.tcp.maxTimeWait(0);
    TcpSocket client = connect(TcpSettings.DEFAULTS);
    TcpSocket server = listener.accept();
    server.shutdownOutput();
    net.advance(SOON);
    write(client, "last words");
    client.close();
    net.advance(SOON);
    assertThat(net.server.drops.get(TcpDrop.TIME_WAIT_OVERFLOW)).isOne();
    assertThat(server.state()).isEqualTo(TcpState.CLOSED);
    assertThat(read(server)).isEqualTo("last words");
  }

  @Test
  void fastOpenDataIsReadableAfterTheHandshakeIsReset() throws SocketException {
    TcpSettings fast = TcpSettings.DEFAULTS.withSecurity(security -> security.withFastOpen(true));
    TcpSocket introduction = connect(fast);
    listener.accept();
    reset(introduction);
    TcpSocket client = net.client.tcp.connect(PORT_80, FROM, fast, same -> {});
    ByteBuf data = net.buffer("with the SYN");
    client.write(data);
    data.release();
    // The SYN arrives, but the SYN-ACK is lost.
    net.lost = segment -> segment.source().equals(SERVER);
    net.advance(SOON);
    net.lost = segment -> false;
    client.abort();
    net.advance(Duration.ofSeconds(10));
    TcpSocket server = listener.accept();
    assertThat(server.closeReport().cause()).isEqualTo(CloseCause.RESET_BY_PEER);
    assertThat(read(server)).isEqualTo("with the SYN");
  }

  @Test
  void shortageOfMemoryDiscardsDataWithoutAReader() {
    TwoHosts.Pair unread = net.open(81);
    TwoHosts.Pair read = net.open(82);
    BaseSubscriber<ByteBuf> slow = new BaseSubscriber<>() {
      @Override
      protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {}
    };
    read.server().receive().subscribe(slow);
    for (TcpConnection client : List.of(unread.client(), read.client())) {
      client.send(Mono.just(net.buffer("last words"))).subscribe();
      net.advance(SOON);
      client.abort();
      net.advance(SOON);
    }
    long both = TwoHosts.heldBy(net.server.memory);
    assertThat(net.server.tcp.leftovers().giveUpOldest()).isTrue();
    assertThat(TwoHosts.heldBy(net.server.memory)).isEqualTo(both / 2);
    assertThat(net.server.tcp.leftovers().giveUpOldest()).as("the other connection has a reader").isFalse();
    slow.cancel();
    net.settle();
    assertThat(TwoHosts.heldBy(net.server.memory)).isZero();
  }

  @Test
  void endedConnectionsWithAReaderCountAsUnfinished() {
    TwoHosts.Pair pair = net.open(81);
    List<String> seen = new ArrayList<>();
    BaseSubscriber<ByteBuf> slow = new BaseSubscriber<>() {
      @Override
      protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {}

      @Override
      protected void hookOnNext(ByteBuf buffer) {
        seen.add(TwoHosts.text(buffer));
      }

      @Override
      protected void hookOnError(Throwable cause) {}
    };
    pair.client().send(Mono.just(net.buffer("x"))).subscribe();
    net.advance(SOON);
    pair.client().abort();
    net.advance(SOON);
    assertThat(net.server.tcp.unfinishedConnections()).as("no reader").isZero();
    pair.server().receive().subscribe(slow);
    net.settle();
    assertThat(net.server.tcp.unfinishedConnections()).isOne();
    slow.request(1);
    net.settle();
    assertThat(seen).containsExactly("x");
    assertThat(net.server.tcp.unfinishedConnections()).isZero();
  }
}
