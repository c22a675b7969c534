package io.reactorstack.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.lab.Lab;
import io.reactorstack.spi.HostLoop;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquireTimeoutException;
import reactor.netty.resources.ConnectionProvider;

/** Tests that the times of a pool follow the stack's clock, not the machine's. */
class PoolClockTest {

  private final TwoHosts hosts = new TwoHosts(Lab.virtual(51), wire -> wire.delay(Duration.ofMillis(2)));

  @BeforeEach
  void start() {
    hosts.await(hosts.server(80).protocol(HttpProtocol.H2C, HttpProtocol.HTTP11).route(routes -> routes
        .get("/port", (request, response) -> response
            .sendString(Mono.just(String.valueOf(request.remoteAddress().getPort()))))
        .get("/slow", (request, response) -> response
            .sendString(Mono.delay(Duration.ofSeconds(60), hosts.lab.scheduler()).map(tick -> "slow"))))
        .bind());
  }

  @AfterEach
  void close() {
    hosts.close();
  }

  private HttpClient client(Duration maxIdle, Duration maxLife) {
    ConnectionProvider pool = StackHttp.pool(hosts.client.stack(), "pool", maxIdle, maxLife).maxConnections(1)
        .pendingAcquireTimeout(Duration.ofSeconds(45)).build();
    return hosts.client(pool).baseUrl("http://" + TwoHosts.NAME);
  }

  private String port(HttpClient client) {
    return hosts.get(client, "/port");
  }

  private int connections() {
    return hosts.lab.call(() -> HostLoop.of(hosts.client.stack()).unfinishedConnections());
  }

  @Test
  void evictsAnIdleConnectionOnAcquisition() {
    HttpClient client = client(Duration.ofSeconds(30), Duration.ZERO);
    String first = port(client);
    hosts.lab.advance(Duration.ofSeconds(29));
    assertThat(port(client)).isEqualTo(first);
    hosts.lab.advance(Duration.ofSeconds(29));
    assertThat(port(client)).isEqualTo(first);
    hosts.lab.advance(Duration.ofSeconds(31));
    assertThat(port(client)).isNotEqualTo(first);
  }

  @Test
  void evictsAnIdleConnectionInTheBackground() {
    HttpClient client = client(Duration.ofSeconds(30), Duration.ZERO);
    port(client);
    hosts.lab.advance(Duration.ofSeconds(25));
    assertThat(connections()).isEqualTo(1);
    hosts.lab.advance(Duration.ofSeconds(40));
    assertThat(connections()).isZero();
  }

  @Test
  void evictsATooOldConnectionAlthoughItIsUsed() {
    HttpClient client = client(Duration.ZERO, Duration.ofSeconds(30));
    String first = port(client);
    for (int second = 1; second < 30; second++) {
      hosts.lab.advance(Duration.ofMillis(950));
      assertThat(port(client)).isEqualTo(first);
    }
    hosts.lab.advance(Duration.ofSeconds(5));
    assertThat(port(client)).isNotEqualTo(first);
  }

  @Test
  void evictsHttp2ConnectionsToo() {
    HttpClient client = client(Duration.ofSeconds(30), Duration.ZERO).protocol(HttpProtocol.H2C);
    String first = port(client);
    hosts.lab.advance(Duration.ofSeconds(29));
    assertThat(port(client)).isEqualTo(first);
    hosts.lab.advance(Duration.ofSeconds(31));
    assertThat(port(client)).isNotEqualTo(first);
  }

  @Test
  void waitingForAConnectionFollowsTheStacksClock() {
    HttpClient client = client(Duration.ofSeconds(30), Duration.ZERO);
    var slow = hosts.lab.call(() -> client.get().uri("/slow").responseContent().aggregate().asString().subscribe());
    hosts.lab.advance(Duration.ofSeconds(1));
    Duration before = hosts.lab.now();
    assertThatThrownBy(() -> port(client))
        .satisfies(error -> assertThat(error).hasCauseInstanceOf(PoolAcquireTimeoutException.class));
    assertThat(hosts.lab.now().minus(before)).isBetween(Duration.ofSeconds(45), Duration.ofSeconds(46));
    slow.dispose();
  }
}
