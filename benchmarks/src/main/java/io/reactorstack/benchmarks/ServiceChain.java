package io.reactorstack.benchmarks;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.ConnectionProvider;
import reactor.util.retry.Retry;

/**
 * Three HTTP services (gateway, shop and stock) and a client that sends 30 requests to the first, four at a time. Each
 * service calls the next one, with a timeout and retries. The services are independent of the network that carries
 * their bytes.
 */
final class ServiceChain {

  /** The styles in which the services may be written. */
  enum Style {
    /** Composed of publishers, on the event loop. */
    REACTIVE,
    /** Handlers that block in {@code synchronized}, {@code sleep} and {@code block}, on {@code boundedElastic()}. */
    BLOCKING
  }

  /**
   * A host for a service.
   *
   * @param server binds to the host's address
   * @param http calls the services of other places
   * @param pool the pool of {@code http}
   * @param url the URL of the service
   */
  record Place(HttpServer server, HttpClient http, ConnectionProvider pool, String url) {}

  /** The number of requests. */
  static final int REQUESTS = 30;

  private static final int AT_ONCE = 4;
  private static final Duration LIMIT = Duration.ofSeconds(2);
  private static final Duration WORK = Duration.ofMillis(3);
  private static final Duration BACKOFF = Duration.ofMillis(100);

  private final Place client;
  private final Place gateway;
  private final Place shop;
  private final Place stock;
  private final Style style;
  private final Map<String, Integer> orders = new HashMap<>();

  /** Returns a chain in these places: {@code client}, {@code gateway}, {@code shop} and {@code stock}. */
  ServiceChain(Style style, Function<String, Place> places) {
    this.style = style;
    this.client = places.apply("client");
    this.gateway = places.apply("gateway");
    this.shop = places.apply("shop");
    this.stock = places.apply("stock");
  }

  /** Binds the services; completes with the list that {@link #stop} takes. */
  Mono<List<DisposableServer>> start() {
    return Flux.concat(
        bind(stock, this::level),
        bind(shop, path -> forward(shop, stock, path)),
        bind(gateway, path -> forward(gateway, shop, path)))
        .collectList();
  }

  private static Publisher<DisposableServer> bind(Place place, Function<String, Mono<String>> answer) {
    return place.server.handle((request, response) -> response.sendString(answer.apply(request.uri())))
        .bind().cast(DisposableServer.class);
  }

  /** Sends the requests; completes with the number of answers. */
  Mono<Long> requests() {
    return Flux.range(0, REQUESTS).flatMap(i -> ask(client, gateway, "/item" + i), AT_ONCE).count();
  }

  /** Closes the pools and the servers. */
  Mono<Void> stop(List<DisposableServer> servers) {
    return Flux.just(client, gateway, shop).flatMap(place -> place.pool.disposeLater())
        .thenMany(Flux.fromIterable(servers)).flatMap(server -> {
          server.dispose();
          return server.onDispose();
        }).then();
  }

  private static Mono<String> ask(Place from, Place to, String path) {
    return from.http.get().uri(to.url + path)
        .responseSingle((response, content) -> response.status().code() == 200
            ? content.asString()
            : Mono.error(new IllegalStateException("status " + response.status())))
        .timeout(LIMIT)
        .retryWhen(Retry.backoff(20, BACKOFF));
  }

  private Mono<String> level(String path) {
    return style == Style.REACTIVE
        ? Mono.delay(WORK).map(now -> "five of " + path)
        : blocking(() -> {
          Thread.sleep(WORK);
          return "five of " + path;
        });
  }

  private Mono<String> forward(Place from, Place to, String path) {
    return style == Style.REACTIVE
        ? ask(from, to, path)
        : blocking(() -> {
          note(path);
          return ask(from, to, path).block();
        });
  }

  private static Mono<String> blocking(Callable<String> work) {
    return Mono.fromCallable(work).subscribeOn(Schedulers.boundedElastic());
  }

  private void note(String path) throws InterruptedException {
    synchronized (orders) {
      orders.merge(path, 1, Integer::sum);
      Thread.sleep(ThreadLocalRandom.current().nextInt(1, 3));
    }
  }
}
