package io.reactorstack.golden;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import java.time.Duration;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A bulk transfer between two hosts of a lab, with the times and the amount of data received. */
final class Bulk {

  private static final int PIECE = 32 * 1024;

  private final Lab lab;
  private final long bytes;
  private final Mono<Void> done;
  private final Disposable.Composite running = Disposables.composite();
  private long received;
  private Duration startedAt = Duration.ZERO;
  private Duration lastAt = Duration.ZERO;

  /**
   * Prepares a transfer of {@code bytes} from {@code from} to {@code port} of {@code to}, to start {@code after} its
   * subscription.
   */
  Bulk(Lab lab, Host from, Host to, int port, long bytes, Duration after) {
    this.lab = lab;
    this.bytes = bytes;
    Mono<Void> receiving = to.stack().tcp().listen(port).next().flatMap(connection -> connection.receive()
        .doOnNext(this::onReceived).takeUntil(b -> received >= bytes).then());
    Mono<Void> sending = Mono.delay(after, lab.scheduler()).then(Mono.defer(() -> {
      startedAt = lab.now();
      return from.stack().tcp().connect(to.address().toString(), port);
    })).flatMap(connection -> connection.send(zeros(bytes)));
    // Both subscriptions last until the lab ends.
    done = receiving.doOnSubscribe(s -> running.add(sending.subscribe(v -> {}, e -> {})));
  }

  private void onReceived(ByteBuf buffer) {
    received += buffer.readableBytes();
    lastAt = lab.now();
    buffer.release();
  }

  private static Flux<ByteBuf> zeros(long bytes) {
    return Flux.generate(() -> bytes, (left, sink) -> {
      if (left == 0) {
        sink.complete();
        return left;
      }
      int n = (int) Math.min(PIECE, left);
      sink.next(PooledByteBufAllocator.DEFAULT.directBuffer(n).writeZero(n));
      return left - n;
    });
  }

  /** Returns a Mono that completes when all bytes have been received. */
  Mono<Void> done() {
    return done;
  }

  long received() {
    return received;
  }

  boolean isComplete() {
    return received >= bytes;
  }

  /** The time from the first SYN to the last byte. */
  Duration took() {
    return lastAt.minus(startedAt);
  }

  /** Starts the transfer without waiting for it; to be called in the world. */
  void begin() {
    // The end of the lab cuts the transfer off.
    done.subscribe(v -> {}, e -> {});
  }
}
