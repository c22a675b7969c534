package io.reactorstack.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.memory.MemoryCable;
import io.reactorstack.dns.DnsResolver;
import io.reactorstack.lab.Lab;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.UnprobedStack;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.ConnectionProvider;

/** HTTP/3 over the stack's UDP, in real time: the QUIC library reads the machine's clock. */
@Timeout(120)
class Http3Test {

  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final byte[] LARGE = new byte[1_000_000];

  static {
    new Random(7).nextBytes(LARGE);
  }

  private TwoHosts hosts;
  private ConnectionProvider pool;
  private HttpClient client;
  private DisposableServer server;

  @BeforeEach
  void start() {
    hosts = new TwoHosts(Lab.realTime(3), wire -> wire.loss(0.005));
    server = hosts.await(serving(hosts.server(443)).bind());
    pool = StackHttp.pool(hosts.client.stack(), "http3", Duration.ofMinutes(1), Duration.ZERO).maxConnections(1)
        .build();
    client = asking(hosts.client(pool));
  }

  private static HttpServer serving(HttpServer server) {
    return server.protocol(HttpProtocol.HTTP3)
        .secure(tls -> tls.sslContext(TwoHosts.serverTls3()))
        .http3Settings(settings -> settings.idleTimeout(Duration.ofSeconds(20)).maxData(10_000_000)
            .maxStreamDataBidirectionalLocal(1_000_000).maxStreamDataBidirectionalRemote(1_000_000)
            .maxStreamsBidirectional(100))
        .route(routes -> routes
            .get("/version", (request, response) -> response.sendString(Mono.just(request.version().toString())))
            .get("/never", (request, response) -> response.sendString(Mono.never()))
            .get("/large", (request, response) -> response.send(Flux.range(0, 100)
                .map(i -> Unpooled.wrappedBuffer(LARGE, i * 10_000, 10_000))))
            .post("/echo", (request, response) -> response.send(request.receive().retain())));
  }

  private static HttpClient asking(HttpClient client) {
    return client.protocol(HttpProtocol.HTTP3).baseUrl("https://" + TwoHosts.NAME)
        .secure(tls -> tls.sslContext(TwoHosts.clientTls3()))
        .http3Settings(settings -> settings.idleTimeout(Duration.ofSeconds(20)).maxData(10_000_000)
            .maxStreamDataBidirectionalLocal(1_000_000).maxStreamDataBidirectionalRemote(1_000_000)
            .maxStreamsBidirectional(100));
  }

  @AfterEach
  void stop() {
    hosts.await(pool.disposeLater());
    hosts.close();
  }

  @Test
  void exchangesOverALossyWire() {
    assertThat(hosts.get(client, "/version")).isEqualTo("HTTP/3.0");
    assertThat(hosts.await(client.get().uri("/large").responseContent().aggregate().asByteArray())).isEqualTo(LARGE);
    var body = Flux.range(0, 100).map(i -> Unpooled.wrappedBuffer(LARGE, i * 10_000, 10_000));
    assertThat(hosts.await(client.post().uri("/echo").send(body).responseContent().aggregate().asByteArray()))
        .isEqualTo(LARGE);
  }

  @Test
  void aHundredRequests() {
    request(100);
  }

  @Test
  @Tag("long")
  void aThousandRequests() {
    request(1000);
  }

  @Test
  void stoppingHostsWithOpenConnectionsLogsNoWarning() {
    assertThat(hosts.get(client, "/version")).isEqualTo("HTTP/3.0");
    List<String> complaints = complaintsOf(() -> {
      hosts.await(hosts.client.stack().stop());
      hosts.await(hosts.web.stack().stop());
      hosts.lab.advance(Duration.ofMillis(100));
    });
    assertThat(complaints).isEmpty();
  }

