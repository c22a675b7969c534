package io.reactorstack.test.clients;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.redis.ArrayRedisMessage;
import io.netty.handler.codec.redis.ErrorRedisMessage;
import io.netty.handler.codec.redis.FullBulkStringRedisMessage;
import io.netty.handler.codec.redis.IntegerRedisMessage;
import io.netty.handler.codec.redis.RedisArrayAggregator;
import io.netty.handler.codec.redis.RedisBulkStringAggregator;
import io.netty.handler.codec.redis.RedisDecoder;
import io.netty.handler.codec.redis.RedisEncoder;
import io.netty.handler.codec.redis.RedisMessage;
import io.netty.handler.codec.redis.SimpleStringRedisMessage;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.HostSoftware;
import io.reactorstack.netty.StackLoopResources;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import reactor.core.publisher.Mono;
import reactor.netty.tcp.TcpServer;

/**
 * A server with the Redis protocol (RESP 2, by Netty's codec) and some of its commands. It behaves like a Redis server
 * that writes each command to its disk before it answers. The data represents the disk, so it survives a crash of the
 * host.
 */
final class RedisServer implements HostSoftware {

  static final int PORT = 6379;

  private static final int MAX_WORDS = 100;
  private static final SimpleStringRedisMessage OK = new SimpleStringRedisMessage("OK");
  /** The time from a change to its answer, for the write to the disk. */
  private static final Duration WRITE = Duration.ofMillis(15);

  private final Map<String, String> strings = new HashMap<>();
  private final Map<String, Set<String>> sets = new HashMap<>();

  @Override
  public void start(Host host) {
    TcpServer.create().runOn(StackLoopResources.of(host.stack())).bindAddress(() -> new InetSocketAddress(PORT))
        .doOnConnection(connection -> connection.addHandlerLast(new RedisDecoder())
            .addHandlerLast(new RedisBulkStringAggregator()).addHandlerLast(new RedisArrayAggregator(MAX_WORDS, 1))
            .addHandlerLast(new RedisEncoder()))
        .handle((in, out) -> out.sendObject(in.receiveObject().cast(ArrayRedisMessage.class).map(this::execute)
            .concatMap(answer -> Mono.just(answer).delayElement(WRITE)), message -> true))
        .bind().block();
  }

  /** Returns the string at {@code key}, or "0". */
  String number(String key) {
    return strings.getOrDefault(key, "0");
  }

  /** Returns the number of members of the set at {@code key}. */
  int members(String key) {
    return sets.getOrDefault(key, Set.of()).size();
  }

  private RedisMessage execute(ArrayRedisMessage message) {
    List<String> words = message.children().stream()
        .map(part -> ((FullBulkStringRedisMessage) part).content().toString(StandardCharsets.UTF_8)).toList();
    return switch (words.getFirst().toUpperCase(Locale.ROOT)) {
      case "PING" -> new SimpleStringRedisMessage("PONG");
      case "CLIENT" -> OK;
      case "INCR" -> new IntegerRedisMessage(
          Long.parseLong(strings.merge(words.get(1), "1", (old, one) -> String.valueOf(Long.parseLong(old) + 1))));
      case "GET" -> bulk(strings.get(words.get(1)));
      case "SADD" -> new IntegerRedisMessage(
          words.stream().skip(2).filter(sets.computeIfAbsent(words.get(1), key -> new HashSet<>())::add).count());
      case "SCARD" -> new IntegerRedisMessage(members(words.get(1)));
      default -> new ErrorRedisMessage("ERR unknown command '" + words.getFirst() + "'");
    };
  }

  private static RedisMessage bulk(String text) {
    return text == null
        ? FullBulkStringRedisMessage.NULL_INSTANCE
        : new FullBulkStringRedisMessage(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
  }
}
