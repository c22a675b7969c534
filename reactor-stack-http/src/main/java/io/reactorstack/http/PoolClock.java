package io.reactorstack.http;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import reactor.netty.Connection;
import reactor.netty.ConnectionObserver;
import reactor.netty.resources.ConnectionProvider.ConnectionMetadata;

/**
 * When the connections of a pool were made and last used, by the clock of the loop they are on.
 *
 * <p>A pool of Reactor Netty keeps these times itself, but by the machine's clock, and nothing else can be given to it.
 */
final class PoolClock {

  private static final AttributeKey<Times> TIMES = AttributeKey.valueOf(PoolClock.class, "TIMES");

  /** Nanoseconds of the loop's ticker; confined to the loop. */
  private static final class Times {

    private final long made;
    private long used;

    Times(long now) {
      made = now;
      used = now;
    }
  }

  private PoolClock() {}

  /** Notes the time of everything that happens to a connection: its making, requests, responses, its return. */
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

  /** Whether the connection has been idle, or alive, for too long; a zero time is no limit. */
  static boolean isStale(Connection connection, ConnectionMetadata metadata, Duration maxIdle, Duration maxLife) {
    Channel channel = transport(connection.channel());
    Times times = channel.attr(TIMES).get();
    if (times == null) {
      // A client that was not made by StackHttp: there is only the machine's clock.
      return exceeds(metadata.idleTime() * 1_000_000, maxIdle) || exceeds(metadata.lifeTime() * 1_000_000, maxLife);
    }
    long now = now(channel);
    return exceeds(now - times.used, maxIdle) || exceeds(now - times.made, maxLife);
  }

  private static boolean exceeds(long nanos, Duration limit) {
    return !limit.isZero() && nanos >= limit.toNanos();
  }

  /** The connection's own channel, of which the streams of HTTP/2 are children. */
  private static Channel transport(Channel channel) {
    Channel parent = channel.parent();
    return parent == null ? channel : transport(parent);
  }

  private static long now(Channel channel) {
    Ticker ticker = channel.eventLoop().ticker();
    return ticker.nanoTime();
  }
}
