package io.reactorstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.tcp.TwoHosts.Pair;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpSettings;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/**
 * Data that was received in order, and so acknowledged, before the end of a connection is emitted as demand allows;
 * then the end is signalled, whatever its cause.
 */
class DataBeforeEndTest {

  private static final Duration SOON = Duration.ofSeconds(1);

  private final TwoHosts net = new TwoHosts();

  @AfterEach
  void nothingIsLeft() {
    net.client.tcp.stop();
    net.server.tcp.stop();
    net.close();
  }

  /** A subscriber that records its signals. */
  private static final class Probe implements CoreSubscriber<ByteBuf> {

    final List<String> signals = new ArrayList<>();
    private final long first;
    private final long after;
    Subscription subscription;

    /**
     * Creates a subscriber that requests {@code first} buffers initially, and {@code after} more for each one received.
     */
    Probe(long first, long after) {
      this.first = first;
      this.after = after;
    }

    @Override
    public void onSubscribe(Subscription s) {
      subscription = s;
      request(first);
    }

    private void request(long n) {
      if (n > 0) {
        subscription.request(n);
      }
    }

    @Override
    public void onNext(ByteBuf data) {
      signals.add(TwoHosts.text(data));
      request(after);
    }

    @Override
    public void onError(Throwable cause) {
      // Remove the port, which was chosen at random.
      signals.add(cause.getMessage().replaceFirst(":\\d+$", ""));
    }

    @Override
    public void onComplete() {
      signals.add("complete");
    }

  }

  private static final Endpoint PORT_80 = new Endpoint(TwoHosts.SERVER, 80);
  private static final String TEN = "0123456789";
  private static final String RESET = "Connection reset by peer: " + TwoHosts.CLIENT;
  private static final String STOPPED = "Network stack stopped: " + TwoHosts.CLIENT;

  private static Probe read(TcpConnection connection, long first, long after) {
    Probe probe = new Probe(first, after);
    connection.receive().subscribe(probe);
    return probe;
  }

  private void send(TcpConnection from, String text) {
    from.send(Mono.just(net.buffer(text))).subscribe();
    net.settle();
  }

  /** The client sends data and a RST at the same instant; both reach the server in one batch of its device. */
  private void tenOctetsAndReset(Pair pair) {
    send(pair.client(), TEN);
    pair.client().abort();
    net.advance(SOON);
    assertThat(net.server.tcp.connections()).as("the connection has ended").isZero();
  }

  private long heldByServer() {
    return TwoHosts.heldBy(net.server.memory);
  }

  private CloseCause failureOfSend(TcpConnection connection) {
    List<Throwable> errors = new ArrayList<>();
    connection.send(Mono.just(net.buffer("x"))).subscribe(nothing -> {}, errors::add);
    net.settle();
    assertThat(errors).hasSize(1);
    return ((TcpException) errors.getFirst()).closeCause();
  }

  @Test
  void deliversDataBeforeAResetOfTheSameBatch() {
    Pair pair = net.open(80);
    Probe probe = read(pair.server(), Long.MAX_VALUE, 0);
    net.settle();
    tenOctetsAndReset(pair);
    assertThat(probe.signals).containsExactly(TEN, RESET);
  }

  @Test
  void deliversDataBeforeAResetOfALaterBatch() {
    Pair pair = net.open(80);
    Probe probe = read(pair.server(), 0, 0);
    send(pair.client(), TEN);
    net.advance(SOON);
    pair.client().abort();
    net.advance(SOON);
    assertThat(probe.signals).isEmpty();
    probe.subscription.request(Long.MAX_VALUE);
    net.settle();
    assertThat(probe.signals).containsExactly(TEN, RESET);
  }

  @Test
  void deliversDataToDemandThatComesAfterTheReset() {
    Pair pair = net.open(80);
    Probe probe = read(pair.server(), 0, 0);
    net.settle();
    tenOctetsAndReset(pair);
    assertThat(probe.signals).isEmpty();
    net.advance(Duration.ofHours(1));
    probe.subscription.request(1);
    net.settle();
    assertThat(probe.signals).containsExactly(TEN, RESET);
    assertThat(heldByServer()).isZero();
  }

