package io.reactorstack.http.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.stream.StreamSocketDevice;
import io.reactorstack.netty.StackLoopResources;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import io.reactorstack.testing.UnprobedStack;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;
import reactor.netty.http.server.HttpServer;

/**
 * Tests the command and a server behind passt, which turns their frames into ordinary sockets.
 *
 * <p>Only passt's side needs a privilege here, for the namespace that keeps its sockets off the real network.
 */
@RequiresNetAdmin
@Timeout(200)
class FetchThroughPasstTest {

  private static final int SIZE = 20_000_000;
  private static final int PIECE = 64_000;
  private static final Duration LONG = Duration.ofMinutes(2);
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String GUEST = "192.0.2.7";
  private static final String GATEWAY = "192.0.2.1";
  private static final String FAR = "198.51.100.1";

  private NetworkNamespace namespace;
  private NetworkNamespace.Server passt;
  private Path socket;

  @BeforeEach
  void start() throws IOException {
    ExternalCommand.require("passt", "nginx", "dnsmasq", "curl", "caddy");
    namespace = NetworkNamespace.create();
    // passt copies its network configuration from an interface with a default route.
    namespace.run("ip", "link", "add", "up0", "type", "veth", "peer", "name", "up1").orThrow();
    namespace.run("ip", "address", "add", FAR + "/24", "dev", "up0").orThrow();
    namespace.run("ip", "link", "set", "up0", "up").orThrow();
    namespace.run("ip", "link", "set", "up1", "up").orThrow();
    namespace.run("ip", "route", "add", "default", "via", "198.51.100.254").orThrow();
    // passt drops root privileges; its user must be able to enter this folder and create the socket in the next one.
    Files.setPosixFilePermissions(namespace.folder(), PosixFilePermissions.fromString("rwx--x--x"));
    Path folder = Files.createDirectory(namespace.folder().resolve("passt"));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    socket = folder.resolve("socket");
    passt = namespace.start("passt", "--foreground", "--stderr", "--ipv4-only", "--no-dhcp", "--socket",
        socket.toString(), "--address", GUEST, "--netmask", "24", "--gateway", GATEWAY, "--tcp-ports", "8080");
    namespace.await("passt's socket", () -> Files.exists(socket));
  }

  @AfterEach
  void stop() {
    namespace.close();
  }

  @Test
  void fetchesAPageByNameWithoutPrivileges() throws IOException {
    serveWithNginxAndDnsmasq();
    ByteArrayOutputStream page = new ByteArrayOutputStream();

    // passt maps the gateway's address to its own machine: the DNS server is dnsmasq on the namespace's loopback.
    String failure = fetch(page, "--dns", GATEWAY, "http://files.example.test/large");

    assertThat(failure).isEqualTo("0 ");
    assertThat(page.toByteArray()).isEqualTo(WebPages.pattern(0, SIZE));
  }

  @Test
  void trustsOnlyTheSelectedCertificates() throws Exception {
    Path authority = makeCertificate();
    serveWithNginxAndDnsmasq(
        "listen FAR:443 ssl; ssl_certificate FOLDER/cert.pem; ssl_certificate_key FOLDER/key.pem;");
    String url = "https://files.example.test/large";
    ByteArrayOutputStream page = new ByteArrayOutputStream();

    assertThat(fetch(page, "--dns", GATEWAY, url)).startsWith("35 fetch: ");
    assertThat(page.size()).isZero();
    assertThat(fetch(page, "--dns", GATEWAY, "--cacert", authority.toString(), url)).isEqualTo("0 ");
    assertThat(page.toByteArray()).isEqualTo(WebPages.pattern(0, SIZE));
    // The certificate is for another name.
    assertThat(fetch(new ByteArrayOutputStream(), "--cacert", authority.toString(), "https://" + FAR + "/large"))
        .startsWith("35 fetch: ");
    page.reset();
    assertThat(fetch(page, "--insecure", "https://" + FAR + "/large")).isEqualTo("0 ");
    assertThat(page.toByteArray()).isEqualTo(WebPages.pattern(0, SIZE));
  }

  /** Caddy supports all three versions, with an independent QUIC implementation. */
  @ParameterizedTest
  @CsvSource({"--http1.1, HTTP/1.1", "--http2, HTTP/2.0", "--http2-prior-knowledge, HTTP/2.0", "--story, HTTP/2.0",
      "--http3, HTTP/3.0"})
  void usesEveryHttpVersion(String version, String spoken) throws Exception {
    Path authority = makeCertificate();
    Files.write(Files.createDirectory(namespace.folder().resolve("www")).resolve("large"),
        WebPages.pattern(0, SIZE));
    serveWithCaddy();
    startDnsmasq();
    ByteArrayOutputStream page = new ByteArrayOutputStream();

    String told = fetch(page, "--dns", GATEWAY, "--cacert", authority.toString(), "-v", version,
        "https://files.example.test/large");

    assertThat(told).startsWith("0 ").contains("< " + spoken + " 200");
    assertThat(page.toByteArray()).isEqualTo(WebPages.pattern(0, SIZE));
    page.reset();
    assertThat(fetch(page, "--dns", GATEWAY, version, "https://files.example.test/large")).contains("fetch: ")
        .startsWith("35 ");
    assertThat(page.size()).isZero();
  }

