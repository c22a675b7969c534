package io.reactorstack.http.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.reactorstack.http.StackHttp;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.RequiresNetAdmin;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.Http2SslContextSpec;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServerRoutes;
import reactor.netty.tcp.SslProvider;

/**
 * Runs curl, over TLS and over HTTP/2, against Reactor Netty's server on the stack, and h2load with a hundred parallel
 * streams.
 */
@RequiresNetAdmin
@Timeout(200)
class CurlTest {

  private static final String NAME = "www.example.test";
  private static final byte[] LARGE = new byte[5_000_000];

  static {
    new Random(9).nextBytes(LARGE);
  }

  private KernelNeighbour hosts;
  private Path authority;

  @BeforeEach
  void start() throws Exception {
    ExternalCommand.require("curl", "h2load", "sha256sum");
    hosts = new KernelNeighbour();
    X509Bundle certificate = new CertificateBuilder().ecp256().subject("CN=" + NAME).addSanDnsName(NAME)
        .setIsCertificateAuthority(true).buildSelfSigned();
    authority = Files.writeString(hosts.namespace.folder().resolve("authority.pem"), certificate.getCertificatePEM());
    StackHttp.server(hosts.stack, new InetSocketAddress(KernelNeighbour.STACK, 443))
        .protocol(HttpProtocol.H2, HttpProtocol.HTTP11)
        .secure(tls -> tls.sslContext(
            (SslProvider.GenericSslContextSpec<?>) Http2SslContextSpec
                .forServer(certificate.getKeyPair().getPrivate(), certificate.getCertificate())))
        .route(CurlTest::routes).bind().block(KernelNeighbour.SOON);
    StackHttp.server(hosts.stack, new InetSocketAddress(KernelNeighbour.STACK, 80))
        .protocol(HttpProtocol.H2C, HttpProtocol.HTTP11)
        .route(CurlTest::routes).bind().block(KernelNeighbour.SOON);
  }

  private static void routes(HttpServerRoutes routes) {
    routes.get("/version", (request, response) -> response.sendString(Mono.just(request.version() + "\n")))
        .get("/large", (request, response) -> response.send(pieces()))
        .post("/echo", (request, response) -> response.send(request.receive().retain()));
  }

  private static Flux<ByteBuf> pieces() {
    return Flux.range(0, LARGE.length / 50_000).map(i -> Unpooled.wrappedBuffer(LARGE, i * 50_000, 50_000));
  }

  @AfterEach
  void stop() {
    hosts.close();
  }

  private String curl(String... args) {
    List<String> command = new ArrayList<>(List.of("curl", "-sS", "--cacert", authority.toString(), "--resolve",
        NAME + ":443:" + KernelNeighbour.STACK, "--resolve", NAME + ":80:" + KernelNeighbour.STACK));
    command.addAll(List.of(args));
    return hosts.namespace.run(Duration.ofMinutes(1), command).orThrow();
  }

  @Test
  void speaksEveryVersion() {
    assertThat(curl("http://" + NAME + "/version")).isEqualTo("HTTP/1.1\n");
    assertThat(curl("--http1.1", "https://" + NAME + "/version")).isEqualTo("HTTP/1.1\n");
    assertThat(curl("--http2", "https://" + NAME + "/version")).isEqualTo("HTTP/2.0\n");
    assertThat(curl("--http2", "http://" + NAME + "/version")).isEqualTo("HTTP/2.0\n");
    assertThat(curl("--http2-prior-knowledge", "http://" + NAME + "/version")).isEqualTo("HTTP/2.0\n");
  }

  @Test
  void movesMegabytesBothWays() throws Exception {
    Path original = Files.write(hosts.namespace.folder().resolve("original"), LARGE);
    Path got = hosts.namespace.folder().resolve("got");
    for (String version : List.of("--http1.1", "--http2")) {
      curl(version, "-o", got.toString(), "https://" + NAME + "/large");
      assertThat(Files.readAllBytes(got)).isEqualTo(LARGE);
      curl(version, "-o", got.toString(), "--data-binary", "@" + original, "https://" + NAME + "/echo");
      assertThat(Files.readAllBytes(got)).isEqualTo(LARGE);
    }
  }

  @Test
  void h2loadOpensAHundredParallelStreams() {
    for (String scheme : List.of("http", "https")) {
      String output = hosts.namespace.run(Duration.ofMinutes(2), List.of("h2load", "-n", "5000", "-c", "4", "-m", "100",
          scheme + "://" + KernelNeighbour.STACK + "/version")).orThrow();
      assertThat(output)
          .contains("5000 total, 5000 started, 5000 done, 5000 succeeded, 0 failed, 0 errored, 0 timeout");
    }
  }
}
