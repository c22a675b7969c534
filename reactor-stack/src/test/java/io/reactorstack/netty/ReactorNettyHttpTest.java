package io.reactorstack.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.handler.timeout.ReadTimeoutException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.Connection;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRoutes;
import reactor.netty.resources.ConnectionProvider;

/** Tests Reactor Netty's HTTP client and server, unmodified, on two hosts in virtual time. */
class ReactorNettyHttpTest {

  private static final int SIXTEEN_MIB = 16 << 20;

  private final TwoHosts hosts = TwoHosts.virtual(2);
  private final ConnectionProvider pool = ConnectionProvider.builder("test").maxConnections(6)
      .pendingAcquireMaxCount(-1).build();
  private final Set<String> serverSide = ConcurrentHashMap.newKeySet();

  @AfterEach
  void close() {
    hosts.await(pool.disposeLater());
    hosts.close();
  }

  private HttpServer server() {
    return HttpServer.create().runOn(hosts.serverLoops()).host(TwoHosts.SERVER).port(80)
        .doOnConnection(c -> serverSide.add(c.channel().id().asLongText()));
  }

  private HttpClient client() {
    return HttpClient.create(pool).runOn(hosts.clientLoops()).host(TwoHosts.SERVER).port(80);
  }

  private void serve(HttpServer server, java.util.function.Consumer<? super HttpServerRoutes> routes) {
    hosts.await(server.route(routes).bind());
  }

  private String get(HttpClient client, String path) {
    return hosts.await(client.get().uri(path).responseContent().aggregate().asString());
  }

  @Test
  void getsAndPosts() {
    serve(server(), routes -> routes
        .get("/hello", (request, response) -> response.sendString(Mono.just("hello")))
        .post("/echo", (request, response) -> response.send(request.receive().retain())));

    assertThat(get(client(), "/hello")).isEqualTo("hello");
    assertThat(hosts.await(client().post().uri("/echo").send(ByteBufFlux.fromString(Mono.just("ping")))
        .responseContent().aggregate().asString())).isEqualTo("ping");
    assertThat(hosts.await(client().get().uri("/nowhere").response()).status().code()).isEqualTo(404);
    assertThat(serverSide).as("one connection kept alive").hasSize(1);
  }

  @Test
  void sixteenMebibytesBothWays() {
    serve(server(), routes -> routes
        .get("/big", (request, response) -> response.send(Bytes.flux(SIXTEEN_MIB, 50_000)))
        .post("/big", (request, response) -> response
            .sendString(Bytes.check(request.receive()).map(String::valueOf))));

    assertThat(hosts.await(Bytes.check(client().get().uri("/big").responseContent())))
        .isEqualTo(SIXTEEN_MIB);
    assertThat(hosts.await(client().post().uri("/big").send(Bytes.flux(SIXTEEN_MIB, 50_000))
        .responseContent().aggregate().asString())).isEqualTo(String.valueOf(SIXTEEN_MIB));
  }

  @Test
  void poolSharesSixConnections() {
    serve(server(), routes -> routes.get("/{n}", (request, response) -> response
        .sendString(Mono.just("n" + request.param("n")).delayElement(Duration.ofMillis(20), hosts.scheduler()))));

    List<String> answers = hosts.await(Flux.range(0, 50)
        .flatMap(n -> client().get().uri("/" + n).responseContent().aggregate().asString(), 50).collectList());

    assertThat(answers).hasSize(50).doesNotHaveDuplicates();
    assertThat(serverSide).hasSize(6);
  }

  @Test
  void connectionCloseDeliversTheWholeBody() {
    byte[] body = Bytes.array(4 << 20);
    serve(server(), routes -> routes.get("/", (request, response) -> response.keepAlive(false)
        .sendByteArray(Mono.just(body))));

    for (int i = 0; i < 3; i++) {
      byte[] got = hosts.await(client().get().uri("/").response((response, content) -> {
        assertThat(response.responseHeaders().get(HttpHeaderNames.CONNECTION))
            .isEqualTo(HttpHeaderValues.CLOSE.toString());
        return content.aggregate().asByteArray();
      }).single());
      assertThat(got).isEqualTo(body);
    }
    assertThat(serverSide).hasSize(3);
  }

  @Test
  void connectionClosedByIdleServerIsReplaced() {
    serve(server().idleTimeout(Duration.ofSeconds(10)),
        routes -> routes.get("/", (request, response) -> response.sendString(Mono.just("ok"))));
    assertThat(get(client(), "/")).isEqualTo("ok");
    hosts.advance(Duration.ofSeconds(30));
    assertThat(get(client(), "/")).isEqualTo("ok");
    assertThat(serverSide).hasSize(2);
  }

  @Test
  void webSocketEchoes() {
    serve(server(), routes -> routes.ws("/ws", (in, out) -> out.sendString(in.receive().asString().map(s -> "<" + s))));
    List<String> got = hosts.await(client().websocket().uri("/ws")
        .handle((in, out) -> out.sendString(Flux.just("a", "b", "c")).then()
            .thenMany(in.receive().asString().take(3)))
        .collectList());
    assertThat(got).containsExactly("<a", "<b", "<c");
  }

