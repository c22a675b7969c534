package io.reactorstack.test.clients;

import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.test.LabHttp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Orders that Spring's WebClient sends, with retries, to a shop on Spring WebFlux over a lossy network. The shop's
 * machine loses its power once and restarts; the record of charged orders survives.
 */
final class WebClientOrders implements Scenario {

  /** A defect of the client. */
  enum Flaw {
    /** There is no timeout: the client waits for ever for a request that the shop received before it crashed. */
    NO_TIMEOUT,
    /** A repeated request has no key by which the shop recognizes it. */
    NO_KEY
  }

  private static final String KEY = "Idempotency-Key";
  private static final int ORDERS = 10;
  private static final Duration WORK = Duration.ofMillis(60);
  /** Many times the duration that the orders need. */
  private static final Duration LIMIT = Duration.ofMinutes(5);

  private final Lab lab;
  private final Set<Flaw> flaws = EnumSet.noneOf(Flaw.class);
  private final Host shop;
  private final WebClient client;
  /** The shop's records, which survive a crash: the number of times that each order was charged. */
  private final Map<String, Integer> charged = new HashMap<>();
  private int done;

  WebClientOrders(Lab lab, Flaw... flaws) {
    this.lab = lab;
    this.flaws.addAll(List.of(flaws));
    Switch lan = lab.newSwitch("lan");
    this.shop = lab.host("shop").on(lan, "10.0.0.2/24").runs(host -> LabHttp.of(host).server()
        .handle(new ReactorHttpHandlerAdapter(application())).bind().block()).start();
    Host asking = lab.host("client").on(lan, "10.0.0.1/24",
        wire -> wire.delay(Duration.ofMillis(5)).jitter(Duration.ofMillis(2)).loss(0.02)).start();
    this.client = LabHttp.webClient(asking);
  }

  private HttpHandler application() {
    return RouterFunctions.toHttpHandler(RouterFunctions.route().POST("/orders", this::charge).build());
  }

  /** Charges an order once if it has a key, and otherwise as often as it arrives; there is work before and after. */
  private Mono<ServerResponse> charge(ServerRequest request) {
    boolean keyed = request.headers().firstHeader(KEY) != null;
    return request.bodyToMono(String.class).delayElement(WORK).doOnNext(order -> {
      if (!keyed || !charged.containsKey(order)) {
        charged.merge(order, 1, Integer::sum);
      }
    }).delayElement(WORK).flatMap(order -> ServerResponse.ok().bodyValue("charged " + order));
  }

  @Override
  public List<String> run() {
    var chance = lab.random("crash");
    lab.at(Duration.ofMillis(chance.nextInt(100, 1600))).run(() -> {
      shop.crash();
      lab.at(lab.now().plusMillis(chance.nextInt(200, 1000))).run(shop::restart);
    });
    lab.await(Flux.range(1, ORDERS).concatMap(n -> Mono.delay(Duration.ofMillis(chance.nextInt(60)))
        .then(order("order-" + n))).doOnNext(answer -> done++).then().takeUntilOther(Mono.delay(LIMIT)));
    List<String> faults = new ArrayList<>();
    if (done < ORDERS) {
      faults.add(done + " of " + ORDERS + " orders answered within " + LIMIT);
    }
    charged.forEach((order, times) -> {
      if (times > 1) {
        faults.add(order + " was charged " + times + " times");
      }
    });
    return faults;
  }

  private Mono<String> order(String name) {
    Mono<String> once = client.post().uri("http://shop/orders").headers(headers -> {
      if (!flaws.contains(Flaw.NO_KEY)) {
        headers.set(KEY, name);
      }
    }).bodyValue(name).retrieve().bodyToMono(String.class);
    return (flaws.contains(Flaw.NO_TIMEOUT) ? once : once.timeout(Duration.ofSeconds(1)))
        .retryWhen(Retry.backoff(10, Duration.ofMillis(100)).maxBackoff(Duration.ofSeconds(2)));
  }
}
