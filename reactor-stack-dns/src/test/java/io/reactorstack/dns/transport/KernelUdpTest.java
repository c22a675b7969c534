package io.reactorstack.dns.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.testing.Requirement;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.resources.LoopResources;
import reactor.test.StepVerifier;

/** UDP queries on real sockets of the loopback; the test is the server. */
@ParameterizedClass(name = "native {0}, {1}")
@CsvSource({"true, 127.0.0.1", "false, 127.0.0.1", "true, ::1", "false, ::1"})
class KernelUdpTest {

  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final byte[] QUERY = {7, 7, 1};

  private final LoopResources resources = LoopResources.create("dns-udp", 1, true);
  private final InetAddress address;
  private final EventLoop loop;
  private final Scheduler onLoop;
  private final KernelTransport transport;
  private DatagramSocket server;
  private Endpoint endpoint;

  KernelUdpTest(boolean nativeLoop, String address) throws IOException {
    this.address = InetAddress.getByName(address);
    this.loop = resources.onClient(nativeLoop).next();
    this.onLoop = Schedulers.fromExecutor(loop);
    this.transport = new KernelTransport(loop, resources, new UnpredictableNumbers(), given -> given);
  }

  @BeforeEach
  void open() throws IOException {
    server = new DatagramSocket(new InetSocketAddress(address, 0));
    server.setSoTimeout((int) LIMIT.toMillis());
    endpoint = Endpoint.of((InetSocketAddress) server.getLocalSocketAddress());
  }

  @AfterEach
  void close() {
    server.close();
    resources.disposeLater(Duration.ZERO, LIMIT).block();
  }

  private Flux<byte[]> ask() {
    return transport.overUdp(QUERY, endpoint).subscribeOn(onLoop).cancelOn(onLoop);
  }

  /** Asks one query, and cancels while the answer is being emitted, as a resolver does. */
  private Mono<byte[]> askForOne() {
    return transport.overUdp(QUERY, endpoint).next().subscribeOn(onLoop);
  }

