package io.reactorstack.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.timeout.ReadTimeoutException;
import io.reactorstack.NetworkStack;
import io.reactorstack.dns.DnsResolver;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.spi.HostLoop;
import java.lang.reflect.Field;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/** Reactor Netty's HTTP on two stacks in the lab, in virtual time. */
class StackHttpTest {

  private static final String WEB = "10.0.0.2";

  private final Lab lab = Lab.virtual(11);
  private NetworkStack asking;
  private DnsResolver resolver;
  private HttpClient client;

  @BeforeEach
  void start() {
    Switch lan = lab.newSwitch("lan");
    asking = lab.host("client").address("10.0.0.1/24").connectTo(lan).stack();
    NetworkStack web = lab.host("web").address(WEB + "/24").connectTo(lan).stack();
    lab.await(StackHttp.server(web, new InetSocketAddress(WEB, 80)).route(routes -> routes
        .get("/", (request, response) -> response.sendString(Mono.just("a page")))
        .get("/late", (request, response) -> response.sendString(
            Mono.delay(Duration.ofSeconds(90), lab.scheduler()).map(tick -> "late"))))
        .bind());
    resolver = DnsResolver.create(asking).hosts(Map.of("www.example.lab", List.of(IpAddress.parse(WEB))));
    client = StackHttp.client(asking, resolver).baseUrl("http://www.example.lab");
  }

  @AfterEach
  void close() {
    lab.close();
  }

  private String get(String path) {
    return lab.await(client.get().uri(path).responseContent().aggregate().asString());
  }

  @Test
  void getsAPageByName() {
    assertThat(get("/")).isEqualTo("a page");
  }

  @Test
  void anUnknownPathIsNotFound() {
    assertThat(lab.await(client.get().uri("/nothing").response()).status().code()).isEqualTo(404);
  }

  @Test
  void aResponseTimeoutTakesVirtualTime() {
    Duration before = lab.now();
    client = client.responseTimeout(Duration.ofSeconds(30));
    assertThatThrownBy(() -> get("/late")).isInstanceOf(ReadTimeoutException.class);
    assertThat(lab.now().minus(before)).isBetween(Duration.ofSeconds(30), Duration.ofSeconds(31));
  }

  @Test
  void aLateAnswerArrivesLate() {
    Duration before = lab.now();
    assertThat(get("/late")).isEqualTo("late");
    assertThat(lab.now().minus(before)).isGreaterThanOrEqualTo(Duration.ofSeconds(90));
  }

  @Test
  void anUnknownNameIsAnUnknownHost() {
    assertThatThrownBy(() -> lab.await(client.get().uri("http://nowhere.example.lab/").response()))
        .satisfies(error -> assertThat(error).hasRootCauseInstanceOf(UnknownHostException.class));
  }

  @Test
  void aClientUsesTheStacksResolverByDefault() {
    String page = lab
        .await(StackHttp.client(asking).get().uri("http://WEB.lab/").responseContent().aggregate().asString());
    assertThat(page).isEqualTo("a page");
  }

  /**
   * Reactor Netty's table of the resolvers that it created is never emptied; an entry for a stack would keep its world
   * from being collected.
   */
  @Test
  void reactorNettyCachesNoResolverForAStack() throws ReflectiveOperationException {
    Field kept = Class.forName("reactor.netty.transport.ClientTransportConfig").getDeclaredField("RESOLVERS_CACHE");
    kept.setAccessible(true);
    Map<?, ?> before = Map.copyOf((Map<?, ?>) kept.get(null));
    try (Lab other = Lab.virtual(12)) {
      StackHttp.client(other.host("new").on(other.newSwitch("lan"), "10.0.0.1/24").start().stack(), resolver);
    }
    assertThat((Map<?, ?>) kept.get(null)).isEqualTo(before);
  }

  @Test
  void clientsOfOnePoolShareItsConnections() {
    ConnectionProvider pool = ConnectionProvider.create("a-pool", 16);
    for (int i = 0; i < 3; i++) {
      client = StackHttp.client(asking, resolver, pool).baseUrl("http://www.example.lab");
      get("/");
    }
    assertThat(lab.call(() -> HostLoop.of(asking).unfinishedConnections())).isEqualTo(1);
  }

  /** A thousand requests, with the checks for buffer leaks and blocking calls enabled. */
  @Test
  void aThousandRequestsOverAPool() {
    ConnectionProvider pool = ConnectionProvider.create("a-pool", 16);
    HttpClient pooled = StackHttp.client(asking, resolver, pool).baseUrl("http://www.example.lab");
    Long pages = lab.await(Flux.range(0, 1000)
        .flatMap(i -> pooled.get().uri("/").responseContent().aggregate().asString(), 16)
        .filter("a page"::equals).count());
    assertThat(pages).isEqualTo(1000);
    lab.await(pool.disposeLater());
  }
}
