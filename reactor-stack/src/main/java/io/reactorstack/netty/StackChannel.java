package io.reactorstack.netty;

import io.netty.channel.AbstractChannel;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.reactorstack.StackShard;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** A channel of the stack with two ends, which lives on the stack's loop. */
abstract sealed class StackChannel extends AbstractChannel permits StackSocketChannel, StackDatagramChannel {

  private final StackShard shard;
  private volatile @Nullable InetSocketAddress local;
  private volatile @Nullable InetSocketAddress remote;

  StackChannel(@Nullable Channel parent, StackShard shard) {
    super(parent);
    this.shard = shard;
  }

  final StackShard shard() {
    return shard;
  }

  final void local(@Nullable InetSocketAddress address) {
    local = address;
  }

  final void remote(@Nullable InetSocketAddress address) {
    remote = address;
  }

  @Override
  public @Nullable InetSocketAddress localAddress() {
    return local;
  }

  @Override
  public @Nullable InetSocketAddress remoteAddress() {
    return remote;
  }

  @Override
  protected @Nullable SocketAddress localAddress0() {
    return local;
  }

  @Override
  protected @Nullable SocketAddress remoteAddress0() {
    return remote;
  }

  @Override
  protected boolean isCompatible(EventLoop loop) {
    return loop.equals(shard.loop());
  }
}
