package io.reactorstack.http.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.Capture;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.netty.StackLoopResources;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import io.reactorstack.testing.UnprobedStack;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.netty.http.server.HttpServer;

/**
 * Tests the command against nginx and dnsmasq, and curl against a server on the stack, over TAP interfaces of the Linux
 * kernel.
 */
@RequiresNetAdmin
@Timeout(400)
class FetchOnLinuxTest {

  private static final int HUNDRED_MEGABYTES = 100_000_000;
  private static final int PIECE = 64_000;
  private static final Duration LONG = Duration.ofMinutes(3);
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String KERNEL = "192.168.78.1";
  private static final String STACK = "192.168.78.2";

  private NetworkNamespace namespace;

  @BeforeEach
  void start() {
    ExternalCommand.require("nginx", "dnsmasq", "curl", "tshark", "sha256sum");
    namespace = NetworkNamespace.create();
  }

  @AfterEach
  void stop() {
    namespace.close();
  }

  @Test
  void fetchesAHundredMegabytesByName() throws IOException {
    serveWithNginxAndDnsmasq();
    Path page = namespace.folder().resolve("fetched");
    Path pcap = namespace.folder().resolve("fetched.pcapng");

    ExternalCommand.Result fetched = fetch("--tap", "tap0", "--address", STACK + "/24", "--gateway", KERNEL, "--dns",
        KERNEL, "--no-probe", "-o", page.toString(), "--pcap", pcap.toString(), "http://files.example.test/large");

    assertThat(fetched.output()).isEmpty();
    assertThat(fetched.exitCode()).isZero();
    Path curled = namespace.folder().resolve("curled");
    namespace.run(LONG, List.of("curl", "-sS", "-o", curled.toString(), "--resolve", "files.example.test:80:" + KERNEL,
        "http://files.example.test/large")).orThrow();
    assertThat(Files.size(page)).isEqualTo(HUNDRED_MEGABYTES);
    assertThat(sha256(page)).isEqualTo(sha256(curled));
    assertThat(Tshark.flaws(pcap, KERNEL)).isEmpty();
    assertThat(Tshark.count(pcap, "dns.a == " + KERNEL)).isEqualTo(1);
  }

  @Test
  void distinguishesFailuresOfARealNetwork() throws IOException {
    serveWithNginxAndDnsmasq();
    assertThat(fail("http://nobody.example.test/"))
        .isEqualTo("6 fetch: nobody.example.test: name not found, says " + KERNEL + ":53\n");
    assertThat(fail("http://files.example.test:81/"))
        .isEqualTo("7 fetch: Connection refused: files.example.test/" + KERNEL + ":81\n");
    assertThat(fail("http://192.168.78.99/")).isEqualTo("8 fetch: No route to host: 192.168.78.99:80\n");
  }

  @Test
  void getsItsAddressAndDnsServerByDhcp() throws IOException {
    serveWithNginxAndDnsmasq("--dhcp-range=192.168.78.50,192.168.78.60,255.255.255.0,600s", "--dhcp-authoritative",
        "--dhcp-leasefile=" + namespace.folder().resolve("leases"), "--interface=tap0",
        "--dhcp-option=option:domain-search,nowhere.test,example.test");
    for (String way : List.of("--dhcp", "--autoconfigure")) {
      Path page = namespace.folder().resolve("page" + way);
      ExternalCommand.Result fetched = fetch("--tap", "tap0", way, "-o", page.toString(), "--pcap", page + ".pcapng",
          way.equals("--dhcp") ? "http://files/large" : "http://files.example.test/large");
      assertThat(fetched.output()).isEmpty();
      assertThat(fetched.exitCode()).isZero();
      assertThat(Files.size(page)).isEqualTo(HUNDRED_MEGABYTES);
      assertThat(Tshark.count(Path.of(page + ".pcapng"), "arp.isprobe")).as("probes of the address").isEqualTo(3);
      Files.delete(page);
    }
  }

  @Test
  void saysWhatItWaitsForIfThereIsNoServer() {
    namespace.run("ip", "tuntap", "add", "dev", "tap0", "mode", "tap").orThrow();
    namespace.run("ip", "link", "set", "tap0", "up").orThrow();
    ExternalCommand.Result failed = fetch("--tap", "tap0", "--dhcp", "-m", "2", "http://192.168.78.1/");
    assertThat(failed.exitCode()).isEqualTo(28);
    assertThat(failed.output()).isEqualTo("fetch: timeout: not configured within PT2S: interface tap0, carrier up: "
        + "waits for an answer to DHCPDISCOVER, 1 sent (since 2 s)\n");
  }

