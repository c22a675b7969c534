package io.reactorstack.test.clients;

import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Clicks that Lettuce counts in Redis as they arrive, over one connection. The Redis machine loses its power once;
 * Lettuce reconnects and sends all unanswered commands again.
 *
 * <p>The naive counter is a number, which a repeated command increases twice; the fixed counter is a set of the
 * clicks' names.
 */
final class LettuceClicks implements Scenario {

  private static final int CLICKS = 40;
  private static final String KEY = "clicks";
  /** Many times the duration that the clicks need. */
  private static final Duration LIMIT = Duration.ofMinutes(5);

  private final Lab lab;
  private final boolean mended;
  private final RedisServer server = new RedisServer();
  private final Host redis;
  private final LettuceOnHost client;
  private int counted;

  LettuceClicks(Lab lab, boolean mended) {
    this.lab = lab;
    this.mended = mended;
    Switch lan = lab.newSwitch("lan");
    this.redis = lab.host("redis").on(lan, "10.0.0.2/24",
        wire -> wire.delay(Duration.ofMillis(5)).jitter(Duration.ofMillis(2)).loss(0.01)).runs(server).start();
    Host web = lab.host("web").on(lan, "10.0.0.1/24").start();
    this.client = lab.blocking(() -> LettuceOnHost.to(web, RedisURI.create("10.0.0.2", RedisServer.PORT)));
  }

  @Override
  public List<String> run() {
    var chance = lab.random("clicks");
    StatefulRedisConnection<String, String> connection = lab.blocking(() -> client.connect());
    lab.at(lab.now().plusMillis(chance.nextInt(100, 1500))).run(() -> {
      redis.crash();
      lab.at(lab.now().plusMillis(chance.nextInt(200, 1000))).run(redis::restart);
    });
    lab.await(Flux.range(1, CLICKS).concatMap(n -> Mono.delay(Duration.ofMillis(chance.nextInt(80))).thenReturn(n))
        .flatMap(n -> click(connection, n), CLICKS).doOnNext(answer -> counted++).then()
        .takeUntilOther(Mono.delay(LIMIT)));
    lab.blocking(() -> {
      connection.close();
      client.end();
      return true;
    });
    List<String> faults = new ArrayList<>();
    if (counted < CLICKS) {
      faults.add(counted + " of " + CLICKS + " clicks answered within " + LIMIT);
    }
    int total = mended ? server.members(KEY) : Integer.parseInt(server.number(KEY));
    if (total != CLICKS) {
      faults.add(CLICKS + " clicks were counted as " + total);
    }
    return faults;
  }

  private Mono<Long> click(StatefulRedisConnection<String, String> connection, int number) {
    // When a connection breaks, Lettuce fails the oldest command and sends the other ones again.
    return (mended ? connection.reactive().sadd(KEY, "click-" + number) : connection.reactive().incr(KEY))
        .retryWhen(Retry.backoff(5, Duration.ofMillis(100)));
  }
}
