package io.reactorstack.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.http.ScriptedServer.Act;
import io.reactorstack.http.ScriptedServer.Exchange;
import io.reactorstack.lab.Lab;
import io.reactorstack.netty.StackLoopResources;
import io.reactorstack.spi.HostLoop;
import io.reactorstack.tcp.TcpConnection;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import reactor.core.Exceptions;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.PrematureCloseException;
import reactor.netty.resources.ConnectionProvider;

/**
 * HTTP over connections that the peer resets: after its answer, after its request, and at the instant of their reuse.
 */
class HttpResetTest {

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\na page";

  private final TwoHosts hosts = new TwoHosts(Lab.virtual(61), wire -> wire.delay(Duration.ofMillis(10)));
  private final ConnectionProvider pool = StackHttp.pool(
      hosts.client.stack(), "pool", Duration.ofMinutes(1), Duration.ZERO).maxConnections(1).build();

  @AfterEach
  void close() {
    hosts.await(pool.disposeLater());
    hosts.close();
  }

  private ScriptedServer server(Act... script) {
    return new ScriptedServer(hosts.web.stack(), 80, script);
  }

  /** One client for all requests: each client has its own connections, even from the same pool. */
  private final HttpClient client = hosts.client(pool).baseUrl("http://" + TwoHosts.NAME);

  private Mono<String> get() {
    return client.get().uri("/").responseContent().aggregate().asString();
  }

  private Mono<String> post() {
    return client.post().uri("/").send(Mono.fromSupplier(() -> Unpooled.copiedBuffer("x", US_ASCII)))
        .responseContent().aggregate().asString();
  }

  /** A complete response, in each of the ways to mark its end. */
  private enum Answer {
    CONTENT_LENGTH(OK),
    CHUNKED("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\na page\r\n0\r\n\r\n"),
    UNTIL_CLOSE("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\na page");

    private final String text;

    Answer(String text) {
      this.text = text;
    }

    /** Sends the response and resets at the same instant, so that both reach the client in one batch of its device. */
    void sendAndReset(Exchange exchange) {
      exchange.send(text);
      if (this == UNTIL_CLOSE) {
        exchange.fin();
      }
      exchange.abortWhenSent();
    }
  }

  @ParameterizedTest
  @EnumSource
  void readsAResponseThatAResetFollows(Answer answer) {
    ScriptedServer server = server(answer::sendAndReset);
    for (int i = 1; i <= 5; i++) {
      assertThat(hosts.await(get())).isEqualTo("a page");
      hosts.lab.advance(Duration.ofSeconds(1));
      assertThat(server.connections()).as("no connection is reused").hasSize(i);
    }
    assertThat(hosts.client.stack().drops().snapshot()).doesNotContainKey("stage.STAGE_FAULT");
  }

