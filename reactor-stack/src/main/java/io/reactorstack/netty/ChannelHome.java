package io.reactorstack.netty;

import io.netty.channel.EventLoop;
import io.reactorstack.host.StackHost;
import io.reactorstack.host.StackShard;
import org.jspecify.annotations.Nullable;

/**
 * The host of a channel and, from its first registration on, the shard of its event loop, which it never leaves. A channel for an
 * accepted connection is on the connection's shard from the beginning.
 *
 * <p>May be asked on any thread.
 */
final class ChannelHome {

  private final StackHost host;
  private volatile @Nullable StackShard shard;

  /** The home of a channel of {@code host} that may be registered on any of the host's loops. */
  ChannelHome(StackHost host) {
    this.host = host;
  }

  /** The home of a channel whose connection is on {@code shard}. */
  ChannelHome(StackHost host, StackShard shard) {
    this.host = host;
    this.shard = shard;
  }

  StackHost host() {
    return host;
  }

  /** Whether the channel can be registered on {@code loop}: a loop of the host, and its own if it has one. */
  boolean accepts(EventLoop loop) {
    StackShard known = shard;
    return known == null ? host.shardOn(loop) != null : loop.equals(known.loop());
  }

  /** The channel is being registered on {@code loop}, which it accepts. */
  void register(EventLoop loop) {
    shard = host.shardOn(loop);
  }

  /** The channel's shard; {@code null} before it is known. */
  @Nullable
  StackShard known() {
    return shard;
  }

  /**
   * Runs {@code action} on the channel's loop, at once if the caller is on it; does nothing before the channel is registered, when it
   * has no connection, socket or read that could be acted on.
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
   * @throws IllegalStateException if the channel was not registered yet
   */
  StackShard shard() {
    StackShard known = shard;
    if (known == null) {
      throw new IllegalStateException("channel not registered to an event loop of host " + host.name());
    }
    return known;
  }
}
