package io.reactorstack.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.memory.MemoryCable;
import io.reactorstack.icmp.PingOptions;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.tcp.TcpException;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpConnection;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/**
 * A host that was stopped and whose loop has ended: new subscribers get a terminal signal immediately on the calling
 * thread, and no call throws (Reactive Streams 1.9).
 */
class StoppedStackTest {

  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final InetSocketAddress NINE = new InetSocketAddress("127.0.0.1", 9);

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);
  private final NetworkStack stack = UnprobedStack.create().device(MemoryCable.ethernet(1500).left(), "10.1.0.1/24")
      .startNow();
  private TcpConnection connection;
  private UdpConnection socket;

  @BeforeEach
  void openAndStop() throws InterruptedException {
    CountDownLatch listening = new CountDownLatch(1);
    stack.tcp().doOnBound(bound -> listening.countDown()).listen(7).subscribe();
    assertThat(listening.await(10, TimeUnit.SECONDS)).isTrue();
    connection = Objects.requireNonNull(stack.tcp().connect("127.0.0.1", 7).block(LIMIT));
    socket = Objects.requireNonNull(stack.udp().connect(NINE).block(LIMIT));
    stack.stop().block(LIMIT);
  }

  @AfterEach
  void nothingIsLeft() {
    assertThat(allocator.metric().usedDirectMemory()).isZero();
  }

  private Mono<ByteBuf> constant() {
    return Mono.just(allocator.directBuffer(1).writeByte(1));
  }

  private static void errs(Publisher<?> publisher, Class<? extends Throwable> kind) {
    StepVerifier.create(publisher).expectError(kind).verify(LIMIT);
  }

  private static void completes(Publisher<?> publisher) {
    StepVerifier.create(publisher).expectComplete().verify(LIMIT);
  }

  @Test
  void noConnectionIsOpenedOrAccepted() {
    errs(stack.tcp().connect("127.0.0.1", 7), SocketException.class);
    errs(stack.tcp().listen(7), SocketException.class);
  }

  @Test
  void publishersOfAConnectionTerminate() {
    errs(connection.receive(), TcpException.class);
    errs(connection.send(Flux.never()), TcpException.class);
    errs(connection.send(constant()), TcpException.class);
    errs(connection.sendAcknowledged(constant()), TcpException.class);
    errs(connection.shutdownOutput(), TcpException.class);
    completes(connection.close());
    completes(connection.notices());
    StepVerifier.create(connection.onClose())
        .assertNext(report -> assertThat(report.cause()).isEqualTo(CloseCause.STACK_STOPPED))
        .expectComplete().verify(LIMIT);
    assertThatCode(connection::abort).doesNotThrowAnyException();
    assertThatCode(connection::info).doesNotThrowAnyException();
  }

  @Test
  void publishersOfAUdpSocketTerminate() {
    completes(socket.receive());
    errs(socket.send(Flux.never()), ClosedChannelException.class);
    errs(socket.send(Mono.just(Datagram.toPeer(allocator.directBuffer(1)))), ClosedChannelException.class);
    completes(socket.close());
    completes(socket.onClose());
    errs(stack.udp().bind(0), SocketException.class);
    errs(stack.udp().connect(NINE), SocketException.class);
  }

  @Test
  void pingFails() {
    errs(stack.icmp().ping(IpAddress.parse("127.0.0.1")), IOException.class);
    errs(stack.icmp().ping(IpAddress.parse("127.0.0.1"), PingOptions.DEFAULT.count(2)), IOException.class);
  }

  @Test
  void pingBetweenTwoRequestsFails() {
    NetworkStack other = UnprobedStack.create().device(MemoryCable.ethernet(1500).left(), "10.1.0.1/24").startNow();
    StepVerifier.create(other.icmp().ping(IpAddress.parse("127.0.0.1"),
        PingOptions.DEFAULT.count(2).interval(Duration.ofDays(1))))
        .expectNextCount(1)
        .then(other::dispose)
        .expectError(IOException.class).verify(LIMIT);
  }

  @Test
  void secondStopCompletes() {
    completes(stack.stop());
  }
}
