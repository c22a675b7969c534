package io.reactorstack.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.timeout.ReadTimeoutException;
import io.reactorstack.lab.Lab;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.PrematureCloseException;
import reactor.netty.resources.ConnectionProvider;

/** Tests the errors that a user of HTTP receives when the network or the peer fails, in virtual time. */
class HttpFailuresTest {

  private static final int PIECE = 10_000;
  private static final int PIECES = 1000;
  private static final Duration IDLE = Duration.ofSeconds(20);
  private static final Duration WIRE = Duration.ofMillis(10);

  private final AtomicInteger requests = new AtomicInteger();
  private TwoHosts hosts;
  private DisposableServer server;

  @BeforeEach
  void start() {
    begin();
  }

  private void begin() {
    hosts = new TwoHosts(Lab.virtual(61), wire -> wire.delay(WIRE).rate(10_000_000));
    server = hosts.await(hosts.server(80).idleTimeout(IDLE).route(routes -> routes
        .get("/", (request, response) -> {
          requests.incrementAndGet();
          return response.sendString(Mono.just("a page"));
        })
        .post("/", (request, response) -> {
          requests.incrementAndGet();
          return response.send(request.receive().aggregate().retain());
        })
        .post("/sink", (request, response) -> request.receive().then(response.sendString(Mono.just("done")).then()))
        .get("/large", (request, response) -> response
            .header(HttpHeaderNames.CONTENT_LENGTH, String.valueOf(PIECE * PIECES)).send(pieces()))
        .get("/reset", (request, response) -> {
          response.withConnection(connection -> connection.channel().config().setOption(ChannelOption.SO_LINGER, 0));
          return response.header(HttpHeaderNames.CONTENT_LENGTH, String.valueOf(PIECE * PIECES))
              .send(pieces().take(100).concatWith(Mono.error(new IllegalStateException("the test ends this body"))));
        }))
        .bind());
  }

  @AfterEach
  void close() {
    hosts.close();
  }

  private static Flux<ByteBuf> pieces() {
    return Flux.range(0, PIECES).map(i -> Unpooled.directBuffer(PIECE).writeInt(i).writeZero(PIECE - 4));
  }

  private HttpClient client() {
    return hosts.client().baseUrl("http://" + TwoHosts.NAME);
  }

  /** Starts to fetch 10 MB, which takes 8 s, and cuts the wire after 2 s. */
  private Mono<Long> cutInMidBody(HttpClient client) {
    Mono<Long> bytes = client.get().uri("/large").responseContent().map(ByteBuf::readableBytes)
        .reduce(0L, Long::sum).cache();
    hosts.lab.run(() -> bytes.subscribe(sum -> {
    }, error -> {
    }));
    hosts.lab.advance(Duration.ofSeconds(2));
    hosts.client.wire().cut();
    return bytes;
  }

  private Throwable failure(Mono<?> mono) {
    return Exceptions.unwrap(catchThrowable(() -> hosts.await(mono)));
  }

  @Test
  void vanishedServerInMidBodyCausesAReadTimeout() {
    Mono<Long> bytes = cutInMidBody(client().responseTimeout(Duration.ofSeconds(30)));
    Duration cut = hosts.lab.now();
    assertThat(failure(bytes)).isInstanceOf(ReadTimeoutException.class);
    assertThat(hosts.lab.now().minus(cut)).isBetween(Duration.ofSeconds(29), Duration.ofSeconds(31));
  }

  @Test
  void vanishedServerInMidUploadCausesATcpTimeout() {
    Mono<String> answer = client().post().uri("/sink").send(pieces()).responseContent().aggregate().asString().cache();
    hosts.lab.run(() -> answer.subscribe(text -> {
    }, error -> {
    }));
    hosts.lab.advance(Duration.ofSeconds(2));
    hosts.client.wire().cut();
    Duration cut = hosts.lab.now();
    assertThat(failure(answer)).isInstanceOf(IOException.class).hasMessageContaining("timed out");
    // RFC 9293 section 3.8.3: R2 is at least 100 s.
    assertThat(hosts.lab.now().minus(cut)).isGreaterThan(Duration.ofSeconds(100));
  }

