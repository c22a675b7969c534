package io.reactorstack.test.clients;

import io.lettuce.core.ConnectionBuilder;
import io.lettuce.core.ConnectionFuture;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.EventLoopGroupProvider;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.EventExecutorGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.reactorstack.lab.Host;
import io.reactorstack.netty.StackLoopResources;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Lettuce on a host of a lab: its channels, its computations and its reconnect timer run on the loop of the host.
 * Lettuce has settings for all of them except the channels.
 */
final class LettuceOnHost extends RedisClient {

  /** Provides the loop of a host; Lettuce does not shut it down. */
  private record OneGroup(EventLoopGroup group) implements EventLoopGroupProvider {

    /** Lettuce requests a class of Netty's transports, and treats the result as a group. */
    @Override
    @SuppressWarnings("unchecked")
    public <T extends EventLoopGroup> T allocate(Class<T> type) {
      return (T) group;
    }

    @Override
    public int threadPoolSize() {
      return 1;
    }

    @Override
    public Future<Boolean> release(EventExecutorGroup released, long quietPeriod, long timeout, TimeUnit unit) {
      return ImmediateEventExecutor.INSTANCE.newSucceededFuture(true);
    }

    @Override
    public Future<Boolean> shutdown(long quietPeriod, long timeout, TimeUnit unit) {
      return ImmediateEventExecutor.INSTANCE.newSucceededFuture(true);
    }
  }

  private final StackLoopResources loops;
  private final EventLoopGroup group;

  /** Returns a client on {@code host}; to be called in the world. */
  static LettuceOnHost to(Host host, RedisURI uri) {
    StackLoopResources loops = StackLoopResources.of(host.stack());
    EventLoopGroup group = loops.onClient(true);
    return new LettuceOnHost(loops, group, ClientResources.builder().eventLoopGroupProvider(new OneGroup(group))
        .eventExecutorGroup(group).timer(new LoopTimer(group.next())).build(), uri);
  }

  /** Shuts down the client and its resources; to be called on a thread that may block. */
  void end() {
    shutdown(Duration.ZERO, Duration.ofSeconds(5));
    getResources().shutdown(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private LettuceOnHost(StackLoopResources loops, EventLoopGroup group, ClientResources resources, RedisURI uri) {
    super(resources, uri);
    this.loops = loops;
    this.group = group;
  }

  @Override
  @SuppressWarnings({"unchecked", "rawtypes"})
  protected <K, V, T extends RedisChannelHandler<K, V>> ConnectionFuture<T> initializeChannelAsync(
      ConnectionBuilder builder) {
    Bootstrap ours = new Bootstrap().group(group).channelFactory(() -> loops.onChannel(SocketChannel.class, group));
    builder.bootstrap().config().options().forEach((option, value) -> ours.option((ChannelOption) option, value));
    return super.initializeChannelAsync(builder.bootstrap(ours));
  }
}
