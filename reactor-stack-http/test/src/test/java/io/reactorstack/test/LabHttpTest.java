package io.reactorstack.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.timeout.ReadTimeoutException;
import io.reactorstack.http.StackHttp;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.spi.HostLoop;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServerRoutes;
import reactor.netty.resources.ConnectionProvider;

/** HTTP between hosts of a lab that resolve each other's names. */
@Timeout(60)
class LabHttpTest {

  private final Lab lab = Lab.builder().seed(5).strict().virtualTime();
  private final Switch lan = lab.newSwitch("lan");
  private final Host shop = lab.host("shop").on(lan, "10.0.0.1/24").start();
  private final Host bank = lab.host("bank").on(lan, "10.0.0.2/24", wire -> wire.delay(Duration.ofMillis(10))).start();

  LabHttpTest() {
    lab.await(LabHttp.of(bank).server().route(LabHttpTest::routes).bind());
  }

  private static void routes(HttpServerRoutes routes) {
    routes.get("/port", (request, response) -> response
        .sendString(Mono.just(String.valueOf(request.remoteAddress().getPort()))))
        .get("/late",
            (request, response) -> response.sendString(Mono.delay(Duration.ofSeconds(60)).map(tick -> "late")));
  }

  @AfterEach
  void close() {
    lab.close();
  }

  private String get(HttpClient client, String uri) {
    return lab.await(client.get().uri(uri).responseContent().aggregate().asString());
  }

  private int connections(Host host) {
    return lab.call(() -> HostLoop.of(host.stack()).unfinishedConnections());
  }

  @Test
  void resolvesAHostNameAndUsesThePortOfTheUri() {
    lab.await(LabHttp.of(bank).server(8080).route(routes -> routes
        .get("/x", (request, response) -> response.sendString(Mono.just("8080")))).bind());
    HttpClient client = LabHttp.of(shop).client();
    for (String host : List.of("bank", "BANK", "bank.lab", "bank.", "10.0.0.2")) {
      assertThat(get(client, "http://" + host + ":8080/x")).as(host).isEqualTo("8080");
    }
    assertThat(get(client, "http://bank/port")).isNotEmpty();
    assertThat(get(LabHttp.of(bank).client(), "http://localhost:8080/x")).isEqualTo("8080");
  }

  @Test
  void anUnknownNameFailsImmediately() {
    assertThatThrownBy(() -> get(LabHttp.of(shop).client(), "http://bnak/")).cause()
        .isInstanceOf(UnknownHostException.class)
        .hasMessage("bnak: no host of the lab has this name; its hosts are shop, bank");
    assertThat(lab.now()).isZero();
  }

  @Test
  void oneObjectReusesItsConnection() {
    LabHttp http = LabHttp.of(shop);
    String first = get(http.client(), "http://bank/port");
    assertThat(get(http.client(), "http://bank/port")).as("the next client of the same object").isEqualTo(first);
    assertThat(lab.await(http.webClient().get().uri("http://bank/port").retrieve().bodyToMono(String.class)))
        .as("Spring's client of the same object").isEqualTo(first);
    assertThat(connections(shop)).isEqualTo(1);
    assertThat(get(LabHttp.of(shop).client(), "http://bank/port")).isNotEqualTo(first);
    assertThat(connections(shop)).isEqualTo(2);
  }

  @Test
  void hostsAndWorldsShareNoConnections() {
    Host desk = lab.host("desk").on(lan, "10.0.0.3/24").start();
    get(LabHttp.of(shop).client(), "http://bank/port");
    get(LabHttp.of(desk).client(), "http://bank/port");
    assertThat(List.of(connections(shop), connections(desk), connections(bank))).containsExactly(1, 1, 2);
    try (Lab other = Lab.virtual(5)) {
      Switch link = other.newSwitch("lan");
      Host own = other.host("shop").on(link, "10.0.0.1/24").start();
      Host elsewhere = other.host("bank").on(link, "10.0.0.2/24").start();
      other.await(LabHttp.of(elsewhere).server().route(routes -> routes
          .get("/port", (request, response) -> response.sendString(Mono.just("the other")))).bind());
      assertThat(
          other.await(LabHttp.of(own).client().get().uri("http://bank/port").responseContent().aggregate().asString()))
          .isEqualTo("the other");
      assertThat(connections(bank)).isEqualTo(2);
    }
  }

  @Test
  void poolSizeDoesNotDependOnTheMachine() {
    HttpClient client = LabHttp.of(shop).client();
    // Reactor Netty's default pool has 16 connections on a machine with up to eight processors.
    lab.await(Flux.range(0, 40)
        .flatMap(i -> client.get().uri("http://bank/late").responseContent().aggregate().asString(), 40).then());
    assertThat(connections(shop)).isEqualTo(40);
    assertThat(client.configuration().connectionProvider().maxConnections()).isEqualTo(500);
  }

  @Test
  void theCallerMaySupplyThePool() {
    ConnectionProvider pool = StackHttp.pool(shop.stack(), "own", Duration.ofSeconds(30), Duration.ZERO)
        .maxConnections(1).build();
    HttpClient client = LabHttp.of(shop).client(pool);
    String first = get(client, "http://bank/port");
    assertThat(get(client, "http://bank/port")).isEqualTo(first);
    lab.advance(Duration.ofSeconds(31));
    assertThat(get(client, "http://bank/port")).isNotEqualTo(first);
  }

