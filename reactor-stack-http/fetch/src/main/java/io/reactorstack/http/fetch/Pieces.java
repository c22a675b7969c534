package io.reactorstack.http.fetch;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Passes a response body, piece by piece, from the event loop to a thread that may block on a disk. Confined to the
 * loop.
 *
 * <p>Each call of {@link #next} requests as many pieces as the previous call returned, so that a slow disk closes the
 * receive window.
 */
final class Pieces extends BaseSubscriber<ByteBuf> {

  private static final int DEMAND = 32;

  private final List<ByteBuf> ready = new ArrayList<>();
  private @Nullable MonoSink<List<ByteBuf>> waiting;
  private @Nullable Throwable error;
  private boolean ended;
  private boolean disturbed;
  private int taken;

  /**
   * Emits the pieces that have arrived, as soon as there is one or {@link #wake} is called; completes empty after the
   * last.
   *
   * <p><b>Backpressure:</b> one value. <b>Buffer ownership:</b> the caller releases the pieces. <b>Threading:</b>
   * subscribe on the loop. <b>Cancellation:</b> leaves the pieces here.
   */
  Mono<List<ByteBuf>> next() {
    return Mono.create(sink -> {
      waiting = sink;
      sink.onCancel(() -> waiting = null);
      if (taken > 0) {
        int again = taken;
        taken = 0;
        request(again);
      }
      give();
    });
  }

  /** Makes {@link #next} emit although no piece has arrived. */
  void wake() {
    disturbed = true;
    give();
  }

  @Override
  protected void hookOnSubscribe(Subscription subscription) {
    subscription.request(DEMAND);
  }

  @Override
  protected void hookOnNext(ByteBuf piece) {
    // Reactor Netty releases the buffers that it emits.
    ready.add(piece.retain());
    give();
  }

  @Override
  protected void hookOnComplete() {
    ended = true;
    give();
  }

  @Override
  protected void hookOnError(Throwable cause) {
    error = cause;
    ended = true;
    give();
  }

  /** Cancels the body and releases the pieces that were not taken. */
  void abandon() {
    cancel();
    ready.forEach(ByteBuf::release);
    ready.clear();
  }

  private void give() {
    MonoSink<List<ByteBuf>> sink = waiting;
    if (sink == null || ready.isEmpty() && !ended && !disturbed) {
      return;
    }
    waiting = null;
    if (!ready.isEmpty() || disturbed) {
      disturbed = false;
      List<ByteBuf> pieces = List.copyOf(ready);
      ready.clear();
      taken = pieces.size();
      sink.success(pieces);
    } else if (error != null) {
      sink.error(error);
    } else {
      sink.success();
    }
  }
}
