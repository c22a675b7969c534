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

/** A transfer from one host of a lab to another, and when what of it arrived. */
final class Bulk {

  private static final int PIECE = 32 * 1024;

  private final Lab lab;
  private final long bytes;
  private final Mono<Void> done;
  private final Disposable.Composite running = Disposables.composite();
  private long received;
  private Duration startedAt = Duration.ZERO;
  private Duration lastAt = Duration.ZERO;

  /** Prepares {@code bytes} from {@code from} to {@code port} of {@code to}, to begin {@code after} now. */
  Bulk(Lab lab, Host from, Host to, int port, long bytes, Duration after) {
    this.lab = lab;
    this.bytes = bytes;
    Mono<Void> receiving = to.stack().tcp().listen(port).next().flatMap(connection -> connection.receive()
        .doOnNext(this::onReceived).takeUntil(b -> received >= bytes).then());
    Mono<Void> sending = Mono.delay(after, lab.scheduler()).then(Mono.defer(() -> {
      startedAt = lab.now();
      return from.stack().tcp().connect(to.address().toString(), port);
    })).flatMap(connection -> connection.send(zeros(bytes)));
    // Both live until the lab ends.
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

  /** Ends when all has arrived. */
  Mono<Void> done() {
    return done;
  }

  long received() {
    return received;
  }

  boolean isComplete() {
    return received >= bytes;
  }

  /** From the first SYN to the last byte. */
  Duration took() {
    return lastAt.minus(startedAt);
  }

  /** In the world: begins, to be waited for by nobody. */
  void begin() {
    // The end of the lab is what cuts it off.
    done.subscribe(v -> {}, e -> {});
  }
}
