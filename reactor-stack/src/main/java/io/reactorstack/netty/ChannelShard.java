package io.reactorstack.netty;

import io.netty.channel.EventLoop;
import io.reactorstack.host.StackHost;
import io.reactorstack.host.StackShard;
import org.jspecify.annotations.Nullable;

/**
 * The place of a channel: its host and, from its first registration on, the shard of its event loop, which never
 * changes. The channel of an accepted connection is on the shard of that connection from the beginning.
 *
 * <p>May be used from any thread.
 */
final class ChannelShard {

  private final StackHost host;
  private volatile @Nullable StackShard shard;

  /** Creates the home of a channel that may be registered on any loop of {@code host}. */
  ChannelShard(StackHost host) {
    this.host = host;
  }

  /** Creates the home of a channel whose connection is on {@code shard}. */
  ChannelShard(StackHost host, StackShard shard) {
    this.host = host;
    this.shard = shard;
  }

  StackHost host() {
    return host;
  }

  /**
   * Returns whether the channel can be registered on {@code loop}: any loop of the host, or only its own if it has one.
   */
  boolean accepts(EventLoop loop) {
    StackShard known = shard;
    return known == null ? host.shardOn(loop) != null : loop.equals(known.loop());
  }

  /** Called when the channel is registered on {@code loop}, which must be one that it accepts. */
  void register(EventLoop loop) {
    shard = host.shardOn(loop);
  }

  /** The channel's shard; {@code null} before the first registration. */
  @Nullable
  StackShard known() {
    return shard;
  }

  /**
   * Runs {@code action} on the channel's loop, immediately if the caller is on it. Does nothing before the channel is
   * registered, because it has no connection, socket or pending read then.
   */
  void run(Runnable action) {
    StackShard known = shard;
    if (known != null) {
      known.turn().execute(action);
    }
  }

  /**
   * The channel's shard.
   *
   * @throws IllegalStateException if the channel is not registered yet
   */
  StackShard shard() {
    StackShard known = shard;
    if (known == null) {
      throw new IllegalStateException("channel not registered to an event loop of host " + host.name());
    }
    return known;
  }
}
