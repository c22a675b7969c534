package io.reactorstack.http.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.reactorstack.http.StackHttp;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.RequiresNetAdmin;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.function.UnaryOperator;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.netty.http.Http2SslContextSpec;
import reactor.netty.http.Http3SslContextSpec;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServer;
import reactor.netty.tcp.SslProvider;

/** Chromium loads a page of fifty resources from a server on the stack; every pixel must be right. */
@RequiresNetAdmin
@Timeout(200)
class ChromiumTest {

  private static final String NAME = "www.example.test";

  private final Mosaic mosaic = new Mosaic(11);
  private KernelNeighbour hosts;
  private X509Bundle certificate;

  @BeforeEach
  void start() throws Exception {
    ExternalCommand.require("chromium");
    hosts = new KernelNeighbour();
    certificate = new CertificateBuilder().ecp256().subject("CN=" + NAME).addSanDnsName(NAME)
        .setIsCertificateAuthority(true).buildSelfSigned();
  }

  @AfterEach
  void stop() {
    hosts.close();
  }

  private void serve(int port, UnaryOperator<HttpServer> setting) {
    setting.apply(StackHttp.server(hosts.stack, new InetSocketAddress(KernelNeighbour.STACK, port)))
        .route(mosaic::routes).bind().block(KernelNeighbour.SOON);
  }

  private void assertThatTheBrowserShows(String url, String protocol, String... arguments) throws Exception {
    BufferedImage screen = screenshot(url, arguments);
    assertThat(mosaic.requests()).as("each once, by %s", protocol).extracting(Mosaic.Request::path)
        .containsExactlyInAnyOrderElementsOf(mosaic.paths()).hasSize(Mosaic.SQUARES + 1);
    assertThat(mosaic.requests()).extracting(Mosaic.Request::protocol).containsOnly(protocol);
    assertThat(differences(screen, mosaic.picture())).as("squares with wrong pixels").isEmpty();
  }

  private BufferedImage screenshot(String url, String... arguments) throws IOException {
    Path folder = hosts.namespace.folder();
    Path file = folder.resolve("screen.png");
    List<String> command = new ArrayList<>(List.of("chromium", "--headless", "--disable-gpu", "--hide-scrollbars",
        // Chromium refuses to run as root inside its sandbox; the page is trusted.
        "--no-sandbox", "--disable-dev-shm-usage",
        "--force-color-profile=srgb", "--force-device-scale-factor=1",
        "--window-size=" + Mosaic.WIDTH + "," + Mosaic.HEIGHT,
        // No requests to Google's servers: they would fail, because there is no route to them.
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
        "--no-proxy-server", "--host-resolver-rules=MAP " + NAME + " " + KernelNeighbour.STACK,
        "--user-data-dir=" + folder.resolve("profile"),
        // Takes the screenshot after the page's script has fetched everything.
        "--virtual-time-budget=10000", "--screenshot=" + file));
    command.addAll(List.of(arguments));
    command.add(url);
    ExternalCommand.Result result = hosts.namespace.run(Duration.ofMinutes(1), command);
    assertThat(file).as(result.output()).exists();
    return ImageIO.read(file.toFile());
  }

  private static List<Integer> differences(BufferedImage screen, BufferedImage expected) {
    assertThat(screen.getWidth()).isGreaterThanOrEqualTo(Mosaic.WIDTH);
    assertThat(screen.getHeight()).isGreaterThanOrEqualTo(Mosaic.HEIGHT);
    List<Integer> squares = new ArrayList<>();
    for (int square = 0; square < Mosaic.SQUARES; square++) {
      int x = square % Mosaic.COLUMNS * Mosaic.SIDE;
      int y = square / Mosaic.COLUMNS * Mosaic.SIDE;
      int[] shown = screen.getRGB(x, y, Mosaic.SIDE, Mosaic.SIDE, null, 0, Mosaic.SIDE);
      int[] wanted = expected.getRGB(x, y, Mosaic.SIDE, Mosaic.SIDE, null, 0, Mosaic.SIDE);
      if (!Arrays.equals(shown, wanted)) {
        squares.add(square);
      }
    }
    return squares;
  }

  /** Makes the browser trust the test's key only. */
  private String trust() throws Exception {
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(certificate.getCertificate().getPublicKey().getEncoded());
    return "--ignore-certificate-errors-spki-list=" + Base64.getEncoder().encodeToString(hash);
  }

  @Test
  void overHttp11() throws Exception {
    serve(80, server -> server);

    assertThatTheBrowserShows("http://" + NAME + "/", "HTTP/1.1");
  }

  @Test
  void overHttp2() throws Exception {
    SslProvider.GenericSslContextSpec<?> tls = Http2SslContextSpec.forServer(certificate.getKeyPair().getPrivate(),
        certificate.getCertificate());
    serve(443, server -> server.protocol(HttpProtocol.H2, HttpProtocol.HTTP11).secure(spec -> spec.sslContext(tls)));

    assertThatTheBrowserShows("https://" + NAME + "/", "HTTP/2.0", trust());
  }

  @Test
  void overHttp3() throws Exception {
    Http3SslContextSpec tls = Http3SslContextSpec.forServer(certificate.getKeyPair().getPrivate(), null,
        certificate.getCertificate());
    serve(443, server -> server.protocol(HttpProtocol.HTTP3).secure(spec -> spec.sslContext(tls))
        .http3Settings(settings -> settings.idleTimeout(Duration.ofSeconds(20)).maxData(10_000_000)
            .maxStreamDataBidirectionalLocal(1_000_000).maxStreamDataBidirectionalRemote(1_000_000)
            .maxStreamsBidirectional(100)));

    assertThatTheBrowserShows("https://" + NAME + "/", "HTTP/3.0", trust(),
        "--origin-to-force-quic-on=" + NAME + ":443");
  }
}