  @Test
  void anAddressOfAnotherStationIsNotUsed() {
    namespace.run("ip", "tuntap", "add", "dev", "tap0", "mode", "tap").orThrow();
    namespace.run("ip", "address", "add", KERNEL + "/24", "dev", "tap0").orThrow();
    namespace.run("ip", "link", "set", "tap0", "up").orThrow();
    ExternalCommand.Result failed = fetch("--tap", "tap0", "--address", KERNEL + "/24", "http://192.168.78.9/");
    assertThat(failed.output()).isEqualTo("fetch: another station on the link of tap0 uses " + KERNEL + "\n");
    assertThat(failed.exitCode()).isEqualTo(1);
  }

  private String fail(String... args) {
    List<String> all = new ArrayList<>(
        List.of("--tap", "tap0", "--address", STACK + "/24", "--gateway", KERNEL, "--dns", KERNEL, "--no-probe"));
    all.addAll(List.of(args));
    ExternalCommand.Result result = fetch(all.toArray(String[]::new));
    return result.exitCode() + " " + result.output();
  }

  @Test
  void curlFetchesAHundredMegabytesFromAServerOnTheStack() {
    String tap = NetworkNamespace.uniqueInterfaceName();
    Path pcap = namespace.folder().resolve("served.pcapng");
    Path curled = namespace.folder().resolve("curled");
    NetworkStack stack;
    try (Capture capture = Capture.toFile(pcap)) {
      stack = UnprobedStack.create().name("server")
          .device(capture.around(TapDevice.named(tap), tap), STACK + "/24").startNow();
      try {
        namespace.adopt(tap, "eth0", KERNEL + "/24");
        HttpServer.create().runOn(StackLoopResources.of(stack)).host(STACK).port(80)
            .route(routes -> routes.get("/large", (request, response) -> response.send(large())))
            .bind().block(SOON);
        namespace.run(LONG, List.of("curl", "-sS", "-o", curled.toString(), "http://" + STACK + "/large")).orThrow();
      } finally {
        stack.stop().block(SOON);
      }
    }
    assertThat(sha256(curled)).isEqualTo(sha256(file("expected")));
    assertThat(Tshark.flaws(pcap, KERNEL)).isEmpty();
    assertThat(Tshark.count(pcap, "http.request.method == GET")).isPositive();
  }

  private static Flux<ByteBuf> large() {
    return Flux.range(0, (HUNDRED_MEGABYTES + PIECE - 1) / PIECE).map(i -> {
      long from = (long) i * PIECE;
      return Unpooled.wrappedBuffer(WebPages.pattern(from, (int) Math.min(PIECE, HUNDRED_MEGABYTES - from)));
    });
  }

  private Path file(String name) {
    Path file = namespace.folder().resolve(name);
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      for (long from = 0; from < HUNDRED_MEGABYTES; from += PIECE) {
        out.write(WebPages.pattern(from, (int) Math.min(PIECE, HUNDRED_MEGABYTES - from)));
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return file;
  }

  private void serveWithNginxAndDnsmasq(String... more) throws IOException {
    namespace.run("ip", "tuntap", "add", "dev", "tap0", "mode", "tap").orThrow();
    namespace.run("ip", "address", "add", KERNEL + "/24", "dev", "tap0").orThrow();
    namespace.run("ip", "link", "set", "tap0", "up").orThrow();
    Path root = Files.createDirectory(namespace.folder().resolve("www"));
    Files.move(file("large"), root.resolve("large"));
    Path conf = Files.writeString(namespace.folder().resolve("nginx.conf"), """
        daemon off;
        user root;
        pid FOLDER/nginx.pid;
        error_log stderr;
        events {}
        http {
          access_log off;
          sendfile on;
          server {
            listen 192.168.78.1:80;
            root FOLDER/www;
          }
        }
        """.replace("FOLDER", namespace.folder().toString()));
    namespace.start("nginx", "-c", conf.toString());
    List<String> dnsmasq = new ArrayList<>(List.of("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null",
        "--no-resolv", "--no-hosts", "--user=root", "--pid-file=", "--bind-interfaces", "--listen-address=" + KERNEL,
        "--local=/example.test/", "--host-record=files.example.test," + KERNEL));
    dnsmasq.addAll(List.of(more));
    namespace.start(dnsmasq.toArray(String[]::new));
    namespace.awaitTcpListener(80);
    namespace.awaitUdpSocket(53);
  }

  /** Runs the command in a separate process in the namespace that contains the TAP interface. */
  private ExternalCommand.Result fetch(String... args) {
    List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java",
        "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-Xmx64m", "-cp",
        System.getProperty("java.class.path"), Fetch.class.getName()));
    command.addAll(List.of(args));
    return namespace.run(LONG, command);
  }

  private static String sha256(Path file) {
    return ExternalCommand.run(LONG, List.of("sha256sum", file.toString())).orThrow().split(" ")[0];
  }
}