  @Test
  void stoppingAServerInMidResponseLogsNoWarning() {
    Mono<Throwable> failed = client.get().uri("/large").responseContent().then()
        .then(Mono.<Throwable>empty()).onErrorResume(Mono::just).cache();
    List<String> complaints = complaintsOf(() -> {
      hosts.lab.run(failed::subscribe);
      hosts.lab.advance(Duration.ofMillis(30));
      hosts.await(hosts.web.stack().stop());
      hosts.await(hosts.client.stack().stop());
      hosts.lab.advance(Duration.ofMillis(100));
    });
    assertThat(complaints).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"/never, server", "/large, client", "/large, server", "/large, both", "/hole, client", "/version, both"})
  void stoppingDuringARequestLogsNoWarning(String path, String who) {
    List<Throwable> failed = new CopyOnWriteArrayList<>();
    HttpClient asks = path.equals("/hole") ? client.baseUrl("https://10.0.0.99") : client;
    List<String> complaints = complaintsOf(() -> {
      hosts.lab.run(() -> asks.get().uri(path).responseContent().subscribe(buffer -> {}, failed::add));
      hosts.lab.advance(Duration.ofMillis(200));
      Mono<Void> one = hosts.client.stack().stop();
      Mono<Void> two = hosts.web.stack().stop();
      hosts.await(who.equals("client") ? one : who.equals("server") ? two : Mono.when(two, one));
      hosts.lab.advance(Duration.ofMillis(200));
    });
    assertThat(complaints).isEmpty();
  }

  @Test
  void stoppingHostsOnSeparateLoopsLogsNoWarning() {
    MemoryCable cable = MemoryCable.ethernet(1500);
    NetworkStack web = UnprobedStack.create().name("web3").device(cable.left(), "10.0.0.2/24").startNow();
    NetworkStack browser = UnprobedStack.create().name("browser3").device(cable.right(), "10.0.0.1/24").startNow();
    DnsResolver resolver = DnsResolver.create(browser)
        .hosts(Map.of(TwoHosts.NAME, List.of(IpAddress.parse(TwoHosts.WEB))));
    List<String> complaints = complaintsOf(() -> {
      serving(StackHttp.server(web, new InetSocketAddress(TwoHosts.WEB, 443))).bind().block(LIMIT);
      ConnectionProvider connections = StackHttp.pool(browser, "own", Duration.ofMinutes(1), Duration.ZERO).build();
      assertThat(asking(StackHttp.client(browser, resolver, connections)).get().uri("/version").responseContent()
          .aggregate().asString().block(LIMIT)).isEqualTo("HTTP/3.0");
      browser.stop().block(LIMIT);
      web.stop().block(LIMIT);
    });
    assertThat(complaints).isEmpty();
  }

  @Test
  void requestToADisposedServerLogsNoWarning() {
    assertThat(hosts.get(client, "/version")).isEqualTo("HTTP/3.0");
    List<Throwable> failed = new CopyOnWriteArrayList<>();
    List<String> complaints = complaintsOf(() -> {
      server.dispose();
      hosts.await(server.onDispose());
      hosts.lab.run(() -> client.get().uri("/version").responseContent().subscribe(buffer -> {}, failed::add));
      hosts.lab.advance(Duration.ofSeconds(1));
      hosts.await(hosts.client.stack().stop());
    });
    assertThat(complaints).isEmpty();
  }

  /**
   * Returns the log entries of level WARNING or above while {@code action} runs, except those that the client's user
   * receives as errors anyway.
   */
  private static List<String> complaintsOf(Runnable action) {
    List<String> complaints = new CopyOnWriteArrayList<>();
    Handler listener = new Handler() {
      @Override
      public void publish(LogRecord entry) {
        boolean told = "reactor.netty.http.client.HttpClientConnect".equals(entry.getLoggerName());
        if (entry.getLevel().intValue() >= Level.WARNING.intValue() && !told) {
          complaints.add(entry.getLoggerName() + ": " + entry.getMessage() + " " + entry.getThrown());
        }
      }

      @Override
      public void flush() {}

      @Override
      public void close() {}
    };
    Logger root = Logger.getLogger("");
    root.addHandler(listener);
    try {
      action.run();
    } finally {
      root.removeHandler(listener);
    }
    return complaints;
  }

  private void request(int requests) {
    assertThat(hosts.await(Flux.range(0, requests)
        .flatMap(i -> client.get().uri("/version").responseContent().aggregate().asString(), 50)
        .filter("HTTP/3.0"::equals).count())).isEqualTo(requests);
  }
}
