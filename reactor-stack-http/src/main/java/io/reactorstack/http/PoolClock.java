package io.reactorstack.http;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import reactor.netty.Connection;
import reactor.netty.ConnectionObserver;
import reactor.netty.resources.ConnectionProvider.ConnectionMetadata;

/**
 * Records when each connection of a pool was created and last used, by the clock of the connection's event loop.
 *
 * <p>Reactor Netty's pool keeps these times too, but by the machine's clock, which cannot be replaced.
 */
final class PoolClock {

  private static final AttributeKey<Times> TIMES = AttributeKey.valueOf(PoolClock.class, "TIMES");

  /** Times in nanoseconds of the loop's ticker; confined to the loop. */
  private static final class Times {

    private final long made;
    private long used;

    Times(long now) {
      made = now;
      used = now;
    }
  }

  private PoolClock() {}

  /**
   * Records the time of each state change of a connection: its creation, requests, responses, and its return to the
   * pool.
   */
  static void onStateChange(Connection connection, ConnectionObserver.State ignored) {
    Channel channel = transport(connection.channel());
    long now = now(channel);
    Times times = channel.attr(TIMES).get();
    if (times == null) {
      channel.attr(TIMES).set(new Times(now));
    } else {
      times.used = now;
    }
  }

  /**
   * Returns whether the connection has been idle for {@code maxIdle} or exists for {@code maxLife}; a limit of zero
   * does not apply.
   */
  static boolean isStale(Connection connection, ConnectionMetadata metadata, Duration maxIdle, Duration maxLife) {
    Channel channel = transport(connection.channel());
    Times times = channel.attr(TIMES).get();
    if (times == null) {
      // StackHttp did not create this client, so only the times by the machine's clock exist.
      return exceeds(metadata.idleTime() * 1_000_000, maxIdle) || exceeds(metadata.lifeTime() * 1_000_000, maxLife);
    }
    long now = now(channel);
    return exceeds(now - times.used, maxIdle) || exceeds(now - times.made, maxLife);
  }

  private static boolean exceeds(long nanos, Duration limit) {
    return !limit.isZero() && nanos >= limit.toNanos();
  }

  /** Returns the channel of the connection; the channels of HTTP/2 streams are its children. */
  private static Channel transport(Channel channel) {
    Channel parent = channel.parent();
    return parent == null ? channel : transport(parent);
  }

  private static long now(Channel channel) {
    Ticker ticker = channel.eventLoop().ticker();
    return ticker.nanoTime();
  }
}
