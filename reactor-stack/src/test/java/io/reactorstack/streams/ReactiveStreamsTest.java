package io.reactorstack.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.lab.Host;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpConnection;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.SubscriberBlackboxVerification;
import org.reactivestreams.tck.TestEnvironment;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Runs the Reactive Streams TCK on the publishers that the stack returns to users, and on the subscribers with which it
 * subscribes to users' publishers.
 */
class ReactiveStreamsTest {

  /** The time for which the TCK waits to confirm that no signal arrives. */
  private static final long SILENCE_MILLIS = 20;

  private static final String ONE_SUBSCRIBER = "one subscriber in the connection's life: the bytes of a connection are one stream";
  private static final String ONE_RECEIVER = "one receiver at a time: a datagram is for one of them";
  private static final String ONE_LISTENER = "a second subscriber would listen on the same port, which is in use";
  private static final String MULTICAST = "optional_spec111_multicast_mustProduceTheSameElementsInTheSameSequenceToAllOfItsSubscribers";

  @Test
  void untestedTckRulesAreAccountedFor() {
    Set<String> untested = new TreeSet<>(TckRules.names(PublisherVerification.class));
    untested.addAll(TckRules.names(SubscriberBlackboxVerification.class));
    untested.removeIf(rule -> !TckRules.isUntested(rule));
    assertThat(TckRules.UNTESTED.keySet()).isEqualTo(untested);
  }

  @TestFactory
  Stream<DynamicTest> connectionReceive() {
    return TckRules.of(PublisherVerification.class, severalSubscribers(ONE_SUBSCRIBER), Receive::new);
  }

  @TestFactory
  Stream<DynamicTest> listenerAccept() {
    return TckRules.of(PublisherVerification.class, severalSubscribers(ONE_LISTENER), Accept::new);
  }

  @TestFactory
  Stream<DynamicTest> udpReceive() {
    return TckRules.of(PublisherVerification.class, severalSubscribers(ONE_RECEIVER), ReceiveDatagrams::new);
  }

  @TestFactory
  Stream<DynamicTest> subscriberOfTcpSend() {
    return TckRules.of(SubscriberBlackboxVerification.class, Map.of(), Send::new);
  }

  @TestFactory
  Stream<DynamicTest> subscriberOfUdpSend() {
    return TckRules.of(SubscriberBlackboxVerification.class, Map.of(), SendDatagrams::new);
  }

  private static Map<String, String> severalSubscribers(String reason) {
    return Map.of(
        MULTICAST + "WhenRequestingManyUpfront", reason,
        MULTICAST + "WhenRequestingManyUpfrontAndCompleteAsExpected", reason,
        MULTICAST + "WhenRequestingOneByOne", reason,
        "optional_spec111_registeredSubscribersMustReceiveOnNextOrOnCompleteSignals", reason,
        "optional_spec111_maySupportMultiSubscribe", reason);
  }

  private static TestEnvironment environment(long timeoutMillis) {
    return new TestEnvironment(timeoutMillis, SILENCE_MILLIS, SILENCE_MILLIS);
  }

  private static ByteBuf oneByte() {
    return Unpooled.directBuffer(1).writeByte(7);
  }

  /** A publisher of the stack whose elements a peer on the network sends one by one. */
  private abstract static class FromTheNetwork<T> extends PublisherVerification<T> implements TckRules.Verification {

    final TckWorld world = new TckWorld();

    FromTheNetwork(long timeoutMillis) {
      super(environment(timeoutMillis));
    }

    @Override
    public void prepare() throws Exception {
      setUp();
    }

    @Override
    public void close() {
      world.close();
    }

    /**
     * Returns a task that runs {@code sender} for each element after the previous one was consumed, and {@code end}
     * after {@code elements} elements.
     */
    Runnable oneAfterTheOther(long elements, Runnable sender, Runnable end) {
      AtomicLong left = new AtomicLong(elements);
      return () -> {
        if (left.getAndDecrement() > 0) {
          sender.run();
        } else {
          end.run();
        }
      };
    }
  }

  /** The publisher {@link TcpConnection#receive}. */
  public static final class Receive extends FromTheNetwork<ByteBuf> {

    Receive(long timeoutMillis) {
      super(timeoutMillis);
    }

    @Override
    public Publisher<ByteBuf> createPublisher(long elements) {
      TckWorld.Pair pair = world.connect();
      Runnable next = oneAfterTheOther(elements,
          () -> TckWorld.start(pair.client().send(Mono.fromSupplier(ReactiveStreamsTest::oneByte))),
          () -> TckWorld.start(pair.client().shutdownOutput()));
      next.run();
      return TckWorld.seenAsIs(pair.server().receive(), data -> {
        data.release();
        next.run();
      });
    }

    @Override
    public Publisher<ByteBuf> createFailedPublisher() {
      TckWorld.Pair pair = world.connect();
      pair.client().abort();
      world.lab.await(pair.server().onClose());
      return TckWorld.seenAsIs(pair.server().receive(), ByteBuf::release);
    }
  }

