package io.reactorstack.dns.jvm;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Tests the JVM's resolver on the kernel's sockets: a program of its own in a namespace, with dnsmasq, nginx and PostgreSQL,
 * and with its own {@code /etc/resolv.conf} and {@code /etc/hosts}.
 */
@RequiresNetAdmin
@Timeout(120)
class JvmResolverOnLinuxTest {

  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String BOTH = "[192.168.77.1, fd00:77:0:0:0:0:0:1]";

  private static NetworkNamespace namespace;
  private static Map<String, String> names;

  @BeforeAll
  static void start() throws IOException {
    ExternalCommand.require("dnsmasq", "nginx", "mount");
    Path programs = programs();
    namespace = NetworkNamespace.create();
    namespace.connect("eth0", NetworkNamespace.uniqueInterfaceName(), "192.168.77.1/24", "192.168.77.2/24",
        "192.168.77.3/24", "fd00:77::1/64");
    Path home = namespace.folder();
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx--x--x"));
    startDnsmasq(home);
    startNginx(home);
    startPostgres(home, programs);
    Files.writeString(home.resolve("resolv.conf"), "nameserver 192.168.77.1\nsearch test\n");
    Files.writeString(home.resolve("hosts"), "127.0.0.1 localhost\n192.168.77.9 printer.office printer\n");
    namespace.awaitUdpSocket(53);
    namespace.awaitTcpListener(80);
    namespace.awaitTcpListener(5432);
    names = run("names", "-Djava.security.properties=" + Files.writeString(home.resolve("no-cache"),
        "networkaddress.cache.ttl=0\nnetworkaddress.cache.negative.ttl=0\n"));
  }

  @AfterAll
  static void stop() {
    if (namespace != null) {
      namespace.close();
    }
  }

  private static void startDnsmasq(Path home) throws IOException {
    Path hosts = Files.writeString(home.resolve("many"),
        IntStream.range(0, 100).mapToObj(i -> "10.1.0." + i + " h" + i + ".test\n").collect(joining()));
    namespace.start("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
        "--user=root", "--pid-file=", "--bind-interfaces", "--listen-address=192.168.77.1", "--local=/test/",
        "--addn-hosts=" + hosts, "--host-record=web.test,192.168.77.1,fd00:77::1,300",
        "--host-record=db.test,192.168.77.2", "--host-record=late.test,192.168.77.4");
  }

  private static void startNginx(Path home) throws IOException {
    Files.createDirectory(home.resolve("www"));
    Files.writeString(home.resolve("www/index.html"), "from nginx\n");
    Path config = Files.writeString(home.resolve("nginx.conf"), """
        daemon off;
        user root;
        worker_processes 1;
        pid %1$s/nginx.pid;
        error_log stderr;
        events { worker_connections 64; }
        http {
          access_log off;
          server { listen 192.168.77.1:80; listen [fd00:77::1]:80; server_name web.test; root %1$s/www; }
        }
        """.formatted(home));
    namespace.start("nginx", "-c", config.toString());
  }

  /** PostgreSQL refuses to run as root. */
  private static void startPostgres(Path home, Path programs) throws IOException {
    Path data = Files.createDirectory(home.resolve("data"));
    ExternalCommand.run(SOON, List.of("chown", "nobody", data.toString())).orThrow();
    namespace.run(SOON, List.of("setpriv", "--reuid=nobody", "--clear-groups", programs.resolve("initdb").toString(),
        "--pgdata=" + data, "--username=example", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"))
        .orThrow();
    Files.writeString(data.resolve("pg_hba.conf"), "host all all 192.168.77.0/24 trust\n");
    namespace.start("setpriv", "--reuid=nobody", "--clear-groups", programs.resolve("postgres").toString(), "-D",
        data.toString(), "-h", "192.168.77.2", "-p", "5432", "-k", "", "-F");
  }

  /** Debian installs the server's programs in one folder per version. */
  private static Path programs() throws IOException {
    Path versions = Path.of("/usr/lib/postgresql");
    if (Files.isDirectory(versions)) {
      try (var each = Files.list(versions)) {
        var found = each.map(version -> version.resolve("bin")).filter(bin -> Files.isExecutable(bin.resolve("initdb")))
            .max(Path::compareTo);
        if (found.isPresent()) {
          return found.get();
        }
      }
    }
    ExternalCommand.require("initdb");
    throw new IllegalStateException("unreachable");
  }

  /** Runs {@link LookupProgram} in the namespace with other files in /etc, and returns its results by title. */
  private static Map<String, String> run(String part, String... flags) {
    String enter = "mount --bind %1$s/resolv.conf /etc/resolv.conf && mount --bind %1$s/hosts /etc/hosts && exec \"$@\""
        .formatted(namespace.folder());
    List<String> command = new ArrayList<>(List.of("sh", "-c", enter, "sh"));
    command.addAll(ChildJvm.command(LookupProgram.class, List.of(flags), part));
    return ChildJvm.results(namespace.run(SOON, command));
  }

  @Test
  void nothingChangesUntilItIsConfiguredAndAfterReset() {
    assertThat(names).containsEntry("built-in", BOTH).containsEntry("built-in after reset", BOTH)
        .containsEntry("own hosts", "[10.3.3.3]");
    assertThat(names.get("after reset")).isEqualTo("UnknownHostException mine.test: Name or service not known");
  }

  @Test
  void inetAddressFindsNamesAndAddresses() {
    assertThat(names).containsEntry("resolver", BOTH).containsEntry("one address", "db.test/192.168.77.2")
        .containsEntry("search domain", "[192.168.77.2]").containsEntry("hosts file", "[192.168.77.9]")
        .containsEntry("name", "db.test").containsEntry("name in the hosts file", "printer.office")
        .containsEntry("virtual threads", "100");
  }

  @Test
  void anUnknownNameFailsWithTheResolversMessage() {
    assertThat(names).containsEntry("unknown", "DnsException none.test: name not found, says 192.168.77.1:53");
  }

  @Test
  void onTheLoopOnlyKnownNamesAreFound() {
    assertThat(names).containsEntry("known name on the loop", BOTH);
    assertThat(names.get("other name on the loop"))
        .startsWith("UnknownHostException late.test: the answer needs a query, for which the event loop reactor-");
  }

  /** Without the end of the wait, both threads would wait for each other forever. */
  @Test
  void aLoopThatWaitsForTheCallerEndsTheWait() {
    assertThat(names.get("stalled loop"))
        .startsWith("UnknownHostException slow.test: the resolver's event loop has run no task for 5 s")
        .contains(" / on the loop: UnknownHostException slow.test: the answer needs a query");
  }

  @Test
  void theJdksHttpClientFetchesByName() {
    assertThat(names).containsEntry("http", "from nginx");
  }

  @Test
  void theJdbcDriverConnectsByName() {
    assertThat(names).containsEntry("jdbc", "192.168.77.2");
  }

  /** By default the JDK keeps answers, and of a failure only the name. */
  @Test
  void theJdksCacheHidesTheResolver() {
    Map<String, String> cached = run("cache", "-Djava.net.preferIPv6Addresses=true");
    String v6First = "[fd00:77:0:0:0:0:0:1, 192.168.77.1]";
    assertThat(cached).containsEntry("first", v6First).containsEntry("second", v6First)
        .containsEntry("first failure", "DnsException none.test: name not found, says 192.168.77.1:53")
        .containsEntry("second failure", "UnknownHostException none.test");
  }
}
