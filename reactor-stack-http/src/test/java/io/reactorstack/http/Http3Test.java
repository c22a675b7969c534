package io.reactorstack.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.reactorstack.lab.Lab;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/** HTTP/3 over the stack's UDP, in real time: the QUIC library reads the machine's clock. */
@Timeout(120)
class Http3Test {

  private static final byte[] LARGE = new byte[1_000_000];

  static {
    new Random(7).nextBytes(LARGE);
  }

  private TwoHosts hosts;
  private ConnectionProvider pool;
  private HttpClient client;

  @BeforeEach
  void start() {
    hosts = new TwoHosts(Lab.realTime(3), wire -> wire.loss(0.005));
    hosts.await(hosts.server(443).protocol(HttpProtocol.HTTP3)
        .secure(tls -> tls.sslContext(TwoHosts.serverTls3()))
        .http3Settings(settings -> settings.idleTimeout(Duration.ofSeconds(20)).maxData(10_000_000)
            .maxStreamDataBidirectionalLocal(1_000_000).maxStreamDataBidirectionalRemote(1_000_000)
            .maxStreamsBidirectional(100))
        .route(routes -> routes
            .get("/version", (request, response) -> response.sendString(Mono.just(request.version().toString())))
            .get("/large", (request, response) -> response.send(Flux.range(0, 100)
                .map(i -> Unpooled.wrappedBuffer(LARGE, i * 10_000, 10_000))))
            .post("/echo", (request, response) -> response.send(request.receive().retain())))
        .bind());
    pool = StackHttp.pool(hosts.client.stack(), "http3", Duration.ofMinutes(1), Duration.ZERO).maxConnections(1)
        .build();
    client = hosts.client(pool).protocol(HttpProtocol.HTTP3).baseUrl("https://" + TwoHosts.NAME)
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

  private void request(int requests) {
    assertThat(hosts.await(Flux.range(0, requests)
        .flatMap(i -> client.get().uri("/version").responseContent().aggregate().asString(), 50)
        .filter("HTTP/3.0"::equals).count())).isEqualTo(requests);
  }
}
