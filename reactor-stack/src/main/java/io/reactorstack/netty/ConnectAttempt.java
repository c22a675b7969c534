package io.reactorstack.netty;

import io.netty.channel.ChannelPromise;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One attempt of a channel to connect: to where, who is told of its end, and how long it may take. */
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

  /** Runs {@code giveUp} if the promise is cancelled, or fails when it is not kept within {@code millis}; 0 for no limit. */
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

  /** The channel is connected; returns whether anybody still wants it. */
  boolean succeed() {
    end();
    return promise.trySuccess();
  }

  void fail(Throwable cause) {
    end();
    promise.tryFailure(cause);
  }

  /** The channel is closed before the end. */
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
