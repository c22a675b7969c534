package io.reactorstack.netty;

import io.netty.channel.AbstractEventLoopGroup;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.DefaultEventExecutorChooserFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.EventExecutorChooserFactory.EventExecutorChooser;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.reactorstack.host.StackHost;
import io.reactorstack.host.StackShard;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The event loops of a host as a group, for bootstraps. An unconnected or listening channel is registered on the next
 * loop in turn, and the channel of an accepted connection on the loop of the connection's shard.
 *
 * <p>The loops belong to the stack: shutting the group down does not stop them.
 */
final class StackEventLoopGroup extends AbstractEventLoopGroup {

  private final List<EventExecutor> loops;
  private final EventExecutorChooser chooser;

  StackEventLoopGroup(StackHost host) {
    loops = host.shards().stream().<EventExecutor>map(StackShard::loop).toList();
    chooser = DefaultEventExecutorChooserFactory.INSTANCE.newChooser(loops.toArray(EventExecutor[]::new));
  }

  @Override
  public EventLoop next() {
    return (EventLoop) chooser.next();
  }

  private EventLoop loopFor(Channel channel) {
    ChannelShard home = switch (channel) {
      case StackChannel ends -> ends.home();
      case StackServerSocketChannel listener -> listener.home();
      default -> null;
    };
    StackShard known = home == null ? null : home.known();
    return known == null ? next() : known.loop();
  }

  @Override
  public ChannelFuture register(Channel channel) {
    return loopFor(channel).register(channel);
  }

  @Override
  public ChannelFuture register(ChannelPromise promise) {
    return loopFor(promise.channel()).register(promise);
  }

  @Override
  @Deprecated
  public ChannelFuture register(Channel channel, ChannelPromise promise) {
    return loopFor(channel).register(channel, promise);
  }

  @Override
  public Iterator<EventExecutor> iterator() {
    return loops.iterator();
  }

  @Override
  public boolean isShuttingDown() { return loops.stream().allMatch(EventExecutor::isShuttingDown); }

  @Override
  public boolean isShutdown() { return loops.stream().allMatch(EventExecutor::isShutdown); }

  @Override
  public boolean isTerminated() { return loops.stream().allMatch(EventExecutor::isTerminated); }

  @Override
  public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
    return ImmediateEventExecutor.INSTANCE.newSucceededFuture(null);
  }

  @Override
  @Deprecated
  public void shutdown() {}

  @Override
  public Future<?> terminationFuture() {
    // Not the immediate executor, because its promises do not support waiting.
    Promise<Void> all = GlobalEventExecutor.INSTANCE.newPromise();
    AtomicInteger left = new AtomicInteger(loops.size());
    for (EventExecutor loop : loops) {
      loop.terminationFuture().addListener(ended -> {
        if (left.decrementAndGet() == 0) {
          all.setSuccess(null);
        }
      });
    }
    return all;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return terminationFuture().await(timeout, unit);
  }
}