  @Test
  void tlsOfTheJdk() throws Exception {
    SslContext serverTls = SslContextBuilder.forServer(TestKeys.keyManagers()).sslProvider(SslProvider.JDK).build();
    SslContext clientTls = SslContextBuilder.forClient().sslProvider(SslProvider.JDK)
        .trustManager(InsecureTrustManagerFactory.INSTANCE).build();
    serve(server().secure(tls -> tls.sslContext(serverTls)), routes -> routes
        .get("/", (request, response) -> response.sendString(Mono.just(request.scheme())))
        .get("/big", (request, response) -> response.send(Bytes.flux(1 << 20, 20_000))));

    HttpClient secure = client().secure(tls -> tls.sslContext(clientTls));
    assertThat(get(secure, "/")).isEqualTo("https");
    assertThat(hosts.await(Bytes.check(secure.get().uri("/big").responseContent()))).isEqualTo(1 << 20);
  }

  @Test
  void http2WithPriorKnowledge() {
    serve(server().protocol(HttpProtocol.H2C), routes -> routes
        .get("/{n}", (request, response) -> response.sendString(Mono.just(request.version().text()))));
    HttpClient h2c = client().protocol(HttpProtocol.H2C);
    List<String> versions = hosts.await(Flux.range(0, 20)
        .flatMap(n -> h2c.get().uri("/" + n).responseContent().aggregate().asString(), 20).collectList());
    assertThat(versions).hasSize(20).allMatch("HTTP/2.0"::equals);
    assertThat(serverSide.size()).isLessThanOrEqualTo(20);
  }

  @Test
  void upgradesToHttp2() {
    serve(server().protocol(HttpProtocol.H2C, HttpProtocol.HTTP11), routes -> routes
        .get("/", (request, response) -> response.sendString(Mono.just("upgraded"))));
    HttpClient both = client().protocol(HttpProtocol.H2C, HttpProtocol.HTTP11);
    String answer = hosts.await(both.get().uri("/").responseSingle((response, content) -> content.asString()
        .map(body -> response.version().text() + " " + body)));
    assertThat(answer).isEqualTo("HTTP/2.0 upgraded");
  }

  @Test
  void sendsFiles(@TempDir Path folder) throws IOException {
    byte[] content = Bytes.array(3_000_001);
    Path file = Files.write(folder.resolve("file"), content);
    serve(server(), routes -> routes
        .get("/whole", (request, response) -> response.sendFile(file))
        .get("/part", (request, response) -> response.sendFile(file, 1_000, 2_000_000)));

    assertThat(hosts.await(client().get().uri("/whole").responseContent().aggregate().asByteArray()))
        .isEqualTo(content);
    assertThat(hosts.await(client().get().uri("/part").responseContent().aggregate().asByteArray()))
        .isEqualTo(java.util.Arrays.copyOfRange(content, 1_000, 2_001_000));
  }

  @Test
  void responseTimeoutPassesInVirtualTime() {
    serve(server(), routes -> routes.get("/late", (request, response) -> response
        .sendString(Mono.just("late").delayElement(Duration.ofSeconds(90), hosts.scheduler()))));
    Duration start = hosts.now();
    Throwable failure = catchThrowable(
        () -> get(client().responseTimeout(Duration.ofSeconds(30)), "/late"));
    assertThat(Exceptions.unwrap(failure)).isInstanceOf(ReadTimeoutException.class);
    assertThat(hosts.now().minus(start)).isBetween(Duration.ofSeconds(30), Duration.ofSeconds(31));
    assertThat(get(client().responseTimeout(Duration.ofSeconds(100)), "/late")).isEqualTo("late");
  }

  /** A response body without demand stops the server; cancelling closes the connection. */
  @Test
  void bodyWithoutDemandStopsTheServer() {
    AtomicLong produced = new AtomicLong();
    serve(server(), routes -> routes.get("/", (request, response) -> response
        .send(Bytes.flux(256L << 20, 8192).doOnNext(b -> produced.addAndGet(b.readableBytes())))));

    List<Integer> sizes = new ArrayList<>();
    List<Connection> connections = new ArrayList<>();
    Flux<ByteBuf> body = client().doOnConnected(connections::add).get().uri("/").responseContent();
    hosts.await(body.doOnNext(b -> sizes.add(b.readableBytes())).limitRate(1)
        .concatMap(b -> sizes.size() < 3 ? Mono.just(b) : Mono.never(), 1).take(3)
        .then().timeout(Duration.ofMinutes(1), Mono.empty(), hosts.scheduler()));
    long stalledAt = produced.get();

    assertThat(stalledAt).isLessThan(16L << 20);
    assertThat(connections).hasSize(1);
    hosts.await(connections.get(0).onDispose());
  }

  /** BlockHound and the leak guard observe this run, as every test run. */
  @Test
  void aThousandRequests() {
    serve(server(), routes -> routes.post("/{n}", (request, response) -> response
        .sendString(request.receive().aggregate().asString().map(body -> request.param("n") + body))));

    List<String> answers = hosts.await(Flux.range(0, 1000)
        .flatMap(n -> client().post().uri("/" + n).send(ByteBufFlux.fromString(Mono.just("#" + n)))
            .responseContent().aggregate().asString(), 64)
        .collectList());

    assertThat(answers).hasSize(1000).doesNotHaveDuplicates().allMatch(a -> {
      String[] parts = a.split("#");
      return parts[0].equals(parts[1]);
    });
    assertThat(serverSide).hasSize(6);
  }

  @Test
  void clientThatLeavesEarlyReleasesTheServer() {
    serve(server(), routes -> routes.get("/", (request, response) -> response.send(Bytes.flux(256L << 20, 8192))));
    ByteBuf first = hosts.await(client().get().uri("/").responseContent().retain().next());
    first.release();
    hosts.advance(Duration.ofMinutes(5));
    assertThat(hosts.clientConnections()).isZero();
    assertThat(hosts.serverConnections()).isZero();
  }
}
