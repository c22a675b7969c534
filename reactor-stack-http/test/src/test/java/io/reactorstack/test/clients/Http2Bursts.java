package io.reactorstack.test.clients;

import io.reactorstack.http.StackHttp;
import io.reactorstack.lab.Effects;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.test.LabHttp;
import java.time.Duration;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.util.retry.Retry;

/**
 * Bursts of HTTP/2 requests, the streams of one connection, through a firewall that forgets connections which were idle
 * for two seconds and silently drops their later packets.
 *
 * <p>A timeout ends a stream and leaves the connection in its pool, so the naive client repeats each request on the
 * same dead connection. The fixed client's pool evicts connections that have been idle for one second.
 */
final class Http2Bursts implements Scenario {

  private static final int BURSTS = 6;
  private static final int STREAMS = 10;
  private static final Duration FORGOTTEN = Duration.ofSeconds(2);
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Lab lab;
  private final HttpClient client;
  private final ConnectionProvider pool;
  private int answered;

  Http2Bursts(Lab lab, boolean mended) {
    this.lab = lab;
    Switch lan = lab.newSwitch("lan");
    Host web = lab.host("web").on(lan, "10.0.0.2/24",
        wire -> wire.delay(Duration.ofMillis(5)).jitter(Duration.ofMillis(2)).loss(0.01)).start();
    web.wire().with(Effects.forgetIdle(FORGOTTEN));
    Host browser = lab.host("browser").on(lan, "10.0.0.1/24").start();
    lab.await(LabHttp.of(web).server().protocol(HttpProtocol.H2C).route(routes -> routes
        .get("/part/{number}", (request, response) -> response.sendString(
            Mono.just("x".repeat(2000)).delayElement(Duration.ofMillis(10)))))
        .bind());
    this.pool = StackHttp
        .pool(browser.stack(), "browser", mended ? Duration.ofSeconds(1) : Duration.ZERO, Duration.ZERO)
        .maxConnections(1).build();
    this.client = LabHttp.of(browser).client(pool).protocol(HttpProtocol.H2C);
  }

  @Override
  public List<String> run() {
    var chance = lab.random("pauses");
    lab.await(Flux.range(1, BURSTS).concatMap(n -> Flux.range(0, STREAMS).flatMap(this::part, STREAMS).then()
        .then(Mono.delay(Duration.ofMillis(chance.nextInt(200, 2200))))).then().takeUntilOther(Mono.delay(LIMIT)));
    lab.await(pool.disposeLater());
    int all = BURSTS * STREAMS;
    return answered == all ? List.of() : List.of(answered + " of " + all + " requests answered within " + LIMIT);
  }

  private Mono<String> part(int number) {
    return client.get().uri("http://web/part/" + number).responseContent().aggregate().asString()
        .timeout(Duration.ofSeconds(1))
        .retryWhen(Retry.backoff(Long.MAX_VALUE, Duration.ofMillis(100)).maxBackoff(Duration.ofSeconds(5)))
        .doOnNext(text -> answered++);
  }
}
