package io.reactorstack.netty;

import io.netty.channel.AbstractChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.reactorstack.host.StackHost;
import io.reactorstack.host.StackShard;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The common part of TCP and UDP channels, which have a local and a remote address and belong to one shard of their
 * host.
 */
abstract sealed class StackChannel extends AbstractChannel permits StackSocketChannel, StackDatagramChannel {

  private final ChannelShard home;
  private volatile @Nullable InetSocketAddress local;
  private volatile @Nullable InetSocketAddress remote;

  StackChannel(@Nullable Channel parent, ChannelShard home) {
    super(parent);
    this.home = home;
  }

  final ChannelShard home() {
    return home;
  }

  final StackHost host() {
    return home.host();
  }

  /**
   * The shard of the loop on which the channel is registered.
   *
   * @throws IllegalStateException if the channel is not registered yet
   */
  final StackShard shard() {
    return home.shard();
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
    return home.accepts(loop);
  }

  @Override
  protected void doRegister(ChannelPromise promise) {
    home.register(eventLoop());
    promise.setSuccess();
  }
}
