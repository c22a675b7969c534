package io.reactorstack.http.fetch;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.reactorstack.http.StackHttp;
import io.reactorstack.spi.HostLoop;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.resources.ConnectionProvider;

/**
 * One request with its response: the body goes to a stream that may block, on the thread that waits for it.
 *
 * <p>The thread takes pieces from the event loop while the world moves and writes them while nobody waits for it. A
 * simulated world stands still meanwhile, a real one goes on as far as the receive window lets it.
 */
final class Exchange {

  /** How long the end of the connection may take after the page is there. */
  private static final Duration FAREWELL = Duration.ofSeconds(2);
  private static final Duration QUIC_IDLE = Duration.ofSeconds(30);
  private static final long QUIC_WINDOW = 4 << 20;
  private static final Duration GLANCE = Duration.ofMillis(1);

  private final World world;
  private final Watch watch;
  private final HeaderPrinter headers;
  private final PrintWriter err;
  private final @Nullable Duration maxTime;
  private final TrustOptions trust;
  private final VersionOptions version;
  private final ConnectionProvider pool;
  private volatile int status;

  /** A request in {@code world}, to be given up after {@code maxTime} if there is one. */
  Exchange(World world, Watch watch, HeaderPrinter headers, PrintWriter err, @Nullable Duration maxTime,
      TrustOptions trust, VersionOptions version) {
    this.world = world;
    this.watch = watch;
    this.headers = headers;
    this.err = err;
    this.maxTime = maxTime;
    this.trust = trust;
    this.version = version;
    // Of one connection, so that one of HTTP/2 or 3, which outlives its requests, can be closed as it should be.
    this.pool = StackHttp.pool(world.client(), "fetch", Duration.ZERO, Duration.ZERO).maxConnections(1).build();
  }

  /** Gets {@code uri}, writes the body to {@code body} and returns the HTTP status. */
  int get(URI uri, Body body) {
    Duration start = world.now();
    Pieces pieces = new Pieces();
    try {
      world.await(Mono.fromRunnable(() -> request(uri, pieces).subscribe(pieces)));
      for (List<ByteBuf> some = next(pieces, start); some != null; some = next(pieces, start)) {
        headers.print(err);
        body.write(some);
        watch.flush();
      }
      headers.print(err);
      body.end();
      world.await(farewell());
      return status;
    } finally {
      world.await(Mono.fromRunnable(pieces::abandon));
      headers.print(err);
    }
  }

  private Flux<ByteBuf> request(URI uri, Pieces pieces) {
    return client(uri)
        .headers(h -> h.set(HttpHeaderNames.USER_AGENT, "reactor-stack-fetch"))
        .doOnConnected(connection -> {
          headers.connected(connection);
          pieces.wake();
        })
        .doAfterRequest((request, connection) -> {
          headers.request(request);
          pieces.wake();
        })
        .get()
        .uri(uri)
        .response((response, content) -> {
          arrived(response);
          pieces.wake();
          return content;
        });
  }

  private HttpClient client(URI uri) {
    HttpProtocol[] protocols = version.protocols(uri);
    HttpClient client = StackHttp.client(world.client(), world.resolver(), pool).protocol(protocols)
        // "Connection: close" is of HTTP/1.1 alone (RFC 9113 8.2.2, RFC 9114 4.2).
        .keepAlive(protocols[0] != HttpProtocol.HTTP11);
    if (!uri.getScheme().equals("https")) {
      return client;
    }
    HttpClient secured = client.secure(tls -> tls.sslContext(trust.tls(Set.of(protocols))));
    return protocols[0] == HttpProtocol.HTTP3
        // A page needs one stream, and QUIC's own windows, which are zero otherwise (RFC 9000 18.2).
        ? secured.http3Settings(settings -> settings.idleTimeout(QUIC_IDLE).maxData(QUIC_WINDOW)
            .maxStreamDataBidirectionalLocal(QUIC_WINDOW))
        : secured;
  }

  private void arrived(HttpClientResponse response) {
    status = response.status().code();
    headers.response(response);
  }

  private @Nullable List<ByteBuf> next(Pieces pieces, Duration start) {
    if (maxTime == null) {
      return world.await(pieces.next());
    }
    Duration left = maxTime.minus(world.now().minus(start));
    if (!left.isPositive()) {
      throw reactor.core.Exceptions.propagate(late(maxTime));
    }
    return world.await(pieces.next().timeout(left, Mono.error(() -> late(maxTime)), world.scheduler()));
  }

  private static TimeoutException late(Duration limit) {
    return new TimeoutException("not done within " + limit.toMillis() / 1000.0 + " s");
  }

  /** Both sides say goodbye, unless one of them is too slow. */
  private Mono<Void> farewell() {
    HostLoop loop = HostLoop.of(world.client());
    Mono<Void> closed = Flux.interval(Duration.ZERO, GLANCE, world.scheduler())
        .onBackpressureDrop()
        .takeUntil(n -> loop.unfinishedConnections() == 0)
        .then();
    return pool.disposeLater().then(closed)
        .timeout(FAREWELL, Mono.empty(), world.scheduler());
  }
}
