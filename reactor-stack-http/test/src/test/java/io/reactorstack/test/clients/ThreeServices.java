package io.reactorstack.test.clients;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.reactorstack.http.StackHttp;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.test.LabHttp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.HttpServerRoutes;
import reactor.netty.resources.ConnectionProvider;
import reactor.util.retry.Retry;

/**
 * A chain of three services on a network with faults: a client calls a gateway, which calls a shop, which calls the
 * stock. The shop caches the numbers of the stock. One third of the requests buy a piece, the other requests query the
 * number of sold pieces. Each hop has a timeout and retries. By default the network is a switch with wires that lose
 * frames, and the wire of the stock or of the shop is cut for two seconds meanwhile; a {@link Place} is another one.
 *
 * <p>Create it with a lab, await {@link #run} once, and close it before the lab.
 */
public final class ThreeServices implements AutoCloseable {

  /** A defect that the services may have. */
  public enum Flaw {
    /** A sale is repeated after a timeout, without a key by which the stock recognizes it. */
    NO_KEY,
    /** A sale clears the shop's cache entry, and whichever answer arrives last fills it, even an older one. */
    LAST_ANSWER_WINS
  }

  /**
   * The settings of the services.
   *
   * @param flaws their defects
   * @param blocking whether handlers block, on {@code Schedulers.boundedElastic()}
   * @param requests the number of the client's requests
   * @param atOnce the number of concurrent requests
   */
  public record Settings(Set<Flaw> flaws, boolean blocking, int requests, int atOnce) {

    /** Returns thirty requests, four at a time, to services without defects that do not block. */
    public static Settings mended() {
      return new Settings(Set.of(), false, 30, 4);
    }

    /** Returns these settings with defects. */
    public Settings with(Flaw... some) {
      return new Settings(Set.of(some), blocking, requests, atOnce);
    }

    /** Returns these settings with blocking handlers. */
    public Settings blockingHandlers() {
      return new Settings(flaws, true, requests, atOnce);
    }
  }

  /** The network of the services and their client. */
  public interface Place {

    /** Starts the host {@code name}, which reaches the others by their names; to be called from outside the world. */
    Host host(String name);

    /** Returns a publisher that makes a fault of the network and completes when it is over. */
    Mono<?> fault();
  }

  private static final String KEY = "Idempotency-Key";
  private static final List<String> ITEMS = List.of("apple", "pear");
  private static final List<String> SERVICES = List.of("gateway", "shop", "stock");
  /** Longer than any request takes, however many frames are lost. */
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Lab lab;
  private final Settings settings;
  private final List<ConnectionProvider> pools = new ArrayList<>();
  private final Place place;
  private final Map<String, Host> hosts = new HashMap<>();
  private final Stock stock = new Stock();
  private final HttpClient client;
  private final Set<String> faults = new LinkedHashSet<>();
  /** For each item, the number of the last sale that was confirmed to the client, and the number of its sales. */
  private final Map<String, Integer> confirmed = new HashMap<>();
  private final Map<String, Integer> bought = new HashMap<>();

  /** Creates hosts on one switch, and services on them, in {@code lab}; to be called from outside the world. */
  public ThreeServices(Lab lab, Settings settings) {
    this(lab, settings, new OneSwitch(lab));
  }

  /** Creates hosts at {@code place} and services on them; to be called from outside the world. */
  public ThreeServices(Lab lab, Settings settings, Place place) {
    this.lab = lab;
    this.settings = settings;
    this.place = place;
    Host asking = place.host("client");
    SERVICES.forEach(name -> hosts.put(name, place.host(name)));
    this.client = client(asking, "gateway");
    Shop shop = new Shop(client(hosts.get("shop"), "stock"), settings.flaws());
    Gateway gateway = new Gateway(client(hosts.get("gateway"), "shop"));
    lab.await(Mono.when(serve("gateway", gateway::routes), serve("shop", shop::routes), serve("stock", stock::routes)));
  }

  /**
   * Returns a publisher that makes all requests and emits the faults found, as sentences; the list is empty if the
   * services are correct.
   */
  public Mono<List<String>> run() {
    return Mono.defer(() -> requests().and(place.fault()))
        .then(Mono.delay(Duration.ofSeconds(5))).then(Flux.fromIterable(ITEMS).concatMap(this::look).then())
        .then(Mono.fromCallable(() -> {
          ITEMS.forEach(this::compare);
          return List.copyOf(faults);
        }));
  }

  /** Returns the hosts of the services by name. */
  public Map<String, Host> hosts() {
    return Map.copyOf(hosts);
  }

