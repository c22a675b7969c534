package io.reactorstack.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.reactorstack.host.StackHost;
import io.reactorstack.testing.TwoShards;
import io.reactorstack.testing.VirtualLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Tests that a channel is created for a host and gets its shard when it is registered. */
class ChannelShardTest {

  private static final InetSocketAddress ECHO = new InetSocketAddress("127.0.0.1", 7);

  private final TwoShards shards = new TwoShards();
  private final StackHost host = shards.host();

  @AfterEach
  void end() {
    shards.end();
  }

  private ChannelFuture done(ChannelFuture future) {
    shards.settle();
    assertThat(future.isDone()).isTrue();
    return future;
  }

  private ChannelFuture register(EventLoop loop, Channel channel) {
    return done(loop.register(channel));
  }

  private static ChannelShard home(Channel channel) {
    return channel instanceof StackChannel ends ? ends.home() : ((StackServerSocketChannel) channel).home();
  }

  private static Stream<DynamicTest> each(BiConsumer<ChannelShardTest, Channel> test) {
    List<Function<StackHost, Channel>> kinds = List.of(
        StackSocketChannel::new, StackServerSocketChannel::new, StackDatagramChannel::new);
    return kinds.stream().map(kind -> {
      ChannelShardTest own = new ChannelShardTest();
      Channel channel = kind.apply(own.host);
      return DynamicTest.dynamicTest(channel.getClass().getSimpleName(), () -> {
        test.accept(own, channel);
        channel.unsafe().closeForcibly();
        own.end();
      });
    });
  }

  @TestFactory
  Stream<DynamicTest> shardIsThatOfTheLoopOfTheRegistration() {
    return each((own, channel) -> {
      assertThat(own.register(own.shards.second(), channel).cause()).isNull();
      assertThat(home(channel).shard()).isSameAs(own.host.shards().get(1));
      own.done(channel.deregister());
      ChannelFuture moved = own.register(own.shards.first(), channel);
      assertThat(moved.cause()).as("registration on another shard's loop").isInstanceOf(IllegalStateException.class);
      assertThat(own.register(own.shards.second(), channel).cause()).isNull();
    });
  }

  @TestFactory
  Stream<DynamicTest> loopOfAnotherHostIsRejected() {
    return each((own, channel) -> {
      ChannelFuture foreign = own.register(new VirtualLoop(), channel);
      assertThat(foreign.cause()).isInstanceOf(IllegalStateException.class).hasMessageContaining("incompatible");
      assertThat(own.register(own.shards.first(), channel).cause()).as("second attempt to register").isNull();
      assertThat(home(channel).shard()).isSameAs(own.host.owner());
    });
  }

  @TestFactory
  Stream<DynamicTest> channelHasNoShardBeforeItsRegistration() {
    return each((own, channel) -> {
      assertThatIllegalStateException().isThrownBy(() -> home(channel).shard())
          .withMessage("channel not registered to an event loop of host two");
      channel.config().setOption(ChannelOption.AUTO_READ, false);
      assertThat(channel.config().setOption(ChannelOption.SO_RCVBUF, 50_000)).isTrue();
      own.register(own.shards.first(), channel);
      assertThat(channel.config().getOption(ChannelOption.SO_RCVBUF)).as("option set earlier").isEqualTo(50_000);
    });
  }

  @Test
  void groupsAreJoinedAfterTheRegistration() {
    StackDatagramChannel channel = new StackDatagramChannel(host);
    InetAddress group = new InetSocketAddress("224.0.1.7", 0).getAddress();
    assertThatIllegalStateException().isThrownBy(() -> channel.joinGroup(group))
        .withMessageContaining("not registered");
    register(shards.second(), channel);
    assertThat(done(channel.joinGroup(group)).cause()).isNull();
    done(channel.close());
  }

  @Test
  void shutdownBeforeTheRegistrationThrows() {
    StackSocketChannel channel = new StackSocketChannel(host);
    assertThatIllegalStateException().isThrownBy(channel::shutdownOutput).withMessageContaining("not registered");
    assertThatIllegalStateException().isThrownBy(channel::shutdownInput).withMessageContaining("not registered");
    assertThat(channel.config().getOption(StackChannelOption.TCP_INFO)).isNull();
    channel.unsafe().closeForcibly();
  }

  @Test
  void theGroupSpreadsNewChannelsOverTheShards() {
    StackEventLoopGroup group = new StackEventLoopGroup(host);
    List<EventLoop> loops = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      StackDatagramChannel channel = new StackDatagramChannel(host);
      assertThat(done(group.register(channel)).cause()).isNull();
      loops.add(channel.eventLoop());
      done(channel.close());
    }
    assertThat(loops).containsExactly(shards.first(), shards.second(), shards.first(), shards.second());
  }

  /** The group of the accepted channels has two loops, and registers channels without a shard on each in turn. */
  @Test
  void acceptedChannelIsRegisteredOnTheLoopOfItsConnection() {
    StackEventLoopGroup group = new StackEventLoopGroup(host);
    List<Channel> accepted = new ArrayList<>();
    Channel server = done(new ServerBootstrap().group(shards.second(), group)
        .channelFactory(() -> new StackServerSocketChannel(host))
        .childHandler(new ChannelInboundHandlerAdapter() {
          @Override
          public void channelActive(ChannelHandlerContext context) {
            accepted.add(context.channel());
          }

          @Override
          public boolean isSharable() { return true; }
        }).bind(ECHO)).channel();
    for (int i = 0; i < 4; i++) {
      StackSocketChannel client = new StackSocketChannel(host);
      register(shards.second(), client);
      assertThat(done(client.connect(ECHO)).cause()).isNull();
    }
    assertThat(accepted).hasSize(4).allMatch(Channel::isActive)
        .allSatisfy(child -> assertThat(child.eventLoop()).isSameAs(shards.second()))
        .allSatisfy(child -> assertThat(home(child).shard()).isSameAs(host.shards().get(1)));
    assertThat(host.owner().tcp().connections()).as("connections of the other shard").isZero();
    done(server.close());
  }

  @Test
  void acceptedChannelHasItsShardBeforeItsRegistration() {
    List<Object> read = new ArrayList<>();
    StackServerSocketChannel server = new StackServerSocketChannel(host);
    server.pipeline().addLast(new ChannelInboundHandlerAdapter() {
      @Override
      public void channelRead(ChannelHandlerContext context, Object child) {
        read.add(child);
      }
    });
    register(shards.second(), server);
    done(server.bind(ECHO));
    StackSocketChannel client = new StackSocketChannel(host);
    register(shards.second(), client);
    done(client.connect(ECHO));
    StackSocketChannel child = (StackSocketChannel) read.getFirst();
    assertThat(child.isRegistered()).isFalse();
    assertThat(child.shard()).isSameAs(host.shards().get(1));
    assertThat(register(shards.first(), child).cause()).isInstanceOf(IllegalStateException.class);
    done(client.close());
    done(server.close());
  }

  @Test
  void theGroupEndsWithAllLoops() {
    StackEventLoopGroup group = new StackEventLoopGroup(host);
    assertThat(group.terminationFuture().isDone()).isFalse();
    assertThat(group.isShuttingDown()).isFalse();
    assertThat(group).containsExactly(shards.first(), shards.second());
  }
}
