package io.reactorstack.dns.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.reactorstack.packet.Endpoint;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.resources.LoopResources;
import reactor.test.StepVerifier;

/** TCP connections on real sockets of the loopback; the test is the server. */
@ParameterizedClass(name = "native {0}")
@ValueSource(booleans = {true, false})
class KernelTcpTest {

  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final LoopResources resources = LoopResources.create("dns-tcp", 1, true);
  private final Scheduler onLoop;
  private final KernelTransport transport;
  private ServerSocket listener;
  private Socket server;

  KernelTcpTest(boolean nativeLoop) {
    EventLoop loop = resources.onClient(nativeLoop).next();
    this.onLoop = Schedulers.fromExecutor(loop);
    this.transport = new KernelTransport(loop, resources, new UnpredictableNumbers(), given -> given);
  }

  @BeforeEach
  void listen() throws IOException {
    listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    listener.setSoTimeout((int) LIMIT.toMillis());
  }

  @AfterEach
  void close() throws IOException {
    listener.close();
    if (server != null) {
      server.close();
    }
    resources.disposeLater(Duration.ZERO, LIMIT).block();
  }

  private Mono<DnsConnection> connecting() {
    return transport.connect(Endpoint.of((InetSocketAddress) listener.getLocalSocketAddress()))
        .subscribeOn(onLoop).cancelOn(onLoop);
  }

  private DnsConnection connect() throws IOException {
    DnsConnection connection = connecting().block(LIMIT);
    server = listener.accept();
    server.setSoTimeout((int) LIMIT.toMillis());
    server.setTcpNoDelay(true);
    return connection;
  }

  private void onLoop(Runnable task) {
    Mono.fromRunnable(task).subscribeOn(onLoop).block(LIMIT);
  }

  private Flux<Byte> messages(DnsConnection connection) {
    return connection.messages().map(message -> message[0]).subscribeOn(onLoop).cancelOn(onLoop);
  }

  private static byte[] read(DataInputStream in) throws IOException {
    byte[] message = new byte[in.readUnsignedShort()];
    in.readFully(message);
    return message;
  }

  @Test
  void severalQueriesAreUnderWayAndAnswersComeByteByByte() throws Exception {
    DnsConnection connection = connect();
    CompletableFuture<List<Byte>> got = messages(connection).take(3).collectList().toFuture();
    onLoop(() -> {
      for (int i = 1; i <= 3; i++) {
        connection.send(new byte[] {(byte) i, 0, 0});
      }
    });
    DataInputStream in = new DataInputStream(server.getInputStream());
    byte[][] queries = {read(in), read(in), read(in)};
    for (int i = 2; i >= 0; i--) { // answers in another order than the queries
      for (byte octet : new byte[] {0, 2, queries[i][0], 9}) {
        server.getOutputStream().write(octet);
        server.getOutputStream().flush();
      }
    }
    assertThat(got.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).containsExactly((byte) 3, (byte) 2, (byte) 1);
  }

  @Test
  void requestsDriveTheReading() throws Exception {
    DnsConnection connection = connect();
    DataOutputStream out = new DataOutputStream(server.getOutputStream());
    out.write(new byte[] {0, 1, 5, 0, 1, 6});
    StepVerifier.create(messages(connection), 0)
        .expectSubscription()
        .thenRequest(1).expectNext((byte) 5)
        .thenRequest(1).expectNext((byte) 6)
        .then(() -> {
          try {
            out.write(new byte[] {0, 1, 7});
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        })
        .thenRequest(1).expectNext((byte) 7)
        .thenCancel().verify(LIMIT);
  }

  @Test
  void completesWhenTheServerClosesInsideAMessage() throws Exception {
    DnsConnection connection = connect();
    server.getOutputStream().write(new byte[] {0, 1, 5, 0, 9, 1});
    server.shutdownOutput();
    StepVerifier.create(messages(connection)).expectNext((byte) 5).expectComplete().verify(LIMIT);
    assertThat(server.getInputStream().read()).as("the client closes too").isEqualTo(-1);
    onLoop(() -> connection.send(new byte[1])); // has no effect
    onLoop(connection::close);
  }

  @Test
  void failsWhenTheServerResets() throws Exception {
    DnsConnection connection = connect();
    server.setSoLinger(true, 0);
    server.close();
    StepVerifier.create(messages(connection)).expectError(IOException.class).verify(LIMIT);
  }

  @Test
  void failsIfTheServerWasGoneBeforeAnybodyReads() throws Exception {
    DnsConnection connection = connect();
    server.setSoLinger(true, 0);
    server.close();
    onLoop(() -> connection.send(new byte[1]));
    onLoop(() -> connection.send(new byte[1]));
    StepVerifier.create(messages(connection)).expectError(IOException.class).verify(LIMIT);
  }

  @Test
  void closeSendsWhatWasGivenBefore() throws Exception {
    DnsConnection connection = connect();
    int messages = 40;
    onLoop(() -> {
      for (int i = 0; i < messages; i++) { // more than the socket buffers take
        connection.send(new byte[60_000]);
      }
      connection.close();
      connection.send(new byte[] {1}); // too late
      connection.close();
    });
    DataInputStream in = new DataInputStream(server.getInputStream());
    for (int i = 0; i < messages; i++) {
      assertThat(read(in)).hasSize(60_000);
    }
    assertThat(in.read()).isEqualTo(-1);
  }

  @Test
  void cancellationClosesTheConnection() throws Exception {
    DnsConnection connection = connect();
    Disposable reading = messages(connection).subscribe();
    onLoop(() -> connection.send(new byte[] {1}));
    reading.dispose();
    DataInputStream in = new DataInputStream(server.getInputStream());
    assertThat(read(in)).containsExactly(1);
    assertThat(in.read()).isEqualTo(-1);
  }

  @Test
  void reportsARefusedConnection() throws Exception {
    Mono<DnsConnection> connecting = connecting();
    listener.close();
    StepVerifier.create(connecting).expectError(IOException.class).verify(LIMIT);
  }

  @Test
  void cancellationAbandonsTheAttempt() throws Exception {
    try (Socket first = new Socket(listener.getInetAddress(), listener.getLocalPort());
        Socket second = new Socket(listener.getInetAddress(), listener.getLocalPort())) {
      // The queue of the listener is full, so the kernel does not answer the next SYN.
      assertThat(first.isConnected() && second.isConnected()).isTrue();
      Disposable attempt = connecting().subscribe();
      awaitSockets(3);
      attempt.dispose();
      awaitSockets(2);
    }
  }

  /** Lets the loop run until this number of sockets is connected, or connecting, to the server. */
  private void awaitSockets(long number) throws IOException {
    for (int i = 0; i < 1000 && KernelSockets.connectedTo("tcp", listener.getLocalPort()) != number; i++) {
      onLoop(() -> {});
    }
    assertThat(KernelSockets.connectedTo("tcp", listener.getLocalPort())).isEqualTo(number);
  }
}