  @Test
  void deliversDataToASubscriberThatComesAfterTheReset() {
    Pair pair = net.open(80);
    tenOctetsAndReset(pair);
    Probe probe = read(pair.server(), 1, 0);
    net.settle();
    assertThat(probe.signals).containsExactly(TEN, RESET);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void deliversOneBufferPerRequestBeforeTheReset(boolean askedForInOnNext) {
    Pair pair = net.open(80);
    Probe probe = read(pair.server(), askedForInOnNext ? 1 : 0, askedForInOnNext ? 1 : 0);
    List<String> sent = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      sent.add(String.valueOf((char) ('a' + i % 26)).repeat(1000));
      send(pair.client(), sent.getLast());
    }
    net.advance(SOON);
    pair.client().abort();
    net.advance(SOON);
    for (int i = 0; !askedForInOnNext && !probe.signals.contains(RESET) && i < 100; i++) {
      assertThat(probe.signals).hasSize(i);
      probe.subscription.request(1);
      net.settle();
    }
    assertThat(probe.signals.removeLast()).isEqualTo(RESET);
    assertThat(probe.signals).as("buffers").hasSizeGreaterThan(1);
    assertThat(String.join("", probe.signals)).isEqualTo(String.join("", sent));
  }

  @Test
  void theWriterAndTheReportDoNotWaitForTheReader() {
    Pair pair = net.open(80);
    Probe probe = read(pair.server(), 0, 0);
    List<Throwable> unacknowledged = new ArrayList<>();
    List<CloseReport> reports = new ArrayList<>();
    pair.server().onClose().subscribe(reports::add);
    net.settle();
    pair.server().sendAcknowledged(Mono.just(net.buffer("never arrives"))).subscribe(n -> {}, unacknowledged::add);
    tenOctetsAndReset(pair);
    assertThat(probe.signals).isEmpty();
    assertThat(reports).extracting(CloseReport::cause).containsExactly(CloseCause.RESET_BY_PEER);
    assertThat(unacknowledged).singleElement().isInstanceOf(TcpException.class);
    assertThat(failureOfSend(pair.server())).isEqualTo(CloseCause.RESET_BY_PEER);
    probe.subscription.request(9);
    net.settle();
    assertThat(probe.signals).containsExactly(TEN, RESET);
  }

  @Test
  void aResetAfterTheFinCompletesTheStream() {
    Pair pair = net.open(80);
    send(pair.client(), TEN);
    pair.client().shutdownOutput().subscribe(nothing -> {}, error -> {});
    net.settle();
    pair.client().abort();
    net.advance(SOON);
    assertThat(net.server.tcp.connections()).isZero();
    Probe probe = read(pair.server(), 1, 0);
    net.settle();
    assertThat(probe.signals).as("as on Linux: the FIN had ended the stream").containsExactly(TEN,
        "complete");
    assertThat(failureOfSend(pair.server())).isEqualTo(CloseCause.RESET_BY_PEER);
  }

  @Test
  void deliversDataBeforeAResetAfterALocalHalfClose() {
    Pair pair = net.open(80);
    Probe probe = read(pair.server(), 0, 0);
    pair.server().shutdownOutput().subscribe(nothing -> {}, error -> {});
    net.advance(SOON);
    tenOctetsAndReset(pair);
    probe.subscription.request(1);
    net.settle();
    assertThat(probe.signals).containsExactly(TEN, RESET);
  }

  @Test
  void dataBeyondAGapIsNotDelivered() {
    Pair pair = net.open(80);
    send(pair.client(), TEN);
    net.advance(SOON);
    net.lost = segment -> segment.length() > 0 && segment.source().equals(TwoHosts.CLIENT);
    send(pair.client(), "lost in the net");
    net.lost = segment -> false;
    send(pair.client(), "beyond the gap");
    // The RST has the sequence number of the stream's end, so it takes effect only after a challenge ACK (RFC 5961
    // 3.2).
    pair.client().abort();
    net.advance(SOON);
    assertThat(net.server.tcp.connections()).isZero();
    Probe probe = read(pair.server(), 9, 0);
    net.settle();
    assertThat(probe.signals).containsExactly(TEN, RESET);
  }

