package io.reactorstack.netty;

import io.netty.channel.ChannelPromise;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A connection attempt of a channel: its remote address, its promise and its timeout. */
final class ConnectAttempt {

  private final InetSocketAddress remote;
  private final ChannelPromise promise;
  private @Nullable Future<?> timeout;
  private boolean over;

  ConnectAttempt(InetSocketAddress remote, ChannelPromise promise) {
    this.remote = remote;
    this.promise = promise;
  }

  InetSocketAddress remote() {
    return remote;
  }

  /**
   * Fails the promise and runs {@code giveUp} if the attempt takes longer than {@code millis}; 0 means no limit. Also
   * runs {@code giveUp} if the promise is cancelled.
   */
  void watch(EventLoop loop, int millis, Runnable giveUp) {
    if (millis > 0) {
      timeout = loop.schedule(() -> {
        if (promise.tryFailure(new ConnectTimeoutException(
            "connection timed out after " + millis + " ms: " + remote))) {
          giveUp.run();
        }
      }, millis, TimeUnit.MILLISECONDS);
    }
    promise.addListener(done -> {
      if (done.isCancelled() && !over) {
        giveUp.run();
      }
    });
  }

  /**
   * Completes the attempt when the channel is connected; returns false if the promise was cancelled or failed before.
   */
  boolean succeed() {
    end();
    return promise.trySuccess();
  }

  void fail(Throwable cause) {
    end();
    promise.tryFailure(cause);
  }

  /** Fails the attempt because the channel was closed before it was connected. */
  void abandon() {
    fail(new ClosedChannelException());
  }

  private void end() {
    over = true;
    if (timeout != null) {
      timeout.cancel(false);
    }
  }
}