  @Test
  void linkDownForThirtySecondsOnlyDelaysADownload() {
    Mono<Long> bytes = cutInMidBody(client());
    hosts.lab.advance(Duration.ofSeconds(30));
    hosts.client.wire().mend();
    assertThat(hosts.await(bytes)).isEqualTo((long) PIECE * PIECES);
  }

  @Test
  void linkDownForThirtySecondsOnlyDelaysAnUpload() {
    Mono<String> answer = client().post().uri("/sink").send(pieces()).responseContent().aggregate().asString().cache();
    hosts.lab.run(() -> answer.subscribe());
    hosts.lab.advance(Duration.ofSeconds(2));
    hosts.client.wire().cut();
    hosts.lab.advance(Duration.ofSeconds(30));
    hosts.client.wire().mend();
    assertThat(hosts.await(answer)).isEqualTo("done");
  }

  @Test
  void resetInMidBodyIsAConnectionReset() {
    AtomicInteger received = new AtomicInteger();
    Throwable error = failure(client().get().uri("/reset").responseContent()
        .doOnNext(buffer -> received.addAndGet(buffer.readableBytes())).then());
    assertThat(error).isInstanceOf(IOException.class);
    assertThat(error.toString()).matches(".*(Connection reset by peer|DURING response).*");
    assertThat(received.get()).isPositive().isLessThan(PIECE * PIECES);
  }

  @Test
  void closeInMidBodyIsAPrematureClose() {
    Mono<Long> bytes = client().get().uri("/large").responseContent().map(ByteBuf::readableBytes)
        .reduce(0L, Long::sum).cache();
    hosts.lab.run(() -> bytes.subscribe(sum -> {
    }, error -> {
    }));
    hosts.lab.advance(Duration.ofSeconds(2));
    hosts.await(hosts.web.stack().stop());
    assertThat(failure(bytes)).satisfiesAnyOf(
        error -> assertThat(error).isInstanceOf(PrematureCloseException.class),
        error -> assertThat(error).isInstanceOf(IOException.class).hasMessageContaining("Connection reset by peer"));
  }

  /** The request and the server's FIN cross on the wire, or narrowly miss each other. */
  @TestFactory
  Stream<DynamicTest> reusesAConnectionNearItsIdleTimeout() {
    return Stream.of(-25, -15, -11, -10, -9, -5, -1, 0, 1, 5, 9, 10, 11, 15)
        .map(millis -> DynamicTest.dynamicTest(millis + " ms", () -> reuseNearIdleTimeout(Duration.ofMillis(millis))));
  }

  private void reuseNearIdleTimeout(Duration offset) {
    close();
    begin();
    ConnectionProvider pool = StackHttp.pool(hosts.client.stack(), "pool", Duration.ofMinutes(1), Duration.ZERO)
        .maxConnections(1).build();
    HttpClient client = hosts.client(pool).baseUrl("http://" + TwoHosts.NAME);
    assertThat(hosts.get(client, "/")).isEqualTo("a page");
    requests.set(0);
    // The response needed one wire delay; the server has been idle since it was sent.
    hosts.lab.advance(IDLE.minus(WIRE).plus(offset));

    // RFC 9112 section 9.3.1, RFC 9110 section 9.2.2: a GET may be sent again; the server answered only one.
    assertThat(hosts.await(client.get().uri("/").responseContent().aggregate().asString()
        .retryWhen(StackHttp.onceMoreIfClosed()))).isEqualTo("a page");
    assertThat(requests).hasValue(1);

    hosts.lab.advance(IDLE.minus(WIRE).plus(offset));
    requests.set(0);
    Mono<String> post = client.post().uri("/")
        .send(Mono.fromSupplier(() -> Unpooled.copiedBuffer("x", java.nio.charset.StandardCharsets.US_ASCII)))
        .responseContent().aggregate().asString();
    Throwable error = catchThrowable(() -> assertThat(hosts.await(post)).isEqualTo("x"));
    // RFC 9110 section 9.2.2: a request that is not idempotent is not repeated unless it is known not to have been
    // applied.
    assertThat(requests.get()).isLessThanOrEqualTo(1);
    if (error != null) {
      assertThat(Exceptions.unwrap(error)).isInstanceOf(IOException.class);
    }
    hosts.await(pool.disposeLater());
  }
}
