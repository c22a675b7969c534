package io.reactorstack.netty;

import io.netty.channel.AbstractEventLoopGroup;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The loop of a stack as a group, for bootstraps: every channel of the stack, accepted ones too, lives on it.
 *
 * <p>The loop belongs to the stack: shutting the group down leaves it running.
 */
final class StackEventLoopGroup extends AbstractEventLoopGroup {

  private final EventLoop loop;

  StackEventLoopGroup(EventLoop loop) {
    this.loop = loop;
  }

  @Override
  public EventLoop next() {
    return loop;
  }

  @Override
  public ChannelFuture register(Channel channel) {
    return loop.register(channel);
  }

  @Override
  public ChannelFuture register(ChannelPromise promise) {
    return loop.register(promise);
  }

  @Override
  @Deprecated
  public ChannelFuture register(Channel channel, ChannelPromise promise) {
    return loop.register(channel, promise);
  }

  @Override
  public Iterator<EventExecutor> iterator() {
    return List.<EventExecutor>of(loop).iterator();
  }

  @Override
  public boolean isShuttingDown() { return loop.isShuttingDown(); }

  @Override
  public boolean isShutdown() { return loop.isShutdown(); }

  @Override
  public boolean isTerminated() { return loop.isTerminated(); }

  @Override
  public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
    return ImmediateEventExecutor.INSTANCE.newSucceededFuture(null);
  }

  @Override
  @Deprecated
  public void shutdown() {}

  @Override
  public Future<?> terminationFuture() {
    return loop.terminationFuture();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return loop.awaitTermination(timeout, unit);
  }
}