  /** Events that end the server's connection without an action of the peer or of the application. */
  private enum End {
    USER_TIMEOUT("Connection timed out") {
      @Override
      void happens(TwoHosts net, Pair pair) {
        net.lost = segment -> true;
        pair.server().options(o -> o.userTimeout(Duration.ofSeconds(10)));
        pair.server().send(Mono.just(net.buffer("to nobody"))).subscribe();
        net.advance(Duration.ofMinutes(1));
        net.lost = segment -> false;
      }
    },
    KEEP_ALIVE("Connection timed out") {
      @Override
      void happens(TwoHosts net, Pair pair) {
        net.lost = segment -> true;
        pair.server().options(o -> o.keepAlive(true, Duration.ofSeconds(1), Duration.ofSeconds(1), 3));
        net.advance(Duration.ofSeconds(10));
        net.lost = segment -> false;
      }
    },
    ADDRESS_REMOVED("Software caused connection abort") {
      @Override
      void happens(TwoHosts net, Pair pair) {
        net.server.tcp.onAddressRemoval(TwoHosts.SERVER);
      }
    },
    DEVICE_FAILED("Network is down") {
      @Override
      void happens(TwoHosts net, Pair pair) {
        net.server.port.fail();
      }
    };

    private final String text;

    End(String text) {
      this.text = text;
    }

    abstract void happens(TwoHosts net, Pair pair);
  }

  @ParameterizedTest
  @EnumSource
  void everyOtherEndIsSignalledAfterTheData(End end) {
    Pair pair = net.open(80);
    send(pair.client(), TEN);
    net.advance(SOON);
    end.happens(net, pair);
    net.settle();
    assertThat(net.server.tcp.connections()).isZero();
    Probe probe = read(pair.server(), 1, 0);
    net.settle();
    assertThat(probe.signals).containsExactly(TEN, end.text + ": " + TwoHosts.CLIENT);
    pair.client().abort();
  }

  @Test
  void dataRemainsReadableAfterAnInternalError() throws SocketException {
    TcpListener listener = net.server.tcp.listen(PORT_80, 4, TcpSettings.DEFAULTS, () -> {});
    TcpSocket client = net.client.tcp.connect(PORT_80, null, TcpSettings.DEFAULTS, socket -> {});
    net.advance(SOON);
    write(client, TEN);
    net.advance(SOON);
    TcpSocket server = listener.accept();
    server.fault(new IllegalStateException("the test's own"));
    assertThat(server.closeReport().cause()).isEqualTo(CloseCause.ABORTED);
    assertThat(TwoHosts.text(server.read(100))).isEqualTo(TEN);
    assertThat(heldByServer()).isZero();
    listener.close();
  }

  private void write(TcpSocket socket, String text) {
    ByteBuf data = net.buffer(text);
    socket.write(data);
    data.release();
  }

  @Test
  void stoppingTheStackDeliversRequestedDataAndDiscardsTheRest() {
    Pair asked = net.open(80);
    Pair unasked = net.open(81);
    Pair ended = net.open(82);
    Pair unread = net.open(83);
    Probe eager = read(asked.server(), Long.MAX_VALUE, 0);
    Probe lazy = read(unasked.server(), 0, 0);
    Probe late = read(ended.server(), 0, 0);
    send(ended.client(), TEN);
    send(unasked.client(), TEN);
    send(unread.client(), TEN);
    ended.client().abort();
    net.advance(SOON);
    send(asked.client(), TEN);
    // The stack stops in the same batch in which the data arrives.
    net.loop.schedule(net.server.tcp::stop, net.delay.toNanos(), TimeUnit.NANOSECONDS);
    net.advance(SOON);
    assertThat(eager.signals).containsExactly(TEN, STOPPED);
    assertThat(lazy.signals).containsExactly(STOPPED);
    assertThat(late.signals).containsExactly(RESET);
    assertThat(heldByServer()).isZero();
    Probe tooLate = read(unread.server(), 1, 0);
    net.settle();
    assertThat(tooLate.signals).containsExactly(STOPPED);
  }

  @Test
  void stoppingTheStackFailsAStreamThatWasClosedButNotReadToItsEnd() {
    Pair pair = net.open(80);
    Probe probe = read(pair.server(), 0, 0);
    send(pair.client(), TEN);
    pair.client().shutdownOutput().subscribe();
    net.advance(SOON);
    pair.server().shutdownOutput().subscribe();
    net.advance(SOON);
    assertThat(net.server.tcp.connections()).isZero();
    net.server.tcp.stop();
    net.settle();
    assertThat(probe.signals).containsExactly(STOPPED);
    assertThat(heldByServer()).isZero();
  }

