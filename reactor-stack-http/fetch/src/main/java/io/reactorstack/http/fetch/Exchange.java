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
 * One HTTP request with its response. The body goes to a stream that may block, on the calling thread.
 *
 * <p>The calling thread alternates between two steps. It waits for pieces from the event loop, while the world's time
 * passes, and then it writes them. During the write a simulated world stands still; a real one continues as far as the
 * receive window allows.
 */
final class Exchange {

  /** The time limit for closing the connection after the page has been received. */
  private static final Duration FAREWELL = Duration.ofSeconds(2);
  private static final Duration QUIC_IDLE = Duration.ofSeconds(30);
  private static final long QUIC_WINDOW = 4 << 20;
  private static final Duration GLANCE = Duration.ofMillis(1);

  private final FetchNetwork world;
  private final FrameRecorder watch;
  private final HeaderPrinter headers;
  private final PrintWriter err;
  private final @Nullable Duration maxTime;
  private final TrustOptions trust;
  private final VersionOptions version;
  private final ConnectionProvider pool;
  private volatile int status;

  /** Creates a request in {@code world} that fails after {@code maxTime}, if that is not {@code null}. */
  Exchange(FetchNetwork world, FrameRecorder watch, HeaderPrinter headers, PrintWriter err, @Nullable Duration maxTime,
      TrustOptions trust, VersionOptions version) {
    this.world = world;
    this.watch = watch;
    this.headers = headers;
    this.err = err;
    this.maxTime = maxTime;
    this.trust = trust;
    this.version = version;
    // A pool of one connection: an HTTP/2 or HTTP/3 connection outlives its requests, and disposing of the pool closes
    // it gracefully.
    this.pool = StackHttp.pool(world.client(), "fetch", Duration.ZERO, Duration.ZERO).maxConnections(1).build();
  }

  /** Fetches {@code uri}, writes the body to {@code body} and returns the HTTP status. */
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
        // "Connection: close" exists in HTTP/1.1 only (RFC 9113 section 8.2.2, RFC 9114 section 4.2).
        .keepAlive(protocols[0] != HttpProtocol.HTTP11);
    if (!uri.getScheme().equals("https")) {
      return client;
    }
    HttpClient secured = client.secure(tls -> tls.sslContext(trust.tls(Set.of(protocols))));
    return protocols[0] == HttpProtocol.HTTP3
        // QUIC's flow-control windows are zero unless set (RFC 9000 section 18.2). A page needs one stream.
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
    return new TimeoutException("not finished within " + limit.toMillis() / 1000.0 + " s");
  }

  /** Waits until both sides have closed the connection, or until the time limit. */
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
