package io.reactorstack.http.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.ConnectionBuilder;
import io.lettuce.core.ConnectionFuture;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.reactorstack.NetworkStack;
import io.reactorstack.netty.StackLoopResources;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.RequiresNetAdmin;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.util.retry.Retry;

/** Lettuce, the Redis client, on the stack, against Debian's redis-server. */
@RequiresNetAdmin
@Timeout(120)
class LettuceTest {

  /** Lettuce has no setting for its channels; this subclass modifies the bootstrap before Lettuce uses it. */
  private static final class StackRedisClient extends RedisClient {

    private final StackLoopResources loops;

    StackRedisClient(NetworkStack stack, ClientResources resources, RedisURI uri) {
      super(resources, uri);
      loops = StackLoopResources.of(stack);
    }

    @Override
    @SuppressWarnings({"unchecked", "rawtypes"})
    protected <K, V, T extends RedisChannelHandler<K, V>> ConnectionFuture<T> initializeChannelAsync(
        ConnectionBuilder builder) {
      var group = loops.onClient(true);
      Bootstrap ours = new Bootstrap().group(group)
          .channelFactory(() -> loops.onChannel(SocketChannel.class, group));
      builder.bootstrap().config().options().forEach((option, value) -> ours.option((ChannelOption) option, value));
      return super.initializeChannelAsync(builder.bootstrap(ours));
    }
  }

  private KernelNeighbour hosts;
  private ClientResources resources;
  private RedisClient client;

  @BeforeEach
  void start() {
    ExternalCommand.require("redis-server");
    hosts = new KernelNeighbour();
    hosts.namespace.start("redis-server", "--bind", KernelNeighbour.KERNEL, "--port", "6379", "--save", "",
        "--appendonly",
        "no", "--protected-mode", "no", "--dir", hosts.namespace.folder().toString());
    hosts.namespace.awaitTcpListener(6379);
    resources = ClientResources.create();
    client = new StackRedisClient(hosts.stack, resources, RedisURI.create(KernelNeighbour.KERNEL, 6379));
  }

  @AfterEach
  void stop() {
    client.shutdown(Duration.ZERO, Duration.ofSeconds(5));
    resources.shutdown(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    hosts.close();
  }

  @Test
  void setsAndGetsThousandsOfKeys() {
    try (StatefulRedisConnection<String, String> connection = client.connect()) {
      var redis = connection.reactive();
      Mono<Long> equal = Flux.range(0, 5000)
          .flatMap(i -> redis.set("key" + i, "value" + i).then(redis.get("key" + i)).filter(("value" + i)::equals), 200)
          .count();
      assertThat(equal.block(KernelNeighbour.SOON)).isEqualTo(5000);
      assertThat(redis.dbsize().block(KernelNeighbour.SOON)).isEqualTo(5000);
    }
  }

  @Test
  void movesLargeValues() {
    String value = "0123456789abcdef".repeat(500_000);
    try (StatefulRedisConnection<String, String> connection = client.connect()) {
      connection.sync().set("large", value);
      assertThat(connection.sync().get("large")).isEqualTo(value);
    }
  }

  @Test
  void receivesPublishedMessages() {
    try (StatefulRedisPubSubConnection<String, String> listening = client.connectPubSub();
        StatefulRedisConnection<String, String> speaking = client.connect()) {
      StepVerifier.create(listening.reactive().observeChannels().map(message -> message.getMessage()))
          .then(() -> {
            listening.sync().subscribe("news");
            speaking.sync().publish("news", "one");
            speaking.sync().publish("news", "two");
          })
          .expectNext("one", "two").thenCancel().verify(KernelNeighbour.SOON);
    }
  }

  @Test
  void reconnectsAfterARestartOfTheServer() {
    try (StatefulRedisConnection<String, String> connection = client.connect()) {
      connection.sync().set("a", "b");
      assertThat(connection.sync().clientKill(connection.sync().clientList().replaceAll("(?s).*?addr=(\\S+).*", "$1")))
          .isEqualTo("OK");
      // A command that is outstanding when the server closes fails with its connection; a later command uses a new
      // connection.
      Mono<String> again = Mono.defer(() -> connection.reactive().get("a"))
          .retryWhen(Retry.fixedDelay(100, Duration.ofMillis(20)));
      assertThat(again.block(KernelNeighbour.SOON)).isEqualTo("b");
    }
  }
}