  /** The publisher {@link io.reactorstack.tcp.Tcp#listen}. */
  public static final class Accept extends FromTheNetwork<TcpConnection> {

    Accept(long timeoutMillis) {
      super(timeoutMillis);
    }

    @Override
    public Publisher<TcpConnection> createPublisher(long elements) {
      // Only the end of the stack completes the stream of connections, so each stream has a host of its own.
      int number = world.newPort();
      String address = "10.0." + (number >> 8) + "." + (number & 0xff);
      Host host = world.lab.host("host" + number).address(address + "/16")
          .connectTo(world.lab.newSwitch("lan" + number));
      Runnable next = oneAfterTheOther(elements,
          () -> TckWorld.start(host.stack().tcp().connect(address, 80)),
          () -> TckWorld.start(host.stack().stop()));
      Flux<TcpConnection> accepted = host.stack().tcp().doOnBound(bound -> next.run()).listen(80);
      return TckWorld.seenAsIs(accepted, connection -> {
        connection.abort();
        next.run();
      });
    }

    @Override
    public Publisher<TcpConnection> createFailedPublisher() {
      CompletableFuture<InetSocketAddress> bound = new CompletableFuture<>();
      world.server.stack().tcp().doOnBound(bound::complete).listen(80).subscribe();
      bound.orTimeout(TckRules.TIMEOUT_MILLIS, TimeUnit.MILLISECONDS).join();
      return TckWorld.seenAsIs(world.server.stack().tcp().listen(80), TcpConnection::abort);
    }
  }

  /** The publisher {@link UdpConnection#receive}. */
  public static final class ReceiveDatagrams extends FromTheNetwork<Datagram> {

    ReceiveDatagrams(long timeoutMillis) {
      super(timeoutMillis);
    }

    @Override
    public Publisher<Datagram> createPublisher(long elements) {
      UdpConnection socket = open();
      UdpConnection peer = Objects.requireNonNull(
          world.lab.await(
              world.client.stack().udp().connect(new InetSocketAddress("10.0.0.2", socket.localAddress().getPort()))));
      Runnable next = oneAfterTheOther(elements,
          () -> TckWorld.start(peer.send(Mono.fromSupplier(() -> Datagram.toPeer(oneByte())))),
          () -> TckWorld.start(socket.close()));
      next.run();
      return TckWorld.seenAsIs(socket.receive(), datagram -> {
        datagram.release();
        next.run();
      });
    }

    @Override
    public Publisher<Datagram> createFailedPublisher() {
      UdpConnection socket = open();
      socket.receive().subscribe();
      return TckWorld.seenAsIs(socket.receive(), Datagram::release);
    }

    private UdpConnection open() {
      return Objects.requireNonNull(world.lab.await(world.server.stack().udp().bind(0)));
    }
  }

  /** Makes the stack subscribe to a publisher, and returns its subscriber. */
  private abstract static class ToTheNetwork<T> extends SubscriberBlackboxVerification<T>
      implements
        TckRules.Verification {

    final TckWorld world = new TckWorld();

    ToTheNetwork(long timeoutMillis) {
      super(environment(timeoutMillis));
    }

    @Override
    public void prepare() throws Exception {
      startPublisherExecutorService();
      setUp();
    }

    @Override
    public void close() {
      shutdownPublisherExecutorService();
      world.close();
    }

    abstract Mono<Void> send(Publisher<T> publisher);

    @Override
    public Subscriber<T> createSubscriber() {
      CompletableFuture<Subscriber<? super T>> subscribed = new CompletableFuture<>();
      TckWorld.start(send(subscribed::complete));
      Subscriber<? super T> subscriber = subscribed.orTimeout(TckRules.TIMEOUT_MILLIS, TimeUnit.MILLISECONDS).join();
      @SuppressWarnings("unchecked") // a consumer of a supertype of T
      Subscriber<T> ours = (Subscriber<T>) subscriber;
      return ours;
    }
  }

  /** The subscriber of {@link TcpConnection#send}. */
  public static final class Send extends ToTheNetwork<ByteBuf> {

    Send(long timeoutMillis) {
      super(timeoutMillis);
    }

    @Override
    Mono<Void> send(Publisher<ByteBuf> publisher) {
      TckWorld.Pair pair = world.connect();
      pair.server().receive().subscribe(ByteBuf::release, error -> {});
      return pair.client().send(publisher);
    }

    @Override
    public ByteBuf createElement(int element) {
      return oneByte();
    }
  }

  /** The subscriber of {@link UdpConnection#send}. */
  public static final class SendDatagrams extends ToTheNetwork<Datagram> {

    SendDatagrams(long timeoutMillis) {
      super(timeoutMillis);
    }

    @Override
    Mono<Void> send(Publisher<Datagram> publisher) {
      UdpConnection socket = Objects.requireNonNull(
          world.lab.await(world.client.stack().udp().connect(new InetSocketAddress("10.0.0.2", 9))));
      return socket.send(publisher);
    }

    @Override
    public Datagram createElement(int element) {
      return Datagram.toPeer(oneByte());
    }
  }
}
