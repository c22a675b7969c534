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
 * A body, handed piece by piece from the event loop to a thread that may block on a disk. Confined to the loop.
 *
 * <p>As many pieces as were taken are requested when the next are asked for, so that a slow disk closes the window.
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
   * The pieces that have come, once there are some or somebody has called {@link #wake}; empty after the last.
   *
   * <p><b>Backpressure:</b> one value. <b>Buffer ownership:</b> the caller releases the pieces. <b>Threading:</b> subscribe on the
   * loop. <b>Cancellation:</b> leaves the pieces here.
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

  /** Lets {@link #next} emit although no piece has come. */
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
    // Reactor Netty releases what it has emitted.
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

  /** Gives the body up and releases what nobody has taken. */
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
