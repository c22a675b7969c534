package io.reactorstack.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.reactorstack.lab.Lab;
import io.reactorstack.netty.StackLoopResources;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.FutureMono;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRoutes;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.transport.ProxyProvider;

/** Tests the features of Reactor Netty's HTTP on two stacks in the lab. */
class HttpProtocolsTest {

  private static final byte[] LARGE = new byte[1_000_000];

  static {
    new Random(5).nextBytes(LARGE);
  }

  private final TwoHosts hosts = new TwoHosts(Lab.virtual(31), wire -> wire.delay(Duration.ofMillis(2)).loss(0.01));

  @AfterEach
  void close() {
    hosts.close();
  }

  private static void routes(HttpServerRoutes routes) {
    routes
        .get("/version",
            (request, response) -> response.sendString(Mono.just(request.version() + " " + request.scheme())))
        .get("/large", (request, response) -> response.send(Flux.range(0, 100)
            .map(i -> Unpooled.wrappedBuffer(LARGE, i * 10_000, 10_000))))
        .get("/text", (request, response) -> response.header(HttpHeaderNames.CONTENT_TYPE, "text/plain")
            .sendString(Mono.just("a line that comes again and again\n".repeat(3000))))
        .get("/old", (request, response) -> response.sendRedirect("/version"))
        .get("/away", (request, response) -> response.sendRedirect("https://" + TwoHosts.NAME + "/version"))
        .post("/echo", (request, response) -> response.send(request.receive().retain()))
        .ws("/ws", (in, out) -> out.sendObject(in.receiveFrames().ofType(BinaryWebSocketFrame.class)
            .map(frame -> frame.retain())));
  }

  private void start(HttpServer server) {
    hosts.await(server.route(HttpProtocolsTest::routes).bind());
  }

  private void exchangeAll(reactor.netty.http.client.HttpClient client, String version, String base) {
    assertThat(hosts.get(client, base + "/version")).isEqualTo(version);
    assertThat(hosts.await(client.get().uri(base + "/large").responseContent().aggregate().asByteArray()))
        .isEqualTo(LARGE);
    Flux<ByteBuf> body = Flux.range(0, 100).map(i -> Unpooled.wrappedBuffer(LARGE, i * 10_000, 10_000));
    assertThat(hosts.await(client.post().uri(base + "/echo").send(body).responseContent().aggregate().asByteArray()))
        .isEqualTo(LARGE);
    assertThat(hosts.await(client.get().uri(base + "/nowhere").response()).status().code()).isEqualTo(404);
  }

  @Test
  void http11() {
    start(hosts.server(80));
    exchangeAll(hosts.client(), "HTTP/1.1 http", "http://" + TwoHosts.NAME);
  }

  @Test
  void http11OverTls() {
    start(hosts.server(443).secure(tls -> tls.sslContext(TwoHosts.serverTls())));
    exchangeAll(hosts.client().secure(tls -> tls.sslContext(TwoHosts.clientTls())), "HTTP/1.1 https",
        "https://" + TwoHosts.NAME);
  }

  @Test
  void rejectsAnUntrustedCertificate() {
    start(hosts.server(443).secure(tls -> tls.sslContext(TwoHosts.serverTls())));
    assertThatThrownBy(() -> hosts.get(hosts.client(), "https://" + TwoHosts.NAME + "/version"))
        .satisfies(error -> assertThat(error).hasCauseInstanceOf(SSLException.class));
  }

  @Test
  void http2WithPriorKnowledge() {
    start(hosts.server(80).protocol(HttpProtocol.H2C));
    exchangeAll(hosts.client().protocol(HttpProtocol.H2C), "HTTP/2.0 http", "http://" + TwoHosts.NAME);
  }

  @Test
  void http2ByUpgrade() {
    start(hosts.server(80).protocol(HttpProtocol.H2C, HttpProtocol.HTTP11));
    exchangeAll(hosts.client().protocol(HttpProtocol.H2C, HttpProtocol.HTTP11), "HTTP/2.0 http",
        "http://" + TwoHosts.NAME);
  }

  @Test
  void http2ByAlpn() {
    start(hosts.server(443).protocol(HttpProtocol.H2, HttpProtocol.HTTP11)
        .secure(tls -> tls.sslContext(TwoHosts.serverTls2())));
    exchangeAll(hosts.client().protocol(HttpProtocol.H2, HttpProtocol.HTTP11)
        .secure(tls -> tls.sslContext(TwoHosts.clientTls2())), "HTTP/2.0 https", "https://" + TwoHosts.NAME);
  }