  private DatagramPacket receive() throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[8192], 8192);
    server.receive(packet);
    return packet;
  }

  private static void send(DatagramSocket from, DatagramPacket query, byte... payload) throws IOException {
    from.send(new DatagramPacket(payload, payload.length, query.getSocketAddress()));
  }

  /** Resolves once all tasks that the loop has now are done. */
  private void settle() {
    Mono.fromRunnable(() -> {}).subscribeOn(onLoop).block(LIMIT);
  }

  /** Lets the loop run until the kernel has closed all sockets; NIO closes one in its next select. */
  private void awaitClosed() throws IOException {
    for (int i = 0; i < 1000 && KernelSockets.connectedTo("udp", server.getLocalPort()) > 0; i++) {
      settle();
    }
    assertThat(KernelSockets.connectedTo("udp", server.getLocalPort())).isZero();
  }

  /** Asks one query, answers it, and returns the port from which it came. */
  private int exchange() throws IOException {
    Sinks.One<byte[]> answer = Sinks.one();
    askForOne().subscribe(answer::tryEmitValue, answer::tryEmitError);
    DatagramPacket query = receive();
    send(server, query, (byte) 9);
    assertThat(answer.asMono().block(LIMIT)).containsExactly(9);
    settle();
    return query.getPort();
  }

  @Test
  void sendsTheQueryAndEmitsEveryDatagramOfTheServer() throws IOException {
    List<byte[]> got = new ArrayList<>();
    Sinks.Empty<Void> two = Sinks.empty();
    Disposable asking = ask().take(2).subscribe(got::add, two::tryEmitError, two::tryEmitEmpty);
    DatagramPacket query = receive();
    assertThat(query.getData()).startsWith(QUERY);
    assertThat(query.getLength()).isEqualTo(QUERY.length);
    send(server, query, (byte) 1, (byte) 2);
    send(server, query, (byte) 3);
    two.asMono().block(LIMIT);
    assertThat(got).usingRecursiveComparison().isEqualTo(List.of(new byte[] {1, 2}, new byte[] {3}));
    assertThat(asking.isDisposed()).isTrue();
  }

  @Test
  @Requirement("RFC5452-9.1-01")
  void ignoresDatagramsFromOtherPortsAndAddresses() throws IOException {
    Sinks.One<byte[]> first = Sinks.one();
    ask().next().subscribe(first::tryEmitValue, first::tryEmitError);
    DatagramPacket query = receive();
    try (DatagramSocket otherPort = new DatagramSocket(new InetSocketAddress(address, 0))) {
      send(otherPort, query, (byte) 66);
    }
    if (endpoint.address().isV4()) {
      try (
          DatagramSocket otherAddress = new DatagramSocket(new InetSocketAddress("127.0.0.2", server.getLocalPort()))) {
        send(otherAddress, query, (byte) 67);
      }
    }
    send(server, query, (byte) 1);
    assertThat(first.asMono().block(LIMIT)).containsExactly(1);
  }

  @Test
  void reportsAnUnreachableServerAtOnce() {
    server.close();
    StepVerifier.create(ask()).expectError(IOException.class).verify(LIMIT);
  }

  @Test
  void reportsADestinationThatCannotBeUsed() {
    endpoint = new Endpoint(endpoint.address(), 0);
    StepVerifier.create(ask()).expectError(IOException.class).verify(LIMIT);
    assertThat(loop.isShuttingDown()).isFalse();
  }

  @Test
  void receivesAtMostFourKibibytesOfADatagram() throws IOException {
    Sinks.One<byte[]> first = Sinks.one();
    ask().next().subscribe(first::tryEmitValue, first::tryEmitError);
    send(server, receive(), new byte[6000]);
    assertThat(first.asMono().block(LIMIT)).hasSize(QuerySocket.MAX_DATAGRAM);
  }

  @Test
  void cancellationClosesTheSocket() throws IOException {
    Disposable asking = ask().subscribe();
    receive();
    assertThat(KernelSockets.connectedTo("udp", server.getLocalPort())).isEqualTo(1);
    asking.dispose();
    awaitClosed();
  }

  @Test
  @Requirement({"RFC5452-9.2-02"})
  void simultaneousQueriesHaveDifferentPorts() throws IOException {
    Set<Integer> used = new HashSet<>();
    for (int i = 0; i < 3; i++) { // idle sockets, which the second round takes first
      exchange();
    }
    List<Disposable> asking = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      asking.add(ask().subscribe());
      used.add(receive().getPort());
    }
    asking.forEach(Disposable::dispose);
    assertThat(used).hasSize(100);
  }

  @Test
  @Requirement("RFC5452-9.2-01")
  void portsAreSpreadOverTheWholeRange() throws IOException {
    int draws = 2000;
    Set<Integer> ports = new HashSet<>();
    BitSet parts = new BitSet();
    for (int i = 0; i < draws; i++) {
      Disposable asking = ask().subscribe();
      int port = receive().getPort();
      asking.dispose(); // no answer, so the port is not used again
      ports.add(port);
      parts.set(port / 1024);
    }
    // The number of pairs with equal ports is Poisson with a mean of 31; more than 90 have a probability below 1e-15.
    assertThat(ports).hasSizeGreaterThan(draws - 90).allMatch(port -> port >= 1024);
    // 63 parts of 1024 ports with 31.7 draws each: that one is empty has a probability of 63 exp(-31.7) = 1e-12.
    assertThat(parts.nextClearBit(1)).isEqualTo(64);
  }

  @Test
  void aPortServesAFewAnsweredQueries() throws IOException {
    int queries = 5 * QuerySockets.MAX_USES;
    Map<Integer, Integer> uses = new HashMap<>();
    for (int i = 0; i < queries; i++) {
      uses.merge(exchange(), 1, Integer::sum);
    }
    // A new port may be an old one by chance: not five times the same.
    assertThat(uses.values()).allMatch(count -> count % QuerySockets.MAX_USES == 0);
    assertThat(uses).hasSizeGreaterThan(1).hasSizeLessThanOrEqualTo(5);
  }

  @Test
  void aPortIsGivenUpAfterAMismatch() throws IOException {
    Function<byte[], Boolean> isAnswer = octets -> octets[0] == 1;
    Sinks.One<byte[]> answer = Sinks.one();
    ask().filter(isAnswer::apply).next().subscribe(answer::tryEmitValue, answer::tryEmitError);
    DatagramPacket query = receive();
    send(server, query, (byte) 66);
    send(server, query, (byte) 1);
    assertThat(answer.asMono().block(LIMIT)).containsExactly(1);
    awaitClosed();
  }
}
