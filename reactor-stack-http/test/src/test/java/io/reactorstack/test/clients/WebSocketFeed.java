package io.reactorstack.test.clients;

import io.reactorstack.lab.Effects;
import io.reactorstack.lab.Effects.ResetTo;
import io.reactorstack.lab.Frames;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Scope;
import io.reactorstack.lab.Switch;
import io.reactorstack.test.LabHttp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.http.client.HttpClient;
import reactor.util.retry.Retry;

/**
 * A feed of numbered messages over a WebSocket, and a subscriber that reconnects when its connection breaks; a
 * middlebox resets the connection twice.
 *
 * <p>The naive subscriber then receives only new messages. The fixed subscriber sends the number of the last message
 * that it received, and the feed continues with the next one. It also leaves a connection on which no message arrives.
 */
final class WebSocketFeed implements Scenario {

  private static final int MESSAGES = 40;
  private static final Duration OUTAGE = Duration.ofMillis(50);
  /**
   * Longer than the interval between messages: without a message for this time, the connection is broken and the reset
   * was lost.
   */
  private static final Duration SILENCE = Duration.ofSeconds(2);
  /** Several times the duration that the messages need. */
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Lab lab;
  private final boolean resumes;
  private final Host feed;
  private final HttpClient client;
  private final Sinks.Many<Integer> live = Sinks.many().multicast().directBestEffort();
  private final Sinks.Many<Integer> all = Sinks.many().replay().all();
  private final List<Integer> heard = new ArrayList<>();

  WebSocketFeed(Lab lab, boolean resumes) {
    this.lab = lab;
    this.resumes = resumes;
    Switch lan = lab.newSwitch("lan");
    this.feed = lab.host("feed").on(lan, "10.0.0.2/24",
        wire -> wire.delay(Duration.ofMillis(5)).jitter(Duration.ofMillis(2)).loss(0.01)).start();
    Host reader = lab.host("reader").on(lan, "10.0.0.1/24").start();
    lab.await(LabHttp.of(feed).server().route(routes -> routes
        .ws("/live", (in, out) -> out.sendString(live.asFlux().map(String::valueOf)))
        .ws("/after", (in, out) -> {
          int after = Integer.parseInt(in.headers().get("Last-Heard"));
          return out.sendString(all.asFlux().filter(number -> number > after).map(String::valueOf));
        })).bind());
    this.client = LabHttp.of(reader).client();
  }

  @Override
  public List<String> run() {
    var chance = lab.random("feed");
    for (int i = 0; i < 2; i++) {
      lab.at(Duration.ofMillis(chance.nextInt(1000, 5000))).run(this::breakConnections);
    }
    Mono<Void> publishing = Flux.range(1, MESSAGES)
        .concatMap(n -> Mono.delay(Duration.ofMillis(chance.nextInt(50, 250)))
            .doOnNext(tick -> publish(n)))
        .then();
    lab.await(Mono.when(publishing.delaySubscription(Duration.ofMillis(500)), listening())
        .takeUntilOther(Mono.delay(LIMIT)));
    List<Integer> lost = IntStream.rangeClosed(1, MESSAGES).boxed().filter(n -> !heard.contains(n)).toList();
    if (!lost.isEmpty()) {
      return List.of("lost " + lost);
    }
    return heard.size() == MESSAGES ? List.of() : List.of("heard " + heard);
  }

  private void publish(int number) {
    live.tryEmitNext(number);
    all.tryEmitNext(number).orThrow();
  }

  private void breakConnections() {
    Scope reset = feed.wire().with(Effects.reset(ResetTo.BOTH, Frames.tcp()));
    lab.at(lab.now().plus(OUTAGE)).run(reset::close);
  }

  /** Completes when the last message has arrived. */
  private Mono<Void> listening() {
    return Flux.defer(this::connection).concatWith(Flux.error(() -> new IllegalStateException("closed")))
        .doOnNext(heard::add)
        .retryWhen(Retry.backoff(Long.MAX_VALUE, Duration.ofMillis(50)).maxBackoff(Duration.ofMillis(500)))
        .takeUntil(number -> number == MESSAGES).then();
  }

  private Flux<Integer> connection() {
    int last = heard.isEmpty() ? 0 : heard.getLast();
    HttpClient asking = client.headers(headers -> headers.set("Last-Heard", last));
    Flux<Integer> messages = asking.websocket().uri(resumes ? "ws://feed/after" : "ws://feed/live")
        .handle((in, out) -> in.receive().asString().map(Integer::valueOf));
    return resumes ? messages.timeout(SILENCE) : messages;
  }
}
