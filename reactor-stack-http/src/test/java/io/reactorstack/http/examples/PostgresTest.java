package io.reactorstack.http.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.spi.R2dbcDataIntegrityViolationException;
import io.reactorstack.netty.StackLoopResources;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.RequiresNetAdmin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** R2DBC's PostgreSQL driver on the stack, against Debian's postgresql. */
@RequiresNetAdmin
@Timeout(200)
class PostgresTest {

  private KernelNeighbour hosts;
  private PostgresqlConnection connection;

  @BeforeEach
  void start() throws IOException {
    Path programs = programs();
    hosts = new KernelNeighbour();
    // PostgreSQL refuses to run as root.
    Path home = hosts.namespace.folder();
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx--x--x"));
    Path data = Files.createDirectory(home.resolve("data"));
    ExternalCommand.run(KernelNeighbour.SOON, List.of("chown", "nobody", data.toString())).orThrow();
    hosts.namespace.run(Duration.ofMinutes(1), List.of("setpriv", "--reuid=nobody", "--clear-groups",
        programs.resolve("initdb").toString(), "--pgdata=" + data, "--username=example", "--auth=trust", "--no-sync",
        "--encoding=UTF8", "--locale=C")).orThrow();
    Files.writeString(data.resolve("pg_hba.conf"), "host all all " + KernelNeighbour.STACK + "/32 trust\n");
    hosts.namespace.start("setpriv", "--reuid=nobody", "--clear-groups", programs.resolve("postgres").toString(), "-D",
        data.toString(), "-h", KernelNeighbour.KERNEL, "-p", "5432", "-k", "", "-F");
    hosts.namespace.awaitTcpListener(5432);
    var factory = new PostgresqlConnectionFactory(PostgresqlConnectionConfiguration.builder()
        .host(KernelNeighbour.KERNEL).port(5432).username("example").database("postgres")
        .loopResources(StackLoopResources.of(hosts.stack)).build());
    connection = Objects.requireNonNull(factory.create().retry(20).block(KernelNeighbour.SOON));
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

  @AfterEach
  void stop() {
    if (connection != null) {
      connection.close().block(KernelNeighbour.SOON);
    }
    hosts.close();
  }

  private long update(String sql) {
    return Objects.requireNonNull(connection.createStatement(sql).execute().flatMap(result -> result.getRowsUpdated())
        .reduce(0L, Long::sum).block(KernelNeighbour.SOON));
  }

  @Test
  void writesAndReads() {
    update("CREATE TABLE item (id int PRIMARY KEY, name text)");
    var insert = connection.createStatement("INSERT INTO item VALUES ($1, $2)");
    for (int i = 0; i < 500; i++) {
      insert.bind(0, i).bind(1, "item " + i);
      if (i < 499) {
        insert.add();
      }
    }
    assertThat(Flux.from(insert.execute()).concatMap(result -> result.getRowsUpdated()).reduce(0L, Long::sum)
        .block(KernelNeighbour.SOON)).isEqualTo(500);
    assertThat(connection.createStatement("SELECT id, name FROM item WHERE id >= $1 ORDER BY id").bind(0, 490).execute()
        .flatMap(result -> result.map((row, meta) -> row.get("id", Integer.class) + row.get("name", String.class)))
        .collectList().block(KernelNeighbour.SOON)).hasSize(10).startsWith("490item 490");
    assertThatThrownBy(() -> update("INSERT INTO item VALUES (1, 'again')"))
        .isInstanceOf(R2dbcDataIntegrityViolationException.class);
  }

  @Test
  void rollsBack() {
    update("CREATE TABLE account (balance int)");
    connection.beginTransaction().block(KernelNeighbour.SOON);
    update("INSERT INTO account VALUES (100)");
    connection.rollbackTransaction().block(KernelNeighbour.SOON);
    assertThat(count("SELECT count(*) FROM account")).isZero();
  }

  private long count(String sql) {
    return Objects.requireNonNull(connection.createStatement(sql).execute()
        .flatMap(result -> result.map((row, meta) -> Objects.requireNonNull(row.get(0, Long.class))))
        .blockLast(KernelNeighbour.SOON));
  }

  /** The driver's demand limits the receive window: the server waits for a reader that takes ten rows at a time. */
  @Test
  void streamsARowSetToASlowReader() {
    Mono<Long> sum = connection.createStatement("SELECT n, repeat('x', 1000) FROM generate_series(1, 20000) AS n")
        .execute()
        .flatMap(result -> result.map((row, meta) -> Objects.requireNonNull(row.get(0, Integer.class))))
        .limitRate(10).reduce(0L, Long::sum);
    assertThat(sum.block(Duration.ofMinutes(1))).isEqualTo(20_000L * 20_001 / 2);
  }
}