  @Test
  void abortDiscardsUnreadData() {
    Pair pair = net.open(80);
    Probe probe = read(pair.server(), 0, 0);
    send(pair.client(), TEN);
    net.advance(SOON);
    pair.server().abort();
    net.settle();
    assertThat(probe.signals).containsExactly("Connection aborted: " + TwoHosts.CLIENT);
    assertThat(heldByServer()).isZero();
  }

  /** Calls of the user that release the data left by an ended connection. */
  private enum Release {
    CANCEL(false) {
      @Override
      void call(Probe probe, TcpConnection connection) {
        probe.subscription.cancel();
      }
    },
    BAD_REQUEST(true) {
      @Override
      void call(Probe probe, TcpConnection connection) {
        probe.subscription.request(0);
      }
    },
    CLOSE(true) {
      @Override
      void call(Probe probe, TcpConnection connection) {
        connection.close().subscribe();
      }
    },
    ABORT(true) {
      @Override
      void call(Probe probe, TcpConnection connection) {
        connection.abort();
      }
    };

    private final boolean told;

    Release(boolean told) {
      this.told = told;
    }

    abstract void call(Probe probe, TcpConnection connection);
  }

  @ParameterizedTest
  @EnumSource
  void userCallsReleaseTheDataOfAnEndedConnection(Release release) {
    Pair pair = net.open(80);
    Probe probe = read(pair.server(), 0, 0);
    net.settle();
    tenOctetsAndReset(pair);
    assertThat(heldByServer()).isPositive();
    release.call(probe, pair.server());
    net.settle();
    assertThat(heldByServer()).isZero();
    assertThat(probe.signals).hasSize(release.told ? 1 : 0);
    probe.subscription.request(1);
    net.settle();
    assertThat(probe.signals).hasSize(release.told ? 1 : 0);
  }

  @Test
  void closingAnEndedConnectionWithoutAReaderReleasesItsData() {
    Pair pair = net.open(80);
    tenOctetsAndReset(pair);
    List<String> closed = new ArrayList<>();
    pair.server().close().subscribe(nothing -> {}, error -> closed.add("error"), () -> closed.add("complete"));
    net.settle();
    assertThat(closed).containsExactly("complete");
    assertThat(heldByServer()).isZero();
    Probe probe = read(pair.server(), 1, 0);
    net.settle();
    assertThat(probe.signals).containsExactly(RESET);
  }

  @Test
  void dataWithoutAReaderIsNotKeptForEver() {
    Pair pair = net.open(80);
    tenOctetsAndReset(pair);
    net.advance(UnreadConnections.PATIENCE.minus(SOON.multipliedBy(2)));
    assertThat(heldByServer()).isPositive();
    net.advance(SOON.multipliedBy(2));
    assertThat(heldByServer()).isZero();
    assertThat(net.server.drops.get(TcpDrop.UNREAD_LEFTOVERS)).isOne();
    Probe probe = read(pair.server(), 1, 0);
    net.settle();
    assertThat(probe.signals).containsExactly(RESET);
  }

  @Test
  void dataWithoutAReaderIsBoundedAndTheOldestIsDiscardedFirst() {
    int each = 60_000;
    int connections = UnreadConnections.MAX_UNCLAIMED / each + 10;
    List<TcpConnection> servers = new ArrayList<>();
    List<TcpConnection> clients = new ArrayList<>();
    net.server.api.listen(80).subscribe(servers::add);
    Tcp api = net.client.api.sendBuffer(each);
    for (int i = 0; i < connections; i++) {
      api.connect(TwoHosts.SERVER.toString(), 80).subscribe(clients::add);
      net.advance(Duration.ofMillis(40));
      clients.getLast().send(Mono.just(net.bytes(each, 0))).subscribe();
      net.advance(Duration.ofMillis(200));
      clients.getLast().abort();
      net.advance(Duration.ofMillis(40));
    }
    assertThat(net.server.tcp.connections()).isZero();
    assertThat(heldByServer()).isBetween(UnreadConnections.MAX_UNCLAIMED / 2L, (long) UnreadConnections.MAX_UNCLAIMED);
    assertThat(net.server.drops.get(TcpDrop.UNREAD_LEFTOVERS)).isPositive();
    Probe oldest = read(servers.getFirst(), Long.MAX_VALUE, 0);
    Probe newest = read(servers.getLast(), Long.MAX_VALUE, 0);
    net.settle();
    assertThat(oldest.signals).containsExactly(RESET);
    assertThat(String.join("", newest.signals)).hasSize(each + RESET.length()).endsWith(RESET);
  }
}
