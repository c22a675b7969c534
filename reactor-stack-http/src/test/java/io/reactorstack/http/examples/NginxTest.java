package io.reactorstack.http.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.reactorstack.dns.DnsResolver;
import io.reactorstack.http.StackHttp;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.RequiresNetAdmin;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/**
 * Tests nginx in both roles: as the server of a client on the stack, and as a proxy for a server on the stack; wrk
 * loads both servers.
 */
@RequiresNetAdmin
@Timeout(200)
class NginxTest {

  private static final byte[] LARGE = new byte[5_000_000];

  static {
    new Random(13).nextBytes(LARGE);
  }

  private KernelNeighbour hosts;

  @BeforeEach
  void start() throws Exception {
    ExternalCommand.require("nginx", "wrk");
    hosts = new KernelNeighbour();
    StackHttp.server(hosts.stack, new InetSocketAddress(KernelNeighbour.STACK, 80)).route(routes -> routes
        .get("/hello", (request, response) -> response.header(HttpHeaderNames.CONTENT_LENGTH, "5")
            .sendString(Mono.just("hello"))))
        .bind().block(KernelNeighbour.SOON);
    Path root = Files.createDirectory(hosts.namespace.folder().resolve("www"));
    Files.write(root.resolve("large"), LARGE);
    Files.writeString(root.resolve("small"), "small");
    Path conf = Files.writeString(hosts.namespace.folder().resolve("nginx.conf"), """
        daemon off;
        user root;
        pid FOLDER/nginx.pid;
        error_log stderr;
        events {}
        http {
          access_log off;
          client_body_temp_path FOLDER/body;
          proxy_temp_path FOLDER/proxy;
          fastcgi_temp_path FOLDER/fastcgi;
          uwsgi_temp_path FOLDER/uwsgi;
          scgi_temp_path FOLDER/scgi;
          keepalive_requests 1000000;
          upstream stack {
            server STACK:80;
            keepalive 16;
          }
          server {
            listen KERNEL:80;
            listen KERNEL:8080 http2;
            root FOLDER/www;
            location /hello {
              proxy_pass http://stack;
              proxy_http_version 1.1;
              proxy_set_header Connection "";
            }
          }
        }
        """.replace("FOLDER", hosts.namespace.folder().toString()).replace("KERNEL", KernelNeighbour.KERNEL)
        .replace("STACK", KernelNeighbour.STACK));
    hosts.namespace.start("nginx", "-c", conf.toString());
    hosts.namespace.awaitTcpListener(80);
    hosts.namespace.awaitTcpListener(8080);
  }

  @AfterEach
  void stop() {
    hosts.close();
  }

  private HttpClient client(ConnectionProvider pool) {
    return StackHttp.client(hosts.stack, DnsResolver.create(hosts.stack), pool)
        .baseUrl("http://" + KernelNeighbour.KERNEL);
  }

  @Test
  void clientOnTheStackFetchesFromNginx() {
    ConnectionProvider pool = StackHttp.pool(hosts.stack, "nginx", Duration.ofSeconds(30), Duration.ZERO)
        .maxConnections(8).pendingAcquireMaxCount(-1).build();
    HttpClient client = client(pool);
    assertThat(client.get().uri("/large").responseContent().aggregate().asByteArray().block(KernelNeighbour.SOON))
        .isEqualTo(LARGE);
    HttpClient http2 = client.protocol(HttpProtocol.H2C).baseUrl("http://" + KernelNeighbour.KERNEL + ":8080");
    assertThat(http2.get().uri("/large").responseContent().aggregate().asByteArray().block(KernelNeighbour.SOON))
        .isEqualTo(LARGE);
    for (HttpClient each : List.of(client, http2)) {
      assertThat(Flux.range(0, 2000)
          .flatMap(i -> each.get().uri("/small").responseContent().aggregate().asString().filter("small"::equals), 50)
          .count().block(Duration.ofMinutes(1))).isEqualTo(2000);
    }
    pool.disposeLater().block(KernelNeighbour.SOON);
  }

  @Test
  void nginxFetchesFromTheServerOnTheStack() {
    assertThat(client(ConnectionProvider.newConnection()).get().uri("/hello").responseContent().aggregate().asString()
        .block(KernelNeighbour.SOON)).isEqualTo("hello");
    assertThat(wrk(KernelNeighbour.KERNEL)).isPositive();
  }

  @Test
  void wrkLoadsTheServerOnTheStack() {
    assertThat(wrk(KernelNeighbour.STACK)).isPositive();
  }

  /** Returns the number of requests that wrk made in two seconds over 32 connections; none may have failed. */
  private long wrk(String address) {
    String output = hosts.namespace.run(Duration.ofMinutes(1), List.of("wrk", "-t", "1", "-c", "32", "-d", "2s",
        "http://" + address + "/hello")).orThrow();
    assertThat(output).doesNotContain("Socket errors").doesNotContain("Non-2xx");
    return output.lines().filter(line -> line.contains("requests in")).mapToLong(
        line -> Long.parseLong(line.strip().split(" ")[0])).sum();
  }
}