  @Test
  void aSlowReaderReceivesTheWholeBodyBeforeAReset() {
    String body = "0123456789".repeat(5000);
    server(exchange -> exchange.send("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
        .abortAfter(Duration.ofSeconds(1)));
    List<String> seen = new ArrayList<>();
    BaseSubscriber<ByteBuf> slow = new BaseSubscriber<>() {
      @Override
      protected void hookOnSubscribe(Subscription subscription) {
        subscription.request(1);
      }

      @Override
      protected void hookOnNext(ByteBuf data) {
        seen.add(data.toString(US_ASCII));
      }

      @Override
      protected void hookOnComplete() {
        seen.add("complete");
      }

      @Override
      protected void hookOnError(Throwable cause) {
        seen.add(cause.toString());
      }
    };
    hosts.lab.run(() -> client.get().uri("/").responseContent().subscribe(slow));
    hosts.lab.advance(Duration.ofMinutes(1));
    assertThat(seen).hasSize(1);
    for (int i = 0; i < 200 && !slow.isDisposed(); i++) {
      hosts.lab.run(() -> slow.request(1));
      hosts.lab.advance(Duration.ofSeconds(1));
    }
    assertThat(seen.removeLast()).isEqualTo("complete");
    assertThat(String.join("", seen)).isEqualTo(body);
  }

  @Test
  void readsAResponseInMidUploadThatAResetFollows() {
    server(exchange -> exchange.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n").abortWhenSent());
    Mono<Integer> status = client.post().uri("/")
        .send(Flux.range(0, 1000).map(i -> Unpooled.directBuffer(10_000).writeZero(10_000)))
        .responseSingle((response, body) -> Mono.just(response.status().code()));
    assertThat(hosts.await(status)).isEqualTo(413);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 5\r\n\r\nhello",
      "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"})
  void aServerReadsARequestThatAResetFollows(String rest) {
    List<String> bodies = new ArrayList<>();
    hosts.await(hosts.server(80).route(routes -> routes.post("/", (request, response) -> response.send(
        request.receive().aggregate().asString().doOnNext(bodies::add)
            .thenMany(Mono.just(Unpooled.copiedBuffer("late", US_ASCII))))))
        .bind());
    TcpConnection connection = hosts.await(hosts.client.stack().tcp().connect(new InetSocketAddress(TwoHosts.WEB, 80)));
    hosts.lab.run(() -> new Exchange(connection, hosts.client.stack())
        .send("POST / HTTP/1.1\r\nHost: x\r\n" + rest).abortWhenSent());
    hosts.lab.advance(Duration.ofSeconds(1));
    assertThat(bodies).containsExactly("hello");
  }

  /** The ways in which a server drops the connection of a request that it has just received. */
  private enum Drop {
    RST {
      @Override
      void perform(Exchange exchange) {
        exchange.connection().abort();
      }
    },
    FIN {
      @Override
      void perform(Exchange exchange) {
        exchange.close();
      }
    },
    FIN_THEN_RST {
      @Override
      void perform(Exchange exchange) {
        exchange.fin().abortWhenSent();
      }
    },
    FIN_THEN_RST_LATER {
      @Override
      void perform(Exchange exchange) {
        exchange.fin().abortAfter(Duration.ofMillis(5));
      }
    };

    abstract void perform(Exchange exchange);
  }

  @ParameterizedTest
  @EnumSource
  void repeatsARequestOnADroppedPooledConnection(Drop drop) {
    ScriptedServer server = server(exchange -> exchange.send(OK), drop::perform, exchange -> exchange.send(OK));
    assertThat(hosts.await(get())).isEqualTo("a page");
    assertThat(hosts.await(get().retryWhen(StackHttp.onceMoreIfClosed()))).isEqualTo("a page");
    assertThat(server.requests()).hasSize(3);
    assertThat(server.connections()).as("the first two requests shared a connection").hasSize(2);
  }

  @ParameterizedTest
  @EnumSource
  void repeatsADroppedRequestOnlyOnce(Drop drop) {
    ScriptedServer server = server(exchange -> exchange.send(OK), drop::perform);
    assertThat(hosts.await(get())).isEqualTo("a page");
    assertThat(failure(get().retryWhen(StackHttp.onceMoreIfClosed()))).isInstanceOf(IOException.class);
    assertThat(server.requests()).hasSize(3);
  }

  @ParameterizedTest
  @EnumSource
  void repeatsAPutButNotAPost(Drop drop) {
    ScriptedServer server = server(exchange -> exchange.send(OK), drop::perform, exchange -> exchange.send(OK));
    assertThat(hosts.await(get())).isEqualTo("a page");
    assertThat(failure(post().retryWhen(StackHttp.onceMoreIfClosed()))).isInstanceOf(IOException.class);
    assertThat(server.requests()).as("RFC 9110 9.2.2").hasSize(2);
    assertThat(hosts.await(client.put().uri("/")
        .send(Mono.fromSupplier(() -> Unpooled.copiedBuffer("x", US_ASCII))).responseContent().aggregate().asString()
        .retryWhen(StackHttp.onceMoreIfClosed()))).isEqualTo("a page");
  }

  private enum Cut {
    RST {
      @Override
      void perform(Exchange exchange) {
        exchange.abortWhenSent();
      }
    },
    FIN {
      @Override
      void perform(Exchange exchange) {
        exchange.close();
      }
    };

    abstract void perform(Exchange exchange);
  }

  @ParameterizedTest
  @EnumSource
  void doesNotRepeatARequestWhoseResponseHadBegun(Cut cut) {
    ScriptedServer server = server(exchange -> exchange.send(OK), exchange -> {
      exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\na p");
      cut.perform(exchange);
    });
    assertThat(hosts.await(get())).isEqualTo("a page");
    Throwable error = failure(get().retryWhen(StackHttp.onceMoreIfClosed()));
    assertThat(error).isInstanceOf(IOException.class);
    assertThat(error.toString()).matches(".*(Connection reset by peer|DURING response).*");
    assertThat(server.requests()).hasSize(2);
  }

  @Test
  void doesNotUseAConnectionDroppedWhileIdle() {
    ScriptedServer server = server(exchange -> exchange.send(OK));
    assertThat(hosts.await(get())).isEqualTo("a page");
    hosts.lab.run(() -> server.connections().getFirst().abort());
    hosts.lab.advance(Duration.ofSeconds(1));
    assertThat(hosts.await(post())).isEqualTo("a page");
    assertThat(server.connections()).hasSize(2);
  }

  /** The reset and the request cross on the wire, or narrowly miss each other. */
  @ParameterizedTest
  @ValueSource(ints = {-11, -10, -9, -1, 0, 1, 9, 10, 11, 21})
  void repeatsARequestThatMeetsAReset(int millis) {
    ScriptedServer server = server(exchange -> exchange.send(OK));
    assertThat(hosts.await(get())).isEqualTo("a page");
    hosts.lab.advance(Duration.ofSeconds(1));
    hosts.lab.run(() -> HostLoop.of(hosts.web.stack()).scheduler().schedule(
        () -> server.connections().getFirst().abort(), 20 + millis, TimeUnit.MILLISECONDS));
    hosts.lab.advance(Duration.ofMillis(20));
    assertThat(hosts.await(get().retryWhen(StackHttp.onceMoreIfClosed()))).isEqualTo("a page");
  }

  @Test
  void aForeignClientRepeatsOnlyAfterAFin() {
    ScriptedServer server = server(exchange -> exchange.connection().abort(), Exchange::close,
        exchange -> exchange.send(OK));
    HttpClient foreign = HttpClient.create(ConnectionProvider.newConnection())
        .runOn(StackLoopResources.of(hosts.client.stack())).baseUrl("http://" + TwoHosts.WEB);
    Mono<String> page = foreign.get().uri("/").responseContent().aggregate().asString()
        .retryWhen(StackHttp.onceMoreIfClosed());
    assertThat(failure(page)).hasMessageContaining("Connection reset by peer");
    assertThat(hosts.await(page)).isEqualTo("a page");
    assertThat(server.requests()).hasSize(3);
  }

  @Test
  void repeatsAlsoIfALibraryHasWrappedTheError() {
    ScriptedServer server = server(exchange -> exchange.connection().abort(), exchange -> exchange.send(OK));
    assertThat(hosts.await(get().onErrorMap(error -> new IllegalStateException("the test's wrapper", error))
        .retryWhen(StackHttp.onceMoreIfClosed()))).isEqualTo("a page");
    assertThat(server.requests()).hasSize(2);
  }

  @Test
  void errorsKeepReactorNettysTypesAndMessages() {
    server(exchange -> exchange.send(OK), Exchange::close, exchange -> exchange.connection().abort());
    assertThat(hosts.await(get())).isEqualTo("a page");
    assertThat(failure(get())).isInstanceOf(PrematureCloseException.class)
        .hasMessage("Connection prematurely closed BEFORE response");
    assertThat(failure(get())).isInstanceOf(SocketException.class).hasMessage("Connection reset by peer");
  }

  private Throwable failure(Mono<?> mono) {
    return Exceptions.unwrap(catchThrowable(() -> hosts.await(mono)));
  }
}