  @Test
  void alpnFallsBackToHttp11() {
    start(hosts.server(443).secure(tls -> tls.sslContext(TwoHosts.serverTls())));
    exchangeAll(hosts.client().protocol(HttpProtocol.H2, HttpProtocol.HTTP11)
        .secure(tls -> tls.sslContext(TwoHosts.clientTls2())), "HTTP/1.1 https", "https://" + TwoHosts.NAME);
  }

  @Test
  void webSocket() {
    start(hosts.server(80));
    byte[] echoed = hosts.await(hosts.client().websocket().uri("ws://" + TwoHosts.NAME + "/ws")
        .handle((in, out) -> out
            .sendObject(Flux.range(0, 100)
                .map(i -> new BinaryWebSocketFrame(Unpooled.wrappedBuffer(LARGE, i * 10_000, 10_000))))
            .then().thenMany(Flux.<ByteBuf>empty())
            .mergeWith(in.receive().retain().take(100)))
        .map(buffer -> {
          try {
            return ByteBufUtil.getBytes(buffer);
          } finally {
            buffer.release();
          }
        })
        .reduce((a, b) -> ByteBufUtil.getBytes(Unpooled.wrappedBuffer(a, b))));
    assertThat(echoed).isEqualTo(LARGE);
  }

  @Test
  void compression() {
    start(hosts.server(80).compress(true));
    var compressed = hosts.await(hosts.client().headers(h -> h.set(HttpHeaderNames.ACCEPT_ENCODING, "gzip"))
        .get().uri("http://" + TwoHosts.NAME + "/text")
        .responseSingle((response, body) -> body.asByteArray()
            .map(bytes -> List.of(response.responseHeaders().get(HttpHeaderNames.CONTENT_ENCODING), bytes.length))));
    assertThat(compressed.get(0)).isEqualTo("gzip");
    assertThat((Integer) compressed.get(1)).isLessThan(3000);
    assertThat(hosts.get(hosts.client().compress(true), "http://" + TwoHosts.NAME + "/text"))
        .isEqualTo("a line that comes again and again\n".repeat(3000));
  }

  @Test
  void redirects() {
    start(hosts.server(80));
    start(hosts.server(443).secure(tls -> tls.sslContext(TwoHosts.serverTls())));
    var client = hosts.client().secure(tls -> tls.sslContext(TwoHosts.clientTls()));
    assertThat(hosts.await(client.get().uri("http://" + TwoHosts.NAME + "/old").response()).status().code())
        .isEqualTo(302);
    assertThat(hosts.get(client.followRedirect(true), "http://" + TwoHosts.NAME + "/old")).isEqualTo("HTTP/1.1 http");
    assertThat(hosts.get(client.followRedirect(true), "http://" + TwoHosts.NAME + "/away")).isEqualTo("HTTP/1.1 https");
  }

  @Test
  void aPoolReusesItsConnections() {
    start(hosts.server(80));
    ConnectionProvider pool = StackHttp.pool(hosts.client.stack(), "pool", Duration.ofMinutes(1), Duration.ZERO)
        .maxConnections(4).build();
    var client = hosts.client(pool);
    List<String> ports = hosts.await(Flux.range(0, 100)
        .flatMap(i -> client.get().uri("http://" + TwoHosts.NAME + "/version")
            .responseConnection((response, connection) -> connection.inbound().receive().then(
                Mono.fromSupplier(() -> connection.channel().localAddress().toString()))),
            10)
        .distinct().collectList());
    assertThat(ports).hasSizeBetween(1, 4);
    hosts.await(pool.disposeLater());
  }

  /** A proxy that supports only CONNECT, on a third port of the web host. */
  @Test
  void throughAProxy() {
    start(hosts.server(443).secure(tls -> tls.sslContext(TwoHosts.serverTls())));
    StackLoopResources loops = StackLoopResources.of(hosts.web.stack());
    var bound = new ServerBootstrap().group(loops.onServer(true))
        .channelFactory(() -> loops.onChannel(ServerSocketChannel.class, loops.onServer(true)))
        .childHandler(new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) {
            channel.pipeline().addLast(new ConnectProxy(loops));
          }
        }).bind(TwoHosts.WEB, 3128);
    hosts.await(FutureMono.from(bound));
    var client = hosts.client().secure(tls -> tls.sslContext(TwoHosts.clientTls()))
        .proxy(proxy -> proxy.type(ProxyProvider.Proxy.HTTP).socketAddress(new InetSocketAddress(TwoHosts.WEB, 3128)));
    exchangeAll(client, "HTTP/1.1 https", "https://" + TwoHosts.NAME);
  }
}