  @Test
  void timeoutsOfClientAndServerFollowTheWorldsClock() {
    HttpClient client = LabHttp.of(shop).client();
    assertThatThrownBy(() -> get(client.responseTimeout(Duration.ofSeconds(30)), "http://bank/late"))
        .isInstanceOf(ReadTimeoutException.class);
    assertThat(lab.now()).isEqualTo(Duration.ofMillis(30_020 + 20));
    lab.await(LabHttp.of(bank).server(8080).idleTimeout(Duration.ofSeconds(7)).route(LabHttpTest::routes).bind());
    String first = get(client, "http://bank:8080/port");
    lab.advance(Duration.ofMillis(6_900));
    assertThat(get(client, "http://bank:8080/port")).isEqualTo(first);
    lab.advance(Duration.ofMillis(7_100));
    assertThat(get(client, "http://bank:8080/port")).as("the first connection is closed").isNotEqualTo(first);
  }

  @Test
  void aReplacementHostStartsWithAnEmptyPool() {
    LabHttp http = LabHttp.of(shop);
    get(http.client(), "http://bank/port");
    lab.await(shop.stack().stop());
    Host again = lab.host("shop").on(lan, "10.0.0.1/24").start();
    get(LabHttp.of(again).client(), "http://bank/port");
    assertThat(connections(again)).isEqualTo(1);
    assertThatThrownBy(() -> get(http.client(), "http://bank/port")).hasMessageContaining("stopped");
  }

  @Test
  void aRestartedHostStartsWithAnEmptyPool() {
    LabHttp http = LabHttp.of(shop);
    HttpClient old = http.client();
    String first = get(old, "http://bank/port");
    shop.crash();
    assertThatThrownBy(http::client).isInstanceOf(IllegalStateException.class).hasMessageContaining("has crashed");
    shop.restart();
    assertThat(get(http.client(), "http://bank/port")).isNotEqualTo(first);
    assertThat(connections(shop)).isEqualTo(1);
    assertThatThrownBy(() -> get(old, "http://bank/port")).hasMessageContaining("stopped");
    lab.advance(Duration.ofHours(1));
    assertThat(connections(bank)).as("the bank does not notice the crash").isEqualTo(2);
  }

  @Test
  void aRestartedServerServesAgainAfterTheClientsTimeout() {
    Host server = lab.host("server").on(lan, "10.0.0.4/24", wire -> wire.delay(Duration.ofMillis(10)))
        .runs(host -> LabHttp.of(host).server().route(LabHttpTest::routes).bind().subscribe()).start();
    HttpClient client = LabHttp.of(shop).client().responseTimeout(Duration.ofSeconds(5));
    String first = get(client, "http://server/port");
    server.crash();
    Duration before = lab.now();
    assertThatThrownBy(() -> get(client, "http://server/port")).isInstanceOf(ReadTimeoutException.class);
    assertThat(lab.now().minus(before)).isEqualTo(Duration.ofSeconds(5));
    server.restart();
    assertThat(get(client, "http://server/port")).isNotEqualTo(first);
  }

  @Test
  void clientOfCrashedSoftwareIsCreatedAgain() {
    List<String> answers = new ArrayList<>();
    Host desk = lab.host("desk").on(lan, "10.0.0.3/24").runs(host -> {
      WebClient toBank = LabHttp.webClient(host);
      Flux.interval(Duration.ofSeconds(1)).concatMap(tick -> toBank.get().uri("http://bank/port").retrieve()
          .bodyToMono(String.class)).subscribe(answers::add);
    }).start();
    lab.advance(Duration.ofMillis(2_500));
    assertThat(answers).hasSize(2);
    assertThat(new HashSet<>(answers)).as("one connection").hasSize(1);
    desk.crash();
    lab.advance(Duration.ofSeconds(10));
    assertThat(answers).hasSize(2);
    desk.restart();
    lab.advance(Duration.ofMillis(3_500));
    assertThat(answers).hasSize(5);
    assertThat(new HashSet<>(answers)).as("one more connection").hasSize(2);
  }

  @Test
  void springsClientCallsAServiceThatCallsAnother() {
    WebClient toBank = LabHttp.webClient(shop).mutate().baseUrl("http://bank").build();
    lab.await(LabHttp.of(shop).server().route(routes -> routes.get("/pay", (request, response) -> response
        .sendString(toBank.get().uri("/port").retrieve().bodyToMono(String.class).map(port -> "paid by " + port))))
        .bind());
    Host desk = lab.host("desk").on(lan, "10.0.0.3/24").start();
    WebClient client = LabHttp.webClient(desk);
    String first = lab.await(client.get().uri("http://shop/pay").retrieve().bodyToMono(String.class));
    assertThat(first).startsWith("paid by ");
    assertThat(lab.await(client.get().uri("http://shop/pay").retrieve().bodyToMono(String.class)))
        .as("over the same two connections").isEqualTo(first);
    assertThatThrownBy(() -> lab.await(client.get().uri("http://shpo/pay").retrieve().bodyToMono(String.class)))
        .isInstanceOf(WebClientRequestException.class).hasRootCauseInstanceOf(UnknownHostException.class);
    Duration before = lab.now();
    assertThatThrownBy(() -> lab.await(toBank.get().uri("/late").retrieve().bodyToMono(String.class)
        .timeout(Duration.ofSeconds(2)))).hasCauseInstanceOf(java.util.concurrent.TimeoutException.class);
    assertThat(lab.now().minus(before)).isEqualTo(Duration.ofSeconds(2));
  }
}