  @Override
  public void close() {
    lab.await(Mono.when(pools.stream().map(ConnectionProvider::disposeLater).toList()));
  }

  private Mono<Void> requests() {
    return Flux.range(0, settings.requests()).flatMap(n -> {
      String item = ITEMS.get(n % ITEMS.size());
      return n % 3 == 0 ? buy(item, "order-" + n) : look(item);
    }, settings.atOnce()).then();
  }

  private Mono<Void> buy(String item, String key) {
    return toGateway(HttpMethod.POST, "/buy/" + item, key).doOnNext(number -> {
      bought.merge(item, 1, Integer::sum);
      confirmed.merge(item, number, Math::max);
    }).then();
  }

  private Mono<Void> look(String item) {
    return Mono.defer(() -> {
      int before = confirmed.getOrDefault(item, 0);
      return toGateway(HttpMethod.GET, "/sold/" + item, null).doOnNext(seen -> {
        if (seen < before) {
          faults.add("stale: " + item + " shows " + seen + " sold after sale " + before + " was confirmed");
        }
      });
    }).then();
  }

  private Mono<Integer> toGateway(HttpMethod method, String path, @Nullable String key) {
    return call(client, method, path, key).timeout(Duration.ofSeconds(20))
        .retryWhen(Retry.backoff(5, Duration.ofMillis(200)));
  }

  private void compare(String item) {
    int sold = stock.sold(item);
    int orders = bought.getOrDefault(item, 0);
    if (sold != orders) {
      faults.add("partial: " + sold + " of " + item + " sold for " + orders + " orders");
    }
  }

  private HttpClient client(Host host, String server) {
    ConnectionProvider pool = StackHttp.pool(host.stack(), host.name(), Duration.ofSeconds(30), Duration.ZERO).build();
    pools.add(pool);
    return LabHttp.of(host).client(pool).baseUrl("http://" + server);
  }

  private Mono<? extends DisposableServer> serve(String name, Routes routes) {
    return LabHttp.of(hosts.get(name)).server().route(table -> routes.add(table, this::answer)).bind();
  }

  /** Responds with the result of {@code work}, which runs on a thread that may block if the services block. */
  private Mono<Void> answer(HttpServerResponse response, Supplier<Mono<Integer>> work) {
    Mono<Integer> done = settings.blocking()
        ? Mono.fromCallable(() -> work.get().block(PATIENCE)).subscribeOn(Schedulers.boundedElastic())
        : Mono.defer(work);
    return done.flatMap(number -> response.sendString(Mono.just(String.valueOf(number))).then())
        .onErrorResume(e -> response.status(HttpResponseStatus.SERVICE_UNAVAILABLE).send());
  }

  private static Mono<Integer> call(HttpClient client, HttpMethod method, String path, @Nullable String key) {
    return client.headers(headers -> {
      if (key != null) {
        headers.set(KEY, key);
      }
    }).request(method).uri(path).responseSingle((response, body) -> response.status().code() == 200
        ? body.asString().map(Integer::valueOf)
        : Mono.error(new IllegalStateException(path + " was answered by " + response.status())));
  }

  private static @Nullable String keyOf(HttpServerRequest request) {
    return request.requestHeaders().get(KEY);
  }

  /** Hosts on one switch, whose wires lose frames; the wire of the stock or of the shop is cut for two seconds. */
  private static final class OneSwitch implements Place {

    private static final Duration CUT = Duration.ofSeconds(2);

    private final Lab lab;
    private final Switch lan;
    private final Map<String, Host> hosts = new HashMap<>();

    OneSwitch(Lab lab) {
      this.lab = lab;
      this.lan = lab.newSwitch("lan");
    }

    @Override
    public Host host(String name) {
      Host host = lab.host(name).address("10.0.0." + (1 + hosts.size()) + "/24")
          .wire(wire -> wire.delay(Duration.ofMillis(3)).jitter(Duration.ofMillis(2)).loss(0.01)).connectTo(lan);
      hosts.put(name, host);
      return host;
    }

    @Override
    public Mono<?> fault() {
      var chance = lab.random("cut");
      var wire = hosts.get(chance.nextBoolean() ? "stock" : "shop").wire();
      return Mono.delay(Duration.ofMillis(chance.nextInt(20, 300))).doOnNext(tick -> wire.cut())
          .then(Mono.delay(CUT)).doOnNext(tick -> wire.mend());
    }
  }

  /** Adds a service's routes. */
  @FunctionalInterface
  private interface Routes {
    void add(HttpServerRoutes table, Answer answer);
  }

