package io.reactorstack.streams;

import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.tcp.TcpConnection;
import java.util.Objects;
import java.util.function.Consumer;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Two hosts in real time, since the TCK uses the wall clock. */
final class TckWorld implements AutoCloseable {

  private static final int FIRST_PORT = 1000;

  final Lab lab = Lab.realTime(1);
  private final Switch lan = lab.newSwitch("lan");
  final Host client = lab.host("client").address("10.0.0.1/24").connectTo(lan);
  final Host server = lab.host("server").address("10.0.0.2/24").connectTo(lan);
  private int ports = FIRST_PORT;

  /** The two endpoints of a connection. */
  record Pair(TcpConnection client, TcpConnection server) {}

  int newPort() {
    return ports++;
  }

  Pair connect() {
    int port = newPort();
    Mono<TcpConnection> accepted = server.stack().tcp().noDelay(true).listen(port).next();
    Mono<TcpConnection> connected = client.stack().tcp().noDelay(true).connect("10.0.0.2", port);
    return Objects.requireNonNull(lab.await(Mono.zip(accepted, connected, (a, c) -> new Pair(c, a))));
  }

  /** Subscribes to {@code mono} and returns; its result is ignored. */
  static void start(Mono<?> mono) {
    mono.subscribe(done -> {}, error -> {});
  }

  /**
   * Returns a publisher with the same signals as {@code flux}, on the same threads and in the same calls: Reactor would
   * wrap a subscriber of another library, such as the TCK's, into one that hides violations. Each element is passed to
   * {@code consumed}, which owns it, after the subscriber has received it.
   */
  static <T> Publisher<T> seenAsIs(Flux<T> flux, Consumer<? super T> consumed) {
    return subscriber -> {
      if (subscriber == null) {
        flux.subscribe((Subscriber<T>) null);
        return;
      }
      flux.subscribe(new Passage<>(subscriber, consumed));
    };
  }

  private static final class Passage<T> implements CoreSubscriber<T> {

    private final Subscriber<? super T> actual;
    private final Consumer<? super T> consumed;

    Passage(Subscriber<? super T> actual, Consumer<? super T> consumed) {
      this.actual = actual;
      this.consumed = consumed;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      actual.onSubscribe(subscription);
    }

    @Override
    public void onNext(T element) {
      try {
        actual.onNext(element);
      } finally {
        consumed.accept(element);
      }
    }

    @Override
    public void onError(Throwable cause) {
      actual.onError(cause);
    }

    @Override
    public void onComplete() {
      actual.onComplete();
    }
  }

  @Override
  public void close() {
    lab.close();
  }
}
