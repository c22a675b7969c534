package io.reactorstack.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.reactorstack.lab.Lab;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.HttpProtocol;
import reactor.netty.resources.ConnectionProvider;

/** Many streams on one connection, and much data for a slow reader, in virtual time. */
@Timeout(500)
class ManyRequestsTest {

  private static final int MESSAGE = 16_000;

  private final TwoHosts hosts = new TwoHosts(Lab.builder().seed(41).limit(Duration.ofDays(1)).virtualTime(),
      wire -> wire.delay(Duration.ofMillis(1)));

  @AfterEach
  void close() {
    hosts.close();
  }

  @Test
  void aThousandHttp2Requests() {
    requestOverHttp2(1000);
  }

  @Test
  @Tag("long")
  void tenThousandHttp2Requests() {
    requestOverHttp2(10_000);
  }

  private void requestOverHttp2(int requests) {
    AtomicInteger open = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    hosts.await(hosts.server(443).protocol(HttpProtocol.H2).secure(tls -> tls.sslContext(TwoHosts.serverTls2()))
        .http2Settings(settings -> settings.maxConcurrentStreams(100))
        .route(routes -> routes.get("/{number}", (request, response) -> {
          most.accumulateAndGet(open.incrementAndGet(), Math::max);
          return response.sendString(Mono.delay(Duration.ofMillis(5), hosts.lab.scheduler())
              .map(tick -> "page " + request.param("number")).doFinally(end -> open.decrementAndGet()));
        }))
        .bind());
    ConnectionProvider pool = StackHttp.pool(hosts.client.stack(), "one", Duration.ofMinutes(1), Duration.ZERO)
        .maxConnections(1).pendingAcquireMaxCount(-1).build();
    var client = hosts.client(pool).protocol(HttpProtocol.H2).secure(tls -> tls.sslContext(TwoHosts.clientTls2()))
        .baseUrl("https://" + TwoHosts.NAME);

    long right = hosts.await(Flux.range(0, requests)
        .flatMap(i -> client.get().uri("/" + i).responseContent().aggregate().asString()
            .filter(("page " + i)::equals), 100)
        .count());

    assertThat(right).isEqualTo(requests);
    assertThat(most).hasValue(100);
    hosts.await(pool.disposeLater());
  }

  @Test
  void aWebSocketWithASlowReader() {
    readSlowly(8_000_000);
  }

  @Test
  @Tag("long")
  void aGigabyteOverAWebSocketWithASlowReader() {
    readSlowly(1_000_000_000);
  }

  /**
   * The reader takes one message per virtual millisecond; the bytes that the sender is ahead must fit into the windows.
   */
  private void readSlowly(long bytes) {
    long messages = bytes / MESSAGE;
    AtomicLong made = new AtomicLong();
    hosts.await(hosts.server(80).route(routes -> routes.ws("/", (in, out) -> out.sendObject(
        Flux.<BinaryWebSocketFrame>generate(sink -> {
          long number = made.getAndIncrement();
          if (number == messages) {
            sink.complete();
          } else {
            sink.next(
                new BinaryWebSocketFrame(Unpooled.directBuffer(MESSAGE).writeLong(number).writeZero(MESSAGE - 8)));
          }
        }))))
        .bind());
    AtomicLong read = new AtomicLong();
    AtomicLong ahead = new AtomicLong();

    hosts.await(hosts.client().websocket().uri("ws://" + TwoHosts.NAME + "/")
        .handle((in, out) -> Mono.<Void>create(sink -> in.receive().subscribe(new BaseSubscriber<ByteBuf>() {
          @Override
          protected void hookOnSubscribe(Subscription subscription) {
            request(1);
          }

          @Override
          protected void hookOnNext(ByteBuf message) {
            assertThat(message.readableBytes()).isEqualTo(MESSAGE);
            assertThat(message.readLong()).isEqualTo(read.getAndIncrement());
            ahead.accumulateAndGet(made.get() - read.get(), Math::max);
            Mono.delay(Duration.ofMillis(1), hosts.lab.scheduler()).subscribe(tick -> request(1));
          }

          @Override
          protected void hookOnComplete() {
            sink.success();
          }

          @Override
          protected void hookOnError(Throwable cause) {
            sink.error(cause);
          }
        }))).then());

    assertThat(read).hasValue(messages);
    // The send buffer, the receive buffer and the prefetch on both sides are all bounded.
    assertThat(ahead.get() * MESSAGE).isLessThan(BOUND);
  }

  private static final long BOUND = 16_000_000;
}