  /** Responds with the result of a handler's work. */
  @FunctionalInterface
  private interface Answer {
    Mono<Void> with(HttpServerResponse response, Supplier<Mono<Integer>> work);
  }

  /** The service that the client calls: it forwards requests, and repeats them if the shop does not answer. */
  private record Gateway(HttpClient shop) {

    void routes(HttpServerRoutes table, Answer answer) {
      table.get("/sold/{item}", (request, response) -> answer.with(response,
          () -> passOn(HttpMethod.GET, request.uri(), null)));
      table.post("/buy/{item}", (request, response) -> answer.with(response,
          () -> passOn(HttpMethod.POST, request.uri(), keyOf(request))));
    }

    private Mono<Integer> passOn(HttpMethod method, String path, @Nullable String key) {
      return call(shop, method, path, key).timeout(Duration.ofSeconds(2))
          .retryWhen(Retry.backoff(6, Duration.ofMillis(100)));
    }
  }

  /** The service with the cache. */
  private static final class Shop {

    private static final Duration TTL = Duration.ofSeconds(2);

    private final HttpClient stock;
    private final Set<Flaw> flaws;
    /** The cache's maintenance runs on the calling threads, because its default thread pool is outside the world. */
    private final Cache<String, Integer> sold = Caffeine.newBuilder().expireAfterWrite(TTL).executor(Runnable::run)
        .build();
    private final Map<String, Integer> largest = new ConcurrentHashMap<>();

    Shop(HttpClient stock, Set<Flaw> flaws) {
      this.stock = stock;
      this.flaws = flaws;
    }

    void routes(HttpServerRoutes table, Answer answer) {
      table.get("/sold/{item}", (request, response) -> answer.with(response,
          () -> look(request.param("item"))));
      table.post("/buy/{item}", (request, response) -> answer.with(response,
          () -> buy(request.param("item"), keyOf(request))));
    }

    private Mono<Integer> look(String item) {
      Integer known = sold.getIfPresent(item);
      return known != null
          ? Mono.just(known)
          : toStock(HttpMethod.GET, "/sold/" + item, null).doOnNext(number -> loaded(item, number));
    }

    private Mono<Integer> buy(String item, @Nullable String key) {
      return toStock(HttpMethod.POST, "/sell/" + item, flaws.contains(Flaw.NO_KEY) ? null : key)
          .doOnNext(number -> changed(item, number));
    }

    private void loaded(String item, int number) {
      if (flaws.contains(Flaw.LAST_ANSWER_WINS)) {
        sold.put(item, number);
      } else {
        learned(item, number);
      }
    }

    private void changed(String item, int number) {
      if (flaws.contains(Flaw.LAST_ANSWER_WINS)) {
        sold.invalidate(item);
      } else {
        learned(item, number);
      }
    }

    /**
     * Keeps the largest number, because numbers only grow. It must outlive its entry in the cache: a sale that is
     * repeated after seconds is answered with the number that it had the first time.
     */
    private void learned(String item, int number) {
      sold.put(item, largest.merge(item, number, Math::max));
    }

    private Mono<Integer> toStock(HttpMethod method, String path, @Nullable String key) {
      return call(stock, method, path, key).timeout(Duration.ofMillis(400))
          .retryWhen(Retry.backoff(2, Duration.ofMillis(100)));
    }
  }

  /** The service that counts the sold pieces of each item. */
  private static final class Stock {

    /**
     * The duration of a sale, which takes effect at its end. A query reads the number first and then takes time for the
     * answer.
     */
    private static final Duration SALE = Duration.ofMillis(2);

    private static final Duration LOOK = Duration.ofMillis(8);

    private final Map<String, Integer> sold = new HashMap<>();
    private final Map<String, Integer> done = new HashMap<>();

    void routes(HttpServerRoutes table, Answer answer) {
      table.get("/sold/{item}", (request, response) -> answer.with(response,
          () -> Mono.just(sold(request.param("item"))).delayElement(LOOK)));
      table.post("/sell/{item}", (request, response) -> answer.with(response,
          () -> Mono.delay(SALE).map(tick -> sell(request.param("item"), keyOf(request)))));
    }

    synchronized int sold(String item) {
      return sold.getOrDefault(item, 0);
    }

    private synchronized int sell(String item, @Nullable String key) {
      Integer before = key == null ? null : done.get(key);
      if (before != null) {
        return before;
      }
      int number = sold.merge(item, 1, Integer::sum);
      if (key != null) {
        done.put(key, number);
      }
      return number;
    }
  }
}