  private void serveWithCaddy() throws IOException {
    Path conf = Files.writeString(namespace.folder().resolve("Caddyfile"), """
        {
          admin off
          storage file_system FOLDER/caddy
        }
        https://files.example.test {
          bind FAR
          tls FOLDER/cert.pem FOLDER/key.pem
          root * FOLDER/www
          file_server
        }
        """.replace("FOLDER", namespace.folder().toString()).replace("FAR", FAR));
    namespace.start("env", "HOME=" + namespace.folder(), "caddy", "run", "--config", conf.toString(), "--adapter",
        "caddyfile");
    namespace.awaitTcpListener(443);
    namespace.awaitUdpSocket(443);
  }

  private Path makeCertificate() throws Exception {
    X509Bundle certificate = new CertificateBuilder().ecp256().subject("CN=files.example.test")
        .addSanDnsName("files.example.test").setIsCertificateAuthority(true).buildSelfSigned();
    Files.writeString(namespace.folder().resolve("key.pem"), certificate.getPrivateKeyPEM());
    return Files.writeString(namespace.folder().resolve("cert.pem"), certificate.getCertificatePEM());
  }

  @Test
  void reportsThatPasstIsNotRunning() {
    passt.close();
    assertThat(fetch(new ByteArrayOutputStream(), "http://" + FAR + "/"))
        .startsWith("1 fetch: cannot open stream socket " + socket + ": no program listens on it");
  }

  @Test
  void connectionsFailWhenPasstStops() throws IOException {
    serveWithNginxAndDnsmasq();
    NetworkStack stack = startStack();
    try {
      var connection = Objects.requireNonNull(stack.tcp().connect(FAR, 80).block(SOON));
      var ended = connection.receive().doOnNext(ByteBuf::release).then().toFuture();
      passt.close();
      assertThat(ended).failsWithin(SOON).withThrowableThat().withMessageContaining("Network is down");
    } finally {
      stack.stop().block(SOON);
    }
  }

  @Test
  void curlReachesAServerOnTheStackThroughPasst() throws IOException {
    NetworkStack stack = startStack();
    try {
      // passt learns the stack's address from the stack's packets; guests usually request their address by DHCP first.
      // Whether the gateway answers pings depends on the system.
      stack.icmp().ping(IpAddress.parse(GATEWAY)).onErrorComplete().block(SOON);
      HttpServer.create().runOn(StackLoopResources.of(stack)).host(GUEST).port(8080)
          .route(routes -> routes.get("/large", (request, response) -> response.send(large())))
          .bind().block(SOON);
      Path curled = namespace.folder().resolve("curled");
      namespace.run(LONG, List.of("curl", "-sS", "-o", curled.toString(), "http://" + FAR + ":8080/large")).orThrow();
      assertThat(Files.readAllBytes(curled)).isEqualTo(WebPages.pattern(0, SIZE));
    } finally {
      stack.stop().block(SOON);
    }
  }

  private NetworkStack startStack() {
    return UnprobedStack.create().name("guest").device(StreamSocketDevice.at(socket), GUEST + "/24").gateway(GATEWAY)
        .startNow();
  }

  private static Flux<ByteBuf> large() {
    return Flux.range(0, (SIZE + PIECE - 1) / PIECE).map(i -> {
      long from = (long) i * PIECE;
      return Unpooled.wrappedBuffer(WebPages.pattern(from, (int) Math.min(PIECE, SIZE - from)));
    });
  }

  private String fetch(ByteArrayOutputStream page, String... args) {
    List<String> all = new ArrayList<>(
        List.of("--passt", socket.toString(), "--address", GUEST + "/24", "--gateway", GATEWAY));
    all.addAll(Arrays.asList(args));
    StringWriter err = new StringWriter();
    int code = Fetch.run(page, new PrintWriter(err, true), false, all.toArray(String[]::new));
    return code + " " + err;
  }

  private void serveWithNginxAndDnsmasq() throws IOException {
    serveWithNginxAndDnsmasq("");
  }

  private void serveWithNginxAndDnsmasq(String more) throws IOException {
    Path root = Files.createDirectory(namespace.folder().resolve("www"));
    Files.write(root.resolve("large"), WebPages.pattern(0, SIZE));
    Path conf = Files.writeString(namespace.folder().resolve("nginx.conf"), """
        daemon off;
        user root;
        pid FOLDER/nginx.pid;
        error_log stderr;
        events {}
        http {
          access_log off;
          server {
            listen FAR:80;
            MORE
            root FOLDER/www;
          }
        }
        """.replace("MORE", more).replace("FOLDER", namespace.folder().toString()).replace("FAR", FAR));
    namespace.start("nginx", "-c", conf.toString());
    namespace.awaitTcpListener(80);
    startDnsmasq();
  }

  private void startDnsmasq() {
    namespace.start("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
        "--user=root", "--pid-file=", "--bind-interfaces", "--listen-address=127.0.0.1", "--local=/example.test/",
        "--host-record=files.example.test," + FAR);
    namespace.awaitUdpSocket(53);
  }
}
